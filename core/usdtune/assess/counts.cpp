// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "usdtune/assess/assessment.h"
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

/// What one instance of a prototype adds to a traversal that enters instances.
struct Inside {
    size_t prims = 0, meshes = 0, triangles = 0;

    Inside& operator+=(const Inside& other) {
        prims += other.prims;
        meshes += other.meshes;
        triangles += other.triangles;
        return *this;
    }
};

size_t triangleCount(const Mesh& mesh) {
    size_t triangles = 0;
    for (size_t face = 0; face < mesh.faceVertexCounts.size(); ++face)
        triangles += static_cast<size_t>(std::max(mesh.faceVertexCounts[face] - 2, 0));
    return triangles;
}

/// Adds up what a traversal through instances meets. Prototypes may hold instances of others, never of themselves.
class ThroughInstances {
public:
    explicit ThroughInstances(const Scene& scene) : scene_(scene) {}

    /// Of the stage's own rows; prims that the default traversal meets count too.
    Inside ofStage() {
        Inside sum;
        for (uint32_t row = 0; row < scene_.stagePrimCount(); ++row)
            if (isTraversed(scene_.prim(PrimId(row)))) sum += ofPrim(PrimId(row));
        return sum;
    }

private:
    Inside ofPrim(PrimId prim) {
        Inside sum{.prims = 1};
        if (const MeshId mesh = scene_.meshOf(prim); mesh.valid()) {
            sum.meshes = 1;
            sum.triangles = triangleCount(scene_.meshes()[mesh.index]);
        }
        const Prim& row = scene_.prim(prim);
        if (row.flags.instance && row.prototype.valid()) sum += ofPrototype(row.prototype);
        return sum;
    }

    Inside ofPrototype(PrimId root) {
        if (const auto known = known_.find(root.index); known != known_.end()) return known->second;
        Inside sum;
        for (uint32_t row = root.index + 1; row < scene_.prim(root).subtreeEnd; ++row) {
            const PrimFlags& flags = scene_.prim(PrimId(row)).flags;
            if (flags.active && flags.defined && flags.loaded && !flags.abstract) sum += ofPrim(PrimId(row));
        }
        return known_[root.index] = sum;
    }

    const Scene& scene_;
    std::unordered_map<uint32_t, Inside> known_;
};

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
    size_t instances = 0, withArc = 0, traversed = 0;
    std::unordered_set<uint32_t> arcPrims;
    std::unordered_map<std::string, size_t> sameArc;
    for (const Arc& arc : scene.tables().arcs) {
        if (!arc.prim.valid() || (arc.kind != ArcKind::Reference && arc.kind != ArcKind::Payload)) continue;
        arcPrims.insert(arc.prim.index);
        if (scene.prim(arc.prim).flags.instance) continue;
        // One file may be written in several ways, and one way may mean several files.
        const TokenId file = scene.text(arc.resolved).empty() ? arc.asset : arc.resolved;
        ++sameArc[std::to_string(static_cast<int>(arc.kind)) + "|" + std::string(scene.text(file)) + "|" +
                  std::string(scene.text(arc.target))];
    }
    for (uint32_t row = 0; row < scene.stagePrimCount(); ++row) {
        const Prim& prim = scene.prim(PrimId(row));
        if (!isTraversed(prim)) continue;
        ++traversed;
        withArc += prim.flags.instance || arcPrims.contains(row) ? 1 : 0;
        instances += prim.flags.instance ? 1 : 0;
    }
    const Inside all = ThroughInstances(scene).ofStage();
    size_t candidates = 0;
    for (const auto& [arc, count] : sameArc) candidates += count >= 2 ? 1 : 0;
    return {{"instances", instances},
            {"prototypes", scene.prototypes().size()},
            {"candidates", candidates},
            {"ratio", withArc != 0 ? static_cast<double>(instances) / static_cast<double>(withArc) : 0.0},
            {"x_instance_proxy_prim_count", all.prims - traversed},
            {"x_rendered_mesh_count", all.meshes},
            {"x_rendered_triangle_count", all.triangles}};
}

StoredCounts storedCounts(const Scene& scene) {
    const auto isStored = [&](PrimId prim) {
        const PrimFlags& flags = scene.prim(prim).flags;
        return flags.active && flags.defined && flags.loaded && !flags.abstract;
    };
    StoredCounts counts;
    for (uint32_t row = 0; row < scene.stagePrimCount(); ++row)
        counts.prims += isTraversed(scene.prim(PrimId(row))) ? 1 : 0;
    for (const Mesh& mesh : scene.meshes()) counts.meshes += isStored(mesh.prim) ? 1 : 0;
    for (const Material& material : scene.materials().rows) counts.materials += isStored(material.prim) ? 1 : 0;
    return counts;
}

}  // namespace usdtune
