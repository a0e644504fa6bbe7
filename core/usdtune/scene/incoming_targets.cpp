// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/incoming_targets.h"

#include <algorithm>

namespace usdtune {

std::string_view primPathOf(std::string_view path) { return path.substr(0, path.find_first_of(".[")); }

IncomingTargets::IncomingTargets(const Scene& scene)
    : scene_(scene),
      begin_(scene.prims().size() + 1, 0),
      aboveOrAtSource_(scene.prims().size(), false),
      belowSource_(scene.prims().size(), false) {
    const auto eachTarget = [&](auto&& body) {
        for (const Property& property : scene.properties())
            for (const TokenId path : scene.tokenList(property.targets))
                if (const PrimId prim = scene.find(primPathOf(scene.text(path))); prim.valid())
                    body(prim, IncomingTarget{scene.propertyId(property), path});
    };
    eachTarget([&](PrimId prim, const IncomingTarget&) { ++begin_[prim.index + 1]; });
    for (size_t i = 1; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
    targets_.resize(begin_.back());
    std::vector<uint32_t> next(begin_.begin(), begin_.end() - 1);
    eachTarget([&](PrimId prim, const IncomingTarget& target) { targets_[next[prim.index]++] = target; });

    const auto markSource = [&](TokenId path) {
        const PrimId source = scene.find(primPathOf(scene.text(path)));
        // Thousands of arcs may lead to one source.
        if (!source.valid() || (belowSource_[source.index] && aboveOrAtSource_[source.index])) return;
        for (uint32_t row = source.index; row < scene.prim(source).subtreeEnd; ++row) belowSource_[row] = true;
        for (PrimId above = source; above.valid(); above = scene.prim(above).parent)
            aboveOrAtSource_[above.index] = true;
    };
    for (const Arc& arc : scene.tables().arcs) {
        const bool named = arc.internal && arc.target.valid() && !scene.text(arc.target).empty();
        if (named) markSource(arc.target);
        const bool wholeRoot =
            arc.internal && !named && arc.kind != ArcKind::Sublayer && !scene.stage().defaultPrim.empty();
        if (wholeRoot) markSource(scene.tokens().find("/" + scene.stage().defaultPrim));
    }
    for (const Prototype& prototype : scene.prototypes())
        if (prototype.source.valid()) markSource(prototype.source);
}

bool IncomingTargets::fromOutside(PrimId root) const {
    const uint32_t end = scene_.prim(root).subtreeEnd;
    for (uint32_t i = begin_[root.index]; i < begin_[end]; ++i) {
        const PrimId from = scene_.property(targets_[i].property).prim;
        if (from.index < root.index || from.index >= end) return true;
    }
    return false;
}

}  // namespace usdtune
