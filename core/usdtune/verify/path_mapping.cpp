// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/path_mapping.h"

#include "usdtune/edit/path_map.h"

namespace usdtune {

PathMapping::PathMapping(const std::vector<PathMove>& moves, const TokenTable& tokens) {
    rows_.reserve(moves.size());
    for (const PathMove& move : moves)
        if (move.from.valid()) rows_[tokens.text(move.from)] = {tokens.text(move.to), move.fate};
}

PathMapping::PathMapping(const EditList& edits, const Scene& source) {
    const std::vector<PathMove> moves = composedMoves(edits);
    for (const PathMove& move : moves)
        if (move.fate != PathFate::Kept) rows_[source.text(move.from)] = {source.text(move.to), move.fate};
    places_ = rewrittenPlaces(edits, moves, source);
    for (const std::string& place : places_) rows_.try_emplace(place, Row{place, PathFate::Kept});
}

std::optional<PathMapping::Target> PathMapping::row(std::string_view path) const {
    const auto own = rows_.find(path);
    if (own == rows_.end()) return std::nullopt;
    return Target{std::string(own->second.to), own->second.fate, true};
}

PathMapping::Target PathMapping::map(std::string_view path) const {
    if (rows_.empty()) return {std::string(path), PathFate::Kept, false};
    if (const auto own = rows_.find(path); own != rows_.end())
        return {std::string(own->second.to), own->second.fate, true};
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
            return {std::string(to).append(path.substr(cut)), fate, false};
        if (fate == PathFate::Instanced && path[cut] == '/')
            return {std::string(to).append(path.substr(cut)), fate, false};
        break;
    }
    return {std::string(path), PathFate::Kept, false};
}

}  // namespace usdtune
