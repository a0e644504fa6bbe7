// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/tessellate_mesh.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/render/tessellation_laws.h"
#include "shapes/all.h"
#include "usdtune/mesh/triangulate.h"

namespace usdtune {
namespace {

using namespace test;
using testing::ElementsAre;

const Mesh& meshAtPath(const ScenePtr& scene, std::string_view path) {
    return scene->meshes()[scene->meshOf(scene->find(path)).index];
}

Tessellation tessellated(const ScenePtr& scene, std::string_view path, const TessellateOptions& options = {}) {
    return tessellateMesh(*scene, meshAtPath(scene, path), options);
}

TEST(TessellateMesh, theZooIsCutAsTriangulateCutsIt) {
    for (const shapes::Shape& shape : shapes::allValid()) {
        SceneFixture f;
        meshOf(f, "/M", shape);
        const ScenePtr scene = f.freeze();
        const Tessellation t = tessellated(scene, "/M");
        expectSound(t, shape.name);
        EXPECT_EQ(t.problem, "") << shape.name;
        if (!meshAtPath(scene, "/M").flags.finitePoints) continue;
        const MeshRemap cut = triangulate(shape.points, shape.topology());
        ASSERT_EQ(t.triangles.size(), cut.counts.size()) << shape.name;
        for (size_t i = 0; i < t.triangles.size(); ++i) {
            const auto index = [&](size_t k) { return static_cast<uint32_t>(cut.indices[3 * i + k]); };
            const auto expected =
                shape.leftHanded ? std::array{index(0), index(2), index(1)} : std::array{index(0), index(1), index(2)};
            EXPECT_EQ(t.triangles[i], expected) << shape.name;
            EXPECT_EQ(t.faces.empty() ? 0 : t.faces[i], cut.faceSource[i]) << shape.name;
        }
    }
}

TEST(TessellateMesh, pointsAreBorrowed) {
    SceneFixture f;
    meshOf(f, "/M", shapes::cube());
    const ScenePtr scene = f.freeze();
    const Tessellation t = tessellated(scene, "/M");
    EXPECT_EQ(t.points.data(), meshAtPath(scene, "/M").points.data());
    EXPECT_TRUE(t.keepers.empty());
    EXPECT_TRUE(t.corners.empty());
    EXPECT_TRUE(t.normals.values.empty());
}

TEST(TessellateMesh, leftHandedMeshesShowTheSameSide) {
    SceneFixture f;
    meshOf(f, "/Right", shapes::cube());
    meshOf(f, "/Left", shapes::leftHandedCube());
    const ScenePtr scene = f.freeze();
    EXPECT_GT(volumeOf(tessellated(scene, "/Right")), 0);
    EXPECT_GT(volumeOf(tessellated(scene, "/Left")), 0);
}

TEST(TessellateMesh, brokenTopologyGivesNothingButTheReason) {
    for (const shapes::Shape& shape : shapes::all()) {
        if (shape.valid) continue;
        SceneFixture f;
        meshOf(f, "/M", shape);
        const ScenePtr scene = f.freeze();
        const Tessellation t = tessellated(scene, "/M");
        EXPECT_TRUE(t.triangles.empty()) << shape.name;
        EXPECT_THAT(t.problem, testing::HasSubstr("/M")) << shape.name;
    }
}

TEST(TessellateMesh, trianglesWithoutAPlaceAreLeftOut) {
    SceneFixture f;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    f.mesh("/M", {0, 0, 0, 1, 0, 0, 0, 1, 0, nan, 0, 0}, {3, 3}, {0, 1, 3, 0, 1, 2})
        .primvar("st", "texCoord2f[]", {0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0}, "faceVarying");
    const ScenePtr scene = f.freeze();
    const std::vector<TokenId> wanted = {scene->tokens().find("st")};
    const Tessellation t = tessellated(scene, "/M", {.primvars = wanted});
    expectSound(t, "one of two triangles is nowhere");
    ASSERT_EQ(t.triangles.size(), 1u);
    EXPECT_THAT(t.faces, ElementsAre(1u));
    EXPECT_THAT(t.corners[0], ElementsAre(3u, 4u, 5u));
}

TEST(TessellateMesh, primvarsNormalsWinOverNormals) {
    SceneFixture f;
    f.mesh("/Both", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2})
        .attribute("normals", "normal3f[]", {1, 0, 0, 1, 0, 0, 1, 0, 0})
        .interpolation("vertex")
        .primvar("normals", "normal3f[]", {0, 0, 1}, "constant");
    f.mesh("/Attribute", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2})
        .attribute("normals", "normal3f[]", {1, 0, 0, 0, 1, 0, 0, 0, 1})
        .interpolation("faceVarying");
    f.mesh("/Indexed", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2})
        .primvar("normals", "normal3f[]", {0, 0, 1, 0, 0, -1}, "vertex", {1, 0, 1});
    f.mesh("/Malformed", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2})
        .primvar("normals", "normal3f[]", {0, 0, 1, 0, 0, 1}, "vertex");
    f.mesh("/Halfs", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2})
        .primvar("normals", "normal3h[]", {0, 0, 1}, "uniform");
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(normalAt(tessellated(scene, "/Both"), 0, 2), (Vec3d{{0, 0, 1}}));
    EXPECT_EQ(normalAt(tessellated(scene, "/Attribute"), 0, 1), (Vec3d{{0, 1, 0}}));
    EXPECT_EQ(normalAt(tessellated(scene, "/Indexed"), 0, 0), (Vec3d{{0, 0, -1}}));
    EXPECT_EQ(normalAt(tessellated(scene, "/Indexed"), 0, 1), (Vec3d{{0, 0, 1}}));
    EXPECT_TRUE(tessellated(scene, "/Malformed").normals.values.empty());
    const Tessellation halfs = tessellated(scene, "/Halfs");
    EXPECT_EQ(halfs.normals.rate, PrimvarRate::Face);
    EXPECT_EQ(normalAt(halfs, 0, 0), (Vec3d{{0, 0, 1}}));
}

TEST(TessellateMesh, cornersOfFlippedFacesKeepTheirValues) {
    SceneFixture f;
    f.mesh("/Quad", {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0}, {4}, {0, 3, 2, 1})
        .attribute("orientation", "token", {"leftHanded"})
        .primvar("st", "texCoord2f[]", {0, 0, 0, 1, 1, 1, 1, 0}, "faceVarying");
    const ScenePtr scene = f.freeze();
    const std::vector<TokenId> wanted = {scene->tokens().find("st")};
    const Tessellation t = tessellated(scene, "/Quad", {.primvars = wanted});
    ASSERT_EQ(t.triangles.size(), 2u);
    EXPECT_GT(facing(t, 0)[2], 0);
    for (size_t i = 0; i < 2; ++i)
        for (size_t k = 0; k < 3; ++k) {
            const float* const st = t.primvars[0].values.data() + 2 * placeOf(t, t.primvars[0], i, k);
            EXPECT_EQ(st[0], corner(t, i, k)[0]);
            EXPECT_EQ(st[1], corner(t, i, k)[1]);
        }
}

TEST(TessellateMesh, primvarsOfEveryNumberBecomeFloats) {
    SceneFixture f;
    f.mesh("/M", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2})
        .primvar("doubles", "double2[]", {1, 2, 3, 4, 5, 6}, "vertex")
        .primvar("halfs", "half", {0.5}, "constant")
        .primvar("ints", "int[]", {7}, "uniform")
        .primvar("pairs", "float[]", {1, -1, 2, -1, 3, -1}, "varying", {}, 2)
        .primvar("tooMany", "float[]", {1, 2, 3, 4}, "vertex")
        .attribute("primvars:texts", "string[]", {"a"});
    const ScenePtr scene = f.freeze();
    std::vector<TokenId> wanted;
    for (const char* name : {"doubles", "halfs", "ints", "pairs", "tooMany", "texts", "absent"})
        wanted.push_back(scene->tokens().intern(name));
    const Tessellation t = tessellated(scene, "/M", {.primvars = wanted});
    expectSound(t, "primvars");
    ASSERT_EQ(t.primvars.size(), 4u);
    EXPECT_EQ(t.primvars[0].width, 2);
    EXPECT_THAT(t.primvars[0].values, ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_THAT(t.primvars[1].values, ElementsAre(0.5f));
    EXPECT_EQ(t.primvars[2].rate, PrimvarRate::Face);
    EXPECT_THAT(t.primvars[3].values, ElementsAre(1, 2, 3));
}

TEST(TessellateMesh, holesAreHolesInSubdivisionSurfacesOnly) {
    SceneFixture f;
    meshOf(f, "/Polygons", shapes::cube()).array("holeIndices", "int[]", std::vector<int>{0, 2});
    meshOf(f, "/Surface", shapes::cube(), "catmullClark").array("holeIndices", "int[]", std::vector<int>{0, 2});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(tessellated(scene, "/Polygons").triangles.size(), 12u);
    const Tessellation t = tessellated(scene, "/Surface");
    expectSound(t, "two holes");
    for (const uint32_t face : t.faces) EXPECT_TRUE(face != 0 && face != 2);
}

TEST(TessellateMesh, followsTheTime) {
    SceneFixture f;
    f.mesh("/Moves", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    f.prim("/Moves")
        .attribute("points", "point3f[]", {0, 0, 0, 1, 0, 0, 0, 1, 0})
        .sample(0, {0, 0, 0, 1, 0, 0, 0, 1, 0})
        .sample(2, {0, 0, 2, 1, 0, 2, 0, 1, 2});
    f.mesh("/Changes", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    f.prim("/Changes").attribute("faceVertexIndices", "int[]", {0, 1, 2}).sample(0, {0, 1, 2}).sample(4, {0, 1, 9});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(tessellated(scene, "/Moves").points[0][2], 0);
    const Tessellation half = tessellated(scene, "/Moves", {.time = 1.0});
    EXPECT_EQ(half.points[0][2], 1);
    EXPECT_EQ(half.triangles.size(), 1u);
    EXPECT_EQ(tessellated(scene, "/Changes", {.time = 3.0}).triangles.size(), 1u);
    EXPECT_EQ(tessellated(scene, "/Changes", {.time = 5.0}).triangles.size(), 0u);
}

TEST(TessellateMesh, posedPointsStandForTheAuthoredOnes) {
    SceneFixture f;
    f.mesh("/M", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2})
        .attribute("normals", "normal3f[]", {0, 0, 1, 0, 0, 1, 0, 0, 1});
    const ScenePtr scene = f.freeze();
    const std::vector<Vec3f> points = {{{0, 0, 5}}, {{1, 0, 5}}, {{0, 1, 5}}};
    const std::vector<Vec3f> normals = {{{1, 0, 0}}, {{1, 0, 0}}, {{1, 0, 0}}};
    const Tessellation t = tessellated(scene, "/M", {.posedPoints = points, .posedNormals = normals});
    EXPECT_EQ(corner(t, 0, 0)[2], 5);
    EXPECT_EQ(normalAt(t, 0, 0), (Vec3d{{1, 0, 0}}));
}

}  // namespace
}  // namespace usdtune
