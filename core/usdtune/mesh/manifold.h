// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "usdtune/mesh/remap.h"

namespace usdtune {

/// Edges and points by the faces around them. Winding is told apart from manifoldness: a Möbius strip is manifold.
struct Manifoldness {
    size_t edgeCount = 0;
    size_t boundaryEdgeCount = 0;      ///< one face
    size_t nonManifoldEdgeCount = 0;   ///< more than two faces
    size_t inconsistentEdgeCount = 0;  ///< two faces that run along it in the same direction
    size_t nonManifoldPointCount =
        0;  ///< several fans of faces: faces that meet in the point without a common edge chain

    bool isManifold() const { return nonManifoldEdgeCount == 0 && nonManifoldPointCount == 0; }
    bool isClosed() const { return isManifold() && boundaryEdgeCount == 0; }
};

/// `topology` passed validateTopology. O(n) expected.
Manifoldness measureManifoldness(const TopologyView& topology);

/// Gives every fan of faces around a point a point of its own, so that every edge has at most two faces and every point
/// one fan. Faces, corners and positions stay, so the surface looks the same; points grow in number. The first fan
/// keeps the point, copies follow after all old points, ordered by the point they copy. A second run changes nothing,
/// but welding undoes it. Inconsistent winding is not split. Same guarantee. O(n) expected.
MeshRemap makeManifold(const TopologyView& topology);

}  // namespace usdtune
