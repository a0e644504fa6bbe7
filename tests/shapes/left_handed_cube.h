// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// The cube under leftHanded orientation: its corners wind clockwise seen from outside.
inline Shape leftHandedCube() {
    return {"left_handed_cube",
            {{{0, 0, 0}}, {{1, 0, 0}}, {{0, 1, 0}}, {{1, 1, 0}}, {{0, 0, 1}}, {{1, 0, 1}}, {{0, 1, 1}}, {{1, 1, 1}}},
            {4, 4, 4, 4, 4, 4},
            {1, 3, 2, 0, 6, 7, 5, 4, 4, 5, 1, 0, 3, 7, 6, 2, 2, 6, 4, 0, 5, 7, 3, 1},
            true,
            true};
}

}  // namespace usdtune::shapes
