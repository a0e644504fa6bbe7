// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/camera.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
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

CameraRay rayThroughPixel(const Camera& camera, uint32_t width, uint32_t height, double x, double y) {
    return rayThrough(camera, 2 * x / width - 1, 1 - 2 * y / height);
}

double distanceAtDepth(const Camera& camera, const CameraRay& ray, double depth) {
    return (depth - dot(ray.origin - camera.eye, camera.forward)) / dot(ray.direction, camera.forward);
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

nlohmann::json toJson(const Camera& camera) {
    const auto list = [](const Vec3d& v) { return nlohmann::json(v.v); };
    nlohmann::json out = {{"eye", list(camera.eye)},
                          {"right", list(camera.right)},
                          {"up", list(camera.up)},
                          {"forward", list(camera.forward)},
                          {"orthographic", camera.orthographic},
                          {"half_width", camera.halfWidth},
                          {"half_height", camera.halfHeight},
                          {"offset_x", camera.offsetX},
                          {"offset_y", camera.offsetY},
                          {"near", camera.nearDistance},
                          {"far", nullptr}};
    if (std::isfinite(camera.farDistance)) out["far"] = camera.farDistance;
    return out;
}

Result<Camera> cameraFromJson(const nlohmann::json& document) {
    Camera camera;
    try {
        const auto vector = [&](const char* name) { return Vec3d{document.at(name).get<std::array<double, 3>>()}; };
        camera.eye = vector("eye");
        camera.right = vector("right");
        camera.up = vector("up");
        camera.forward = vector("forward");
        camera.orthographic = document.at("orthographic").get<bool>();
        camera.halfWidth = document.at("half_width").get<double>();
        camera.halfHeight = document.at("half_height").get<double>();
        camera.offsetX = document.at("offset_x").get<double>();
        camera.offsetY = document.at("offset_y").get<double>();
        camera.nearDistance = document.at("near").get<double>();
        if (!document.at("far").is_null()) camera.farDistance = document.at("far").get<double>();
    } catch (const nlohmann::json::exception& problem) {
        return Error{std::string("This is not a camera: ") + problem.what() + "."};
    }
    return camera;
}

Camera framing(std::span<const Vec3d> points, const Vec3d& direction, const Vec3d& worldUp, double aspect) {
    Camera camera;
    camera.forward = unit(direction);
    Vec3d right = cross(camera.forward, worldUp);
    if (length(right) < 1e-6) right = cross(camera.forward, Vec3d{{worldUp[1], worldUp[2], worldUp[0]}});
    camera.right = unit(right);
    camera.up = cross(camera.right, camera.forward);
    camera.halfHeight = std::tan(kFramingFov / 2);
    camera.halfWidth = camera.halfHeight * aspect;
    if (points.empty()) {
        camera.eye = camera.forward * -1.0;
        return camera;
    }
    // A point is seen from eyes in a pyramid that opens backwards from it: the nearest eye that sees all is where the
    // planes that lean on the points meet. About the first point, so that places far from the origin lose nothing.
    const double wide = camera.halfWidth / kRoomAround, high = camera.halfHeight / kRoomAround;
    double left = std::numeric_limits<double>::infinity(), bottom = left, nearest = left;
    double rightmost = -left, top = -left, farthest = -left;
    for (const Vec3d& point : points) {
        const Vec3d from = point - points.front();
        const double x = dot(from, camera.right), y = dot(from, camera.up), z = dot(from, camera.forward);
        rightmost = std::max(rightmost, x - wide * z);
        left = std::min(left, x + wide * z);
        top = std::max(top, y - high * z);
        bottom = std::min(bottom, y + high * z);
        nearest = std::min(nearest, z);
        farthest = std::max(farthest, z);
    }
    double z = std::min((left - rightmost) / (2 * wide), (bottom - top) / (2 * high));
    const double size = std::max({farthest - nearest, nearest - z, 0.0});
    z = std::min(z, nearest - (size > 0 ? 0.02 * size : 1));
    camera.eye = points.front() + camera.right * ((left + rightmost) / 2) + camera.up * ((top + bottom) / 2) +
                 camera.forward * z;
    return camera;
}

}  // namespace usdtune
