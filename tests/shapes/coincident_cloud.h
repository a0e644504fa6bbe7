// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// Twenty triangles at one spot, all 60 points distinct by index: everything merges, nothing is left.
inline Shape coincidentCloud() {
    Shape shape{"coincident_cloud", {}, {}, {}};
    for (int i = 0; i < 60; ++i) {
        shape.points.push_back({{1, 2, 3}});
        shape.indices.push_back(i);
    }
    shape.counts.assign(20, 3);
    return shape;
}

}  // namespace usdtune::shapes
