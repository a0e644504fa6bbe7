// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/ops/run_op.h"

namespace usdtune::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Two triangles over four points.
PrimFixture& quad(SceneFixture& f, std::string_view path) {
    return f.mesh(path, {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0}, {3, 3}, {0, 1, 2, 0, 2, 3});
}

std::vector<float> floats(const ScenePtr& scene, std::string_view prim, std::string_view name) {
    const Value value = scene->value(scene->find(prim), name);
    const auto* data = static_cast<const float*>(value.data);
    return {data, data + value.count * value.type.components};
}
std::vector<int> ints(const ScenePtr& scene, std::string_view prim, std::string_view name) {
    const auto span = scene->value(scene->find(prim), name).as<int>(Element::Int, 1);
    return {span.begin(), span.end()};
}
std::string interpolation(const ScenePtr& scene, std::string_view prim, std::string_view name) {
    const PropertyId id = scene->findProperty(scene->find(prim), name);
    return std::string(scene->textOf(scene->metadatum(scene->property(id).metadata, "interpolation")));
}

TEST(OptimizePrimvars, doesNothingByDefault) {
    SceneFixture f;
    quad(f, "/M").primvar("n", "normal3f[]", {0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1}, "faceVarying");
    EXPECT_TRUE(run(f.freeze(), "optimizePrimvars").edits.empty());
}

TEST(OptimizePrimvars, indexesInFirstSeenOrder) {
    SceneFixture f;
    quad(f, "/M").primvar("n", "normal3f[]", {0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0}, "faceVarying");
    const ScenePtr result = runTwice(f.freeze(), "optimizePrimvars", {{"mode", 1}});
    EXPECT_THAT(floats(result, "/M", "primvars:n"), ElementsAre(0, 1, 0, 0, 0, 1));
    EXPECT_THAT(ints(result, "/M", "primvars:n:indices"), ElementsAre(0, 1, 0, 0, 1, 0));
    EXPECT_EQ(interpolation(result, "/M", "primvars:n"), "faceVarying");
}

TEST(OptimizePrimvars, negativeZeroIsAValueOfItsOwn) {
    SceneFixture f;
    quad(f, "/M").primvar("c", "color3f[]", {0, 0, 0, -0.0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "faceVarying");
    const ScenePtr result = runTwice(f.freeze(), "optimizePrimvars", {{"mode", 1}});
    EXPECT_EQ(floats(result, "/M", "primvars:c").size(), 6u);
    EXPECT_TRUE(std::signbit(floats(result, "/M", "primvars:c")[3]));
}

TEST(OptimizePrimvars, doesNotIndexWhereIndicesCostMore) {
    SceneFixture f;
    quad(f, "/M").primvar("w", "float[]", {1, 1, 1, 1, 1, 2}, "faceVarying");
    const OpOutcome outcome = run(f.freeze(), "optimizePrimvars", {{"mode", 1}});
    EXPECT_TRUE(outcome.edits.empty());
    EXPECT_EQ(outcome.counts["primvarsWithoutGain"], 1);
}

TEST(OptimizePrimvars, forcedIndexingDropsValuesThatRepeatOrNobodyReads) {
    SceneFixture f;
    quad(f, "/M").primvar("n", "normal3f[]", {0, 1, 0, 9, 9, 9, 0, 1, 0}, "faceVarying", {0, 2, 0, 2, 0, 2});
    const ScenePtr scene = f.freeze();
    EXPECT_TRUE(run(scene, "optimizePrimvars", {{"mode", 1}}).edits.empty());
    const ScenePtr result = runTwice(scene, "optimizePrimvars", {{"mode", 2}});
    EXPECT_THAT(floats(result, "/M", "primvars:n"), ElementsAre(0, 1, 0));
    EXPECT_THAT(ints(result, "/M", "primvars:n:indices"), ElementsAre(0, 0, 0, 0, 0, 0));
}

TEST(OptimizePrimvars, flatteningUndoesIndexing) {
    SceneFixture f;
    quad(f, "/M").primvar("n", "normal3f[]", {0, 1, 0, 0, 0, 1}, "faceVarying", {0, 1, 0, 0, 1, 0});
    const ScenePtr result = runTwice(f.freeze(), "optimizePrimvars", {{"mode", 3}});
    EXPECT_THAT(floats(result, "/M", "primvars:n"), ElementsAre(0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0));
    EXPECT_FALSE(has(result, "/M", "primvars:n:indices"));
}

TEST(OptimizePrimvars, simplifiesAsFarAsValuesAllow) {
    SceneFixture f;
    quad(f, "/M")
        .primvar("same", "float[]", {5, 5, 5, 5, 5, 5}, "faceVarying")
        .primvar("perFace", "float[]", {1, 1, 1, 2, 2, 2}, "faceVarying")
        .primvar("mixed", "float[]", {1, 2, 1, 2, 2, 2}, "faceVarying")
        .primvar("normals", "normal3f[]", {0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1}, "vertex");
    const ScenePtr result = runTwice(f.freeze(), "optimizePrimvars", {{"simplify", true}});
    EXPECT_EQ(interpolation(result, "/M", "primvars:same"), "constant");
    EXPECT_THAT(floats(result, "/M", "primvars:same"), ElementsAre(5));
    EXPECT_EQ(interpolation(result, "/M", "primvars:perFace"), "uniform");
    EXPECT_THAT(floats(result, "/M", "primvars:perFace"), ElementsAre(1, 2));
    EXPECT_EQ(interpolation(result, "/M", "primvars:mixed"), "faceVarying");
    EXPECT_EQ(interpolation(result, "/M", "primvars:normals"), "vertex");
}

TEST(OptimizePrimvars, aMeshWithChildrenHandsNoConstantDown) {
    SceneFixture f;
    quad(f, "/M").primvar("same", "float[]", {5, 5, 5, 5, 5, 5}, "faceVarying");
    quad(f, "/M/Child");
    const ScenePtr result = runTwice(f.freeze(), "optimizePrimvars", {{"simplify", true}});
    EXPECT_EQ(interpolation(result, "/M", "primvars:same"), "uniform");
}

TEST(OptimizePrimvars, declinesWhatItCannotKeep) {
    SceneFixture f;
    const auto many = {1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.};
    quad(f, "/Animated").primvar("n", "normal3f[]", many, "faceVarying").property().flags.animated = true;
    quad(f, "/Bad").primvar("n", "normal3f[]", {1, 1, 1}, "faceVarying", {0, 0, 0, 0, 0, 7});
    quad(f, "/Skel").primvar("skel:jointWeights", "float[]", {1, 1, 1, 1}, "vertex");
    quad(f, "/Two").primvar("n", "normal3f[]", many, "faceVarying").property().flags.editable = false;
    f.prim("/Two").property().opinionCount = 2;
    quad(f, "/Wide").primvar("w", "float[]", {1, 1, 1, 1, 1, 1, 1, 1}, "vertex", {}, 2);
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "optimizePrimvars", {{"mode", 2}});
    EXPECT_TRUE(outcome.edits.empty());
    EXPECT_THAT(declined(scene, outcome),
                ElementsAre("/Animated animated", "/Bad invalid_primvar", "/Skel skel_primvar", "/Two several_opinions",
                            "/Wide element_size"));
}

TEST(OptimizePrimvars, pathsOfPrimvarsReplaceTheTraversal) {
    SceneFixture f;
    const auto many = {1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.};
    quad(f, "/A").primvar("n", "normal3f[]", many, "faceVarying").primvar("m", "normal3f[]", many, "faceVarying");
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome =
        run(scene, "optimizePrimvars", {{"mode", 1}, {"primvarPaths", {"/A.primvars:n", "/A.primvars:x"}}});
    EXPECT_EQ(outcome.counts["primvarsIndexed"], 1);
    EXPECT_THAT(declined(scene, outcome), ElementsAre("/A.primvars:x no_such_primvar"));
}

TEST(OptimizePrimvars, removingBlocksValuesAndIndices) {
    SceneFixture f;
    quad(f, "/A").primvar("n", "normal3f[]", {0, 1, 0}, "faceVarying", {0, 0, 0, 0, 0, 0});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "optimizePrimvars", {{"mode", 4}});
    EXPECT_EQ(outcome.surface, SurfacePromise::Changes);
    const ScenePtr result = runTwice(scene, "optimizePrimvars", {{"mode", 4}});
    EXPECT_TRUE(result->property(result->findProperty(result->find("/A"), "primvars:n")).flags.blocked);
    EXPECT_TRUE(result->property(result->findProperty(result->find("/A"), "primvars:n:indices")).flags.blocked);
    EXPECT_TRUE(run(scene, "optimizePrimvars", {{"mode", 4}, {"removeIfBound", true}}).edits.empty());
}

TEST(OptimizePrimvars, analysisSortsPathsByWhatIsWrong) {
    SceneFixture f;
    quad(f, "/A")
        .primvar("n", "float[]", {1, 1, 2, 3, 4, 5}, "faceVarying")
        .primvar("bad", "float[]", {1}, "vertex", {0, 0, 0, 3});
    EXPECT_EQ(
        run(f.freeze(), "optimizePrimvars", {}, true).output,
        nlohmann::json::parse(
            R"({"analysis": {"indexable": ["/A.primvars:n"], "nonArray": [], "outOfBounds": ["/A.primvars:bad"]}})"));
}

}  // namespace
}  // namespace usdtune::test
