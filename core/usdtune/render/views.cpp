// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/views.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

namespace usdtune {

namespace {

constexpr double kDegree = std::numbers::pi / 180;
constexpr double kRingElevation = 24 * kDegree;
/// What is farther from the middle than this many times the reach of nine tenths of all things stands apart.
constexpr double kApart = 4;
constexpr uint32_t kProbeWidth = 48, kProbeHeight = 36;
/// A prim is hidden in a close-up where less than this share of what could be seen of it is.
constexpr double kHidden = 0.25;
constexpr std::array<const char*, 8> kCompass{"east", "north-east", "north", "north-west",
                                              "west", "south-west", "south", "south-east"};

Vec3d worldUp(const Scene& scene) { return scene.stage().upAxis == 'Z' ? Vec3d{{0, 0, 1}} : Vec3d{{0, 1, 0}}; }

void addCorners(const Bounds& box, std::vector<Vec3d>& out) {
    for (size_t i = 0; i < 8; ++i) {
        Vec3d& corner = out.emplace_back();
        for (size_t axis = 0; axis < 3; ++axis) corner[axis] = (i >> axis) & 1 ? box.max[axis] : box.min[axis];
    }
}

/// Looking from a compass direction (0 is +X; 90° is +Y for Z-up stages and -Z for Y-up ones), `elevation` above.
Vec3d lookingFrom(const Scene& scene, double azimuth, double elevation) {
    const double x = std::cos(azimuth) * std::cos(elevation), y = std::sin(azimuth) * std::cos(elevation),
                 z = std::sin(elevation);
    return scene.stage().upAxis == 'Z' ? Vec3d{{-x, -y, -z}} : Vec3d{{-x, -z, y}};
}

class Chooser {
public:
    Chooser(const Scene& scene, const RayScene& rays, const ViewOptions& options)
        : scene_(scene), rays_(rays), list_(rays.list()), options_(options) {}

    std::vector<View> choose() {
        if (list_.items.empty()) return {};
        throughCameras();
        if (views_.empty()) around();
        for (const std::string& path : options_.closeups)
            if (closeups_ < options_.closeupLimit) closeUp(path);
        return std::move(views_);
    }

private:
    void throughCameras() {
        for (const StageCamera& found : stageCameras(scene_, options_.time)) {
            if (views_.size() == options_.cameraLimit) return;
            const Result<Camera> camera = cameraOf(scene_, found.prim, found.world, options_.time);
            if (!camera) continue;
            const Camera view = conformed(camera.value(), options_.aspect);
            if (!seesAnything(view)) continue;
            views_.push_back({"camera-" + std::to_string(views_.size() + 1), "Through " + found.path,
                              "The stage has this camera.", found.path, view});
        }
    }

    bool seesAnything(const Camera& camera) {
        for (uint32_t y = 0; y < kProbeHeight; ++y)
            for (uint32_t x = 0; x < kProbeWidth; ++x)
                if (rays_.blocked(probe(camera, x, y))) return true;
        return false;
    }

    static CameraRay probe(const Camera& camera, uint32_t x, uint32_t y) {
        return rayThroughPixel(camera, kProbeWidth, kProbeHeight, x + 0.5, y + 0.5);
    }

    void around() {
        std::vector<Vec3d> most, all;
        const Vec3d middle = rays_.middle();
        size_t left = 0;
        for (const DrawnItem& item : list_.items) {
            const Bounds box = list_.boundsOf(item);
            addCorners(box, all);
            if (std::max(length(box.max - middle), length(box.min - middle)) <= kApart * rays_.radius())
                addCorners(box, most);
            else
                ++left;
        }
        for (size_t i = 0; i < options_.ringCount; ++i) {
            // Off the axes, so that two sides and the top of a box are seen.
            const double azimuth =
                (-50 + 360.0 * static_cast<double>(i) / static_cast<double>(options_.ringCount)) * kDegree;
            const auto compass = static_cast<size_t>(std::lround(azimuth / (45 * kDegree)) + 8) % 8;
            views_.push_back(
                {"ring-" + std::to_string(i + 1), std::string("From the ") + kCompass[compass] + ", above",
                 left == 0 ? "One of a ring of views around everything."
                           : "One of a ring of views around everything but what stands far off.",
                 "", framing(most, lookingFrom(scene_, azimuth, kRingElevation), worldUp(scene_), options_.aspect)});
        }
        if (left > 0)
            views_.push_back(
                {"everything", "Everything, with what stands far off",
                 std::to_string(left) + " of " + std::to_string(list_.items.size()) + " things stand far off the rest.",
                 "",
                 framing(all, lookingFrom(scene_, -50 * kDegree, kRingElevation), worldUp(scene_), options_.aspect)});
    }

    void closeUp(const std::string& path) {
        Bounds box;
        std::vector<bool> wanted(list_.names.size());
        for (const DrawnItem& item : list_.items) {
            const std::string& name = list_.names[item.name];
            if (!name.starts_with(path) || (name.size() > path.size() && name[path.size()] != '/')) continue;
            wanted[item.name] = true;
            box.add(list_.boundsOf(item));
        }
        if (box.empty()) return;
        // Some room around, so that it is seen where it belongs.
        const Vec3d room = (box.max - box.min) * 0.25;
        std::vector<Vec3d> wide;
        addCorners({box.min - room, box.max + room}, wide);
        Camera best;
        size_t bestSeen = 0, bestAlone = 1;
        for (size_t i = 0; i < 8; ++i) {
            const double azimuth = (-50 + 45.0 * static_cast<double>(i)) * kDegree;
            const double elevation = (i % 2 == 0 ? 24 : 50) * kDegree;
            const Camera camera =
                framing(wide, lookingFrom(scene_, azimuth, elevation), worldUp(scene_), options_.aspect);
            size_t seen = 0, alone = 0;
            count(camera, wanted, seen, alone);
            if (i == 0 || seen > bestSeen) {
                best = camera;
                bestSeen = seen;
                bestAlone = std::max<size_t>(alone, 1);
            }
        }
        const bool hidden = static_cast<double>(bestSeen) < kHidden * static_cast<double>(bestAlone) || bestSeen == 0;
        if (hidden) best.nearDistance = std::max(0.0, nearestOf(best, wide));
        const size_t number = ++closeups_;
        views_.push_back({"closeup-" + std::to_string(number), "Close up: " + path,
                          hidden ? "Changed by a step; what stands in the way is cut away." : "Changed by a step.", "",
                          best});
    }

    /// Rays that meet the prim first, and rays that meet it at all once what is before its box is cut away.
    void count(const Camera& camera, const std::vector<bool>& wanted, size_t& seen, size_t& alone) {
        for (uint32_t y = 0; y < kProbeHeight; ++y)
            for (uint32_t x = 0; x < kProbeWidth; ++x) {
                CameraRay ray = probe(camera, x, y);
                for (size_t layer = 0; layer < 8; ++layer) {
                    rays_.nearest(ray, hits_);
                    if (hits_.empty()) break;
                    const bool met = std::any_of(hits_.begin(), hits_.end(), [&](const SurfaceHit& hit) {
                        return wanted[list_.items[hit.item].name];
                    });
                    if (met) {
                        ++alone;
                        seen += layer == 0 ? 1 : 0;
                        break;
                    }
                    ray.nearest = rays_.behind(ray, hits_);
                }
            }
    }

    static double nearestOf(const Camera& camera, const std::vector<Vec3d>& points) {
        double nearest = std::numeric_limits<double>::infinity();
        for (const Vec3d& point : points) nearest = std::min(nearest, dot(point - camera.eye, camera.forward));
        return nearest;
    }

    const Scene& scene_;
    const RayScene& rays_;
    const DrawList& list_;
    const ViewOptions& options_;
    std::vector<View> views_;
    std::vector<SurfaceHit> hits_;
    size_t closeups_ = 0;
};

}  // namespace

std::vector<View> chooseViews(const Scene& scene, const RayScene& rays, const ViewOptions& options) {
    return Chooser(scene, rays, options).choose();
}

nlohmann::json toJson(const std::vector<View>& views) {
    nlohmann::json out = nlohmann::json::array();
    for (const View& view : views)
        out.push_back({{"name", view.name},
                       {"title", view.title},
                       {"why", view.why},
                       {"path", view.path.empty() ? nlohmann::json() : nlohmann::json(view.path)},
                       {"camera", toJson(view.camera)}});
    return out;
}

}  // namespace usdtune
