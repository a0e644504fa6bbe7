// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/deviation_clusters.h"

#include <algorithm>
#include <unordered_map>

#include "usdtune/verify/pairing.h"
#include "usdtune/verify/path_mapping.h"

namespace usdtune {

namespace {

void keepMeshes(const Scene& scene, std::vector<Drawn>& drawn) {
    std::erase_if(drawn, [&](const Drawn& one) {
        const MeshId mesh = scene.meshOf(one.prim);
        return !mesh.valid() || scene.meshes()[mesh.index].faceVertexIndices.empty();
    });
}

bool belowAny(std::string_view path, const std::vector<std::string>& roots) {
    return std::any_of(roots.begin(), roots.end(),
                       [&](const std::string& root) { return primIsAtOrBelow(path, root); });
}

}  // namespace

MeshClusters::MeshClusters(const Scene& a, const Scene& b, const std::vector<PathMove>& moves,
                           const std::vector<std::string>& roots, const Context& context)
    : assets(a, b) {
    drawnA = drawnOccurrences(a, networksAsNamed(a, assets.naming(true), context));
    drawnB = drawnOccurrences(b, networksAsNamed(b, assets.naming(false), context));
    keepMeshes(a, drawnA);
    keepMeshes(b, drawnB);
    if (!roots.empty()) std::erase_if(drawnA, [&](const Drawn& drawn) { return !belowAny(drawn.path, roots); });
    const PathMapping mapping(moves, a.tokens());
    std::erase_if(drawnA, [&](const Drawn& drawn) {  // what nobody saw and a row says was removed
        return isHiddenForGood(a, drawn) && mapping.map(drawn.path).path.empty();
    });
    DrawnPairing pairing = pairByPath(drawnA, drawnB, mapping);
    pairInstanceContents(drawnA, drawnB, pairing);

    std::vector<std::vector<size_t>> partsOf(drawnB.size());
    for (const DrawnPair& pair : pairing.pairs) partsOf[pair.b].push_back(pair.a);
    // Several that were merged into one lead to the same path: the first took it, the others join.
    std::unordered_map<std::string_view, size_t> atB;
    for (size_t i = drawnB.size(); i-- > 0;) atB[drawnB[i].path] = i;
    for (const size_t i : pairing.left) {
        const auto found = atB.find(mapping.map(drawnA[i].path).path);
        if (found == atB.end() || found->first == drawnA[i].path)
            missing.push_back(i);
        else
            partsOf[found->second].push_back(i);
    }
    std::vector<std::string> mappedRoots;
    for (const std::string& root : roots) mappedRoots.push_back(mapping.map(root).path);
    for (size_t i = 0; i < drawnB.size(); ++i) {
        std::sort(partsOf[i].begin(), partsOf[i].end());
        if (!partsOf[i].empty())
            clusters.push_back({i, std::move(partsOf[i])});
        else if (roots.empty() || belowAny(drawnB[i].path, roots) || belowAny(drawnB[i].path, mappedRoots))
            added.push_back(i);
    }
    std::sort(clusters.begin(), clusters.end(),
              [](const MeshCluster& x, const MeshCluster& y) { return x.parts[0] < y.parts[0]; });
}

}  // namespace usdtune
