// SPDX-License-Identifier: Apache-2.0
#include "usdtune/mesh/extent.h"

#include <cmath>
#include <limits>

namespace usdtune {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

float roundDown(double x) {
    const auto f = static_cast<float>(x);
    return static_cast<double>(f) > x ? std::nextafter(f, -kInfinity) : f;
}

float roundUp(double x) {
    const auto f = static_cast<float>(x);
    return static_cast<double>(f) < x ? std::nextafter(f, kInfinity) : f;
}

}  // namespace

std::optional<Extent> computeExtent(std::span<const Vec3f> points) {
    const Bounds bounds = boundsOf(points);
    if (bounds.empty()) return std::nullopt;
    return Extent{toFloat(bounds.min), toFloat(bounds.max)};  // floats all along, so nothing rounds
}

std::optional<Extent> computeExtent(std::span<const Vec3f> points, std::span<const float> widths) {
    if (widths.empty()) return computeExtent(points);
    if (widths.size() != 1 && widths.size() != points.size()) return std::nullopt;
    Bounds bounds;
    for (size_t p = 0; p < points.size(); ++p) {
        if (!isFinite(points[p])) continue;
        const float width = widths[widths.size() == 1 ? 0 : p];
        const double radius = std::isfinite(width) && width > 0 ? 0.5 * static_cast<double>(width) : 0;
        const Vec3d center = toDouble(points[p]), reach{{radius, radius, radius}};
        bounds.add(center - reach);
        bounds.add(center + reach);
    }
    if (bounds.empty()) return std::nullopt;
    Extent extent;
    for (size_t i = 0; i < 3; ++i) {
        extent[0][i] = roundDown(bounds.min[i]);
        extent[1][i] = roundUp(bounds.max[i]);
    }
    return extent;
}

Bounds transformedBounds(std::span<const Vec3f> points, const Matrix4d& transform) {
    Bounds bounds;
    for (const Vec3f& p : points)
        if (isFinite(p)) bounds.add(transform.transformPoint(toDouble(p)));
    return bounds;
}

bool extentMatches(const Extent& authored, std::span<const Vec3f> points, double tolerance) {
    const std::optional<Extent> tight = computeExtent(points);
    if (!tight) return false;
    for (size_t side = 0; side < 2; ++side)
        for (size_t i = 0; i < 3; ++i) {
            const double off = static_cast<double>(authored[side][i]) - static_cast<double>((*tight)[side][i]);
            if (!(std::abs(off) <= tolerance)) return false;
        }
    return true;
}

}  // namespace usdtune
