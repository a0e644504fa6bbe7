// SPDX-License-Identifier: Apache-2.0
//
// Branch and bound over pieces of triangles. Two bounds close a piece: the distance to one triangle is convex, so over a
// piece it is largest at a corner; and distances grow no faster than the way, so the middle's plus the piece's radius is
// enough. Sampling at a fixed density, as Metro does (Cignoni, Rocchini, Scopigno 1998), proves nothing between samples
// and asks as often where surfaces coincide; here coinciding triangles cost four queries. After Tang, Lee and Kim,
// "Interactive Hausdorff distance computation for general polygonal models" (2009).
#include "usdtune/spatial/surface_distance.h"

#include <algorithm>
#include <vector>

namespace usdtune {

namespace {

using Piece = std::array<Vec3d, 3>;

class Proof {
public:
    Proof(const TriangleBvh& other, double limit, size_t budget) : other_(other), limit_(limit), budget_(budget) {}

    bool holds(const Piece& triangle) {
        front_ = cross(triangle[1] - triangle[0], triangle[2] - triangle[0]);
        pieces_.assign(1, triangle);
        while (!pieces_.empty()) {
            const Piece piece = pieces_.back();
            pieces_.pop_back();
            if (!close(piece)) return false;
        }
        return true;
    }
    double largest() const { return largest_; }

private:
    TriangleBvh::Closest ask(const Vec3d& p) {
        if (budget_ > 0) --budget_;
        return dot(front_, front_) > 0 ? other_.closestFacing(p, front_, limit_) : other_.closest(p, limit_);
    }

    /// Closes a piece or splits it; false when a point is too far off or the budget is spent.
    bool close(const Piece& piece) {
        if (budget_ < 4) return false;
        std::array<TriangleBvh::Closest, 3> nearest;
        for (size_t k = 0; k < 3; ++k) {
            nearest[k] = ask(piece[k]);
            if (!(nearest[k].distance < limit_)) return false;
        }
        double bound = limit_;
        for (const TriangleBvh::Closest& one : nearest) {
            double worst = 0;
            for (const Vec3d& corner : piece) worst = std::max(worst, other_.distanceTo(one.triangle, corner));
            bound = std::min(bound, worst);
        }
        const Vec3d middle = (piece[0] + piece[1] + piece[2]) * (1.0 / 3);
        if (!(bound < limit_)) {
            const TriangleBvh::Closest atMiddle = ask(middle);
            if (!(atMiddle.distance < limit_)) return false;
            double radius = 0;
            for (const Vec3d& corner : piece) radius = std::max(radius, length(corner - middle));
            bound = atMiddle.distance + radius;
        }
        if (bound < limit_) {
            largest_ = std::max(largest_, bound);
            return true;
        }
        split(piece);
        return true;
    }

    /// In two across the longest edge, which keeps pieces from growing thinner.
    void split(const Piece& piece) {
        size_t longest = 0;
        double best = -1;
        for (size_t k = 0; k < 3; ++k)
            if (const double size = length(piece[(k + 1) % 3] - piece[k]); size > best) best = size, longest = k;
        const Vec3d &a = piece[longest], &b = piece[(longest + 1) % 3], &c = piece[(longest + 2) % 3];
        const Vec3d half = (a + b) * 0.5;
        pieces_.push_back({half, b, c});
        pieces_.push_back({a, half, c});
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
        if (!proof.holds({points[t[0]], points[t[1]], points[t[2]]})) return std::nullopt;
    return proof.largest();
}

}  // namespace usdtune
