// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// Two triangles with nothing in common, far apart.
inline Shape twoComponents() {
    return {"two_components",
            {{{0, 0, 0}}, {{1, 0, 0}}, {{0, 1, 0}}, {{100, 0, 0}}, {{101, 0, 0}}, {{100, 1, 0}}},
            {3, 3},
            {0, 1, 2, 3, 4, 5}};
}

}  // namespace usdtune::shapes
