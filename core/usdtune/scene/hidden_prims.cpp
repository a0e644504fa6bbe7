// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/hidden_prims.h"

#include <algorithm>

#include "usdtune/scene/editability.h"
#include "usdtune/scene/schemas.h"

namespace usdtune {

namespace {

bool isCameraOrLight(const Scene& scene, PrimId prim) {
    const std::string_view type = scene.typeName(prim);
    return type == "Camera" || type.ends_with("Light") || scene.hasApiSchema(prim, "LightAPI");
}

/// A camera sees, whoever hides it.
bool holdsCamera(const Scene& scene, PrimId prim) {
    for (uint32_t row = prim.index; row < scene.prim(prim).subtreeEnd; ++row)
        if (scene.typeName(PrimId(row)) == "Camera") return true;
    return false;
}

bool isRenderRoot(const Scene& scene, PrimId prim) {
    const std::string_view name = scene.text(scene.prim(prim).name);
    return !scene.prim(prim).parent.valid() && (name.starts_with("Render") || name.starts_with("OmniverseKit_"));
}

bool isOver(const Prim& prim) { return prim.specifier == Specifier::Over && !prim.flags.defined; }

/// Overs may speak about something that could not be composed: a payload not loaded, a reference not found.
bool compositionIsComplete(const Scene& scene, PrimId prim) {
    for (; prim.valid(); prim = scene.prim(prim).parent) {
        if (!scene.prim(prim).flags.loaded) return false;
        for (const Arc& arc : scene.arcs(prim))
            if (arc.broken) return false;
    }
    return true;
}

std::string_view whyOverStays(const Scene& scene, PrimId prim, bool everySublayerIsThere, bool somethingIsDefined,
                              const IncomingTargets& incoming) {
    if (!somethingIsDefined) return "override_layer";
    if (!everySublayerIsThere || !compositionIsComplete(scene, prim)) return "composition_incomplete";
    return whyNotRemovable(scene, prim, incoming);
}

}  // namespace

std::string_view whyNotRemovable(const Scene& scene, PrimId prim, const IncomingTargets& incoming) {
    if (const std::string_view reason = whyNotEditableBelow(scene, prim); !reason.empty()) return reason;
    if (isDefaultPrim(scene, prim)) return "default_prim";
    if (incoming.fromOutside(prim)) return "targeted";
    if (scene.isLatentTarget(scene.path(prim))) return "latent_target";
    if (incoming.nearArcSource(prim)) return "arc_source";
    return {};
}

std::vector<RemovablePrim> invisiblePrims(const Scene& scene, const Selection& selection,
                                          const IncomingTargets& incoming) {
    std::vector<RemovablePrim> out;
    const TokenId visibility = scene.tokens().find("visibility");
    for (size_t i = 0; i < scene.stagePrimCount(); ++i) {
        const PrimId prim(i);
        if (isCameraOrLight(scene, prim) || isRenderRoot(scene, prim)) {
            i = scene.prim(prim).subtreeEnd - 1;
            continue;
        }
        if (!selection.contains(prim) || !scene.prim(prim).flags.active || !isImageableType(scene.typeName(prim)))
            continue;
        const PropertyId id = scene.findProperty(prim, visibility);
        if (!id.valid() || scene.textOf(scene.property(id).value) != "invisible") continue;
        std::string_view reason = scene.property(id).flags.animated ? "animated" : std::string_view();
        if (reason.empty()) reason = whyNotEditable(scene, scene.property(id));
        if (reason.empty()) reason = whyNotRemovable(scene, prim, incoming);
        if (reason.empty() && holdsCamera(scene, prim)) reason = "holds_camera";
        out.push_back({prim, reason});
    }
    return out;
}

std::vector<RemovablePrim> orphanedOvers(const Scene& scene, const Selection& selection,
                                         const IncomingTargets& incoming) {
    const auto& arcs = scene.tables().arcs;
    const bool everySublayerIsThere = std::none_of(
        arcs.begin(), arcs.end(), [](const Arc& arc) { return arc.kind == ArcKind::Sublayer && arc.broken; });
    const auto prims = scene.prims().subspan(0, scene.stagePrimCount());
    const bool somethingIsDefined =
        std::any_of(prims.begin(), prims.end(), [](const Prim& prim) { return prim.flags.defined; });

    std::vector<bool> onlyOvers(prims.size(), true);
    for (size_t i = prims.size(); i-- > 0;) {
        if (!isOver(prims[i]) || prims[i].flags.hasArcs) onlyOvers[i] = false;
        if (!onlyOvers[i] && prims[i].parent.valid()) onlyOvers[prims[i].parent.index] = false;
    }
    std::vector<RemovablePrim> out;
    for (size_t i = 0; i < prims.size(); ++i) {
        if (!onlyOvers[i] || !selection.contains(PrimId(i)) || isRenderRoot(scene, PrimId(i))) continue;
        out.push_back({PrimId(i), whyOverStays(scene, PrimId(i), everySublayerIsThere, somethingIsDefined, incoming)});
        i = prims[i].subtreeEnd - 1;
    }
    return out;
}

}  // namespace usdtune
