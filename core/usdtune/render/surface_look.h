// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "usdtune/base/ids.h"
#include "usdtune/base/math.h"

namespace usdtune {

/// What a UsdPreviewSurface amounts to at one place, by its specification; defaults are the specification's.
struct SurfaceLook {
    Vec3f baseColor{{0.18f, 0.18f, 0.18f}};  ///< diffuseColor, linear
    Vec3f emissive{{0, 0, 0}};
    Vec3f specularColor{{0, 0, 0}};  ///< with `usesSpecular` only
    Vec3f normal{{0, 0, 1}};         ///< in tangent space, not normalized
    bool usesSpecular = false;       ///< useSpecularWorkflow
    bool hasNormalMap = false;
    float metallic = 0, roughness = 0.5f, opacity = 1, opacityThreshold = 0, ior = 1.5f, clearcoat = 0,
          clearcoatRoughness = 0.01f, occlusion = 1;
};

/// Hands out what a primvar delivers at the place that is shaded: writes up to four floats, tells how many were
/// written, 0 where there is no such primvar.
using PrimvarAtHit = std::function<int(TokenId name, float* out)>;

}  // namespace usdtune
