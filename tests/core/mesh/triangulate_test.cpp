// SPDX-License-Identifier: Apache-2.0
#include "usdtune/mesh/triangulate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "shapes/all.h"
#include "usdtune/mesh/area.h"

namespace usdtune {
namespace {

using ::testing::ElementsAre;

/// Signed sum along the normal of the polygon equals the plain sum only where no triangle is turned over.
void expectSameArea(const std::vector<Vec3f>& points, const TopologyView& topology, const std::string& name) {
    const MeshRemap triangles = triangulate(points, topology);
    const double area = surfaceArea(points, topology);
    EXPECT_NEAR(surfaceArea(points, triangles.topology()), area, 1e-6 * area) << name;
}

TEST(Triangulate, convexFacesAreFannedFromTheirFirstCorner) {
    const shapes::Shape cube = shapes::cube();
    const MeshRemap remap = triangulate(cube.points, cube.topology());
    EXPECT_EQ(remap.counts, std::vector<int>(12, 3));
    EXPECT_THAT(std::vector<uint32_t>(remap.cornerSource.begin(), remap.cornerSource.begin() + 6),
                ElementsAre(0u, 1u, 2u, 0u, 2u, 3u));
    EXPECT_THAT(remap.faceSource, ElementsAre(0u, 0u, 1u, 1u, 2u, 2u, 3u, 3u, 4u, 4u, 5u, 5u));
    EXPECT_EQ(remapFaces(remap, std::vector<int>{1}), (std::vector<int>{2, 3}))
        << "a subset keeps all parts of its faces";
}

TEST(Triangulate, concaveFaceIsNotLeft) {
    const shapes::Shape shape = shapes::concaveNgon();
    expectSameArea(shape.points, shape.topology(), shape.name);
    EXPECT_EQ(triangulate(shape.points, shape.topology()).counts.size(), 4u);
}

TEST(Triangulate, concaveQuadIsCutThroughItsReflexCorner) {
    const std::vector<Vec3f> points{{{0, 0, 0}}, {{2, 2, 0}}, {{0, 0.5f, 0}}, {{-2, 2, 0}}};
    const std::vector<int> counts{4}, left{1, 2, 3, 0}, right{0, 3, 2, 1};
    expectSameArea(points, {counts, left, 4}, "left");
    expectSameArea(points, {counts, right, 4}, "right");
}

TEST(Triangulate, starsAndCombsKeepTheirArea) {
    std::mt19937 random(21);
    std::uniform_real_distribution<double> radius(0.2, 2);
    for (int round = 0; round < 200; ++round) {
        const int n = 5 + round;
        std::vector<Vec3f> points;
        std::vector<int> indices;
        for (int k = 0; k < n; ++k) {
            const double r = radius(random), t = 2 * std::numbers::pi * k / n;
            points.push_back(toFloat({{r * std::cos(t), r * std::sin(t) * 0.6, r * std::sin(t) * 0.8}}));
            indices.push_back(k);
        }
        const std::vector<int> counts{n};
        expectSameArea(points, {counts, indices, points.size()}, std::to_string(n));
    }
}

TEST(Triangulate, georeferencedConcaveFaceIsExact) {
    shapes::Shape shape = shapes::concaveNgon();
    for (Vec3f& p : shape.points) p = p + Vec3f{{5000000, 400000, 0}};
    expectSameArea(shape.points, shape.topology(), "far L");
}

TEST(TriangulateLaws, countIsNMinusTwoWindingAndPointsStay) {
    for (const shapes::Shape& shape : shapes::allValid()) {
        const MeshRemap remap = triangulate(shape.points, shape.topology());
        size_t expected = 0;
        for (const int count : shape.counts) expected += count >= 3 ? static_cast<size_t>(count - 2) : 0;
        EXPECT_EQ(remap.counts.size(), expected) << shape.name;
        EXPECT_EQ(remap.pointSource.size(), shape.points.size()) << shape.name;
        EXPECT_NEAR(signedVolume(shape.points, remap.topology()), signedVolume(shape.points, shape.topology()), 1e-6)
            << shape.name;
        EXPECT_TRUE(triangulate(shape.points, remap.topology()).isIdentity()) << shape.name;
    }
}

TEST(TriangulateLaws, selfCrossingFacesTerminate) {
    std::mt19937 random(22);
    std::uniform_int_distribution<int> coordinate(0, 3);
    for (int round = 0; round < 500; ++round) {
        std::vector<Vec3f> points(12);
        for (Vec3f& p : points)
            p = {{static_cast<float>(coordinate(random)), static_cast<float>(coordinate(random)), 0}};
        const std::vector<int> counts{12}, indices{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
        EXPECT_EQ(triangulate(points, {counts, indices, 12}).counts.size(), 10u);
    }
}

}  // namespace
}  // namespace usdtune
