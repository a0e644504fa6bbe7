// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "usdtune/verify/deviation_surface.h"

namespace usdtune {

/// How densely surfaces are looked at.
struct SamplingDensity {
    double pointsPerDiagonal = 48;  ///< the spacing of samples, as a part of the diagonal of what is sampled
    size_t atLeast = 64;            ///< samples of any surface that has an area
    size_t atMost = 20000;          ///< samples of one surface, its corners apart
};

/// Places spread over the area of a surface, at which what shading reads is looked at.
///
/// Sample k of n stands where (k + ½) / n of the area has been passed, triangle after triangle, so every triangle gets
/// its share to within one sample; within its triangle it is placed by the R2 sequence (Roberts, "The unreasonable
/// effectiveness of quasirandom sequences", 2018), folded into the triangle. No random numbers, so the same surface has
/// the same samples everywhere.
struct SurfaceSamples {
    std::vector<Vec3d> places;
    std::vector<uint32_t> triangles;  ///< of each place
    std::vector<Vec3d> weights;       ///< of the triangle's corners
    double area = 0;

    SurfaceSamples(const PlacedTriangles& surface, const SamplingDensity& density);
};

}  // namespace usdtune
