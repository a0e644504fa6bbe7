// SPDX-License-Identifier: Apache-2.0
#include "usdtune/mesh/isolated_points.h"

#include <algorithm>

namespace usdtune {

std::vector<uint8_t> usedPoints(const TopologyView& topology) {
    std::vector<uint8_t> used(topology.pointCount, 0);
    for (const int index : topology.indices) used[static_cast<size_t>(index)] = 1;
    return used;
}

size_t countIsolatedPoints(const TopologyView& topology) {
    const std::vector<uint8_t> used = usedPoints(topology);
    return static_cast<size_t>(std::count(used.begin(), used.end(), uint8_t{0}));
}

MeshRemap removeIsolatedPoints(const TopologyView& topology) {
    const std::vector<uint8_t> used = usedPoints(topology);
    std::vector<uint32_t> pointOf(topology.pointCount, kRemoved);
    uint32_t count = 0;
    for (size_t p = 0; p < used.size(); ++p)
        if (used[p] != 0) pointOf[p] = count++;
    return fromPointRemap(topology, pointOf, count);
}

}  // namespace usdtune
