// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>

#include "shapes/shape.h"

namespace usdtune::shapes {

/// A quad whose last point is not a number, and a second such point.
inline Shape nanPoint() {
    return {"nan_point",
            {{{0, 0, 0}},
             {{1, 0, 0}},
             {{1, 1, 0}},
             {{std::numeric_limits<float>::quiet_NaN(), 1, 0}},
             {{std::numeric_limits<float>::quiet_NaN(), 1, 0}},
             {{0, 1, std::numeric_limits<float>::infinity()}}},
            {4, 3, 3},
            {0, 1, 2, 3, 0, 1, 4, 0, 1, 5}};
}

}  // namespace usdtune::shapes
