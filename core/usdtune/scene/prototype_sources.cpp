// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/prototype_sources.h"

#include <string>

namespace usdtune {

PrototypeSources::PrototypeSources(const Scene& scene) : scene_(scene), prototypeOf_(scene.prims().size(), kNone) {
    for (uint32_t i = 0; i < scene.prototypes().size(); ++i) {
        const Prototype& prototype = scene.prototypes()[i];
        if (!prototype.source.valid() || !scene.find(prototype.source).valid()) continue;
        for (uint32_t row = prototype.root.index; row < scene.prim(prototype.root).subtreeEnd; ++row)
            prototypeOf_[row] = i;
    }
}

PrimId PrototypeSources::sourceOf(PrimId prim) const {
    if (!follows(prim)) return {};
    const Prototype& prototype = scene_.prototypes()[prototypeOf_[prim.index]];
    const std::string_view below = scene_.path(prim).substr(scene_.path(prototype.root).size());
    return scene_.find(std::string(scene_.text(prototype.source)) + std::string(below));
}

}  // namespace usdtune
