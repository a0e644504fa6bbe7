// SPDX-License-Identifier: Apache-2.0
#include "usdtune/mesh/weld.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>

#include "shapes/all.h"
#include "usdtune/mesh/remap.h"

namespace usdtune {
namespace {

using ::testing::ElementsAre;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

struct Weld {
    std::vector<uint32_t> remap;
    size_t count = 0;
};

Weld weld(const std::vector<Vec3f>& points, float tolerance, const std::vector<uint32_t>& labels = {}) {
    Weld out{std::vector<uint32_t>(points.size()), 0};
    out.count = weldRemap(out.remap, points, tolerance, labels);
    return out;
}

Weld weld(const shapes::Shape& shape, float tolerance, const WeldOptions& options) {
    Weld out{std::vector<uint32_t>(shape.points.size()), 0};
    out.count = weldRemap(out.remap, shape.points, tolerance, {}, shape.topology(), options);
    return out;
}

std::vector<Vec3f> kept(const std::vector<Vec3f>& points, const Weld& w) {
    std::vector<Vec3f> out;
    for (size_t p = 0; p < points.size(); ++p)
        if (w.remap[p] == out.size()) out.push_back(points[p]);
    return out;
}

double distance(const Vec3f& a, const Vec3f& b) { return length(toDouble(a) - toDouble(b)); }

TEST(Weld, seamCubeHasEightPoints) {
    const Weld w = weld(shapes::seamCube().points, 0);
    EXPECT_EQ(w.count, 8u);
}

TEST(Weld, negativeZeroEqualsZero) {
    EXPECT_THAT(weld(shapes::negativeZero().points, 0).remap, ElementsAre(0u, 1u, 2u, 0u, 3u, 1u));
}

TEST(Weld, pointsThatAreNotFiniteStayApart) {
    const float inf = std::numeric_limits<float>::infinity();
    const std::vector<Vec3f> points{{{kNaN, 0, 0}}, {{kNaN, 0, 0}}, {{inf, 0, 0}},
                                    {{inf, 0, 0}},  {{0, 0, 0}},    {{0, 0, 0}}};
    for (const float tolerance : {0.0f, 1.0f, 1e30f}) EXPECT_EQ(weld(points, tolerance).count, 5u) << tolerance;
}

TEST(Weld, negativeOrNaNToleranceMergesNothing) {
    for (const float tolerance : {-1.0f, kNaN}) EXPECT_EQ(weld(shapes::seamCube().points, tolerance).count, 24u);
}

TEST(Weld, chainIsNotEatenBeyondTheTolerance) {
    const shapes::Shape shape = shapes::sliverFan();
    const Weld w = weld(shape.points, 1.5e-4f);
    const std::vector<Vec3f> left = kept(shape.points, w);
    EXPECT_EQ(left.size(), w.count);
    EXPECT_GT(w.count, 20u);
    for (size_t p = 0; p < shape.points.size(); ++p) EXPECT_LE(distance(shape.points[p], left[w.remap[p]]), 1.5e-4f);
}

TEST(Weld, pairAcrossACellBorderIsFound) {
    std::mt19937 random(7);
    std::uniform_real_distribution<float> coordinate(-1, 1), step(-0.57f, 0.57f);
    for (int i = 0; i < 2000; ++i) {
        const float tolerance = 1e-3f;
        std::vector<Vec3f> points{{{-1, -1, -1}}, {{coordinate(random), coordinate(random), coordinate(random)}}};
        points.push_back(points[1] + Vec3f{{step(random), step(random), step(random)}} * tolerance);
        EXPECT_EQ(weld(points, tolerance).count, distance(points[1], points[2]) <= tolerance ? 2u : 3u);
    }
}

TEST(Weld, gridAgreesWithBruteForce) {
    std::mt19937 random(11);
    std::uniform_real_distribution<float> coordinate(0, 1);
    std::vector<Vec3f> points(500);
    for (Vec3f& p : points) p = {{coordinate(random), coordinate(random), coordinate(random)}};
    for (const float tolerance : {1e-6f, 0.05f, 0.2f, 0.7f, 3.0f, 1e20f}) {
        std::vector<uint32_t> representative(points.size());
        for (uint32_t p = 0; p < points.size(); ++p) {
            representative[p] = p;
            for (uint32_t k = 0; k < p && representative[p] == p; ++k)
                if (representative[k] == k && distance(points[k], points[p]) <= tolerance) representative[p] = k;
        }
        const Weld w = weld(points, tolerance);
        for (size_t p = 0; p < points.size(); ++p) EXPECT_EQ(w.remap[p], w.remap[representative[p]]) << tolerance;
    }
}

TEST(Weld, labelsKeepPointsApart) {
    const std::vector<Vec3f> points(4, Vec3f{{1, 2, 3}});
    for (const float tolerance : {0.0f, 0.1f})
        EXPECT_THAT(weld(points, tolerance, {5, 6, 5, 6}).remap, ElementsAre(0u, 1u, 0u, 1u));
}

TEST(Weld, georeferencedPointsOneUlpApartDoNotMergeBelowIt) {
    const std::vector<Vec3f> points{{{5000000.0f, 0, 0}}, {{5000000.5f, 0, 0}}, {{5000000.0f, 0, 0.25f}}};
    EXPECT_EQ(weld(points, 0.2f).count, 3u);
    EXPECT_EQ(weld(points, 0.3f).count, 2u);
    EXPECT_EQ(weld(points, 0.5f).count, 1u);
}

TEST(Weld, boundariesStayOnRequest) {
    const shapes::Shape shape = shapes::seamCube();
    EXPECT_EQ(weld(shape, 0, {.mergeBoundaries = false}).count, 24u) << "every edge of a seam cube is a boundary";
    EXPECT_EQ(weld(shape, 0, {}).count, 8u);
}

TEST(Weld, neighborsStayOnRequest) {
    const shapes::Shape shape = shapes::sliverFan();
    const Weld w = weld(shape, 1.5e-4f, {.mergeNeighbors = false});
    size_t corner = 0;
    for (const int count : shape.counts) {
        std::set<uint32_t> distinct;
        for (int k = 0; k < count; ++k) distinct.insert(w.remap[static_cast<size_t>(shape.indices[corner++])]);
        EXPECT_EQ(distinct.size(), static_cast<size_t>(count));
    }
    EXPECT_EQ(weld(shapes::seamCube(), 0, {.mergeNeighbors = false}).count, 8u);
}

TEST(WeldLaws, hasNoGapsKeepsFirstOccurrenceAndIsIdempotent) {
    for (const shapes::Shape& shape : shapes::all())
        for (const float tolerance : {-1.0f, 0.0f, 1e-6f, 1e-3f, 0.6f, 1e6f}) {
            const Weld w = weld(shape.points, tolerance);
            uint32_t next = 0;
            for (const uint32_t target : w.remap) {
                ASSERT_LE(target, next) << shape.name;
                next = std::max(next, target + 1);
            }
            EXPECT_EQ(next, w.count) << shape.name;
            EXPECT_EQ(weld(kept(shape.points, w), tolerance).count, w.count) << shape.name << " " << tolerance;
        }
}

}  // namespace
}  // namespace usdtune
