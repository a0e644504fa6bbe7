// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/wedge.h"

namespace usdtune::shapes {

/// The wedge with x negated and its winding left as it was, as a baked negative scale leaves it: normals point inward.
inline Shape bakedMirror() {
    Shape shape = wedge();
    shape.name = "baked_mirror";
    for (Vec3f& p : shape.points) p[0] = -p[0];
    return shape;
}

}  // namespace usdtune::shapes
