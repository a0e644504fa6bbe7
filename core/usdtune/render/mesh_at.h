// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "usdtune/scene/value_at.h"

namespace usdtune {

/// The view of a mesh at a time code: every array of it that has samples is the one of that time, flags and what does
/// not fit the topology included, as deriveMeshes judges them at the default time. Hashes and bounds stay those of the
/// default time, and primvars theirs: renderPrimvar takes them at a time. `keepers` takes what was interpolated.
Mesh meshAt(const Scene& scene, const Mesh& mesh, double time, std::vector<Keeper>& keepers);

}  // namespace usdtune
