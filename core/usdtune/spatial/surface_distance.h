// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "usdtune/spatial/triangle_bvh.h"

namespace usdtune {

/// Proves that every point of a surface, not only its corners, lies closer than `limit` to the surface of `other`, and
/// to a side of it that faces the same way. Gives an upper bound of the largest distance, below `limit`; nothing where
/// some point is farther off, or where `budget` queries did not settle it (surfaces of different triangles at a limit
/// far below their size). One direction only: ask both ways for the symmetric (Hausdorff) distance.
/// Triangles without area face no way; they are held against the nearest surface.
std::optional<double> surfaceWithin(std::span<const Vec3d> points, std::span<const TriangleCorners> triangles,
                                    const TriangleBvh& other, double limit, size_t budget);

}  // namespace usdtune
