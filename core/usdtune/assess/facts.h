// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "usdtune/base/context.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

/// The parts of an assessment, one file each. All are pure functions of the Scene.

/// `summary_counts`, `instancing`: prims of the default traversal (active, defined, loaded, not abstract, instances not
/// entered), meshes and materials among them, prototypes, instances, arcs as list-op items of composed prims. What
/// `x_rendered_…` counts is met when instances are entered; instances of point instancers are not.
nlohmann::json summaryCounts(const Scene& scene);
nlohmann::json instancingFacts(const Scene& scene);

/// `composition`, `variants_and_payloads`: arcs by kind, sublayers, what does not resolve, where the meshes come from.
nlohmann::json compositionFacts(const Scene& scene);
nlohmann::json variantFacts(const Scene& scene);

/// `x_duplicate_geometry`: meshes whose topology and points equal an earlier mesh's byte for byte.
nlohmann::json duplicateGeometry(const Scene& scene);

/// `flagged_assets`: subtrees worth a targeted probe, with the reason (`primvar_uv`, `mesh_hygiene`).
nlohmann::json flaggedAssets(const Scene& scene);

/// The asset that a prim belongs to: the nearest component (`kind`) at or above it, else the prim of the second level
/// of the namespace that it is or is below; a root prim is its own.
PrimId assetOf(const Scene& scene, PrimId prim);

/// `scale_assessment`: whether many prims mean repetition, a few heavy assets, or nothing. `duplicateMeshes` repeat
/// another one; `instanceRatio` is that of `instancing`.
nlohmann::json scaleFacts(const Scene& scene, size_t duplicateMeshes, double instanceRatio);

/// `x_posture`: whether the scene looks converted from CAD/BIM/MEP, and why; whether validation has to treat it as
/// large.
nlohmann::json postureFacts(const Scene& scene, uint64_t resolvedBytes);

/// `findings`: units, axis, default prim, depth and kinds that a person should know of.
nlohmann::json stageFindings(const Scene& scene);

/// True for prims that the default traversal meets.
bool isTraversed(const Prim& prim);

}  // namespace usdtune
