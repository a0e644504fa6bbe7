// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "usdtune/scene/scene.h"

namespace usdtune {

/// Per prim row: 1 where an internal arc shows the prim in a second place that has rows, and perhaps opinions, of its
/// own, so that an edit here would change what is seen there unnoticed. What stands below the source of instances is
/// left out: their prototype is that source. O(prims + arcs).
std::vector<uint8_t> composedElsewhere(const Scene& scene);

}  // namespace usdtune
