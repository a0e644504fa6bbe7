// SPDX-License-Identifier: Apache-2.0
//
// Correspondence by distance. Set aside: hashing the triangle soup (rounding splits equal corners, and says nothing
// about how far off they are); Hausdorff distance (blind to faces that are missing under others, to winding and to
// cuts, and dearer). Candidates are found by the middle of a face's box: where corners correspond within epsilon so do
// the sides of the box, however many corners were merged, which does not hold for the mean of the corners.
//
// Which corners are taken as one and which faces are exempt hangs on a threshold that corners moved by epsilon cross:
// of a pair, one face can be exempt with a height of epsilon and the other show with up to three times that. So what is
// left is compared once more as it is drawn, corner for corner without merging, exempt faces included, by the discrete
// Fréchet distance of closed chains (Eiter and Mannila 1994). Set aside: exempting every face below three epsilon,
// which would not see a face of that size that is new or gone.
#include "usdtune/mesh/same_surface.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "usdtune/base/assert.h"
#include "usdtune/base/bounds.h"
#include "usdtune/mesh/cell_hash.h"

namespace usdtune {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The faces of one mesh, read in order, without corners that repeat the one before.
class Polygons {
public:
    Polygons(const SurfaceView& surface, double epsilon)
        : ringOf_(surface.topology.faceCount() + 1), visible_(surface.topology.faceCount()) {
        size_t corner = 0;
        for (size_t f = 0; f < size(); ++f) {
            const auto count = static_cast<size_t>(surface.topology.counts[f]);
            append(surface, corner, count, epsilon);
            corner += count;
            ringOf_[f + 1] = rings_.size();
            visible_[f] = isVisible(ring(f), epsilon);
        }
    }

    size_t size() const { return visible_.size(); }
    std::span<const Vec3d> ring(size_t f) const {
        return std::span(rings_).subspan(ringOf_[f], ringOf_[f + 1] - ringOf_[f]);
    }
    bool visible(size_t f) const { return visible_[f] != 0; }
    bool finite(size_t f) const {
        return std::all_of(ring(f).begin(), ring(f).end(), [](const Vec3d& p) { return isFinite(p); });
    }
    size_t exemptCount() const { return static_cast<size_t>(std::count(visible_.begin(), visible_.end(), uint8_t{0})); }

    Vec3d middle(size_t f) const {
        Bounds box;
        for (const Vec3d& p : ring(f)) box.add(p);
        return box.center();
    }
    void addTo(Bounds& bounds) const {
        for (size_t f = 0; f < size(); ++f)
            if (visible(f))
                for (const Vec3d& p : ring(f)) bounds.add(p);
    }

private:
    void append(const SurfaceView& surface, size_t corner, size_t count, double epsilon) {
        const size_t begin = rings_.size();
        for (size_t k = 0; k < count; ++k) {
            const size_t c = corner + (surface.backwards ? count - 1 - k : k);
            const Vec3d& p = surface.points[static_cast<size_t>(surface.topology.indices[c])];
            if (rings_.size() == begin || !(length(p - rings_.back()) <= epsilon)) rings_.push_back(p);
        }
        while (rings_.size() > begin + 1 && length(rings_.back() - rings_[begin]) <= epsilon) rings_.pop_back();
    }

    /// False when all corners lie within epsilon of the line through two of the farthest.
    static bool isVisible(std::span<const Vec3d> ring, double epsilon) {
        if (ring.size() < 3 || !std::all_of(ring.begin(), ring.end(), [](const Vec3d& p) { return isFinite(p); }))
            return false;
        const Vec3d a = farthest(ring, ring[0]), b = farthest(ring, a);
        const Vec3d along = b - a;
        const double span = length(along);
        return span > 0 && std::any_of(ring.begin(), ring.end(),
                                       [&](const Vec3d& p) { return length(cross(along, p - a)) > epsilon * span; });
    }
    static Vec3d farthest(std::span<const Vec3d> ring, const Vec3d& from) {
        return *std::max_element(ring.begin(), ring.end(), [&](const Vec3d& a, const Vec3d& b) {
            return dot(a - from, a - from) < dot(b - from, b - from);
        });
    }

    std::vector<Vec3d> rings_;
    std::vector<size_t> ringOf_;
    std::vector<uint8_t> visible_;
};

/// The distance of the worst corner under the best rotation; infinite when the numbers of corners differ.
/// Rotations that exceed `limit` anywhere count as infinite and are left early.
double ringDistance(std::span<const Vec3d> a, std::span<const Vec3d> b, double limit) {
    if (a.size() != b.size()) return kInfinity;
    double best = kInfinity;
    for (size_t shift = 0; shift < b.size(); ++shift) {
        double worst = 0;
        for (size_t k = 0; k < a.size() && worst <= std::min(limit, best); ++k)
            worst = std::max(worst, length(a[k] - b[(k + shift) % b.size()]));
        if (worst <= limit) best = std::min(best, worst);
    }
    return best;
}

/// The distance of the worst corner when both rings are walked once around and either may wait while the other goes on:
/// the discrete Fréchet distance of closed chains. Infinite beyond `limit`. O(|a| |b|) for each corner of `b` within
/// `limit` of the first of `a`.
double chainDistance(std::span<const Vec3d> a, std::span<const Vec3d> b, double limit) {
    double best = kInfinity;
    std::vector<double> row(b.size() + 1);
    for (size_t start = 0; start < b.size(); ++start) {
        if (!(length(a[0] - b[start]) <= limit)) continue;
        for (size_t i = 0; i <= a.size(); ++i) {
            double diagonal = i == 0 ? 0 : kInfinity;
            for (size_t k = 0; k <= b.size(); ++k) {
                const double above = i == 0 ? kInfinity : row[k], left = k == 0 ? kInfinity : row[k - 1];
                const double reached = std::min({diagonal, above, left});
                const double here = length(a[i % a.size()] - b[(start + k) % b.size()]);
                row[k] = here <= limit ? std::max(reached, here) : kInfinity;
                diagonal = i == 0 ? kInfinity : above;
            }
        }
        best = std::min(best, row[b.size()]);
    }
    return best;
}

/// The faces of one mesh that `shown(face)` names, by the middle of their boxes.
class FaceIndex {
public:
    template <class Shown>
    FaceIndex(const Polygons& polygons, const CellGrid& grid, const Shown& shown)
        : polygons_(polygons), grid_(grid), faces_(polygons.size()) {
        for (uint32_t f = 0; f < polygons.size(); ++f)
            if (shown(f)) faces_.insert(grid.key(polygons.middle(f)), f);
    }

    /// Calls `found(face)` for the faces whose middle lies near. Cells that share a chain make a face turn up more than
    /// once.
    template <class Found>
    void near(const Vec3d& middle, const Found& found) const {
        for (const uint64_t key : grid_.keysAround(middle))
            for (uint32_t f = faces_.first(key); f != KeyChains::kEnd; f = faces_.next(f)) found(f);
    }

    /// Calls `found(face, distance)` for the faces within `limit` of a ring with that middle.
    template <class Found>
    void around(std::span<const Vec3d> ring, const Vec3d& middle, double limit, const Found& found) const {
        near(middle, [&](uint32_t f) {
            const double distance = ringDistance(ring, polygons_.ring(f), limit);
            if (distance <= limit) found(f, distance);
        });
    }

private:
    const Polygons& polygons_;
    const CellGrid& grid_;
    KeyChains faces_;
};

class Comparison {
public:
    Comparison(const SurfaceView& first, const SurfaceView& second, const SameSurfaceOptions& options)
        : first_(first),
          second_(second),
          options_(options),
          a_(first, options.epsilon),
          b_(second, options.epsilon),
          partnerOfA_(a_.size(), kRemoved),
          partnerOfB_(b_.size(), kRemoved) {}

    SameSurfaceReport run(std::span<const uint32_t> cornerMap) {
        report_.exemptFaces = a_.exemptCount() + b_.exemptCount();
        report_.ambiguous.assign(a_.size(), 0);
        if (!cornerMap.empty()) matchByMap(cornerMap);
        search();
        report_.partnerOfFirst = std::move(partnerOfA_);
        return std::move(report_);
    }

private:
    void match(uint32_t a, uint32_t b, double distance) {
        partnerOfA_[a] = b;
        partnerOfB_[b] = a;
        ++report_.matchedFaces;
        report_.maxCornerDistance = std::max(report_.maxCornerDistance, distance);
    }

    void matchByMap(std::span<const uint32_t> cornerMap) {
        const std::vector<uint32_t> faceOfCornerB = cornerToFace(second_.topology.counts);
        size_t corner = 0;
        for (uint32_t a = 0; a < a_.size(); ++a) {
            const auto corners = cornerMap.subspan(corner, static_cast<size_t>(first_.topology.counts[a]));
            corner += corners.size();
            const auto mapped =
                std::find_if(corners.begin(), corners.end(), [&](uint32_t c) { return c < faceOfCornerB.size(); });
            if (!a_.visible(a) || mapped == corners.end()) continue;
            const uint32_t b = faceOfCornerB[*mapped];
            if (!b_.visible(b) || partnerOfB_[b] != kRemoved) continue;
            const double distance = ringDistance(a_.ring(a), b_.ring(b), options_.epsilon);
            if (distance <= options_.epsilon) match(a, b, distance);
        }
    }

    bool anythingOpen() const {
        for (size_t f = 0; f < a_.size(); ++f)
            if (a_.visible(f) && partnerOfA_[f] == kRemoved) return true;
        for (size_t f = 0; f < b_.size(); ++f)
            if (b_.visible(f) && partnerOfB_[f] == kRemoved) return true;
        return false;
    }

    void search() {
        if (!anythingOpen()) return;
        Bounds bounds;
        a_.addTo(bounds);
        b_.addTo(bounds);
        const CellGrid grid(options_.epsilon, bounds);
        const FaceIndex indexA(a_, grid, [&](uint32_t f) { return a_.visible(f); }),
            indexB(b_, grid, [&](uint32_t f) { return b_.visible(f); });

        for (uint32_t a = 0; a < a_.size(); ++a) {
            if (!a_.visible(a) || partnerOfA_[a] != kRemoved) continue;
            uint32_t nearest = kRemoved, met = kRemoved;
            double nearestDistance = kInfinity;
            indexB.around(a_.ring(a), a_.middle(a), options_.epsilon, [&](uint32_t b, double distance) {
                if (met != kRemoved && met != b) report_.ambiguous[a] = 1;
                met = b;
                if (partnerOfB_[b] != kRemoved || distance > nearestDistance ||
                    (distance == nearestDistance && b > nearest))
                    return;
                nearest = b;
                nearestDistance = distance;
            });
            if (nearest != kRemoved) match(a, nearest, nearestDistance);
        }
        if (anythingOpen()) matchAsDrawn(grid);
        report_.unmatchedFirst = settle(a_, indexA, indexB, partnerOfA_, true);
        report_.unmatchedSecond = settle(b_, indexB, indexA, partnerOfB_, false);
    }

    /// Pairs what is left with faces that are left or exempt, by all of their corners.
    void matchAsDrawn(const CellGrid& grid) {
        const Polygons a(first_, 0), b(second_, 0);
        const FaceIndex indexA(a, grid, [&](uint32_t f) { return partnerOfA_[f] == kRemoved && a.finite(f); }),
            indexB(b, grid, [&](uint32_t f) { return partnerOfB_[f] == kRemoved && b.finite(f); });
        for (uint32_t f = 0; f < a.size(); ++f)
            if (a_.visible(f) && partnerOfA_[f] == kRemoved) {
                const auto [g, distance] = nearestAsDrawn(a, f, b, indexB, partnerOfB_);
                if (g != kRemoved) matchDrawn(f, g, distance);
            }
        for (uint32_t f = 0; f < b.size(); ++f)
            if (b_.visible(f) && partnerOfB_[f] == kRemoved) {
                const auto [g, distance] = nearestAsDrawn(b, f, a, indexA, partnerOfA_);
                if (g != kRemoved) matchDrawn(g, f, distance);
            }
    }

    void matchDrawn(uint32_t a, uint32_t b, double distance) {
        match(a, b, distance);
        report_.ambiguous[a] = 1;
        if (!a_.visible(a) || !b_.visible(b)) report_.exemptPairs.push_back(a);
    }

    std::pair<uint32_t, double> nearestAsDrawn(const Polygons& own, uint32_t face, const Polygons& other,
                                               const FaceIndex& index, std::span<const uint32_t> partnerOfOther) const {
        std::pair<uint32_t, double> nearest{kRemoved, kInfinity};
        index.near(own.middle(face), [&](uint32_t g) {
            if (partnerOfOther[g] != kRemoved) return;
            const double distance = chainDistance(own.ring(face), other.ring(g), options_.epsilon);
            if (distance < nearest.second || (distance == nearest.second && g < nearest.first)) nearest = {g, distance};
        });
        if (nearest.second == kInfinity) nearest.first = kRemoved;
        return nearest;
    }

    /// What is left lies on a matched face of its own mesh, or is a difference.
    size_t settle(const Polygons& own, const FaceIndex& ownIndex, const FaceIndex& otherIndex,
                  std::span<const uint32_t> partnerOf, bool inFirst) {
        size_t unmatched = 0;
        for (uint32_t f = 0; f < own.size(); ++f) {
            if (!own.visible(f) || partnerOf[f] != kRemoved) continue;
            const Vec3d middle = own.middle(f);
            bool duplicate = false;
            ownIndex.around(own.ring(f), middle, options_.epsilon,
                            [&](uint32_t g, double) { duplicate = duplicate || partnerOf[g] != kRemoved; });
            if (duplicate) {
                ++report_.duplicateFaces;
                continue;
            }
            if (unmatched++ >= options_.maxMismatches) continue;
            double distance = kInfinity;
            otherIndex.around(own.ring(f), middle, std::numeric_limits<double>::max(),
                              [&](uint32_t, double d) { distance = std::min(distance, d); });
            report_.mismatches.push_back({f, inFirst, distance});
        }
        return unmatched;
    }

    SurfaceView first_, second_;
    const SameSurfaceOptions& options_;
    Polygons a_, b_;
    std::vector<uint32_t> partnerOfA_, partnerOfB_;
    SameSurfaceReport report_;
};

}  // namespace

SameSurfaceReport sameSurface(const SurfaceView& first, const SurfaceView& second, const SameSurfaceOptions& options,
                              std::span<const uint32_t> cornerMap) {
    USDTUNE_ASSERT(cornerMap.empty() || cornerMap.size() == first.topology.cornerCount(),
                   "a corner map needs one entry per corner");
    return Comparison(first, second, options).run(cornerMap);
}

}  // namespace usdtune
