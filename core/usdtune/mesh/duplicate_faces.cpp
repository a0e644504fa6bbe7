// SPDX-License-Identifier: Apache-2.0
//
// A face is brought into canonical form by its least rotation (Shiloach, "Fast canonization of circular strings", 1981;
// linear time), hashed, and compared in full with the candidates. Set aside: sorted point sets, as half-edge kernels
// use them for lamina faces. They take 0 1 2 3 and 0 2 1 3 for one quad, and a back side for a duplicate.
#include "usdtune/mesh/duplicate_faces.h"

#include <algorithm>

#include "usdtune/base/assert.h"
#include "usdtune/base/hash.h"
#include "usdtune/mesh/cell_hash.h"

namespace usdtune {

namespace {

/// A corner as a symbol: its point and its label.
using Symbol = uint64_t;

size_t leastRotation(std::span<const Symbol> ring) {
    size_t i = 0, j = 1, k = 0;
    const size_t n = ring.size();
    while (i < n && j < n && k < n) {
        const Symbol a = ring[(i + k) % n], b = ring[(j + k) % n];
        if (a == b) {
            ++k;
            continue;
        }
        (a > b ? i : j) += k + 1;
        if (i == j) ++j;
        k = 0;
    }
    return std::min(i, j);
}

void toLeastRotation(std::span<Symbol> ring) {
    std::rotate(ring.begin(), ring.begin() + static_cast<std::ptrdiff_t>(leastRotation(ring)), ring.end());
}

/// All corners as symbols, each face in canonical form.
std::vector<Symbol> canonicalFaces(const TopologyView& topology, const DuplicateFaceOptions& options) {
    std::vector<Symbol> symbols(topology.cornerCount());
    for (size_t c = 0; c < symbols.size(); ++c)
        symbols[c] = static_cast<Symbol>(topology.indices[c]) << 32 |
                     (options.cornerLabels.empty() ? 0 : options.cornerLabels[c]);

    std::vector<Symbol> reversed;
    size_t corner = 0;
    for (const int count : topology.counts) {
        const auto face = std::span(symbols).subspan(corner, static_cast<size_t>(count));
        corner += face.size();
        if (face.empty()) continue;
        toLeastRotation(face);
        if (!options.reversedAreDuplicates) continue;
        reversed.assign(face.rbegin(), face.rend());
        toLeastRotation(reversed);
        if (std::lexicographical_compare(reversed.begin(), reversed.end(), face.begin(), face.end()))
            std::copy(reversed.begin(), reversed.end(), face.begin());
    }
    return symbols;
}

}  // namespace

std::vector<uint8_t> duplicateFaces(const TopologyView& topology, const DuplicateFaceOptions& options) {
    USDTUNE_ASSERT(options.faceLabels.empty() || options.faceLabels.size() == topology.faceCount(),
                   "face labels need one entry per face");
    USDTUNE_ASSERT(options.cornerLabels.empty() || options.cornerLabels.size() == topology.cornerCount(),
                   "corner labels need one entry per corner");

    const std::vector<Symbol> symbols = canonicalFaces(topology, options);
    const std::vector<uint32_t> offsets = cornerOffsets(topology.counts);
    const auto face = [&](uint32_t f) { return std::span(symbols).subspan(offsets[f], offsets[f + 1] - offsets[f]); };
    const auto label = [&](uint32_t f) { return options.faceLabels.empty() ? 0 : options.faceLabels[f]; };

    std::vector<uint8_t> duplicate(topology.faceCount(), 0);
    KeyChains kept(topology.faceCount());
    for (uint32_t f = 0; f < topology.faceCount(); ++f) {
        if (topology.counts[f] == 0) continue;
        const uint64_t key = hashSpan(face(f), label(f)).low;
        uint32_t twin = kept.first(key);
        while (twin != KeyChains::kEnd && !(label(twin) == label(f) && std::ranges::equal(face(twin), face(f))))
            twin = kept.next(twin);
        if (twin == KeyChains::kEnd)
            kept.insert(key, f);
        else
            duplicate[f] = 1;
    }
    return duplicate;
}

MeshRemap removeDuplicateFaces(const TopologyView& topology, const DuplicateFaceOptions& options) {
    std::vector<uint8_t> keep = duplicateFaces(topology, options);
    for (uint8_t& k : keep) k = k == 0;
    return fromKeptFaces(topology, keep);
}

}  // namespace usdtune
