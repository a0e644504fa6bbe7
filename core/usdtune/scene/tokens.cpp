// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/tokens.h"

namespace usdtune {

TokenTable::TokenTable() { intern(""); }

TokenId TokenTable::intern(std::string_view text) {
    if (const auto found = ids_.find(text); found != ids_.end()) return found->second;
    const TokenId id(texts_.size());
    texts_.emplace_back(text);
    ids_.emplace(texts_.back(), id);
    return id;
}

TokenId TokenTable::find(std::string_view text) const {
    const auto found = ids_.find(text);
    return found == ids_.end() ? TokenId() : found->second;
}

}  // namespace usdtune
