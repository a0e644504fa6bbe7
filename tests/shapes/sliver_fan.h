// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// A fan of triangles whose rim creeps along in steps of 1e-4: a transitive weld would eat it.
inline Shape sliverFan() {
    constexpr int triangles = 64;
    Shape shape{"sliver_fan", {{{0, 1, 0}}}, {}, {}};
    for (int i = 0; i <= triangles; ++i) shape.points.push_back({{static_cast<float>(i) * 1e-4f, 0, 0}});
    for (int i = 0; i < triangles; ++i) {
        shape.counts.push_back(3);
        shape.indices.insert(shape.indices.end(), {0, i + 1, i + 2});
    }
    return shape;
}

}  // namespace usdtune::shapes
