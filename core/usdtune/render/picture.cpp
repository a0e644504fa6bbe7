// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/picture.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "usdtune/base/hash.h"
#include "usdtune/base/parallel.h"
#include "usdtune/render/shade.h"

namespace usdtune {

namespace {

constexpr uint32_t kTile = 16;
constexpr float kOpaque = 0.999f;
/// Four places in a pixel, no two in one row or column (the rotated grid).
constexpr double kPlaces[4][2] = {{0.375, 0.125}, {0.875, 0.375}, {0.125, 0.625}, {0.625, 0.875}};
/// Neighbours whose colours differ by more than this are an edge.
constexpr float kContrast = 0.08f;

float encode(float linear) {
    const float x = std::clamp(linear, 0.0f, 1.0f);
    return x <= 0.0031308f ? 12.92f * x : 1.055f * std::pow(x, 1 / 2.4f) - 0.055f;
}

uint8_t byteOf(float x) { return static_cast<uint8_t>(std::clamp(x, 0.0f, 1.0f) * 255 + 0.5f); }

class Film {
public:
    Film(const RayScene& scene, const Camera& camera, const LightRig& lights, const PictureOptions& options,
         const Context& context)
        : scene_(scene), camera_(camera), lights_(lights), options_(options), context_(context) {
        Picture& p = picture_;
        p.width = options.width;
        p.height = options.height;
        p.background = options.background;
        p.wireframe = options.wireframe;
        const size_t count = size_t{p.width} * p.height;
        p.colour = {p.width, p.height, 4, std::vector<float>(count * 4)};
        p.prim.resize(count);
        p.material.resize(count);
        p.face.resize(count);
        p.depth.assign(count, std::numeric_limits<float>::infinity());
        p.normal.resize(count);
    }

    Picture take() {
        overTiles([this](uint32_t x, uint32_t y) { middle(x, y); });
        if (options_.smooth) {
            // Edges are found by what every middle showed, so that the order of tiles does not matter.
            std::vector<std::array<float, 4>> encoded(picture_.prim.size());
            overTiles([&](uint32_t x, uint32_t y) {
                const float* const colour = picture_.colour.at(x, y);
                std::transform(colour, colour + 4, encoded[picture_.at(x, y)].begin(), encode);
            });
            overTiles([&](uint32_t x, uint32_t y) {
                if (isEdge(x, y, encoded)) smooth(x, y);
            });
        }
        return std::move(picture_);
    }

private:
    struct Seen {
        Vec4f colour{{0, 0, 0, 0}};
        uint32_t prim = 0, material = 0, face = 0;
        float depth = std::numeric_limits<float>::infinity();
        Vec3f normal{{0, 0, 0}};
    };

    template <class Visit>
    void overTiles(const Visit& visit) {
        const uint32_t across = (picture_.width + kTile - 1) / kTile, down = (picture_.height + kTile - 1) / kTile;
        parallelFor(
            context_, size_t{across} * down,
            [&](size_t tile) {
                const auto left = static_cast<uint32_t>(tile % across) * kTile,
                           top = static_cast<uint32_t>(tile / across) * kTile;
                for (uint32_t y = top; y < std::min(top + kTile, picture_.height); ++y)
                    for (uint32_t x = left; x < std::min(left + kTile, picture_.width); ++x) visit(x, y);
            },
            4);
    }

    CameraRay rayAt(uint32_t x, uint32_t y, double dx, double dy) const {
        return rayThroughPixel(camera_, picture_.width, picture_.height, x + dx, y + dy);
    }

    double pixelSize(double distance) const {
        return 2 * camera_.halfHeight / picture_.height * (camera_.orthographic ? 1 : distance);
    }

    void middle(uint32_t x, uint32_t y) {
        const Seen seen = look(rayAt(x, y, 0.5, 0.5));
        const size_t at = picture_.at(x, y);
        std::copy(seen.colour.v.begin(), seen.colour.v.end(), picture_.colour.at(x, y));
        picture_.prim[at] = seen.prim;
        picture_.material[at] = seen.material;
        picture_.face[at] = seen.face;
        picture_.depth[at] = seen.depth;
        picture_.normal[at] = seen.normal;
    }

    void smooth(uint32_t x, uint32_t y) {
        Vec4f sum{{0, 0, 0, 0}};
        for (const auto& place : kPlaces) {
            Vec4f colour = look(rayAt(x, y, place[0], place[1])).colour;
            // One glaring sample must not whiten an edge that is grey.
            for (float& c : colour.v) c = std::min(c, 1.0f);
            sum = sum + colour * 0.25f;
        }
        std::copy(sum.v.begin(), sum.v.end(), picture_.colour.at(x, y));
    }

    bool isEdge(uint32_t x, uint32_t y, const std::vector<std::array<float, 4>>& encoded) const {
        const auto differs = [&](uint32_t nx, uint32_t ny) {
            const size_t a = picture_.at(x, y), b = picture_.at(nx, ny);
            if (picture_.prim[a] != picture_.prim[b] || picture_.material[a] != picture_.material[b]) return true;
            for (size_t i = 0; i < 4; ++i)
                if (std::abs(encoded[a][i] - encoded[b][i]) > kContrast) return true;
            return false;
        };
        return (x > 0 && differs(x - 1, y)) || (y > 0 && differs(x, y - 1)) ||
               (x + 1 < picture_.width && differs(x + 1, y)) || (y + 1 < picture_.height && differs(x, y + 1));
    }

    Seen look(CameraRay ray) const {
        thread_local std::vector<SurfaceHit> hits;
        Seen seen;
        float through = 1;
        for (size_t layer = 0; layer < kMostLayers && through > 1 - kOpaque;) {
            scene_.nearest(ray, hits);
            if (hits.empty()) break;
            for (const SurfaceHit& hit : hits) {
                ++layer;
                const ShadedSurface surface = shadedSurface(scene_.list(), hit, ray, pixelSize(hit.distance));
                if (surface.cutOut || surface.look.opacity <= 0) continue;
                if (seen.prim == 0) remember(hit, surface, ray, seen);
                const Vec3d place = ray.origin + ray.direction * hit.distance;
                const Vec3f light = litBy(lights_, surface, place, ray, scene_);
                const float share = through * std::min(surface.look.opacity, 1.0f);
                for (size_t i = 0; i < 3; ++i) seen.colour[i] += light[i] * share;
                seen.colour[3] += share;
                through -= share;
                if (through <= 1 - kOpaque) break;
            }
            ray.nearest = scene_.behind(ray, hits);
        }
        return seen;
    }

    void remember(const SurfaceHit& hit, const ShadedSurface& surface, const CameraRay& ray, Seen& seen) const {
        const DrawList& list = scene_.list();
        seen.prim = 1 + list.items[hit.item].name;
        seen.material = surface.material == DrawList::kNoMaterial ? 0 : 1 + list.materialNames[surface.material];
        seen.face = (seen.prim * 2654435761u) ^ ((surface.face + 1) * 2246822519u);
        seen.depth = static_cast<float>(hit.distance * dot(ray.direction, camera_.forward));
        seen.normal = toFloat(surface.fromBehind ? -surface.normal : surface.normal);
    }

    const RayScene& scene_;
    const Camera& camera_;
    const LightRig& lights_;
    const PictureOptions& options_;
    const Context& context_;
    Picture picture_;
};

}  // namespace

Picture takePicture(const RayScene& scene, const Camera& camera, const LightRig& lights, const PictureOptions& options,
                    const Context& context) {
    return Film(scene, camera, lights, options, context).take();
}

Image8 colourImage(const Picture& picture, bool transparent) {
    Image8 out{picture.width, picture.height, static_cast<uint8_t>(transparent ? 4 : 3), {}};
    out.pixels.reserve(size_t{out.width} * out.height * out.channels);
    for (uint32_t y = 0; y < picture.height; ++y)
        for (uint32_t x = 0; x < picture.width; ++x) {
            const float* const c = picture.colour.at(x, y);
            const size_t at = picture.at(x, y);
            const bool line =
                picture.wireframe && ((x + 1 < picture.width && picture.face[at] != picture.face[at + 1]) ||
                                      (y + 1 < picture.height && picture.face[at] != picture.face[at + picture.width]));
            for (size_t i = 0; i < 3; ++i) {
                float value = transparent ? (c[3] > 0 ? c[i] / c[3] : 0) : c[i] + picture.background[i] * (1 - c[3]);
                if (line) value *= 0.15f;
                out.pixels.push_back(byteOf(encode(value)));
            }
            if (transparent) out.pixels.push_back(line ? 255 : byteOf(c[3]));
        }
    return out;
}

Image8 idImage(const std::vector<uint32_t>& ids, const std::vector<std::string>& names, uint32_t width,
               uint32_t height) {
    std::vector<std::array<uint8_t, 3>> colours(names.size() + 1);
    for (size_t i = 0; i < names.size(); ++i) {
        const Hash128 hash = hashBytes(names[i].data(), names[i].size());
        for (size_t k = 0; k < 3; ++k)
            colours[i + 1][k] = static_cast<uint8_t>(40 + ((hash.low >> (16 * k)) & 0xFFFF) % 216);
    }
    Image8 out{width, height, 3, {}};
    out.pixels.reserve(ids.size() * 3);
    for (const uint32_t id : ids) out.pixels.insert(out.pixels.end(), colours[id].begin(), colours[id].end());
    return out;
}

Image8 depthImage(const Picture& picture) {
    float nearest = std::numeric_limits<float>::infinity(), farthest = 0;
    for (const float depth : picture.depth)
        if (std::isfinite(depth)) {
            nearest = std::min(nearest, depth);
            farthest = std::max(farthest, depth);
        }
    const float range = std::max(farthest - nearest, 1e-30f);
    Image8 out{picture.width, picture.height, 1, {}};
    out.pixels.reserve(picture.depth.size());
    for (const float depth : picture.depth)
        out.pixels.push_back(std::isfinite(depth) ? static_cast<uint8_t>(255.5f - 223 * (depth - nearest) / range) : 0);
    return out;
}

Image8 normalImage(const Picture& picture) {
    Image8 out{picture.width, picture.height, 3, {}};
    out.pixels.reserve(picture.normal.size() * 3);
    for (size_t i = 0; i < picture.normal.size(); ++i)
        for (size_t k = 0; k < 3; ++k)
            out.pixels.push_back(picture.prim[i] == 0 ? 0 : byteOf(picture.normal[i][k] * 0.5f + 0.5f));
    return out;
}

}  // namespace usdtune
