// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/pairing.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "usdtune/base/parallel.h"
#include "usdtune/verify/path_mapping.h"

namespace usdtune {

DrawnPairing pairByPath(const std::vector<Drawn>& a, const std::vector<Drawn>& b, const PathMapping& mapping) {
    constexpr size_t kNone = SIZE_MAX;
    std::unordered_map<std::string_view, size_t> atB;
    std::vector<size_t> nextB(b.size(), kNone);
    for (size_t i = b.size(); i-- > 0;) {
        const auto [at, isNew] = atB.try_emplace(b[i].path, i);
        if (!isNew) nextB[i] = std::exchange(at->second, i);
    }
    DrawnPairing out;
    out.taken.assign(b.size(), 0);
    for (size_t i = 0; i < a.size(); ++i) {
        const PathMapping::Target to = mapping.map(a[i].path);
        const auto found = to.path.empty() ? atB.end() : atB.find(to.path);
        if (found == atB.end() || found->second == kNone) {
            out.left.push_back(i);
            continue;
        }
        out.take({i, std::exchange(found->second, nextB[found->second])});
    }
    return out;
}

void pairInstanceContents(const std::vector<Drawn>& a, const std::vector<Drawn>& b, DrawnPairing& pairing) {
    std::unordered_map<std::string, std::vector<size_t>> below;
    for (size_t i = 0; i < b.size(); ++i) {
        const size_t cut = b[i].path.rfind('/');
        if (cut != 0 && cut != std::string::npos) below[b[i].path.substr(0, cut)].push_back(i);
    }
    std::erase_if(pairing.left, [&](size_t i) {
        const auto found = below.find(a[i].path);
        if (found == below.end() || found->second.size() != 1 || pairing.taken[found->second[0]] != 0) return false;
        pairing.take({i, found->second[0]});
        return true;
    });
}

std::vector<Hash128> networksAsNamed(const Scene& scene, const AssetNaming& naming, const Context& context) {
    const NetworkReader reader(scene);
    const std::vector<Material>& rows = scene.materials().rows;
    std::vector<Hash128> out(rows.size());
    parallelFor(context, rows.size(), [&](size_t i) {
        out[i] = rows[i].usesTextures ? reader.networkHash(rows[i].prim, naming) : rows[i].networkHash;
    });
    return out;
}

bool primIsAtOrBelow(std::string_view path, std::string_view root) {
    return !root.empty() && path.starts_with(root) &&
           (path.size() == root.size() || path[root.size()] == '/' || root == "/");
}

}  // namespace usdtune
