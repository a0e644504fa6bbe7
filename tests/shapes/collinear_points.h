// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// A triangle and a quad without any area, all points distinct.
inline Shape collinearPoints() {
    return {"collinear_points", {{{0, 0, 0}}, {{1, 0, 0}}, {{2, 0, 0}}, {{3, 0, 0}}}, {3, 4}, {0, 1, 2, 0, 1, 2, 3}};
}

}  // namespace usdtune::shapes
