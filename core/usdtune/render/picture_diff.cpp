// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/picture_diff.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "usdtune/base/parallel.h"
#include "usdtune/render/shade.h"

namespace usdtune {

namespace {

constexpr double kAside = 0.02;  ///< pixels
constexpr size_t kAround = 8;
constexpr uint32_t kNothing = 0;

/// Names of one picture as numbers of the other one's.
std::vector<uint32_t> inOther(const std::vector<std::string>& names, const std::vector<std::string>& other) {
    std::vector<uint32_t> out(names.size() + 1, kNothing);
    for (size_t i = 0; i < names.size(); ++i) {
        const auto found = std::lower_bound(other.begin(), other.end(), names[i]);
        out[i + 1] = found != other.end() && *found == names[i] ? static_cast<uint32_t>(1 + (found - other.begin()))
                                                                : DrawList::kNoMaterial;
    }
    return out;
}

/// What one ray may be said to see first: everything that lies in the nearest surface that is not cut out.
struct Sight {
    uint32_t prim = kNothing, material = kNothing;
    double depth = std::numeric_limits<double>::infinity();
};

class Asker {
public:
    Asker(const RayScene& scene, const Camera& camera, const Picture& picture)
        : scene_(scene), camera_(camera), picture_(picture) {}

    /// Around the middle of a pixel, and in it.
    void around(uint32_t x, uint32_t y, std::vector<Sight>& sights) const {
        sights.clear();
        for (size_t i = 0; i <= kAround; ++i) {
            const double angle = 2 * std::numbers::pi * static_cast<double>(i) / kAround,
                         far = i == kAround ? 0 : kAside;
            const double px = x + 0.5 + far * std::cos(angle), py = y + 0.5 + far * std::sin(angle);
            ask(rayThrough(camera_, 2 * px / picture_.width - 1, 1 - 2 * py / picture_.height), sights);
        }
    }

private:
    void ask(CameraRay ray, std::vector<Sight>& sights) const {
        std::vector<SurfaceHit> hits;
        const DrawList& list = scene_.list();
        for (size_t layer = 0; layer < kMostLayers; ++layer) {
            scene_.nearest(ray, hits);
            if (hits.empty()) break;
            bool any = false;
            for (const SurfaceHit& hit : hits) {
                const ShadedSurface surface = shadedSurface(list, hit, ray, 0);
                if (surface.cutOut || surface.look.opacity <= 0) continue;
                any = true;
                sights.push_back(
                    {1 + list.items[hit.item].name,
                     surface.material == DrawList::kNoMaterial ? kNothing : 1 + list.materialNames[surface.material],
                     hit.distance * dot(ray.direction, camera_.forward)});
            }
            if (any) return;
            ray.nearest = scene_.behind(ray, hits);
        }
        sights.push_back({});
    }

    const RayScene& scene_;
    const Camera& camera_;
    const Picture& picture_;
};

constexpr std::array<std::array<float, 3>, 5> kHeat{{{0.05f, 0.03f, 0.20f},
                                                     {0.42f, 0.06f, 0.50f},
                                                     {0.86f, 0.25f, 0.35f},
                                                     {0.98f, 0.65f, 0.20f},
                                                     {0.99f, 0.99f, 0.75f}}};

uint8_t dimmed(uint8_t value) { return static_cast<uint8_t>(value / 4 + 16); }

}  // namespace

PictureDifference comparePictures(const RayScene& sceneA, const Picture& a, const RayScene& sceneB, const Picture& b,
                                  const Camera& camera, const Context& context) {
    USDTUNE_ASSERT(a.width == b.width && a.height == b.height, "pictures of one view have one size");
    const std::vector<uint32_t> prims = inOther(sceneA.list().names, sceneB.list().names),
                                materials = inOther(sceneA.list().materialNameTexts, sceneB.list().materialNameTexts);
    const Asker askA(sceneA, camera, a), askB(sceneB, camera, b);
    PictureDifference out;
    out.marks.resize(a.prim.size());
    out.depth.resize(a.prim.size());
    std::vector<uint8_t> deep(a.prim.size());
    parallelFor(
        context, a.height,
        [&](size_t row) {
            std::vector<Sight> sightsA, sightsB;
            const auto y = static_cast<uint32_t>(row);
            for (uint32_t x = 0; x < a.width; ++x) {
                const size_t at = a.at(x, y);
                if (a.prim[at] == kNothing && b.prim[at] == kNothing) continue;
                const uint32_t primA = prims[a.prim[at]], materialA = materials[a.material[at]];
                const bool samePrim = primA == b.prim[at], sameMaterial = materialA == b.material[at];
                const double grain = 8 * std::max(sceneA.grain(a.depth[at]), sceneB.grain(b.depth[at]));
                double apart = samePrim ? std::abs(static_cast<double>(a.depth[at]) - b.depth[at]) : 0;
                if (samePrim && sameMaterial && apart <= grain) {
                    out.depth[at] = 0;
                    continue;
                }
                askA.around(x, y, sightsA);
                askB.around(x, y, sightsB);
                for (Sight& sight : sightsA) {
                    sight.prim = prims[sight.prim];
                    sight.material = materials[sight.material];
                }
                const auto shows = [](const std::vector<Sight>& sights, uint32_t prim, uint32_t material) {
                    bool anyPrim = false, both = false;
                    for (const Sight& sight : sights) {
                        anyPrim = anyPrim || sight.prim == prim;
                        both = both || (sight.prim == prim && sight.material == material);
                    }
                    return std::pair(anyPrim, both);
                };
                const auto [primInB, bothInB] = shows(sightsB, primA, materialA);
                const auto [primInA, bothInA] = shows(sightsA, b.prim[at], b.material[at]);
                if (!samePrim || !sameMaterial) {
                    out.marks[at] = bothInA && bothInB ? 1 : primInA && primInB ? 2 : 3;
                    if (!samePrim || out.marks[at] == 1) continue;
                }
                const auto closest = [](const std::vector<Sight>& sights, uint32_t prim, double depth) {
                    double least = std::numeric_limits<double>::infinity();
                    for (const Sight& sight : sights)
                        if (sight.prim == prim) least = std::min(least, std::abs(sight.depth - depth));
                    return least;
                };
                apart = std::min(apart, std::max(closest(sightsB, b.prim[at], a.depth[at]),
                                                 closest(sightsA, b.prim[at], b.depth[at])));
                if (apart > grain) {
                    out.depth[at] = static_cast<float>(apart);
                    deep[at] = 1;
                }
            }
        },
        4);
    for (size_t at = 0; at < a.prim.size(); ++at) {
        out.compared += a.prim[at] != kNothing || b.prim[at] != kNothing;
        out.ties += out.marks[at] == 1;
        out.materialsDiffer += out.marks[at] == 2;
        out.primsDiffer += out.marks[at] == 3;
        out.depthsDiffer += deep[at];
        out.depthLargest = std::max(out.depthLargest, static_cast<double>(out.depth[at]));
    }
    return out;
}

nlohmann::json toJson(const PictureDifference& difference) {
    return {{"compared", difference.compared},
            {"prims_differ", difference.primsDiffer},
            {"materials_differ", difference.materialsDiffer},
            {"ties", difference.ties},
            {"depths_differ", difference.depthsDiffer},
            {"depth_largest", difference.depthLargest}};
}

Image8 markImage(const PictureDifference& difference, const Picture& under) {
    Image8 out = colourImage(under);
    constexpr uint8_t colours[4][3] = {{0, 0, 0}, {150, 150, 150}, {240, 200, 40}, {235, 30, 160}};
    for (size_t at = 0; at < difference.marks.size(); ++at)
        for (size_t k = 0; k < 3; ++k) {
            uint8_t& value = out.pixels[3 * at + k];
            value = difference.marks[at] == 0 ? dimmed(value) : colours[difference.marks[at]][k];
        }
    return out;
}

Image8 heatImage(const std::vector<float>& values, double full, const Picture& under) {
    Image8 out = colourImage(under);
    for (size_t at = 0; at < values.size(); ++at) {
        const bool none = !(values[at] > 0);
        const double place =
            none ? 0 : std::clamp(static_cast<double>(values[at]) / full, 0.0, 1.0) * (kHeat.size() - 1);
        const auto step = std::min(static_cast<size_t>(place), kHeat.size() - 2);
        const auto part = static_cast<float>(place - static_cast<double>(step));
        for (size_t k = 0; k < 3; ++k) {
            uint8_t& value = out.pixels[3 * at + k];
            value = none ? dimmed(value)
                         : static_cast<uint8_t>(255 * (kHeat[step][k] * (1 - part) + kHeat[step + 1][k] * part) + 0.5f);
        }
    }
    return out;
}

}  // namespace usdtune
