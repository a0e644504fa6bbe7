// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "usdtune/scene/value_at.h"

namespace usdtune {

/// The joints of a Skeleton at a time.
struct SkeletonPose {
    std::vector<Matrix4d> skinning;  ///< per joint: from where it was bound to where it is, in the skeleton's space
    std::unordered_map<TokenId, size_t> jointOf;  ///< by name
    std::string problem;  ///< why `skinning` is empty, or at rest although an animation is bound
};

/// By UsdSkelSkeletonQuery's rules: local transforms of the animation source where it names a joint, else the rest
/// transforms; a joint's parent is the nearest joint above it by path.
SkeletonPose poseSkeleton(const Scene& scene, PrimId skeleton, TimeCode time);

/// The prim that the nearest relationship of that name, here or above, leads to; only prims with SkelBindingAPI count.
PrimId inheritedTarget(const Scene& scene, PrimId prim, std::string_view relationship);

/// The SkelAnimation of a Skeleton; invalid where none is bound.
PrimId animationOf(const Scene& scene, PrimId skeleton);

/// The elements of an array attribute at a time, copied; empty where it is absent or of another type.
template <class T>
std::vector<T> arrayAt(const Scene& scene, PrimId prim, std::string_view name, Element element, uint8_t components,
                       TimeCode time) {
    const OwnedValue owned = valueAt(scene, prim, name, time);
    const auto span = owned.value.type.isArray ? owned.value.as<T>(element, components) : std::span<const T>();
    return {span.begin(), span.end()};
}

}  // namespace usdtune
