// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/meshes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/scene/scene_fixture.h"

namespace usdtune {
namespace {

using test::PrimFixture;
using test::SceneFixture;
using testing::ElementsAre;
using testing::IsEmpty;

PrimFixture& triangle(SceneFixture& f, std::string_view path) {
    return f.mesh(path, {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
}

const Mesh& meshAt(const Scene& scene, std::string_view path) {
    return scene.meshes()[scene.meshOf(scene.find(path)).index];
}

std::vector<std::string> sentences(const Scene& scene) {
    std::vector<std::string> out;
    for (const ContentProblem& problem : scene.problems()) out.push_back(problem.message);
    return out;
}

TEST(Meshes, viewsPointIntoTheScenesColumns) {
    SceneFixture f;
    triangle(f, "/A")
        .attribute("extent", "float3[]", {0, 0, 0, 1, 1, 0})
        .attribute("doubleSided", "bool", {1})
        .attribute("orientation", "token", {"leftHanded"});
    f.prim("/B", "Xform");
    const ScenePtr scene = f.freeze();
    ASSERT_EQ(scene->meshes().size(), 1u);
    EXPECT_FALSE(scene->meshOf(scene->find("/B")).valid());
    const Mesh& mesh = meshAt(*scene, "/A");
    EXPECT_EQ(mesh.points.size(), 3u);
    EXPECT_EQ(static_cast<const void*>(mesh.points.data()), scene->property(mesh.pointsAttribute).value.data);
    EXPECT_TRUE(mesh.flags.validTopology && mesh.flags.finitePoints && mesh.flags.doubleSided && mesh.flags.leftHanded);
    EXPECT_FALSE(mesh.flags.subdivided);
    EXPECT_EQ(mesh.extent.size(), 2u);
    EXPECT_EQ(mesh.localBounds.max, (Vec3d{{1, 1, 0}}));
    EXPECT_THAT(sentences(*scene), IsEmpty());
}

TEST(Meshes, anUnauthoredSchemeSubdivides) {
    SceneFixture f;
    f.prim("/A", "Mesh");
    f.prim("/B", "Mesh").attribute("subdivisionScheme", "token").blocked();
    const ScenePtr scene = f.freeze();
    EXPECT_TRUE(meshAt(*scene, "/A").flags.subdivided);
    EXPECT_TRUE(meshAt(*scene, "/B").flags.subdivided);
}

TEST(Meshes, emptyMeshesAreValidAndSilent) {
    SceneFixture f;
    f.prim("/A", "Mesh");
    const ScenePtr scene = f.freeze();
    EXPECT_TRUE(meshAt(*scene, "/A").flags.validTopology);
    EXPECT_TRUE(meshAt(*scene, "/A").localBounds.empty());
    EXPECT_EQ(surfaceEpsilon(meshAt(*scene, "/A"), Matrix4d()), 0);
    EXPECT_THAT(sentences(*scene), IsEmpty());
}

TEST(Meshes, brokenTopologyIsToldInOneSentence) {
    SceneFixture f;
    const std::initializer_list<double> points = {0, 0, 0, 1, 0, 0, 0, 1, 0};
    f.mesh("/a", points, {3, 3}, {0, 1, 2});
    f.mesh("/b", points, {-3}, {0, 1, 2});
    f.mesh("/c", points, {3}, {0, 1, 3});
    f.mesh("/d", points, {3}, {0, 1, -1});
    triangle(f, "/e").array("holeIndices", "int[]", std::vector<int>{1});
    triangle(f, "/f")
        .array("creaseIndices", "int[]", std::vector<int>{0, 1})
        .array("creaseLengths", "int[]", std::vector<int>{2});
    triangle(f, "/g").array("cornerIndices", "int[]", std::vector<int>{0});
    triangle(f, "/h")
        .array("creaseIndices", "int[]", std::vector<int>{0})
        .array("creaseLengths", "int[]", std::vector<int>{1})
        .array("creaseSharpnesses", "float[]", std::vector<float>{1});
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(sentences(*scene),
                ElementsAre("/a: faceVertexCounts sums to 6, but 3 indices are given",
                            "/b: faceVertexCounts gives face 0 -3 vertices, but a count is never negative",
                            "/c: faceVertexIndices holds 3 at place 2, but there are 3 points",
                            "/d: faceVertexIndices holds -1 at place 2, but there are 3 points",
                            "/e: holeIndices holds 1 at place 0, but there are 1 faces",
                            "/f: 1 creases with 1 edges are given, but 0 creaseSharpnesses",
                            "/g: 1 cornerIndices are given, but 0 cornerSharpnesses",
                            "/h: creaseLengths holds 1, but a crease joins at least 2 points"));
    for (const Mesh& mesh : scene->meshes()) EXPECT_FALSE(mesh.flags.validTopology) << scene->path(mesh.prim);
}

TEST(Meshes, countsWhoseSumOverflowsAnIntAreRefused) {
    SceneFixture f;
    f.mesh("/a", {0, 0, 0}, {2147483647, 2147483647, 2}, {});
    const ScenePtr scene = f.freeze();
    EXPECT_FALSE(meshAt(*scene, "/a").flags.validTopology);
    EXPECT_THAT(sentences(*scene), ElementsAre("/a: faceVertexCounts sums to 4294967296, but 0 indices are given"));
}

TEST(Meshes, wrongTypesAreToldOnceAndMakeTheTopologyInvalid) {
    SceneFixture f;
    triangle(f, "/A").attribute("points", "double3[]", {0, 0, 0, 1, 0, 0, 0, 1, 0});
    triangle(f, "/B").attribute("faceVertexCounts", "int", {3});
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(sentences(*scene), ElementsAre("/A: points holds double3[], which is no point3f[]",
                                               "/B: faceVertexCounts holds int, which is no int[]"));
    EXPECT_FALSE(meshAt(*scene, "/A").flags.validTopology);
    EXPECT_FALSE(meshAt(*scene, "/B").flags.validTopology);
}

TEST(Meshes, pointsAtSampledTimesOnlyAreNoFlawButNotSafeToIndex) {
    SceneFixture f;
    triangle(f, "/A").attribute("points", "point3f[]").sample(1, {0, 0, 0, 1, 0, 0, 0, 1, 0});
    const ScenePtr scene = f.freeze();
    const Mesh& mesh = meshAt(*scene, "/A");
    EXPECT_TRUE(mesh.flags.animatedPoints && mesh.flags.anySamples);
    EXPECT_FALSE(mesh.flags.validTopology);
    EXPECT_THAT(sentences(*scene), IsEmpty());
}

TEST(Meshes, notFinitePointsAreToldAndLeftOutOfTheBounds) {
    SceneFixture f;
    f.mesh("/A", {0, 0, 0, NAN, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    const ScenePtr scene = f.freeze();
    EXPECT_FALSE(meshAt(*scene, "/A").flags.finitePoints);
    EXPECT_EQ(meshAt(*scene, "/A").localBounds.max, (Vec3d{{0, 1, 0}}));
    EXPECT_THAT(sentences(*scene), ElementsAre("/A: point 1 is not finite"));
}

TEST(Meshes, primvarsKnowTheirInterpolationElementSizeAndIndices) {
    SceneFixture f;
    triangle(f, "/A")
        .primvar("st", "texCoord2f[]", {0, 0, 1, 0}, "faceVarying", {0, 1, 1})
        .primvar("weights", "float[]", {1, 2, 3, 4, 5, 6}, "vertex", {}, 2)
        .attribute("primvars:displayColor", "color3f[]", {1, 0, 0})
        .primvar("sides", "int[]", {1}, "uniform");
    const ScenePtr scene = f.freeze();
    const Mesh& mesh = meshAt(*scene, "/A");
    ASSERT_EQ(mesh.primvars.size(), 4u);
    EXPECT_EQ(scene->text(mesh.primvars[0].name), "displayColor");
    EXPECT_EQ(mesh.primvars[0].interpolation, Interpolation::Constant);
    EXPECT_EQ(scene->text(mesh.primvars[2].name), "st");
    EXPECT_TRUE(mesh.primvars[2].indexed);
    EXPECT_EQ(mesh.primvars[2].indices.size(), 3u);
    EXPECT_EQ(mesh.primvars[3].elementSize, 2u);
    for (const Primvar& primvar : mesh.primvars) EXPECT_TRUE(primvar.wellFormed) << scene->text(primvar.name);
    EXPECT_THAT(sentences(*scene), IsEmpty());
}

TEST(Meshes, malformedPrimvarsAreToldAndMarked) {
    SceneFixture f;
    triangle(f, "/A")
        .primvar("few", "float[]", {1, 2}, "vertex")
        .primvar("far", "float[]", {1, 2}, "vertex", {0, 1, 2})
        .primvar("odd", "float[]", {1, 2, 3}, "sideways")
        .primvar("none", "float[]", {1, 2, 3}, "vertex", {}, 0)
        .primvar("shortIndices", "float[]", {1, 2, 3}, "vertex", {0, 1});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(scene->problems().size(), 5u);
    for (const Primvar& primvar : meshAt(*scene, "/A").primvars)
        EXPECT_FALSE(primvar.wellFormed) << scene->text(primvar.name);
    EXPECT_TRUE(meshAt(*scene, "/A").flags.validTopology);
}

TEST(Meshes, declaredOrBlockedPrimvarsSayNothingAndBlockedIndicesCountAsNone) {
    SceneFixture f;
    triangle(f, "/A").attribute("primvars:declared", "float[]").interpolation("vertex");
    f.prim("/A").attribute("primvars:gone", "float[]").interpolation("vertex").blocked();
    f.prim("/A").primvar("plain", "float[]", {1, 2, 3}, "vertex");
    f.prim("/A").attribute("primvars:plain:indices", "int[]").blocked();
    f.prim("/A").attribute("primvars:moving", "float[]").interpolation("vertex").sample(1, {1, 2, 3});
    const ScenePtr scene = f.freeze();
    const Mesh& mesh = meshAt(*scene, "/A");
    ASSERT_EQ(mesh.primvars.size(), 2u);
    EXPECT_TRUE(mesh.primvars[0].animated);
    EXPECT_FALSE(mesh.primvars[0].wellFormed) << "there is no default value to index";
    EXPECT_FALSE(mesh.primvars[1].indexed);
    EXPECT_TRUE(mesh.primvars[1].wellFormed);
    EXPECT_THAT(sentences(*scene), IsEmpty());
}

TEST(Meshes, normalsFallBackToVertexAndVanishWhenTheirCountIsWrong) {
    SceneFixture f;
    triangle(f, "/good").attribute("normals", "normal3f[]", {0, 0, 1, 0, 0, 1, 0, 0, 1});
    triangle(f, "/flat").attribute("normals", "normal3f[]", {0, 0, 1}).interpolation("uniform");
    triangle(f, "/bad").attribute("normals", "normal3f[]", {0, 0, 1, 0, 0, 1});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(meshAt(*scene, "/good").normalsInterpolation, Interpolation::Vertex);
    EXPECT_EQ(meshAt(*scene, "/good").normals.size(), 3u);
    EXPECT_EQ(meshAt(*scene, "/flat").normalsInterpolation, Interpolation::Uniform);
    EXPECT_TRUE(meshAt(*scene, "/bad").normals.empty());
    EXPECT_FALSE(meshAt(*scene, "/bad").normalsWellFormed);
    EXPECT_THAT(sentences(*scene), ElementsAre("/bad: 2 normals are given, but vertex interpolation asks for 3"));
}

TEST(Meshes, subsetsAreReadInChildOrderAndChecked) {
    SceneFixture f;
    triangle(f, "/A");
    f.subset("/A/z", {0});
    f.subset("/A/b", {1});
    f.prim("/A/fallback", "GeomSubset").array("indices", "int[]", std::vector<int>{0});
    f.subset("/A/points", {2}, "shape", "point");
    f.prim("/A/Other", "Xform");
    const ScenePtr scene = f.freeze();
    const Mesh& mesh = meshAt(*scene, "/A");
    ASSERT_EQ(mesh.subsets.size(), 4u);
    EXPECT_TRUE(mesh.flags.hasSubsets && mesh.flags.hasNonSubsetChildren);
    EXPECT_TRUE(mesh.subsets[0].wellFormed);
    EXPECT_EQ(scene->text(mesh.subsets[0].familyName), "materialBind");
    EXPECT_FALSE(mesh.subsets[1].wellFormed);
    EXPECT_EQ(scene->text(mesh.subsets[2].elementType), "face");
    EXPECT_TRUE(mesh.subsets[2].wellFormed && mesh.subsets[3].wellFormed);
    EXPECT_THAT(sentences(*scene), ElementsAre("/A/b: indices do not name elements of type face of /A"));
}

TEST(Meshes, skinnedAndPhysicsMeshesAreRecognised) {
    SceneFixture f;
    triangle(f, "/Joints").primvar("skel:jointIndices", "int[]", {0, 0, 0}, "vertex");
    triangle(f, "/Api").api("SkelBindingAPI");
    triangle(f, "/Shapes").attribute("skel:blendShapes", "token[]", {"smile"});
    f.prim("/Rig", "SkelRoot").primvar("skel:jointIndices", "int[]", {0}, "constant");
    triangle(f, "/Rig/Inherits");
    triangle(f, "/Collider").api("PhysicsCollisionAPI");
    triangle(f, "/Plain").api("MaterialBindingAPI");
    const ScenePtr scene = f.freeze();
    for (const char* path : {"/Joints", "/Api", "/Shapes", "/Rig/Inherits"})
        EXPECT_TRUE(meshAt(*scene, path).flags.skinned) << path;
    EXPECT_TRUE(meshAt(*scene, "/Collider").flags.physics);
    EXPECT_FALSE(meshAt(*scene, "/Plain").flags.physics || meshAt(*scene, "/Plain").flags.skinned);
}

TEST(Meshes, equalTopologyHasOneHashAndItsFallbacksToo) {
    SceneFixture f;
    triangle(f, "/A");
    triangle(f, "/B").attribute("orientation", "token", {"rightHanded"});
    triangle(f, "/C").attribute("orientation", "token", {"leftHanded"});
    f.mesh("/D", {5, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2}, "catmullClark")
        .attribute("interpolateBoundary", "token", {"edgeAndCorner"});
    f.mesh("/E", {5, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2}, "catmullClark");
    f.mesh("/F", {5, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2}, "loop");
    const ScenePtr scene = f.freeze();
    const auto topology = [&](std::string_view path) { return meshAt(*scene, path).topologyHash; };
    EXPECT_EQ(topology("/A"), topology("/B"));
    EXPECT_NE(topology("/A"), topology("/C"));
    EXPECT_NE(topology("/A"), topology("/D"));
    EXPECT_EQ(topology("/D"), topology("/E"));
    EXPECT_NE(topology("/E"), topology("/F"));
    EXPECT_NE(meshAt(*scene, "/A").pointsHash, meshAt(*scene, "/D").pointsHash);
}

TEST(Meshes, epsilonFollowsTheMeshNotItsPlaceInTheWorld) {
    SceneFixture f;
    f.mesh("/Bolt", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    f.mesh("/Far", {5e6, 0, 0, 5e6 + 1, 0, 0, 5e6, 1, 0}, {3}, {0, 1, 2});
    const ScenePtr scene = f.freeze();
    Matrix4d far;
    far[3] = {5e6, 5e6, 0, 1};
    const Mesh& bolt = meshAt(*scene, "/Bolt");
    EXPECT_NEAR(surfaceEpsilon(bolt, Matrix4d()), std::sqrt(2.0) * 1e-6, 1e-12);
    EXPECT_EQ(surfaceEpsilon(bolt, far), surfaceEpsilon(bolt, Matrix4d()));
    EXPECT_EQ(surfaceEpsilon(meshAt(*scene, "/Far"), Matrix4d()), 4 * 0.5) << "float32 at 5e6 steps by half a unit";
    Matrix4d scaled;
    scaled[0][0] = scaled[1][1] = scaled[2][2] = 1000;
    EXPECT_NEAR(surfaceEpsilon(bolt, scaled), std::sqrt(2.0) * 1e-3, 1e-9);
}

TEST(Meshes, derivingIsTheSameInParallel) {
    std::vector<std::string> first;
    for (int run = 0; run < 3; ++run) {
        SceneFixture f;
        for (int i = 0; i < 200; ++i)
            f.mesh("/M" + std::to_string(i), {0, 0, 0, 1, 0, 0, static_cast<double>(i), 1, 0}, {3}, {0, 1, i % 7});
        const ScenePtr scene = f.freeze();
        std::vector<std::string> told = sentences(*scene);
        for (const Mesh& mesh : scene->meshes()) told.push_back(toHex(mesh.pointsHash) + toHex(mesh.topologyHash));
        if (run == 0) first = told;
        EXPECT_EQ(told, first);
    }
}

}  // namespace
}  // namespace usdtune
