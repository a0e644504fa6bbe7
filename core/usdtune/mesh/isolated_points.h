// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "usdtune/mesh/remap.h"

namespace usdtune {

/// 1 for every point that a face uses. `topology` passed validateTopology. O(n).
std::vector<uint8_t> usedPoints(const TopologyView& topology);

/// How many points no face uses.
size_t countIsolatedPoints(const TopologyView& topology);

/// Takes out the points that no face uses; the others keep their order, faces and corners stay as they are.
MeshRemap removeIsolatedPoints(const TopologyView& topology);

}  // namespace usdtune
