// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "usdtune/scene/scene.h"

namespace usdtune {

/// Where the rows of prototypes come from. A prototype whose whole content is one internal reference shows prims of the
/// stage itself: an edit over there is seen here, so its rows are edited at their source and nowhere else.
class PrototypeSources {
public:
    explicit PrototypeSources(const Scene& scene);

    /// True for a row of a prototype that has a source.
    bool follows(PrimId prim) const { return prototypeOf_[prim.index] != kNone; }
    /// The stage's own prim that a row of a prototype shows, or an invalid id.
    PrimId sourceOf(PrimId prim) const;

private:
    static constexpr uint32_t kNone = ~uint32_t{0};
    const Scene& scene_;
    std::vector<uint32_t> prototypeOf_;  ///< per prim row: index of Scene::prototypes(), for those with a source
};

}  // namespace usdtune
