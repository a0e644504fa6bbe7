// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/path_mapping.h"

#include "usdtune/edit/path_map.h"

namespace usdtune {

PathMapping::PathMapping(const std::vector<PathMove>& moves, const TokenTable& tokens) {
    for (const PathMove& move : moves)
        if (move.from.valid())
            rows_[std::string(tokens.text(move.from))] = {std::string(tokens.text(move.to)), move.fate};
}

PathMapping::PathMapping(const EditList& edits, const Scene& source) {
    const std::vector<PathMove> moves = composedMoves(edits);
    for (const PathMove& move : moves)
        if (move.fate != PathFate::Kept)
            rows_[std::string(source.text(move.from))] = {std::string(source.text(move.to)), move.fate};
    for (std::string& place : rewrittenPlaces(edits, moves, source)) {
        Row row{place, PathFate::Kept};
        rows_.try_emplace(std::move(place), std::move(row));
    }
}

std::optional<PathMapping::Target> PathMapping::row(std::string_view path) const {
    const auto own = rows_.find(path);
    if (own == rows_.end()) return std::nullopt;
    return Target{own->second.to, own->second.fate, true};
}

PathMapping::Target PathMapping::map(std::string_view path) const {
    if (rows_.empty()) return {std::string(path), PathFate::Kept, false};
    if (const auto own = rows_.find(path); own != rows_.end()) return {own->second.to, own->second.fate, true};
    // What was instanced keeps its site at the old path: only its content moved, and that has rows of its own.
    std::string_view above = path;
    for (size_t cut = above.find_last_of("/."); cut != std::string_view::npos && cut != 0;
         cut = above.find_last_of("/.")) {
        above = above.substr(0, cut);
        const auto row = rows_.find(above);
        if (row == rows_.end()) continue;
        const auto& [to, fate] = row->second;
        if (fate == PathFate::Removed) return {"", fate, false};
        if (fate == PathFate::Moved || fate == PathFate::Merged)
            return {to + std::string(path.substr(cut)), fate, false};
        if (fate == PathFate::Instanced && path[cut] == '/') return {to + std::string(path.substr(cut)), fate, false};
        break;
    }
    return {std::string(path), PathFate::Kept, false};
}

}  // namespace usdtune
