// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// An index past the last point and a negative one.
inline Shape brokenIndices() {
    return {"broken_indices", {{{0, 0, 0}}, {{1, 0, 0}}, {{0, 1, 0}}}, {3, 3}, {0, 1, 2, 0, 3, -1}, false};
}

}  // namespace usdtune::shapes
