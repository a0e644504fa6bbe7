// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/camera.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "usdtune/scene/occurrences.h"

namespace usdtune {

namespace {

/// UsdGeomCamera's fallbacks: a 35 mm film back behind a 50 mm lens.
constexpr double kHorizontalAperture = 20.955, kVerticalAperture = 15.2908, kFocalLength = 50, kNear = 1, kFar = 1e6;
constexpr double kTenthOfUnit = 0.1;
/// Vertical angle of a view that we choose ourselves.
constexpr double kFramingFov = 35.0 * std::numbers::pi / 180;
constexpr double kRoomAround = 1.06;

Vec3d unit(const Vec3d& v) { return v * (1.0 / length(v)); }

}  // namespace

CameraRay rayThrough(const Camera& camera, double x, double y) {
    const double right = camera.offsetX + x * camera.halfWidth, up = camera.offsetY + y * camera.halfHeight;
    const Vec3d aside = camera.right * right + camera.up * up;
    CameraRay ray;
    if (camera.orthographic) {
        ray.origin = camera.eye + aside;
        ray.direction = camera.forward;
        ray.nearest = camera.nearDistance;
        ray.farthest = camera.farDistance;
        return ray;
    }
    const Vec3d toward = camera.forward + aside;
    const double stretch = length(toward);
    ray.origin = camera.eye;
    ray.direction = toward * (1 / stretch);
    ray.nearest = camera.nearDistance * stretch;
    ray.farthest = camera.farDistance * stretch;
    return ray;
}

std::optional<Vec2d> projected(const Camera& camera, const Vec3d& point) {
    const Vec3d way = point - camera.eye;
    const double depth = dot(way, camera.forward);
    if (!camera.orthographic && !(depth > 0)) return {};
    const double scale = camera.orthographic ? 1 : 1 / depth;
    return Vec2d{{(dot(way, camera.right) * scale - camera.offsetX) / camera.halfWidth,
                  (dot(way, camera.up) * scale - camera.offsetY) / camera.halfHeight}};
}

Camera conformed(Camera camera, double aspect) {
    if (camera.halfWidth < camera.halfHeight * aspect)
        camera.halfWidth = camera.halfHeight * aspect;
    else
        camera.halfHeight = camera.halfWidth / aspect;
    return camera;
}

Result<Camera> cameraOf(const Scene& scene, PrimId prim, const Matrix4d& world, TimeCode time) {
    const auto broken = [&](const std::string& what) {
        return Error{std::string(scene.path(prim)) + ": " + what + ", so nothing can be seen through this camera."};
    };
    Camera camera;
    const Vec3d right = world.transformVector({{1, 0, 0}}), up = world.transformVector({{0, 1, 0}}),
                back = world.transformVector({{0, 0, 1}});
    const double sizes[] = {length(right), length(up), length(back)};
    for (const double size : sizes)
        if (!std::isfinite(size) || size <= 0) return broken("its transform has no three directions");
    camera.eye = world.transformPoint({{0, 0, 0}});
    camera.right = unit(right);
    camera.up = unit(up);
    camera.forward = unit(-back);

    const double wide = numberAt(scene, prim, "horizontalAperture", kHorizontalAperture, time),
                 high = numberAt(scene, prim, "verticalAperture", kVerticalAperture, time),
                 focal = numberAt(scene, prim, "focalLength", kFocalLength, time);
    camera.orthographic = tokenAt(scene, prim, "projection", "perspective", time) == "orthographic";
    if (!(wide > 0 && high > 0) || !std::isfinite(wide * high)) return broken("its aperture is not a positive size");
    if (!camera.orthographic && !(focal > 0 && std::isfinite(focal))) return broken("its focal length is not positive");
    const double scale = camera.orthographic ? kTenthOfUnit : 1 / focal;
    camera.halfWidth = wide / 2 * scale;
    camera.halfHeight = high / 2 * scale;
    camera.offsetX = numberAt(scene, prim, "horizontalApertureOffset", 0, time) * scale;
    camera.offsetY = numberAt(scene, prim, "verticalApertureOffset", 0, time) * scale;

    double range[] = {kNear, kFar};
    readReals(valueAt(scene, prim, "clippingRange", time).value, range);
    camera.nearDistance = range[0];
    camera.farDistance = range[1];
    if (!(camera.nearDistance < camera.farDistance)) return broken("its clipping range is empty");
    return camera;
}

std::vector<StageCamera> stageCameras(const Scene& scene, TimeCode time) {
    std::vector<StageCamera> out;
    const TokenId type = scene.tokens().find("Camera");
    if (!type.valid()) return out;
    walkOccurrences(
        scene,
        [&](const Occurrence& at) {
            if (scene.prim(at.prim).typeName == type) out.push_back({std::string(at.path), at.prim, at.world});
        },
        time);
    return out;
}

Camera framing(const Bounds& bounds, const Vec3d& direction, const Vec3d& worldUp, double aspect) {
    Camera camera;
    camera.forward = unit(direction);
    Vec3d right = cross(camera.forward, worldUp);
    if (length(right) < 1e-6) right = cross(camera.forward, Vec3d{{worldUp[1], worldUp[2], worldUp[0]}});
    camera.right = unit(right);
    camera.up = cross(camera.right, camera.forward);
    camera.halfHeight = std::tan(kFramingFov / 2);
    camera.halfWidth = camera.halfHeight * aspect;
    if (bounds.empty()) {
        camera.eye = camera.forward * -1.0;
        return camera;
    }
    // As near as every corner of the box still lets: exact, where a sphere around it would leave flat things small.
    const Vec3d middle = bounds.center();
    double lowX = 1e300, highX = -1e300, lowY = 1e300, highY = -1e300;
    std::array<Vec3d, 8> corners;
    for (size_t i = 0; i < corners.size(); ++i)
        for (size_t axis = 0; axis < 3; ++axis)
            corners[i][axis] = ((i >> axis) & 1 ? bounds.max[axis] : bounds.min[axis]) - middle[axis];
    for (const Vec3d& corner : corners) {
        lowX = std::min(lowX, dot(corner, camera.right));
        highX = std::max(highX, dot(corner, camera.right));
        lowY = std::min(lowY, dot(corner, camera.up));
        highY = std::max(highY, dot(corner, camera.up));
    }
    const double aside = (lowX + highX) / 2, above = (lowY + highY) / 2;
    double distance = bounds.diagonal() * 1e-3;
    for (const Vec3d& corner : corners) {
        const double deep = dot(corner, camera.forward);
        distance = std::max(distance, std::abs(dot(corner, camera.right) - aside) / camera.halfWidth - deep);
        distance = std::max(distance, std::abs(dot(corner, camera.up) - above) / camera.halfHeight - deep);
    }
    distance = std::max(distance * kRoomAround, bounds.diagonal() * 0.05);
    if (!(distance > 0)) distance = 1;
    camera.eye = middle + camera.right * aside + camera.up * above - camera.forward * distance;
    return camera;
}

}  // namespace usdtune
