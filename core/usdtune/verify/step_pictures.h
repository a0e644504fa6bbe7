// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "usdtune/verify/edited_prims.h"

namespace usdtune {

/// What pictures of edited prims alone showed before and after a step, by what is seen and not by its colour.
struct StepPictures {
    size_t drawnPrims = 0;  ///< occurrences of before's gprims that the step can have changed
    size_t shownPrims = 0;  ///< of them in the pictures
    size_t comparedPixels = 0;
    size_t changedPixels = 0;  ///< that show another prim or material
    size_t tiePixels = 0;      ///< on edges, where rounding decides
};

/// Looks from two opposite sides at what a step edited, without everything that stands around it. When it edited more
/// than a few thousand prims, groups of them (all that became one prim are a group) spread over the whole scene stand
/// for the rest. Nothing when no gprim was edited. O(occurrences) and a fixed number of rays.
std::optional<StepPictures> lookAtStep(const Scene& before, const Scene& after, const EditedPrims& edited,
                                       const PathMapping& mapping, const Context& context);

}  // namespace usdtune
