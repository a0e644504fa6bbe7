// SPDX-License-Identifier: Apache-2.0
//
// Newell's method (Sutherland, Sproull, Schumacker 1974). Everything is taken about a local origin: products of
// georeferenced coordinates would leave no digits for the face.
#include "usdtune/mesh/area.h"

#include <cmath>

#include "usdtune/base/bounds.h"

namespace usdtune {

Vec3d faceAreaVector(std::span<const Vec3f> points, std::span<const int> face) {
    Vec3d sum;
    if (face.size() < 3) return sum;
    const Vec3d origin = toDouble(points[static_cast<size_t>(face[0])]);
    Vec3d previous = toDouble(points[static_cast<size_t>(face[1])]) - origin;
    for (size_t k = 2; k < face.size(); ++k) {
        const Vec3d current = toDouble(points[static_cast<size_t>(face[k])]) - origin;
        sum = sum + cross(previous, current);
        previous = current;
    }
    return sum * 0.5;
}

double surfaceArea(std::span<const Vec3f> points, const TopologyView& topology) {
    double sum = 0;
    size_t corner = 0;
    for (const int count : topology.counts) {
        const double area =
            length(faceAreaVector(points, topology.indices.subspan(corner, static_cast<size_t>(count))));
        if (std::isfinite(area)) sum += area;
        corner += static_cast<size_t>(count);
    }
    return sum;
}

double signedVolume(std::span<const Vec3f> points, const TopologyView& topology) {
    const Bounds bounds = boundsOf(points);
    if (bounds.empty()) return 0;
    const Vec3d origin = bounds.center();
    double sum = 0;
    size_t corner = 0;
    for (const int count : topology.counts) {
        const auto face = topology.indices.subspan(corner, static_cast<size_t>(count));
        corner += face.size();
        if (face.size() < 3) continue;
        // With a common apex the cones over a fan add up to apex · Σ cross = apex · 2 · area vector.
        const double sixfold =
            2.0 * dot(toDouble(points[static_cast<size_t>(face[0])]) - origin, faceAreaVector(points, face));
        if (std::isfinite(sixfold)) sum += sixfold / 6.0;
    }
    return sum;
}

}  // namespace usdtune
