// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/surface_within.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "usdtune/verify/deviation_spread.h"

namespace usdtune {

namespace {

constexpr uint32_t kNone = 0xFFFFFFFFu;
/// Corners are asked anyway, and places where the distance bends.
constexpr size_t kSamplesOfASide = 2000;

struct Side {
    PlacedTriangles surface;
    TriangleBvh bvh;

    explicit Side(const PlacedMesh& placed) : surface(std::span(&placed, 1)), bvh(surface.points, surface.triangles) {}
};

double largestOf(const DistanceSpread& spread) {
    double largest = 0;
    for (const auto* list : {&spread.corners, &spread.parts})
        for (const SpreadPart& part : *list) largest = std::max(largest, part.distance);
    return largest;
}

/// The smallest height of a triangle; 0 for one without area.
double heightOf(const PlacedTriangles& surface, size_t triangle) {
    const auto& [a, b, c] = surface.triangles[triangle];
    const std::vector<Vec3d>& p = surface.points;
    const double longest = std::max({length(p[b] - p[a]), length(p[c] - p[b]), length(p[a] - p[c])});
    return longest > 0 ? length(surface.front(triangle)) / longest : 0;
}

/// How many triangles find none that looks to their side; `faceOf` is told what the others find.
size_t turned(const Side& own, const Side& other, double reach, std::vector<uint32_t>* faceOf) {
    size_t count = 0;
    for (size_t t = 0; t < own.surface.triangles.size(); ++t) {
        if (!own.surface.finite(t) || !(heightOf(own.surface, t) > reach)) continue;
        Vec3d middle{};
        for (const uint32_t corner : own.surface.triangles[t]) middle = middle + own.surface.points[corner] * (1.0 / 3);
        const auto found = other.bvh.closestFacing(middle, own.surface.front(t), reach);
        if (found.triangle == TriangleBvh::kNone)
            ++count;
        else if (faceOf != nullptr)
            (*faceOf)[own.surface.faces[t]] = other.surface.faces[found.triangle];
    }
    return count;
}

}  // namespace

SurfaceGap surfaceGap(const PlacedMesh& first, const PlacedMesh& second, double reach, const Context& context) {
    SurfaceGap out;
    out.faceOfFirst.assign(first.mesh->faceCount(), kNone);
    const Side a(first), b(second);
    if (a.bvh.size() == 0 || b.bvh.size() == 0) {
        out.distance = a.bvh.size() == b.bvh.size() ? 0 : std::numeric_limits<double>::infinity();
        return out;
    }
    const SamplingDensity density{.atMost = kSamplesOfASide};
    const double settled = surfaceEpsilon(*first.mesh, first.drawn->world);
    out.distance = std::max(largestOf(spreadOf(a.surface, b.bvh, density, settled, context)),
                            largestOf(spreadOf(b.surface, a.bvh, density, settled, context)));
    if (!(out.distance <= reach)) return out;
    out.turnedFirst = turned(a, b, reach, &out.faceOfFirst);
    out.turnedSecond = turned(b, a, reach, nullptr);
    return out;
}

}  // namespace usdtune
