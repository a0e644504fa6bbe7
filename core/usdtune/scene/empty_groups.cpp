// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/empty_groups.h"

#include "usdtune/scene/editability.h"

namespace usdtune {

namespace {

bool isGroupType(std::string_view type) { return type == "Xform" || type == "Scope"; }

/// Properties that say how something below would look or stand, and so say nothing when nothing is below.
bool isVoidWithoutContent(const Scene& scene, const Property& property) {
    const std::string_view name = scene.text(property.name);
    if (property.flags.custom || property.flags.animated) return false;
    if (property.flags.relationship)
        return name == "material:binding" || name == "material:binding:preview" || name == "material:binding:full";
    return name.starts_with("xformOp:") || name == "xformOpOrder" || name == "visibility" || name == "purpose";
}

bool isVoidWithoutContent(std::string_view metadataKey) {
    return metadataKey == "active" || metadataKey == "instanceable" || metadataKey == "hidden";
}

std::string_view whyInformationIsLost(const Scene& scene, PrimId prim) {
    const Prim& row = scene.prim(prim);
    for (const TokenId schema : scene.tokenList(row.apiSchemas))
        if (scene.text(schema) != "MaterialBindingAPI") return "carries_api_schema";
    for (const Metadatum& metadatum : scene.metadata(row.metadata))
        if (!isVoidWithoutContent(scene.text(metadatum.key))) return "carries_metadata";
    for (const Property& property : scene.properties(prim)) {
        if (property.flags.animated) return "animated";
        if (!isVoidWithoutContent(scene, property)) return "carries_properties";
    }
    return {};
}

std::string_view whyComposed(const Scene& scene, PrimId prim, const EmptyGroupOptions& options) {
    const PrimFlags& flags = scene.prim(prim).flags;
    if (!flags.loaded) return options.preserveUnloadedPayloads ? "unloaded_payload" : std::string_view();
    return flags.hasArcs ? "has_arcs" : std::string_view();
}

std::string_view whyKept(const Scene& scene, PrimId prim, const IncomingTargets& incoming,
                         const EmptyGroupOptions& options) {
    const Prim& row = scene.prim(prim);
    if (const std::string_view reason = whyNotEditable(scene, prim); !reason.empty()) return reason;
    if (row.specifier != Specifier::Def || row.flags.abstract || !row.flags.defined) return "not_defined";
    if (const std::string_view reason = whyComposed(scene, prim, options); !reason.empty()) return reason;
    if (isDefaultPrim(scene, prim)) return "default_prim";
    if (const std::string_view reason = whyInformationIsLost(scene, prim); !reason.empty()) return reason;
    if (incoming.fromOutside(prim)) return "targeted";
    if (scene.isLatentTarget(scene.path(prim))) return "latent_target";
    if (incoming.nearArcSource(prim)) return "arc_source";
    return {};
}

}  // namespace

EmptyGroups emptyGroups(const Scene& scene, const Selection& scope, const IncomingTargets& incoming,
                        const EmptyGroupOptions& options) {
    const size_t count = scene.stagePrimCount();
    std::vector<bool> inScope(count), looksEmpty(count, true), removable(count, true);
    std::vector<std::string_view> reasons(count);
    for (size_t i = 0; i < count; ++i) {
        const PrimId parent = scene.prims()[i].parent;
        inScope[i] = scope.contains(PrimId(i)) || (parent.valid() && inScope[parent.index]);
    }
    // Children stand behind their parents, so a walk from the end knows them before it meets the parent.
    for (size_t i = count; i-- > 0;) {
        const PrimId prim(i);
        const Prim& row = scene.prim(prim);
        const bool passedOver = !row.flags.active && options.ignoreInactive;
        if (!passedOver) {
            // Nobody knows what an inactive prim or an instance holds from looking at its own rows.
            if (!row.flags.active || row.flags.instance || !isGroupType(scene.typeName(prim))) looksEmpty[i] = false;
            if (!looksEmpty[i] || !inScope[i]) removable[i] = false;
            if (looksEmpty[i] && inScope[i]) {
                reasons[i] = whyKept(scene, prim, incoming, options);
                if (!reasons[i].empty()) removable[i] = false;
            }
        }
        if (!row.parent.valid()) continue;
        if (!looksEmpty[i]) looksEmpty[row.parent.index] = false;
        if (!removable[i]) removable[row.parent.index] = false;
    }

    EmptyGroups out;
    for (size_t i = 0; i < count; ++i) {
        const PrimId prim(i), parent = scene.prims()[i].parent;
        const bool passedOver = !scene.prim(prim).flags.active && options.ignoreInactive;
        if (passedOver) continue;
        if (!reasons[i].empty()) out.kept.push_back({prim, reasons[i]});
        if (removable[i] && !(parent.valid() && removable[parent.index])) out.roots.push_back(prim);
    }
    return out;
}

}  // namespace usdtune
