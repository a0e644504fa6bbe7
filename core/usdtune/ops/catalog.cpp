// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "usdtune/ops/op.h"

namespace usdtune {

// Every operation, in the order in which people read them: one line each. `x` stands for the function
// `Operation xOperation()` at the end of the operation's own file.
// clang-format off
#define USDTUNE_OPERATIONS(LIST) \
    LIST(meshCleanup) \
    LIST(mergeVertices) \
    LIST(deduplicateGeometry) \
    LIST(generateNormals) \
    LIST(optimizePrimvars) \
    LIST(removeUnusedUVs) \
    LIST(optimizeMaterials) \
    LIST(removePrims) \
    LIST(pruneLeaves) \
    LIST(computeExtents) \
    LIST(printStats) \
    LIST(countVertices)
// clang-format on

#define USDTUNE_DECLARE(key) Operation key##Operation();
USDTUNE_OPERATIONS(USDTUNE_DECLARE)
#undef USDTUNE_DECLARE

std::span<const Operation> opCatalog() {
#define USDTUNE_ENTRY(key) key##Operation(),
    static const std::vector<Operation> catalog = {USDTUNE_OPERATIONS(USDTUNE_ENTRY)};
#undef USDTUNE_ENTRY
    return catalog;
}

const Operation* findOp(std::string_view key) {
    const auto catalog = opCatalog();
    const auto found =
        std::find_if(catalog.begin(), catalog.end(), [&](const Operation& op) { return op.descriptor.key == key; });
    return found == catalog.end() ? nullptr : &*found;
}

}  // namespace usdtune
