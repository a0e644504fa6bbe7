// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "usdtune/base/bounds.h"
#include "usdtune/base/result.h"
#include "usdtune/scene/value_at.h"

namespace usdtune {

/// A view of the world, in world space and float64. `right`, `up` and `forward` are unit vectors.
struct Camera {
    Vec3d eye{{0, 0, 0}}, right{{1, 0, 0}}, up{{0, 1, 0}}, forward{{0, 0, -1}};
    bool orthographic = false;
    /// Half of what is seen: at distance 1 for a perspective view, in stage units for an orthographic one.
    double halfWidth = 0.5, halfHeight = 0.5;
    double offsetX = 0, offsetY = 0;  ///< of the middle of the picture, in the same measure
    double nearDistance = 0, farDistance = std::numeric_limits<double>::infinity();  ///< along `forward`
};

/// A ray through a picture: `direction` is a unit vector, distances are along it.
struct CameraRay {
    Vec3d origin, direction;
    double nearest = 0, farthest = std::numeric_limits<double>::infinity();
};

/// Through the place (x, y) of the picture, both from -1 (left, bottom) to 1.
CameraRay rayThrough(const Camera& camera, double x, double y);
/// The same where the place is given in pixels of a picture, from the left and from the top.
CameraRay rayThroughPixel(const Camera& camera, uint32_t width, uint32_t height, double x, double y);
/// How far along a ray its point of this depth is; depths are along `forward`.
double distanceAtDepth(const Camera& camera, const CameraRay& ray, double depth);

/// Where a world point is in the picture, in the same measure; nothing behind the eye.
std::optional<Vec2d> projected(const Camera& camera, const Vec3d& point);

/// Makes the view wider or higher, so that a picture of that aspect shows all of it.
Camera conformed(Camera camera, double aspect);

/// A Camera prim by UsdGeomCamera's rules (apertures and focal length in tenths of a stage unit). `world` is its
/// transform. Values that make no view (an aperture of 0, a broken transform) are a sentence.
Result<Camera> cameraOf(const Scene& scene, PrimId prim, const Matrix4d& world, TimeCode time);

/// A Camera prim as it stands in the scene.
struct StageCamera {
    std::string path;
    PrimId prim;
    Matrix4d world;
};

/// Those that are active, in stage order, through instances.
std::vector<StageCamera> stageCameras(const Scene& scene, TimeCode time = {});

/// Every field by its name in snake case; vectors as lists; an infinite far distance as null.
nlohmann::json toJson(const Camera& camera);
/// The other way. A field that is missing or of another shape is a sentence.
Result<Camera> cameraFromJson(const nlohmann::json& document);

/// Looks along `direction` from as near as shows all of these points with a little room around, in the middle of the
/// picture. `worldUp` is the stage's up axis.
Camera framing(std::span<const Vec3d> points, const Vec3d& direction, const Vec3d& worldUp, double aspect);

}  // namespace usdtune
