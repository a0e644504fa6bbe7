// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/drawn.h"

#include <algorithm>

namespace usdtune {

namespace {

MaterialLook lookOf(const Scene& scene, std::span<const Hash128> networks, PrimId prim,
                    const std::vector<PrimId>& above, std::vector<MaterialId>& used) {
    MaterialLook look;
    for (size_t i = 0; i < look.size(); ++i) {
        const TokenId path = resolveBinding(scene, prim, kBindingPurposes[i], above);
        const PrimId target = path.valid() ? scene.find(path) : PrimId();
        const MaterialId material = target.valid() ? scene.materials().ofPrim[target.index] : MaterialId();
        if (!material.valid()) continue;
        look[i] = networks[material.index];
        if (std::find(used.begin(), used.end(), material) == used.end()) used.push_back(material);
    }
    return look;
}

}  // namespace

bool isStructural(std::string_view typeName) {
    static constexpr std::string_view kStructural[] = {"",       "Xform",     "Scope",      "Material",
                                                       "Shader", "NodeGraph", "GeomSubset", "SkelRoot"};
    return std::find(std::begin(kStructural), std::end(kStructural), typeName) != std::end(kStructural);
}

std::vector<Drawn> drawnOccurrences(const Scene& scene, std::span<const Hash128> networks,
                                    std::span<const uint8_t> only) {
    std::vector<Drawn> out;
    const auto flagged = [&](PrimId prim) { return only[prim.index] != 0; };
    walkOccurrences(scene, [&](const Occurrence& here) {
        if (!only.empty() && !flagged(here.prim) && std::none_of(here.ancestors.begin(), here.ancestors.end(), flagged))
            return;
        if (isStructural(scene.typeName(here.prim))) return;
        Drawn drawn;
        drawn.path = here.path;
        drawn.prim = here.prim;
        drawn.world = here.world;
        drawn.visible = here.visible;
        drawn.animated = here.animated;
        drawn.purpose = here.purpose;
        drawn.ancestors.assign(here.ancestors.begin(), here.ancestors.end());
        const std::vector<PrimId> above = aboveThePrototype(scene, here.prim, here.ancestors);
        drawn.look = lookOf(scene, networks, here.prim, above, drawn.materials);
        if (const MeshId mesh = scene.meshOf(here.prim); mesh.valid())
            for (const Subset& subset : scene.meshes()[mesh.index].subsets)
                drawn.subsetLooks.push_back(scene.prim(subset.prim).flags.active
                                                ? lookOf(scene, networks, subset.prim, above, drawn.materials)
                                                : MaterialLook());
        out.push_back(std::move(drawn));
    });
    return out;
}

bool isHiddenForGood(const Scene& scene, const Drawn& drawn) {
    const auto hides = [&](PrimId prim) {
        const PropertyId id = scene.findProperty(prim, "visibility");
        if (!id.valid()) return false;
        const Property& property = scene.property(id);
        return property.samples.empty() && scene.textOf(property.value) == "invisible";
    };
    if (scene.typeName(drawn.prim) == "Camera") return false;
    return !drawn.visible && (hides(drawn.prim) || std::any_of(drawn.ancestors.begin(), drawn.ancestors.end(), hides));
}

ResolvedPrimvar resolvePrimvar(const Scene& scene, const Drawn& drawn, std::string_view name) {
    const std::string attribute = "primvars:" + std::string(name);
    const auto read = [&](PrimId prim, bool own) -> ResolvedPrimvar {
        const PropertyId id = scene.findProperty(prim, attribute);
        if (!id.valid() || (scene.property(id).value.empty() && scene.property(id).samples.empty())) return {};
        const Property& property = scene.property(id);
        ResolvedPrimvar out;
        bool known = true;
        const std::string_view text = scene.textOf(scene.metadatum(property.metadata, "interpolation"));
        out.interpolation = text.empty() ? Interpolation::Constant : interpolationOf(text, known);
        if (!own && out.interpolation != Interpolation::Constant) return {};
        const Value elementSize = scene.metadatum(property.metadata, "elementSize");
        if (const auto sizes = elementSize.as<int>(Element::Int, 1); !sizes.empty() && sizes[0] > 0)
            out.elementSize = static_cast<uint32_t>(sizes[0]);
        if (const PropertyId indices = scene.findProperty(prim, attribute + ":indices"); indices.valid()) {
            out.indices = scene.property(indices).value.as<int>(Element::Int, 1);
            out.indexed = !scene.property(indices).value.empty();
        }
        out.values = &property;
        return out;
    };
    if (const ResolvedPrimvar own = read(drawn.prim, true); own.values != nullptr) return own;
    for (const PrimId ancestor : drawn.ancestors)
        if (const ResolvedPrimvar inherited = read(ancestor, false); inherited.values != nullptr) return inherited;
    return {};
}

}  // namespace usdtune
