// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// A hexagon by its counts, a triangle by its shape: three corners lie on straight edges.
inline Shape pointOnEdge() {
    return {"point_on_edge",
            {{{0, 0, 0}}, {{1, 0, 0}}, {{2, 0, 0}}, {{1, 1, 0}}, {{0, 2, 0}}, {{0, 1, 0}}},
            {6},
            {0, 1, 2, 3, 4, 5}};
}

}  // namespace usdtune::shapes
