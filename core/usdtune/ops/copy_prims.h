// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "usdtune/edit/edit.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

/// Why a subtree cannot be written down again elsewhere with the Edits there are; empty when it can:
/// `animated` · `opaque` · `has_arcs` · `asset_in_another_layer` (its asset paths are relative to another layer than
/// `into`).
std::string_view whyNotCopied(const Scene& scene, PrimId root, LayerId into);

/// Says the whole subtree of `root` again at `path`: prims, applied schemas, metadata, values, blocks, connections and
/// relationships; targets inside the subtree follow it. The parent of `path` exists by then.
void copyPrims(const Scene& scene, PrimId root, std::string_view path, std::vector<Edit>& edits);

}  // namespace usdtune
