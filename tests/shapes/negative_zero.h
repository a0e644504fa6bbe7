// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// Two triangles that meet in an edge, once written with -0.
inline Shape negativeZero() {
    return {"negative_zero",
            {{{0, 0, 0}}, {{0, 1, 0}}, {{-1, 0, 0}}, {{-0.0f, 0, -0.0f}}, {{1, 0, 0}}, {{-0.0f, 1, 0}}},
            {3, 3},
            {0, 1, 2, 3, 4, 5}};
}

}  // namespace usdtune::shapes
