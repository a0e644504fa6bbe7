// SPDX-License-Identifier: Apache-2.0
#include "usdtune/mesh/topology.h"

#include <limits>

namespace usdtune {

namespace {

constexpr int64_t kMaxElements = std::numeric_limits<int>::max();

TopologyCheck flawAt(TopologyFlaw flaw, size_t where, int64_t value, int64_t expected) {
    TopologyCheck check;
    check.flaw = flaw;
    check.where = where;
    check.value = value;
    check.expected = expected;
    return check;
}

}  // namespace

TopologyCheck validateTopology(const TopologyView& topology) {
    int64_t cornerSum = 0;
    TopologyCheck good;
    for (size_t f = 0; f < topology.faceCount(); ++f) {
        const int count = topology.counts[f];
        if (count < 0) return flawAt(TopologyFlaw::negativeCount, f, count, 0);
        if (count < 3 && good.degenerateFaceCount++ == 0) good.firstDegenerateFace = f;
        cornerSum += count;
    }
    const auto cornerCount = static_cast<int64_t>(topology.cornerCount());
    if (cornerSum != cornerCount) return flawAt(TopologyFlaw::cornerMismatch, 0, cornerSum, cornerCount);

    const auto pointCount = static_cast<int64_t>(topology.pointCount);
    for (size_t c = 0; c < topology.cornerCount(); ++c) {
        const int index = topology.indices[c];
        if (index < 0 || index >= pointCount) return flawAt(TopologyFlaw::indexOutOfRange, c, index, pointCount);
    }
    for (const size_t size : {topology.pointCount, topology.faceCount(), topology.cornerCount()})
        if (static_cast<int64_t>(size) > kMaxElements)
            return flawAt(TopologyFlaw::tooLarge, 0, static_cast<int64_t>(size), kMaxElements);
    return good;
}

std::vector<uint32_t> cornerOffsets(std::span<const int> counts) {
    std::vector<uint32_t> offsets(counts.size() + 1);
    for (size_t f = 0; f < counts.size(); ++f) offsets[f + 1] = offsets[f] + static_cast<uint32_t>(counts[f]);
    return offsets;
}

std::vector<uint32_t> cornerToFace(std::span<const int> counts) {
    std::vector<uint32_t> faceOfCorner;
    for (size_t f = 0; f < counts.size(); ++f)
        faceOfCorner.insert(faceOfCorner.end(), static_cast<size_t>(counts[f]), static_cast<uint32_t>(f));
    return faceOfCorner;
}

RowTable invertRows(std::span<const uint32_t> rowOf, size_t rowCount) {
    RowTable table;
    table.begin.assign(rowCount + 1, 0);
    for (const uint32_t row : rowOf)
        if (row < rowCount) ++table.begin[row + 1];
    for (size_t r = 0; r < rowCount; ++r) table.begin[r + 1] += table.begin[r];

    table.items.resize(table.begin[rowCount]);
    std::vector<uint32_t> next(table.begin.begin(), table.begin.end() - 1);
    for (size_t i = 0; i < rowOf.size(); ++i)
        if (rowOf[i] < rowCount) table.items[next[rowOf[i]]++] = static_cast<uint32_t>(i);
    return table;
}

RowTable pointToCorners(const TopologyView& topology) {
    // Indices are known to be in range, so they are never negative and their bits read the same unsigned.
    const auto* points = reinterpret_cast<const uint32_t*>(topology.indices.data());
    return invertRows({points, topology.cornerCount()}, topology.pointCount);
}

}  // namespace usdtune
