// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usdtune/scene/scene.h"

namespace usdtune {

/// The row behind `resolveBinding`: which binding decides what a prim is drawn with for a purpose, or null for none.
/// The same rules, the same `proxyAncestors`.
const Binding* winningBinding(const Scene& scene, PrimId prim, BindingPurpose purpose,
                              const std::vector<PrimId>& proxyAncestors = {});

}  // namespace usdtune
