// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "usdtune/base/math.h"
#include "usdtune/mesh/topology.h"

namespace usdtune {

/// Area times unit normal of one polygon (Newell), by the right-hand rule, in float64 about its first corner. For a
/// face that is not planar this is the largest area of its projections onto a plane. `face` lists points in range.
Vec3d faceAreaVector(std::span<const Vec3f> points, std::span<const int> face);

/// Sum of the faces' areas, summed in face order. Faces with a point that is not finite count nothing.
/// `topology` passed validateTopology; `points` has topology.pointCount entries. O(n).
double surfaceArea(std::span<const Vec3f> points, const TopologyView& topology);

/// Volume enclosed by a closed mesh, positive when faces wind counter-clockwise seen from outside; for an open mesh the
/// volume of the cones from the center of its bounds, which still tells the prevailing winding. Faces with a point that
/// is not finite count nothing. Same guarantees. Fans stand for faces, so that a face that is not planar has one
/// meaning.
double signedVolume(std::span<const Vec3f> points, const TopologyView& topology);

}  // namespace usdtune
