// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// Faces with 0, 1 and 2 corners beside a real one: allowed, and nothing draws them.
inline Shape degenerateCounts() {
    return {"degenerate_counts", {{{0, 0, 0}}, {{1, 0, 0}}, {{0, 1, 0}}}, {0, 1, 2, 3}, {0, 0, 1, 0, 1, 2}};
}

}  // namespace usdtune::shapes
