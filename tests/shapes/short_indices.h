// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// Counts promise more corners than there are.
inline Shape shortIndices() {
    return {"short_indices", {{{0, 0, 0}}, {{1, 0, 0}}, {{0, 1, 0}}}, {3, 3}, {0, 1, 2, 0}, false};
}

}  // namespace usdtune::shapes
