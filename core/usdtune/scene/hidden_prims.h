// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "usdtune/scene/incoming_targets.h"
#include "usdtune/scene/selection.h"

namespace usdtune {

/// A prim that nobody sees or that defines nothing, and why it has to stay all the same (empty: it may go).
struct RemovablePrim {
    PrimId prim;
    std::string_view reason;
};

/// Active imageable prims whose own visibility at the default time is `invisible`, in row order; below cameras, lights
/// and render settings nobody looks. Inherited invisibility does not count.
std::vector<RemovablePrim> invisiblePrims(const Scene& scene, const Selection& selection,
                                          const IncomingTargets& incoming);

/// Topmost overs with nothing defined at or below them, in row order.
std::vector<RemovablePrim> orphanedOvers(const Scene& scene, const Selection& selection,
                                         const IncomingTargets& incoming);

/// Why a prim cannot be taken out of the composed scene with everything below it; empty when it can.
/// Beside the reasons of `whyNotEditable`: `default_prim`, `targeted`, `latent_target`, `arc_source`.
std::string_view whyNotRemovable(const Scene& scene, PrimId prim, const IncomingTargets& incoming);

}  // namespace usdtune
