// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "usdtune/edit/edit.h"
#include "usdtune/mesh/remap.h"
#include "usdtune/mesh/unique_values.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

/// One array of a mesh prim that has a row per point, face or corner: a primvar, normals, velocities. `points` and the
/// topology are not among them.
struct MeshColumn {
    PropertyId attribute;
    PropertyId indicesAttribute;  ///< invalid when not indexed
    MeshElement element = MeshElement::point;
    PrimvarView view;

    /// The rows with the indices resolved.
    std::vector<std::byte> denseRows() const;
};

MeshElement meshElementOf(Interpolation interpolation);
inline TopologyView topologyOf(const Mesh& mesh) {
    return {mesh.faceVertexCounts, mesh.faceVertexIndices, mesh.points.size()};
}

/// The columns of a mesh that whyTopologyIsTied lets through. Empty arrays and constant primvars are left out.
std::vector<MeshColumn> meshColumns(const Scene& scene, const Mesh& mesh);

/// Why the topology of a mesh must stay as it is, as a stable code; empty when it may change:
/// `invalid_topology` · `animated` · `skinned` (joints or blend shapes count points) · `deformable` (simulation does) ·
/// `malformed_normals` · `malformed_primvar` · `malformed_subset` · `subset_elements` (subsets of edges and other
/// elements) · `connected` (an attribute takes its value elsewhere) · `index_tied_attribute` (an array we do not know
/// has as many entries as the mesh has points, faces or corners). Reads only; safe from many threads.
std::string_view whyTopologyIsTied(const Scene& scene, const Mesh& mesh);

/// Why one of the properties that a change of topology writes may not be edited; empty when all may.
std::string_view whyTopologyIsNotEditable(const Scene& scene, const Mesh& mesh);

/// Labels for cleanupMesh: equal where all data are equal, subsets and holes included. Empty when nothing tells apart.
struct MeshLabels {
    std::vector<uint32_t> points, faces, corners;
};
MeshLabels meshLabels(const Scene& scene, const Mesh& mesh);

/// The edits that take one mesh through a remap: points, topology, normals, every primvar with its indices,
/// GeomSubsets, holes, creases and corners; the only place that does so. Arrays the remap leaves alone are not written.
/// An `extent` that was exactly the points' box follows them; a wider one stays. The mesh passed both questions above.
/// Needs no interning, so meshes may be edited in parallel.
std::vector<Edit> editMesh(const Scene& scene, const Mesh& mesh, const MeshRemap& remap);

/// How much a transform stretches the direction that it stretches most: its largest singular value.
double largestStretch(const Matrix4d& matrix);

}  // namespace usdtune
