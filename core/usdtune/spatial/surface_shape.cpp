// SPDX-License-Identifier: Apache-2.0
//
// Moments of the area are integrated over triangles, not summed over points, so a finer cut leaves them as they are.
// Where two principal moments agree (prisms, cubes) the axes are arbitrary; the box of least volume settles them. Its
// exact search (O'Rourke 1985) is cubic; turning the box about one of its axes at a time with rotating calipers
// (Toussaint 1983), from the principal axes and from the direction that most of the area faces, finds it for the parts
// that machines make.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <Eigen/Dense>

#include "usdtune/spatial/surface_match.h"

namespace usdtune {

namespace {

struct Moments {
    double area = 0;
    Vec3d center;
    Eigen::Matrix3d covariance = Eigen::Matrix3d::Zero();
};

Eigen::Vector3d toEigen(const Vec3d& v) { return {v[0], v[1], v[2]}; }
Vec3d fromEigen(const Eigen::Vector3d& v) { return {{v[0], v[1], v[2]}}; }

Moments momentsOf(std::span<const Vec3d> points, std::span<const TriangleCorners> triangles) {
    Moments out;
    if (triangles.empty()) return out;
    const Vec3d origin = points[triangles[0][0]];
    Vec3d first;
    Eigen::Matrix3d second = Eigen::Matrix3d::Zero();
    for (const TriangleCorners& t : triangles) {
        const Vec3d a = points[t[0]] - origin, b = points[t[1]] - origin, c = points[t[2]] - origin;
        const double area = 0.5 * length(cross(b - a, c - a));
        if (!std::isfinite(area)) continue;
        const Vec3d sum = a + b + c;
        out.area += area;
        first = first + sum * (area / 3);
        const Eigen::Vector3d ea = toEigen(a), eb = toEigen(b), ec = toEigen(c), es = toEigen(sum);
        second += area / 12 * (es * es.transpose() + ea * ea.transpose() + eb * eb.transpose() + ec * ec.transpose());
    }
    if (!(out.area > 0)) return out;
    const Vec3d mean = first * (1 / out.area);
    const Eigen::Vector3d em = toEigen(mean);
    out.center = origin + mean;
    out.covariance = second / out.area - em * em.transpose();
    return out;
}

SurfaceFrame framed(std::array<Vec3d, 3> axes, std::span<const Vec3d> points, const Vec3d& about) {
    if (dot(cross(axes[0], axes[1]), axes[2]) < 0) axes[2] = axes[2] * -1.0;
    Bounds box;
    for (const Vec3d& p : points) {
        const Vec3d d = p - about;
        box.add(Vec3d{{dot(d, axes[0]), dot(d, axes[1]), dot(d, axes[2])}});
    }
    SurfaceFrame out{axes, about, box.max - box.min};
    const Vec3d middle = box.center();
    for (size_t c = 0; c < 3; ++c) out.center = out.center + axes[c] * middle[c];
    return out;
}

double volumeOf(const SurfaceFrame& frame) {
    // A flat surface has no volume; the small share of the area keeps turning meaningful.
    const Vec3d& s = frame.size;
    const double longest = std::max({s[0], s[1], s[2]});
    return (s[0] + 1e-3 * longest) * (s[1] + 1e-3 * longest) * (s[2] + 1e-3 * longest);
}

using Point2 = std::array<double, 2>;

double turn(const Point2& o, const Point2& a, const Point2& b) {
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
}

std::vector<Point2> convexHull(std::vector<Point2> points) {
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    if (points.size() < 3) return points;
    std::vector<Point2> hull(2 * points.size());
    size_t size = 0;
    for (const Point2& p : points) {
        while (size >= 2 && turn(hull[size - 2], hull[size - 1], p) <= 0) --size;
        hull[size++] = p;
    }
    const size_t lower = size + 1;
    for (auto p = points.rbegin() + 1; p != points.rend(); ++p) {
        while (size >= lower && turn(hull[size - 2], hull[size - 1], *p) <= 0) --size;
        hull[size++] = *p;
    }
    hull.resize(size - 1);
    return hull;
}

/// The direction of a side of the least rectangle around the points: it lies along a hull edge.
Point2 leastRectangle(const std::vector<Point2>& hull) {
    Point2 best{1, 0};
    double least = std::numeric_limits<double>::infinity();
    const size_t n = hull.size();
    size_t far = 1, right = 1, left = 1;
    for (size_t i = 0; i < n; ++i) {
        const Point2 &p = hull[i], &q = hull[(i + 1) % n];
        const double size = std::hypot(q[0] - p[0], q[1] - p[1]);
        if (!(size > 0)) continue;
        const Point2 u{(q[0] - p[0]) / size, (q[1] - p[1]) / size};
        const auto along = [&](size_t k) { return hull[k % n][0] * u[0] + hull[k % n][1] * u[1]; };
        const auto across = [&](size_t k) { return hull[k % n][1] * u[0] - hull[k % n][0] * u[1]; };
        right = std::max(right, i + 1);
        while (along(right + 1) > along(right)) ++right;
        far = std::max(far, right);
        while (across(far + 1) > across(far)) ++far;
        left = std::max(left, far);
        while (along(left + 1) < along(left)) ++left;
        const double area = (along(right) - along(left)) * (across(far) - across(i));
        if (area < least * (1 - 1e-12)) least = area, best = u;
    }
    return best;
}

/// Turns the box about each of its axes in turn while that makes it smaller.
SurfaceFrame shrunk(SurfaceFrame frame, std::span<const Vec3d> points, const Vec3d& about) {
    for (int round = 0; round < 4; ++round) {
        const double before = volumeOf(frame);
        for (size_t k = 0; k < 3; ++k) {
            const Vec3d &u = frame.axes[(k + 1) % 3], &v = frame.axes[(k + 2) % 3];
            std::vector<Point2> flat;
            flat.reserve(points.size());
            for (const Vec3d& p : points) flat.push_back({dot(p - about, u), dot(p - about, v)});
            const std::vector<Point2> hull = convexHull(std::move(flat));
            if (hull.size() < 3) continue;
            const Point2 side = leastRectangle(hull);
            std::array<Vec3d, 3> axes;
            axes[k] = frame.axes[k];
            axes[(k + 1) % 3] = u * side[0] + v * side[1];
            axes[(k + 2) % 3] = v * side[0] - u * side[1];
            const SurfaceFrame turned = framed(axes, points, about);
            if (volumeOf(turned) < volumeOf(frame) * (1 - 1e-9)) frame = turned;
        }
        if (!(volumeOf(frame) < before * (1 - 1e-6))) break;
    }
    return frame;
}

/// The direction that most of the area faces, either way; cells of rounded directions only choose whom to average.
Vec3d mainDirection(std::span<const Vec3d> points, std::span<const TriangleCorners> triangles) {
    std::map<std::array<long, 3>, std::pair<double, Vec3d>> cells;
    for (const TriangleCorners& t : triangles) {
        Vec3d normal = cross(points[t[1]] - points[t[0]], points[t[2]] - points[t[0]]);
        const double size = length(normal);
        if (!(size > 0) || !std::isfinite(size)) continue;
        const size_t widest = std::abs(normal[0]) >= std::abs(normal[1]) && std::abs(normal[0]) >= std::abs(normal[2])
                                  ? 0
                              : std::abs(normal[1]) >= std::abs(normal[2]) ? 1
                                                                           : 2;
        if (normal[widest] < 0) normal = normal * -1.0;
        auto& [area, sum] = cells[{std::lround(normal[0] / size * 500), std::lround(normal[1] / size * 500),
                                   std::lround(normal[2] / size * 500)}];
        area += size;
        sum = sum + normal;
    }
    double most = 0;
    Vec3d best{{0, 0, 1}};
    for (const auto& [cell, entry] : cells)
        if (entry.first > most * (1 + 1e-9)) most = entry.first, best = entry.second * (1 / length(entry.second));
    return best;
}

std::array<Vec3d, 3> axesAbout(const Vec3d& w) {
    const Vec3d helper = std::abs(w[0]) < 0.6 ? Vec3d{{1, 0, 0}} : Vec3d{{0, 1, 0}};
    Vec3d u = cross(helper, w);
    u = u * (1 / length(u));
    return {u, cross(w, u), w};
}

}  // namespace

SurfaceShape::SurfaceShape(std::vector<Vec3d> points, std::vector<TriangleCorners> triangles)
    : points_(std::move(points)), triangles_(std::move(triangles)), bvh_(points_, triangles_) {
    const Moments moments = momentsOf(points_, triangles_);
    area_ = moments.area;
    if (!(area_ > 0)) return;
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(moments.covariance);
    std::array<Vec3d, 3> axes;
    for (size_t c = 0; c < 3; ++c) {
        const auto column = static_cast<Eigen::Index>(2 - c);
        axes[c] = fromEigen(solver.eigenvectors().col(column));
        moments_[c] = std::sqrt(std::max(0.0, solver.eigenvalues()[column]));
    }
    spread_ = std::sqrt(std::max(0.0, moments.covariance.trace()));

    // Only points of triangles span the box.
    std::vector<Vec3d> used;
    std::vector<uint8_t> seen(points_.size(), 0);
    for (const TriangleCorners& t : triangles_)
        for (const uint32_t corner : t)
            if (std::exchange(seen[corner], uint8_t{1}) == 0) used.push_back(points_[corner]);
    frames_[0] = framed(axes, used, moments.center);
    const SurfaceFrame fromAxes = shrunk(frames_[0], used, moments.center);
    const SurfaceFrame fromFace =
        shrunk(framed(axesAbout(mainDirection(points_, triangles_)), used, moments.center), used, moments.center);
    frames_[1] = volumeOf(fromFace) < volumeOf(fromAxes) * (1 + 1e-9) ? fromFace : fromAxes;
    frames_[0].center = moments.center;
}

}  // namespace usdtune
