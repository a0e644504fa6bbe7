// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

inline constexpr double kSliverEpsilon = 1e-3;

/// A sliver on the long side of a triangle. `heights` is its height in units of kSliverEpsilon: below 1 it shows
/// nothing at that epsilon, and a corner that moves by less than epsilon lifts it above.
inline Shape sliverNearEpsilon(double heights) {
    const auto lift = static_cast<float>(heights * kSliverEpsilon);
    return {
        "sliver_near_epsilon", {{{0, 0, 0}}, {{4, 0, 0}}, {{1, lift, 0}}, {{2, -3, 0}}}, {3, 3}, {0, 1, 2, 1, 0, 3}};
}

}  // namespace usdtune::shapes
