// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "usdtune/base/result.h"
#include "usdtune/example/assembler.h"
#include "usdtune/scene/scene.h"

namespace usdtune::example {

struct PlantOptions {
    uint64_t meshes = 2000;  ///< Mesh prims, exactly; at least plantMinimumMeshes()
    uint64_t seed = 1;
    bool broken = false;  ///< also plant one reference to a file that does not exist
};

/// A made-up plant as a naive converter would write it.
struct Plant {
    SceneTables tables;                     ///< everything but what variants hold
    std::vector<VariantOpinions> variants;  ///< by prim in row order, then variant
    Planted planted;
    std::string truth;  ///< what was planted, as a JSON document (docs/notes/plant.md)
};

/// Meshes of a plant that shows each feature once.
uint64_t plantMinimumMeshes();

/// The plant of these options: the same rows on every machine. Areas of 200 meshes repeat, each with every feature,
/// so that the mix is the same at any size from 200 on; the last area is cut and filled up with pipe supports.
/// O(meshes) in time and memory, about 10 KB each.
Result<Plant> makePlant(const PlantOptions& options,
                        std::shared_ptr<TokenTable> tokens = std::make_shared<TokenTable>());

}  // namespace usdtune::example
