// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "usdtune/render/image.h"
#include "usdtune/render/lights.h"
#include "usdtune/render/ray_scene.h"

namespace usdtune {

/// How many surfaces a ray looks through at most.
constexpr size_t kMostLayers = 24;

struct PictureOptions {
    uint32_t width = 1024, height = 768;
    bool smooth = true;                       ///< four rays more for each pixel at an edge; off for speed
    bool wireframe = false;                   ///< outlines of authored faces drawn over the colours
    Vec3f background{{0.80f, 0.82f, 0.84f}};  ///< linear
};

/// What was seen through each pixel: its colour, and what its middle meets first.
struct Picture {
    uint32_t width = 0, height = 0;
    ImageF colour;                   ///< linear, alpha is coverage, multiplied in; background not included
    std::vector<uint32_t> prim;      ///< 0: nothing, else 1 + place in DrawList::names
    std::vector<uint32_t> material;  ///< 0: none, else 1 + place in DrawList::materialNameTexts
    std::vector<uint32_t> face;      ///< authored face, hashed with its prim; 0 where nothing is
    std::vector<float> depth;        ///< along the view, in stage units; infinite where nothing is
    std::vector<Vec3f> normal;       ///< in world space, of the shading; back sides of one-sided surfaces point away
    Vec3f background{{0, 0, 0}};
    bool wireframe = false;

    size_t at(size_t x, size_t y) const { return y * width + x; }
};

/// Takes a picture. Tiles are shared out among threads; every pixel is the same whoever takes it.
Picture takePicture(const RayScene& scene, const Camera& camera, const LightRig& lights, const PictureOptions& options,
                    const Context& context);

/// The pictures of a picture, in 8 bits (sRGB for colours).
Image8 colourImage(const Picture& picture, bool transparent = false);
/// One colour for each name, made from the name, so that equal names have equal colours in every picture; black: none.
Image8 idImage(const std::vector<uint32_t>& ids, const std::vector<std::string>& names, uint32_t width,
               uint32_t height);
/// Near is bright; the range of finite depths is stretched between 255 and 32, 0 where nothing is.
Image8 depthImage(const Picture& picture);
/// x, y and z from -1 … 1 as 0 … 255; black where nothing is.
Image8 normalImage(const Picture& picture);

}  // namespace usdtune
