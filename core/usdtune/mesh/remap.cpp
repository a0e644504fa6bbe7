// SPDX-License-Identifier: Apache-2.0
//
// After meshoptimizer's remap tables (generateVertexRemap, remapVertexBuffer), widened to polygons: meshoptimizer only
// moves points, while USD also ties data to faces, corners, subsets and crease chains. Sources (new → old) rather than
// targets are what appliers gather by, because they alone can express splits and reversed faces.
#include "usdtune/mesh/remap.h"

#include <algorithm>
#include <compare>
#include <numeric>
#include <utility>

#include "usdtune/base/assert.h"

namespace usdtune {

namespace {

std::vector<uint32_t> iota(size_t count) {
    std::vector<uint32_t> out(count);
    std::iota(out.begin(), out.end(), 0u);
    return out;
}

bool isIota(std::span<const uint32_t> map, size_t oldCount) {
    if (map.size() != oldCount) return false;
    for (size_t i = 0; i < map.size(); ++i)
        if (map[i] != i) return false;
    return true;
}

/// Inverse of a new → old map, naming the first new element of each old one.
std::vector<uint32_t> firstTarget(std::span<const uint32_t> source, size_t oldCount) {
    std::vector<uint32_t> target(oldCount, kRemoved);
    for (size_t i = source.size(); i-- > 0;) target[source[i]] = static_cast<uint32_t>(i);
    return target;
}

std::vector<uint32_t> through(std::span<const uint32_t> outer, std::span<const uint32_t> inner) {
    std::vector<uint32_t> out(outer.size());
    for (size_t i = 0; i < outer.size(); ++i) out[i] = outer[i] == kRemoved ? kRemoved : inner[outer[i]];
    return out;
}

/// For list appliers: all new elements of an old one. An old element that merged into another has only `targetOf`.
struct Copies {
    RowTable copiesOfSource;
    std::span<const uint32_t> targetOf;
    std::span<const uint32_t> sourceOf;

    Copies(std::span<const uint32_t> target, std::span<const uint32_t> source)
        : copiesOfSource(invertRows(source, target.size())), targetOf(target), sourceOf(source) {}

    std::span<const uint32_t> of(size_t oldElement) const {
        if (oldElement >= targetOf.size() || targetOf[oldElement] == kRemoved) return {};
        return copiesOfSource[sourceOf[targetOf[oldElement]]];
    }
};

std::vector<int> remapList(std::span<const uint32_t> target, std::span<const uint32_t> source,
                           std::span<const int> list) {
    const Copies copies(target, source);
    std::vector<uint8_t> listed(source.size(), 0);
    std::vector<int> out;
    for (const int element : list) {
        if (element < 0) continue;
        for (const uint32_t copy : copies.of(static_cast<size_t>(element)))
            if (!std::exchange(listed[copy], uint8_t{1})) out.push_back(static_cast<int>(copy));
    }
    return out;
}

/// Undirected edges of the new mesh by the old points their ends stand for; only needed where points were split.
class EdgeCopies {
public:
    struct Edge {
        uint32_t fromSource, toSource, from, to;
        auto operator<=>(const Edge&) const = default;
    };

    explicit EdgeCopies(const MeshRemap& remap) {
        size_t corner = 0;
        for (const int count : remap.counts) {
            for (int k = 0; k < count; ++k) {
                const auto a = static_cast<uint32_t>(remap.indices[corner + static_cast<size_t>(k)]);
                const auto b = static_cast<uint32_t>(remap.indices[corner + static_cast<size_t>((k + 1) % count)]);
                edges_.push_back({remap.pointSource[a], remap.pointSource[b], a, b});
                edges_.push_back({remap.pointSource[b], remap.pointSource[a], b, a});
            }
            corner += static_cast<size_t>(count);
        }
        std::sort(edges_.begin(), edges_.end());
        edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
    }

    std::span<const Edge> between(uint32_t fromSource, uint32_t toSource) const {
        const auto first = std::lower_bound(edges_.begin(), edges_.end(), Edge{fromSource, toSource, 0, 0});
        auto last = first;
        while (last != edges_.end() && last->fromSource == fromSource && last->toSource == toSource) ++last;
        return {first, last};
    }

private:
    std::vector<Edge> edges_;
};

/// Appends edges to crease chains, growing the last chain while edges follow each other.
class CreaseWriter {
public:
    explicit CreaseWriter(bool sharpnessPerEdge) : perEdge_(sharpnessPerEdge) {}

    void breakChain() { open_ = false; }

    void addEdge(uint32_t from, uint32_t to, float sharpness) {
        const bool follows = open_ && out.indices.back() == static_cast<int>(from);
        if (!follows) {
            out.indices.push_back(static_cast<int>(from));
            out.lengths.push_back(1);
        }
        out.indices.push_back(static_cast<int>(to));
        ++out.lengths.back();
        if (perEdge_ || !follows) out.sharpnesses.push_back(sharpness);
        open_ = true;
    }

    Creases out;

private:
    bool perEdge_;
    bool open_ = false;
};

/// One sharpness per chain, or one per edge of all chains; nothing when the sizes do not add up.
std::optional<bool> sharpnessIsPerEdge(std::span<const int> indices, std::span<const int> lengths,
                                       std::span<const float> sharpnesses) {
    size_t indexSum = 0, edgeSum = 0;
    for (const int length : lengths) {
        if (length < 2) return std::nullopt;
        indexSum += static_cast<size_t>(length);
        edgeSum += static_cast<size_t>(length - 1);
    }
    if (indexSum != indices.size()) return std::nullopt;
    if (sharpnesses.size() == lengths.size()) return false;
    if (sharpnesses.size() == edgeSum) return true;
    return std::nullopt;
}

bool splitsPoints(const MeshRemap& remap) {
    std::vector<uint8_t> seen(remap.pointOf.size(), 0);
    for (const uint32_t source : remap.pointSource)
        if (std::exchange(seen[source], uint8_t{1})) return true;
    return false;
}

}  // namespace

bool MeshRemap::isIdentity() const {
    return isIota(pointOf, pointSource.size()) && isIota(pointSource, pointOf.size()) &&
           isIota(faceSource, faceOf.size()) && isIota(cornerSource, oldCornerCount);
}

size_t MeshRemap::oldCount(MeshElement element) const {
    switch (element) {
        case MeshElement::whole:
            return 1;
        case MeshElement::face:
            return faceOf.size();
        case MeshElement::point:
            return pointOf.size();
        case MeshElement::corner:
            return oldCornerCount;
    }
    return 0;
}

size_t MeshRemap::newCount(MeshElement element) const {
    switch (element) {
        case MeshElement::whole:
            return 1;
        case MeshElement::face:
            return faceSource.size();
        case MeshElement::point:
            return pointSource.size();
        case MeshElement::corner:
            return cornerSource.size();
    }
    return 0;
}

MeshRemap identityRemap(const TopologyView& topology) {
    MeshRemap remap;
    remap.pointOf = remap.pointSource = iota(topology.pointCount);
    remap.faceOf = remap.faceSource = iota(topology.faceCount());
    remap.cornerSource = iota(topology.cornerCount());
    remap.counts.assign(topology.counts.begin(), topology.counts.end());
    remap.indices.assign(topology.indices.begin(), topology.indices.end());
    remap.oldCornerCount = topology.cornerCount();
    return remap;
}

MeshRemap fromPointRemap(const TopologyView& topology, std::span<const uint32_t> pointOf, size_t newPointCount) {
    MeshRemap remap = identityRemap(topology);
    remap.pointOf.assign(pointOf.begin(), pointOf.end());
    remap.pointSource.assign(newPointCount, kRemoved);
    for (size_t p = pointOf.size(); p-- > 0;)
        if (pointOf[p] != kRemoved) remap.pointSource[pointOf[p]] = static_cast<uint32_t>(p);
    for (const uint32_t source : remap.pointSource) USDTUNE_ASSERT(source != kRemoved, "a point remap leaves gaps");
    for (int& index : remap.indices) {
        const uint32_t point = pointOf[static_cast<size_t>(index)];
        USDTUNE_ASSERT(point != kRemoved, "a point remap removes a point that a face uses");
        index = static_cast<int>(point);
    }
    return remap;
}

MeshRemap fromKeptFaces(const TopologyView& topology, std::span<const uint8_t> keepFace) {
    std::vector<int> counts;
    std::vector<uint32_t> faceSource, cornerSource;
    uint32_t corner = 0;
    for (size_t f = 0; f < topology.faceCount(); ++f) {
        const auto end = corner + static_cast<uint32_t>(topology.counts[f]);
        if (keepFace[f] != 0) {
            counts.push_back(topology.counts[f]);
            faceSource.push_back(static_cast<uint32_t>(f));
            for (uint32_t c = corner; c < end; ++c) cornerSource.push_back(c);
        }
        corner = end;
    }
    return fromCorners(topology, std::move(counts), std::move(faceSource), std::move(cornerSource));
}

MeshRemap fromCorners(const TopologyView& topology, std::vector<int> counts, std::vector<uint32_t> faceSource,
                      std::vector<uint32_t> cornerSource) {
    MeshRemap remap;
    remap.pointOf = remap.pointSource = iota(topology.pointCount);
    remap.counts = std::move(counts);
    remap.faceSource = std::move(faceSource);
    remap.cornerSource = std::move(cornerSource);
    remap.faceOf = firstTarget(remap.faceSource, topology.faceCount());
    remap.indices.reserve(remap.cornerSource.size());
    for (const uint32_t corner : remap.cornerSource) remap.indices.push_back(topology.indices[corner]);
    remap.oldCornerCount = topology.cornerCount();
    return remap;
}

MeshRemap compose(const MeshRemap& first, const MeshRemap& second) {
    MeshRemap out;
    out.pointOf = through(first.pointOf, second.pointOf);
    out.pointSource = through(second.pointSource, first.pointSource);
    out.faceOf = through(first.faceOf, second.faceOf);
    out.faceSource = through(second.faceSource, first.faceSource);
    // A face that `first` split may have lost its first part in `second` while another part lives on.
    for (size_t f = out.faceSource.size(); f-- > 0;)
        if (out.faceOf[out.faceSource[f]] == kRemoved || out.faceOf[out.faceSource[f]] > f)
            out.faceOf[out.faceSource[f]] = static_cast<uint32_t>(f);
    // Likewise a point whose first copy vanished, and all points that had merged into it.
    for (size_t p = out.pointSource.size(); p-- > 0;)
        if (out.pointOf[out.pointSource[p]] == kRemoved) out.pointOf[out.pointSource[p]] = static_cast<uint32_t>(p);
    for (size_t p = 0; p < out.pointOf.size(); ++p)
        if (out.pointOf[p] == kRemoved && first.pointOf[p] != kRemoved)
            out.pointOf[p] = out.pointOf[first.pointSource[first.pointOf[p]]];
    out.cornerSource = through(second.cornerSource, first.cornerSource);
    out.counts = second.counts;
    out.indices = second.indices;
    out.oldCornerCount = first.oldCornerCount;
    return out;
}

std::optional<std::vector<std::byte>> applyRemap(const MeshRemap& remap, MeshElement element,
                                                 std::span<const std::byte> values, size_t rowBytes) {
    return applyRemap<std::byte>(remap, element, values, rowBytes);
}

std::optional<RemappedIndices> applyRemapIndexed(const MeshRemap& remap, MeshElement element,
                                                 std::span<const int> indices, size_t valueCount, bool compact) {
    auto moved = applyRemap(remap, element, indices);
    if (!moved) return std::nullopt;
    RemappedIndices out{std::move(*moved), {}};
    if (!compact) return out;

    std::vector<uint32_t> newValue(valueCount, kRemoved);
    for (const int index : out.indices) {
        if (index < 0 || static_cast<size_t>(index) >= valueCount) return std::nullopt;
        newValue[static_cast<size_t>(index)] = 0;
    }
    for (size_t v = 0; v < valueCount; ++v) {
        if (newValue[v] == kRemoved) continue;
        newValue[v] = static_cast<uint32_t>(out.valueSource.size());
        out.valueSource.push_back(static_cast<uint32_t>(v));
    }
    if (out.valueSource.size() == valueCount) {
        out.valueSource.clear();
        return out;
    }
    for (int& index : out.indices) index = static_cast<int>(newValue[static_cast<size_t>(index)]);
    return out;
}

std::vector<int> remapFaces(const MeshRemap& remap, std::span<const int> faces) {
    return remapList(remap.faceOf, remap.faceSource, faces);
}

std::vector<int> remapPoints(const MeshRemap& remap, std::span<const int> points) {
    return remapList(remap.pointOf, remap.pointSource, points);
}

std::optional<SharpCorners> remapCorners(const MeshRemap& remap, std::span<const int> indices,
                                         std::span<const float> sharpnesses) {
    if (indices.size() != sharpnesses.size()) return std::nullopt;
    const Copies copies(remap.pointOf, remap.pointSource);
    std::vector<uint32_t> slotOf(remap.pointSource.size(), kRemoved);
    SharpCorners out;
    for (size_t i = 0; i < indices.size(); ++i) {
        if (indices[i] < 0) continue;
        for (const uint32_t point : copies.of(static_cast<size_t>(indices[i]))) {
            if (slotOf[point] == kRemoved) {
                slotOf[point] = static_cast<uint32_t>(out.indices.size());
                out.indices.push_back(static_cast<int>(point));
                out.sharpnesses.push_back(sharpnesses[i]);
            }
            float& sharpness = out.sharpnesses[slotOf[point]];
            sharpness = std::max(sharpness, sharpnesses[i]);
        }
    }
    return out;
}

std::optional<Creases> remapCreases(const MeshRemap& remap, std::span<const int> indices, std::span<const int> lengths,
                                    std::span<const float> sharpnesses) {
    const std::optional<bool> perEdge = sharpnessIsPerEdge(indices, lengths, sharpnesses);
    if (!perEdge) return std::nullopt;

    const bool split = splitsPoints(remap);
    const std::optional<EdgeCopies> copies = split ? std::optional<EdgeCopies>(remap) : std::nullopt;
    const auto newPoint = [&](int old) {
        return old < 0 || static_cast<size_t>(old) >= remap.pointOf.size() ? kRemoved
                                                                           : remap.pointOf[static_cast<size_t>(old)];
    };

    CreaseWriter writer(*perEdge);
    size_t first = 0, edge = 0;
    for (size_t chain = 0; chain < lengths.size(); ++chain) {
        writer.breakChain();
        for (size_t k = 1; k < static_cast<size_t>(lengths[chain]); ++k, ++edge) {
            const float sharpness = sharpnesses[*perEdge ? edge : chain];
            const uint32_t from = newPoint(indices[first + k - 1]), to = newPoint(indices[first + k]);
            if (from == kRemoved || to == kRemoved) {
                writer.breakChain();
                continue;
            }
            if (from == to) continue;  // the chain goes on at the merged point
            const auto edges = split ? copies->between(remap.pointSource[from], remap.pointSource[to])
                                     : std::span<const EdgeCopies::Edge>{};
            if (edges.empty()) writer.addEdge(from, to, sharpness);
            for (const EdgeCopies::Edge& copy : edges) writer.addEdge(copy.from, copy.to, sharpness);
        }
        first += static_cast<size_t>(lengths[chain]);
    }
    return std::move(writer.out);
}

}  // namespace usdtune
