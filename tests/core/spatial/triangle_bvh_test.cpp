// SPDX-License-Identifier: Apache-2.0
#include "usdtune/spatial/triangle_bvh.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace usdtune {
namespace {

struct Soup {
    std::vector<Vec3d> points;
    std::vector<TriangleCorners> triangles;

    void add(const Vec3d& a, const Vec3d& b, const Vec3d& c) {
        const auto first = static_cast<uint32_t>(points.size());
        points.insert(points.end(), {a, b, c});
        triangles.push_back({first, first + 1, first + 2});
    }
    TriangleBvh bvh() const { return {points, triangles}; }
};

Vec3d anywhere(std::mt19937& random, double size = 1) {
    std::uniform_real_distribution<double> along(-size, size);
    Vec3d out;
    for (double& x : out.v) x = along(random);
    return out;
}

Soup scattered(size_t count, const Vec3d& around = {}) {
    std::mt19937 random(11);
    Soup soup;
    for (size_t i = 0; i < count; ++i) {
        const Vec3d at = around + anywhere(random);
        soup.add(at, at + anywhere(random, 0.1), at + anywhere(random, 0.1));
    }
    return soup;
}

/// Every triangle asked, lowest index first.
TriangleBvh::Closest closestByHand(const Soup& soup, const Vec3d& query, const Vec3d* front = nullptr) {
    TriangleBvh::Closest best;
    for (size_t i = 0; i < soup.triangles.size(); ++i) {
        const auto& [a, b, c] = soup.triangles[i];
        const Vec3d normal = cross(soup.points[b] - soup.points[a], soup.points[c] - soup.points[a]);
        if (front != nullptr && !(dot(normal, *front) > 0)) continue;
        const Vec3d q = closestPointOnTriangle(query, soup.points[a], soup.points[b], soup.points[c]);
        if (length(query - q) < best.distance) best = {static_cast<uint32_t>(i), q, length(query - q)};
    }
    return best;
}

TEST(ClosestPointOnTriangle, isNoFartherThanAnyPointOfIt) {
    std::mt19937 random(5);
    for (int round = 0; round < 200; ++round) {
        const Vec3d a = anywhere(random), b = anywhere(random), c = anywhere(random), p = anywhere(random, 3);
        const double found = length(p - closestPointOnTriangle(p, a, b, c));
        double sampled = std::numeric_limits<double>::infinity();
        for (int i = 0; i <= 60; ++i)
            for (int j = 0; j <= 60 - i; ++j)
                sampled = std::min(sampled, length(p - (a + (b - a) * (i / 60.0) + (c - a) * (j / 60.0))));
        EXPECT_LE(found, sampled + 1e-12);
        EXPECT_GE(found, sampled - 0.1);
    }
}

TEST(ClosestPointOnTriangle, withoutAreaItIsASegmentOrAPoint) {
    const Vec3d a{{0, 0, 0}}, b{{1, 0, 0}}, c{{3, 0, 0}};
    EXPECT_EQ(closestPointOnTriangle({{2, 1, 0}}, a, b, c), (Vec3d{{2, 0, 0}}));
    EXPECT_EQ(closestPointOnTriangle({{9, 9, 9}}, a, a, a), a);
}

TEST(TriangleBvh, findsWhatEveryTriangleAskedWouldFind) {
    const Soup soup = scattered(3000);
    const TriangleBvh bvh = soup.bvh();
    std::mt19937 random(3);
    for (int round = 0; round < 300; ++round) {
        const Vec3d query = anywhere(random, 1.5), front = anywhere(random);
        const auto expected = closestByHand(soup, query);
        const auto found = bvh.closest(query);
        EXPECT_EQ(found.triangle, expected.triangle);
        EXPECT_NEAR(found.distance, expected.distance, 1e-12);
        EXPECT_NEAR(bvh.distanceTo(found.triangle, query), expected.distance, 1e-12);
        EXPECT_EQ(bvh.closestFacing(query, front).triangle, closestByHand(soup, query, &front).triangle);
        EXPECT_EQ(bvh.closest(query, expected.distance * 0.99).triangle, TriangleBvh::kNone);
        EXPECT_EQ(bvh.closest(query, expected.distance * 1.01).triangle, expected.triangle);
    }
}

TEST(TriangleBvh, farFromTheOriginNothingBlurs) {
    const Vec3d far{{5e6, -4e6, 100}};
    const Soup soup = scattered(500, far);
    std::mt19937 random(3);
    for (int round = 0; round < 50; ++round) {
        const Vec3d query = far + anywhere(random, 1.5);
        EXPECT_NEAR(soup.bvh().closest(query).distance, closestByHand(soup, query).distance, 1e-8);
    }
}

TEST(TriangleBvh, nothingIsLostWhereFloat32EndsOrQueriesAreFarOff) {
    std::mt19937 random(21);
    for (const double size : {1e-30, 1e-12, 1e12, 1e25, 1e60}) {
        Soup soup;
        for (int i = 0; i < 300; ++i) {
            const Vec3d at = anywhere(random, size);
            soup.add(at, at + anywhere(random, 0.1 * size), at + anywhere(random, 0.1 * size));
        }
        const TriangleBvh bvh = soup.bvh();
        for (const double away : {1.5, 1e4, 1e9})
            for (int round = 0; round < 20; ++round) {
                const Vec3d query = anywhere(random, away * size);
                EXPECT_NEAR(bvh.closest(query).distance / size, closestByHand(soup, query).distance / size,
                            1e-12 * away);
            }
    }
}

TEST(TriangleBvh, ofEquallyNearTrianglesTheFirstIsFound) {
    Soup soup;
    for (int i = 0; i < 1000; ++i) soup.add({{0, 0, 0}}, {{1, 0, 0}}, {{0, 1, 0}});
    EXPECT_EQ(soup.bvh().closest({{0.2, 0.2, 5}}).triangle, 0u) << "a thousand in one place are split by number";
    EXPECT_EQ(soup.bvh().firstHit({{0.2, 0.2, 5}}, {{0, 0, -1}}).triangle, 0u);
}

TEST(TriangleBvh, brokenTrianglesAndEmptySetsFindNothing) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    Soup soup;
    EXPECT_EQ(soup.bvh().closest({}).triangle, TriangleBvh::kNone);
    soup.add({{nan, 0, 0}}, {{1, 0, 0}}, {{0, 1, 0}});
    EXPECT_EQ(soup.bvh().closest({}).triangle, TriangleBvh::kNone);
    soup.add({{0, 0, 3}}, {{1, 0, 3}}, {{0, 1, 3}});
    EXPECT_EQ(soup.bvh().closest({}).triangle, 1u);
    EXPECT_EQ(soup.bvh().closest({{nan, 0, 0}}).triangle, TriangleBvh::kNone);
    EXPECT_TRUE(std::isinf(soup.bvh().distanceTo(0, {})));
}

TEST(TriangleBvh, raysMeetWhatEveryTriangleAskedWouldMeet) {
    const Soup soup = scattered(2000);
    const TriangleBvh bvh = soup.bvh();
    std::mt19937 random(9);
    size_t met = 0;
    for (int round = 0; round < 400; ++round) {
        const Vec3d origin = anywhere(random, 2), direction = anywhere(random);
        TriangleBvh::Hit expected;
        for (size_t i = 0; i < soup.triangles.size(); ++i) {
            Soup one;
            const auto& [a, b, c] = soup.triangles[i];
            one.add(soup.points[a], soup.points[b], soup.points[c]);
            const auto hit = one.bvh().firstHit(origin, direction);
            if (hit.distance < expected.distance) expected = {static_cast<uint32_t>(i), hit.distance};
        }
        const auto found = bvh.firstHit(origin, direction);
        EXPECT_EQ(found.triangle, expected.triangle);
        EXPECT_EQ(bvh.anyHit(origin, direction), expected.triangle != TriangleBvh::kNone);
        if (expected.triangle == TriangleBvh::kNone) continue;
        ++met;
        EXPECT_FALSE(bvh.anyHit(origin, direction, 0, expected.distance * 0.999));
    }
    EXPECT_GT(met, 20u);
}

TEST(TriangleBvh, axisParallelRaysMeetFlatBoxes) {
    Soup soup;
    for (int i = 0; i < 20; ++i) soup.add({{0, 0, double(i)}}, {{1, 0, double(i)}}, {{0, 1, double(i)}});
    const auto hit = soup.bvh().firstHit({{0.25, 0.25, -1}}, {{0, 0, 2}}, 0.6);
    EXPECT_EQ(hit.triangle, 1u);
    EXPECT_DOUBLE_EQ(hit.distance, 1);
    EXPECT_FALSE(soup.bvh().anyHit({{0.75, 0.75, -1}}, {{0, 0, 1}}));
}

}  // namespace
}  // namespace usdtune
