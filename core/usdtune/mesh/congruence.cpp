// SPDX-License-Identifier: Apache-2.0
//
// Sources: Kabsch 1976 and Umeyama 1991 (rigid and similarity maps between corresponding points by SVD); the frame of
// greedily chosen points is a pivoted basis, whose growth bound makes it a proof of refusal; Mardia 1970 for the
// invariant.
//
// Set aside:
// - frames per mesh, composed (one reference does that): ties on symmetric shapes pick different points on both sides,
// and
//   the noise of four points decides about all. Points correspond by index here, so one choice of indices serves both;
// - the frame map as the answer: its error is up to 16 times that of the best map (see frameRefuses);
// - minimizing the largest distance itself (Chebyshev, Lawson iteration): gains at most a factor close to 2 for
//   outliers, which a tolerance should not hide anyway;
// - hashing rounded invariants: misses pairs on two sides of a step.
#include "usdtune/mesh/congruence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include <Eigen/Dense>

namespace usdtune {

namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Vector3d toEigen(const Vec3d& v) { return {v[0], v[1], v[2]}; }

Vec3d centroidOf(std::span<const Vec3f> points) {
    // About the first point, so that georeferenced coordinates lose nothing.
    const Vec3d origin = toDouble(points[0]);
    Vec3d sum;
    for (const Vec3f& p : points) sum = sum + (toDouble(p) - origin);
    return origin + sum * (1.0 / static_cast<double>(points.size()));
}

bool allFinite(std::span<const Vec3f> points) {
    return std::all_of(points.begin(), points.end(), [](const Vec3f& p) { return isFinite(p); });
}

/// x ↦ linear · (x - fromCenter) + toCenter as a row-vector matrix.
Matrix4d matrixAbout(const Matrix3d& linear, const Vec3d& fromCenter, const Vec3d& toCenter) {
    Matrix4d m;
    for (size_t r = 0; r < 3; ++r)
        for (size_t c = 0; c < 3; ++c) m[r][c] = linear(static_cast<Eigen::Index>(c), static_cast<Eigen::Index>(r));
    const Vec3d moved = m.transformVector(fromCenter);
    for (size_t c = 0; c < 3; ++c) m[3][c] = toCenter[c] - moved[c];
    return m;
}

/// Largest distance between mapped points and targets; infinite as soon as one exceeds `limit`, or reaches it when
/// `strict` (a distance of 0 is always within).
double worstDistance(const Matrix4d& map, std::span<const Vec3f> points, std::span<const Vec3f> targets, double limit,
                     bool strict) {
    double worst = 0;
    for (size_t i = 0; i < points.size(); ++i) {
        const Vec3d d = map.transformPoint(toDouble(points[i])) - toDouble(targets[i]);
        const double squared = dot(d, d);
        if (squared <= worst) continue;
        const double distance = std::sqrt(squared);
        if (!(strict ? distance < limit : distance <= limit)) return kInfinity;
        worst = squared;
    }
    return std::sqrt(worst);
}

/// Sums over centered points of one pair.
struct Moments {
    Vec3d fromCenter, toCenter;
    Matrix3d covariance = Matrix3d::Zero();  ///< Σ x xᵀ
    Matrix3d cross = Matrix3d::Zero();       ///< Σ x yᵀ
    double count = 0;

    Moments(std::span<const Vec3f> from, std::span<const Vec3f> to)
        : fromCenter(centroidOf(from)), toCenter(centroidOf(to)), count(static_cast<double>(from.size())) {
        for (size_t i = 0; i < from.size(); ++i) {
            const Vector3d x = toEigen(toDouble(from[i]) - fromCenter), y = toEigen(toDouble(to[i]) - toCenter);
            covariance.noalias() += x * x.transpose();
            cross.noalias() += x * y.transpose();
        }
    }
};

class Matcher {
public:
    Matcher(std::span<const Vec3f> from, std::span<const Vec3f> to, const CongruenceOptions& options)
        : from_(from),
          to_(to),
          options_(options),
          inverseTolerance_(options.inverseTolerance > 0 ? options.inverseTolerance : options.tolerance) {}

    std::optional<CongruentMap> run() const {
        if (auto map = accept(Matrix4d{}, MapKind::rigid)) return map;
        if (const double off = translationMiss(); off < kInfinity)
            if (auto map = translation()) return map;
        if (frameRefuses()) return std::nullopt;

        const Moments moments(from_, to_);
        if (auto map = orthogonal(moments)) return map;
        if (options_.allowed == MapKind::affine) return affine(moments);
        return std::nullopt;
    }

private:
    std::optional<CongruentMap> accept(const Matrix4d& matrix, MapKind kind) const {
        CongruentMap out{matrix, kind, matrix.determinant3() < 0};
        out.maxDistance = worstDistance(matrix, from_, to_, options_.tolerance, true);
        if (out.maxDistance == kInfinity) return std::nullopt;
        bool invertible = false;
        const Matrix4d inverse = inverseAffine(matrix, invertible);
        if (!invertible) return std::nullopt;
        out.maxInverseDistance = worstDistance(inverse, to_, from_, inverseTolerance_, true);
        if (out.maxInverseDistance == kInfinity) return std::nullopt;
        return out;
    }

    static Matrix4d shift(const Vec3d& by) {
        Matrix4d m;
        for (size_t c = 0; c < 3; ++c) m[3][c] = by[c];
        return m;
    }
    Vec3d firstOffset() const { return toDouble(to_[0]) - toDouble(from_[0]); }

    /// How far the shift between the first points misses; infinite when no shift can do: one that brings the first
    /// points within the tolerance differs from this one by less than that.
    double translationMiss() const {
        return worstDistance(shift(firstOffset()), from_, to_, 2 * options_.tolerance, false);
    }

    /// The middle of the box of all offsets is the best shift along each axis; the first point's is tidier.
    std::optional<CongruentMap> translation() const {
        if (auto map = accept(shift(firstOffset()), MapKind::rigid)) return map;
        Vec3d low = firstOffset(), high = low;
        for (size_t i = 1; i < from_.size(); ++i) {
            const Vec3d offset = toDouble(to_[i]) - toDouble(from_[i]);
            for (size_t c = 0; c < 3; ++c) {
                low[c] = std::min(low[c], offset[c]);
                high[c] = std::max(high[c], offset[c]);
            }
        }
        return accept(shift((low + high) * 0.5), MapKind::rigid);
    }

    /// Proves that no affine map is within the tolerance. The map that is exact on four points chosen greedily
    /// (farthest from the first, from the line, from the plane) differs from any good map by less than the tolerance at
    /// those four, hence by less than Σ|λ| ≤ 8 + 4 + 2 + 1 tolerances at any other, λ being its barycentric
    /// coordinates.
    bool frameRefuses() const {
        const Vec3d origin = toDouble(from_[0]);
        std::array<Vec3d, 3> axis{};
        std::array<size_t, 3> chosen{};
        std::array<double, 3> best{};
        for (size_t k = 0; k < 3; ++k) {
            for (size_t i = 1; i < from_.size(); ++i) {
                const Vec3d a = toDouble(from_[i]) - origin;
                const double size = k == 0   ? length(a)
                                    : k == 1 ? length(cross(axis[0], a))
                                             : std::abs(dot(cross(axis[0], axis[1]), a));
                if (size > best[k]) {
                    best[k] = size;
                    chosen[k] = i;
                }
            }
            axis[k] = toDouble(from_[chosen[k]]) - origin;
        }
        // Flat, or too thin for the frame to be numerically sound: no proof from here.
        if (!(best[2] > 1e-6 * best[1] * best[0])) return false;

        Matrix3d a, b;
        for (size_t k = 0; k < 3; ++k) {
            a.col(static_cast<Eigen::Index>(k)) = toEigen(axis[k]);
            b.col(static_cast<Eigen::Index>(k)) = toEigen(toDouble(to_[chosen[k]]) - toDouble(to_[0]));
        }
        const Matrix4d frame = matrixAbout(b * a.inverse(), origin, toDouble(to_[0]));
        const double limit = 16 * options_.tolerance + 1e-9 * b.norm();
        return worstDistance(frame, from_, to_, limit, false) == kInfinity;
    }

    /// Rotation, then reflection, then both with a scale.
    std::optional<CongruentMap> orthogonal(const Moments& moments) const {
        const Eigen::JacobiSVD<Matrix3d> svd(moments.cross, Eigen::ComputeFullU | Eigen::ComputeFullV);
        const Matrix3d u = svd.matrixU(), v = svd.matrixV();
        const double natural = (v * u.transpose()).determinant() < 0 ? -1 : 1;
        const double spread = moments.covariance.trace();
        for (const MapKind kind : {MapKind::rigid, MapKind::rigidOrMirrored, MapKind::similarity}) {
            if (kind > options_.allowed) break;
            for (const double sign : {natural, -natural}) {
                // `natural` completes to a rotation or a reflection, whichever determinant this is about.
                const double determinant = natural * sign;
                if (kind == MapKind::rigid && determinant < 0) continue;
                if (kind == MapKind::rigidOrMirrored && determinant > 0) continue;
                const Vector3d d(1, 1, sign);
                const double scale = kind != MapKind::similarity ? 1
                                     : spread > 0                ? svd.singularValues().dot(d) / spread
                                                                 : 0;
                const Matrix3d linear = scale * v * d.asDiagonal() * u.transpose();
                if (auto map = accept(matrixAbout(linear, moments.fromCenter, moments.toCenter), kind)) return map;
            }
        }
        return std::nullopt;
    }

    /// Least squares in the principal axes of `from`. Axes along which the points spread less than the tolerance can
    /// tell are completed instead: noise divided by noise would be a wild stretch. Where that fails they are believed.
    std::optional<CongruentMap> affine(const Moments& moments) const {
        const Eigen::SelfAdjointEigenSolver<Matrix3d> axes(moments.covariance);
        Matrix3d e = axes.eigenvectors().rowwise().reverse();  // widest first
        if (e.determinant() < 0) e.col(2) = -e.col(2);
        const Vector3d spread = (axes.eigenvalues().reverse() / moments.count).cwiseMax(0).cwiseSqrt();
        if (!(spread[0] > 0)) return std::nullopt;

        int lastRank = 0;
        for (const double least : {std::max(2 * inverseTolerance_, 1e-6 * spread[0]), 1e-7 * spread[0]}) {
            const int rank = static_cast<int>((spread.array() > least).count());
            if (rank == lastRank) continue;
            lastRank = rank;
            Matrix3d image = Matrix3d::Zero();
            for (int k = 0; k < rank; ++k)
                image.col(k) = moments.cross.transpose() * e.col(k) / (spread[k] * spread[k] * moments.count);
            complete(image, e, rank);
            const Matrix3d linear = image * e.transpose();
            if (!linear.allFinite()) continue;
            if (auto map = accept(matrixAbout(linear, moments.fromCenter, moments.toCenter), MapKind::affine))
                return map;
        }
        return std::nullopt;
    }

    /// Fills the images of the axes that the points do not determine, keeping size and handedness.
    static void complete(Matrix3d& image, const Matrix3d& e, int rank) {
        if (rank == 2) {
            const Vector3d normal = image.col(0).cross(image.col(1));
            image.col(2) = normal / std::sqrt(normal.norm());
        }
        if (rank == 1) {
            const Eigen::Quaterniond turn = Eigen::Quaterniond::FromTwoVectors(e.col(0), image.col(0));
            for (int k = 1; k < 3; ++k) image.col(k) = turn * e.col(k) * image.col(0).norm();
        }
    }

    std::span<const Vec3f> from_, to_;
    const CongruenceOptions& options_;
    double inverseTolerance_;
};

/// Root mean square and fourth-moment radius about the centroid.
std::array<double, 2> radii(std::span<const Vec3f> points, const Vec3d& center) {
    double second = 0, fourth = 0;
    for (const Vec3f& p : points) {
        const Vec3d d = toDouble(p) - center;
        const double squared = dot(d, d);
        second += squared;
        fourth += squared * squared;
    }
    const auto count = static_cast<double>(points.size());
    return {std::sqrt(second / count), std::sqrt(std::sqrt(fourth / count))};
}

void setAffineInvariant(CongruenceKey& key, std::span<const Vec3f> points, const Vec3d& center, double tolerance) {
    const auto count = static_cast<double>(points.size());
    Matrix3d covariance = Matrix3d::Zero();
    for (const Vec3f& p : points) {
        const Vector3d x = toEigen(toDouble(p) - center);
        covariance.noalias() += x * x.transpose() / count;
    }
    const Eigen::SelfAdjointEigenSolver<Matrix3d> axes(covariance);
    const double thin = std::sqrt(std::max(axes.eigenvalues()[0], 0.0)),
                 wide = std::sqrt(std::max(axes.eigenvalues()[2], 0.0));
    // In whitened space the tolerance moves a point by up to η, its centered position by up to 2η and the covariance by
    // up to 2η + η²; whitening again divides by at least the root of what is left.
    const double eta = tolerance / thin, shrink = 2 * eta + eta * eta;
    const double rounding = 1e-9 + 1e-12 * (wide / thin) * (wide / thin);
    key.slack = kInfinity;
    if (!(eta < 0.1) || !(rounding < 1e-3)) return;

    const Matrix3d inverse =
        axes.eigenvectors() * axes.eigenvalues().cwiseInverse().asDiagonal() * axes.eigenvectors().transpose();
    double fourth = 0;
    for (const Vec3f& p : points) {
        const Vector3d x = toEigen(toDouble(p) - center);
        const double squared = x.dot(inverse * x);
        fourth += squared * squared;
    }
    key.value = std::sqrt(std::sqrt(fourth / count));
    key.slack = (key.value + 2 * eta) / std::sqrt(1 - shrink) - key.value + rounding * key.value;
}

}  // namespace

std::optional<CongruentMap> congruentMap(std::span<const Vec3f> from, std::span<const Vec3f> to,
                                         const CongruenceOptions& options) {
    if (from.size() != to.size()) return std::nullopt;
    if (from.empty() || std::memcmp(from.data(), to.data(), from.size_bytes()) == 0) return CongruentMap{};
    if (!allFinite(from) || !allFinite(to)) return std::nullopt;
    return Matcher(from, to, options).run();
}

CongruenceKey congruenceKey(std::span<const Vec3f> points, const TopologyView& topology, MapKind allowed,
                            double tolerance) {
    Hasher hasher;
    hasher.span(topology.counts);
    hasher.span(topology.indices);
    hasher.value(static_cast<uint64_t>(points.size()));
    hasher.value(allowed);
    CongruenceKey key{hasher.finish(), 0, kInfinity};
    if (points.empty() || !allFinite(points)) return key;

    const Vec3d center = centroidOf(points);
    if (allowed == MapKind::affine) {
        setAffineInvariant(key, points, center, tolerance);
        return key;
    }
    const auto [second, fourth] = radii(points, center);
    if (allowed < MapKind::similarity) {
        // Radii are norms of the points, so the tolerance moves them by no more than itself.
        key.value = second;
        key.slack = tolerance + 1e-9 * second;
    } else if (tolerance < 0.5 * second) {
        key.value = fourth / second;
        key.slack = (fourth + 2 * tolerance) / (second - tolerance) - key.value + 1e-9 * key.value;
    }
    return key;
}

bool mayBeCongruent(const CongruenceKey& a, const CongruenceKey& b) {
    return a.topology == b.topology && std::abs(a.value - b.value) <= std::max(a.slack, b.slack);
}

}  // namespace usdtune
