// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "usdtune/scene/scene.h"

namespace usdtune {

/// Why a prim may not be edited, as a stable snake_case code; empty when it may.
/// `in_prototype` · `opaque` · `latent_opinions` (a variant that is not selected speaks about it, too) ·
/// `several_opinions` · `not_own_layer` · `inside_variant` · `through_arc` (authored elsewhere in the own layers).
std::string_view whyNotEditable(const Scene& scene, PrimId prim);

/// The same for a property: of its prim first, then `opaque` and the others.
std::string_view whyNotEditable(const Scene& scene, const Property& property);

/// The first reason among a prim and all its descendants, for removing them together.
std::string_view whyNotEditableBelow(const Scene& scene, PrimId root);

/// True for a root prim that the stage names as its default.
bool isDefaultPrim(const Scene& scene, PrimId prim);

/// True when the default prim is at or above, so that who references the stage sees the prim.
bool isUnderDefaultPrim(const Scene& scene, PrimId prim);

}  // namespace usdtune
