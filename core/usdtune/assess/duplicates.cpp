// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <unordered_map>

#include "usdtune/assess/facts.h"

namespace usdtune {

using nlohmann::json;

json duplicateGeometry(const Scene& scene) {
    struct Group {
        Hash128 hash;
        std::vector<uint32_t> meshes;
    };
    std::vector<Group> groups;  // in order of first occurrence
    std::unordered_map<Hash128, size_t> groupOf;
    for (uint32_t i = 0; i < scene.meshes().size(); ++i) {
        const Mesh& mesh = scene.meshes()[i];
        if (scene.prim(mesh.prim).flags.inPrototype || mesh.points.empty()) continue;
        Hasher hasher;
        hasher.hash(mesh.topologyHash);
        hasher.hash(mesh.pointsHash);
        const Hash128 hash = hasher.finish();
        const auto [slot, isNew] = groupOf.try_emplace(hash, groups.size());
        if (isNew) groups.push_back({hash, {}});
        groups[slot->second].meshes.push_back(i);
    }
    std::erase_if(groups, [](const Group& group) { return group.meshes.size() < 2; });
    size_t surplus = 0, bytes = 0;
    for (const Group& group : groups) {
        const Mesh& mesh = scene.meshes()[group.meshes[0]];
        surplus += group.meshes.size() - 1;
        bytes += (group.meshes.size() - 1) *
                 (mesh.points.size_bytes() + mesh.faceVertexCounts.size_bytes() + mesh.faceVertexIndices.size_bytes());
    }
    // The root prims that hold any member: what a probe has to look at together.
    std::set<std::string> roots;
    for (const Group& group : groups) {
        for (const uint32_t member : group.meshes) {
            PrimId top = scene.meshes()[member].prim;
            while (scene.prim(top).parent.valid()) top = scene.prim(top).parent;
            roots.insert(std::string(scene.path(top)));
        }
    }
    json out = {{"x_roots", roots},
                {"assessed", true},
                {"group_count", groups.size()},
                {"duplicate_mesh_count", surplus},
                {"duplicate_bytes", bytes}};
    std::stable_sort(groups.begin(), groups.end(), [&](const Group& a, const Group& b) {
        return a.meshes.size() * scene.meshes()[a.meshes[0]].points.size() >
               b.meshes.size() * scene.meshes()[b.meshes[0]].points.size();
    });
    json& top = out["top_groups"] = json::array();
    for (size_t i = 0; i < std::min<size_t>(groups.size(), 10); ++i) {
        json paths = json::array();
        for (size_t k = 0; k < std::min<size_t>(groups[i].meshes.size(), 5); ++k)
            paths.push_back(std::string(scene.path(scene.meshes()[groups[i].meshes[k]].prim)));
        top.push_back({{"hash", toHex(groups[i].hash)},
                       {"copies", groups[i].meshes.size()},
                       {"points", scene.meshes()[groups[i].meshes[0]].points.size()},
                       {"paths", paths}});
    }
    return out;
}

}  // namespace usdtune
