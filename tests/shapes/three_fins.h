// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// Three faces on one edge, as in a T-shaped sheet.
inline Shape threeFins() {
    return {"three_fins",
            {{{0, 0, 0}}, {{0, 0, 1}}, {{1, 0, 0}}, {{-1, 1, 0}}, {{-1, -1, 0}}},
            {3, 3, 3},
            {0, 1, 2, 0, 1, 3, 0, 1, 4}};
}

}  // namespace usdtune::shapes
