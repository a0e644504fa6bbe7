// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "usdtune/scene/scene.h"

namespace usdtune {

struct VariantChoice {
    std::string prim;
    std::string set;
    std::string variant;
};

/// Variant sets that have to be looked at together, because what one changes another may change too.
struct VariantGroup {
    std::vector<std::pair<std::string, std::string>> sets;  ///< (prim, name)
    std::vector<std::string> reach;  ///< roots of every subtree that may be drawn differently; none inside another
    /// Each is one state of the group's sets, those that keep their selection left out. The state of the scene itself
    /// is not among them.
    std::vector<std::vector<VariantChoice>> states;
};

/// What has to be composed so that every selection of every variant set was seen: all combinations of a group when they
/// are at most 64, else each set's selections one at a time. Groups have disjoint reaches as the scene is now, so one
/// composition may show a state of each; whether they still keep apart in there is to be asked of the composed scene.
/// Sets of prims in prototypes are left out: no opinion of the stage can select there.
///
/// A set reaches its own prim, whatever composes that prim by an internal arc, and whatever points at it or below
/// (binds, connects, skins, instances); memberships in collections make nobody look different who is not a member.
std::vector<VariantGroup> variantGroups(const Scene& scene);

nlohmann::json toJson(const std::vector<VariantGroup>& groups);

}  // namespace usdtune
