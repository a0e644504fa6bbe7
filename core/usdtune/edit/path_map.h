// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "usdtune/edit/edit.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

/// One line of `pathmap.jsonl`. `to` is empty for removed paths, `step` 0 for kept ones.
struct PathMapRow {
    std::string_view from;
    std::string_view to;
    PathFate fate = PathFate::Kept;
    std::string_view reason;
    int step = 0;
};

/// Paths of prims and properties that an edit writes where they stand, sorted, each once: not of what moved (`moves`,
/// as composedMoves gives them), nor of what was not in the source. A prim stands for what is said about it as such.
std::vector<std::string> rewrittenPlaces(const EditList& edits, const std::vector<PathMove>& moves,
                                         const Scene& source);

/// What became of every path of a source: one row for each of its prims, and for each property that moved or is written
/// where it stands, sorted by path. Rows look into the object, the edits and the scene.
///
/// Properties of a prim that did not stay have no rows of their own: the prim's says where they went. Nor has what an
/// edit defines anew: it was not in the source.
class PathMap {
public:
    /// `steps` numbers the operations of the chain. O(edits + prims), and sorting.
    PathMap(const EditList& edits, const Scene& source, const std::map<std::string, int>& steps);

    const std::vector<PathMapRow>& rows() const { return rows_; }
    /// Prims per fate, in the order of PathFate.
    const std::array<size_t, 5>& primCounts() const { return primCounts_; }
    /// One JSON object per line, UTF-8, keys in the order of the contract.
    std::string toJsonLines() const;

private:
    std::vector<PathMove> moves_;
    std::vector<std::string> places_;
    std::vector<PathMapRow> rows_;
    std::array<size_t, 5> primCounts_{};
};

}  // namespace usdtune
