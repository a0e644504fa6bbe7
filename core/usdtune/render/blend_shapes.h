// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "usdtune/scene/value_at.h"

namespace usdtune {

/// Moves points, and normals where there is one per point, by the blend shapes of a mesh: `skel:blendShapeTargets` with
/// the weights that `animation` gives their names at a time, inbetweens by UsdSkelBlendShapeQuery's rules. True when a
/// shape with weight is there. A shape that does not fit the mesh is passed over and told in `problem`.
bool applyBlendShapes(const Scene& scene, PrimId mesh, PrimId animation, TimeCode time, std::vector<Vec3f>& points,
                      std::vector<Vec3f>& normals, std::string& problem);

}  // namespace usdtune
