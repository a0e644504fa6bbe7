// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "usdtune/edit/edit.h"

namespace usdtune::bindings {

/// (old, new or None, fate, reason, step) rows, as EditList.moves gives them.
using MoveRow = std::tuple<std::string, std::optional<std::string>, std::string, std::string, std::string>;

inline std::vector<PathMove> movesOf(const std::vector<MoveRow>& rows, TokenTable& tokens) {
    std::vector<PathMove> moves;
    moves.reserve(rows.size());
    for (const auto& [from, to, fate, reason, step] : rows) {
        PathMove move;
        move.from = tokens.intern(from);
        if (to) move.to = tokens.intern(*to);
        for (int f = 0; f <= static_cast<int>(PathFate::Removed); ++f)
            if (pathFateName(static_cast<PathFate>(f)) == fate) move.fate = static_cast<PathFate>(f);
        move.reason = reason;
        move.step = step;
        moves.push_back(std::move(move));
    }
    return moves;
}

}  // namespace usdtune::bindings
