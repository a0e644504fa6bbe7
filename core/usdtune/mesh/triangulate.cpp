// SPDX-License-Identifier: Apache-2.0
//
// Ear clipping (Meisters 1975; Held's FIST, 2001, for the order of fallbacks) on the Newell plane. Set aside:
// sweep-line triangulation (O(k log k)), whose care for degenerate input is not worth it at the sizes of authored
// n-gons; constrained Delaunay, which would change the diagonals that renderers already draw.
#include "usdtune/mesh/triangulate.h"

#include <array>
#include <cmath>
#include <vector>

#include "usdtune/mesh/area.h"

namespace usdtune {

namespace {

double turn(const Vec2d& a, const Vec2d& b, const Vec2d& c) {
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

/// The corners of a face on its own plane, wound counter-clockwise; left empty when the face has no plane.
void flatten(std::span<const Vec3f> points, std::span<const int> face, std::vector<Vec2d>& ring) {
    ring.clear();
    const Vec3d normal = faceAreaVector(points, face);
    const double area = length(normal);
    if (!std::isfinite(area) || area == 0) return;

    // Two axes that span the plane, starting from the coordinate axis farthest from the normal.
    size_t least = 0;
    for (size_t i = 1; i < 3; ++i)
        if (std::abs(normal[i]) < std::abs(normal[least])) least = i;
    Vec3d seed;
    seed[least] = 1;
    Vec3d u = cross(normal, seed);
    u = u * (1.0 / length(u));
    const Vec3d v = cross(normal, u) * (1.0 / area);

    const Vec3d origin = toDouble(points[static_cast<size_t>(face[0])]);
    for (const int index : face) {
        const Vec3d d = toDouble(points[static_cast<size_t>(index)]) - origin;
        ring.push_back({{dot(d, u), dot(d, v)}});
    }
}

/// Whether a quad turns left at every corner by far more than rounding; most quads are told by this alone.
bool isPlainlyConvex(std::span<const Vec3f> points, std::span<const int> quad) {
    const auto at = [&](size_t k) { return toDouble(points[static_cast<size_t>(quad[k])]); };
    const Vec3d a = at(0), ab = at(1) - a, ac = at(2) - a, ad = at(3) - a;
    const Vec3d bc = ac - ab, cd = ad - ac;
    const Vec3d normal = cross(ac, ad - ab);
    const double enough = 1e-6 * dot(normal, normal);
    return dot(cross(ab, bc), normal) > enough && dot(cross(bc, cd), normal) > enough &&
           dot(cross(ad, cd), normal) > enough && dot(cross(ab, ad), normal) > enough;
}

constexpr std::array<uint32_t, 6> kFan = {0, 1, 2, 0, 2, 3};

bool isConvex(std::span<const Vec2d> ring) {
    const size_t n = ring.size();
    for (size_t i = 0; i < n; ++i)
        if (turn(ring[i], ring[(i + 1) % n], ring[(i + 2) % n]) < 0) return false;
    // Only left turns may still wind around twice (a pentagram). A fan of such a face would turn right somewhere.
    for (size_t i = 2; i < n; ++i)
        if (turn(ring[0], ring[i - 1], ring[i]) < 0) return false;
    return true;
}

}  // namespace

std::span<const uint32_t> FaceCutter::cut(std::span<const Vec3f> points, std::span<const int> face) {
    if (face.size() < 3) return {};
    if (face.size() == 3) return std::span(kFan).first(3);
    if (face.size() == 4 && isPlainlyConvex(points, face)) return kFan;
    flatten(points, face, ring_);
    triangles_.clear();
    if (ring_.empty() || isConvex(ring_)) {
        const auto n = static_cast<uint32_t>(face.size());
        for (uint32_t k = 2; k < n; ++k) triangles_.insert(triangles_.end(), {0u, k - 1, k});
    } else {
        clipEars();
    }
    return triangles_;
}

void FaceCutter::clipEars() {
    const auto n = static_cast<uint32_t>(ring_.size());
    next_.resize(n);
    previous_.resize(n);
    for (uint32_t i = 0; i < n; ++i) {
        next_[i] = i + 1 < n ? i + 1 : 0;
        previous_[i] = i > 0 ? i - 1 : n - 1;
    }
    uint32_t at = 0;
    for (uint32_t left = n; left > 3; --left) {
        const uint32_t ear = findEar(at, left);
        triangles_.insert(triangles_.end(), {previous_[ear], ear, next_[ear]});
        next_[previous_[ear]] = next_[ear];
        previous_[next_[ear]] = previous_[ear];
        // Going on behind the next corner spreads the cuts instead of fanning them all from one corner.
        at = next_[next_[ear]];
    }
    triangles_.insert(triangles_.end(), {previous_[at], at, next_[at]});
}

/// A proper ear; else a corner whose triangle has no area; else, in a face that crosses itself, any left turn; else
/// where we are.
uint32_t FaceCutter::findEar(uint32_t start, uint32_t left) const {
    uint32_t flat = kRemoved, convex = kRemoved, i = start;
    for (uint32_t k = 0; k < left; ++k, i = next_[i]) {
        const double t = turn(ring_[previous_[i]], ring_[i], ring_[next_[i]]);
        if (t > 0 && isEmpty(i)) return i;
        if (t == 0 && flat == kRemoved) flat = i;
        if (t > 0 && convex == kRemoved) convex = i;
    }
    return flat != kRemoved ? flat : convex != kRemoved ? convex : start;
}

/// Whether no other corner lies in the triangle cut off at `ear`. Only corners that do not turn left can.
bool FaceCutter::isEmpty(uint32_t ear) const {
    const Vec2d &a = ring_[previous_[ear]], &b = ring_[ear], &c = ring_[next_[ear]];
    for (uint32_t i = next_[next_[ear]]; i != previous_[ear]; i = next_[i]) {
        const Vec2d& p = ring_[i];
        if (p == a || p == b || p == c) continue;  // bridges to holes visit a place twice
        if (turn(ring_[previous_[i]], p, ring_[next_[i]]) > 0) continue;
        if (turn(a, b, p) >= 0 && turn(b, c, p) >= 0 && turn(c, a, p) >= 0) return false;
    }
    return true;
}

MeshRemap triangulate(std::span<const Vec3f> points, const TopologyView& topology) {
    std::vector<uint32_t> faceSource, cornerSource;
    FaceCutter cutter;
    uint32_t corner = 0;
    for (uint32_t f = 0; f < topology.faceCount(); ++f) {
        const auto count = static_cast<uint32_t>(topology.counts[f]);
        const std::span<const uint32_t> triangles = cutter.cut(points, topology.indices.subspan(corner, count));
        for (const uint32_t t : triangles) cornerSource.push_back(corner + t);
        faceSource.insert(faceSource.end(), triangles.size() / 3, f);
        corner += count;
    }
    std::vector<int> counts(faceSource.size(), 3);
    return fromCorners(topology, std::move(counts), std::move(faceSource), std::move(cornerSource));
}

}  // namespace usdtune
