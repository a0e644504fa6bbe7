// SPDX-License-Identifier: Apache-2.0
#include <unordered_map>
#include <unordered_set>

#include "usdtune/assess/facts.h"

namespace usdtune {

using nlohmann::json;

bool isTraversed(const Prim& prim) {
    return prim.flags.active && prim.flags.defined && prim.flags.loaded && !prim.flags.abstract &&
           !prim.flags.inPrototype;
}

namespace {

size_t arcCount(const Scene& scene, ArcKind kind) {
    size_t count = 0;
    for (const Arc& arc : scene.tables().arcs) count += arc.kind == kind ? 1 : 0;
    return count;
}

size_t prototypePrims(const Scene& scene, const Prototype& prototype) {
    return scene.prim(prototype.root).subtreeEnd - prototype.root.index - 1;
}

}  // namespace

json summaryCounts(const Scene& scene) {
    size_t prims = 0, meshes = 0, materials = 0, instances = 0;
    for (uint32_t row = 0; row < scene.stagePrimCount(); ++row) {
        const Prim& prim = scene.prim(PrimId(row));
        if (!isTraversed(prim)) continue;
        ++prims;
        meshes += scene.meshOf(PrimId(row)).valid() ? 1 : 0;
        materials += scene.typeName(PrimId(row)) == "Material" ? 1 : 0;
        instances += prim.flags.instance ? 1 : 0;
    }
    return {{"prim_count", prims},
            {"mesh_count", meshes},
            {"material_count", materials},
            {"prototype_count", scene.prototypes().size()},
            {"instance_count", instances},
            {"reference_count", arcCount(scene, ArcKind::Reference)},
            {"payload_count", arcCount(scene, ArcKind::Payload)}};
}

json instancingFacts(const Scene& scene) {
    size_t instances = 0, withArc = 0, proxies = 0;
    std::unordered_set<uint32_t> arcPrims;
    std::unordered_map<std::string, size_t> sameArc;
    for (const Arc& arc : scene.tables().arcs) {
        if (!arc.prim.valid() || (arc.kind != ArcKind::Reference && arc.kind != ArcKind::Payload)) continue;
        arcPrims.insert(arc.prim.index);
        if (scene.prim(arc.prim).flags.instance) continue;
        ++sameArc[std::to_string(static_cast<int>(arc.kind)) + "|" + std::string(scene.text(arc.asset)) + "|" +
                  std::string(scene.text(arc.target))];
    }
    std::unordered_map<uint32_t, size_t> primsOf;
    for (const Prototype& prototype : scene.prototypes())
        primsOf[prototype.root.index] = prototypePrims(scene, prototype);
    for (uint32_t row = 0; row < scene.stagePrimCount(); ++row) {
        const Prim& prim = scene.prim(PrimId(row));
        if (!isTraversed(prim)) continue;
        withArc += prim.flags.instance || arcPrims.contains(row) ? 1 : 0;
        if (!prim.flags.instance) continue;
        ++instances;
        if (prim.prototype.valid()) proxies += primsOf[prim.prototype.index];
    }
    size_t candidates = 0;
    for (const auto& [arc, count] : sameArc) candidates += count >= 2 ? 1 : 0;
    return {{"instances", instances},
            {"prototypes", scene.prototypes().size()},
            {"candidates", candidates},
            {"ratio", withArc != 0 ? static_cast<double>(instances) / static_cast<double>(withArc) : 0.0},
            {"x_instance_proxy_prim_count", proxies}};
}

}  // namespace usdtune
