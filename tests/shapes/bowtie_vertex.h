// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// Two triangles that touch in one point only: every edge is fine, the point is not manifold.
inline Shape bowtieVertex() {
    return {"bowtie_vertex",
            {{{0, 0, 0}}, {{1, 1, 0}}, {{1, -1, 0}}, {{-1, -1, 0}}, {{-1, 1, 0}}},
            {3, 3},
            {0, 2, 1, 0, 4, 3}};
}

}  // namespace usdtune::shapes
