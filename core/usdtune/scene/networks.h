// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usdtune/scene/materials.h"

namespace usdtune {

/// Reads one material's network from its outputs: fills everything of Material but `specializes`.
/// `shared` holds what is the same for all materials of a scene. Safe to call for many materials at once.
class NetworkReader {
public:
    explicit NetworkReader(const Scene& scene);
    Material read(PrimId material) const;

private:
    struct Walk;
    Hash128 authoredHash(PrimId material) const;

    const Scene& scene_;
    TokenId colorSpace_, renderType_, sdrMetadata_, varname_, infoId_, implementationSource_;
};

}  // namespace usdtune
