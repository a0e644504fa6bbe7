// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "usdtune/mesh/remap.h"

namespace usdtune {

/// Rows of `rowBytes` bytes each: the values of a primvar, elementSize included. Rows are equal when all their bits
/// are, so -0.0 differs from 0.0 and NaNs compare by their bits: nothing a reader could tell apart is ever merged.
struct RowView {
    std::span<const std::byte> bytes;
    size_t rowBytes = 1;

    size_t rowCount() const { return rowBytes == 0 ? 0 : bytes.size() / rowBytes; }
    const std::byte* row(size_t i) const { return bytes.data() + i * rowBytes; }
};

template <class T>
RowView rowsOf(std::span<const T> values, size_t elementSize = 1) {
    return {std::as_bytes(values), sizeof(T) * elementSize};
}

struct UniqueRows {
    std::vector<uint32_t> source;  ///< unique row → the first row that holds it, ascending
    std::vector<int> indices;      ///< row → unique row
};

/// Numbers the distinct rows in first-seen order. Equality is decided by the bytes, not by a hash.
/// bytes.size() is a multiple of rowBytes. O(n) expected.
UniqueRows uniqueRows(const RowView& rows);

/// Refines labels by one more column: rows get equal labels afterwards if and only if they had equal ones and their
/// rows are equal. Labels are numbered by first occurrence; returns how many there are. Start with labels all 0.
size_t refineLabels(std::span<uint32_t> labels, const RowView& rows);

/// The values of a primvar as a reader sees them: plain, or by way of indices.
struct PrimvarView {
    RowView values;
    std::span<const int> indices = {};  ///< meaningful when `indexed`
    bool indexed = false;

    size_t rowCount() const { return indexed ? indices.size() : values.rowCount(); }
    /// True when a primvar on `element` can be read everywhere: rows for every element, indices in range.
    bool fits(const TopologyView& topology, MeshElement element) const;
};

/// Whether a primvar on `from` could be stored on `to` and read back as the same values at every corner.
/// face, point and corner reduce to whole when all rows are equal; corner to face when the rows of each face are;
/// corner to point when the rows at each point are. Whatever does not fit, and any other pair, is false, except that a
/// primvar always fits where it is. Rows that no corner reads count as well, unless they are rows of corners. A primvar
/// without rows reduces to nothing. `topology` passed validateTopology. O(n).
bool canReduce(const TopologyView& topology, const PrimvarView& primvar, MeshElement from, MeshElement to);

/// The cheapest element a primvar can live on: whole, else (for corners) face, else where it is. Points are left out,
/// as face-varying and vertex primvars differ under subdivision; ask canReduce and choose by count where they do not.
MeshElement simplestElement(const TopologyView& topology, const PrimvarView& primvar, MeshElement from);

/// For each element of `to` a row of `from` to take the value of, for use after canReduce said yes. Elements that own
/// no corner take row 0. Nothing when `from` has no rows to take.
std::optional<std::vector<uint32_t>> reductionSource(const TopologyView& topology, MeshElement from, MeshElement to);

}  // namespace usdtune
