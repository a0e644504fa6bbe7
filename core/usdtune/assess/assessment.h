// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "usdtune/base/context.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

/// Every fact of the structure assessment that needs no hierarchy hashing, as the blocks of `sa_report.json`
/// (`stage`, `summary_counts`, `composition`, `instancing`, `hierarchy_dedupe` marked not assessed, `validation_scope`,
/// `flagged_assets`, `phase_recommendation`, `asset_physical_context`, …). `resolvedBytes` is the size on disk of every
/// layer the stage uses. Deterministic; O(rows + points).
nlohmann::json assess(const Scene& scene, uint64_t resolvedBytes, const Context& context);

/// What a traversal of the stage meets, and of meshes and materials also what each prototype holds, once.
struct StoredCounts {
    size_t prims = 0, meshes = 0, materials = 0;
};
StoredCounts storedCounts(const Scene& scene);

}  // namespace usdtune
