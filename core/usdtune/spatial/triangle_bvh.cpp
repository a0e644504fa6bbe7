// SPDX-License-Identifier: Apache-2.0
//
// A binary tree of boxes in one array, depth first, split by the surface area heuristic over 16 bins per axis (Wald,
// "On fast construction of SAH-based bounding volume hierarchies", 2007). Closest point on a triangle by Voronoi
// regions (Ericson, Real-Time Collision Detection, 5.1.5); rays by Möller and Trumbore (1997), near children first.
// What is nearest to a place is asked in triangle_bvh_closest.cpp.
#include "usdtune/spatial/triangle_bvh.h"

#include <algorithm>
#include <cmath>

namespace usdtune {

namespace {

constexpr size_t kBins = 16, kLeaf = 4, kDepth = 96;

double halfArea(const Bounds& box) {
    if (box.empty()) return 0;
    const Vec3d d = box.max - box.min;
    return d[0] * d[1] + d[1] * d[2] + d[2] * d[0];
}

Vec3d closestOnSegment(const Vec3d& p, const Vec3d& a, const Vec3d& b) {
    const Vec3d d = b - a;
    const double squared = dot(d, d);
    if (!(squared > 0)) return a;
    return a + d * std::clamp(dot(p - a, d) / squared, 0.0, 1.0);
}

}  // namespace

Vec3d closestPointOnTriangle(const Vec3d& p, const Vec3d& a, const Vec3d& b, const Vec3d& c) {
    const Vec3d ab = b - a, ac = c - a, normal = cross(ab, ac);
    if (!(dot(normal, normal) > 1e-30 * dot(ab, ab) * dot(ac, ac))) {
        Vec3d best = a;
        double nearest = std::numeric_limits<double>::infinity();
        for (const Vec3d& q : {closestOnSegment(p, a, b), closestOnSegment(p, b, c), closestOnSegment(p, c, a)})
            if (const double squared = dot(p - q, p - q); squared < nearest) nearest = squared, best = q;
        return best;
    }
    const Vec3d ap = p - a, bp = p - b, cp = p - c;
    const double d1 = dot(ab, ap), d2 = dot(ac, ap);
    if (d1 <= 0 && d2 <= 0) return a;
    const double d3 = dot(ab, bp), d4 = dot(ac, bp);
    if (d3 >= 0 && d4 <= d3) return b;
    const double vc = d1 * d4 - d3 * d2;
    if (vc <= 0 && d1 >= 0 && d3 <= 0) return a + ab * (d1 / (d1 - d3));
    const double d5 = dot(ab, cp), d6 = dot(ac, cp);
    if (d6 >= 0 && d5 <= d6) return c;
    const double vb = d5 * d2 - d1 * d6;
    if (vb <= 0 && d2 >= 0 && d6 <= 0) return a + ac * (d2 / (d2 - d6));
    const double va = d3 * d6 - d5 * d4;
    if (va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0) return b + (c - b) * ((d4 - d3) / ((d4 - d3) + (d5 - d6)));
    const double scale = 1 / (va + vb + vc);
    return a + ab * (vb * scale) + ac * (vc * scale);
}

class TriangleBvh::Builder {
public:
    struct Item {
        Bounds box;
        Vec3d center;
        uint32_t triangle;
    };

    Builder(std::vector<Item>& items, std::vector<Node>& nodes) : items_(items), nodes_(nodes) {}

    void build(size_t begin, size_t end, size_t depth) {
        const size_t self = nodes_.size();
        nodes_.emplace_back();
        Bounds box, centers;
        for (size_t i = begin; i < end; ++i) {
            box.add(items_[i].box);
            centers.add(items_[i].center);
        }
        nodes_[self].low = box.min;
        nodes_[self].high = box.max;
        const size_t middle = end - begin <= kLeaf ? begin : split(begin, end, box, centers, depth);
        if (middle == begin) {
            nodes_[self].first = static_cast<uint32_t>(begin);
            nodes_[self].count = static_cast<uint32_t>(end - begin);
            return;
        }
        build(begin, middle, depth + 1);
        nodes_[self].first = static_cast<uint32_t>(nodes_.size());
        build(middle, end, depth + 1);
    }

private:
    /// Where the second half begins after sorting the items about it. Always splits, so that leaves stay small.
    size_t split(size_t begin, size_t end, const Bounds& box, const Bounds& centers, size_t depth) {
        const Vec3d width = centers.max - centers.min;
        double best = std::numeric_limits<double>::infinity();
        size_t bestAxis = 0, bestBin = 0;
        for (size_t axis = 0; axis < 3 && depth < kDepth / 2; ++axis) {
            if (!(width[axis] > 0)) continue;
            std::array<Bounds, kBins> boxes;
            std::array<size_t, kBins> counts{};
            for (size_t i = begin; i < end; ++i) {
                const size_t bin = binOf(items_[i].center[axis], centers.min[axis], width[axis]);
                boxes[bin].add(items_[i].box);
                ++counts[bin];
            }
            std::array<double, kBins> right{};
            Bounds grown;
            size_t count = 0;
            for (size_t bin = kBins - 1; bin > 0; --bin) {
                grown.add(boxes[bin]);
                count += counts[bin];
                right[bin] = halfArea(grown) * static_cast<double>(count);
            }
            grown = Bounds();
            count = 0;
            for (size_t bin = 1; bin < kBins; ++bin) {
                grown.add(boxes[bin - 1]);
                count += counts[bin - 1];
                const double cost = halfArea(grown) * static_cast<double>(count) + right[bin];
                if (count != 0 && count != end - begin && cost < best) best = cost, bestAxis = axis, bestBin = bin;
            }
        }
        const auto first = items_.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto last = items_.begin() + static_cast<std::ptrdiff_t>(end);
        if (best < std::numeric_limits<double>::infinity()) {
            const auto middle = std::stable_partition(first, last, [&](const Item& item) {
                return binOf(item.center[bestAxis], centers.min[bestAxis], width[bestAxis]) < bestBin;
            });
            return static_cast<size_t>(middle - items_.begin());
        }
        // All centers in one place, or a tree that grows too deep: by the longest side of the box, in halves.
        const Vec3d side = box.max - box.min;
        const size_t axis = side[0] >= side[1] && side[0] >= side[2] ? 0 : side[1] >= side[2] ? 1 : 2;
        std::stable_sort(first, last, [axis](const Item& a, const Item& b) { return a.center[axis] < b.center[axis]; });
        return begin + (end - begin) / 2;
    }

    static size_t binOf(double center, double low, double width) {
        return std::min(kBins - 1, static_cast<size_t>((center - low) / width * static_cast<double>(kBins)));
    }

    std::vector<Item>& items_;
    std::vector<Node>& nodes_;
};

TriangleBvh::TriangleBvh(std::span<const Vec3d> points, std::span<const TriangleCorners> triangles)
    : slot_(triangles.size(), kNone) {
    const auto finite = [&](const TriangleCorners& t) {
        return isFinite(points[t[0]]) && isFinite(points[t[1]]) && isFinite(points[t[2]]);
    };
    Bounds all;
    for (const TriangleCorners& t : triangles)
        if (finite(t))
            for (const uint32_t corner : t) all.add(points[corner]);
    if (all.empty()) return;
    origin_ = all.center();

    std::vector<Builder::Item> items;
    items.reserve(triangles.size());
    for (size_t i = 0; i < triangles.size(); ++i) {
        if (!finite(triangles[i])) continue;
        Builder::Item item{{}, {}, static_cast<uint32_t>(i)};
        for (const uint32_t corner : triangles[i]) item.box.add(points[corner] - origin_);
        item.center = item.box.center();
        items.push_back(item);
    }
    nodes_.reserve(items.size());
    Builder(items, nodes_).build(0, items.size(), 0);
    widen();
    corners_.reserve(items.size());
    triangle_.reserve(items.size());
    for (const Builder::Item& item : items) {
        const TriangleCorners& t = triangles[item.triangle];
        slot_[item.triangle] = static_cast<uint32_t>(corners_.size());
        corners_.push_back({points[t[0]] - origin_, points[t[1]] - origin_, points[t[2]] - origin_});
        triangle_.push_back(item.triangle);
    }
}

double TriangleBvh::distanceTo(uint32_t triangle, const Vec3d& query) const {
    if (slot_[triangle] == kNone) return std::numeric_limits<double>::infinity();
    const Corners& t = corners_[slot_[triangle]];
    const Vec3d p = query - origin_;
    return length(p - closestPointOnTriangle(p, t.a, t.b, t.c));
}

std::array<Vec3d, 3> TriangleBvh::corners(uint32_t triangle) const {
    if (slot_[triangle] == kNone) return {origin_, origin_, origin_};
    const Corners& t = corners_[slot_[triangle]];
    return {t.a + origin_, t.b + origin_, t.c + origin_};
}

Bounds TriangleBvh::bounds() const {
    Bounds out;
    if (nodes_.empty()) return out;
    out.add(nodes_[0].low + origin_);
    out.add(nodes_[0].high + origin_);
    return out;
}

template <bool any>
TriangleBvh::Hit TriangleBvh::hit(const Vec3d& origin, const Vec3d& direction, double begin, double end) const {
    Hit best;
    if (nodes_.empty() || !isFinite(origin) || !isFinite(direction)) return best;
    const Vec3d from = origin - origin_;
    /// Where the ray enters a box; infinite where it misses. NaN of 0 · ∞ falls out of min and max as written.
    const auto enters = [&](const Node& node) {
        double near = begin, far = std::min(end, best.distance);
        for (size_t c = 0; c < 3; ++c) {
            if (direction[c] == 0) {
                if (from[c] < node.low[c] || from[c] > node.high[c]) return std::numeric_limits<double>::infinity();
                continue;
            }
            const double a = (node.low[c] - from[c]) / direction[c], b = (node.high[c] - from[c]) / direction[c];
            near = std::max(near, std::min(a, b));
            far = std::min(far, std::max(a, b));
        }
        // Rounding may part the sides of a flat box.
        return near <= far * (1 + 1e-12) + 1e-300 ? near : std::numeric_limits<double>::infinity();
    };
    std::array<uint32_t, kDepth> stack;
    size_t top = 0;
    stack[top++] = 0;
    while (top > 0) {
        const uint32_t at = stack[--top];
        const Node& node = nodes_[at];
        if (enters(node) == std::numeric_limits<double>::infinity()) continue;
        if (node.count == 0) {
            const bool leftFirst = enters(nodes_[at + 1]) <= enters(nodes_[node.first]);
            stack[top++] = leftFirst ? node.first : at + 1;
            stack[top++] = leftFirst ? at + 1 : node.first;
            continue;
        }
        for (uint32_t slot = node.first; slot < node.first + node.count; ++slot) {
            const Corners& t = corners_[slot];
            const Vec3d e1 = t.b - t.a, e2 = t.c - t.a, h = cross(direction, e2);
            const double det = dot(e1, h);
            if (det == 0) continue;
            const Vec3d s = from - t.a;
            const double u = dot(s, h) / det;
            if (!(u >= 0 && u <= 1)) continue;
            const Vec3d q = cross(s, e1);
            const double v = dot(direction, q) / det;
            if (!(v >= 0 && u + v <= 1)) continue;
            const double along = dot(e2, q) / det;
            if (!(along >= begin && along <= end)) continue;
            if (along < best.distance || (along == best.distance && triangle_[slot] < best.triangle))
                best = {triangle_[slot], along};
            if (any) return best;
        }
    }
    return best;
}

TriangleBvh::Hit TriangleBvh::firstHit(const Vec3d& origin, const Vec3d& direction, double begin, double end) const {
    return hit<false>(origin, direction, begin, end);
}

bool TriangleBvh::anyHit(const Vec3d& origin, const Vec3d& direction, double begin, double end) const {
    return hit<true>(origin, direction, begin, end).triangle != kNone;
}

}  // namespace usdtune
