// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "usdtune/mesh/remap.h"
#include "usdtune/mesh/topology.h"

namespace usdtune {

/// The undirected edges of a polygon mesh. Half-edge c runs from corner c to the next corner of its face; half-edges
/// between the same two points, in either direction, share an edge. Half-edges from a point to itself have none.
struct EdgeTable {
    std::vector<uint32_t> edgeOfCorner;  ///< half-edge → edge, or kRemoved
    RowTable halfEdges;                  ///< edge → its half-edges, ascending
    std::vector<uint32_t> nextCorner;    ///< corner → next corner around its face

    size_t edgeCount() const { return halfEdges.rowCount(); }
};

/// Edges are numbered by first occurrence, so the numbers do not depend on hashing. `topology` passed
/// validateTopology. O(n) expected.
EdgeTable buildEdges(const TopologyView& topology);

/// 1 for every point on an edge that has a single half-edge. One entry per point.
std::vector<uint8_t> boundaryPoints(const TopologyView& topology);

/// Disjoint sets of 0 … n - 1; the root of a set is its smallest member, so results do not depend on the order of
/// joins.
class DisjointSets {
public:
    explicit DisjointSets(size_t count);
    uint32_t find(uint32_t item);
    /// True when the two were apart.
    bool join(uint32_t a, uint32_t b);

private:
    std::vector<uint32_t> parent_;
};

}  // namespace usdtune
