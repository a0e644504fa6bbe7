// SPDX-License-Identifier: Apache-2.0
#include "usdtune/mesh/congruence.h"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <limits>
#include <numbers>
#include <random>

#include "shapes/all.h"
#include "usdtune/base/bounds.h"

namespace usdtune {
namespace {

using Points = std::vector<Vec3f>;

class Random {
public:
    explicit Random(unsigned seed) : engine_(seed) {}
    double in(double low, double high) { return std::uniform_real_distribution<double>(low, high)(engine_); }
    Vec3f point() {
        return {{static_cast<float>(in(-1, 1)), static_cast<float>(in(-1, 1)), static_cast<float>(in(-1, 1))}};
    }

    /// Rotation, then (by kind) reflection, scale or stretch and shear, then a translation.
    Matrix4d map(MapKind kind, double reach = 10) {
        Eigen::Matrix3d linear =
            Eigen::Quaterniond(in(-1, 1), in(-1, 1), in(-1, 1), in(-1, 1)).normalized().toRotationMatrix();
        if (kind == MapKind::rigidOrMirrored) linear.row(0) *= -1;
        if (kind == MapKind::similarity) linear *= in(0.2, 5);
        if (kind == MapKind::affine)
            linear = linear * Eigen::Vector3d(in(0.3, 3), in(0.3, 3), in(0.3, 3)).asDiagonal() *
                     (Eigen::Matrix3d() << 1, in(-1, 1), in(-1, 1), 0, 1, in(-1, 1), 0, 0, 1).finished();
        Matrix4d m;
        for (size_t r = 0; r < 3; ++r)
            for (size_t c = 0; c < 3; ++c) m[r][c] = linear(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(c));
        for (size_t c = 0; c < 3; ++c) m[3][c] = in(-reach, reach);
        return m;
    }

private:
    std::mt19937 engine_;
};

constexpr MapKind kKinds[] = {MapKind::rigid, MapKind::rigidOrMirrored, MapKind::similarity, MapKind::affine};

Points transformed(const Points& points, const Matrix4d& map) {
    Points out;
    for (const Vec3f& p : points) out.push_back(toFloat(map.transformPoint(toDouble(p))));
    return out;
}

Points cloud(Random& random, size_t count) {
    Points points(count);
    for (Vec3f& p : points) p = random.point();
    return points;
}

double tolerance(const Points& points, double relative = 1e-5) {
    return relative * std::max(boundsOf(points).diagonal(), 1e-3);
}

double worst(const Matrix4d& map, const Points& from, const Points& to) {
    double out = 0;
    for (size_t i = 0; i < from.size(); ++i)
        out = std::max(out, length(map.transformPoint(toDouble(from[i])) - toDouble(to[i])));
    return out;
}

TEST(Congruence, identityAndTranslationComeFirst) {
    const Points cube = shapes::cube().points;
    EXPECT_TRUE(congruentMap(cube, cube, {})->matrix.isIdentity()) << "even with tolerance 0";
    Matrix4d shift;
    shift[3] = {3, -2, 8, 1};
    const auto map = congruentMap(cube, transformed(cube, shift), {.tolerance = 1e-6});
    ASSERT_TRUE(map);
    EXPECT_EQ(map->matrix, shift) << "not one bit of rotation";
}

TEST(Congruence, recoversRandomMapsOfEveryKind) {
    Random random(3);
    for (const MapKind kind : kKinds)
        for (int round = 0; round < 50; ++round) {
            const Points from = cloud(random, 4 + static_cast<size_t>(round)), to = transformed(from, random.map(kind));
            const auto map = congruentMap(
                from, to, {.tolerance = tolerance(to), .inverseTolerance = tolerance(from), .allowed = kind});
            ASSERT_TRUE(map) << static_cast<int>(kind) << " " << round;
            EXPECT_EQ(map->kind, kind);
            EXPECT_LT(worst(map->matrix, from, to), tolerance(to));
            EXPECT_NEAR(worst(map->matrix, from, to), map->maxDistance, 1e-12);
            EXPECT_EQ(map->mirrored, map->matrix.determinant3() < 0);
            const auto back = congruentMap(
                to, from, {.tolerance = tolerance(from), .inverseTolerance = tolerance(to), .allowed = kind});
            ASSERT_TRUE(back);
        }
}

TEST(Congruence, kindsThatAreNotAllowedAreRefused) {
    Random random(4);
    for (size_t k = 1; k < 4; ++k) {
        const Points from = cloud(random, 30), to = transformed(from, random.map(kKinds[k]));
        EXPECT_FALSE(congruentMap(from, to, {.tolerance = tolerance(to), .allowed = kKinds[k - 1]})) << k;
    }
}

TEST(Congruence, pointsTwiceTheToleranceAwayAreRefused) {
    Random random(5);
    for (const MapKind kind : kKinds)
        for (int round = 0; round < 30; ++round) {
            Points from = cloud(random, 60);
            from.push_back(from[7]);  // no map can send one place to two that lie four tolerances apart
            Points to = transformed(from, random.map(kind));
            const double limit = tolerance(to, 1e-4);
            const auto off = static_cast<float>(2 * limit);
            to[7][2] += off;
            to.back()[2] -= off;
            EXPECT_FALSE(congruentMap(from, to, {.tolerance = limit, .allowed = MapKind::affine}));
        }
}

TEST(Congruence, noiseBelowTheToleranceIsAccepted) {
    Random random(6);
    for (const MapKind kind : kKinds)
        for (int round = 0; round < 30; ++round) {
            const Points from = cloud(random, 40);
            Points to = transformed(from, random.map(kind));
            const double limit = tolerance(to, 1e-3);
            for (Vec3f& p : to) p = p + random.point() * static_cast<float>(0.4 * limit);
            EXPECT_TRUE(congruentMap(from, to, {.tolerance = limit, .inverseTolerance = 1, .allowed = kind}))
                << static_cast<int>(kind);
        }
}

TEST(Congruence, mirroredShapeNeedsAMirror) {
    const Points from = shapes::wedge().points, to = shapes::bakedMirror().points;
    EXPECT_FALSE(congruentMap(from, to, {.tolerance = 1e-5}));
    const auto map = congruentMap(from, to, {.tolerance = 1e-5, .allowed = MapKind::rigidOrMirrored});
    ASSERT_TRUE(map);
    EXPECT_TRUE(map->mirrored);
    EXPECT_EQ(map->kind, MapKind::rigidOrMirrored);
}

TEST(Congruence, flatMirroredShapeIsTurnedOverInstead) {
    const Points from = shapes::concaveNgon().points;
    Matrix4d mirror;
    mirror[0][0] = -1;
    const auto map = congruentMap(from, transformed(from, mirror), {.tolerance = 1e-5});
    ASSERT_TRUE(map);
    EXPECT_FALSE(map->mirrored);
}

TEST(Congruence, flatAndStraightShapesStretchWithoutLosingADimension) {
    Random random(8);
    for (const Points& from : {shapes::grid().points, shapes::concaveNgon().points, shapes::collinearPoints().points})
        for (int round = 0; round < 20; ++round) {
            const Points to = transformed(from, random.map(MapKind::affine));
            const auto map = congruentMap(from, to, {.tolerance = tolerance(to), .allowed = MapKind::affine});
            ASSERT_TRUE(map);
            EXPECT_GT(map->matrix.determinant3(), 0.01);
        }
}

TEST(Congruence, platesThinnerThanTheToleranceDoNotStretchWildly) {
    Random random(9);
    for (int round = 0; round < 30; ++round) {
        Points from = cloud(random, 50);
        for (Vec3f& p : from) p[2] *= 1e-6f;
        Points to = transformed(from, random.map(MapKind::affine, 1));
        const auto map = congruentMap(from, to, {.tolerance = 1e-5, .allowed = MapKind::affine});
        ASSERT_TRUE(map);
        EXPECT_GT(std::abs(map->matrix.determinant3()), 1e-3);
    }
}

TEST(Congruence, planarTargetOfASolidIsRefused) {
    Points flat = shapes::wedge().points;
    for (Vec3f& p : flat) p[2] = 0;
    EXPECT_FALSE(congruentMap(shapes::wedge().points, flat, {.tolerance = 1e-4, .allowed = MapKind::affine}))
        << "no way back";
}

TEST(Congruence, georeferencedCopiesMatchWithinTheirOwnPrecision) {
    Random random(10);
    Points from = shapes::wedge().points;
    for (Vec3f& p : from) p = p * 64;
    Matrix4d far = random.map(MapKind::rigid);
    far[3] = {5e6, 4e5, 100, 1};
    const Points to = transformed(from, far);
    const auto map = congruentMap(from, to, {.tolerance = 0.6});
    ASSERT_TRUE(map);
    EXPECT_LT(map->maxDistance, 0.5);
    const auto same = congruentMap(shapes::georeferencedCube().points, shapes::cube().points,
                                   {.tolerance = 1e-6, .allowed = MapKind::similarity});
    ASSERT_TRUE(same);
    EXPECT_LT(same->maxDistance, 1e-8);
}

TEST(Congruence, differentSizesAndBrokenPointsAreRefused) {
    const Points cube = shapes::cube().points;
    EXPECT_FALSE(congruentMap(cube, shapes::wedge().points, {.tolerance = 100, .allowed = MapKind::affine}));
    Points broken = cube;
    broken[3][1] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_FALSE(congruentMap(cube, broken, {.tolerance = 100, .allowed = MapKind::affine}));
    EXPECT_FALSE(congruentMap(broken, cube, {.tolerance = 100, .allowed = MapKind::affine}));
    EXPECT_TRUE(congruentMap(broken, broken, {}));
    EXPECT_TRUE(congruentMap(Points{}, Points{}, {}));
    EXPECT_TRUE(congruentMap(Points{{{1, 2, 3}}}, Points{{{4, 5, 6}}}, {.tolerance = 1e-6}));
}

TEST(Congruence, toleranceIsStrictAndBothWays) {
    const Points from{{{0, 0, 0}}, {{1, 0, 0}}}, to{{{0, 0, 0}}, {{1.5f, 0, 0}}};
    EXPECT_FALSE(congruentMap(from, to, {.tolerance = 0.25}));
    EXPECT_TRUE(congruentMap(from, to, {.tolerance = 0.2501}));
    EXPECT_FALSE(congruentMap(from, to, {.tolerance = 0.2501, .inverseTolerance = 0.2}));
}

TEST(CongruenceLaws, everyShapeMatchesItsImages) {
    Random random(12);
    for (const shapes::Shape& shape : shapes::allValid()) {
        if (!std::all_of(shape.points.begin(), shape.points.end(), [](const Vec3f& p) { return isFinite(p); }))
            continue;
        for (const MapKind kind : kKinds) {
            const double reach = boundsOf(shape.points).empty() ? 1 : boundsOf(shape.points).diagonal();
            const Points to = transformed(shape.points, random.map(kind, reach));
            const double limit =
                std::max(1e-6, tolerance(shape.points) + 16 * 6e-8 * length(boundsOf(shape.points).max));
            EXPECT_TRUE(congruentMap(shape.points, to,
                                     {.tolerance = 10 * limit, .inverseTolerance = 10 * limit, .allowed = kind}))
                << shape.name << " " << static_cast<int>(kind);
        }
    }
}

TEST(CongruenceKeyLaws, noAcceptedPairIsMissed) {
    Random random(13);
    const std::vector<int> none;
    size_t accepted = 0, told = 0;
    for (int round = 0; round < 4000; ++round) {
        const MapKind kind = kKinds[round % 4];
        Points from = cloud(random, 5 + static_cast<size_t>(random.in(0, 20)));
        const double flatness = std::pow(10.0, random.in(-4, 0)), limit = std::pow(10.0, random.in(-5, -1));
        for (Vec3f& p : from) p[2] *= static_cast<float>(flatness);
        Points to = transformed(from, random.map(kind, 2));
        for (Vec3f& p : to) p = p + random.point() * static_cast<float>(random.in(0, 0.8) * limit);
        const CongruenceKey a = congruenceKey(from, {none, none, from.size()}, kind, limit);
        const CongruenceKey b = congruenceKey(to, {none, none, to.size()}, kind, limit);
        if (!congruentMap(from, to, {.tolerance = limit, .inverseTolerance = 1, .allowed = kind})) continue;
        ++accepted;
        told += std::min(a.slack, b.slack) < 0.1;
        EXPECT_TRUE(mayBeCongruent(a, b)) << round;
    }
    EXPECT_GT(accepted, 1000u);
    EXPECT_GT(told, 300u);
}

TEST(CongruenceKey, differentShapesOfOneTopologyAreToldApart) {
    Random random(14);
    const std::vector<int> none;
    size_t possible = 0;
    for (const MapKind kind : kKinds)
        for (int round = 0; round < 100; ++round) {
            const CongruenceKey a = congruenceKey(cloud(random, 12), {none, none, 12}, kind, 1e-5);
            const CongruenceKey b = congruenceKey(cloud(random, 12), {none, none, 12}, kind, 1e-5);
            possible += mayBeCongruent(a, b);
        }
    EXPECT_LT(possible, 8u);
}

}  // namespace
}  // namespace usdtune
