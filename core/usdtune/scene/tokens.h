// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "usdtune/base/ids.h"

namespace usdtune {

/// Interned strings: names, type names, whole prim and property paths. Append-only; a text keeps its id for
/// the life of the table, so Scenes and Edits of one chain share it. Reading is safe from many threads while
/// nobody interns; ids follow interning order, so nothing that is written out may be sorted by them.
class TokenTable {
public:
    TokenTable();
    TokenId intern(std::string_view text);
    /// The id of a text that is already there, else an invalid id.
    TokenId find(std::string_view text) const;
    std::string_view text(TokenId id) const {
        return id.valid() ? std::string_view(texts_[id.index]) : std::string_view();
    }
    size_t size() const { return texts_.size(); }

private:
    std::deque<std::string> texts_;
    std::unordered_map<std::string_view, TokenId> ids_;
};

}  // namespace usdtune
