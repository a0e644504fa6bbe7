// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// A lopsided closed block: no symmetry maps it onto itself.
inline Shape wedge() {
    return {"wedge",
            {{{0, 0, 0}},
             {{3, 0, 0}},
             {{3, 1.5f, 0}},
             {{0, 2, 0}},
             {{0.5f, 0.25f, 1}},
             {{2, 0.25f, 0.75f}},
             {{1.5f, 1, 1.25f}}},
            {4, 4, 4, 4, 3, 3},
            {0, 3, 2, 1, 0, 1, 5, 4, 1, 2, 6, 5, 0, 4, 6, 3, 2, 3, 6, 4, 5, 6}};
}

}  // namespace usdtune::shapes
