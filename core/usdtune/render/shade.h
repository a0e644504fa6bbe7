// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usdtune/render/lights.h"
#include "usdtune/render/ray_scene.h"

namespace usdtune {

/// What a hit looks like before light falls on it.
struct ShadedSurface {
    SurfaceLook look;
    Vec3d normal;  ///< shading normal, unit, to the viewer's side for double-sided surfaces
    uint32_t material = DrawList::kNoMaterial;
    uint32_t face = 0;        ///< authored face
    bool fromBehind = false;  ///< the back of a surface that is not double-sided
    bool cutOut = false;      ///< opacityThreshold removes it here
};

/// Reads primvars, material and normal at a hit. `pixelSize` is the width of a pixel there, in stage units, by which
/// textures are filtered; 0 for the finest.
ShadedSurface shadedSurface(const DrawList& list, const SurfaceHit& hit, const CameraRay& ray, double pixelSize);

/// Linear radiance to the viewer: Lambert and GGX (Walter et al. 2007) under lights, Karis' fit of the environment's
/// part (Physically Based Shading on Mobile, 2014) under light from everywhere. `scene` answers for shadows.
Vec3f litBy(const LightRig& rig, const ShadedSurface& surface, const Vec3d& place, const CameraRay& ray,
            const RayScene& scene);

}  // namespace usdtune
