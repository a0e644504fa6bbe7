// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "usdtune/example/authored_mesh.h"
#include "usdtune/scene/scene.h"

namespace usdtune::example {

/// What else was planted into one mesh prim.
struct MeshTraits {
    bool baked : 1 = false;              ///< its transform stands in its points
    bool bakedMirror : 1 = false;        ///< ... and mirrors
    bool mirroredTransform : 1 = false;  ///< its own xformOps mirror
    bool leftHanded : 1 = false;
    bool nearDuplicate : 1 = false;
    bool subsets : 1 = false;
    bool subdivided : 1 = false;
    bool skinned : 1 = false;
    bool ownSamples : 1 = false;      ///< an attribute of the mesh prim has time samples
    bool uvRead : 1 = false;          ///< the material bound to the mesh reads `st`
    bool uvReadBySubset : 1 = false;  ///< only the material of a GeomSubset reads `st`
    bool tiny : 1 = false;            ///< longest side above 0 and below 0.001 m
    bool zeroSize : 1 = false;
    bool insideOpaque : 1 = false;  ///< strictly inside a closed opaque shell
    bool insideGlass : 1 = false;   ///< inside a cabinet with a glass front
    bool extentMissing : 1 = false;
    bool extentWrong : 1 = false;
    bool extentStaleZero : 1 = false;  ///< wrong, and zero although the mesh is not
    bool danglingBinding : 1 = false;
    bool latentOpinions : 1 = false;  ///< a variant that is not selected speaks about it
};

struct MeshRecord {
    TokenId path;
    Recipe recipe;
    MeshTraits traits;
    MeshFacts facts;
};

struct MaterialRecord {
    TokenId path;
    uint32_t network = 0;  ///< materials of one network differ in names only
};

/// Everything that was planted, in the order of planting.
struct Planted {
    std::vector<MeshRecord> meshes;
    std::vector<MaterialRecord> materials;
    std::vector<TokenId> emptyLeaves;          ///< topmost prims that pruneLeaves would remove
    std::vector<TokenId> targetedEmptyLeaves;  ///< of these, the ones a relationship points at
    std::vector<TokenId> invisible;            ///< `visibility = invisible` authored here
    std::vector<TokenId> animated;             ///< prims with time samples of their own
    std::vector<TokenId> variantSets;
    std::vector<TokenId> collections;
    std::vector<TokenId> unboundMaterials;
    std::vector<TokenId> missingReferences;
    std::map<std::string, std::vector<TokenId>> assemblies;  ///< equal keys: equal below their roots, names included
};

/// Meshes up to which the truth lists paths beside its counts.
inline constexpr size_t kPathListLimit = 5000;

/// The planted facts as a document: every count with its meaning, counts by rule, and path lists for small plants.
nlohmann::json truthOf(const Planted& planted, const SceneTables& tables);

}  // namespace usdtune::example
