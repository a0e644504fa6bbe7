// SPDX-License-Identifier: Apache-2.0
#include "core/ops/run_op.h"

namespace usdtune::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void triangle(SceneFixture& f, std::string_view path) { f.mesh(path, {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2}); }

TEST(OptimizeMaterials, rebindsEveryPurposeCollectionAndSubsetToTheSurvivor) {
    SceneFixture f;
    f.previewMaterial("/Looks/A", 1, 0, 0);
    f.previewMaterial("/Looks/B", 1, 0, 0, "OtherName");
    f.previewMaterial("/Looks/Blue", 0, 0, 1);
    triangle(f, "/World/Mesh");
    f.prim("/World/Mesh")
        .relationship("material:binding", {"/Looks/B"})
        .relationship("material:binding:preview", {"/Looks/B"});
    f.subset("/World/Mesh/front", {0}).relationship("material:binding", {"/Looks/B"});
    f.prim("/World")
        .relationship("collection:c:includes", {"/World/Mesh"})
        .relationship("material:binding:collection:c", {"/World.collection:c", "/Looks/B"})
        .relationship("favourites", {"/Looks/A", "/Looks/B"});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "optimizeMaterials");
    EXPECT_EQ(outcome.counts["materialsRemoved"], 1);
    EXPECT_EQ(outcome.counts["bindingsRetargeted"], 4);
    EXPECT_EQ(outcome.counts["otherRelationshipsRetargeted"], 1);
    EXPECT_THAT(moves(scene, outcome), ElementsAre("/Looks/B -> /Looks/A", "/Looks/B/OtherName -> /Looks/A"));
    EXPECT_EQ(outcome.edits.moves[0].fate, PathFate::Merged);

    const ScenePtr result = runTwice(scene, "optimizeMaterials");
    EXPECT_FALSE(has(result, "/Looks/B"));
    EXPECT_TRUE(has(result, "/Looks/Blue"));
    EXPECT_THAT(targets(result, "/World/Mesh", "material:binding"), ElementsAre("/Looks/A"));
    EXPECT_THAT(targets(result, "/World/Mesh", "material:binding:preview"), ElementsAre("/Looks/A"));
    EXPECT_THAT(targets(result, "/World/Mesh/front", "material:binding"), ElementsAre("/Looks/A"));
    EXPECT_THAT(targets(result, "/World", "material:binding:collection:c"),
                ElementsAre("/World.collection:c", "/Looks/A"));
    EXPECT_THAT(targets(result, "/World", "favourites"), ElementsAre("/Looks/A"));
}

TEST(OptimizeMaterials, differentPhysicsKeepsMaterialsApart) {
    SceneFixture f;
    f.previewMaterial("/Looks/A", 1, 0, 0).api("PhysicsMaterialAPI").attribute("physics:density", "float", {1.0});
    f.previewMaterial("/Looks/B", 1, 0, 0).api("PhysicsMaterialAPI").attribute("physics:density", "float", {2.0});
    EXPECT_TRUE(run(f.freeze(), "optimizeMaterials").edits.empty());
}

TEST(OptimizeMaterials, metadataThatDiffersIsToldInThePathMap) {
    SceneFixture f;
    f.previewMaterial("/Looks/A", 1, 0, 0).metadata("displayName", "string", {"Steel"});
    f.previewMaterial("/Looks/B", 1, 0, 0).metadata("displayName", "string", {"Iron"});
    const OpOutcome outcome = run(f.freeze(), "optimizeMaterials");
    ASSERT_FALSE(outcome.edits.moves.empty());
    EXPECT_THAT(outcome.edits.moves[0].reason, HasSubstr("metadata differed"));
    EXPECT_EQ(outcome.edits.moves[0].step, "optimizeMaterials");
}

TEST(OptimizeMaterials, keepsWhatAVariantStillNamesAndMakesItTheSurvivor) {
    SceneFixture f;
    f.previewMaterial("/Looks/A", 1, 0, 0);
    f.previewMaterial("/Looks/B", 1, 0, 0);
    f.builder().latentTarget(f.builder().token("/Looks/B"));
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(moves(scene, run(scene, "optimizeMaterials")), Contains("/Looks/A -> /Looks/B"));
}

TEST(OptimizeMaterials, aBindingThatMayNotBeEditedKeepsItsMaterial) {
    SceneFixture f;
    f.previewMaterial("/Looks/A", 1, 0, 0);
    f.previewMaterial("/Looks/B", 1, 0, 0);
    f.previewMaterial("/Looks/C", 1, 0, 0);
    triangle(f, "/World/Mesh");
    for (const char* material : {"/Looks/B", "/Looks/C"}) {
        const std::string mesh = std::string("/World/Mesh") + material[7];
        triangle(f, mesh);
        auto& prim = f.prim(mesh).relationship("material:binding", {material});
        prim.property().flags.editable = false;
        prim.property().opinionCount = 2;
    }
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "optimizeMaterials");
    EXPECT_THAT(moves(scene, outcome), Contains("/Looks/A -> /Looks/B"));
    EXPECT_THAT(declined(scene, outcome), ElementsAre("/Looks/C bound_by_uneditable"));
}

TEST(OptimizeMaterials, neverMergesAcrossTheDefaultPrimsBorder) {
    SceneFixture f;
    StageInfo stage;
    stage.defaultPrim = "World";
    f.builder().setStage(stage);
    f.previewMaterial("/World/Looks/A", 1, 0, 0);
    f.previewMaterial("/Elsewhere/A", 1, 0, 0);
    EXPECT_TRUE(run(f.freeze(), "optimizeMaterials").edits.empty());
}

TEST(OptimizeMaterials, leavesAnimatedInheritedAndPrototypeMaterialsAlone) {
    SceneFixture f;
    for (const char* path : {"/Looks/A", "/Looks/B"}) {
        f.previewMaterial(path, 1, 0, 0);
        auto& input = f.prim(std::string(path) + "/Surface").attribute("inputs:roughness", "float", {0.5});
        input.sample(1, {0.1}).sample(2, {0.9}).property().flags.animated = true;
    }
    f.previewMaterial("/Looks/Base", 0, 1, 0);
    f.previewMaterial("/Looks/Same", 0, 1, 0);
    f.prim("/Looks/Derived", "Material").arc(ArcKind::Specialize, "/Looks/Base");
    f.instance("/World/I", "/__Prototype_1");
    f.previewMaterial("/__Prototype_1/Looks/A", 0, 1, 0);
    const ScenePtr scene = f.freeze();
    for (const std::string& move : moves(scene, run(scene, "optimizeMaterials")))
        EXPECT_THAT(move, testing::StartsWith("/Looks/Same"));
}

TEST(OptimizeMaterials, readsOfANodeInsideKeepTheMaterial) {
    SceneFixture f;
    f.previewMaterial("/Looks/A", 1, 0, 0);
    f.previewMaterial("/Looks/B", 1, 0, 0);
    f.prim("/World/Reader", "Xform").attribute("look", "token").connect({"/Looks/B/Surface.outputs:surface"});
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(moves(scene, run(scene, "optimizeMaterials")), Contains("/Looks/A -> /Looks/B"));
}

TEST(OptimizeMaterials, removesUnboundOnesAndNothingThatIsPointedAt) {
    SceneFixture f;
    f.previewMaterial("/Looks/Bound", 1, 0, 0);
    f.previewMaterial("/Looks/Unbound", 0, 1, 0);
    f.previewMaterial("/Looks/Latent", 0, 0, 1);
    f.builder().latentTarget(f.builder().token("/Looks/Latent"));
    triangle(f, "/World/Mesh");
    f.prim("/World/Mesh").relationship("material:binding", {"/Looks/Bound"});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "optimizeMaterials", {{"optimizeMaterialsMode", 2}});
    EXPECT_THAT(moves(scene, outcome), ElementsAre("/Looks/Unbound -> ", "/Looks/Unbound/Surface -> "));
    runTwice(scene, "optimizeMaterials", {{"optimizeMaterialsMode", 2}});
}

TEST(OptimizeMaterials, analysisListsGroupsSurvivorFirst) {
    SceneFixture f;
    f.previewMaterial("/Looks/A", 1, 0, 0);
    f.previewMaterial("/Looks/B", 1, 0, 0);
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(run(scene, "optimizeMaterials", {{"analysisCheckPrimvars", false}}, true).output,
              nlohmann::json::parse(R"({"analysis": {"duplicates": [["/Looks/A", "/Looks/B"]]}})"));
    EXPECT_EQ(run(scene, "optimizeMaterials", {}, true).output["analysis"]["duplicatePrimvars"],
              nlohmann::json::array());
}

}  // namespace
}  // namespace usdtune::test
