// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <limits>
#include <span>

#include "usdtune/base/math.h"

namespace usdtune {

/// An axis-aligned box in float64; empty until something was added.
struct Bounds {
    Vec3d min{{std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity(),
               std::numeric_limits<double>::infinity()}};
    Vec3d max{{-std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
               -std::numeric_limits<double>::infinity()}};

    bool empty() const { return !(min[0] <= max[0]); }
    void add(const Vec3d& p) {
        for (size_t i = 0; i < 3; ++i) {
            min[i] = std::min(min[i], p[i]);
            max[i] = std::max(max[i], p[i]);
        }
    }
    void add(const Bounds& b) {
        if (b.empty()) return;
        add(b.min);
        add(b.max);
    }
    /// Length of the diagonal; 0 when empty.
    double diagonal() const { return empty() ? 0.0 : length(max - min); }
    Vec3d center() const { return (min + max) * 0.5; }
};

/// Bounds of the finite points; NaN and infinite points are passed over.
inline Bounds boundsOf(std::span<const Vec3f> points) {
    Bounds b;
    for (const Vec3f& p : points)
        if (isFinite(p)) b.add(toDouble(p));
    return b;
}

}  // namespace usdtune
