// SPDX-License-Identifier: Apache-2.0
//
// Meshes that nobody would model: random corners over few points, odd counts, values that are not finite. Whatever
// passes validateTopology must go through every kernel and keep its laws.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "shapes/shape.h"
#include "usdtune/mesh/cleanup.h"
#include "usdtune/mesh/congruence.h"
#include "usdtune/mesh/extent.h"
#include "usdtune/mesh/manifold.h"
#include "usdtune/mesh/normals.h"
#include "usdtune/mesh/orient.h"
#include "usdtune/mesh/same_surface.h"
#include "usdtune/mesh/triangulate.h"

namespace usdtune {
namespace {

shapes::Shape randomMesh(unsigned seed) {
    std::mt19937 random(seed);
    const auto below = [&](int end) { return std::uniform_int_distribution<int>(0, end - 1)(random); };
    const float odd[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -0.0f, 1e30f,
                         1e-40f};
    shapes::Shape shape{"random_" + std::to_string(seed), {}, {}, {}};
    const int pointCount = 1 + below(12), faceCount = below(14);
    for (int p = 0; p < pointCount; ++p) {
        Vec3f point{{static_cast<float>(below(3)), static_cast<float>(below(3)), static_cast<float>(below(2))}};
        if (below(30) == 0) point[static_cast<size_t>(below(3))] = odd[below(5)];
        shape.points.push_back(point);
    }
    for (int f = 0; f < faceCount; ++f) {
        shape.counts.push_back(below(7));
        for (int k = 0; k < shape.counts.back(); ++k) shape.indices.push_back(below(pointCount));
    }
    return shape;
}

TEST(RandomMeshes, brokenTopologyIsAlwaysRecognised) {
    for (unsigned seed = 0; seed < 500; ++seed) {
        shapes::Shape shape = randomMesh(seed);
        if (shape.indices.empty()) continue;
        std::mt19937 random(seed);
        shape.indices[random() % shape.indices.size()] = random() % 2 == 0 ? -1 : static_cast<int>(shape.points.size());
        EXPECT_FALSE(validateTopology(shape.topology()).ok());
    }
}

TEST(RandomMeshes, cleanupIsStableAndKeepsTheSurface) {
    for (unsigned seed = 0; seed < 3000; ++seed) {
        const shapes::Shape shape = randomMesh(seed);
        ASSERT_TRUE(validateTopology(shape.topology()).ok());
        for (const bool cut : {false, true}) {
            const CleanupOptions options{.makeManifold = cut};
            const Cleanup once = cleanupMesh(shape.points, shape.topology(), options);
            const auto points = applyRemap<Vec3f>(once.remap, MeshElement::point, shape.points).value();
            const Cleanup twice = cleanupMesh(points, once.remap.topology(), options);
            const bool finite = std::all_of(points.begin(), points.end(), [](const Vec3f& p) { return isFinite(p); });
            ASSERT_TRUE(twice.remap.indices == once.remap.indices || (cut && !finite)) << shape.name;
            ASSERT_TRUE(!cut || measureManifoldness(once.remap.topology()).isManifold()) << shape.name;

            std::vector<Vec3d> before, after;
            for (const Vec3f& p : shape.points) before.push_back(toDouble(p));
            for (const Vec3f& p : points) after.push_back(toDouble(p));
            const SurfaceView a{before, shape.topology()}, b{after, once.remap.topology()};
            ASSERT_TRUE(sameSurface(a, b, {.epsilon = 1e-9}).same()) << shape.name;
        }
    }
}

TEST(RandomMeshes, everyOtherKernelAnswersWithSaneSizes) {
    for (unsigned seed = 0; seed < 3000; ++seed) {
        const shapes::Shape shape = randomMesh(seed);
        const TopologyView mesh = shape.topology();
        EXPECT_EQ(countNonUnit(generateNormals(shape.points, mesh).values), 0u) << shape.name;
        EXPECT_EQ(coorientFaces(coorientFaces(mesh).remap.topology()).flippedFaceCount, 0u) << shape.name;
        EXPECT_TRUE(triangulate(shape.points, triangulate(shape.points, mesh).topology()).isIdentity()) << shape.name;
        EXPECT_TRUE(makeManifold(makeManifold(mesh).topology()).isIdentity()) << shape.name;
        EXPECT_TRUE(congruentMap(shape.points, shape.points, {.tolerance = 1e-6, .allowed = MapKind::affine}))
            << shape.name;
        congruenceKey(shape.points, mesh, MapKind::affine, 1e-6);
        computeExtent(shape.points);
    }
}

}  // namespace
}  // namespace usdtune
