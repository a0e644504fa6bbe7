// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <vector>

#include "usdtune/render/camera.h"

namespace usdtune {

enum class LightKind : uint8_t { Distant, Sphere, Rect };

/// A light in world space, as seen from one place at its middle: no soft shadows.
struct Light {
    LightKind kind = LightKind::Distant;
    Vec3d position{{0, 0, 0}};
    Vec3d toward{{0, 0, -1}};   ///< the way it shines (distant, rect): unit
    Vec3f strength{{1, 1, 1}};  ///< irradiance it gives straight on: a distant one anywhere, others at distance 1
    double coneCosine = -1;     ///< of `shaping:cone:angle`; -1 shines everywhere
    bool shadows = true;
};

/// What a place receives of one light.
struct LightSample {
    Vec3d toLight;  ///< unit
    double distance = std::numeric_limits<double>::infinity();
    Vec3f irradiance{{0, 0, 0}};  ///< straight on
};

LightSample sampleLight(const Light& light, const Vec3d& place);

/// All that lights a picture: lights, and one radiance from above and another from below.
struct LightRig {
    std::vector<Light> lights;
    Vec3f above{{0, 0, 0}}, below{{0, 0, 0}};
    Vec3d up{{0, 1, 0}};

    bool empty() const { return lights.empty() && above == Vec3f{} && below == Vec3f{}; }
};

/// A key light over the viewer's left shoulder and soft light from everywhere: every surface that is seen is lit, and
/// neighbouring faces are told apart. Casts no shadows.
LightRig defaultLights(const Camera& camera, const Vec3d& worldUp);

/// The lights of the scene by UsdLux in simple form: distant, dome (its mean colour from everywhere), sphere, disk,
/// rect and cylinder (from their middle). Intensity, exposure, colour, colour temperature, normalize and the shaping
/// cone count; textures, links and filters do not. Empty when the scene has none that is visible.
LightRig stageLights(const Scene& scene, TimeCode time = {});

}  // namespace usdtune
