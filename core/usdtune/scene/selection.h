// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "usdtune/base/result.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

/// Which prims an operation or rule may look at.
class Selection {
public:
    /// Every prim of the scene.
    static Selection all(const Scene& scene);

    /// Path patterns as SdfPathExpression spells them: `/A/B` one prim, `/A//` a prim and its descendants,
    /// `*`, `?` and `[abc]` within one name, `//Name` at any depth, union by listing several.
    /// No patterns select everything. A pattern with a predicate (`{…}`), a property or an operator, or one that is
    /// not absolute, is an Error; one that matches nothing is listed in `unmatched()`, and never widens the scope.
    /// Prims inside prototypes are matched at their path through the first instance.
    /// O(1) for a path without wildcards, O(prims reached) for others.
    static Result<Selection> matching(const Scene& scene, const std::vector<std::string>& patterns);

    bool contains(PrimId prim) const { return all_ || selected_[prim.index]; }
    bool isAll() const { return all_; }
    const std::vector<std::string>& unmatched() const { return unmatched_; }

private:
    bool all_ = false;
    std::vector<bool> selected_;
    std::vector<std::string> unmatched_;
};

}  // namespace usdtune
