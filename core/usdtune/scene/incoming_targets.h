// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "usdtune/scene/scene.h"

namespace usdtune {

/// One relationship target or connection, seen from the prim that it points at.
struct IncomingTarget {
    PropertyId property;  ///< who points
    TokenId path;         ///< at what: the prim itself or one of its properties
};

/// Who points at a prim: relationships (bindings and collections among them), connections, and internal arcs.
/// Targets of prims that are not there are left out. Built in O(rows); reading is safe from many threads.
class IncomingTargets {
public:
    explicit IncomingTargets(const Scene& scene);

    /// Targets that name the prim or one of its properties, in row order of who points.
    std::span<const IncomingTarget> at(PrimId prim) const {
        return {targets_.data() + begin_[prim.index], begin_[prim.index + 1] - begin_[prim.index]};
    }
    /// Whether anything outside of the subtree points at the subtree.
    bool fromOutside(PrimId root) const;
    /// Whether an internal arc reads the prim, something above or something below it: what stands here is also seen
    /// elsewhere, and opinions over there may rely on it.
    bool nearArcSource(PrimId prim) const { return aboveOrAtSource_[prim.index] || belowSource_[prim.index]; }

private:
    const Scene& scene_;
    std::vector<uint32_t> begin_;
    std::vector<IncomingTarget> targets_;
    std::vector<bool> aboveOrAtSource_;
    std::vector<bool> belowSource_;
};

/// The prim part of a prim or property path.
std::string_view primPathOf(std::string_view path);

}  // namespace usdtune
