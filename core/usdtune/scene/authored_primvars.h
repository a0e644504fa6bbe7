// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "usdtune/scene/scene.h"

namespace usdtune {

/// The primvars that a prim of any kind authors, sorted by name: those of the mesh view, whose counts were held against
/// the topology, else as they stand.
std::vector<Primvar> authoredPrimvars(const Scene& scene, PrimId prim);

/// Whether a primvar belongs to skinning (`skel:jointIndices`, …), whose readers have rules of their own.
bool isSkelPrimvar(std::string_view name);

/// Types for which fewer values are worth indices; flags and plain integers are as small as an index.
bool isIndexableType(const Value& value);

}  // namespace usdtune
