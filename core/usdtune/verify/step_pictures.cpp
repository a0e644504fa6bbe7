// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/step_pictures.h"

#include <map>

#include "usdtune/render/picture_diff.h"
#include "usdtune/render/views.h"
#include "usdtune/scene/occurrences.h"

namespace usdtune {

namespace {

constexpr size_t kShownPrims = 2000;
constexpr uint32_t kWidth = 320, kHeight = 240;
constexpr size_t kSides = 2;

/// Prims of the scene before a step by the path of what they became.
using Groups = std::map<std::string, std::vector<std::string>>;

std::string nameAfter(const PathMapping& mapping, std::string_view path) {
    PathMapping::Target to = mapping.map(path);
    return to.path.empty() ? std::string(path) : std::move(to.path);
}

Groups editedGprims(const Scene& before, const EditedPrims& edited, const PathMapping& mapping) {
    Groups out;
    walkOccurrences(before, [&](const Occurrence& at) {
        if (edited.inA[at.prim.index] == 0 || !at.visible || !isDrawnType(before.typeName(at.prim))) return;
        out[nameAfter(mapping, at.path)].emplace_back(at.path);
    });
    return out;
}

/// Every n-th group, so that about kShownPrims prims are left.
void thinOut(Groups& groups, size_t primCount) {
    const size_t step = (primCount + kShownPrims - 1) / kShownPrims;
    size_t place = 0;
    std::erase_if(groups, [&](const auto&) { return place++ % step != 0; });
}

}  // namespace

std::optional<StepPictures> lookAtStep(const Scene& before, const Scene& after, const EditedPrims& edited,
                                       const PathMapping& mapping, const Context& context) {
    Groups groups = editedGprims(before, edited, mapping);
    StepPictures out;
    for (const auto& [name, prims] : groups) out.drawnPrims += prims.size();
    if (out.drawnPrims == 0) return std::nullopt;
    thinOut(groups, out.drawnPrims);

    DrawOptions options;
    options.render = options.proxy = options.guide = true;
    options.textures = false;
    DrawOptions optionsAfter = options;
    for (const auto& [name, prims] : groups) {
        options.roots.insert(options.roots.end(), prims.begin(), prims.end());
        optionsAfter.roots.push_back(name);
    }
    options.nameOf = [&mapping](std::string_view path) { return nameAfter(mapping, path); };
    out.shownPrims = options.roots.size();

    const DrawList listBefore = drawList(before, options, context), listAfter = drawList(after, optionsAfter, context);
    const RayScene raysBefore(listBefore, context), raysAfter(listAfter, context);
    ViewOptions looking;
    looking.cameraLimit = 0;
    looking.ringCount = kSides;
    PictureOptions small;
    small.width = kWidth;
    small.height = kHeight;
    small.smooth = false;
    for (const View& view : chooseViews(before, raysBefore, looking)) {
        const Picture a = takePicture(raysBefore, view.camera, {}, small, context);
        const Picture b = takePicture(raysAfter, view.camera, {}, small, context);
        const PictureDifference found = comparePictures(raysBefore, a, raysAfter, b, view.camera, context);
        out.comparedPixels += found.compared;
        out.changedPixels += found.primsDiffer + found.materialsDiffer;
        out.tiePixels += found.ties;
    }
    return out;
}

}  // namespace usdtune
