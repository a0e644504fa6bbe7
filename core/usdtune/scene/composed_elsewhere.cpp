// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/composed_elsewhere.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace usdtune {

namespace {

PrimId sourceOf(const Scene& scene, const Arc& arc) {
    if (!arc.internal || arc.broken || arc.kind == ArcKind::Sublayer || arc.kind == ArcKind::Clips ||
        arc.kind == ArcKind::Relocate)
        return {};
    const bool named = arc.target.valid() && !scene.text(arc.target).empty();
    return named ? scene.find(arc.target) : scene.find("/" + scene.stage().defaultPrim);
}

}  // namespace

std::vector<uint8_t> composedElsewhere(const Scene& scene) {
    std::unordered_map<uint32_t, TokenId> sourceOfRoot;
    for (const Prototype& prototype : scene.prototypes()) sourceOfRoot[prototype.root.index] = prototype.source;

    std::vector<uint8_t> out(scene.prims().size(), 0);
    std::vector<uint8_t> wholeMarked(scene.prims().size(), 0);
    for (const Arc& arc : scene.tables().arcs) {
        const PrimId source = sourceOf(scene, arc);
        if (!source.valid()) continue;
        out[source.index] = 1;
        const bool instance =
            arc.prim.valid() && scene.prim(arc.prim).flags.instance && scene.prim(arc.prim).prototype.valid();
        if (instance) {
            const auto root = sourceOfRoot.find(scene.prim(arc.prim).prototype.index);
            if (root != sourceOfRoot.end() && root->second.valid() && root->second == scene.prim(source).path) continue;
        }
        if (std::exchange(wholeMarked[source.index], uint8_t{1}) != 0) continue;
        std::fill(out.begin() + source.index, out.begin() + scene.prim(source).subtreeEnd, uint8_t{1});
    }
    return out;
}

}  // namespace usdtune
