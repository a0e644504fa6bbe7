// SPDX-License-Identifier: Apache-2.0
//
// Segment counts, wraps and phantom points are those of UsdGeomBasisCurves' documentation; NURBS by the Cox–de Boor
// recurrence (Piegl and Tiller, The NURBS Book, A2.2).
#include "usdtune/render/curve_places.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace usdtune {

namespace {

std::array<double, 4> basisAt(std::string_view basis, double t) {
    const double s = 1 - t, t2 = t * t, t3 = t2 * t;
    if (basis == "bspline")
        return {s * s * s / 6, (3 * t3 - 6 * t2 + 4) / 6, (-3 * t3 + 3 * t2 + 3 * t + 1) / 6, t3 / 6};
    if (basis == "catmullRom")
        return {(-t3 + 2 * t2 - t) / 2, (3 * t3 - 5 * t2 + 2) / 2, (-3 * t3 + 4 * t2 + t) / 2, (t3 - t2) / 2};
    return {s * s * s, 3 * s * s * t, 3 * s * t2, t3};
}

/// Of `segments` segments with `pieces` each; `place(segment, t)` adds the weights of one place.
template <class Place>
void walk(const Curve& curve, uint32_t segments, uint32_t pieces, bool periodic, CurvePlaces& out, Place place) {
    const auto firstVarying = static_cast<uint32_t>(out.varyingCount);
    const uint32_t varyingCount = segments + (periodic ? 0 : 1);
    for (uint32_t segment = 0; segment < segments; ++segment)
        for (uint32_t piece = segment == 0 ? 0 : 1; piece <= pieces; ++piece) {
            const double t = static_cast<double>(piece) / pieces;
            place(segment, t);
            out.varying.add(firstVarying + segment, 1 - t);
            out.varying.add(firstVarying + (segment + 1) % varyingCount, t);
            out.endPlace(curve.index, segment + 1 < segments || piece < pieces);
        }
    out.varyingCount += varyingCount;
}

/// What each of the `order` control points from span + 1 - order on has at `u`, in the span of knots that starts there.
std::vector<double> nurbsBasis(std::span<const double> knots, size_t order, size_t span, double u) {
    std::vector<double> basis(order), left(order), right(order);
    basis[0] = 1;
    for (size_t j = 1; j < order; ++j) {
        left[j] = u - knots[span + 1 - j];
        right[j] = knots[span + j] - u;
        double saved = 0;
        for (size_t r = 0; r < j; ++r) {
            const double share = basis[r] / (right[r + 1] + left[j - r]);
            basis[r] = saved + right[r + 1] * share;
            saved = left[j - r] * share;
        }
        basis[j] = saved;
    }
    return basis;
}

}  // namespace

void flattenLinear(const Curve& curve, bool periodic, CurvePlaces& out) {
    walk(curve, periodic ? curve.count : curve.count - 1, 1, periodic, out, [&](uint32_t segment, double t) {
        out.vertex.add(curve.first + segment, 1 - t);
        out.vertex.add(curve.first + (segment + 1) % curve.count, t);
    });
}

void flattenCubic(const Curve& curve, std::string_view basis, std::string_view wrap, CurvePlaces& out) {
    const bool periodic = wrap == "periodic", bezier = basis != "bspline" && basis != "catmullRom";
    const bool pinned = wrap == "pinned" && !bezier;
    const uint32_t step = bezier ? 3 : 1;
    const uint32_t segments = periodic ? curve.count / step : pinned ? curve.count - 1 : (curve.count - 4) / step + 1;
    walk(curve, segments, kPiecesPerSegment, periodic, out, [&](uint32_t segment, double t) {
        const std::array<double, 4> weights = basisAt(basis, t);
        for (uint32_t k = 0; k < 4; ++k) {
            // Pinned curves begin and end in points that lie as far beyond the ends as the next ones before them.
            const int64_t at = static_cast<int64_t>(segment) * step + k - (pinned ? 1 : 0), last = curve.count - 1;
            const auto add = [&](int64_t point, double weight) {
                out.vertex.add(curve.first + static_cast<uint32_t>(point), weight);
            };
            if (pinned && at < 0) {
                add(0, 2 * weights[k]);
                add(1, -weights[k]);
            } else if (pinned && at > last) {
                add(last, 2 * weights[k]);
                add(last - 1, -weights[k]);
            } else {
                add(at % curve.count, weights[k]);
            }
        }
    });
}

void flattenHermite(const Curve& curve, CurvePlaces& out) {
    walk(curve, curve.count - 1, kPiecesPerSegment, false, out, [&](uint32_t segment, double t) {
        const double t2 = t * t, t3 = t2 * t, towards = 3 * t2 - 2 * t3;
        out.vertex.add(curve.first + segment, 1 - towards);
        out.vertex.add(curve.first + segment + 1, towards);
        out.tangents.add(curve.first + segment, t3 - 2 * t2 + t);
        out.tangents.add(curve.first + segment + 1, t3 - t2);
        out.tangents.endRow();
    });
}

bool flattenNurbs(const Curve& curve, size_t order, std::span<const double> knots, std::span<const double> weights,
                  double from, double to, CurvePlaces& out) {
    if (order < 2 || curve.count < order || knots.size() != curve.count + order) return false;
    if (!std::is_sorted(knots.begin(), knots.end()) || !std::isfinite(knots.front()) || !std::isfinite(knots.back()))
        return false;
    from = std::max(from, knots[order - 1]);
    to = std::min(to, knots[curve.count]);
    if (!(from < to)) return false;

    const auto place = [&](size_t span, double u) {
        std::vector<double> basis = nurbsBasis(knots, order, span, u);
        const size_t first = span + 1 - order;
        double sum = 0;
        for (size_t k = 0; k < order; ++k) {
            if (!weights.empty()) basis[k] *= weights[first + k];
            sum += basis[k];
        }
        for (size_t k = 0; k < order; ++k)
            out.vertex.add(curve.first + static_cast<uint32_t>(first + k), sum != 0 ? basis[k] / sum : 0);
    };
    const uint32_t pieces = order == 2 ? 1 : kPiecesPerSegment;
    bool first = true;
    for (size_t span = order - 1; span < curve.count; ++span) {
        const double begin = std::max(from, knots[span]), end = std::min(to, knots[span + 1]);
        if (!(begin < end)) continue;
        for (uint32_t piece = first ? 0 : 1; piece <= pieces; ++piece) {
            place(span, piece == pieces ? end : begin + (end - begin) * piece / pieces);
            out.endPlace(curve.index, piece < pieces || end < to);
        }
        first = false;
    }
    return true;
}

}  // namespace usdtune
