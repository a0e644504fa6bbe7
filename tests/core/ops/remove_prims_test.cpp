// SPDX-License-Identifier: Apache-2.0
#include "core/ops/run_op.h"

namespace usdtune::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PrimFixture& hiddenMesh(SceneFixture& f, std::string_view path) {
    return f.mesh(path, {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2}).attribute("visibility", "token", {"invisible"});
}

TEST(RemovePrims, deactivatesInvisiblePrimsByDefault) {
    SceneFixture f;
    hiddenMesh(f, "/World/Hidden");
    hiddenMesh(f, "/World/Hidden/Nested");
    f.mesh("/World/Seen", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "removePrims");
    EXPECT_EQ(outcome.counts["primsDeactivated"], 1);
    EXPECT_THAT(moves(scene, outcome), ElementsAre("/World/Hidden -> ", "/World/Hidden/Nested -> "));
    const ScenePtr result = runTwice(scene, "removePrims");
    EXPECT_FALSE(result->prim(result->find("/World/Hidden")).flags.active);
    EXPECT_TRUE(result->prim(result->find("/World/Seen")).flags.active);
}

TEST(RemovePrims, deletesWithPathMoves) {
    SceneFixture f;
    hiddenMesh(f, "/World/Hidden");
    f.prim("/World/Hidden/part", "GeomSubset");
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "removePrims", {{"invisibleRemoveMethod", 1}});
    EXPECT_THAT(moves(scene, outcome), ElementsAre("/World/Hidden -> ", "/World/Hidden/part -> "));
    EXPECT_FALSE(has(runTwice(scene, "removePrims", {{"invisibleRemoveMethod", 1}}), "/World/Hidden"));
}

TEST(RemovePrims, keepsHiddenPrototypesTogglesAndAnimation) {
    SceneFixture f;
    hiddenMesh(f, "/World/Prototype");
    f.prim("/World/Instancer", "PointInstancer").relationship("prototypes", {"/World/Prototype"});
    hiddenMesh(f, "/World/Toggled").flags().latentOpinions = true;
    hiddenMesh(f, "/World/Blinking").property().flags.animated = true;
    hiddenMesh(f, "/World/Library");
    f.prim("/World/User", "Xform").arc(ArcKind::Reference, "/World/Library");
    f.prim("/World/Rig", "Xform").attribute("visibility", "token", {std::string_view("invisible")});
    f.prim("/World/Rig/Arm/Eye", "Camera");
    hiddenMesh(f, "/World/Light/Icon");
    f.prim("/World/Light", "SphereLight");
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "removePrims");
    EXPECT_TRUE(outcome.edits.empty());
    EXPECT_THAT(declined(scene, outcome),
                ElementsAre("/World/Prototype targeted", "/World/Toggled latent_opinions", "/World/Blinking animated",
                            "/World/Library arc_source", "/World/Rig holds_camera"));
}

PrimFixture& over(SceneFixture& f, std::string_view path) {
    PrimFixture& prim = f.prim(path).specifier(Specifier::Over);
    prim.facts().typeName = f.builder().token("");
    prim.flags().defined = false;
    return prim;
}

TEST(RemovePrims, deletesOversThatDefineNothing) {
    SceneFixture f;
    f.prim("/World/Part", "Xform");
    over(f, "/Lost");
    over(f, "/Lost/Child");
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(moves(scene, run(scene, "removePrims")), ElementsAre("/Lost -> ", "/Lost/Child -> "));
    runTwice(scene, "removePrims");
}

TEST(RemovePrims, anOverBelowAnUnloadedPayloadIsNoOrphan) {
    SceneFixture f;
    f.prim("/World/Part", "Xform").arc(ArcKind::Payload, "", "part.usd").flags().loaded = false;
    over(f, "/World/Part/Bolt");
    f.prim("/World/Broken", "Xform").arc(ArcKind::Reference, "", "gone.usd", true);
    over(f, "/World/Broken/Nut");
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "removePrims");
    EXPECT_TRUE(outcome.edits.empty());
    EXPECT_THAT(declined(scene, outcome),
                ElementsAre("/World/Part/Bolt composition_incomplete", "/World/Broken/Nut composition_incomplete"));
}

TEST(RemovePrims, aLayerOfOverridesIsLeftAlone) {
    SceneFixture f;
    over(f, "/World");
    over(f, "/World/Part");
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(declined(scene, run(scene, "removePrims")), ElementsAre("/World override_layer"));
}

TEST(RemovePrims, explicitModeActsOnItsListsOnly) {
    SceneFixture f;
    hiddenMesh(f, "/World/Hidden");
    f.mesh("/World/Occluded", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "removePrims",
                                  {{"explicitMode", true},
                                   {"removeInvisible", false},
                                   {"invisibleRemoveMethod", 1},
                                   {"explicitInvisiblePaths", {"/World/Occluded", "/World/Nowhere"}}});
    EXPECT_THAT(moves(scene, outcome), ElementsAre("/World/Occluded -> "));
    EXPECT_THAT(declined(scene, outcome), ElementsAre("/World/Nowhere no_such_prim"));
}

TEST(RemovePrims, analysisSuggestsArgumentsThatTheOpTakes) {
    SceneFixture f;
    f.prim("/World/Part", "Xform");
    hiddenMesh(f, "/World/Hidden");
    over(f, "/Lost");
    const ScenePtr scene = f.freeze();
    const nlohmann::json analysis = run(scene, "removePrims", {}, true).output["analysis"];
    EXPECT_EQ(analysis["invisiblePrims"], nlohmann::json({"/World/Hidden"}));
    EXPECT_EQ(analysis["orphanedOvers"], nlohmann::json({"/Lost"}));
    const nlohmann::json suggested = analysis["suggestedOperations"][0];
    EXPECT_EQ(suggested["name"], "removePrims");
    EXPECT_EQ(run(scene, "removePrims", suggested["args"]).edits.edits.size(), 2u);
}

}  // namespace
}  // namespace usdtune::test
