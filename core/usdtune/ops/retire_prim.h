// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usdtune/edit/edit.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

/// How a prim leaves the stage; the numbers are those that arguments take.
enum class Retirement : uint8_t { Delete = 1, Deactivate = 2, Hide = 3 };

/// The sentence that does it, with all that stands below.
Edit retire(const Scene& scene, PrimId prim, Retirement how);

/// Whether the prim is inactive, or says itself that it is invisible, already.
bool isRetired(const Scene& scene, PrimId prim, Retirement how);

}  // namespace usdtune
