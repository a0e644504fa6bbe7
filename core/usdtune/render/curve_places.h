// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "usdtune/render/stencils.h"

namespace usdtune {

/// Pieces that stand for one cubic segment, or for one span between knots.
inline constexpr uint32_t kPiecesPerSegment = 8;

/// The places on all curves of a prim before anything is evaluated.
struct CurvePlaces {
    Stencils vertex, varying;
    Stencils tangents;             ///< of Hermite curves, beside `vertex`
    std::vector<uint32_t> curves;  ///< per place
    std::vector<uint8_t> joined;   ///< 1 where a tube leads on to the next place
    size_t varyingCount = 0;
    bool hasVarying = true;

    void endPlace(uint32_t curve, bool leadsOn) {
        vertex.endRow();
        varying.endRow();
        curves.push_back(curve);
        joined.push_back(leadsOn);
    }
};

/// One curve: its control points are [first, first + count).
struct Curve {
    uint32_t index = 0, first = 0, count = 0;
};

// ---- Each appends the places of one curve. Counts are those that its kind asks for at least.

void flattenLinear(const Curve& curve, bool periodic, CurvePlaces& out);
/// Bases and wraps by their names; an unknown basis is bezier, an unknown wrap nonperiodic.
void flattenCubic(const Curve& curve, std::string_view basis, std::string_view wrap, CurvePlaces& out);
/// `vertex` rows give the places without the tangents' part, which `tangents` rows add.
void flattenHermite(const Curve& curve, CurvePlaces& out);
/// A NURBS curve of that order between `from` and `to`; `weights` one per control point, or none. False, and nothing
/// appended, where the knots do not describe one: there are points plus order of them, ascending, with an inside.
bool flattenNurbs(const Curve& curve, size_t order, std::span<const double> knots, std::span<const double> weights,
                  double from, double to, CurvePlaces& out);

}  // namespace usdtune
