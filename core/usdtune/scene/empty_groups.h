// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "usdtune/scene/incoming_targets.h"
#include "usdtune/scene/selection.h"

namespace usdtune {

struct EmptyGroupOptions {
    bool ignoreInactive = false;           ///< a group that holds only inactive prims counts as empty
    bool preserveUnloadedPayloads = true;  ///< a payload that was not loaded holds something
};

/// A group that looks empty and stays all the same.
struct KeptGroup {
    PrimId prim;
    std::string_view reason;
};

struct EmptyGroups {
    std::vector<PrimId> roots;    ///< topmost prims of removable subtrees, in row order
    std::vector<KeptGroup> kept;  ///< row order
};

/// Xforms and Scopes with nothing below but the like, that nothing could still need: no metadata, no properties but
/// placement, visibility, purpose and a direct binding, no API schemas, nobody who points at them, no arcs, editable.
/// `scope` selects starting prims; what stands below them belongs to it.
EmptyGroups emptyGroups(const Scene& scene, const Selection& scope, const IncomingTargets& incoming,
                        const EmptyGroupOptions& options);

}  // namespace usdtune
