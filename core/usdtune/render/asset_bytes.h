// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "usdtune/base/result.h"

namespace usdtune {

/// The bytes at a resolved asset path: those of a file, or of a member of a package as `x.usdz[textures/a.png]`, and of
/// packages in packages as `a.usdz[b.usdz[c.png]]`. Members lie uncompressed, as packages of USD demand; others are
/// refused with a sentence. Only the bytes asked for and a package's table of contents are read.
Result<std::vector<std::byte>> readAsset(std::string_view resolvedPath);

/// Whether there is something to read at that path, by name only.
bool assetExists(std::string_view resolvedPath);

/// The path of `relative` (as authored) beside the layer at `layerPath`, which may itself lie in a package.
std::string besideLayer(std::string_view layerPath, std::string_view relative);

}  // namespace usdtune
