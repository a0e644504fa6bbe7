// SPDX-License-Identifier: Apache-2.0
#include "usdtune/spatial/surface_match.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "usdtune/spatial/surface_distance.h"

namespace usdtune {
namespace {

struct Grid {
    std::vector<Vec3d> points;
    std::vector<TriangleCorners> triangles;

    /// A parallelogram in n × m cells, its front to the side of u × v; `other` cuts the cells along the other diagonal.
    void patch(const Vec3d& at, const Vec3d& u, const Vec3d& v, size_t n, size_t m, bool other = false) {
        const auto first = static_cast<uint32_t>(points.size());
        for (size_t j = 0; j <= m; ++j)
            for (size_t i = 0; i <= n; ++i)
                points.push_back(at + u * (static_cast<double>(i) / static_cast<double>(n)) +
                                 v * (static_cast<double>(j) / static_cast<double>(m)));
        const auto corner = [&](size_t i, size_t j) { return first + static_cast<uint32_t>(j * (n + 1) + i); };
        for (size_t j = 0; j < m; ++j)
            for (size_t i = 0; i < n; ++i) {
                const uint32_t a = corner(i, j), b = corner(i + 1, j), c = corner(i + 1, j + 1), d = corner(i, j + 1);
                if (other) {
                    triangles.push_back({a, b, d});
                    triangles.push_back({b, c, d});
                } else {
                    triangles.push_back({a, b, c});
                    triangles.push_back({a, c, d});
                }
            }
    }
    void box(const Vec3d& at, const Vec3d& size, size_t n, bool other = false) {
        const Vec3d x{{size[0], 0, 0}}, y{{0, size[1], 0}}, z{{0, 0, size[2]}};
        patch(at, y, x, n, n, other);
        patch(at + z, x, y, n, n, other);
        patch(at, x, z, n, n, other);
        patch(at + y, z, x, n, n, other);
        patch(at, z, y, n, n, other);
        patch(at + x, y, z, n, n, other);
    }
    /// Sides of a regular prism and its caps, fans around the middle or around a corner.
    void prism(size_t sides, double radius, double height, bool fanFromMiddle) {
        const auto first = static_cast<uint32_t>(points.size());
        for (const double z : {0.0, height})
            for (size_t i = 0; i < sides; ++i) {
                const double a = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(sides);
                points.push_back({{radius * std::cos(a), radius * std::sin(a), z}});
            }
        points.push_back({});
        points.push_back({{0, 0, height}});
        const auto n = static_cast<uint32_t>(sides);
        for (uint32_t i = 0; i < n; ++i) {
            const uint32_t a = first + i, b = first + (i + 1) % n, c = b + n, d = a + n;
            triangles.push_back({a, b, c});
            triangles.push_back({a, c, d});
            if (fanFromMiddle) {
                triangles.push_back({first + 2 * n, b, a});
                triangles.push_back({first + 2 * n + 1, d, c});
            } else if (i > 0 && i + 1 < n) {
                triangles.push_back({first, b, a});
                triangles.push_back({first + n, d, c});
            }
        }
    }
    /// A step that no turn carries onto its mirror image.
    void step(size_t n, bool other) {
        box({{0, 0, 0}}, {{4, 2, 1}}, n, other);
        box({{0, 0, 1}}, {{1, 1, 1.5}}, n, other);
    }
    Grid mapped(const Matrix4d& m, bool turnOver = false) const {
        Grid out = *this;
        for (Vec3d& p : out.points) p = m.transformPoint(p);
        if (turnOver)
            for (TriangleCorners& t : out.triangles) std::swap(t[1], t[2]);
        return out;
    }
    SurfaceShape shape() const { return {points, triangles}; }
    TriangleBvh bvh() const { return {points, triangles}; }
};

template <class Build>
Grid made(const Build& build) {
    Grid grid;
    build(grid);
    return grid;
}

Matrix4d someTurn(unsigned seed, double scale = 1) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> any(-1, 1);
    double q[4], size = 0;
    for (double& x : q) x = any(random), size += x * x;
    for (double& x : q) x /= std::sqrt(size);
    const auto [x, y, z, w] = q;
    Matrix4d m;
    m[0] = {1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (z * x - y * w), 0};
    m[1] = {2 * (x * y - z * w), 1 - 2 * (z * z + x * x), 2 * (y * z + x * w), 0};
    m[2] = {2 * (z * x + y * w), 2 * (y * z - x * w), 1 - 2 * (y * y + x * x), 0};
    for (size_t r = 0; r < 3; ++r)
        for (size_t c = 0; c < 3; ++c) m[r][c] *= scale;
    m[3] = {any(random) * 50, any(random) * 50, any(random) * 50, 1};
    return m;
}

/// The largest distance of points spread over one surface from the other; a lower bound of the true one.
double sampledDistance(const Grid& from, const Grid& to) {
    const TriangleBvh bvh = to.bvh();
    double worst = 0;
    for (const auto& [a, b, c] : from.triangles)
        for (int i = 0; i <= 12; ++i)
            for (int j = 0; j <= 12 - i; ++j) {
                const Vec3d p = from.points[a] + (from.points[b] - from.points[a]) * (i / 12.0) +
                                (from.points[c] - from.points[a]) * (j / 12.0);
                worst = std::max(worst, bvh.closest(p).distance);
            }
    return worst;
}

void expectMatch(const Grid& from, const Grid& to, const SurfaceMatchOptions& options) {
    const auto match = matchSurfaces(from.shape(), to.shape(), options);
    ASSERT_TRUE(match.has_value());
    const Grid laid = from.mapped(match->matrix, match->matrix.determinant3() < 0);
    const double found = std::max(sampledDistance(laid, to), sampledDistance(to, laid));
    EXPECT_LE(found, match->distance + 1e-12) << "the distance told is an upper bound";
    EXPECT_LT(match->distance, options.limit);
}

TEST(SurfaceWithin, flatSurfacesCutInAnotherWayCoincide) {
    const Grid coarse = made([](Grid& g) { g.patch({}, {{1, 0, 0}}, {{0, 1, 0}}, 1, 1); });
    const Grid fine = made([](Grid& g) { g.patch({}, {{1, 0, 0}}, {{0, 1, 0}}, 7, 5, true); });
    EXPECT_TRUE(surfaceWithin(coarse.points, coarse.triangles, fine.bvh(), 1e-3, 100000).has_value());
    EXPECT_TRUE(surfaceWithin(fine.points, fine.triangles, coarse.bvh(), 1e-3, 100000).has_value());
}

TEST(SurfaceWithin, aHoleBetweenTheCornersIsSeen) {
    const Grid whole = made([](Grid& g) { g.patch({}, {{3, 0, 0}}, {{0, 3, 0}}, 1, 1); });
    Grid holed = made([](Grid& g) { g.patch({}, {{3, 0, 0}}, {{0, 3, 0}}, 9, 9); });
    holed.triangles.erase(holed.triangles.begin() + 2 * (9 * 4 + 4), holed.triangles.begin() + 2 * (9 * 4 + 5));
    EXPECT_FALSE(surfaceWithin(whole.points, whole.triangles, holed.bvh(), 0.05, 1000000).has_value());
    EXPECT_TRUE(surfaceWithin(holed.points, holed.triangles, whole.bvh(), 0.05, 1000000).has_value());
    EXPECT_TRUE(surfaceWithin(whole.points, whole.triangles, holed.bvh(), 0.3, 1000000).has_value())
        << "the hole is a third wide";
}

TEST(SurfaceWithin, theOtherSideOfASheetIsNotTheSameSurface) {
    const Grid sheet = made([](Grid& g) { g.patch({}, {{1, 0, 0}}, {{0, 1, 0}}, 2, 2); });
    const Grid turned = sheet.mapped({}, true);
    EXPECT_FALSE(surfaceWithin(sheet.points, sheet.triangles, turned.bvh(), 0.01, 10000).has_value());
}

TEST(SurfaceWithin, aSpentBudgetProvesNothing) {
    const Grid coarse = made([](Grid& g) { g.patch({}, {{1, 0, 0}}, {{0, 1, 0}}, 1, 1); });
    const Grid fine = made([](Grid& g) { g.patch({}, {{1, 0, 0}}, {{0, 1, 0}}, 7, 5, true); });
    EXPECT_FALSE(surfaceWithin(coarse.points, coarse.triangles, fine.bvh(), 1e-6, 20).has_value());
    EXPECT_TRUE(surfaceWithin(coarse.points, coarse.triangles, fine.bvh(), 1e-9, 2000).has_value())
        << "one plane takes as many pieces as triangles overlap, whatever the limit";
}

TEST(MatchSurfaces, aPartCutInAnotherWayIsFoundHoweverItLies) {
    const Grid coarse = made([](Grid& g) { g.step(1, false); }), fine = made([](Grid& g) { g.step(4, true); });
    for (unsigned seed = 0; seed < 12; ++seed) expectMatch(coarse, fine.mapped(someTurn(seed)), {1e-3});
}

TEST(MatchSurfaces, cubesAndPrismsHaveNoPrincipalAxesAndAreFoundAllTheSame) {
    const Grid cube = made([](Grid& g) { g.box({}, {{1, 1, 1}}, 1); });
    const Grid fineCube = made([](Grid& g) { g.box({}, {{1, 1, 1}}, 3, true); });
    const Grid prism = made([](Grid& g) { g.prism(6, 1, 3, true); });
    const Grid otherPrism = made([](Grid& g) { g.prism(6, 1, 3, false); });
    for (unsigned seed = 0; seed < 8; ++seed) {
        expectMatch(cube, fineCube.mapped(someTurn(seed)), {1e-3});
        expectMatch(prism, otherPrism.mapped(someTurn(seed)), {1e-3});
    }
}

TEST(MatchSurfaces, aRoundPartIsMatchedWithinItsFacets) {
    const Grid coarse = made([](Grid& g) { g.prism(24, 1, 2, true); });
    const Grid fine = made([](Grid& g) { g.prism(48, 1, 2, true); });
    const double sagitta = 1 - std::cos(std::numbers::pi / 24);
    expectMatch(coarse, fine.mapped(someTurn(1)), {2 * sagitta});
    EXPECT_FALSE(matchSurfaces(coarse.shape(), fine.mapped(someTurn(1)).shape(), {0.3 * sagitta}).has_value());
}

TEST(MatchSurfaces, scaledCopiesOnlyWhereAllowed) {
    const Grid coarse = made([](Grid& g) { g.step(1, false); }), fine = made([](Grid& g) { g.step(3, true); });
    const Grid large = fine.mapped(someTurn(4, 2.5));
    EXPECT_FALSE(matchSurfaces(coarse.shape(), large.shape(), {1e-2}).has_value());
    expectMatch(coarse, large, {1e-2, true});
    EXPECT_TRUE(matchSurfaces(coarse.shape(), large.shape(), {1e-2, true})->scaled);
}

TEST(MatchSurfaces, aMirrorImageIsTakenOnlyWhereItsFrontsStayOutside) {
    Matrix4d mirror;
    mirror[0][0] = -1;
    const Grid part = made([](Grid& g) { g.step(1, false); }), fine = made([](Grid& g) { g.step(3, true); });
    const auto outside = matchSurfaces(part.shape(), fine.mapped(mirror * someTurn(2), true).shape(), {1e-3});
    ASSERT_TRUE(outside.has_value());
    EXPECT_LT(outside->matrix.determinant3(), 0);
    EXPECT_FALSE(matchSurfaces(part.shape(), fine.mapped(mirror * someTurn(2)).shape(), {1e-3}).has_value())
        << "mirrored points with their old winding show their inside";
}

TEST(MatchSurfaces, partsThatDifferByMoreThanTheLimitStayApart) {
    const Grid part = made([](Grid& g) { g.step(1, false); });
    Grid dented = made([](Grid& g) { g.step(4, true); });
    for (Vec3d& p : dented.points)
        if (length(p - Vec3d{{2, 1, 1}}) < 1e-9) p[2] -= 0.05;
    EXPECT_FALSE(matchSurfaces(part.shape(), dented.shape(), {0.01}).has_value());
    expectMatch(part, dented, {0.06});
}

TEST(MatchSurfaces, shapesWithoutAreaMatchNothing) {
    const Grid line = made([](Grid& g) { g.patch({}, {{1, 0, 0}}, {{1, 0, 0}}, 1, 1); });
    EXPECT_FALSE(matchSurfaces(line.shape(), line.shape(), {1}).has_value());
}

}  // namespace
}  // namespace usdtune
