// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usdtune/edit/drafts.h"

namespace usdtune {

/// Why composition does not allow what the drafts say: a reference inside this target must keep its source, what is
/// composed in place is not followed at all, and a new reference must lead to a plain prim. Nothing when it does.
/// O(arcs × depth), and once per source its rows.
Problem checkArcs(const Scene& scene, const Drafts& drafts);

}  // namespace usdtune
