// SPDX-License-Identifier: Apache-2.0
//
// Chained hashing with full comparison. Uniqueness by hash alone (as one reference does it) merges different values
// sooner or later, and sorting rows loses first-seen order, which keeps authored locality.
#include "usdtune/mesh/unique_values.h"

#include <algorithm>
#include <cstring>

#include "usdtune/base/assert.h"
#include "usdtune/base/hash.h"
#include "usdtune/mesh/cell_hash.h"

namespace usdtune {

namespace {

bool sameRow(const RowView& rows, size_t a, size_t b) {
    return a == b || std::memcmp(rows.row(a), rows.row(b), rows.rowBytes) == 0;
}

/// Numbers rows by first occurrence; rows merge where bytes and label agree.
UniqueRows number(const RowView& rows, std::span<const uint32_t> labels) {
    UniqueRows unique;
    const size_t rowCount = rows.rowCount();
    unique.indices.resize(rowCount);
    KeyChains first(rowCount);
    for (uint32_t r = 0; r < rowCount; ++r) {
        const uint32_t label = labels.empty() ? 0 : labels[r];
        const uint64_t key = XXH3_64bits_withSeed(rows.row(r), rows.rowBytes, label);
        uint32_t twin = first.first(key);
        while (twin != KeyChains::kEnd && !((labels.empty() || labels[twin] == label) && sameRow(rows, twin, r)))
            twin = first.next(twin);
        if (twin == KeyChains::kEnd) {
            first.insert(key, r);
            unique.indices[r] = static_cast<int>(unique.source.size());
            unique.source.push_back(r);
        } else {
            unique.indices[r] = unique.indices[twin];
        }
    }
    return unique;
}

size_t elementCount(const TopologyView& topology, MeshElement element) {
    switch (element) {
        case MeshElement::whole:
            return 1;
        case MeshElement::face:
            return topology.faceCount();
        case MeshElement::point:
            return topology.pointCount;
        case MeshElement::corner:
            return topology.cornerCount();
    }
    return 0;
}

/// Compares rows through the indices.
class Reader {
public:
    explicit Reader(const PrimvarView& primvar) : primvar_(primvar) {}
    bool same(size_t a, size_t b) const { return sameRow(primvar_.values, valueRow(a), valueRow(b)); }

private:
    size_t valueRow(size_t row) const { return primvar_.indexed ? static_cast<size_t>(primvar_.indices[row]) : row; }
    const PrimvarView& primvar_;
};

bool allSame(const Reader& reader, size_t begin, size_t end) {
    for (size_t row = begin + 1; row < end; ++row)
        if (!reader.same(begin, row)) return false;
    return true;
}

bool sameWithinFaces(const TopologyView& topology, const Reader& reader) {
    size_t corner = 0;
    for (const int count : topology.counts) {
        if (!allSame(reader, corner, corner + static_cast<size_t>(count))) return false;
        corner += static_cast<size_t>(count);
    }
    return true;
}

bool sameAroundPoints(const TopologyView& topology, const Reader& reader) {
    std::vector<uint32_t> firstCorner(topology.pointCount, kRemoved);
    for (uint32_t c = 0; c < topology.cornerCount(); ++c) {
        uint32_t& first = firstCorner[static_cast<size_t>(topology.indices[c])];
        if (first == kRemoved) first = c;
        if (!reader.same(first, c)) return false;
    }
    return true;
}

}  // namespace

UniqueRows uniqueRows(const RowView& rows) {
    USDTUNE_ASSERT(rows.rowBytes != 0 && rows.bytes.size() % rows.rowBytes == 0, "bytes are not whole rows");
    return number(rows, {});
}

size_t refineLabels(std::span<uint32_t> labels, const RowView& rows) {
    USDTUNE_ASSERT(rows.rowCount() == labels.size(), "labels need one entry per row");
    const UniqueRows unique = number(rows, labels);
    for (size_t r = 0; r < labels.size(); ++r) labels[r] = static_cast<uint32_t>(unique.indices[r]);
    return unique.source.size();
}

bool PrimvarView::fits(const TopologyView& topology, MeshElement element) const {
    if (values.rowBytes == 0 || values.bytes.size() % values.rowBytes != 0) return false;
    if (rowCount() != elementCount(topology, element)) return false;
    if (!indexed) return true;
    return std::ranges::all_of(indices, [&](int i) { return i >= 0 && static_cast<size_t>(i) < values.rowCount(); });
}

bool canReduce(const TopologyView& topology, const PrimvarView& primvar, MeshElement from, MeshElement to) {
    if (!primvar.fits(topology, from)) return false;
    if (from == to) return true;
    if (primvar.rowCount() == 0) return false;
    const Reader reader(primvar);
    if (to == MeshElement::whole) return allSame(reader, 0, primvar.rowCount());
    if (from != MeshElement::corner) return false;
    return to == MeshElement::face ? sameWithinFaces(topology, reader) : sameAroundPoints(topology, reader);
}

MeshElement simplestElement(const TopologyView& topology, const PrimvarView& primvar, MeshElement from) {
    for (const MeshElement to : {MeshElement::whole, MeshElement::face})
        if (to < from && canReduce(topology, primvar, from, to)) return to;
    return from;
}

std::optional<std::vector<uint32_t>> reductionSource(const TopologyView& topology, MeshElement from, MeshElement to) {
    const size_t rowCount = elementCount(topology, from);
    if (rowCount == 0) return std::nullopt;
    std::vector<uint32_t> source(elementCount(topology, to), 0);
    if (from == to)
        for (uint32_t i = 0; i < source.size(); ++i) source[i] = i;
    if (from != MeshElement::corner || to == MeshElement::whole || from == to) return source;

    auto corner = static_cast<uint32_t>(rowCount);
    for (size_t f = topology.faceCount(); f-- > 0;)
        for (int k = 0; k < topology.counts[f]; ++k) {
            --corner;
            source[to == MeshElement::face ? f : static_cast<size_t>(topology.indices[corner])] = corner;
        }
    return source;
}

}  // namespace usdtune
