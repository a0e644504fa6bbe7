// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/path_mapping.h"

namespace usdtune {

PathMapping::PathMapping(const std::vector<PathMove>& moves, const TokenTable& tokens) {
    for (const PathMove& move : moves)
        if (move.from.valid())
            rows_[std::string(tokens.text(move.from))] = {std::string(tokens.text(move.to)), move.fate};
}

PathMapping::Target PathMapping::map(std::string_view path) const {
    if (rows_.empty()) return {std::string(path), PathFate::Kept, false};
    if (const auto own = rows_.find(std::string(path)); own != rows_.end())
        return {own->second.to, own->second.fate, true};
    // What was instanced keeps its site at the old path: only its content moved, and that has rows of its own.
    std::string_view above = path;
    for (size_t cut = above.find_last_of("/."); cut != std::string_view::npos && cut != 0;
         cut = above.find_last_of("/.")) {
        above = above.substr(0, cut);
        const auto row = rows_.find(std::string(above));
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
