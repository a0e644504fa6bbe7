// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <vector>

#include "usdtune/scene/networks.h"
#include "usdtune/verify/drawn.h"

namespace usdtune {

/// What one occurrence is shaded with where it is drawn: material networks in which primvar readers are replaced by
/// what they deliver there. A material that holds a number and one that reads the same number from a constant or
/// uniform primvar are one look then. Asked only where networks differ as they are written; not safe for two threads.
class LookAsDrawn {
public:
    LookAsDrawn(const Scene& scene, const Drawn& drawn, AssetNaming naming);

    /// Of the prim as a whole; readers of values that vary over it stay readers.
    MaterialLook whole();
    /// Of one face of a mesh, by the subset that holds it where that binds something.
    MaterialLook onFace(size_t face);
    /// Whether a material of `whole` reads one value per face, so that only `onFace` tells.
    bool variesByFace() const { return variesByFace_; }

private:
    MaterialId materialOf(PrimId part, size_t purpose);
    Hash128 lookOf(PrimId part, size_t purpose, size_t face);
    Value deliveredAt(TokenId primvar, size_t face);
    void findParts();

    const Scene& scene_;
    const Drawn& drawn_;
    NetworkReader reader_;
    AssetNaming naming_;
    std::vector<PrimId> above_;
    std::array<std::vector<PrimId>, 3> partOfFace_;  ///< per purpose; empty until a face is asked for
    std::map<std::pair<PrimId, size_t>, MaterialId> materials_;
    std::map<TokenId, ResolvedPrimvar> primvars_;
    std::map<std::pair<MaterialId, Hash128>, Hash128> looks_;  ///< by material and what its primvars deliver
    bool variesByFace_ = false;
};

}  // namespace usdtune
