// SPDX-License-Identifier: Apache-2.0
//
// printStats and countVertices.
#include "core/ops/run_op.h"

namespace usdtune::test {
namespace {

using testing::HasSubstr;

PrimFixture& triangle(SceneFixture& f, std::string_view path) {
    return f.mesh(path, {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
}

TEST(CountVertices, boundsAreInclusiveAndCountCorners) {
    SceneFixture f;
    triangle(f, "/Three");
    f.mesh("/Six", {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0}, {3, 3}, {0, 1, 2, 0, 2, 3});
    const nlohmann::json analysis =
        run(f.freeze(), "countVertices", {{"high", 3}, {"veryHigh", 4}, {"extreme", 6}}).output["analysis"];
    EXPECT_EQ(analysis, nlohmann::json::parse(R"({"high": {"/Three": 3}, "veryHigh": {}, "extreme": {"/Six": 6}})"));
}

TEST(CountVertices, refusesThresholdsThatDoNotGrow) {
    EXPECT_THAT(refusal(SceneFixture().freeze(), "countVertices", {{"high", 500000}}), HasSubstr("must grow"));
}

TEST(PrintStats, countsWhatInstancesShowOncePerInstance) {
    SceneFixture f;
    f.instance("/World/A", "/__Prototype_1");
    f.instance("/World/B", "/__Prototype_1");
    triangle(f, "/__Prototype_1/Mesh");
    triangle(f, "/World/C").attribute("visibility", "token", {"invisible"});
    f.prim("/World/Empty", "Xform").flags().active = false;
    const nlohmann::json stats = run(f.freeze(), "printStats").output["analysis"];
    EXPECT_EQ(stats["types"]["Mesh"]["count"], 3);
    EXPECT_EQ(stats["types"]["Mesh"]["unique"], 2);
    EXPECT_EQ(stats["types"]["Mesh"]["invisible"], 1);
    EXPECT_EQ(stats["types"]["Xform"]["leaf"], 1);
    EXPECT_EQ(stats["vertices"], 9);
    EXPECT_EQ(stats["instances"], 2);
    EXPECT_EQ(stats["inactive"], 1);
}

TEST(PrintStats, piecesAtOnePlaceAreOneUnlessSplit) {
    SceneFixture f;
    f.mesh("/M", {0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0}, {3, 3}, {0, 1, 2, 3, 4, 5});
    const ScenePtr scene = f.freeze();
    const auto disjoint = [&](bool split) {
        return run(scene, "printStats", {{"splitCollocatedPoints", split}})
            .output["analysis"]["types"]["Mesh"]["disjoint"];
    };
    EXPECT_EQ(disjoint(false), 1);
    EXPECT_EQ(disjoint(true), 2);
}

TEST(PrintStats, primvarValuesFollowFromTheInterpolation) {
    SceneFixture f;
    triangle(f, "/M").primvar("st", "texCoord2f[]", {0, 0}, "faceVarying", {0, 0, 0});
    const nlohmann::json primvars =
        run(f.freeze(), "printStats", {{"countPrimvars", true}}).output["analysis"]["primvars"];
    EXPECT_EQ(primvars, nlohmann::json::parse(R"({"st": {"count": 1, "valueCount": 3, "size": 24}})"));
}

}  // namespace
}  // namespace usdtune::test
