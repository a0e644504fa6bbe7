// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "usdtune/base/ids.h"

namespace usdtune {

/// Interned strings: names, type names, whole prim and property paths. Append-only; a text keeps its id and its
/// place in memory for the life of the table, so Scenes and Edits of one chain share it. Id 0 is the empty text.
/// Reading is safe from many threads while nobody interns; ids follow interning order, so nothing that is written
/// out may be sorted by them.
class TokenTable {
public:
    TokenTable();
    TokenTable(const TokenTable&) = delete;
    TokenTable& operator=(const TokenTable&) = delete;

    TokenId intern(std::string_view text);
    /// The id of a text that is already there, else an invalid id.
    TokenId find(std::string_view text) const;
    std::string_view text(TokenId id) const { return id.valid() ? texts_[id.index] : std::string_view(); }
    size_t size() const { return texts_.size(); }
    /// Makes room for that many texts, so that a known number of them is interned without growing in between.
    void reserve(size_t count);

private:
    struct Slot {
        uint32_t id = TokenId::kInvalid;
        uint32_t hash = 0;
    };
    size_t slotOf(std::string_view text, uint32_t hash) const;
    void grow(size_t slotCount);
    std::string_view store(std::string_view text);

    std::vector<std::string_view> texts_;
    std::vector<Slot> slots_;  ///< open addressing, a power of two, at most half full
    std::vector<std::unique_ptr<char[]>> chunks_;
    size_t chunkLeft_ = 0;
    char* chunkNext_ = nullptr;
};

}  // namespace usdtune
