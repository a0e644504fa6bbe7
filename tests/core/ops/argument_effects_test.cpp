// SPDX-License-Identifier: Apache-2.0
//
// Arguments that no other test turns: each does what its description says, and nothing when it is left alone.
#include "core/ops/run_op.h"

namespace usdtune::test {
namespace {

using testing::ElementsAre;

PrimFixture& triangle(SceneFixture& f, std::string_view path) {
    return f.mesh(path, {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
}

size_t pointsAfter(std::string_view key, const nlohmann::json& arguments) {
    SceneFixture f;
    f.mesh("/Mesh", {0, 0, 0, 1, 0, 0, 0, 1, 0, 5, 5, 5}, {3}, {0, 1, 2});
    return meshAt(*after(*f.freeze(), key, arguments), "/Mesh").points.size();
}

TEST(ArgumentEffects, removeIsolatedVerticesTakesOutUnusedPoints) {
    for (const char* key : {"meshCleanup", "mergeVertices"}) {
        EXPECT_EQ(pointsAfter(key, {{"removeIsolatedVertices", true}}), 3u) << key;
        EXPECT_EQ(pointsAfter(key, {{"removeIsolatedVertices", false}}), 4u) << key;
    }
}

/// Two squares that meet at a right angle; the second is three times as long.
PrimFixture& corner(SceneFixture& f, std::string_view path) {
    return f.mesh(path, {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 3, 1, 0, 3}, {4, 4}, {0, 1, 2, 3, 1, 0, 4, 5});
}

const Primvar& normalsOf(const ScenePtr& scene, std::string_view path) { return meshAt(*scene, path).primvars.at(0); }

TEST(ArgumentEffects, sharpnessAngleDecidesWhichEdgesAreSharp) {
    SceneFixture f;
    corner(f, "/Mesh");
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(normalsOf(after(*scene, "generateNormals", {{"sharpnessAngle", 120.0}}), "/Mesh").interpolation,
              Interpolation::Vertex);
    EXPECT_NE(normalsOf(after(*scene, "generateNormals", {{"sharpnessAngle", 60.0}}), "/Mesh").interpolation,
              Interpolation::Vertex);
}

TEST(ArgumentEffects, weightmodeAreaLetsLargeFacesLean) {
    SceneFixture f;
    corner(f, "/Mesh");
    const ScenePtr scene = f.freeze();
    const auto edgeNormal = [&](int weightmode) {
        const ScenePtr done =
            after(*scene, "generateNormals", {{"binding", 2}, {"sharpnessAngle", 120.0}, {"weightmode", weightmode}});
        return arrayAt<Vec3f>(*done, "/Mesh", "primvars:normals").at(0);
    };
    const Vec3f byAngle = edgeNormal(0), byArea = edgeNormal(1);
    EXPECT_NEAR(std::abs(byAngle[1]), std::abs(byAngle[2]), 1e-5);
    EXPECT_NEAR(std::abs(byArea[1]), 3 * std::abs(byArea[2]), 1e-5);
}

TEST(ArgumentEffects, existingNormalsReplaceMakesSoundOnesAnew) {
    SceneFixture f;
    triangle(f, "/Mesh").attribute("normals", "normal3f[]", {0, 0.6, 0.8}).interpolation("uniform");
    const ScenePtr scene = f.freeze();
    EXPECT_TRUE(runOn(*scene, "generateNormals", {{"existingNormals", 0}}).edits.empty());
    const ScenePtr done = after(*scene, "generateNormals", {{"existingNormals", 1}});
    EXPECT_THAT(arrayAt<Vec3f>(*done, "/Mesh", "normals"), ElementsAre(Vec3f{{0, 0, 1}}));
}

TEST(ArgumentEffects, materialPrimPathsNarrowsEveryMode) {
    SceneFixture f;
    f.previewMaterial("/World/Looks/A", 1, 0, 0);
    f.previewMaterial("/World/Looks/B", 1, 0, 0);
    f.previewMaterial("/World/Looks/Blue", 0, 0, 1);
    f.previewMaterial("/World/Looks/Unbound", 0, 1, 0);
    for (const char* name : {"A", "B", "Blue"})
        triangle(f, std::string("/World/") + name)
            .relationship("material:binding", {std::string("/World/Looks/") + name});
    const ScenePtr scene = f.freeze();
    const auto gone = [&](int mode, std::vector<std::string> only) {
        const ScenePtr result = after(
            scene, run(scene, "optimizeMaterials", {{"optimizeMaterialsMode", mode}, {"materialPrimPaths", only}}));
        std::vector<std::string> out;
        for (const char* name : {"A", "B", "Blue", "Unbound"})
            if (!has(result, std::string("/World/Looks/") + name)) out.emplace_back(name);
        return out;
    };
    EXPECT_THAT(gone(0, {"/World/Looks/A", "/World/Looks/Blue"}), ElementsAre());
    EXPECT_THAT(gone(0, {"/World/Looks/A", "/World/Looks/B"}), ElementsAre("B"));
    EXPECT_THAT(gone(1, {"/World/Looks/Blue"}), ElementsAre("Blue"));
    EXPECT_THAT(gone(2, {"/World/Looks/A"}), ElementsAre());
    EXPECT_THAT(gone(2, {}), ElementsAre("Unbound"));
    EXPECT_THAT(gone(3, {"/World/Looks/A", "/World/Looks/Blue"}), ElementsAre("A", "Blue"));
}

PrimFixture& over(SceneFixture& f, std::string_view path) {
    PrimFixture& prim = f.prim(path).specifier(Specifier::Over);
    prim.facts().typeName = f.builder().token("");
    prim.flags().defined = false;
    return prim;
}

TEST(ArgumentEffects, orphanedOversAreLeftDeletedDeactivatedOrHidden) {
    SceneFixture f;
    triangle(f, "/World/Mesh");
    over(f, "/Orphan");
    const ScenePtr scene = f.freeze();
    EXPECT_TRUE(run(scene, "removePrims", {{"removeOrphanedOvers", false}}).edits.empty());
    EXPECT_FALSE(has(runTwice(scene, "removePrims"), "/Orphan"));
    const ScenePtr inactive = runTwice(scene, "removePrims", {{"orphanedOverRemoveMethod", 2}});
    EXPECT_FALSE(inactive->prim(inactive->find("/Orphan")).flags.active);
    const ScenePtr hidden = runTwice(scene, "removePrims", {{"orphanedOverRemoveMethod", 3}});
    EXPECT_EQ(hidden->textOf(hidden->value(hidden->find("/Orphan"), "visibility")), "invisible");
}

TEST(ArgumentEffects, explicitOrphanedPathsAreTakenAtTheirWord) {
    SceneFixture f;
    triangle(f, "/World/Mesh");
    triangle(f, "/World/Other");
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(
        scene, "removePrims", {{"explicitMode", true}, {"explicitOrphanedPaths", {"/World/Other", "/World/Nowhere"}}});
    EXPECT_THAT(declined(scene, outcome), ElementsAre("/World/Nowhere no_such_prim"));
    EXPECT_FALSE(has(after(scene, outcome), "/World/Other"));
    EXPECT_TRUE(has(after(scene, outcome), "/World/Mesh"));
}

}  // namespace
}  // namespace usdtune::test
