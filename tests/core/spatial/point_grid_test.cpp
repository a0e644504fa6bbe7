// SPDX-License-Identifier: Apache-2.0
#include "usdtune/spatial/point_grid.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace usdtune {
namespace {

std::vector<Vec3d> cloud(size_t count, double far) {
    std::mt19937 random(31);
    std::uniform_real_distribution<double> coordinate(-1, 1);
    std::vector<Vec3d> points(count);
    for (Vec3d& p : points) p = {{far + coordinate(random), coordinate(random), coordinate(random)}};
    return points;
}

TEST(PointGrid, agreesWithBruteForceNearAndFar) {
    for (const double far : {0.0, 5e6}) {
        const std::vector<Vec3d> points = cloud(400, far);
        for (const double radius : {0.0, 1e-9, 0.1, 0.5, 10.0}) {
            const PointGrid grid(points, radius);
            std::vector<uint32_t> found;
            for (const Vec3d& center : points) {
                std::vector<uint32_t> expected;
                uint32_t nearest = PointGrid::kNone;
                for (uint32_t i = 0; i < points.size(); ++i)
                    if (dot(points[i] - center, points[i] - center) <= radius * radius) expected.push_back(i);
                grid.neighbors(center, found);
                ASSERT_EQ(found, expected) << radius;
                nearest = grid.nearest(center);
                ASSERT_NE(nearest, PointGrid::kNone);
                EXPECT_EQ(points[nearest], center);
            }
        }
    }
}

TEST(PointGrid, nearestPrefersTheLowestIndex) {
    const std::vector<Vec3d> points{{{1, 0, 0}}, {{-1, 0, 0}}, {{-1, 0, 0}}, {{3, 0, 0}}};
    const PointGrid grid(points, 1.5);
    EXPECT_EQ(grid.nearest({{0, 0, 0}}), 0u);
    EXPECT_EQ(grid.nearest({{-0.5, 0, 0}}), 1u);
    EXPECT_EQ(grid.nearest({{9, 0, 0}}), PointGrid::kNone);
}

TEST(PointGrid, placesThatAreNotFiniteFindNothingAndAreNotFound) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<Vec3d> points{{{nan, 0, 0}}, {{0, 0, 0}}};
    const PointGrid grid(points, 1);
    std::vector<uint32_t> found;
    grid.neighbors({{nan, 0, 0}}, found);
    EXPECT_TRUE(found.empty());
    grid.neighbors({{0, 0, 0}}, found);
    EXPECT_EQ(found, (std::vector<uint32_t>{1}));
    EXPECT_EQ(PointGrid({}, 1).nearest({{0, 0, 0}}), PointGrid::kNone);
}

}  // namespace
}  // namespace usdtune
