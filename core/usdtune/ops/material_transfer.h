// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <vector>

#include "usdtune/edit/edit.h"
#include "usdtune/scene/material_groups.h"

namespace usdtune {

/// One number (or colour) that a material used to say, as a primvar for the prims that it draws.
struct TransferredValue {
    TokenId primvar;   ///< `primvars:displayColor`
    TokenId typeName;  ///< of one value: `color3f`
    uint8_t components = 1;
    std::array<float, 4> numbers{};
    /// A renderer takes the same where nobody speaks: authored only where somebody does.
    bool isFallback = false;

    friend bool operator==(const TransferredValue&, const TransferredValue&) = default;
};

struct TransferRequest {
    /// What each material says, in one order of primvars for all of them.
    std::map<MaterialId, std::vector<TransferredValue>> values;
    /// The bindings go, too, so nothing else may come to light behind them.
    bool unbinds = false;
};

struct Transfer {
    std::vector<MaterialId> materials;  ///< those that can hand over everywhere they draw; row order
    std::vector<KeptMaterial> kept;     ///< the others; row order
    std::vector<Edit> edits;            ///< authors the primvars, and removes what would hide them; in row order
    size_t prims = 0;                   ///< that get primvars
};

/// Finds where each material draws, for every purpose, on whole prims and on subsets, through instances, and authors
/// its values there: on the prim that binds it directly, else on what it draws; on a mesh drawn with several materials
/// one value per face. A material hands over only if, afterwards, each place reads exactly its values and nothing that
/// another material or an unbound prim reads changes; otherwise it is kept with a reason:
/// `another_purpose` (other purposes are drawn with something else) · `another_binding_above` (would shine through) ·
/// `overridden_nearer` (a nearer prim speaks for another material) · `drawn_with_several` (one prim, several looks) ·
/// `read_by_others` (somebody else reads the primvars there) · `subset_not_understood` · `composed_elsewhere` ·
/// `animated_primvar` · those of `whyNotEditable`.
/// O(occurrences × depth) per round; each round keeps one material more, few are needed.
Transfer transferToPrims(const Scene& scene, const TransferRequest& request, const PrototypeSources& sources);

}  // namespace usdtune
