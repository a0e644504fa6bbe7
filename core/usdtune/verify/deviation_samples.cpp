// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/deviation_samples.h"

#include <algorithm>
#include <cmath>

namespace usdtune {

SurfaceSamples::SurfaceSamples(const PlacedTriangles& surface, const SamplingDensity& density) {
    std::vector<double> areas(surface.triangles.size());
    Bounds box;
    for (size_t t = 0; t < surface.triangles.size(); ++t) {
        areas[t] = surface.area(t);
        area += areas[t];
        if (!surface.finite(t)) continue;
        for (const uint32_t point : surface.triangles[t]) box.add(surface.points[point]);
    }
    if (!(area > 0) || !std::isfinite(area)) return;

    const double spacing = box.diagonal() / density.pointsPerDiagonal;
    const auto wanted = static_cast<size_t>(std::min(std::ceil(area / (spacing * spacing)), 1e9));
    const size_t count = std::clamp(wanted, density.atLeast, density.atMost);
    // 1/g and 1/g² of the plastic number g.
    constexpr double kFirst = 0.7548776662466927, kSecond = 0.5698402909980532;
    double passed = 0;
    size_t triangle = 0;
    for (size_t k = 0; k < count; ++k) {
        const double at = (static_cast<double>(k) + 0.5) / static_cast<double>(count) * area;
        while (triangle + 1 < areas.size() && passed + areas[triangle] < at) passed += areas[triangle++];
        if (!(areas[triangle] > 0)) continue;  // rounding led past the last triangle that has an area
        double u = std::fmod(0.5 + kFirst * static_cast<double>(k + 1), 1.0);
        double v = std::fmod(0.5 + kSecond * static_cast<double>(k + 1), 1.0);
        if (u + v > 1) u = 1 - u, v = 1 - v;
        const auto& [a, b, c] = surface.triangles[triangle];
        const Vec3d weight{{1 - u - v, u, v}};
        places.push_back(surface.points[a] * weight[0] + surface.points[b] * weight[1] + surface.points[c] * weight[2]);
        triangles.push_back(static_cast<uint32_t>(triangle));
        weights.push_back(weight);
    }
}

}  // namespace usdtune
