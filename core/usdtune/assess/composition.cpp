// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "usdtune/assess/facts.h"

namespace usdtune {

using nlohmann::json;

namespace {

/// Rows at or below a prim with an external reference or payload: what arrives from another file.
std::vector<bool> arrivesByReference(const Scene& scene) {
    std::vector<bool> arrives(scene.prims().size(), false);
    for (const Arc& arc : scene.tables().arcs) {
        if (!arc.prim.valid() || arc.internal || (arc.kind != ArcKind::Reference && arc.kind != ArcKind::Payload))
            continue;
        for (uint32_t row = arc.prim.index; row < scene.prim(arc.prim).subtreeEnd; ++row) arrives[row] = true;
    }
    return arrives;
}

std::string classification(const Scene& scene) {
    const std::vector<bool> arrives = arrivesByReference(scene);
    size_t meshes = 0, referenced = 0;
    for (const Mesh& mesh : scene.meshes()) {
        const Prim& prim = scene.prim(mesh.prim);
        if (prim.flags.inPrototype || prim.flags.abstract) continue;
        ++meshes;
        referenced += arrives[mesh.prim.index] ? 1 : 0;
    }
    // Prototypes hold what instances share: their meshes arrive as the instances do.
    for (const Prototype& prototype : scene.prototypes()) {
        if (!prototype.firstInstance.valid() || !arrives[prototype.firstInstance.index]) continue;
        for (uint32_t row = prototype.root.index; row < scene.prim(prototype.root).subtreeEnd; ++row) {
            const bool mesh = scene.meshOf(PrimId(row)).valid();
            meshes += mesh ? 1 : 0;
            referenced += mesh ? 1 : 0;
        }
    }
    return meshes != 0 && referenced * 2 >= meshes ? "composed" : "monolithic-fine-as-is";
}

/// True when each arc row is one item that a file authors. A file that is used in several places, or a prim that arcs
/// of the same file bring elsewhere, gives a row for each place, and then nobody can tell how often it is authored;
/// nor what variants bring in that are not selected.
bool arcsAreAuthoredOnce(const Scene& scene) {
    if (!scene.tables().variantSets.empty()) return false;
    const auto& layers = scene.tables().layers;
    std::vector<uint8_t> arcsAt(scene.prims().size(), 0);
    std::vector<bool> broughtIn(scene.prims().size(), false);
    for (const Arc& arc : scene.tables().arcs) {
        if (!arc.prim.valid()) continue;
        if (scene.prim(arc.prim).flags.inPrototype) return false;
        if (!arc.layer.valid() || arc.layer.index >= layers.size() || !layers[arc.layer.index].own) return false;
        arcsAt[arc.prim.index] = static_cast<uint8_t>(std::min(arcsAt[arc.prim.index] + 1, 2));
        for (uint32_t row = arc.prim.index + 1; row < scene.prim(arc.prim).subtreeEnd; ++row) broughtIn[row] = true;
    }
    return std::none_of(scene.tables().arcs.begin(), scene.tables().arcs.end(), [&](const Arc& arc) {
        return arc.prim.valid() && (broughtIn[arc.prim.index] || (arc.internal && arcsAt[arc.prim.index] > 1));
    });
}

}  // namespace

json compositionFacts(const Scene& scene) {
    json out;
    size_t counts[7] = {};
    std::set<std::string> unresolved;
    for (const Arc& arc : scene.tables().arcs) {
        ++counts[static_cast<size_t>(arc.kind)];
        if (!arc.internal && scene.text(arc.resolved).empty()) unresolved.insert(std::string(scene.text(arc.asset)));
    }
    std::vector<std::string> stack, sets;
    for (const Layer& layer : scene.tables().layers)
        if (layer.own) stack.emplace_back(scene.text(layer.identifier));
    for (const VariantSet& set : scene.tables().variantSets)
        sets.push_back(std::string(scene.path(set.prim)) + "{" + std::string(scene.text(set.name)) + "}");
    out["layers"] = scene.tables().layers.size();
    out["references"] = counts[static_cast<size_t>(ArcKind::Reference)];
    out["payloads"] = counts[static_cast<size_t>(ArcKind::Payload)];
    out["counting_method"] = arcsAreAuthoredOnce(scene) ? "authored_list_op_items" : "mixed_or_unknown";
    out["inherits"] = counts[static_cast<size_t>(ArcKind::Inherit)];
    out["specializes"] = counts[static_cast<size_t>(ArcKind::Specialize)];
    out["variants"] = scene.tables().variantSets.size();
    out["sublayers"] = counts[static_cast<size_t>(ArcKind::Sublayer)];
    out["sublayer_stack"] = stack;
    out["variant_sets"] = sets;
    out["unresolved_asset_paths"] = unresolved;
    json unloaded = json::array();
    for (uint32_t row = 0; row < scene.stagePrimCount(); ++row)
        if (!scene.prim(PrimId(row)).flags.loaded && scene.prim(PrimId(row)).flags.hasArcs)
            unloaded.push_back(std::string(scene.path(PrimId(row))));
    out["unloaded_payloads"] = unloaded;
    out["x_classification"] = classification(scene);
    return out;
}

json variantFacts(const Scene& scene) {
    json selected = json::object();
    for (const VariantSet& set : scene.tables().variantSets)
        selected[std::string(scene.path(set.prim)) + "{" + std::string(scene.text(set.name)) + "}"] =
            std::string(scene.text(set.selection));
    return {{"variant_sets", scene.tables().variantSets.size()}, {"selected_variants", selected}};
}

}  // namespace usdtune
