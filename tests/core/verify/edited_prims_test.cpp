// SPDX-License-Identifier: Apache-2.0
//
// What is put in question by a change: the prim, and whoever is drawn with it; and nobody else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/verify/two_scenes.h"
#include "usdtune/verify/edited_prims.h"
#include "usdtune/verify/step_proof.h"

namespace usdtune::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

PrimFixture& triangle(SceneFixture& f, std::string_view path, double x = 0) {
    return f.mesh(path, {x, 0, 0, x + 1, 0, 0, x, 1, 0}, {3}, {0, 1, 2});
}

/// Some of everything; `change` says what the step did.
void scene(SceneFixture& f) {
    f.previewMaterial("/Looks/Red", 1, 0, 0);
    f.previewMaterial("/Looks/Blue", 0, 0, 1);
    f.translate("/Hall", 0, 0, 0);
    triangle(f, "/Hall/A").relationship("material:binding", {"/Looks/Red"});
    triangle(f, "/Hall/B");
    f.subset("/Hall/B/Half", {0}).relationship("material:binding", {"/Looks/Blue"});
    triangle(f, "/Far");
    f.prim("/Sets", "Scope").relationship("collection:all:includes", {"/Hall/A", "/Far"});
    triangle(f, "/Kinds/Dot");
    f.prim("/Field", "PointInstancer")
        .relationship("prototypes", {"/Kinds/Dot"})
        .array("protoIndices", "int[]", std::vector<int>{0, 0})
        .attribute("positions", "point3f[]", {0, 5, 0, 0, 6, 0});
    f.prim("/Bones", "Skeleton");
    triangle(f, "/Skin").relationship("skel:skeleton", {"/Bones"});
    for (const char* path : {"/I1", "/I2"}) f.prim(path, "Xform");
    f.instance("/I1", "/__Prototype_1");
    f.instance("/I2", "/__Prototype_1");
    triangle(f, "/__Prototype_1/Body");
}

std::vector<std::string> flagged(const Scene& scene, const std::vector<uint8_t>& rows) {
    std::vector<std::string> out;
    for (size_t row = 0; row < rows.size(); ++row)
        if (rows[row] != 0) out.emplace_back(scene.path(PrimId(row)));
    return out;
}

struct Found {
    std::vector<std::string> inA, inB, written;
    size_t edited;
};

Found found(const TwoScenes& scenes) {
    const EditedPrims edited = editedPrims(*scenes.a, *scenes.b, PathMapping(scenes.moves, scenes.a->tokens()));
    return {flagged(*scenes.a, edited.inA), flagged(*scenes.b, edited.inB), flagged(*scenes.a, edited.written),
            edited.editedCount};
}

std::vector<std::string> inQuestion(const Build& change) {
    const Found all = found(TwoScenes(scene, [&](SceneFixture& f) {
        scene(f);
        change(f);
    }));
    EXPECT_EQ(all.inA, all.inB);
    return all.inA;
}

TEST(EditedPrims, equalScenesPutNothingInQuestion) {
    const Found none = found(TwoScenes(scene, scene));
    EXPECT_THAT(none.inA, IsEmpty());
    EXPECT_THAT(none.written, IsEmpty());
    EXPECT_EQ(none.edited, 0U);
}

TEST(EditedPrims, aMeshIsInQuestionAlone) {
    EXPECT_THAT(inQuestion([](SceneFixture& f) { triangle(f, "/Far", 2); }), ElementsAre("/Far"));
}

TEST(EditedPrims, whatIsInheritedPutsEverythingBelowInQuestion) {
    EXPECT_THAT(inQuestion([](SceneFixture& f) { f.translate("/Hall", 0, 0, 1); }),
                ElementsAre("/Hall", "/Hall/A", "/Hall/B", "/Hall/B/Half"));
}

TEST(EditedPrims, aSubsetIsDrawnByItsMesh) {
    EXPECT_THAT(inQuestion([](SceneFixture& f) { f.prim("/Hall/B/Half").attribute("note", "int", {1}); }),
                ElementsAre("/Hall/B", "/Hall/B/Half"));
}

TEST(EditedPrims, aShaderIsSeenWhereItsMaterialIsBound) {
    EXPECT_THAT(inQuestion([](SceneFixture& f) { f.previewMaterial("/Looks/Red", 0.5, 0, 0); }),
                ElementsAre("/Looks/Red", "/Looks/Red/Surface", "/Hall/A"));
    EXPECT_THAT(inQuestion([](SceneFixture& f) { f.previewMaterial("/Looks/Blue", 0, 0, 0.5); }),
                ElementsAre("/Looks/Blue", "/Looks/Blue/Surface", "/Hall/B", "/Hall/B/Half"));
}

TEST(EditedPrims, anInstancerAndItsPrototypesGoTogether) {
    EXPECT_THAT(inQuestion([](SceneFixture& f) { triangle(f, "/Kinds/Dot", 2); }), ElementsAre("/Kinds/Dot", "/Field"));
    EXPECT_THAT(
        inQuestion([](SceneFixture& f) { f.prim("/Field").attribute("positions", "point3f[]", {0, 5, 0, 0, 7, 0}); }),
        ElementsAre("/Kinds/Dot", "/Field"));
}

TEST(EditedPrims, whoPointsAtAPrimIsDrawnWithIt) {
    EXPECT_THAT(inQuestion([](SceneFixture& f) { f.prim("/Bones").attribute("x", "int", {1}); }),
                ElementsAre("/Bones", "/Skin"));
}

TEST(EditedPrims, aCollectionIsSeenWhereMaterialsAreBoundByIt) {
    const auto collections = [](std::initializer_list<std::string_view> members) {
        return [=](SceneFixture& f) {
            triangle(f, "/Hall/A");
            triangle(f, "/Far");
            f.prim("/Sets", "Scope").relationship("collection:inner:includes", members);
            f.prim("/Outer", "Scope").relationship("collection:outer:includes", {"/Sets.collection:inner"});
            f.prim("/Hall").relationship("material:binding:collection:outer", {"/Outer.collection:outer", "/Red"});
        };
    };
    EXPECT_THAT(found(TwoScenes(collections({"/Hall/A"}), collections({}))).inA,
                ElementsAre("/Hall", "/Hall/A", "/Sets", "/Outer"));
}

TEST(EditedPrims, aPrototypeIsSeenInEveryInstance) {
    EXPECT_THAT(inQuestion([](SceneFixture& f) { triangle(f, "/__Prototype_1/Body", 2); }), ElementsAre("/I1/Body"));
    StepProof proof;
    TwoScenes scenes(scene, [](SceneFixture& f) {
        scene(f);
        triangle(f, "/__Prototype_1/Body", 2);
    });
    const auto report = proveStep(*scenes.a, *scenes.b, EditList(), StepPromise(), Context()).rendered;
    std::vector<std::string> accused;
    for (const Difference& difference : report.differences) accused.push_back(difference.path);
    EXPECT_THAT(accused, ElementsAre("/I1/Body", "/I2/Body"));
}

TEST(EditedPrims, oneInstanceIsInQuestionWithoutTheOther) {
    TwoScenes scenes(scene, [](SceneFixture& f) {
        scene(f);
        f.translate("/I2", 0, 0, 1);
    });
    const auto report = proveStep(*scenes.a, *scenes.b, EditList(), StepPromise(), Context()).rendered;
    ASSERT_EQ(report.differences.size(), 1U);
    EXPECT_EQ(report.differences[0].path, "/I2/Body");
}

TEST(EditedPrims, whatIsGoneOrNewIsInQuestionOnItsSide) {
    const Found less = found(TwoScenes(scene, [](SceneFixture& f) {
        scene(f);
        triangle(f, "/New");
    }));
    EXPECT_THAT(less.inA, IsEmpty());
    EXPECT_THAT(less.inB, ElementsAre("/New"));
    EXPECT_EQ(less.edited, 1U);
}

TEST(EditedPrims, whoPointsAtWhatMovedHasToBeWrittenAnew) {
    TwoScenes scenes(scene, scene);
    scenes.moved("/Looks/Red", "/Looks/Blue", PathFate::Merged);
    EXPECT_THAT(found(scenes).written, ElementsAre("/Looks/Red", "/Looks/Red/Surface", "/Hall/A"));
}

TEST(StepProof, tellsWhatWasEditedAndWhatWasCompared) {
    TwoScenes scenes(scene, [](SceneFixture& f) {
        scene(f);
        f.previewMaterial("/Looks/Red", 0.5, 0, 0);
    });
    const StepProof proof = proveStep(*scenes.a, *scenes.b, EditList(), StepPromise(), Context());
    EXPECT_THAT(laws(proof.rendered), ElementsAre("binding"));
    EXPECT_THAT(laws(proof.authored), ElementsAre("property"));
    EXPECT_EQ(proof.editedPrims, 1U);
    EXPECT_EQ(proof.comparedPrims, 3U);
}

TEST(StepProof, aFateThatIsNotPromisedIsAccused) {
    const Build without = [](SceneFixture& f) { f.prim("/P", "Scope"); };
    TwoScenes scenes([](SceneFixture& f) { f.prim("/P", "Scope"), f.prim("/Q", "Scope"); }, without);
    EditList edits;
    Edit remove;
    remove.kind = EditKind::RemovePrim;
    remove.path = scenes.tokens->intern("/Q");
    edits.edits.push_back(remove);
    edits.moves.push_back({remove.path, TokenId(), PathFate::Removed, "test", "test"});
    const auto accused = [&](PathFate loosest) {
        return laws(proveStep(*scenes.a, *scenes.b, edits, {0, false, loosest}, Context()).authored);
    };
    EXPECT_THAT(accused(PathFate::Removed), IsEmpty());
    EXPECT_THAT(accused(PathFate::Merged), ElementsAre("path"));
    EXPECT_THAT(accused(PathFate::Kept), ElementsAre("path"));
    edits.moves.clear();
    EXPECT_THAT(accused(PathFate::Removed), ElementsAre("path"));
}

}  // namespace
}  // namespace usdtune::test
