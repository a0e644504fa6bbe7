// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "usdtune/render/tessellation.h"

namespace usdtune {

/// Sphere, Cube, Cylinder, Cone, Capsule and Plane, the later versions of Cylinder and Capsule included.
bool isImplicitShape(std::string_view typeName);

/// One of them at a time, by the attributes and fallbacks of its UsdGeom schema, with smooth normals (rate Point) where
/// the shape is round. A full turn has 64 segments, a half one from pole to pole 32; face 0 is all of it. Primvars are
/// those of the prim that hold one value for the whole shape; UsdGeom gives these shapes no texture coordinates, and so
/// does this. A radius, height or size that is negative or not finite gives nothing but the reason. `prim` is of such a
/// type. Thread-safe.
Tessellation tessellateImplicitShape(const Scene& scene, PrimId prim, std::span<const TokenId> primvars, TimeCode time);

}  // namespace usdtune
