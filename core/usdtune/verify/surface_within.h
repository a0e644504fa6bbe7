// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/verify/deviation_surface.h"

namespace usdtune {

/// How two occurrences lie to each other that are cut into other faces.
struct SurfaceGap {
    double distance = 0;                ///< the largest, both ways; infinite where one side has no surface
    size_t turnedFirst = 0;             ///< triangles of the first without one within reach that looks to their side
    size_t turnedSecond = 0;            ///< the same of the second
    std::vector<uint32_t> faceOfFirst;  ///< the second's face at the middle of each of the first's; 0xFFFFFFFF for none
    bool within(double reach) const { return distance <= reach && turnedFirst + turnedSecond == 0; }
};

/// Measures both ways, placed about one origin, and asks in the middle of every triangle that is higher than `reach`
/// for one of the other side within `reach` that faces the same way: what is as near and looks away is another side.
/// Distances are looked up everywhere on both surfaces, as `spreadOf` does.
SurfaceGap surfaceGap(const PlacedMesh& first, const PlacedMesh& second, double reach, const Context& context);

}  // namespace usdtune
