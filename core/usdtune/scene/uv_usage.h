// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/scene/incoming_targets.h"
#include "usdtune/scene/selection.h"

namespace usdtune {

/// A texture coordinate set that no material reads, and why it has to stay all the same (empty: it may go).
struct UnusedUvs {
    PropertyId attribute;
    PropertyId indices;  ///< invalid when there is no `:indices` beside it
    std::string_view reason;
};

/// Texture coordinate sets (`primvars:` attributes of the given full names, at most 60) that nothing reads, in row
/// order.
///
/// Read by a prim is what any material asks for that may shade it: resolved for every purpose, through direct,
/// inherited and collection bindings, for the prim and each of its subsets. What a prim reads counts for its ancestors,
/// too, as constant primvars are inherited, and what any image of a prim reads (instances, internal references) for its
/// source. A material reads everything when it cannot be told what it reads: a connected or missing varname, nodes of
/// unknown kinds, a texture whose coordinates are not connected, an asset read outside of a texture node, a dangling
/// binding. O(rows · depth), parallel over rows.
std::vector<UnusedUvs> unusedUvs(const Scene& scene, const Selection& selection, const std::vector<std::string>& names,
                                 const IncomingTargets& incoming, const Context& context);

/// `primvars:st`, `primvars:st0`, `primvars:st1`, `primvars:st2`.
std::vector<std::string> defaultUvNames();

}  // namespace usdtune
