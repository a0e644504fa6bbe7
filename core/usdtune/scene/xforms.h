// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "usdtune/base/ids.h"
#include "usdtune/base/math.h"

namespace usdtune {

struct ContentProblem;
class Scene;

enum class Purpose : uint8_t { Default, Render, Proxy, Guide };

/// Transforms at the default time, one entry per prim row, by UsdGeomXformable's rules (`xformOpOrder`, suffixes,
/// `!invert!`, `!resetXformStack!`). A prototype's root is the identity, as its instances carry the ops; below it
/// `world` leads into the root's own space. Prims that are not Xformable (untyped, Scope, Material, …) are the
/// identity.
struct Xforms {
    std::vector<Matrix4d> local;
    std::vector<Matrix4d> world;
    std::vector<uint8_t> resets;    ///< 1 where the stack is reset
    std::vector<uint8_t> animated;  ///< 1 where an op of this prim, or of an ancestor up to a reset, has time samples
    std::vector<uint8_t>
        broken;  ///< 1 where an op cannot be read (missing, wrong type, not finite): identity stands in for that op
};

/// The local transform that a prim's ops give at a time code, or at the default time. Text of broken ops is appended to
/// `problem`.
Matrix4d localTransform(const Scene& scene, PrimId prim, bool& resets, bool& animated, std::string& problem,
                        std::optional<double> time = {});

/// Appends a sentence for every broken op to `problems`. O(prims), in parallel.
Xforms deriveXforms(const Scene& scene, std::vector<ContentProblem>& problems);

}  // namespace usdtune
