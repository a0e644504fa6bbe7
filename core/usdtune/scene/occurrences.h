// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "usdtune/scene/value_at.h"

namespace usdtune {

/// One prim as a renderer meets it: with instances walked through, so one row may occur many times. Instances of a
/// point instancer have the path of their prototype, so one path may occur many times, in the order of the instances.
struct Occurrence {
    PrimId prim;
    std::string_view path;  ///< through the instance, e.g. `/World/Bolt_7/Geometry`; valid during the call
    Matrix4d world;
    bool visible = true;
    Purpose purpose = Purpose::Default;
    bool animated = false;              ///< an op here or above has time samples
    std::span<const PrimId> ancestors;  ///< innermost first, instances in place of prototype roots
};

/// Calls `visit` for every active, defined, loaded, non-abstract prim in stage order, instances expanded. What stands
/// below a point instancer is visited once per instance that draws it, and not where it stands.
/// Transforms, visibility and the arrays of instancers are those of `time`.
/// Nothing is stored, so the cost is time, not memory: O(occurrences × depth).
void walkOccurrences(const Scene& scene, const std::function<void(const Occurrence&)>& visit, TimeCode time = {});

/// What to go on with above the prototype that holds `prim`, of an occurrence with those ancestors: its instance and
/// that one's ancestors, as `resolveBinding` wants them. Empty outside of prototypes.
std::vector<PrimId> aboveThePrototype(const Scene& scene, PrimId prim, std::span<const PrimId> ancestors);

}  // namespace usdtune
