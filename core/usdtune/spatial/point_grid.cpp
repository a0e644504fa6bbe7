// SPDX-License-Identifier: Apache-2.0
//
// A sorted list of (cell key, point) instead of a hash map of lists: compact, no allocation per cell, and the order is
// that of the keys alone (Teschner et al., "Optimized Spatial Hashing", 2003, for the idea of hashing unbounded grids).
// A k-d tree (nanoflann) was set aside: for one known radius it is slower to build and its order depends on balancing.
#include "usdtune/spatial/point_grid.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "usdtune/base/assert.h"
#include "usdtune/base/bounds.h"

namespace usdtune {

namespace {

uint64_t mixed(uint64_t seed, double coordinate) {
    uint64_t x = seed ^ (std::bit_cast<uint64_t>(coordinate + 0.0) + 0x9E3779B97F4A7C15ull);  // + 0.0 unites the zeros
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

uint64_t keyOf(double x, double y, double z) { return mixed(mixed(mixed(0, x), y), z); }

}  // namespace

PointGrid::PointGrid(std::span<const Vec3d> points, double radius) : points_(points), radius_(radius) {
    USDTUNE_ASSERT(std::isfinite(radius) && radius >= 0, "a search radius is finite and not negative");
    Bounds bounds;
    for (const Vec3d& p : points)
        if (isFinite(p)) bounds.add(p);
    if (!bounds.empty()) origin_ = bounds.min;
    // Cells slightly wider than the radius, so that rounding cannot push a neighbor two cells away, and never so small
    // that cell numbers lose their integer digits.
    scale_ = 1.0 / std::max({radius * 1.0001, bounds.diagonal() * 0x1p-30, 1e-300});

    entries_.reserve(points.size());
    for (uint32_t i = 0; i < points.size(); ++i) {
        if (!isFinite(points[i])) continue;
        const Cell c = cellOf(points[i]);
        entries_.push_back({keyOf(c.x, c.y, c.z), i});
    }
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) { return a.cell != b.cell ? a.cell < b.cell : a.point < b.point; });
}

PointGrid::Cell PointGrid::cellOf(const Vec3d& p) const {
    const Vec3d u = (p - origin_) * scale_;
    return {std::floor(u[0]), std::floor(u[1]), std::floor(u[2])};
}

/// Calls visit(point, squared distance) for every point within the radius; more than once where cells share a key.
template <class Visit>
void PointGrid::visitAround(const Vec3d& center, Visit&& visit) const {
    if (!isFinite(center)) return;
    const Cell c = cellOf(center);
    for (int dz = -1; dz <= 1; ++dz)
        for (int dy = -1; dy <= 1; ++dy)
            for (int dx = -1; dx <= 1; ++dx) {
                const uint64_t key = keyOf(c.x + dx, c.y + dy, c.z + dz);
                auto entry = std::lower_bound(entries_.begin(), entries_.end(), key,
                                              [](const Entry& e, uint64_t k) { return e.cell < k; });
                for (; entry != entries_.end() && entry->cell == key; ++entry) {
                    const Vec3d d = points_[entry->point] - center;
                    if (dot(d, d) <= radius_ * radius_) visit(entry->point, dot(d, d));
                }
            }
}

void PointGrid::neighbors(const Vec3d& center, std::vector<uint32_t>& found) const {
    found.clear();
    visitAround(center, [&](uint32_t point, double) { found.push_back(point); });
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
}

uint32_t PointGrid::nearest(const Vec3d& center) const {
    uint32_t best = kNone;
    double bestDistance = std::numeric_limits<double>::infinity();
    visitAround(center, [&](uint32_t point, double distance) {
        if (distance > bestDistance || (distance == bestDistance && point > best)) return;
        best = point;
        bestDistance = distance;
    });
    return best;
}

}  // namespace usdtune
