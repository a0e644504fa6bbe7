// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "usdtune/verify/asset_names.h"
#include "usdtune/verify/drawn.h"
#include "usdtune/verify/scene_diff.h"

namespace usdtune {

/// Compares two occurrences of meshes: surface by correspondence within ε (+ tolerance), facing, subdivision cage,
/// normals, primvars that a renderer reads, subsets with their materials. Differences are appended, distance in metres.
void diffMeshes(const Scene& sceneA, const Drawn& a, const Scene& sceneB, const Drawn& b, const AssetNames& assets,
                const DiffOptions& options, std::vector<Difference>& out);

}  // namespace usdtune
