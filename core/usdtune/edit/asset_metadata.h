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

/// Whole paths of all prims and properties whose specs may hold asset paths, in row order; nothing when the own layers
/// may say more than the composed rows show: several own layers, variant sets, instances, inactive or unloaded prims.
/// The Scene must be that of the whole stage (no mask). O(rows).
std::optional<std::vector<std::string>> assetHolders(const Scene& scene);

}  // namespace usdtune
