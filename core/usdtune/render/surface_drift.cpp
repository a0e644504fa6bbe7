// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/surface_drift.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "usdtune/spatial/triangle_bvh.h"

namespace usdtune {

namespace {

/// A picture keeps depths in float32.
constexpr double kDepthGrain = 2.4e-7;

/// Every triangle that is drawn under a name, in world space.
TriangleBvh surfaceNamed(const DrawList& list, uint32_t name) {
    std::vector<Vec3d> points;
    std::vector<TriangleCorners> triangles;
    for (const DrawnItem& item : list.items) {
        if (item.name != name || list.shapes[item.shape].isStrands) continue;
        const Tessellation& surface = list.shapes[item.shape].surface;
        const auto first = static_cast<uint32_t>(points.size());
        for (const Vec3f& point : surface.points) points.push_back(item.world.transformPoint(toDouble(point)));
        for (const auto& [i, j, k] : surface.triangles) triangles.push_back({first + i, first + j, first + k});
    }
    return {points, triangles};
}

/// The place of a name in a sorted list; nothing when it is not there.
std::optional<uint32_t> placeOf(const std::vector<std::string>& sorted, const std::string& name) {
    const auto found = std::lower_bound(sorted.begin(), sorted.end(), name);
    if (found == sorted.end() || *found != name) return {};
    return static_cast<uint32_t>(found - sorted.begin());
}

Vec3d placeSeen(const Picture& picture, const Camera& camera, size_t at) {
    const auto x = static_cast<double>(at % picture.width), y = static_cast<double>(at / picture.width);
    const CameraRay ray = rayThroughPixel(camera, picture.width, picture.height, x + 0.5, y + 0.5);
    return ray.origin + ray.direction * distanceAtDepth(camera, ray, picture.depth[at]);
}

}  // namespace

std::vector<float> surfaceDrift(const RayScene& sceneA, const Picture& a, const RayScene& sceneB, const Camera& camera,
                                const std::vector<std::string>& names, const Context& context) {
    std::vector<float> out(a.prim.size(), 0.0f);
    std::map<uint32_t, std::vector<size_t>> pixelsOf;
    for (const std::string& name : names)
        if (const auto place = placeOf(sceneA.list().names, name)) pixelsOf[*place + 1];
    for (size_t at = 0; at < a.prim.size(); ++at)
        if (const auto found = pixelsOf.find(a.prim[at]); found != pixelsOf.end()) found->second.push_back(at);
    for (const auto& [id, pixels] : pixelsOf) {
        const auto other = placeOf(sceneB.list().names, sceneA.list().names[id - 1]);
        if (!other || pixels.empty()) continue;
        const TriangleBvh surface = surfaceNamed(sceneB.list(), *other);
        if (surface.size() == 0) continue;
        std::vector<Vec3d> places;
        for (const size_t at : pixels) places.push_back(placeSeen(a, camera, at));
        std::vector<TriangleBvh::Closest> found(places.size());
        surface.closestPoints(places, found, context);
        for (size_t i = 0; i < pixels.size(); ++i)
            if (found[i].distance > sceneA.grain(a.depth[pixels[i]]) + kDepthGrain * std::abs(a.depth[pixels[i]]))
                out[pixels[i]] = static_cast<float>(found[i].distance);
    }
    return out;
}

}  // namespace usdtune
