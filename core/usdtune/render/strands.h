// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "usdtune/render/tessellation.h"

namespace usdtune {

/// Points, BasisCurves, NurbsCurves and HermiteCurves.
bool isStrands(std::string_view typeName);

/// The spheres or tubes of one of them at a time. `widths` are diameters, `primvars:widths` first, at any
/// interpolation; points without have the width 1, curves without are drawn 1/500 of their box's diagonal thick, as
/// lines have no thickness of their own. Cubic curves of every basis and wrap, and NURBS of any order, are evaluated
/// and flattened; tubes run through the points of linear ones. Vertex primvars are evaluated as the points are, varying
/// ones linearly along each segment; both become rate Point, uniform ones Face.
///
/// What has a place that is not finite is left out. Curves whose counts do not fit give nothing but the reason, single
/// ones with too few points are passed over and told. `prim` is of such a type. Thread-safe; O(points).
Strands tessellateStrands(const Scene& scene, PrimId prim, std::span<const TokenId> primvars, TimeCode time);

}  // namespace usdtune
