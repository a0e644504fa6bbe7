// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usdtune/mesh/cleanup.h"
#include "usdtune/ops/op.h"

namespace usdtune {

/// The mesh operation behind meshCleanup and mergeVertices: every selected mesh through cleanupMesh and editMesh, in
/// parallel, results in stage order. `options.tolerance` is in world space, in stage units; each mesh gets its share.
/// Points merge and faces count as duplicates only where all their data are equal, so no attribute is lost. Subdivision
/// cages only lose isolated points; colliders keep them.
OpOutcome repairMeshes(const Scene& scene, const Selection& selection, const CleanupOptions& options,
                       const Context& context);

/// What one mesh has to repair, its data respected; `mesh` has a valid topology.
Cleanup findRepairs(const Scene& scene, const Mesh& mesh, const CleanupOptions& options);

}  // namespace usdtune
