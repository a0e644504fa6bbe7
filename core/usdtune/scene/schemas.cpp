// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/schemas.h"

#include <algorithm>
#include <array>

namespace usdtune {

namespace {

/// Concrete typed schemas of OpenUSD that are no Imageable; sorted.
constexpr auto kNotImageable = std::to_array<std::string_view>({
    "",
    "Backdrop",
    "BlendShape",
    "GeomSubset",
    "LODDistanceHeuristic",
    "LODHeuristic",
    "LODScreenSizeHeuristic",
    "Material",
    "NodeGraph",
    "PhysicsCollisionGroup",
    "PhysicsScene",
    "RenderPass",
    "RenderProduct",
    "RenderSettings",
    "RenderSettingsBase",
    "RenderVar",
    "Shader",
    "SkelAnimation",
    "Typed",
});

/// Imageable, but not Xformable; sorted.
constexpr auto kNotXformable = std::to_array<std::string_view>({
    "Imageable",
    "PhysicsDistanceJoint",
    "PhysicsFixedJoint",
    "PhysicsJoint",
    "PhysicsPrismaticJoint",
    "PhysicsRevoluteJoint",
    "PhysicsSphericalJoint",
    "Scope",
});

static_assert(std::is_sorted(kNotImageable.begin(), kNotImageable.end()));
static_assert(std::is_sorted(kNotXformable.begin(), kNotXformable.end()));

}  // namespace

bool isImageableType(std::string_view typeName) {
    return !std::binary_search(kNotImageable.begin(), kNotImageable.end(), typeName);
}

bool isXformableType(std::string_view typeName) {
    return isImageableType(typeName) && !std::binary_search(kNotXformable.begin(), kNotXformable.end(), typeName);
}

}  // namespace usdtune
