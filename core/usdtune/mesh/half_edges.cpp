// SPDX-License-Identifier: Apache-2.0
//
// Half-edges in the index-only form of OpenSubdiv's topology tables: arrays instead of linked records, no restriction
// to manifold input. Edges are found by hashing their end points. Set aside: lists per lower end point, which are
// quadratic at the hub of a fan of a million triangles; sorting all half-edges, which is slower and loses the order of
// first occurrence.
#include "usdtune/mesh/half_edges.h"

#include <algorithm>
#include <numeric>

#include "usdtune/mesh/cell_hash.h"

namespace usdtune {

namespace {

std::vector<uint32_t> cornersAfter(const TopologyView& topology) {
    std::vector<uint32_t> next(topology.cornerCount());
    uint32_t first = 0;
    for (const int count : topology.counts) {
        for (uint32_t k = 0; k < static_cast<uint32_t>(count); ++k)
            next[first + k] = k + 1 < static_cast<uint32_t>(count) ? first + k + 1 : first;
        first += static_cast<uint32_t>(count);
    }
    return next;
}

}  // namespace

EdgeTable buildEdges(const TopologyView& topology) {
    EdgeTable table;
    table.nextCorner = cornersAfter(topology);
    table.edgeOfCorner.assign(topology.cornerCount(), kRemoved);

    KeyChains chains(topology.cornerCount());
    uint32_t edgeCount = 0;
    for (uint32_t c = 0; c < topology.cornerCount(); ++c) {
        const auto [low, high] = std::minmax({topology.indices[c], topology.indices[table.nextCorner[c]]});
        if (low == high) continue;
        const uint64_t key = mixBits(static_cast<uint64_t>(low) << 32 | static_cast<uint32_t>(high));
        uint32_t twin = chains.first(key);
        for (; twin != KeyChains::kEnd; twin = chains.next(twin)) {
            const auto [a, b] = std::minmax({topology.indices[twin], topology.indices[table.nextCorner[twin]]});
            if (a == low && b == high) break;
        }
        if (twin == KeyChains::kEnd) {
            chains.insert(key, c);
            table.edgeOfCorner[c] = edgeCount++;
        } else {
            table.edgeOfCorner[c] = table.edgeOfCorner[twin];
        }
    }
    table.halfEdges = invertRows(table.edgeOfCorner, edgeCount);
    return table;
}

std::vector<uint8_t> boundaryPoints(const TopologyView& topology) {
    const EdgeTable edges = buildEdges(topology);
    std::vector<uint8_t> onBoundary(topology.pointCount, 0);
    for (size_t e = 0; e < edges.edgeCount(); ++e) {
        if (edges.halfEdges[e].size() != 1) continue;
        const uint32_t corner = edges.halfEdges[e][0];
        onBoundary[static_cast<size_t>(topology.indices[corner])] = 1;
        onBoundary[static_cast<size_t>(topology.indices[edges.nextCorner[corner]])] = 1;
    }
    return onBoundary;
}

DisjointSets::DisjointSets(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0u); }

uint32_t DisjointSets::find(uint32_t item) {
    while (parent_[item] != item) item = parent_[item] = parent_[parent_[item]];
    return item;
}

bool DisjointSets::join(uint32_t a, uint32_t b) {
    a = find(a);
    b = find(b);
    if (a == b) return false;
    if (b < a) std::swap(a, b);
    parent_[b] = a;
    return true;
}

}  // namespace usdtune
