// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// A negative count that makes the sum come out right.
inline Shape negativeCounts() {
    return {"negative_counts", {{{0, 0, 0}}, {{1, 0, 0}}, {{0, 1, 0}}}, {6, -3}, {0, 1, 2}, false};
}

}  // namespace usdtune::shapes
