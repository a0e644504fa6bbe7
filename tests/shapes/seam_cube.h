// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// A cube with four points per face, as exporters write it for hard edges: welding leaves 8.
inline Shape seamCube() {
    return {"seam_cube",
            {{{0, 0, 0}}, {{0, 1, 0}}, {{1, 1, 0}}, {{1, 0, 0}}, {{0, 0, 1}}, {{1, 0, 1}}, {{1, 1, 1}}, {{0, 1, 1}},
             {{0, 0, 0}}, {{1, 0, 0}}, {{1, 0, 1}}, {{0, 0, 1}}, {{0, 1, 0}}, {{0, 1, 1}}, {{1, 1, 1}}, {{1, 1, 0}},
             {{0, 0, 0}}, {{0, 0, 1}}, {{0, 1, 1}}, {{0, 1, 0}}, {{1, 0, 0}}, {{1, 1, 0}}, {{1, 1, 1}}, {{1, 0, 1}}},
            {4, 4, 4, 4, 4, 4},
            {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}};
}

}  // namespace usdtune::shapes
