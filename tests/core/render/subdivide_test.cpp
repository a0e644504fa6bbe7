// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/subdivide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "core/render/tessellation_laws.h"
#include "shapes/all.h"

namespace usdtune {
namespace {

using namespace test;
using testing::HasSubstr;

/// Corners at ±1, faces wound counter-clockwise seen from outside.
shapes::Shape centredCube() {
    shapes::Shape cube = shapes::cube();
    for (Vec3f& p : cube.points) p = p * 2.0f - Vec3f{{1, 1, 1}};
    return cube;
}

Tessellation tessellated(const ScenePtr& scene, std::string_view path, const TessellateOptions& options = {}) {
    return tessellateMesh(*scene, scene->meshes()[scene->meshOf(scene->find(path)).index], options);
}

const float* valueAt(const Tessellation& t, size_t primvar, size_t triangle, size_t k) {
    const RenderPrimvar& p = t.primvars[primvar];
    return p.values.data() + placeOf(t, p, triangle, k) * p.width;
}

TEST(Subdivide, theCubeReachesItsLimitSurface) {
    SceneFixture f;
    meshOf(f, "/M", centredCube(), "catmullClark");
    const ScenePtr scene = f.freeze();
    for (const int level : {1, 2, 3}) {
        const Tessellation t = tessellated(scene, "/M", {.level = level});
        expectSound(t, "cube");
        EXPECT_EQ(t.triangles.size(), size_t{12} << (2 * level));
        // By Halstead's limit mask for valence 3 the corners go to 1/2, for valence 4 the middles of faces to 68/81.
        const Bounds box = boundsOf(t.points);
        size_t corners = 0;
        for (const Vec3f& p : t.points) corners += std::abs(p[0] - 0.5f) < 1e-6f && p[0] == p[1] && p[1] == p[2];
        EXPECT_EQ(corners, 1u);
        for (size_t axis = 0; axis < 3; ++axis) {
            EXPECT_NEAR(box.max[axis], 68.0 / 81, 1e-6);
            EXPECT_NEAR(box.min[axis], -68.0 / 81, 1e-6);
        }
        EXPECT_EQ(t.normals.rate, PrimvarRate::Point);
        for (size_t i = 0; i < t.triangles.size(); ++i)
            for (size_t k = 0; k < 3; ++k) {
                EXPECT_GT(dot(normalAt(t, i, k), facing(t, i)), 0);
                EXPECT_GT(dot(normalAt(t, i, k), corner(t, i, k)), 0);
                EXPECT_NEAR(length(normalAt(t, i, k)), 1, 1e-6);
                const bool atCorner = std::abs(length(corner(t, i, k)) - std::sqrt(0.75)) < 1e-6;
                EXPECT_TRUE(!atCorner || std::abs(std::abs(normalAt(t, i, k)[0]) - std::sqrt(1.0 / 3)) < 1e-6);
            }
    }
}

TEST(Subdivide, facesAreThoseAuthored) {
    SceneFixture f;
    meshOf(f, "/M", centredCube(), "catmullClark").array("holeIndices", "int[]", std::vector<int>{4});
    const ScenePtr scene = f.freeze();
    const Tessellation t = tessellated(scene, "/M");
    std::vector<size_t> count(6);
    for (const uint32_t face : t.faces) ++count[face];
    EXPECT_THAT(count, testing::ElementsAre(32u, 32u, 32u, 32u, 0u, 32u));
}

TEST(Subdivide, infinitelySharpCreasesKeepTheCube) {
    SceneFixture f;
    const shapes::Shape cube = centredCube();
    std::vector<int> ends;
    std::set<std::pair<int, int>> seen;
    for (size_t i = 0; i < cube.indices.size(); ++i) {
        const int a = cube.indices[i], b = cube.indices[i / 4 * 4 + (i + 1) % 4];
        if (seen.insert({std::min(a, b), std::max(a, b)}).second) ends.insert(ends.end(), {a, b});
    }
    meshOf(f, "/M", cube, "catmullClark")
        .array("creaseIndices", "int[]", ends)
        .array("creaseLengths", "int[]", std::vector<int>(12, 2))
        .array("creaseSharpnesses", "float[]", std::vector<float>(12, 10.0f));
    const ScenePtr scene = f.freeze();
    const Tessellation t = tessellated(scene, "/M");
    expectSound(t, "sharp cube");
    EXPECT_NEAR(areaOf(t), 24, 1e-5);
    EXPECT_NEAR(volumeOf(t), 8, 1e-5);
    // Every side shows its own normal, up to its edges and corners.
    EXPECT_EQ(t.normals.rate, PrimvarRate::Corner);
    for (size_t i = 0; i < t.triangles.size(); ++i)
        for (size_t k = 0; k < 3; ++k) {
            const Vec3d n = normalAt(t, i, k), flat = facing(t, i);
            EXPECT_NEAR(dot(n, flat) / length(n) / length(flat), 1, 1e-6);
        }
}

TEST(Subdivide, leftHandedCagesShowTheSameSide) {
    SceneFixture f;
    meshOf(f, "/Right", shapes::cube(), "catmullClark");
    meshOf(f, "/Left", shapes::leftHandedCube(), "catmullClark");
    const ScenePtr scene = f.freeze();
    const Tessellation right = tessellated(scene, "/Right"), left = tessellated(scene, "/Left");
    EXPECT_GT(volumeOf(right), 0);
    EXPECT_NEAR(volumeOf(left), volumeOf(right), 1e-6);
    for (size_t i = 0; i < left.triangles.size(); ++i) EXPECT_GT(dot(normalAt(left, i, 0), facing(left, i)), 0);
}

TEST(Subdivide, primvarsFollowTheirInterpolation) {
    SceneFixture f;
    const auto quad = [&](const char* path, const char* orientation) {
        f.mesh(path, {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0}, {4}, {0, 1, 2, 3}, "catmullClark")
            .attribute("orientation", "token", {orientation})
            .primvar("corner", "texCoord2f[]", {0, 0, 1, 0, 1, 1, 0, 1}, "faceVarying")
            .primvar("seam", "texCoord2f[]", {1, 1, 0, 0, 1, 0, 0, 1}, "faceVarying", {1, 2, 0, 3})
            .primvar("point", "float2[]", {0, 0, 1, 0, 1, 1, 0, 1}, "vertex")
            .primvar("line", "float2[]", {0, 0, 1, 0, 1, 1, 0, 1}, "varying")
            .primvar("side", "float[]", {7}, "uniform");
    };
    quad("/Right", "rightHanded");
    quad("/Left", "leftHanded");
    const ScenePtr scene = f.freeze();
    std::vector<TokenId> wanted;
    for (const char* name : {"corner", "seam", "point", "line", "side"}) wanted.push_back(scene->tokens().find(name));
    for (const char* path : {"/Right", "/Left"}) {
        const Tessellation t = tessellated(scene, path, {.primvars = wanted});
        expectSound(t, path);
        ASSERT_EQ(t.primvars.size(), 5u);
        EXPECT_NEAR(areaOf(t), 1, 1e-6);  // the corners of a boundary are sharp
        for (size_t i = 0; i < t.triangles.size(); ++i)
            for (size_t k = 0; k < 3; ++k) {
                const Vec3d at = corner(t, i, k);
                for (size_t p = 0; p < 4; ++p)
                    for (size_t c = 0; c < 2; ++c) EXPECT_NEAR(valueAt(t, p, i, k)[c], at[c], 1e-6) << path << p;
                EXPECT_EQ(valueAt(t, 4, i, k)[0], 7);
            }
    }
}

TEST(Subdivide, seamsStay) {
    // Two quads that share an edge, with islands of texture far apart.
    SceneFixture f;
    f.mesh("/M", {0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 1, 0, 1, 1, 0, 2, 1, 0}, {4, 4}, {0, 1, 4, 3, 1, 2, 5, 4},
           "catmullClark")
        .primvar("st", "texCoord2f[]", {0, 0, 1, 0, 1, 1, 0, 1, 11, 0, 12, 0, 12, 1, 11, 1}, "faceVarying");
    const ScenePtr scene = f.freeze();
    const std::vector<TokenId> wanted = {scene->tokens().find("st")};
    const Tessellation t = tessellated(scene, "/M", {.primvars = wanted});
    expectSound(t, "seam");
    for (size_t i = 0; i < t.triangles.size(); ++i)
        for (size_t k = 0; k < 3; ++k) {
            const float u = valueAt(t, 0, i, k)[0];
            if (t.faces[i] == 0)
                EXPECT_LE(u, 1.0001f);
            else
                EXPECT_GE(u, 10.9999f);
        }
}

TEST(Subdivide, bilinearStaysOnItsCageAndIsFlat) {
    SceneFixture f;
    meshOf(f, "/M", centredCube(), "bilinear");
    const ScenePtr scene = f.freeze();
    const Tessellation t = tessellated(scene, "/M");
    EXPECT_NEAR(areaOf(t), 24, 1e-5);
    EXPECT_TRUE(t.normals.values.empty());
}

TEST(Subdivide, loopRefinesTrianglesOnly) {
    SceneFixture f;
    f.mesh("/Octahedron", {1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1}, {3, 3, 3, 3, 3, 3, 3, 3},
           {0, 2, 4, 2, 1, 4, 1, 3, 4, 3, 0, 4, 2, 0, 5, 1, 2, 5, 3, 1, 5, 0, 3, 5}, "loop");
    meshOf(f, "/Cube", centredCube(), "loop");
    const ScenePtr scene = f.freeze();
    const Tessellation t = tessellated(scene, "/Octahedron");
    expectSound(t, "octahedron");
    EXPECT_EQ(t.problem, "");
    EXPECT_EQ(t.triangles.size(), 128u);
    EXPECT_GT(volumeOf(t), 0);
    // What Loop's limit mask for valence 4 leaves of a point whose neighbours lie at height 0.
    const double beta = (0.625 - std::pow(0.375 + 0.25 * std::cos(std::acos(-1.0) / 2), 2)) / 4;
    EXPECT_NEAR(boundsOf(t.points).max[2], 1 / (1 + 8 * 4 * beta / 3), 1e-6);

    const Tessellation cage = tessellated(scene, "/Cube");
    EXPECT_EQ(cage.problem, "/Cube: subdivisionScheme is loop, but not all faces are triangles; its cage is drawn");
    EXPECT_EQ(cage.triangles.size(), 12u);
}

TEST(Subdivide, boundariesFollowTheirRule) {
    SceneFixture f;
    for (const char* rule : {"none", "edgeOnly", "edgeAndCorner"})
        meshOf(f, std::string("/") + rule, shapes::grid(), "catmullClark")
            .attribute("interpolateBoundary", "token", {rule});
    const ScenePtr scene = f.freeze();
    const double none = areaOf(tessellated(scene, "/none")), edge = areaOf(tessellated(scene, "/edgeOnly")),
                 both = areaOf(tessellated(scene, "/edgeAndCorner"));
    EXPECT_LT(none, edge);
    EXPECT_LT(edge, both);
}

TEST(Subdivide, meshesTooLargeAreRefinedLess) {
    SceneFixture f;
    meshOf(f, "/M", centredCube(), "catmullClark");
    const ScenePtr scene = f.freeze();
    const Tessellation t = tessellated(scene, "/M", {.level = 4, .refinedFaceLimit = 100});
    EXPECT_EQ(t.triangles.size(), 192u);
    EXPECT_EQ(t.problem, "/M: refined 2 instead of 4 times, as it would have more than 100 faces");
    const Tessellation cage = tessellated(scene, "/M", {.refinedFaceLimit = 10});
    EXPECT_EQ(cage.triangles.size(), 12u);
    EXPECT_THAT(cage.problem, HasSubstr("refined 0 instead of 2 times"));
    EXPECT_FALSE(cage.normals.values.empty());
}

TEST(Subdivide, theZooRefinesSoundlyAndAlike) {
    for (const shapes::Shape& shape : shapes::allValid())
        for (const char* scheme : {"catmullClark", "loop", "bilinear"}) {
            SceneFixture f;
            std::vector<float> st(2 * shape.indices.size());
            for (size_t i = 0; i < st.size(); ++i) st[i] = static_cast<float>(i);
            PrimFixture& mesh = meshOf(f, "/M", shape, scheme);
            std::vector<Vec2f> corners(shape.indices.size());
            for (size_t i = 0; i < corners.size(); ++i) corners[i] = {{st[2 * i], st[2 * i + 1]}};
            mesh.array("primvars:st", "texCoord2f[]", corners).interpolation("faceVarying");
            mesh.array("primvars:p", "point3f[]", shape.points).interpolation("vertex");
            const ScenePtr scene = f.freeze();
            const std::vector<TokenId> wanted = {scene->tokens().find("st"), scene->tokens().find("p")};
            const Tessellation t = tessellated(scene, "/M", {.primvars = wanted});
            const Tessellation again = tessellated(scene, "/M", {.primvars = wanted});
            expectSound(t, shape.name + " " + scheme);
            EXPECT_EQ(t.triangles, again.triangles);
            // A point primvar that is the points themselves stays so.
            for (size_t i = 0; i < t.triangles.size() && t.primvars.size() == 2; ++i)
                for (size_t c = 0; c < 3; ++c)
                    EXPECT_EQ(valueAt(t, 1, i, 0)[c], t.points[t.triangles[i][0]][c]) << shape.name;
        }
}

/// Faces, creases, holes and seams thrown together: what nobody would model, and files hold all the same.
TEST(Subdivide, randomTopologiesRefineSoundly) {
    std::mt19937 random(7);
    const auto below = [&](size_t n) { return static_cast<int>(random() % n); };
    const auto one = [&](std::initializer_list<const char*> of) {
        return std::string_view(*(of.begin() + below(of.size())));
    };
    for (int round = 0; round < 300; ++round) {
        shapes::Shape shape;
        const size_t pointCount = 3 + random() % 10;
        for (size_t i = 0; i < pointCount; ++i)
            shape.points.push_back(
                {{static_cast<float>(below(7)), static_cast<float>(below(7)), static_cast<float>(below(7))}});
        const bool triangles = below(2) == 0;
        for (int face = below(9); face > 0; --face) {
            shape.counts.push_back(triangles ? 3 : below(7));
            for (int k = 0; k < shape.counts.back(); ++k) shape.indices.push_back(below(pointCount));
        }
        shape.leftHanded = below(2) == 0;
        std::vector<int> ends, lengths, places;
        std::vector<float> sharpnesses;
        for (int crease = below(4); crease > 0; --crease) {
            lengths.push_back(2 + below(3));
            sharpnesses.push_back(static_cast<float>(below(12)));
            for (int k = 0; k < lengths.back(); ++k) ends.push_back(below(pointCount));
        }
        for (size_t i = 0; i < shape.indices.size(); ++i) places.push_back(below(5));

        SceneFixture f;
        PrimFixture& mesh = meshOf(f, "/M", shape, one({"catmullClark", "loop", "bilinear"}));
        mesh.attribute("interpolateBoundary", "token", {one({"none", "edgeOnly", "edgeAndCorner"})})
            .attribute("faceVaryingLinearInterpolation", "token",
                       {one({"none", "cornersOnly", "cornersPlus1", "cornersPlus2", "boundaries", "all"})})
            .attribute("triangleSubdivisionRule", "token", {one({"smooth", "catmullClark"})})
            .array("creaseIndices", "int[]", ends)
            .array("creaseLengths", "int[]", lengths)
            .array("creaseSharpnesses", "float[]", sharpnesses)
            .array("cornerIndices", "int[]", std::vector<int>{below(pointCount)})
            .array("cornerSharpnesses", "float[]", std::vector<float>{static_cast<float>(below(12))})
            .array("primvars:st:indices", "int[]", places)
            .array("primvars:st", "texCoord2f[]", std::vector<Vec2f>(5, Vec2f{{1, 2}}))
            .interpolation("faceVarying")
            .array("primvars:line", "point3f[]", shape.points)
            .interpolation("varying");
        if (!shape.counts.empty()) mesh.array("holeIndices", "int[]", std::vector<int>{below(shape.counts.size())});
        const ScenePtr scene = f.freeze();
        const std::vector<TokenId> wanted = {scene->tokens().find("st"), scene->tokens().find("line")};
        expectSound(tessellated(scene, "/M", {.primvars = wanted, .level = below(4)}), std::to_string(round));
    }
}

}  // namespace
}  // namespace usdtune
