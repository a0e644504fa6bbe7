// SPDX-License-Identifier: Apache-2.0
//
// Exact weld: chained hashing of position bits, as meshoptimizer's generateVertexRemap and glTF-Transform's weld do.
// Tolerant weld: a grid of kept points only. Set aside:
// - rounding positions to a grid and comparing keys (glTF-Transform before v4, many exporters): splits pairs that lie
//   across a cell border however close they are, and merges pairs of up to √3 cells;
// - transitive clusters (union of all pairs within tolerance): a dense strip of points collapses into one;
// - sorting along an axis: O(n²) for the flat plates that CAD scenes are made of.
// Because kept points are more than a tolerance apart, a cell holds a bounded number of them, whatever the input.
#include "usdtune/mesh/weld.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "usdtune/base/assert.h"
#include "usdtune/base/bounds.h"
#include "usdtune/mesh/cell_hash.h"
#include "usdtune/mesh/half_edges.h"

namespace usdtune {

namespace {

constexpr uint32_t kNobody = 0xFFFFFFFFu;

/// What may merge with what, apart from distance.
class MergeRules {
public:
    explicit MergeRules(std::span<const uint32_t> labels) : labels_(labels) {}

    MergeRules(std::span<const uint32_t> labels, const TopologyView& topology, const WeldOptions& options)
        : labels_(labels) {
        if (!options.mergeBoundaries) onBoundary_ = boundaryPoints(topology);
        if (!options.mergeNeighbors) {
            indices_ = topology.indices;
            corners_ = pointToCorners(topology);
            offsets_ = cornerOffsets(topology.counts);
            faces_ = cornerToFace(topology.counts);
            refusedFor_.assign(topology.pointCount, kNobody);
        }
    }

    uint32_t label(size_t point) const { return labels_.empty() ? 0 : labels_[point]; }
    bool mayMerge(size_t point) const { return onBoundary_.empty() || onBoundary_[point] == 0; }

    /// Marks the kept points that stand for a neighbour of `point`; only earlier points stand for anything yet.
    void refuseNeighbors(uint32_t point, std::span<const uint32_t> keptOf) {
        if (faces_.empty()) return;
        for (const uint32_t corner : corners_[point]) {
            const uint32_t face = faces_[corner];
            for (uint32_t c = offsets_[face]; c < offsets_[face + 1]; ++c) {
                const auto neighbor = static_cast<uint32_t>(indices_[c]);
                if (neighbor < point) refusedFor_[keptOf[neighbor]] = point;
            }
        }
    }
    bool refuses(uint32_t point, uint32_t kept) const { return !refusedFor_.empty() && refusedFor_[kept] == point; }

private:
    std::span<const uint32_t> labels_;
    std::vector<uint8_t> onBoundary_;
    std::span<const int> indices_;
    RowTable corners_;
    std::vector<uint32_t> offsets_, faces_;
    std::vector<uint32_t> refusedFor_;  ///< by kept point: the last point that must not join it
};

uint64_t exactKey(const Vec3f& p, uint32_t label) {
    uint64_t key = label;
    for (const float x : p.v) key = combineBits(key, std::bit_cast<uint32_t>(x + 0.0f));
    return key;
}

/// Finds the earliest kept point equal to a point.
class ExactSearch {
public:
    ExactSearch(std::span<const Vec3f> points, const MergeRules& rules)
        : points_(points), rules_(rules), kept_(points.size()) {}

    uint32_t find(uint32_t point) const {
        const uint32_t label = rules_.label(point);
        uint32_t earliest = kNobody;
        for (uint32_t k = kept_.first(exactKey(points_[point], label)); k != KeyChains::kEnd; k = kept_.next(k))
            if (k < earliest && points_[k] == points_[point] && rules_.label(k) == label && !rules_.refuses(point, k))
                earliest = k;
        return earliest;
    }
    void keep(uint32_t point) { kept_.insert(exactKey(points_[point], rules_.label(point)), point); }

private:
    std::span<const Vec3f> points_;
    const MergeRules& rules_;
    KeyChains kept_;
};

/// Finds the earliest kept point within the tolerance of a point.
class NearSearch {
public:
    NearSearch(std::span<const Vec3f> points, const MergeRules& rules, double tolerance)
        : points_(points),
          rules_(rules),
          squaredTolerance_(tolerance * tolerance),
          grid_(tolerance, boundsOf(points)),
          kept_(points.size()) {}

    uint32_t find(uint32_t point) const {
        const Vec3d p = toDouble(points_[point]);
        const uint32_t label = rules_.label(point);
        uint32_t earliest = kNobody;
        for (const uint64_t key : grid_.keysAround(p, label))
            for (uint32_t k = kept_.first(key); k != KeyChains::kEnd; k = kept_.next(k)) {
                if (k >= earliest) continue;
                const Vec3d d = p - toDouble(points_[k]);
                if (dot(d, d) > squaredTolerance_ || rules_.label(k) != label || rules_.refuses(point, k)) continue;
                earliest = k;
            }
        return earliest;
    }
    void keep(uint32_t point) { kept_.insert(grid_.key(toDouble(points_[point]), rules_.label(point)), point); }

private:
    std::span<const Vec3f> points_;
    const MergeRules& rules_;
    double squaredTolerance_;
    CellGrid grid_;
    KeyChains kept_;
};

template <class Search>
size_t weldWith(Search search, std::span<uint32_t> remap, std::span<const Vec3f> points, MergeRules& rules) {
    // First the kept point each point joins, because the rules ask for it; numbers without gaps afterwards.
    for (uint32_t p = 0; p < points.size(); ++p) {
        remap[p] = p;
        if (!isFinite(points[p]) || !rules.mayMerge(p)) continue;
        rules.refuseNeighbors(p, remap);
        const uint32_t kept = search.find(p);
        if (kept == kNobody)
            search.keep(p);
        else
            remap[p] = kept;
    }
    uint32_t count = 0;
    for (uint32_t p = 0; p < points.size(); ++p) remap[p] = remap[p] == p ? count++ : remap[remap[p]];
    return count;
}

size_t weldByRules(std::span<uint32_t> remap, std::span<const Vec3f> points, float tolerance, MergeRules& rules) {
    if (tolerance == 0) return weldWith(ExactSearch(points, rules), remap, points, rules);
    if (tolerance > 0) return weldWith(NearSearch(points, rules, tolerance), remap, points, rules);
    for (uint32_t p = 0; p < points.size(); ++p) remap[p] = p;
    return points.size();
}

}  // namespace

size_t weldRemap(std::span<uint32_t> remap, std::span<const Vec3f> points, float tolerance,
                 std::span<const uint32_t> labels) {
    USDTUNE_ASSERT(remap.size() == points.size(), "a weld remap needs one entry per point");
    USDTUNE_ASSERT(labels.empty() || labels.size() == points.size(), "labels need one entry per point");
    MergeRules rules(labels);
    return weldByRules(remap, points, tolerance, rules);
}

size_t weldRemap(std::span<uint32_t> remap, std::span<const Vec3f> points, float tolerance,
                 std::span<const uint32_t> labels, const TopologyView& topology, const WeldOptions& options) {
    USDTUNE_ASSERT(remap.size() == points.size(), "a weld remap needs one entry per point");
    USDTUNE_ASSERT(labels.empty() || labels.size() == points.size(), "labels need one entry per point");
    USDTUNE_ASSERT(topology.pointCount == points.size(), "the topology is of another mesh");
    MergeRules rules(labels, topology, options);
    return weldByRules(remap, points, tolerance, rules);
}

}  // namespace usdtune
