// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "usdtune/base/bounds.h"
#include "usdtune/base/context.h"
#include "usdtune/base/math.h"

namespace usdtune {

using TriangleCorners = std::array<uint32_t, 3>;

/// The point of a triangle nearest to `p`; triangles without area count as the segment or point that they are.
Vec3d closestPointOnTriangle(const Vec3d& p, const Vec3d& a, const Vec3d& b, const Vec3d& c);

/// Answers what lies near a place or along a ray, for a fixed set of triangles. Built once, then read-only: any number
/// of threads may ask.
///
/// Everything is float64 about the middle of the triangles' box, so that places far from the origin lose nothing.
/// Triangles with a corner that is not finite are never found. Of equally near triangles the lowest index is found, so
/// answers do not depend on how the tree was built. Corners are copied; building costs O(n log n), a query O(log n)
/// where triangles are spread out. Memory: 72 bytes per triangle and about 80 for its share of the nodes.
class TriangleBvh {
public:
    /// Corner indices are in range.
    TriangleBvh(std::span<const Vec3d> points, std::span<const TriangleCorners> triangles);

    static constexpr uint32_t kNone = 0xFFFFFFFFu;
    struct Closest {
        uint32_t triangle = kNone;
        Vec3d point;
        double distance = std::numeric_limits<double>::infinity();
    };

    /// The nearest triangle no farther than `limit`; kNone where there is none.
    Closest closest(const Vec3d& query, double limit = std::numeric_limits<double>::infinity()) const;
    /// The same among triangles whose front (counter-clockwise) looks to the side of `front`: dot product above 0.
    Closest closestFacing(const Vec3d& query, const Vec3d& front,
                          double limit = std::numeric_limits<double>::infinity()) const;

    /// `closest` of many places, in parallel; one answer per query, the same as one by one. Best for queries by the
    /// thousand: they are asked in an order in which each finds its answer near the one before it.
    void closestPoints(std::span<const Vec3d> queries, std::span<Closest> out, const Context& context) const;

    struct Hit {
        uint32_t triangle = kNone;
        double distance = std::numeric_limits<double>::infinity();  ///< in lengths of the direction
    };
    /// The first triangle that the ray meets, from either side, between `begin` and `end` lengths of `direction`.
    Hit firstHit(const Vec3d& origin, const Vec3d& direction, double begin = 0,
                 double end = std::numeric_limits<double>::infinity()) const;
    /// Whether it meets any.
    bool anyHit(const Vec3d& origin, const Vec3d& direction, double begin = 0,
                double end = std::numeric_limits<double>::infinity()) const;

    size_t size() const { return corners_.size(); }
    /// Distance of a place from one triangle.
    double distanceTo(uint32_t triangle, const Vec3d& query) const;
    /// The corners of one triangle, all alike where it is not finite.
    std::array<Vec3d, 3> corners(uint32_t triangle) const;
    Bounds bounds() const;

private:
    struct Node {
        Vec3d low, high;
        uint32_t first = 0;  ///< of the leaf's triangles, or the right child; the left one follows its parent
        uint32_t count = 0;  ///< triangles of a leaf; 0 for inner nodes
    };
    struct Corners {
        Vec3d a, b, c;
    };

    /// Four children beside each other, so that one instruction does for all of them; boxes rounded to float32, which
    /// queries allow for. For distances; rays go by the nodes.
    struct WideNode {
        std::array<std::array<float, 4>, 3> low, high;
        std::array<uint32_t, 4> first;  ///< a wide node, or the first triangle of a leaf
        std::array<uint32_t, 4> count;  ///< triangles of a leaf; 0 for wide nodes
    };

    class Builder;
    void widen();
    std::array<uint32_t, 4> childrenOf(uint32_t node, size_t& count) const;
    template <class Accept>
    Closest closestOf(const Vec3d& query, double limit, const Accept& accept) const;
    Closest closestFrom(const Vec3d& query, uint32_t near) const;
    template <bool any>
    Hit hit(const Vec3d& origin, const Vec3d& direction, double begin, double end) const;

    Vec3d origin_;
    std::vector<Node> nodes_;
    std::vector<WideNode> wide_;
    double farthest_ = 0;             ///< coordinate of any box, without its sign
    std::vector<Corners> corners_;    ///< in leaf order
    std::vector<uint32_t> triangle_;  ///< the caller's index of each
    std::vector<uint32_t> slot_;      ///< and back; kNone for those that are not finite
};

}  // namespace usdtune
