// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "usdtune/scene/scene.h"

namespace usdtune {

/// Whole paths of composed properties whose metadata may hold asset paths (in dictionaries), in row order. Lets the
/// author move such paths without asking every property for its fields.
std::vector<std::string> propertiesWithAssetMetadata(const Scene& scene);

}  // namespace usdtune
