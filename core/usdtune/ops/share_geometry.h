// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "usdtune/edit/edit.h"
#include "usdtune/ops/geometry_groups.h"
#include "usdtune/ops/sharing_cost.h"
#include "usdtune/scene/incoming_targets.h"

namespace usdtune {

/// Name of the class prim at the root under which shared meshes live; a number follows where it is taken.
inline constexpr std::string_view kPrototypeScope = "GeometryPrototypes";

/// Facts about the whole scene that decide whether meshes may become references; asked once, read from many threads.
struct SharingContext {
    IncomingTargets incoming;
    std::vector<uint8_t> elsewhere;         ///< composedElsewhere
    bool hasCollectionExpressions = false;  ///< a membershipExpression may name a mesh by its path or type

    explicit SharingContext(const Scene& scene);
};

/// Why a mesh may not become a reference to shared geometry, as a stable code; empty when it may. Beside the codes of
/// whyTopologyIsTied and whyNotEditable: `has_arcs` · `has_children` · `default_prim` · `arc_source` (something refers
/// to it or to what stands above it) · `is_target` (a relationship or connection that wants the mesh itself points at
/// it) · `explicit_collection`, `collection_expression` (the mesh would fall out of a collection) · `latent_target` ·
/// `physics` · `light` · `api_schema` · `broken_transform` · `opaque_metadata`.
std::string_view whyNotShareable(const Scene& scene, const Mesh& mesh, const SharingContext& context);

/// What sharing a group would add and take away, and what instancing its points would.
SharingFacts sharingFacts(const Scene& scene, const GeometryGroup& group);
SharingFacts instancingFacts(const Scene& scene, const GeometryGroup& group);

/// The edits that let every member of every group refer to one mesh. Each group gets `/<scope>/<name>`, an Xform with
/// the mesh `Geometry` in it that holds everything of the shape (see isGeometryProperty) and its subsets; each member,
/// the representative included, becomes an Xform at its old path that refers to it, keeps everything else it had, and
/// gets the map as its innermost transform. Path moves tell where the meshes went.
EditList shareGeometry(const Scene& scene, const std::vector<GeometryGroup>& groups, bool instanceable);

/// The edits that put a map below all other transform ops of a prim, as its innermost one.
void appendInnermostTransform(const Scene& scene, PrimId prim, const Matrix4d& map, std::string_view suffix,
                              std::vector<Edit>& edits);

}  // namespace usdtune
