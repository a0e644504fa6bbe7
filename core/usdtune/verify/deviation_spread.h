// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/verify/deviation_samples.h"

namespace usdtune {

/// A part of a surface and its distance; the triangle of the other surface that is nearest to it.
struct SpreadPart {
    double area = 0;
    double distance = 0;  ///< at a place of it
    double mean = 0;      ///< of all of it, by estimate; below 0 for some, so that sums lean to no side
    uint32_t nearest = TriangleBvh::kNone;
};

/// How far one surface lies from another, everywhere on it.
struct DistanceSpread {
    std::vector<SpreadPart> corners;  ///< single points, without an area
    std::vector<SpreadPart> parts;    ///< together they have the surface's area
    size_t sampleCount = 0;
};

/// Looks the surface up in `other`, more closely where the distance bends. Every triangle is asked at its corners and
/// inside. Triangles are halved across their longest sides: first to the spacing of `density`, then where the
/// distance inside is not what the corners make expect, until that is a small part of the whole distance, and
/// where it may hide a larger one than any found. So a dent of one vertex in a large mesh weighs what it weighs. Where
/// nothing is farther than `settled`, what there is is rounding, and is not looked at more closely.
/// The same parts at any thread count; parts are bounded by a multiple of triangles and `density.atMost`.
DistanceSpread spreadOf(const PlacedTriangles& surface, const TriangleBvh& other, const SamplingDensity& density,
                        double settled, const Context& context);

}  // namespace usdtune
