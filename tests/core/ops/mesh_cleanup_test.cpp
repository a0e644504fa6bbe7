// SPDX-License-Identifier: Apache-2.0
#include "core/ops/run_op.h"
#include "usdtune/base/math.h"

namespace usdtune {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

/// Two triangles of a quad that an exporter wrote with points of their own, 1 = 3 and 2 = 4.
PrimFixture& splitQuad(SceneFixture& f, std::string_view path, std::string_view scheme = "none") {
    return f.mesh(path, {0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0}, {3, 3}, {0, 1, 2, 4, 3, 5}, scheme);
}

TEST(MeshCleanup, coincidentPointsBecomeOneAndASecondRunFindsNothing) {
    SceneFixture f;
    splitQuad(f, "/Quad").attribute("extent", "float3[]", {0, 0, 0, 1, 1, 0});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "meshCleanup");
    const ScenePtr done = after(*scene, outcome);
    EXPECT_EQ(meshAt(*done, "/Quad").points.size(), 4u);
    EXPECT_THAT(arrayAt<int>(*done, "/Quad", "faceVertexIndices"), ElementsAre(0, 1, 2, 2, 1, 3));
    EXPECT_EQ(outcome.counts["pointsMerged"], 2);
    EXPECT_EQ(outcome.surface, SurfacePromise::Exact);
    EXPECT_THAT(runOn(*done, "meshCleanup").edits.edits, IsEmpty());
    EXPECT_THAT(declinedBy(*scene, outcome), IsEmpty());
}

TEST(MeshCleanup, pointsWithDifferentVertexDataStayApart) {
    SceneFixture f;
    splitQuad(f, "/Colored")
        .primvar("displayColor", "color3f[]", {1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0}, "vertex");
    splitQuad(f, "/Indexed").primvar("temperature", "float[]", {7, 9, 7}, "vertex", {0, 0, 0, 2, 1, 0});
    splitQuad(f, "/Shaded")
        .attribute("normals", "normal3f[]", {0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0})
        .interpolation("vertex");
    const ScenePtr scene = f.freeze();
    const ScenePtr done = after(*scene, "meshCleanup");
    EXPECT_EQ(meshAt(*done, "/Colored").points.size(), 5u) << "2 = 4 share a color, 1 and 3 do not";
    EXPECT_THAT(arrayAt<Vec3f>(*done, "/Colored", "primvars:displayColor"),
                ElementsAre(Vec3f{{1, 0, 0}}, Vec3f{{1, 0, 0}}, Vec3f{{1, 0, 0}}, Vec3f{{0, 1, 0}}, Vec3f{{0, 1, 0}}));
    EXPECT_EQ(meshAt(*done, "/Indexed").points.size(), 5u) << "values 0 and 2 are equal, whatever the index";
    EXPECT_THAT(arrayAt<int>(*done, "/Indexed", "primvars:temperature:indices"), ElementsAre(0, 0, 0, 1, 0));
    EXPECT_EQ(meshAt(*done, "/Shaded").points.size(), 6u);
}

TEST(MeshCleanup, faceVaryingSeamsKeepTheirValuesWhilePointsMerge) {
    SceneFixture f;
    splitQuad(f, "/Quad").primvar("st", "texCoord2f[]", {0, 0, 1, 0, 0, 1, .5, .5, .6, .6, .7, .7}, "faceVarying");
    const ScenePtr scene = f.freeze();
    const ScenePtr done = after(*scene, "meshCleanup");
    EXPECT_EQ(meshAt(*done, "/Quad").points.size(), 4u);
    EXPECT_EQ(arrayAt<Vec2f>(*done, "/Quad", "primvars:st"), arrayAt<Vec2f>(*scene, "/Quad", "primvars:st"));
}

TEST(MeshCleanup, elementSizeMovesWholeRows) {
    SceneFixture f;
    f.mesh("/Tri", {9, 9, 9, 0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {1, 2, 3})
        .primvar("weights", "float[]", {1, 2, 3, 4, 5, 6, 7, 8}, "vertex", {}, 2);
    const ScenePtr scene = f.freeze();
    const ScenePtr done = after(*scene, "meshCleanup");
    EXPECT_THAT(arrayAt<float>(*done, "/Tri", "primvars:weights"), ElementsAre(3, 4, 5, 6, 7, 8));
}

TEST(MeshCleanup, duplicateFacesOfDifferentSubsetsAreBothKeptAndSubsetsFollow) {
    SceneFixture f;
    f.mesh("/Two", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3, 3}, {0, 1, 2, 0, 1, 2});
    f.subset("/Two/red", {0});
    f.subset("/Two/green", {1});
    f.mesh("/Same", {0, 0, 0, 1, 0, 0, 0, 1, 0, 2, 2, 0}, {3, 3, 3}, {0, 1, 2, 1, 2, 0, 1, 3, 2});
    f.subset("/Same/red", {0, 1});
    f.subset("/Same/green", {2});
    const ScenePtr scene = f.freeze();
    const ScenePtr done = after(*scene, "meshCleanup");
    EXPECT_EQ(meshAt(*done, "/Two").faceCount(), 2u);
    EXPECT_EQ(meshAt(*done, "/Same").faceCount(), 2u);
    EXPECT_THAT(arrayAt<int>(*done, "/Same/red", "indices"), ElementsAre(0));
    EXPECT_THAT(arrayAt<int>(*done, "/Same/green", "indices"), ElementsAre(1));
}

TEST(MeshCleanup, aReversedTwinIsAnotherSideAndStays) {
    SceneFixture f;
    f.mesh("/Sheet", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3, 3}, {0, 1, 2, 2, 1, 0}).attribute("doubleSided", "bool", {1});
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(runOn(*scene, "meshCleanup").edits.edits, IsEmpty());
}

TEST(MeshCleanup, subdivisionCagesOnlyLoseIsolatedPoints) {
    SceneFixture f;
    splitQuad(f, "/Cage", "catmullClark");
    f.mesh("/Loose", {9, 9, 9, 0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {1, 2, 3}, "catmullClark")
        .array("creaseIndices", "int[]", std::vector<int>{1, 2})
        .array("creaseLengths", "int[]", std::vector<int>{2})
        .array("creaseSharpnesses", "float[]", std::vector<float>{3});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "meshCleanup");
    EXPECT_THAT(declinedBy(*scene, outcome), ElementsAre("/Cage: subdivision_surface"));
    const ScenePtr done = after(*scene, outcome);
    EXPECT_EQ(meshAt(*done, "/Cage").points.size(), 6u);
    EXPECT_EQ(meshAt(*done, "/Loose").points.size(), 3u);
    EXPECT_THAT(arrayAt<int>(*done, "/Loose", "creaseIndices"), ElementsAre(0, 1));
}

TEST(MeshCleanup, indexTiedDataFromElsewhereDeclinesTheMesh) {
    SceneFixture f;
    splitQuad(f, "/Skinned").primvar("skel:jointIndices", "int[]", {0, 0, 0, 0, 0, 0}, "vertex");
    splitQuad(f, "/Shaped")
        .relationship("skel:blendShapeTargets", {"/Target"})
        .attribute("skel:blendShapes", "token[]", {"smile"});
    splitQuad(f, "/Measured").attribute("stress", "float[]", {1, 2, 3, 4, 5, 6});
    splitQuad(f, "/Broken").primvar("st", "texCoord2f[]", {0, 0, 1, 1}, "vertex");
    splitQuad(f, "/Moving").sample(1, {0, 0, 0}).property().flags.animated = true;
    splitQuad(f, "/Edges");
    f.subset("/Edges/rim", {0, 1}, "rim", "edge");
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "meshCleanup");
    EXPECT_THAT(outcome.edits.edits, IsEmpty());
    EXPECT_THAT(declinedBy(*scene, outcome),
                ElementsAre("/Skinned: skinned", "/Shaped: skinned", "/Measured: index_tied_attribute",
                            "/Broken: malformed_primvar", "/Moving: animated", "/Edges: subset_elements"));
}

TEST(MeshCleanup, aCleanMeshIsNotDeclinedWhateverItIs) {
    SceneFixture f;
    f.mesh("/Skinned", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2})
        .primvar("skel:jointIndices", "int[]", {0, 0, 0}, "vertex");
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "meshCleanup");
    EXPECT_THAT(declinedBy(*scene, outcome), IsEmpty());
}

TEST(MeshCleanup, theToleranceIsSeenInWorldSpace) {
    SceneFixture f;
    // 0.01 apart in its own units, 1 apart in the world.
    f.prim("/Big", "Xform")
        .attribute("xformOp:scale", "double3", {100, 100, 100})
        .attribute("xformOpOrder", "token[]", {"xformOp:scale"});
    f.mesh("/Big/Quad", {0, 0, 0, 1, 0, 0, 0, 1, 0, 1.01, 0, 0, 0, 1, 0, 1, 1, 0}, {3, 3}, {0, 1, 2, 4, 3, 5});
    f.mesh("/Quad", {0, 0, 0, 1, 0, 0, 0, 1, 0, 1.01, 0, 0, 0, 1, 0, 1, 1, 0}, {3, 3}, {0, 1, 2, 4, 3, 5});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "meshCleanup", {{"tolerance", 0.02}});
    const ScenePtr done = after(*scene, outcome);
    EXPECT_EQ(meshAt(*done, "/Big/Quad").points.size(), 5u);
    EXPECT_EQ(meshAt(*done, "/Quad").points.size(), 4u);
    EXPECT_EQ(outcome.surface, SurfacePromise::Bounded);
    EXPECT_NEAR(outcome.tolerance, 0.02, 1e-6);
}

TEST(MeshCleanup, collidersKeepIsolatedPointsForTheirHull) {
    SceneFixture f;
    f.mesh("/Hull", {0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 5}, {3}, {0, 1, 2}).api("PhysicsCollisionAPI");
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(runOn(*scene, "meshCleanup").edits.edits, IsEmpty());
}

TEST(MeshCleanup, holesFollowTheirFaces) {
    SceneFixture f;
    f.mesh("/Holed", {0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0}, {3, 3, 3}, {0, 0, 1, 0, 1, 2, 1, 3, 2})
        .array("holeIndices", "int[]", std::vector<int>{2});
    const ScenePtr scene = f.freeze();
    const ScenePtr done = after(*scene, "meshCleanup");
    EXPECT_EQ(meshAt(*done, "/Holed").faceCount(), 2u);
    EXPECT_THAT(arrayAt<int>(*done, "/Holed", "holeIndices"), ElementsAre(1));
}

TEST(MeshCleanup, aTightExtentFollowsAndAWideOneStays) {
    SceneFixture f;
    f.mesh("/Tight", {0, 0, 0, 1, 0, 0, 0, 1, 0, 5, 5, 5}, {3}, {0, 1, 2})
        .attribute("extent", "float3[]", {0, 0, 0, 5, 5, 5});
    f.mesh("/Wide", {0, 0, 0, 1, 0, 0, 0, 1, 0, 5, 5, 5}, {3}, {0, 1, 2})
        .attribute("extent", "float3[]", {-9, -9, -9, 9, 9, 9});
    const ScenePtr scene = f.freeze();
    const ScenePtr done = after(*scene, "meshCleanup");
    EXPECT_EQ(meshAt(*done, "/Tight").extent[1], (Vec3f{{1, 1, 0}}));
    EXPECT_EQ(meshAt(*done, "/Wide").extent[1], (Vec3f{{9, 9, 9}}));
}

TEST(MeshCleanup, resultsAreDeterministicAtAnyThreadCount) {
    SceneFixture f;
    for (int i = 0; i < 200; ++i) splitQuad(f, "/Quad" + std::to_string(i));
    const ScenePtr scene = f.freeze();
    const OpOutcome one = runOn(*scene, "meshCleanup", {}, false, 1), many = runOn(*scene, "meshCleanup", {}, false, 4);
    ASSERT_EQ(one.edits.edits.size(), many.edits.edits.size());
    for (size_t i = 0; i < one.edits.edits.size(); ++i) {
        EXPECT_EQ(one.edits.edits[i].path, many.edits.edits[i].path);
        EXPECT_TRUE(sameBytes(one.edits.edits[i].value.value, many.edits.edits[i].value.value));
    }
}

TEST(MeshCleanup, whatAReferenceShowsElsewhereIsDeclinedAndWhatInstancesShowIsNot) {
    SceneFixture f;
    splitQuad(f, "/Source/Quad");
    f.prim("/User", "Xform").arc(ArcKind::Reference, "/Source");
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "meshCleanup");
    EXPECT_THAT(declinedBy(*scene, outcome), ElementsAre("/Source/Quad: arc_source"));
    EXPECT_THAT(outcome.edits.edits, IsEmpty());

    SceneFixture g;
    splitQuad(g, "/A");
    splitQuad(g, "/B");
    const ScenePtr instanced = after(*g.freeze(), "deduplicateGeometry");
    const ScenePtr done = after(*instanced, "meshCleanup");
    EXPECT_EQ(meshAt(*done, "/B/Geometry").points.size(), 4u) << "their prototype follows its source";
}

TEST(MeshCleanup, analysisCountsMeshesByFlaw) {
    SceneFixture f;
    splitQuad(f, "/Split");
    f.mesh("/Flipped", {0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0}, {3, 3}, {0, 1, 2, 1, 2, 3});
    const ScenePtr scene = f.freeze();
    const nlohmann::json analysis = runOn(*scene, "meshCleanup", {}, true).output["analysis"];
    EXPECT_EQ(analysis["meshesWithMergeableVertices"], 1);
    EXPECT_EQ(analysis["meshesWithInconsistentWindings"], (nlohmann::json{"/Flipped"}));
}

TEST(MergeVertices, aNegativeToleranceWeldsNothing) {
    SceneFixture f;
    splitQuad(f, "/Quad");
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(runOn(*scene, "mergeVertices", {{"tolerance", -1.0}}).edits.edits, IsEmpty());
    EXPECT_EQ(meshAt(*after(*scene, "mergeVertices"), "/Quad").points.size(), 4u);
}

TEST(MergeVertices, whatManifoldSplittingPutsBackIsNotWrittenASecondTime) {
    SceneFixture f;
    // Two triangles that touch in one point only: a bowtie. Welding joins them there, splitting parts them again.
    f.mesh("/Bowtie", {0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, -1, 0, 0, 0, -1, 0}, {3, 3}, {0, 1, 2, 3, 4, 5});
    const ScenePtr scene = f.freeze();
    const ScenePtr once = after(*scene, "mergeVertices");
    EXPECT_EQ(meshAt(*once, "/Bowtie").points.size(), 6u);
    EXPECT_THAT(runOn(*once, "mergeVertices").edits.edits, IsEmpty());
}

}  // namespace
}  // namespace usdtune
