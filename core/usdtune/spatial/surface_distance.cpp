// SPDX-License-Identifier: Apache-2.0
//
// Branch and bound over pieces of triangles. Two bounds close a piece: the distance to one triangle is convex, so over
// a piece it is largest at a corner; and distances grow no faster than the way, so the middle's plus the piece's radius
// is enough. A piece that neither closes is cut along the sides of the triangle nearest to its middle, so that surfaces
// in one plane take as many pieces as their triangles overlap. Set aside: cutting in halves only (Tang, Lee, Kim,
// "Interactive Hausdorff distance computation for general polygonal models", 2009), which chased the other surface's
// edges down to the limit, 300,000 queries for a unit square of 70 triangles at 0.001; and sampling at a fixed density
// (Metro; Cignoni, Rocchini, Scopigno 1998), which proves nothing between samples.
#include "usdtune/spatial/surface_distance.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace usdtune {

namespace {

/// A convex polygon; corners in order.
using Piece = std::vector<Vec3d>;

Vec3d middleOf(const Piece& piece) {
    Vec3d sum;
    for (const Vec3d& p : piece) sum = sum + p;
    return sum * (1.0 / static_cast<double>(piece.size()));
}

/// What lies on the side `along · p <= offset`, and what lies on the other.
std::pair<Piece, Piece> cut(const Piece& piece, const Vec3d& along, double offset) {
    std::pair<Piece, Piece> out;
    for (size_t i = 0; i < piece.size(); ++i) {
        const Vec3d &p = piece[i], &q = piece[(i + 1) % piece.size()];
        const double a = dot(along, p) - offset, b = dot(along, q) - offset;
        if (a <= 0) out.first.push_back(p);
        if (a >= 0) out.second.push_back(p);
        if ((a < 0 && b > 0) || (a > 0 && b < 0)) {
            const Vec3d between = p + (q - p) * (a / (a - b));
            out.first.push_back(between);
            out.second.push_back(between);
        }
    }
    return out;
}

class Proof {
public:
    Proof(const TriangleBvh& other, double limit, size_t budget) : other_(other), limit_(limit), budget_(budget) {}

    bool holds(const Vec3d& a, const Vec3d& b, const Vec3d& c) {
        front_ = cross(b - a, c - a);
        for (const Vec3d& corner : {a, b, c})
            if (!(ask(corner).distance < limit_)) return false;
        pieces_.assign(1, {a, b, c});
        while (!pieces_.empty()) {
            const Piece piece = std::move(pieces_.back());
            pieces_.pop_back();
            if (!close(piece)) return false;
        }
        return true;
    }
    double largest() const { return largest_; }

private:
    TriangleBvh::Closest ask(const Vec3d& p) {
        if (budget_ == 0) return {};
        --budget_;
        return dot(front_, front_) > 0 ? other_.closestFacing(p, front_, limit_) : other_.closest(p, limit_);
    }

    /// Closes a piece or cuts it; false when a point is too far off or the budget is spent.
    bool close(const Piece& piece) {
        const Vec3d middle = middleOf(piece);
        const TriangleBvh::Closest nearest = ask(middle);
        if (!(nearest.distance < limit_)) return false;
        if (closes(piece, nearest.triangle)) return true;
        double radius = 0;
        size_t farthest = 0;
        for (size_t i = 0; i < piece.size(); ++i)
            if (const double size = length(piece[i] - middle); size > radius) radius = size, farthest = i;
        if (nearest.distance + radius < limit_) {
            largest_ = std::max(largest_, nearest.distance + radius);
            return true;
        }
        if (!cutAlong(nearest.triangle, piece)) halve(piece, middle, piece[farthest] - middle);
        return true;
    }

    bool closes(const Piece& piece, uint32_t triangle) {
        double worst = 0;
        for (const Vec3d& corner : piece) {
            worst = std::max(worst, other_.distanceTo(triangle, corner));
            if (!(worst < limit_)) return false;
        }
        largest_ = std::max(largest_, worst);
        return true;
    }

    /// Closes what stands over the triangle, a little beyond its sides, and leaves the rest for later; false when that
    /// does not close or is nothing.
    bool cutAlong(uint32_t triangle, const Piece& piece) {
        const auto [a, b, c] = other_.corners(triangle);
        const Vec3d normal = cross(b - a, c - a);
        if (!(dot(normal, normal) > 0)) return false;
        Piece inside = piece;
        std::array<Piece, 3> outside;
        const std::array<Vec3d, 3> corners{a, b, c};
        for (size_t k = 0; k < 3; ++k) {
            Vec3d outwards = cross(corners[(k + 1) % 3] - corners[k], normal);
            const double size = length(outwards);
            if (!(size > 0)) return false;
            outwards = outwards * (1 / size);
            std::tie(inside, outside[k]) = cut(inside, outwards, dot(outwards, corners[k]) + 0.25 * limit_);
            if (inside.size() < 3) return false;
        }
        if (!closes(inside, triangle)) return false;
        for (Piece& rest : outside)
            if (rest.size() >= 3) pieces_.push_back(std::move(rest));
        return true;
    }

    void halve(const Piece& piece, const Vec3d& middle, const Vec3d& along) {
        auto [near, far] = cut(piece, along, dot(along, middle));
        if (near.size() >= 3) pieces_.push_back(std::move(near));
        if (far.size() >= 3) pieces_.push_back(std::move(far));
    }

    const TriangleBvh& other_;
    double limit_;
    size_t budget_;
    Vec3d front_;
    double largest_ = 0;
    std::vector<Piece> pieces_;
};

}  // namespace

std::optional<double> surfaceWithin(std::span<const Vec3d> points, std::span<const TriangleCorners> triangles,
                                    const TriangleBvh& other, double limit, size_t budget) {
    Proof proof(other, limit, budget);
    for (const TriangleCorners& t : triangles)
        if (!proof.holds(points[t[0]], points[t[1]], points[t[2]])) return std::nullopt;
    return proof.largest();
}

}  // namespace usdtune
