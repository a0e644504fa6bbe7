// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// A flat sheet of 6 × 5 quads: boundary all around, every inner point regular.
inline Shape grid() {
    Shape shape{"grid", {}, {}, {}};
    for (int y = 0; y <= 5; ++y)
        for (int x = 0; x <= 6; ++x) shape.points.push_back({{static_cast<float>(x), static_cast<float>(y), 0}});
    for (int y = 0; y < 5; ++y)
        for (int x = 0; x < 6; ++x) {
            const int a = y * 7 + x;
            shape.counts.push_back(4);
            shape.indices.insert(shape.indices.end(), {a, a + 1, a + 8, a + 7});
        }
    return shape;
}

}  // namespace usdtune::shapes
