// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "usdtune/scene/scene.h"

namespace usdtune {

/// One sentence for each rule by which the two cages are refined differently; what is not authored is the fallback of
/// UsdGeomMesh.
std::vector<std::string> otherSubdivisionRules(const Scene& sceneA, PrimId a, const Scene& sceneB, PrimId b);

/// Whether the authored extent holds the points, up to float noise and `tolerance` (stage units; the mean scale of
/// `world` tells what that is in local ones). True without an extent or finite points.
bool extentHoldsPoints(const Mesh& mesh, const Matrix4d& world, double tolerance);

}  // namespace usdtune
