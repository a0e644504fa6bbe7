// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// Quads with repeated corners: inside, across the start, twice, and down to a single point.
inline Shape degenerateEdgeQuad() {
    return {"degenerate_edge_quad",
            {{{0, 0, 0}}, {{1, 0, 0}}, {{1, 1, 0}}, {{0, 1, 0}}},
            {4, 4, 4, 4, 4},
            {0, 1, 1, 2, 0, 1, 2, 0, 0, 0, 1, 1, 2, 2, 2, 2, 0, 1, 2, 3}};
}

}  // namespace usdtune::shapes
