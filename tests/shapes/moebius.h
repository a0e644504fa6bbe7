// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <numbers>

#include "shapes/shape.h"

namespace usdtune::shapes {

/// A strip with one half twist: no winding of its quads agrees everywhere.
inline Shape moebius() {
    constexpr int segments = 12;
    Shape shape{"moebius", {}, {}, {}};
    for (int s = 0; s < segments; ++s)
        for (const float side : {-0.4f, 0.4f}) {
            const float turn = 2 * std::numbers::pi_v<float> * static_cast<float>(s) / segments;
            const float radius = 1 + side * std::cos(turn / 2);
            shape.points.push_back({{radius * std::cos(turn), radius * std::sin(turn), side * std::sin(turn / 2)}});
        }
    for (int s = 0; s < segments; ++s) {
        const bool twisted = s + 1 == segments;
        const int a = 2 * s, b = a + 1, c = twisted ? 1 : a + 2, d = twisted ? 0 : a + 3;
        shape.counts.push_back(4);
        shape.indices.insert(shape.indices.end(), {a, c, d, b});
    }
    return shape;
}

}  // namespace usdtune::shapes
