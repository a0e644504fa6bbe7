// SPDX-License-Identifier: Apache-2.0
//
// Contraction looks at corners, not at edges, so that face-varying values and corner order survive it. Distinct points
// of a face are counted with a stamp per point; sorting each face was set aside (it allocates, and large n-gons exist).
#include "usdtune/mesh/degenerate_faces.h"

#include "usdtune/mesh/area.h"

namespace usdtune {

namespace {

/// Corners of a face without those that repeat the point of the corner before them.
void appendWithoutRepeats(std::span<const int> face, uint32_t firstCorner, std::vector<uint32_t>& corners) {
    const size_t begin = corners.size();
    for (uint32_t k = 0; k < face.size(); ++k)
        if (corners.size() == begin || face[k] != face[corners.back() - firstCorner])
            corners.push_back(firstCorner + k);
    while (corners.size() > begin + 1 && face[corners.back() - firstCorner] == face[corners[begin] - firstCorner])
        corners.pop_back();
}

}  // namespace

size_t countDegenerateEdges(const TopologyView& topology) {
    size_t repeats = 0, corner = 0;
    for (const int count : topology.counts) {
        const auto face = topology.indices.subspan(corner, static_cast<size_t>(count));
        size_t distinct = 0;
        for (size_t k = 0; k < face.size(); ++k) distinct += face[k] != face[k == 0 ? face.size() - 1 : k - 1];
        if (!face.empty()) repeats += face.size() - (distinct == 0 ? 1 : distinct);
        corner += face.size();
    }
    return repeats;
}

MeshRemap contractDegenerateEdges(const TopologyView& topology) {
    std::vector<int> counts;
    std::vector<uint32_t> faceSource, cornerSource;
    counts.reserve(topology.faceCount());
    faceSource.reserve(topology.faceCount());
    cornerSource.reserve(topology.cornerCount());
    uint32_t corner = 0;
    for (uint32_t f = 0; f < topology.faceCount(); ++f) {
        const auto count = static_cast<uint32_t>(topology.counts[f]);
        const size_t before = cornerSource.size();
        appendWithoutRepeats(topology.indices.subspan(corner, count), corner, cornerSource);
        counts.push_back(static_cast<int>(cornerSource.size() - before));
        faceSource.push_back(f);
        corner += count;
    }
    return fromCorners(topology, std::move(counts), std::move(faceSource), std::move(cornerSource));
}

std::vector<uint8_t> degenerateFaces(const TopologyView& topology) {
    std::vector<uint8_t> degenerate(topology.faceCount(), 0);
    std::vector<uint32_t> usedBy(topology.pointCount, kRemoved);
    size_t corner = 0;
    for (uint32_t f = 0; f < topology.faceCount(); ++f) {
        size_t distinct = 0;
        for (int k = 0; k < topology.counts[f]; ++k, ++corner) {
            uint32_t& user = usedBy[static_cast<size_t>(topology.indices[corner])];
            distinct += user != f;
            user = f;
        }
        degenerate[f] = distinct < 3;
    }
    return degenerate;
}

MeshRemap removeDegenerateFaces(const TopologyView& topology) {
    std::vector<uint8_t> keep = degenerateFaces(topology);
    for (uint8_t& k : keep) k = k == 0;
    return fromKeptFaces(topology, keep);
}

std::vector<uint32_t> zeroAreaFaces(std::span<const Vec3f> points, const TopologyView& topology, double maxArea) {
    std::vector<uint32_t> faces;
    size_t corner = 0;
    for (uint32_t f = 0; f < topology.faceCount(); ++f) {
        const auto face = topology.indices.subspan(corner, static_cast<size_t>(topology.counts[f]));
        corner += face.size();
        if (length(faceAreaVector(points, face)) <= maxArea) faces.push_back(f);  // NaN compares false
    }
    return faces;
}

}  // namespace usdtune
