// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// An L: a fan from its first corner leaves the face.
inline Shape concaveNgon() {
    return {"concave_ngon",
            {{{2, 0, 0}}, {{2, 1, 0}}, {{1, 1, 0}}, {{1, 2, 0}}, {{0, 2, 0}}, {{0, 0, 0}}},
            {6},
            {0, 1, 2, 3, 4, 5}};
}

}  // namespace usdtune::shapes
