// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace usdtune {

/// A polygon mesh as USD spells it: face f owns counts[f] consecutive entries of `indices`, its corners.
struct TopologyView {
    std::span<const int> counts;
    std::span<const int> indices;
    size_t pointCount = 0;

    size_t faceCount() const { return counts.size(); }
    size_t cornerCount() const { return indices.size(); }
};

enum class TopologyFlaw : uint8_t {
    none,
    negativeCount,    ///< counts[where] is `value`
    cornerMismatch,   ///< counts sum to `value`, but `expected` indices are given
    indexOutOfRange,  ///< indices[where] is `value`, but there are `expected` points
    tooLarge,         ///< more than 2^31 - 1 points, faces or corners: `value`
};

/// The first thing wrong with a topology, with the numbers a sentence about it needs.
struct TopologyCheck {
    TopologyFlaw flaw = TopologyFlaw::none;
    size_t where = 0;
    int64_t value = 0;
    int64_t expected = 0;
    size_t degenerateFaceCount = 0;  ///< faces with fewer than 3 corners: allowed, though nothing draws them
    size_t firstDegenerateFace = 0;  ///< meaningful when degenerateFaceCount > 0

    bool ok() const { return flaw == TopologyFlaw::none; }
};

/// Decides whether a topology may be handed to the kernels of this room. All of them rely on a check that is ok().
/// Flaws are looked for in the order of the enum; the degenerate faces are counted only when there is none. O(n).
TopologyCheck validateTopology(const TopologyView& topology);

/// First corner of every face, and the corner count at the end: faceCount + 1 entries.
/// The caller guarantees counts without negative entries.
std::vector<uint32_t> cornerOffsets(std::span<const int> counts);

/// The face each corner belongs to: cornerCount entries. Same guarantee.
std::vector<uint32_t> cornerToFace(std::span<const int> counts);

/// Rows of variable length in one array: row r is items[begin[r] … begin[r + 1]).
struct RowTable {
    std::vector<uint32_t> begin{0};
    std::vector<uint32_t> items;

    size_t rowCount() const { return begin.size() - 1; }
    std::span<const uint32_t> operator[](size_t row) const {
        return std::span(items).subspan(begin[row], begin[row + 1] - begin[row]);
    }
};

/// Inverts a map item → row into row → items, ascending within a row. Every entry of `rowOf` is below `rowCount`
/// or kRemoved (see remap.h), which belongs to no row. O(n).
RowTable invertRows(std::span<const uint32_t> rowOf, size_t rowCount);

/// The corners at each point, ascending.
RowTable pointToCorners(const TopologyView& topology);

}  // namespace usdtune
