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

constexpr double kLeastAside = 0.02;  ///< pixels
constexpr size_t kAround = 8, kMostCircles = 3;
/// The most pixels that one circle around a middle looks after.
constexpr double kBetweenCircles = 0.25;
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

/// By name: what may be moved how far and still be where it is, by what promises the exact surface. In stage units.
std::vector<double> epsilonsOf(const DrawList& list) {
    std::vector<double> out(list.names.size() + 1);
    for (const DrawnItem& item : list.items) out[item.name + 1] = std::max(out[item.name + 1], item.epsilon);
    return out;
}

/// What one ray may be said to see first: everything that lies in the nearest surface that is not cut out.
struct Sight {
    uint32_t ray = 0;  ///< 0: through the middle of the pixel
    uint32_t prim = kNothing, material = kNothing;
    double depth = std::numeric_limits<double>::infinity();
};

/// What is seen through one pixel and close around it.
struct Sights {
    std::vector<Sight> all;
    uint32_t rays = 0;

    /// Through how many of the rays something is seen that is as asked.
    template <class Is>
    size_t count(const Is& is) const {
        size_t out = 0;
        uint32_t last = rays;
        for (const Sight& sight : all) {
            if (sight.ray == last || !is(sight)) continue;
            last = sight.ray;
            ++out;
        }
        return out;
    }
};

class Asker {
public:
    Asker(const RayScene& scene, const Camera& camera, const Picture& picture)
        : scene_(scene), camera_(camera), picture_(picture) {}

    /// How many pixels to the side what is seen in a pixel's middle may be, given how far it may be moved.
    double aside(uint32_t x, uint32_t y, double epsilon) const {
        const double depth = picture_.depth[picture_.at(x, y)];
        if (!std::isfinite(depth)) return 0;
        const CameraRay ray = through(x + 0.5, y + 0.5);
        const double distance = distanceAtDepth(camera_, ray, depth);
        const double pixel = 2 * std::min(camera_.halfWidth / picture_.width, camera_.halfHeight / picture_.height) *
                             (camera_.orthographic ? 1 : depth);
        return pixel > 0 ? (epsilon + scene_.sideGrain(ray, distance)) / pixel : 0;
    }

    /// In the middle of a pixel and in circles around it, up to `aside` pixels off; surfaces that lie no more than
    /// `apart` behind one another are seen together.
    void around(uint32_t x, uint32_t y, double aside, double apart, Sights& sights) const {
        sights.all.clear();
        sights.rays = 0;
        ask(through(x + 0.5, y + 0.5), apart, sights);
        const auto circles =
            static_cast<size_t>(std::ceil(std::min(aside / kBetweenCircles, static_cast<double>(kMostCircles))));
        for (size_t i = 0; i < circles * kAround; ++i) {
            const double far = aside * static_cast<double>(1 + i / kAround) / static_cast<double>(circles);
            const double angle = 2 * std::numbers::pi * static_cast<double>(i) / kAround;
            ask(through(x + 0.5 + far * std::cos(angle), y + 0.5 + far * std::sin(angle)), apart, sights);
        }
    }

private:
    /// Through a place of the picture, in pixels from the left and from the top.
    CameraRay through(double px, double py) const {
        return rayThroughPixel(camera_, picture_.width, picture_.height, px, py);
    }

    void ask(CameraRay ray, double apart, Sights& sights) const {
        const uint32_t number = sights.rays++;
        std::vector<SurfaceHit> hits;
        const DrawList& list = scene_.list();
        for (size_t layer = 0; layer < kMostLayers; ++layer) {
            scene_.nearest(ray, hits, apart);
            if (hits.empty()) break;
            bool any = false;
            for (const SurfaceHit& hit : hits) {
                const ShadedSurface surface = shadedSurface(list, hit, ray, 0);
                if (surface.cutOut || surface.look.opacity <= 0) continue;
                any = true;
                sights.all.push_back(
                    {number, 1 + list.items[hit.item].name,
                     surface.material == DrawList::kNoMaterial ? kNothing : 1 + list.materialNames[surface.material],
                     hit.distance * dot(ray.direction, camera_.forward)});
            }
            if (any) return;
            ray.nearest = scene_.behind(ray, hits);
        }
        sights.all.push_back({.ray = number});
    }

    const RayScene& scene_;
    const Camera& camera_;
    const Picture& picture_;
};

/// Whether two pictures show the same at a pixel, but for where rays fall. What the middle of one shows, the other must
/// show in the middle or close by. Else it may only be narrower than `aside` there, as a crack is that rounding opens
/// between two prims which touch: most rays around do not see it.
template <class IsFirst, class IsSecond>
bool isTie(const Sights& first, const IsFirst& isFirst, const Sights& second, const IsSecond& isSecond) {
    const bool firstInSecond = second.count(isFirst) > 0, secondInFirst = first.count(isSecond) > 0;
    const auto isNarrow = [](const Sights& sights, const auto& is) { return 4 * sights.count(is) <= sights.rays + 3; };
    if (firstInSecond) return secondInFirst || isNarrow(second, isSecond);
    return secondInFirst && isNarrow(first, isFirst);
}

/// What two pictures show at each pixel, held against each other. Rows of pixels may be judged at the same time.
class Judge {
public:
    Judge(const RayScene& sceneA, const Picture& a, const RayScene& sceneB, const Picture& b, const Camera& camera)
        : sceneA_(sceneA), sceneB_(sceneB), a_(a), b_(b), askA_(sceneA, camera, a), askB_(sceneB, camera, b) {
        prims_ = inOther(sceneA.list().names, sceneB.list().names);
        materials_ = inOther(sceneA.list().materialNameTexts, sceneB.list().materialNameTexts);
        epsilonsA_ = epsilonsOf(sceneA.list());
        epsilonsB_.resize(sceneB.list().names.size() + 1);
        for (size_t name = 1; name < prims_.size(); ++name)
            if (prims_[name] < epsilonsB_.size()) epsilonsB_[prims_[name]] = epsilonsA_[name];
    }

    void judgeRow(uint32_t y, PictureDifference& out) const {
        Sights sightsA, sightsB;
        for (uint32_t x = 0; x < a_.width; ++x) {
            const size_t at = a_.at(x, y);
            if (a_.prim[at] != kNothing || b_.prim[at] != kNothing)
                judge(x, y, sightsA, sightsB, out.marks[at], out.depth[at]);
        }
    }

private:
    void judge(uint32_t x, uint32_t y, Sights& sightsA, Sights& sightsB, uint8_t& mark, float& deeper) const {
        const size_t at = a_.at(x, y);
        const uint32_t primA = prims_[a_.prim[at]], materialA = materials_[a_.material[at]], primB = b_.prim[at],
                       materialB = b_.material[at];
        const bool samePrim = primA == primB, sameMaterial = materialA == materialB;
        const double depthA = a_.depth[at], depthB = b_.depth[at];
        const double epsilonA = epsilonsA_[a_.prim[at]], epsilonB = epsilonsB_[primB],
                     epsilon = std::max(epsilonA, epsilonB);
        const double grain = 8 * std::max(sceneA_.grain(depthA), sceneB_.grain(depthB)) + epsilon;
        if (samePrim && sameMaterial && std::abs(depthA - depthB) <= grain) return;

        const double aside = std::max({kLeastAside, askA_.aside(x, y, epsilonA), askB_.aside(x, y, epsilonB)});
        askA_.around(x, y, aside, epsilon, sightsA);
        askB_.around(x, y, aside, epsilon, sightsB);
        for (Sight& sight : sightsA.all) {
            sight.prim = prims_[sight.prim];
            sight.material = materials_[sight.material];
        }
        const auto shows = [](uint32_t prim) { return [=](const Sight& sight) { return sight.prim == prim; }; };
        if (!samePrim || !sameMaterial) {
            const auto showsBoth = [](uint32_t prim, uint32_t material) {
                return [=](const Sight& sight) { return sight.prim == prim && sight.material == material; };
            };
            if (isTie(sightsA, showsBoth(primA, materialA), sightsB, showsBoth(primB, materialB)))
                mark = 1;
            else
                mark = samePrim || isTie(sightsA, shows(primA), sightsB, shows(primB)) ? 2 : 3;
            if (!samePrim || mark == 1) return;
        }
        const auto showsAt = [&](double depth) {
            return [=](const Sight& sight) { return sight.prim == primB && std::abs(sight.depth - depth) <= grain; };
        };
        if (isTie(sightsA, showsAt(depthA), sightsB, showsAt(depthB))) return;
        const auto closest = [&](const Sights& sights, double depth) {
            double least = std::numeric_limits<double>::infinity();
            for (const Sight& sight : sights.all)
                if (sight.prim == primB) least = std::min(least, std::abs(sight.depth - depth));
            return least;
        };
        deeper = static_cast<float>(
            std::min(std::abs(depthA - depthB), std::max(closest(sightsB, depthA), closest(sightsA, depthB))));
    }

    const RayScene &sceneA_, &sceneB_;
    const Picture &a_, &b_;
    const Asker askA_, askB_;
    std::vector<uint32_t> prims_, materials_;  ///< of A as numbers of B
    std::vector<double> epsilonsA_, epsilonsB_;
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
    const Judge judge(sceneA, a, sceneB, b, camera);
    PictureDifference out;
    out.marks.resize(a.prim.size());
    out.depth.resize(a.prim.size());
    parallelFor(context, a.height, [&](size_t row) { judge.judgeRow(static_cast<uint32_t>(row), out); }, 4);
    for (size_t at = 0; at < a.prim.size(); ++at) {
        out.compared += a.prim[at] != kNothing || b.prim[at] != kNothing;
        out.ties += out.marks[at] == 1;
        out.materialsDiffer += out.marks[at] == 2;
        out.primsDiffer += out.marks[at] == 3;
        out.depthsDiffer += out.depth[at] > 0;
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
