// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <type_traits>

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
    bool opacityIsPresence = false;  ///< opacityMode: opacity cuts out shininess as well, as where there is no surface
    float metallic = 0, roughness = 0.5f, opacity = 1, opacityThreshold = 0, ior = 1.5f, clearcoat = 0,
          clearcoatRoughness = 0.01f, occlusion = 1;
};

/// Hands out what a primvar delivers at the place that is shaded: writes up to four floats, tells how many were
/// written, 0 where there is no such primvar. Views a callable `int(TokenId, float*)` that must outlive the call it is
/// given to; costs nothing to make.
class PrimvarAtHit {
public:
    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, PrimvarAtHit> &&
                 std::is_invocable_r_v<int, const std::remove_cvref_t<F>&, TokenId, float*>)
    PrimvarAtHit(const F& function)
        : function_(&function),
          call_([](const void* f, TokenId name, float* out) -> int { return (*static_cast<const F*>(f))(name, out); }) {
    }

    int operator()(TokenId name, float* out) const { return call_(function_, name, out); }

private:
    const void* function_;
    int (*call_)(const void*, TokenId, float*);
};

}  // namespace usdtune
