// SPDX-License-Identifier: Apache-2.0
#include "core/ops/run_op.h"

namespace usdtune {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(ComputeExtents, aMissingExtentIsTheBoxOfThePoints) {
    SceneFixture f;
    f.mesh("/Tri", {0, 0, 0, 2, 0, 0, 0, 3, -1}, {3}, {0, 1, 2});
    const ScenePtr scene = f.freeze();
    const ScenePtr done = after(*scene, "computeExtents");
    EXPECT_THAT(arrayAt<Vec3f>(*done, "/Tri", "extent"), ElementsAre(Vec3f{{0, 0, -1}}, Vec3f{{2, 3, 0}}));
    EXPECT_THAT(runOn(*done, "computeExtents").edits.edits, IsEmpty()) << "twice equals once";
}

TEST(ComputeExtents, aRightExtentIsNotTouchedAndAWrongOneIs) {
    SceneFixture f;
    f.mesh("/Right", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2}).attribute("extent", "float3[]", {0, 0, 0, 1, 1, 0});
    f.mesh("/Zero", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2}).attribute("extent", "float3[]", {0, 0, 0, 0, 0, 0});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "computeExtents");
    ASSERT_EQ(outcome.edits.edits.size(), 1u);
    EXPECT_EQ(scene->text(outcome.edits.edits[0].path), "/Zero");
    EXPECT_EQ(outcome.counts["extentsCorrected"], 1);
}

TEST(ComputeExtents, pointsGrowByHalfTheirWidth) {
    SceneFixture f;
    f.prim("/Cloud", "Points")
        .attribute("points", "point3f[]", {0, 0, 0, 4, 0, 0})
        .attribute("widths", "float[]", {2, 4});
    f.prim("/Even", "Points").attribute("points", "point3f[]", {0, 0, 0, 4, 0, 0}).attribute("widths", "float[]", {1});
    const ScenePtr scene = f.freeze();
    const ScenePtr done = after(*scene, "computeExtents");
    EXPECT_THAT(arrayAt<Vec3f>(*done, "/Cloud", "extent"), ElementsAre(Vec3f{{-1, -2, -2}}, Vec3f{{6, 2, 2}}));
    EXPECT_THAT(arrayAt<Vec3f>(*done, "/Even", "extent"),
                ElementsAre(Vec3f{{-0.5f, -0.5f, -0.5f}}, Vec3f{{4.5f, 0.5f, 0.5f}}));
}

TEST(ComputeExtents, whatItCannotDoIsDeclinedWithAReason) {
    SceneFixture f;
    f.mesh("/Moving", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2})
        .sample(1, {0, 0, 0, 1, 0, 0, 0, 2, 0})
        .property()
        .flags.animated = true;
    f.mesh("/Empty", {}, {}, {});
    PrimFixture& foreign = f.mesh("/Foreign", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    foreign.flags().editable = false;
    foreign.facts().opinionCount = 2;
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "computeExtents");
    EXPECT_THAT(outcome.edits.edits, IsEmpty());
    EXPECT_THAT(declinedBy(*scene, outcome),
                ElementsAre("/Moving: animated", "/Empty: no_points", "/Foreign: several_opinions"));
}

TEST(ComputeExtents, analysisListsWhatHasNone) {
    SceneFixture f;
    f.mesh("/B", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    f.mesh("/A", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    f.mesh("/C", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2}).attribute("extent", "float3[]", {0, 0, 0, 9, 9, 9});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(runOn(*scene, "computeExtents", {}, true).output["analysis"]["primsMissingExtent"],
              (nlohmann::json{"/A", "/B"}));
}

}  // namespace
}  // namespace usdtune
