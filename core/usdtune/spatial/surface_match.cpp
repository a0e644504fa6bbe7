// SPDX-License-Identifier: Apache-2.0
//
// Lay frame on frame in all 48 ways, score each by a few points, refine the best by closest points (Besl and McKay
// 1992; the rotation by Kabsch, with Umeyama's scale), then prove. Principal axes alone fail on prisms and cubes, boxes
// alone on round parts whose box is arbitrary; the refinement forgives what either is off by.
#include "usdtune/spatial/surface_match.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

#include "usdtune/spatial/surface_distance.h"

namespace usdtune {

namespace {

constexpr size_t kScored = 48, kRefined = 400, kTried = 8, kRounds = 40;
constexpr double kLikeness = 0.05;

/// p ↦ scale · L · (p - from) + to, L orthogonal.
Matrix4d laidOn(const std::array<Vec3d, 3>& from, const std::array<Vec3d, 3>& to, double scale, const Vec3d& fromCenter,
                const Vec3d& toCenter) {
    Matrix4d m;
    for (size_t r = 0; r < 3; ++r)
        for (size_t c = 0; c < 3; ++c) {
            m[r][c] = 0;
            for (size_t k = 0; k < 3; ++k) m[r][c] += scale * from[k][r] * to[k][c];
        }
    const Vec3d moved = m.transformVector(fromCenter);
    for (size_t c = 0; c < 3; ++c) m[3][c] = toCenter[c] - moved[c];
    return m;
}

class Matcher {
public:
    Matcher(const SurfaceShape& from, const SurfaceShape& to, const SurfaceMatchOptions& options)
        : from_(from), to_(to), options_(options), scale_(options.allowScaling ? to.spread() / from.spread() : 1) {}

    std::optional<SurfaceMatch> run() {
        std::vector<std::pair<double, Matrix4d>> ways = scoredWays();
        std::stable_sort(ways.begin(), ways.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        if (ways.size() > kTried) ways.resize(kTried);
        for (const auto& [score, way] : ways) {
            if (auto match = prove(way)) return match;
            // Frames of like surfaces are off by a few per cent at most; what lies farther off is another way.
            if (std::sqrt(score) > 0.05 * to_.spread() + 2 * options_.limit) break;
            if (auto match = prove(refined(way))) return match;
        }
        return std::nullopt;
    }

private:
    std::vector<std::pair<double, Matrix4d>> scoredWays() const {
        static constexpr size_t kOrders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        std::vector<std::pair<double, Matrix4d>> ways;
        for (size_t f = 0; f < 2; ++f) {
            const SurfaceFrame &a = from_.frames()[f], &b = to_.frames()[f];
            const double slack = 4 * options_.limit + 0.02 * std::max({b.size[0], b.size[1], b.size[2]});
            for (const auto& order : kOrders) {
                bool fits = true;
                for (size_t k = 0; k < 3; ++k) fits = fits && std::abs(a.size[k] * scale_ - b.size[order[k]]) <= slack;
                if (!fits) continue;
                for (unsigned signs = 0; signs < 8; ++signs) {
                    std::array<Vec3d, 3> axes;
                    for (size_t k = 0; k < 3; ++k) axes[k] = b.axes[order[k]] * ((signs >> k & 1) != 0 ? -1.0 : 1.0);
                    const Matrix4d way = laidOn(a.axes, axes, scale_, a.center, b.center);
                    ways.emplace_back(score(way), way);
                }
            }
        }
        return ways;
    }

    /// Corner `i` of `count` spread over all corners.
    const Vec3d& sample(size_t i, size_t count) const {
        const size_t corners = from_.triangles().size() * 3;
        const size_t at = i * corners / count;
        return from_.points()[from_.triangles()[at / 3][at % 3]];
    }

    double score(const Matrix4d& way) const {
        const size_t count = std::min(kScored, from_.triangles().size() * 3);
        double sum = 0;
        for (size_t i = 0; i < count; ++i) {
            const double distance = to_.bvh().closest(way.transformPoint(sample(i, count))).distance;
            sum += distance * distance;
        }
        // Fronts on the wrong side do not lie near, however near they are.
        size_t turned = 0;
        const size_t faces = std::min<size_t>(8, from_.triangles().size());
        for (size_t i = 0; i < faces; ++i) {
            const TriangleCorners& t = from_.triangles()[i * from_.triangles().size() / faces];
            const Vec3d a = way.transformPoint(from_.points()[t[0]]), b = way.transformPoint(from_.points()[t[1]]),
                        c = way.transformPoint(from_.points()[t[2]]);
            const Vec3d front = frontOf(a, b, c, way);
            const double any = to_.bvh().closest((a + b + c) * (1.0 / 3)).distance;
            if (dot(front, front) > 0 &&
                !(to_.bvh().closestFacing((a + b + c) * (1.0 / 3), front, any + options_.limit).distance <=
                  any + options_.limit))
                ++turned;
        }
        return sum / static_cast<double>(count) + static_cast<double>(turned) * to_.spread() * to_.spread();
    }

    /// A reflection carries a front along; the corners' order alone would turn it over.
    static Vec3d frontOf(const Vec3d& a, const Vec3d& b, const Vec3d& c, const Matrix4d& way) {
        const Vec3d normal = cross(b - a, c - a);
        return way.determinant3() < 0 ? normal * -1.0 : normal;
    }

    Matrix4d refined(Matrix4d way) const {
        const bool mirrored = way.determinant3() < 0;
        const size_t count = std::min(kRefined, from_.triangles().size() * 3);
        double last = std::numeric_limits<double>::infinity();
        for (size_t round = 0; round < kRounds; ++round) {
            Vec3d meanA, meanB;
            std::vector<Vec3d> a(count), b(count);
            double sum = 0;
            for (size_t i = 0; i < count; ++i) {
                a[i] = sample(i, count);
                const TriangleBvh::Closest near = to_.bvh().closest(way.transformPoint(a[i]));
                b[i] = near.point;
                sum += near.distance * near.distance;
                meanA = meanA + a[i] * (1.0 / static_cast<double>(count));
                meanB = meanB + b[i] * (1.0 / static_cast<double>(count));
            }
            // Creeping is worth while only near the end.
            const bool near = sum < 9 * options_.limit * options_.limit * static_cast<double>(count);
            if (!(sum < last * (near ? 1 - 1e-4 : 0.95))) break;
            last = sum;
            way = best(a, b, meanA, meanB, mirrored);
        }
        return way;
    }

    Matrix4d best(const std::vector<Vec3d>& a, const std::vector<Vec3d>& b, const Vec3d& meanA, const Vec3d& meanB,
                  bool mirrored) const {
        Eigen::Matrix3d cross = Eigen::Matrix3d::Zero();
        double spread = 0;
        for (size_t i = 0; i < a.size(); ++i) {
            const Vec3d x = a[i] - meanA, y = b[i] - meanB;
            cross += Eigen::Vector3d(x[0], x[1], x[2]) * Eigen::Vector3d(y[0], y[1], y[2]).transpose();
            spread += dot(x, x);
        }
        const Eigen::JacobiSVD<Eigen::Matrix3d> svd(cross, Eigen::ComputeFullU | Eigen::ComputeFullV);
        const double natural = (svd.matrixV() * svd.matrixU().transpose()).determinant();
        const Eigen::Vector3d d(1, 1, (natural < 0) == mirrored ? 1 : -1);
        const double scale = options_.allowScaling && spread > 0 ? svd.singularValues().dot(d) / spread : 1;
        const Eigen::Matrix3d linear = scale * svd.matrixV() * d.asDiagonal() * svd.matrixU().transpose();
        Matrix4d m;
        for (size_t r = 0; r < 3; ++r)
            for (size_t c = 0; c < 3; ++c) m[r][c] = linear(static_cast<Eigen::Index>(c), static_cast<Eigen::Index>(r));
        const Vec3d moved = m.transformVector(meanA);
        for (size_t c = 0; c < 3; ++c) m[3][c] = meanB[c] - moved[c];
        return m;
    }

    std::optional<SurfaceMatch> prove(const Matrix4d& way) const {
        bool invertible = false;
        const Matrix4d back = inverseAffine(way, invertible);
        const double scale = std::cbrt(std::abs(way.determinant3()));
        if (!invertible || !(scale > 0)) return std::nullopt;
        const auto forth = oneWay(from_, way, to_, options_.limit);
        if (!forth) return std::nullopt;
        const auto home = oneWay(to_, back, from_, options_.limit / scale);
        if (!home) return std::nullopt;
        return SurfaceMatch{way, std::abs(scale - 1) > 1e-9, std::max(*forth, *home * scale)};
    }

    static std::optional<double> oneWay(const SurfaceShape& shape, const Matrix4d& way, const SurfaceShape& other,
                                        double limit) {
        std::vector<Vec3d> points(shape.points().size());
        for (size_t i = 0; i < points.size(); ++i) points[i] = way.transformPoint(shape.points()[i]);
        std::vector<TriangleCorners> triangles(shape.triangles().begin(), shape.triangles().end());
        if (way.determinant3() < 0)
            for (TriangleCorners& t : triangles) std::swap(t[1], t[2]);
        return surfaceWithin(points, triangles, other.bvh(), limit, 60000 + 32 * triangles.size());
    }

    const SurfaceShape& from_;
    const SurfaceShape& to_;
    const SurfaceMatchOptions& options_;
    double scale_;
};

}  // namespace

bool mayMatch(const SurfaceShape& from, const SurfaceShape& to, const SurfaceMatchOptions& options) {
    if (!(from.area() > 0) || !(to.area() > 0) || !(from.spread() > 0) || !(to.spread() > 0)) return false;
    const double scale = options.allowScaling ? to.spread() / from.spread() : 1;
    const auto alike = [&](double a, double b, double slack) {
        return std::abs(a - b) <= kLikeness * std::max(a, b) + slack;
    };
    if (!alike(from.spread() * scale, to.spread(), 2 * options.limit)) return false;
    if (!alike(std::sqrt(from.area()) * scale, std::sqrt(to.area()), 2 * options.limit)) return false;
    for (size_t c = 0; c < 3; ++c)
        if (!alike(from.moments()[c] * scale, to.moments()[c], 2 * options.limit + 0.01 * to.spread())) return false;
    return true;
}

std::optional<SurfaceMatch> matchSurfaces(const SurfaceShape& from, const SurfaceShape& to,
                                          const SurfaceMatchOptions& options) {
    if (!mayMatch(from, to, options)) return std::nullopt;
    return Matcher(from, to, options).run();
}

}  // namespace usdtune
