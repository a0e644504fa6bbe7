// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/scene/scene.h"
#include "usdtune/verify/path_mapping.h"

namespace usdtune {

/// Which rows of two scenes have to be compared after a step, so that leaving the others out loses nothing.
///
/// It is found by the rows themselves, not by what the step said about them: a prim that is there on both sides with
/// the same facts, metadata, properties and samples is the same. What is drawn elsewhere because of a prim that is not
/// (by inheritance, a material, a subset, a skeleton, an instancer, a collection, an instance) is in question with it.
struct EditedPrims {
    std::vector<uint8_t> inA, inB;  ///< per row: what is drawn here, or below it, may differ; whole subtrees
    std::vector<uint8_t> written;   ///< per row of A: what is written here may have to be another thing
    size_t editedCount = 0;         ///< prims that are not the same, gone or new
};

/// O(rows + targets), without reading arrays that both scenes share. The scenes share a token table.
EditedPrims editedPrims(const Scene& a, const Scene& b, const PathMapping& mapping, const Context& context);

}  // namespace usdtune
