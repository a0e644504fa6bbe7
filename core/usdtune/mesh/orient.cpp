// SPDX-License-Identifier: Apache-2.0
//
// Breadth-first propagation over two-face edges, as in libigl's bfs_orient. Set aside: orienting each component outward
// by its volume or by rays; that decides what the author may have meant otherwise, so only the minority is flipped here
// and normals, where there are any, decide about the whole mesh.
#include "usdtune/mesh/orient.h"

#include <cmath>
#include <vector>

#include "usdtune/mesh/area.h"
#include "usdtune/mesh/half_edges.h"

namespace usdtune {

namespace {

constexpr uint8_t kUnseen = 2;

/// Flags per face, relative to the seed of its component.
struct Component {
    std::vector<uint32_t> faces;
    size_t turned = 0;  ///< faces that wind against the seed
    bool orientable = true;
};

class Orienter {
public:
    explicit Orienter(const TopologyView& topology)
        : topology_(topology),
          edges_(buildEdges(topology)),
          offsets_(cornerOffsets(topology.counts)),
          faceOfCorner_(cornerToFace(topology.counts)),
          turned_(topology.faceCount(), kUnseen) {}

    /// The faces connected with `seed`, or none when it was reached before.
    Component grow(uint32_t seed) {
        Component component;
        if (turned_[seed] != kUnseen) return component;
        turned_[seed] = 0;
        component.faces.push_back(seed);
        for (size_t i = 0; i < component.faces.size(); ++i) visit(component.faces[i], component);
        return component;
    }

    bool turned(uint32_t face) const { return turned_[face] == 1; }

private:
    void visit(uint32_t face, Component& component) {
        component.turned += turned_[face];
        for (uint32_t c = offsets_[face]; c < offsets_[face + 1]; ++c) {
            if (edges_.edgeOfCorner[c] == kRemoved) continue;
            const auto halfEdges = edges_.halfEdges[edges_.edgeOfCorner[c]];
            if (halfEdges.size() != 2) continue;
            const uint32_t twin = halfEdges[0] == c ? halfEdges[1] : halfEdges[0];
            const uint32_t neighbor = faceOfCorner_[twin];
            if (neighbor == face) continue;
            const auto wanted = static_cast<uint8_t>(turned_[face] ^ (topology_.indices[twin] == topology_.indices[c]));
            if (turned_[neighbor] == kUnseen) {
                turned_[neighbor] = wanted;
                component.faces.push_back(neighbor);
            } else if (turned_[neighbor] != wanted) {
                component.orientable = false;
            }
        }
    }

    TopologyView topology_;
    EdgeTable edges_;
    std::vector<uint32_t> offsets_, faceOfCorner_;
    std::vector<uint8_t> turned_;
};

MeshRemap flipFaces(const TopologyView& topology, std::span<const uint8_t> flip) {
    MeshRemap remap = identityRemap(topology);
    size_t corner = 0;
    for (size_t f = 0; f < topology.faceCount(); ++f) {
        const auto count = static_cast<size_t>(topology.counts[f]);
        if (flip[f] != 0)
            for (size_t k = 1; k < count; ++k) {
                remap.cornerSource[corner + k] = static_cast<uint32_t>(corner + count - k);
                remap.indices[corner + k] = topology.indices[corner + count - k];
            }
        corner += count;
    }
    return remap;
}

}  // namespace

Coorientation coorientFaces(const TopologyView& topology) {
    Coorientation out;
    Orienter orienter(topology);
    std::vector<uint8_t> flip(topology.faceCount(), 0);
    for (uint32_t seed = 0; seed < topology.faceCount(); ++seed) {
        const Component component = orienter.grow(seed);
        if (!component.orientable) ++out.nonOrientableComponentCount;
        if (!component.orientable || component.turned == 0) continue;
        const bool flipTurned = 2 * component.turned <= component.faces.size();
        for (const uint32_t face : component.faces) flip[face] = orienter.turned(face) == flipTurned;
        out.flippedFaceCount += flipTurned ? component.turned : component.faces.size() - component.turned;
    }
    out.remap = flipFaces(topology, flip);
    return out;
}

MeshRemap reverseFaces(const TopologyView& topology) {
    return flipFaces(topology, std::vector<uint8_t>(topology.faceCount(), 1));
}

double windingAgreement(std::span<const Vec3f> points, const TopologyView& topology, std::span<const Vec3f> normals,
                        MeshElement element, bool leftHanded) {
    const size_t wanted = element == MeshElement::face     ? topology.faceCount()
                          : element == MeshElement::point  ? topology.pointCount
                          : element == MeshElement::corner ? topology.cornerCount()
                                                           : 1;
    if (normals.size() != wanted) return 0;

    double agreement = 0;
    size_t corner = 0;
    for (size_t f = 0; f < topology.faceCount(); ++f) {
        const auto face = topology.indices.subspan(corner, static_cast<size_t>(topology.counts[f]));
        const Vec3d area = faceAreaVector(points, face);
        for (size_t k = 0; k < face.size(); ++k) {
            const size_t row = element == MeshElement::face     ? f
                               : element == MeshElement::point  ? static_cast<size_t>(face[k])
                               : element == MeshElement::corner ? corner + k
                                                                : 0;
            const double cosine = dot(area, toDouble(normals[row])) / static_cast<double>(face.size());
            if (std::isfinite(cosine)) agreement += cosine;
        }
        corner += face.size();
    }
    return leftHanded ? -agreement : agreement;
}

}  // namespace usdtune
