// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// A triangle a million units wide beside one a millionth wide.
inline Shape hugeAndTiny() {
    return {"huge_and_tiny",
            {{{0, 0, 0}}, {{1000000.0f, 0, 0}}, {{0, 1000000.0f, 0}}, {{0, 0, 0}}, {{1e-06f, 0, 0}}, {{0, 1e-06f, 0}}},
            {3, 3},
            {0, 1, 2, 3, 4, 5}};
}

}  // namespace usdtune::shapes
