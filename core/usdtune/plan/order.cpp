// SPDX-License-Identifier: Apache-2.0
#include "usdtune/plan/order.h"

#include <algorithm>

namespace usdtune {

const std::vector<OrderInvariant>& orderInvariants() {
    static const std::vector<OrderInvariant> invariants = {
        {"generateNormals", "meshCleanup", "cleanup carries normals along, it does not make them"},
        {"meshCleanup", "deduplicateGeometry", "equal meshes are easier to see once both are clean"},
        {"deduplicateGeometry", "optimizePrimvars", "shared primvars are stored once"},
        {"deduplicateGeometry", "optimizeMaterials", "bindings move to where instances keep them"},
        {"removePrims", "pruneLeaves", "what is removed leaves empty groups behind"},
        {"optimizeMaterials", "pruneLeaves", "merged materials leave empty scopes behind"},
        {"meshCleanup", "computeExtents", "extents are computed from the final points"},
        {"deduplicateGeometry", "computeExtents", "extents are computed from the final points"},
        {"pruneLeaves", "computeExtents", "work on the whole stage comes last"},
    };
    return invariants;
}

size_t canonicalPlace(std::string_view operation) {
    static constexpr std::string_view kOrder[] = {
        "generateNormals", "meshCleanup",       "mergeVertices", "deduplicateGeometry", "optimizePrimvars",
        "removeUnusedUVs", "optimizeMaterials", "removePrims",   "pruneLeaves",         "computeExtents"};
    return static_cast<size_t>(std::find(std::begin(kOrder), std::end(kOrder), operation) - std::begin(kOrder));
}

std::vector<std::string> brokenInvariants(const std::vector<std::string>& chain) {
    std::vector<std::string> out;
    for (const OrderInvariant& invariant : orderInvariants()) {
        const auto later = std::find(chain.begin(), chain.end(), invariant.later);
        const auto earlier = std::find(later, chain.end(), invariant.earlier);
        if (later != chain.end() && earlier != chain.end())
            out.push_back(std::string(invariant.earlier) + " belongs before " + std::string(invariant.later) + ": " +
                          std::string(invariant.because));
    }
    return out;
}

}  // namespace usdtune
