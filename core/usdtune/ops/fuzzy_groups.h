// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/ops/geometry_groups.h"

namespace usdtune {

struct FuzzyOptions {
    bool allowScaling = false;  ///< also uniformly scaled copies
    bool onlyReshaped = false;  ///< give only groups that the exact comparison does not find as they are
};

/// Why a mesh is only compared point by point, as a stable code; empty when its surface may be compared: what is tied
/// to its own faces and points could not follow another tessellation. `subdivided` · `physics` · `has_subsets` ·
/// `has_holes` · `varying_primvar`.
std::string_view whyNotFuzzy(const Scene& scene, const Mesh& mesh);

/// Joins groups, and meshes in none, whose surfaces lie within the tolerance of each other, whatever their
/// tessellation.
///
/// `groups` is what findGeometryGroups gives for `candidates` and `grouping`. A group joins whole, or not at all: what
/// its members are off by already is taken from the tolerance, so it holds for each. Maps are rotations and, where
/// fronts then look the same way, reflections, with a scale where allowed. Which normals are authored, and how, must
/// agree; their values become the representative's. Surfaces are compared with at most 64 earlier ones of like size.
/// Same groups at any thread count.
std::vector<GeometryGroup> joinFuzzyGroups(const Scene& scene, const std::vector<MeshId>& candidates,
                                           std::vector<GeometryGroup> groups, const GroupingOptions& grouping,
                                           const FuzzyOptions& options, const Context& context);

}  // namespace usdtune
