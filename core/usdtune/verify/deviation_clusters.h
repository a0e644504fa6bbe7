// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/edit/edit.h"
#include "usdtune/verify/asset_names.h"
#include "usdtune/verify/deviation_surface.h"

namespace usdtune {

/// A mesh occurrence of B with all of A that it stands for, as rows of the lists below.
struct MeshCluster {
    size_t target;
    std::vector<size_t> parts;  ///< ascending, at least one
};

/// Which mesh occurrences of two scenes are held against each other.
struct MeshClusters {
    AssetNames assets;
    std::vector<Drawn> drawnA, drawnB;
    std::vector<MeshCluster> clusters;  ///< by first part
    std::vector<size_t> missing;        ///< meshes of A that nothing in B stands for; ascending
    std::vector<size_t> added;          ///< meshes of B that stand for nothing; ascending

    /// `roots` of A, all when empty. What has no faces is left out on both sides.
    MeshClusters(const Scene& a, const Scene& b, const std::vector<PathMove>& moves,
                 const std::vector<std::string>& roots, const Context& context);
};

}  // namespace usdtune
