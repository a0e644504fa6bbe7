// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "usdtune/scene/scene.h"

namespace usdtune {

/// A time code of the stage, or none for the default time.
using TimeCode = std::optional<double>;

/// What an attribute holds at a time, by UsdAttribute::Get's rules: at the default time the default value; at a time
/// code the samples where there are any, else the default. Before the first and after the last sample that one holds.
/// Between two, values of the types that UsdInterpolationTypeLinear names (half, float, double, their vectors and
/// matrices, quaternions along the arc, arrays of these with equal lengths) are interpolated, others held. Empty where
/// there is no value, or a block. Sample times of a Scene are times of the stage: layer offsets are worked in already.
/// Borrowed from the Scene except where interpolated. Thread-safe.
OwnedValue valueAt(const Scene& scene, const Property& attribute, TimeCode time);
OwnedValue valueAt(const Scene& scene, PrimId prim, std::string_view name, TimeCode time);

/// The scalars that schemas ask for; the fallback where nothing of that kind is there.
double numberAt(const Scene& scene, PrimId prim, std::string_view name, double fallback, TimeCode time);
bool flagAt(const Scene& scene, PrimId prim, std::string_view name, bool fallback, TimeCode time);
std::string_view tokenAt(const Scene& scene, PrimId prim, std::string_view name, std::string_view fallback,
                         TimeCode time);

/// The local transform of a prim at a time, as Xforms::local holds it for the default time.
Matrix4d localTransformAt(const Scene& scene, PrimId prim, TimeCode time);
/// The transform into the space of the stage, or of the prototype that the prim is in. O(depth).
Matrix4d worldTransformAt(const Scene& scene, PrimId prim, TimeCode time);

/// Computed visibility at a time; a prototype's root starts afresh, as with Scene::visible. O(depth).
bool visibleAt(const Scene& scene, PrimId prim, TimeCode time);

}  // namespace usdtune
