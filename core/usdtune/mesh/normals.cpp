// SPDX-License-Identifier: Apache-2.0
//
// Angle weights: Thürmer and Wüthrich, "Computing Vertex Normals from Polygonal Facets" (1998); they do not depend on
// how a flat region is cut into faces, which area weights (Gouraud's mean of unnormalized normals) do. Angles of
// concave corners are measured around the face normal and may exceed 180°. Max's sphere weights (1999) were set aside:
// they are exact for spheres and no better on CAD shapes.
#include "usdtune/mesh/normals.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "usdtune/base/assert.h"
#include "usdtune/mesh/area.h"
#include "usdtune/mesh/half_edges.h"

namespace usdtune {

namespace {

constexpr double kAgreement = 1e-5;
constexpr Vec3d kUp{{0, 0, 1}};

/// The direction of `v`, or zero where it has none.
Vec3d directionOf(const Vec3d& v) {
    const double size = length(v);
    return std::isfinite(size) && size > 0 ? v * (1.0 / size) : Vec3d{};
}

bool isZero(const Vec3d& v) { return v == Vec3d{}; }

bool isUnit(const Vec3f& n, double tolerance) { return std::abs(length(toDouble(n)) - 1.0) <= tolerance; }

class Generator {
public:
    Generator(std::span<const Vec3f> points, const TopologyView& topology, const NormalOptions& options)
        : points_(points),
          topology_(topology),
          options_(options),
          offsets_(cornerOffsets(topology.counts)),
          faceOfCorner_(cornerToFace(topology.counts)) {
        faceNormals_.reserve(topology.faceCount());
        weights_.reserve(topology.faceCount());
        for (size_t f = 0; f < topology.faceCount(); ++f) {
            const Vec3d area = faceAreaVector(points, face(f));
            faceNormals_.push_back(directionOf(options.leftHanded ? -area : area));
            weights_.push_back(isZero(faceNormals_.back()) ? 0 : length(area));
        }
    }

    std::vector<Vec3f> faceNormals() const {
        std::vector<Vec3f> out;
        for (const Vec3d& n : faceNormals_) out.push_back(toFloat(isZero(n) ? kUp : n));
        return out;
    }

    std::vector<Vec3f> pointNormals() const {
        std::vector<Vec3d> sums(topology_.pointCount);
        std::vector<uint32_t> someFace(topology_.pointCount, kRemoved);
        for (uint32_t c = 0; c < topology_.cornerCount(); ++c) {
            const auto point = static_cast<size_t>(topology_.indices[c]);
            sums[point] = sums[point] + weighted(c);
            uint32_t& known = someFace[point];
            if (known == kRemoved || isZero(faceNormals_[known])) known = faceOfCorner_[c];
        }
        std::vector<Vec3f> out;
        for (size_t p = 0; p < sums.size(); ++p)
            out.push_back(finished(sums[p], someFace[p] == kRemoved ? kUp : faceNormals_[someFace[p]]));
        return out;
    }

    std::vector<Vec3f> cornerNormals() const {
        DisjointSets groups = smoothingGroups();
        std::vector<Vec3d> sums(topology_.cornerCount());
        for (uint32_t c = 0; c < topology_.cornerCount(); ++c) {
            Vec3d& sum = sums[groups.find(c)];
            sum = sum + weighted(c);
        }
        std::vector<Vec3f> out;
        for (uint32_t c = 0; c < topology_.cornerCount(); ++c)
            out.push_back(finished(sums[groups.find(c)], faceNormals_[faceOfCorner_[c]]));
        return out;
    }

private:
    std::span<const int> face(size_t f) const {
        return topology_.indices.subspan(offsets_[f], offsets_[f + 1] - offsets_[f]);
    }
    Vec3d position(uint32_t corner) const { return toDouble(points_[static_cast<size_t>(topology_.indices[corner])]); }

    static Vec3f finished(const Vec3d& sum, const Vec3d& fallback) {
        const Vec3d direction = directionOf(sum);
        return toFloat(!isZero(direction) ? direction : !isZero(fallback) ? fallback : kUp);
    }

    Vec3d weighted(uint32_t corner) const {
        const uint32_t f = faceOfCorner_[corner];
        if (isZero(faceNormals_[f])) return {};
        return faceNormals_[f] * (options_.weight == NormalWeight::area ? weights_[f] : angleAt(corner, f));
    }

    /// Interior angle, in 0 … 2π. Neighbors at the corner's own place are passed over.
    double angleAt(uint32_t corner, uint32_t f) const {
        const uint32_t first = offsets_[f], count = offsets_[f + 1] - first;
        const Vec3d here = position(corner);
        Vec3d toNext, toPrevious;
        for (uint32_t k = 1; k < count && isZero(toNext); ++k)
            toNext = position(first + (corner - first + k) % count) - here;
        for (uint32_t k = 1; k < count && isZero(toPrevious); ++k)
            toPrevious = position(first + (corner - first + count - k) % count) - here;
        const Vec3d normal = options_.leftHanded ? -faceNormals_[f] : faceNormals_[f];
        const double angle = std::atan2(dot(normal, cross(toNext, toPrevious)), dot(toNext, toPrevious));
        return angle < 0 ? angle + 2 * std::numbers::pi : angle;
    }

    DisjointSets smoothingGroups() const {
        const EdgeTable edges = buildEdges(topology_);
        const double leastCosine = std::cos(std::min(std::abs(static_cast<double>(options_.sharpnessDegrees)), 180.0) *
                                            std::numbers::pi / 180.0);
        DisjointSets groups(topology_.cornerCount());
        for (size_t e = 0; e < edges.edgeCount(); ++e) {
            const auto halfEdges = edges.halfEdges[e];
            if (halfEdges.size() != 2) continue;
            const uint32_t a = halfEdges[0], b = halfEdges[1];
            if (topology_.indices[a] == topology_.indices[b]) continue;  // wound against each other: would cancel out
            const Vec3d &na = faceNormals_[faceOfCorner_[a]], &nb = faceNormals_[faceOfCorner_[b]];
            // The slack makes an edge of exactly the given angle smooth whatever the rounding. Faces without a
            // direction have no angle and separate nothing.
            if (!isZero(na) && !isZero(nb) && dot(na, nb) < leastCosine - 1e-9) continue;
            groups.join(a, edges.nextCorner[b]);
            groups.join(edges.nextCorner[a], b);
        }
        return groups;
    }

    std::span<const Vec3f> points_;
    TopologyView topology_;
    const NormalOptions& options_;
    std::vector<uint32_t> offsets_, faceOfCorner_;
    std::vector<Vec3d> faceNormals_;  ///< unit, on the outer side; zero where a face has no direction
    std::vector<double> weights_;     ///< areas
};

bool agree(const Vec3f& a, const Vec3f& b) { return length(toDouble(a) - toDouble(b)) <= kAgreement; }

Normals cheapest(std::vector<Vec3f> corners, const TopologyView& topology) {
    std::vector<Vec3f> atPoint(topology.pointCount, toFloat(kUp)), atFace(topology.faceCount(), toFloat(kUp));
    std::vector<uint8_t> known(topology.pointCount, 0);
    bool pointsAgree = true, facesAgree = true;
    size_t corner = 0;
    for (size_t f = 0; f < topology.faceCount(); ++f)
        for (int k = 0; k < topology.counts[f]; ++k, ++corner) {
            const auto point = static_cast<size_t>(topology.indices[corner]);
            if (known[point] == 0) atPoint[point] = corners[corner];
            if (k == 0) atFace[f] = corners[corner];
            known[point] = 1;
            pointsAgree = pointsAgree && agree(atPoint[point], corners[corner]);
            facesAgree = facesAgree && agree(atFace[f], corners[corner]);
        }
    if (pointsAgree && (!facesAgree || atPoint.size() <= atFace.size()))
        return {NormalBinding::points, std::move(atPoint)};
    if (facesAgree) return {NormalBinding::faces, std::move(atFace)};
    return {NormalBinding::corners, std::move(corners)};
}

/// For each normal whether it looks to the front of at least one of its faces; faces without direction do not judge.
std::vector<uint8_t> looksOutward(std::span<const Vec3f> normals, std::span<const Vec3f> points,
                                  const TopologyView& topology, NormalBinding binding, bool leftHanded) {
    std::vector<uint8_t> judged(normals.size(), 0), front(normals.size(), 0);
    size_t corner = 0;
    for (size_t f = 0; f < topology.faceCount(); ++f) {
        const auto face = topology.indices.subspan(corner, static_cast<size_t>(topology.counts[f]));
        const Vec3d area = directionOf(faceAreaVector(points, face));
        for (size_t k = 0; k < face.size(); ++k) {
            const size_t row = binding == NormalBinding::faces    ? f
                               : binding == NormalBinding::points ? static_cast<size_t>(face[k])
                                                                  : corner + k;
            if (isZero(area)) continue;
            judged[row] = 1;
            if (dot(area, toDouble(normals[row])) * (leftHanded ? -1 : 1) > 0) front[row] = 1;
        }
        corner += face.size();
    }
    for (size_t i = 0; i < front.size(); ++i) front[i] = front[i] != 0 || judged[i] == 0;
    return front;
}

}  // namespace

MeshElement elementOf(NormalBinding binding) {
    switch (binding) {
        case NormalBinding::faces:
            return MeshElement::face;
        case NormalBinding::points:
            return MeshElement::point;
        default:
            return MeshElement::corner;
    }
}

Normals generateNormals(std::span<const Vec3f> points, const TopologyView& topology, const NormalOptions& options) {
    const Generator generator(points, topology, options);
    switch (options.binding) {
        case NormalBinding::faces:
            return {NormalBinding::faces, generator.faceNormals()};
        case NormalBinding::points:
            return {NormalBinding::points, generator.pointNormals()};
        case NormalBinding::corners:
            return {NormalBinding::corners, generator.cornerNormals()};
        case NormalBinding::automatic:
            break;
    }
    return cheapest(generator.cornerNormals(), topology);
}

size_t countNonUnit(std::span<const Vec3f> normals, double tolerance) {
    return static_cast<size_t>(
        std::count_if(normals.begin(), normals.end(), [&](const Vec3f& n) { return !isUnit(n, tolerance); }));
}

size_t repairNormals(std::vector<Vec3f>& normals, std::span<const Vec3f> points, const TopologyView& topology,
                     const NormalOptions& options) {
    USDTUNE_ASSERT(options.binding != NormalBinding::automatic, "a repair keeps the binding, so it must be known");
    std::vector<Vec3f> fresh = generateNormals(points, topology, options).values;
    if (normals.size() != fresh.size()) {
        normals = std::move(fresh);
        return normals.size();
    }
    const std::vector<uint8_t> outward = looksOutward(normals, points, topology, options.binding, options.leftHanded);
    size_t replaced = 0;
    for (size_t i = 0; i < normals.size(); ++i) {
        if (isUnit(normals[i], 1e-4) && outward[i] != 0) continue;
        normals[i] = fresh[i];
        ++replaced;
    }
    return replaced;
}

}  // namespace usdtune
