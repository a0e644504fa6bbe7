// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// A triangle among points that no face uses.
inline Shape isolatedPoints() {
    return {"isolated_points",
            {{{9, 9, 9}}, {{0, 0, 0}}, {{1, 0, 0}}, {{8, 8, 8}}, {{0, 1, 0}}, {{7, 7, 7}}},
            {3},
            {1, 2, 4}};
}

}  // namespace usdtune::shapes
