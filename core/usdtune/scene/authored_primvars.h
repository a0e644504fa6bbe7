// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "usdtune/scene/scene.h"

namespace usdtune {

/// The primvars that a prim of any kind authors, sorted by name. Those of a mesh are the mesh view's own.
/// For other kinds `wellFormed` speaks about interpolation and indices only, as their counts are not known here.
/// Attributes without a default value or samples are left out.
std::vector<Primvar> authoredPrimvars(const Scene& scene, PrimId prim);

/// Whether a primvar belongs to skinning (`skel:jointIndices`, …), whose readers have rules of their own.
bool isSkelPrimvar(std::string_view name);

}  // namespace usdtune
