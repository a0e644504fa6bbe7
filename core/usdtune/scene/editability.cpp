// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/editability.h"

namespace usdtune {

namespace {

/// Where an own, single opinion that cannot be edited in place comes from: the nearest prim that brings something in.
std::string_view broughtInBy(const Scene& scene, PrimId prim) {
    for (; prim.valid(); prim = scene.prim(prim).parent) {
        if (!scene.variantSets(prim).empty()) break;
        for (const Arc& arc : scene.arcs(prim))
            if (arc.internal && arc.kind != ArcKind::Relocate) return "through_arc";
    }
    return "inside_variant";
}

std::string_view whoseOpinion(const Scene& scene, PrimId prim, uint16_t opinionCount, LayerId layer) {
    if (opinionCount > 1) return "several_opinions";
    const auto& layers = scene.tables().layers;
    const bool own = layer.valid() && layer.index < layers.size() && layers[layer.index].own;
    return own ? broughtInBy(scene, prim) : "not_own_layer";
}

std::string_view whyNotTouched(const Prim& row) {
    if (row.flags.inPrototype) return "in_prototype";
    if (row.flags.opaque) return "opaque";
    if (row.flags.latentOpinions) return "latent_opinions";
    return {};
}

}  // namespace

std::string_view whyNotEditable(const Scene& scene, PrimId prim) {
    const Prim& row = scene.prim(prim);
    if (const std::string_view reason = whyNotTouched(row); !reason.empty()) return reason;
    if (!row.flags.editable) return whoseOpinion(scene, prim, row.opinionCount, row.layer);
    return {};
}

std::string_view whyNotEditable(const Scene& scene, const Property& property) {
    // A prim may have several opinions (an instance has its own and its source's) and a property of it only one.
    if (const std::string_view reason = whyNotTouched(scene.prim(property.prim)); !reason.empty()) return reason;
    if (property.flags.opaque) return "opaque";
    if (!property.flags.editable) return whoseOpinion(scene, property.prim, property.opinionCount, property.layer);
    return {};
}

std::string_view whyNotEditableBelow(const Scene& scene, PrimId root) {
    for (uint32_t row = root.index; row < scene.prim(root).subtreeEnd; ++row)
        if (const std::string_view reason = whyNotEditable(scene, PrimId(row)); !reason.empty()) return reason;
    return {};
}

bool isDefaultPrim(const Scene& scene, PrimId prim) {
    const Prim& row = scene.prim(prim);
    return !row.parent.valid() && !row.flags.inPrototype && !scene.stage().defaultPrim.empty() &&
           scene.text(row.name) == scene.stage().defaultPrim;
}

bool isUnderDefaultPrim(const Scene& scene, PrimId prim) {
    while (scene.prim(prim).parent.valid()) prim = scene.prim(prim).parent;
    return isDefaultPrim(scene, prim);
}

}  // namespace usdtune
