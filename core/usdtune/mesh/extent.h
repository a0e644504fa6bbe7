// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <span>

#include "usdtune/base/bounds.h"
#include "usdtune/base/math.h"

namespace usdtune {

/// The two corners of a box as the `extent` attribute stores them.
using Extent = std::array<Vec3f, 2>;

/// The tight box around the finite points, exactly: no rounding takes place. Nothing when there is none. O(n).
std::optional<Extent> computeExtent(std::span<const Vec3f> points);

/// The same around balls: `widths` are diameters, one per point or one for all (curves, point clouds). Rounded outward,
/// so that the box holds every ball. An empty `widths` stands for points alone; nothing when any other number of widths
/// is given. Widths that are not finite or negative count as 0.
std::optional<Extent> computeExtent(std::span<const Vec3f> points, std::span<const float> widths);

/// Bounds of the finite points after a transform, in float64: tight, not the box of a transformed box.
Bounds transformedBounds(std::span<const Vec3f> points, const Matrix4d& transform);

/// Whether an authored extent still tells the truth: every corner coordinate within `tolerance` of the tight one.
/// False where there are no finite points or the extent is not finite.
bool extentMatches(const Extent& authored, std::span<const Vec3f> points, double tolerance = 0);

}  // namespace usdtune
