// SPDX-License-Identifier: Apache-2.0
//
// Adaptive quadrature over bisected triangles (Rivara, 1984, for halving the longest side). Each piece is asked at its
// corners and at one place of the R2 sequence (Roberts, 2018) inside; its mean is that of its corners, put right by how
// far the place lies from what they make expect there. So what is linear is exact and what is not errs to either side;
// asking the middle instead errs to one side wherever a pattern repeats (a torus turned by less than a facet: 2 per
// cent). Samples spread by area alone were set aside: of one vertex moved among 14,000 triangles they saw nothing, and
// the largest distance inside decimated triangles came out 18 per cent short.
#include "usdtune/verify/deviation_spread.h"

#include <algorithm>
#include <cmath>

namespace usdtune {

namespace {

/// What the bends of all leaves together may be of the whole, and what a single one may add to the largest distance.
constexpr double kMeanBend = 0.04, kMaxBend = 0.004;
constexpr size_t kRounds = 24;

struct Leaf {
    std::array<uint32_t, 3> corners;
    double area = 0;
    double inside = -1;  ///< distance at a place inside; negative before it was asked
    double off = 0;      ///< by how much that parts from what the corners make expect
    double bend = 0;     ///< the same without its sign, or what its parent's leaves of it
    double atMost = 0;   ///< no place of it is farther off
    uint32_t nearest = TriangleBvh::kNone;
};

class Spread {
public:
    Spread(const PlacedTriangles& surface, const TriangleBvh& other, const SamplingDensity& density,
           const Context& context)
        : other_(other), density_(density), context_(context) {
        collect(surface);
    }

    DistanceSpread run(double settled) {
        splitToSpacing();
        askPlaces();
        askInsides();
        if (max_ <= settled) return gather();
        const size_t more = leaves_.size() + density_.atMost;
        for (size_t round = 0, budget = leaves_.size() + more; round < kRounds; ++round)
            if (!refineMax(budget, round % 2 == 1)) break;
        for (size_t round = 0, budget = leaves_.size() + 3 * more; round < kRounds; ++round)
            if (!refineMean(budget)) break;
        // What was not halved is what looked straight by chance as well: fresh places tell without that lean.
        for (Leaf& leaf : leaves_) leaf.inside = -1;
        askInsides();
        return gather();
    }

private:
    void collect(const PlacedTriangles& surface) {
        std::vector<uint32_t> placeOf(surface.points.size(), TriangleBvh::kNone);
        for (size_t t = 0; t < surface.triangles.size(); ++t) {
            if (!surface.finite(t)) continue;
            Leaf leaf{{}, surface.area(t)};
            for (size_t c = 0; c < 3; ++c) {
                const uint32_t point = surface.triangles[t][c];
                if (placeOf[point] == TriangleBvh::kNone) {
                    placeOf[point] = static_cast<uint32_t>(places_.size());
                    places_.push_back(surface.points[point]);
                    box_.add(surface.points[point]);
                }
                leaf.corners[c] = placeOf[point];
            }
            if (leaf.area > 0) leaves_.push_back(leaf);
        }
    }

    double side(const Leaf& leaf, size_t c) const {
        return length(places_[leaf.corners[c]] - places_[leaf.corners[(c + 1) % 3]]);
    }
    size_t longestSide(const Leaf& leaf) const {
        const std::array<double, 3> sides{side(leaf, 0), side(leaf, 1), side(leaf, 2)};
        return static_cast<size_t>(std::max_element(sides.begin(), sides.end()) - sides.begin());
    }

    /// Halves a leaf in place and appends the other half.
    void split(size_t at) {
        Leaf half = leaves_[at];
        const size_t a = longestSide(half), b = (a + 1) % 3;
        const auto middle = static_cast<uint32_t>(places_.size());
        places_.push_back((places_[half.corners[a]] + places_[half.corners[b]]) * 0.5);
        half.area *= 0.5;
        half.inside = -1;
        half.bend *= 0.25;  // what a smooth distance would leave of it
        leaves_[at] = half;
        leaves_[at].corners[b] = middle;
        half.corners[a] = middle;
        leaves_.push_back(half);
    }

    /// From the largest triangles down, so that a bound on their number leaves none much larger than others.
    void splitToSpacing() {
        const double spacing = 2 * box_.diagonal() / density_.pointsPerDiagonal;
        const size_t most = leaves_.size() + density_.atMost;
        double longest = 0;
        for (const Leaf& leaf : leaves_) longest = std::max(longest, side(leaf, longestSide(leaf)));
        while (longest > spacing && leaves_.size() < most) {
            longest *= 0.7;
            const double limit = std::max(longest, spacing);
            for (size_t i = 0; i < leaves_.size() && leaves_.size() < most; ++i)
                while (side(leaves_[i], longestSide(leaves_[i])) > limit && leaves_.size() < most) split(i);
        }
        for (size_t i = 0; leaves_.size() < density_.atLeast && !leaves_.empty(); ++i) split(i);
    }

    void askPlaces() {
        const size_t known = found_.size();
        found_.resize(places_.size());
        ask(std::span(places_).subspan(known), std::span(found_).subspan(known));
        for (size_t i = known; i < found_.size(); ++i) max_ = std::max(max_, found_[i].distance);
    }

    void askInsides() {
        std::vector<size_t> rows;
        std::vector<Vec3d> places, weights;
        for (size_t i = 0; i < leaves_.size(); ++i) {
            if (leaves_[i].inside >= 0) continue;
            const auto& [a, b, c] = leaves_[i].corners;
            const Vec3d w = nextWeights();
            rows.push_back(i);
            weights.push_back(w);
            places.push_back(places_[a] * w[0] + places_[b] * w[1] + places_[c] * w[2]);
        }
        std::vector<TriangleBvh::Closest> found(places.size());
        ask(places, found);
        for (size_t k = 0; k < rows.size(); ++k) {
            Leaf& leaf = leaves_[rows[k]];
            leaf.inside = found[k].distance;
            leaf.nearest = found[k].triangle;
            leaf.off = leaf.inside;
            for (size_t c = 0; c < 3; ++c) leaf.off -= weights[k][c] * found_[leaf.corners[c]].distance;
            leaf.bend = std::max(leaf.bend, std::abs(leaf.off));
            leaf.atMost = upperBound(leaf);
            max_ = std::max(max_, leaf.inside);
        }
    }

    /// The next of the R2 sequence, folded into a triangle: 1/g and 1/g² of the plastic number g.
    Vec3d nextWeights() {
        const auto number = static_cast<double>(++insideCount_);
        double u = std::fmod(0.5 + 0.7548776662466927 * number, 1.0);
        double v = std::fmod(0.5 + 0.5698402909980532 * number, 1.0);
        if (u + v > 1) u = 1 - u, v = 1 - v;
        return {{1 - u - v, u, v}};
    }

    void ask(std::span<const Vec3d> places, std::span<TriangleBvh::Closest> found) {
        sampleCount_ += places.size();
        other_.closestPoints(places, found, context_);
    }

    double cornerMean(const Leaf& leaf) const {
        double sum = 0;
        for (const uint32_t corner : leaf.corners) sum += found_[corner].distance;
        return sum / 3;
    }
    double meanOf(const Leaf& leaf) const { return cornerMean(leaf) + leaf.off; }
    double largestOf(const Leaf& leaf) const {
        double out = leaf.inside;
        for (const uint32_t corner : leaf.corners) out = std::max(out, found_[corner].distance);
        return out;
    }

    /// Halves those leaves that bend the mean most; false when nothing is left to look at more closely.
    bool refineMean(size_t budget) {
        double whole = 0, bends = 0;
        for (const Leaf& leaf : leaves_) whole += leaf.area * meanOf(leaf), bends += leaf.area * leaf.bend;
        if (bends <= kMeanBend * whole) return false;
        const double share = 0.5 * kMeanBend * whole / static_cast<double>(leaves_.size());
        std::vector<Candidate> candidates;
        for (size_t i = 0; i < leaves_.size(); ++i)
            if (const double bend = leaves_[i].area * leaves_[i].bend; bend > share) candidates.push_back({bend, i});
        return splitFirst(candidates, budget);
    }

    /// Halves those leaves that may hide a distance larger than any found: branch and bound, as for the Hausdorff
    /// distance of Tang, Lee and Kim, 2009. First those that may hide most, or (where triangles are much smaller than
    /// leaves, that is all of them) first those that look like it.
    bool refineMax(size_t budget, bool byLooks) {
        std::vector<Candidate> candidates;
        for (size_t i = 0; i < leaves_.size(); ++i) {
            const Leaf& leaf = leaves_[i];
            if (leaf.atMost > max_ * (1 + kMaxBend))
                candidates.push_back({byLooks ? largestOf(leaf) + 3 * leaf.bend : leaf.atMost, i});
        }
        return splitFirst(candidates, std::min(budget, leaves_.size() + std::max<size_t>(64, leaves_.size() / 16)));
    }

    struct Candidate {
        double weight;
        size_t leaf;
    };
    bool splitFirst(std::vector<Candidate>& candidates, size_t budget) {
        const size_t count = std::min(candidates.size(), budget - std::min(budget, leaves_.size()));
        if (count == 0) return false;
        std::sort(candidates.begin(), candidates.end(), [](const Candidate& x, const Candidate& y) {
            return x.weight != y.weight ? x.weight > y.weight : x.leaf < y.leaf;
        });
        for (size_t i = 0; i < count; ++i) split(candidates[i].leaf);
        askPlaces();
        askInsides();
        return true;
    }

    /// The distance from a triangle is convex, so over a leaf it is largest at a corner, and the distance from the
    /// whole surface is no larger than that from any of its triangles. Nor does it grow by more than one walks.
    double upperBound(const Leaf& leaf) const {
        const auto from = [&](uint32_t triangle) {
            double out = 0;
            for (const uint32_t corner : leaf.corners)
                out = std::max(out, other_.distanceTo(triangle, places_[corner]));
            return out;
        };
        double out = from(leaf.nearest);
        for (size_t c = 0; c < 3; ++c) {
            const TriangleBvh::Closest& at = found_[leaf.corners[c]];
            out = std::min({out, at.distance + std::max(side(leaf, c), side(leaf, (c + 2) % 3)), from(at.triangle)});
        }
        return out;
    }

    DistanceSpread gather() const {
        DistanceSpread out;
        out.sampleCount = sampleCount_;
        for (const TriangleBvh::Closest& at : found_) out.corners.push_back({0, at.distance, at.distance, at.triangle});
        for (const Leaf& leaf : leaves_) out.parts.push_back({leaf.area, leaf.inside, meanOf(leaf), leaf.nearest});
        return out;
    }

    const TriangleBvh& other_;
    const SamplingDensity& density_;
    const Context& context_;
    std::vector<Vec3d> places_;
    std::vector<TriangleBvh::Closest> found_;  ///< of each place
    std::vector<Leaf> leaves_;
    Bounds box_;
    size_t sampleCount_ = 0, insideCount_ = 0;
    double max_ = 0;
};

}  // namespace

DistanceSpread spreadOf(const PlacedTriangles& surface, const TriangleBvh& other, const SamplingDensity& density,
                        double settled, const Context& context) {
    return Spread(surface, other, density, context).run(settled);
}

}  // namespace usdtune
