// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "usdtune/render/tessellation.h"

namespace usdtune {

/// Where a skeleton and blend shapes move a mesh.
struct Pose {
    std::vector<Vec3f> points;  ///< in the mesh's own space; empty where nothing moves it
    std::vector<Vec3f>
        normals;  ///< of the authored normals, per point or per corner; empty where there are none to move
    PrimvarRate normalsRate = PrimvarRate::Point;
    std::string problem;  ///< why a binding that is there is not followed, or only in part; a full sentence, or empty
};

/// The pose of a mesh at a time by UsdSkel's rules: blend shapes with their inbetweens first, then skinning by the
/// joints of the bound Skeleton (linear or by dual quaternions), animated by its animation source, at rest where that
/// says nothing. Bindings are inherited and count below a SkelRoot only. Weights are taken as authored, not normalized,
/// as UsdSkel's own queries do. Normals per point or corner move along; uniform and constant ones stay as they are.
///
/// Points are moved back from the skeleton's space, so that the mesh's world transform applies to them as to authored
/// ones. A broken binding poses nothing and says why. O(points × influences + joints). Thread-safe.
Pose poseMesh(const Scene& scene, const Mesh& mesh, TimeCode time);

}  // namespace usdtune
