// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/cube.h"

namespace usdtune::shapes {

/// The cube two units wide at map coordinates: one float32 step there is half a unit.
inline Shape georeferencedCube() {
    Shape shape = cube();
    shape.name = "georeferenced_cube";
    for (Vec3f& p : shape.points) p = {{5000000.0f + 2 * p[0], 400000.0f + 2 * p[1], 2 * p[2]}};
    return shape;
}

}  // namespace usdtune::shapes
