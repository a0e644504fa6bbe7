// SPDX-License-Identifier: Apache-2.0
#include "usdtune/edit/edit.h"

#include <algorithm>
#include <iterator>

namespace usdtune {

std::string_view pathFateName(PathFate fate) {
    static constexpr std::string_view names[] = {"kept", "moved", "instanced", "merged", "removed"};
    return names[static_cast<size_t>(fate)];
}

std::string_view editKindName(EditKind kind) {
    static constexpr std::string_view names[] = {"definePrim",      "removePrim",     "setTypeName",  "setSpecifier",
                                                 "setPrimMetadata", "setApiSchemas",  "addReference", "setAttribute",
                                                 "blockAttribute",  "removeProperty", "setTargets"};
    return names[static_cast<size_t>(kind)];
}

void EditList::append(EditList&& later) {
    if (edits.empty() && moves.empty()) {
        *this = std::move(later);
        return;
    }
    edits.insert(edits.end(), std::make_move_iterator(later.edits.begin()), std::make_move_iterator(later.edits.end()));
    moves.insert(moves.end(), std::make_move_iterator(later.moves.begin()), std::make_move_iterator(later.moves.end()));
    later = EditList();
}

}  // namespace usdtune
