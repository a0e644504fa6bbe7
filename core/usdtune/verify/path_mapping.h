// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "usdtune/edit/edit.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

/// Where paths of one scene are found in another, by a path map: the row of the path itself, else the row of its
/// nearest ancestor that moved with everything below it, else the same path. The token table must outlive it.
class PathMapping {
public:
    struct Target {
        std::string path;  ///< empty when the path was removed
        PathFate fate = PathFate::Kept;
        bool listed = false;  ///< a row of the map says so, about this very path
    };

    PathMapping(const std::vector<PathMove>& moves, const TokenTable& tokens);
    /// What the edits of a step say: the rows that its path map would have.
    PathMapping(const EditList& edits, const Scene& source);

    PathMapping(PathMapping&&) = default;
    PathMapping& operator=(PathMapping&&) = default;

    /// Prim and property paths (`/A/B`, `/A/B.points`).
    Target map(std::string_view path) const;
    /// The row about this very path.
    std::optional<Target> row(std::string_view path) const;
    bool empty() const { return rows_.empty(); }

private:
    struct Row {
        std::string_view to;
        PathFate fate;
    };
    std::unordered_map<std::string_view, Row> rows_;
    std::vector<std::string> places_;  ///< texts of rows that are no tokens
};

}  // namespace usdtune
