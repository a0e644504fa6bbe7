// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "usdtune/scene/materials.h"
#include "usdtune/scene/value.h"

namespace usdtune {

/// A network with the plain numbers of its preview surfaces left out: materials that differ in those alone have one
/// hash and, position by position, the same inputs in `parameters`.
struct ParametricNetwork {
    Hash128 hash;
    /// Literal inputs of UsdPreviewSurface nodes (float, float2, float3, float4, color3f, color4f), in the order in
    /// which a walk meets them, which names of prims have no part in.
    std::vector<PropertyId> parameters;
};

/// What the primvar of that name delivers at the place that is drawn: one scalar, or an empty Value when it delivers
/// nothing or several values there.
using PrimvarLookup = std::function<Value(std::string_view name)>;

/// A name for (authored path, resolved path, layer): assets count as the same when their names are equal.
using AssetNaming = std::function<std::string(std::string_view, std::string_view, LayerId)>;

/// Reads one material's network from its outputs: fills everything of Material but `specializes`.
/// `shared` holds what is the same for all materials of a scene. Safe to call for many materials at once.
class NetworkReader {
public:
    explicit NetworkReader(const Scene& scene);
    Material read(PrimId material) const;
    ParametricNetwork readParametric(PrimId material) const;
    /// The network's hash with every UsdPrimvarReader that `lookup` has a value for replaced by that value: equal to
    /// the `networkHash`, by the same naming, of a material that holds the values itself.
    Hash128 hashAsDrawn(PrimId material, const PrimvarLookup& lookup, const AssetNaming& naming) const;
    /// The network hash with assets told by `naming`, for comparing networks of two scenes.
    Hash128 networkHash(PrimId material, const AssetNaming& naming) const;

private:
    struct Walk;
    Hash128 authoredHash(PrimId material) const;

    const Scene& scene_;
    TokenId colorSpace_, renderType_, sdrMetadata_, varname_, infoId_, implementationSource_;
};

}  // namespace usdtune
