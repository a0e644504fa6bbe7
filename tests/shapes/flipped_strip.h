// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// Four quads in a row, the third wound the other way round.
inline Shape flippedStrip() {
    return {"flipped_strip",
            {{{0, 0, 0}},
             {{1, 0, 0}},
             {{2, 0, 0}},
             {{3, 0, 0}},
             {{4, 0, 0}},
             {{0, 1, 0}},
             {{1, 1, 0}},
             {{2, 1, 0}},
             {{3, 1, 0}},
             {{4, 1, 0}}},
            {4, 4, 4, 4},
            {0, 1, 6, 5, 1, 2, 7, 6, 2, 7, 8, 3, 3, 4, 9, 8}};
}

}  // namespace usdtune::shapes
