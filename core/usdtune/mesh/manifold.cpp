// SPDX-License-Identifier: Apache-2.0
//
// The cutting half of Guéziec, Taubin, Lazarus, Horn, "Cutting and Stitching: Converting Sets of Polygons to Manifold
// Surfaces" (2001): corners around a point are joined across edges that two faces share; each class becomes a point.
// One pass is enough: cutting the link of a point at its nodes of degree > 2 leaves paths and cycles, and a path has
// only two ends, so at most two faces stay on any copy of a cut edge. Stitching sheets back together by dihedral order
// was set aside; it guesses which faces belong together, and cutting alone already keeps the surface.
#include "usdtune/mesh/manifold.h"

#include <utility>
#include <vector>

#include "usdtune/mesh/half_edges.h"

namespace usdtune {

namespace {

/// Corners that belong to one fan around their point.
DisjointSets cornerFans(const TopologyView& topology, const EdgeTable& edges) {
    DisjointSets fans(topology.cornerCount());
    // A corner that repeats the point of its neighbor is the same place in the fan.
    for (uint32_t c = 0; c < topology.cornerCount(); ++c)
        if (edges.edgeOfCorner[c] == kRemoved) fans.join(c, edges.nextCorner[c]);
    for (size_t e = 0; e < edges.edgeCount(); ++e) {
        const auto halfEdges = edges.halfEdges[e];
        if (halfEdges.size() != 2) continue;
        const uint32_t a = halfEdges[0], b = halfEdges[1];
        const bool sameDirection = topology.indices[a] == topology.indices[b];
        fans.join(a, sameDirection ? b : edges.nextCorner[b]);
        fans.join(edges.nextCorner[a], sameDirection ? edges.nextCorner[b] : b);
    }
    return fans;
}

}  // namespace

Manifoldness measureManifoldness(const TopologyView& topology) {
    const EdgeTable edges = buildEdges(topology);
    Manifoldness out;
    out.edgeCount = edges.edgeCount();
    for (size_t e = 0; e < edges.edgeCount(); ++e) {
        const auto halfEdges = edges.halfEdges[e];
        out.boundaryEdgeCount += halfEdges.size() == 1;
        out.nonManifoldEdgeCount += halfEdges.size() > 2;
        out.inconsistentEdgeCount +=
            halfEdges.size() == 2 && topology.indices[halfEdges[0]] == topology.indices[halfEdges[1]];
    }

    DisjointSets fans = cornerFans(topology, edges);
    std::vector<uint8_t> fanCount(topology.pointCount, 0);
    for (uint32_t c = 0; c < topology.cornerCount(); ++c) {
        uint8_t& count = fanCount[static_cast<size_t>(topology.indices[c])];
        if (fans.find(c) == c && count < 2 && ++count == 2) ++out.nonManifoldPointCount;
    }
    return out;
}

MeshRemap makeManifold(const TopologyView& topology) {
    MeshRemap remap = identityRemap(topology);
    DisjointSets fans = cornerFans(topology, buildEdges(topology));
    const RowTable corners = pointToCorners(topology);

    std::vector<uint32_t> pointOfFan(topology.cornerCount(), kRemoved);  // by the fan's first corner
    for (uint32_t p = 0; p < topology.pointCount; ++p) {
        bool firstFan = true;
        for (const uint32_t corner : corners[p]) {
            const uint32_t fan = fans.find(corner);
            if (pointOfFan[fan] == kRemoved) {
                pointOfFan[fan] = std::exchange(firstFan, false) ? p : static_cast<uint32_t>(remap.pointSource.size());
                if (pointOfFan[fan] != p) remap.pointSource.push_back(p);
            }
            remap.indices[corner] = static_cast<int>(pointOfFan[fan]);
        }
    }
    return remap;
}

}  // namespace usdtune
