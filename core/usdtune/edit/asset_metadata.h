// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "usdtune/scene/scene.h"

namespace usdtune {

/// Whole paths of composed properties whose metadata may hold asset paths (in dictionaries), in row order.
/// Lets the author move such paths without asking every property for its fields.
std::vector<std::string> propertiesWithAssetMetadata(const Scene& scene);

/// Where the specs of a single own layer may hold asset paths, as whole paths in row order.
struct AssetHolders {
    std::vector<std::string> specs;     ///< prims and properties that may
    std::vector<std::string> subtrees;  ///< prims at and below which the layer says more than the composed rows show:
                                        ///< variants, instances, clips, inactive and unloaded prims; none inside another
};

/// Nothing when there are several own layers, where rows do not tell what each of them says, or relocates. The Scene must be that of
/// the whole stage (no mask). O(rows).
std::optional<AssetHolders> assetHolders(const Scene& scene);

}  // namespace usdtune
