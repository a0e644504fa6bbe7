// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/render/preview_material.h"
#include "usdtune/render/tessellation.h"

namespace usdtune {

struct DrawOptions {
    bool render = false, proxy = true, guide = false;  ///< purposes drawn beside `default`, as usdrecord has them
    TimeCode time;
    std::vector<std::string> roots;  ///< only what is drawn at or below these paths; all when empty
    int subdivisionLevel = 2;
    bool textures = true;  ///< false: every texture is its fallback, and none is read
    /// The names under which prims and materials are told apart in a picture; their own paths when not given. Pictures
    /// of two scenes compare by them.
    std::function<std::string(std::string_view)> nameOf;
};

/// One gprim to be drawn, in its own space; shared by all prims and occurrences of the same content. Primvars that are
/// constant are not here but with the items.
struct DrawnShape {
    PrimId prim;  ///< the first that has it
    Tessellation surface;
    Strands strands;
    bool isStrands = false;
    Bounds box;                          ///< in its own space
    std::vector<uint16_t> subsetOfFace;  ///< 0: none, else 1 + the subset's place; empty when there are no subsets

    size_t elementCount() const {
        return isStrands ? std::max(strands.segments.size(), strands.segments.empty() ? strands.points.size() : 0)
                         : surface.triangles.size();
    }
};

/// One occurrence of a shape.
struct DrawnItem {
    uint32_t shape = 0;
    uint32_t name = 0;       ///< of DrawList::names
    uint32_t looks = 0;      ///< of DrawList::looks: the first is the whole's, then one per subset
    uint32_t constants = 0;  ///< of DrawList::constants
    Matrix4d world;
    double epsilon = 0;  ///< of a mesh: how far its corners may be moved by what promises the exact surface
    bool mirrored = false;
};

/// What is in a picture of a scene. The Scene must outlive it.
struct DrawList {
    static constexpr uint32_t kNoMaterial = 0xFFFFFFFFu;

    std::vector<DrawnShape> shapes;
    std::vector<DrawnItem> items;    ///< in stage order
    std::vector<std::string> names;  ///< sorted, each once: its place is the prim's id in a picture
    std::vector<uint32_t> looks;     ///< rows of `materials` or kNoMaterial
    std::vector<std::shared_ptr<const PreviewMaterial>> materials;
    std::vector<uint32_t> materialNames;                ///< per material: of `materialNameTexts`
    std::vector<std::string> materialNameTexts;         ///< sorted, each once
    std::vector<std::vector<RenderPrimvar>> constants;  ///< constant primvars, own or handed down; row 0 is empty
    std::vector<Keeper> keepers;
    TokenId displayColor, displayOpacity;
    std::vector<std::string> notes;  ///< what could not be drawn, or not as it is meant; sorted
    Bounds bounds;                   ///< of everything drawn, in world space

    /// World bounds of one item.
    Bounds boundsOf(const DrawnItem& item) const;
};

/// Whether prims of this type are gprims that a picture shows, or would if this version could draw them.
bool isDrawnType(std::string_view type);

/// Reads what a picture shows: active, visible gprims of the wanted purposes, instances expanded, materials by the
/// `preview` purpose. Parallel over shapes.
DrawList drawList(const Scene& scene, const DrawOptions& options, const Context& context);

}  // namespace usdtune
