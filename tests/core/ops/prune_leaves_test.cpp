// SPDX-License-Identifier: Apache-2.0
#include "core/ops/run_op.h"

namespace usdtune::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PrimFixture& triangle(SceneFixture& f, std::string_view path) {
    return f.mesh(path, {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
}

TEST(PruneLeaves, removesTheTopmostEmptyGroupAndTellsEachPath) {
    SceneFixture f;
    triangle(f, "/World/Part/Mesh");
    f.prim("/World/Empty/Inner", "Scope");
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "pruneLeaves");
    EXPECT_THAT(moves(scene, outcome), ElementsAre("/World/Empty -> ", "/World/Empty/Inner -> "));
    const ScenePtr result = runTwice(scene, "pruneLeaves");
    EXPECT_FALSE(has(result, "/World/Empty"));
    EXPECT_TRUE(has(result, "/World/Part/Mesh"));
}

TEST(PruneLeaves, keepsGroupsThatCarryAuthoredInformation) {
    SceneFixture f;
    triangle(f, "/World/Mesh");
    f.prim("/World/Kind", "Xform").metadata("kind", "token", {"group"});
    f.prim("/World/Ifc", "Xform").attribute("ifc:globalId", "string", {"3vB2"}).property().flags.custom = true;
    f.prim("/World/Api", "Xform").api("CollectionAPI:parts");
    f.prim("/World/Animated", "Xform").attribute("visibility", "token", {"inherited"}).property().flags.animated = true;
    f.translate("/World/JustPlaced", 1, 2, 3);
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "pruneLeaves");
    EXPECT_THAT(moves(scene, outcome), ElementsAre("/World/JustPlaced -> "));
    EXPECT_THAT(declined(scene, outcome), ElementsAre("/World/Kind carries_metadata", "/World/Ifc carries_properties",
                                                      "/World/Api carries_api_schema", "/World/Animated animated"));
}

TEST(PruneLeaves, aKeptGroupKeepsItsParents) {
    SceneFixture f;
    triangle(f, "/World/Mesh");
    f.prim("/World/A/B", "Xform").metadata("kind", "token", {"group"});
    const ScenePtr scene = f.freeze();
    EXPECT_TRUE(run(scene, "pruneLeaves").edits.empty());
}

TEST(PruneLeaves, keepsWhatSomethingPointsAt) {
    SceneFixture f;
    triangle(f, "/World/Mesh").relationship("proxyPrim", {"/World/Target"});
    f.prim("/World/Target", "Xform");
    f.prim("/World/Latent", "Xform");
    f.prim("/World/Source/Inner", "Xform");
    f.prim("/World/User", "Xform").arc(ArcKind::Reference, "/World/Source");
    f.builder().latentTarget(f.builder().token("/World/Latent.visibility"));
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "pruneLeaves");
    EXPECT_TRUE(outcome.edits.empty());
    EXPECT_THAT(declined(scene, outcome),
                ElementsAre("/World/Target targeted", "/World/Latent latent_target", "/World/Source arc_source",
                            "/World/Source/Inner arc_source", "/World/User has_arcs"));
}

TEST(PruneLeaves, nobodyKnowsWhatInactiveUnloadedAndInstancedPrimsHold) {
    SceneFixture f;
    triangle(f, "/World/Mesh");
    f.prim("/World/Off/Inactive", "Xform").flags().active = false;
    f.prim("/World/Unloaded", "Xform").arc(ArcKind::Payload, "", "part.usd").flags().loaded = false;
    f.instance("/World/Instance", "/__Prototype_1").facts().typeName = f.builder().token("Xform");
    triangle(f, "/__Prototype_1/Mesh");
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "pruneLeaves");
    EXPECT_TRUE(outcome.edits.empty());
    EXPECT_THAT(declined(scene, outcome), ElementsAre("/World/Unloaded unloaded_payload"));

    const OpOutcome asked = run(scene, "pruneLeaves", {{"filterInactive", true}, {"preserveUnloadedPayloads", false}});
    EXPECT_THAT(moves(scene, asked), ElementsAre("/World/Off -> ", "/World/Off/Inactive -> ", "/World/Unloaded -> "));
}

TEST(PruneLeaves, startsAtTheGivenPrimAndLeavesItsAncestors) {
    SceneFixture f;
    f.prim("/A/B/C", "Xform");
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(moves(scene, run(scene, "pruneLeaves", {{"paths", {"/A/B"}}})), ElementsAre("/A/B -> ", "/A/B/C -> "));
}

TEST(PruneLeaves, deactivatesAndHidesOnlyOnce) {
    SceneFixture f;
    triangle(f, "/World/Mesh");
    f.prim("/World/Empty", "Xform");
    const ScenePtr scene = f.freeze();
    EXPECT_FALSE(runTwice(scene, "pruneLeaves", {{"pruneMode", 2}})->prim(scene->find("/World/Empty")).flags.active);
    const ScenePtr hidden = runTwice(scene, "pruneLeaves", {{"pruneMode", 3}});
    EXPECT_EQ(hidden->textOf(hidden->value(hidden->find("/World/Empty"), "visibility")), "invisible");
    EXPECT_THAT(run(scene, "pruneLeaves", {{"pruneMode", 2}}).edits.moves, IsEmpty());
}

TEST(PruneLeaves, theDefaultPrimStays) {
    SceneFixture f;
    StageInfo stage;
    stage.defaultPrim = "World";
    f.builder().setStage(stage);
    f.prim("/World/Empty", "Xform");
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "pruneLeaves");
    EXPECT_THAT(moves(scene, outcome), ElementsAre("/World/Empty -> "));
    EXPECT_THAT(declined(scene, outcome), ElementsAre("/World default_prim"));
}

TEST(PruneLeaves, analysisListsTopmostPaths) {
    SceneFixture f;
    f.prim("/A/B", "Xform");
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(run(scene, "pruneLeaves", {}, true).output, nlohmann::json::parse(R"({"analysis": ["/A"]})"));
}

}  // namespace
}  // namespace usdtune::test
