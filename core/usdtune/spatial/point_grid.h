// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "usdtune/base/math.h"

namespace usdtune {

/// Finds the points within a fixed radius of a place. Built once, then read-only: any number of threads may ask.
///
/// Distances are decided in float64; the grid only finds candidates. Points that are not finite are never found. A
/// query costs O(candidates in 27 cells as wide as the radius); building costs O(n log n) and two words per point. The
/// points are viewed, not copied: they must outlive the grid.
class PointGrid {
public:
    /// `radius` is finite and not negative; 0 finds coincident points.
    PointGrid(std::span<const Vec3d> points, double radius);

    /// Fills `found` with the indices of all points within the radius of `center` (bounds included), ascending. Nothing
    /// for a center that is not finite.
    void neighbors(const Vec3d& center, std::vector<uint32_t>& found) const;

    /// The nearest point within the radius, the lowest index where several are equally near; kNone where there is none.
    uint32_t nearest(const Vec3d& center) const;
    static constexpr uint32_t kNone = 0xFFFFFFFFu;

private:
    struct Entry {
        uint64_t cell;
        uint32_t point;
    };
    struct Cell {
        double x, y, z;
    };

    Cell cellOf(const Vec3d& p) const;
    template <class Visit>
    void visitAround(const Vec3d& center, Visit&& visit) const;

    std::span<const Vec3d> points_;
    double radius_;
    Vec3d origin_;
    double scale_ = 1;
    std::vector<Entry> entries_;  ///< by cell key, then by point
};

}  // namespace usdtune
