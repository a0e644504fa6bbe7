// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// A saddle: the two ways to cut it are different surfaces.
inline Shape nonPlanarQuad() {
    return {"non_planar_quad", {{{0, 0, 0}}, {{1, 0, 1}}, {{1, 1, 0}}, {{0, 1, 1}}}, {4}, {0, 1, 2, 3}};
}

}  // namespace usdtune::shapes
