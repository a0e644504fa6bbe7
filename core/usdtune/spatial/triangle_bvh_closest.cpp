// SPDX-License-Identifier: Apache-2.0
//
// Closest triangles by a tree of four children (Wald, Benthin and Boulos, "Getting Rid of Packets", 2008, for rays).
// Boxes are asked in float32 by four lanes and only ever come out too near; triangles are asked in float64, so answers
// are those of float64 alone. Lanes are the compiler's own vectors, which every machine has in some form.
#include <algorithm>
#include <cmath>

#include "usdtune/spatial/triangle_bvh.h"

namespace usdtune {

namespace {

using Lanes = float __attribute__((vector_size(16)));

/// Three entries stay behind per level, and there are no more levels than the binary tree has.
constexpr size_t kStack = 3 * 96 + 4;
constexpr double kFloatStep = 0x1p-23;

Lanes lanesOf(const std::array<float, 4>& row) { return Lanes{row[0], row[1], row[2], row[3]}; }
Lanes larger(Lanes a, Lanes b) { return a > b ? a : b; }

/// A place for boxes in float32, with what rounding of it and of them may have taken away.
struct Place {
    std::array<Lanes, 3> at;
    Lanes slack;

    Place(const Vec3d& p, double farthest) {
        double size = farthest;
        for (size_t c = 0; c < 3; ++c) {
            const auto x = static_cast<float>(p[c]);
            at[c] = Lanes{x, x, x, x};
            size = std::max(size, std::abs(p[c]));
        }
        const auto s = static_cast<float>(3 * kFloatStep * size);
        slack = Lanes{s, s, s, s};
    }
    /// Squared distances that the truth is not below; 0 where numbers are beyond float32.
    template <class Wide>
    Lanes squaredDistances(const Wide& node) const {
        Lanes sum{};
        for (size_t c = 0; c < 3; ++c) {
            Lanes out = larger(lanesOf(node.low[c]) - at[c], at[c] - lanesOf(node.high[c])) - slack;
            out = out > Lanes{} ? out : Lanes{};
            sum += out * out;
        }
        return sum * static_cast<float>(1 - 8 * kFloatStep);
    }
};

/// Not below `squared`.
float roundedUp(double squared) { return static_cast<float>(squared * (1 + 2 * kFloatStep)) + 1e-36f; }

}  // namespace

/// Children and grandchildren of a node of the binary tree: the largest are opened until there are four. Sizes beyond
/// float64 compare as largest, so that an inner node is always opened.
std::array<uint32_t, 4> TriangleBvh::childrenOf(uint32_t node, size_t& count) const {
    std::array<uint32_t, 4> out{node};
    count = 1;
    while (count < 4) {
        size_t open = 4;
        double largest = -1;
        for (size_t i = 0; i < count; ++i) {
            const Node& child = nodes_[out[i]];
            const Vec3d side = child.high - child.low;
            const double area = side[0] * side[1] + side[1] * side[2] + side[2] * side[0];
            if (child.count == 0 && !(area <= largest)) largest = area, open = i;
        }
        if (open == 4) break;
        out[count++] = nodes_[out[open]].first;
        out[open] += 1;
    }
    return out;
}

void TriangleBvh::widen() {
    for (size_t c = 0; c < 3; ++c)
        farthest_ = std::max({farthest_, std::abs(nodes_[0].low[c]), std::abs(nodes_[0].high[c])});
    std::vector<uint32_t> from{0};  // the binary node of each wide one
    for (size_t at = 0; at < from.size(); ++at) {
        WideNode wide;
        size_t count = 0;
        const std::array<uint32_t, 4> children = childrenOf(from[at], count);
        for (size_t lane = 0; lane < 4; ++lane) {
            const bool used = lane < count;
            const Node& child = nodes_[children[used ? lane : 0]];
            for (size_t c = 0; c < 3; ++c) {
                constexpr float kBeyond = std::numeric_limits<float>::infinity();
                wide.low[c][lane] = used ? static_cast<float>(child.low[c]) : kBeyond;
                wide.high[c][lane] = used ? static_cast<float>(child.high[c]) : -kBeyond;
            }
            wide.first[lane] = used ? child.first : 0;
            wide.count[lane] = used ? child.count : 0;
            if (!used || child.count != 0) continue;
            wide.first[lane] = static_cast<uint32_t>(from.size());
            from.push_back(children[lane]);
        }
        wide_.push_back(wide);
    }
}

template <class Accept>
TriangleBvh::Closest TriangleBvh::closestOf(const Vec3d& query, double limit, const Accept& accept) const {
    Closest best;
    if (wide_.empty() || !isFinite(query)) return best;
    const Vec3d p = query - origin_;
    const Place place(p, farthest_);
    double reach = limit * limit;
    float reachUp = roundedUp(reach);
    struct Entry {
        uint32_t first, count;
        float squared;
    };
    std::array<Entry, kStack> stack;
    size_t top = 0;
    stack[top++] = {0, 0, 0};
    const auto askLeaf = [&](const Entry& leaf) {
        for (uint32_t slot = leaf.first; slot < leaf.first + leaf.count; ++slot) {
            const Corners& t = corners_[slot];
            const Vec3d q = closestPointOnTriangle(p, t.a, t.b, t.c);
            const double squared = dot(p - q, p - q);
            const bool nearer = squared < reach || (squared == reach && triangle_[slot] < best.triangle);
            if (!nearer || !accept(t)) continue;
            reach = squared;
            reachUp = roundedUp(reach);
            best.triangle = triangle_[slot];
            best.point = q;
        }
    };
    while (top > 0) {
        const Entry entry = stack[--top];
        if (entry.squared > reachUp) continue;
        if (entry.count != 0) {
            askLeaf(entry);
            continue;
        }
        const WideNode& node = wide_[entry.first];
        const Lanes squared = place.squaredDistances(node);
        const size_t begin = top;
        for (size_t lane = 0; lane < 4; ++lane) {
            if (!(squared[lane] <= reachUp) || (node.first[lane] == 0 && node.count[lane] == 0)) continue;
            size_t at = top++;
            for (; at > begin && stack[at - 1].squared < squared[lane]; --at) stack[at] = stack[at - 1];
            stack[at] = {node.first[lane], node.count[lane], squared[lane]};
        }
    }
    if (best.triangle == kNone) return best;
    best.distance = std::sqrt(reach);
    best.point = best.point + origin_;
    return best;
}

TriangleBvh::Closest TriangleBvh::closest(const Vec3d& query, double limit) const {
    return closestOf(query, limit, [](const Corners&) { return true; });
}

/// The nearest triangle, where `near` is a guess at it or kNone.
TriangleBvh::Closest TriangleBvh::closestFrom(const Vec3d& query, uint32_t near) const {
    const double limit = near == kNone ? std::numeric_limits<double>::infinity() : distanceTo(near, query);
    return closestOf(query, limit * (1 + 1e-12), [](const Corners&) { return true; });
}

TriangleBvh::Closest TriangleBvh::closestFacing(const Vec3d& query, const Vec3d& front, double limit) const {
    return closestOf(query, limit, [&front](const Corners& t) { return dot(cross(t.b - t.a, t.c - t.a), front) > 0; });
}

}  // namespace usdtune
