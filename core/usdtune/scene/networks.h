// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "usdtune/scene/materials.h"

namespace usdtune {

/// A name for (authored path, resolved path, layer): assets count as the same when their names are equal.
using AssetNaming = std::function<std::string(std::string_view, std::string_view, LayerId)>;

/// Reads one material's network from its outputs: fills everything of Material but `specializes`.
/// `shared` holds what is the same for all materials of a scene. Safe to call for many materials at once.
class NetworkReader {
public:
    explicit NetworkReader(const Scene& scene);
    Material read(PrimId material) const;
    /// The network hash with assets told by `naming`, for comparing networks of two scenes.
    Hash128 networkHash(PrimId material, const AssetNaming& naming) const;

private:
    struct Walk;
    Hash128 authoredHash(PrimId material) const;

    const Scene& scene_;
    TokenId colorSpace_, renderType_, sdrMetadata_, varname_, infoId_, implementationSource_;
};

}  // namespace usdtune
