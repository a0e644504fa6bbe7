// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/mesh/congruence.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

/// One mesh of a group with the map from the representative's points to its own: p_member = p_representative * map.
struct GroupMember {
    MeshId mesh;
    Matrix4d map;
    MapKind kind = MapKind::rigid;
    double worldDistance = 0;  ///< how far a point moves when the member shows the mapped points, in stage units
    bool reshaped = false;     ///< the surfaces agree, points and faces do not correspond
};

/// Meshes that show one shape. The representative is the first in stage order, with the identity as its map.
struct GeometryGroup {
    std::vector<GroupMember> members;
};

struct GroupingOptions {
    double tolerance = 0;   ///< in world space, stage units, strictly below, both ways; 0 takes each mesh's own ε
    bool mapPoints = true;  ///< otherwise points must agree where they are
    bool compareData =
        true;  ///< everything that belongs to the shape must agree, not only topology, points and normals
    bool shareOrientation = true;                    ///< members will take over the representative's orientation
    std::vector<std::string> ignoreAttributes = {};  ///< names, or namespaces ending in `:`, left out with compareData
};

/// Whether a property belongs to the shape (points, topology, normals, primvars that vary over the mesh, subdivision
/// data, orientation, subset families); everything else belongs to the place where the shape stands.
bool isGeometryProperty(const Scene& scene, const Mesh& mesh, const Property& row);

/// Whether `name` is one of the ignored ones, or lies in an ignored namespace.
bool isIgnored(std::string_view name, const std::vector<std::string>& ignored);

/// What a property or metadata say, samples left out; for hashes that tell apart what must not be merged.
void hashProperty(Hasher& hasher, const Scene& scene, const Property& row);
void hashMetadata(Hasher& hasher, const Scene& scene, RowRange range);

/// A hash of what must be equal before maps are tried: topology, data (interpolation and dereferenced values of
/// primvars, subdivision data, subsets), which normals there are. Points and normals themselves are left out.
Hash128 geometryHash(const Scene& scene, const Mesh& mesh, const GroupingOptions& options);

/// Whether authored normals agree within 0.01° when `map` carries the first mesh onto the second.
bool normalsAgree(const Scene& scene, const Mesh& from, const Mesh& to, const Matrix4d& map);

/// Groups of two and more among `candidates` (in stage order), in order of their representatives.
///
/// Rigid maps are tried on subdivision cages and colliders, affine ones on everything else. A map that mirrors is only
/// taken where it turns no face inside out. Authored normals must agree within 0.01° under the inverse transpose; where
/// other vectors (tangents, velocities) are authored only translations are tried. Each mesh is compared with at most
/// 128 representatives, the first ones that may fit, so the cost is near-linear in the number of meshes.
/// `candidates` have valid topologies and finite points. Same groups at any thread count.
std::vector<GeometryGroup> findGeometryGroups(const Scene& scene, const std::vector<MeshId>& candidates,
                                              const std::vector<Hash128>& hashes, const GroupingOptions& options,
                                              const Context& context);

}  // namespace usdtune
