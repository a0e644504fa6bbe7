// SPDX-License-Identifier: Apache-2.0
//
// A million paths are interned for every stage that is opened. Set aside: std::unordered_map over a deque of strings
// (two or three allocations per text; building or reading a scene of 10^6 prims took twice as long).
#include "usdtune/scene/tokens.h"

#include <algorithm>
#include <cstring>

#include "usdtune/base/assert.h"
#include "usdtune/base/hash.h"

namespace usdtune {

namespace {

constexpr size_t kChunkSize = size_t{1} << 16;

uint32_t hashText(std::string_view text) {
    const uint64_t hash = XXH3_64bits(text.data(), text.size());
    return static_cast<uint32_t>(hash ^ hash >> 32);
}

}  // namespace

TokenTable::TokenTable() : slots_(1024) { intern(""); }

size_t TokenTable::slotOf(std::string_view text, uint32_t hash) const {
    const size_t mask = slots_.size() - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        const Slot& slot = slots_[at];
        if (slot.id == TokenId::kInvalid || (slot.hash == hash && texts_[slot.id] == text)) return at;
    }
}

TokenId TokenTable::find(std::string_view text) const {
    TokenId out;
    out.index = slots_[slotOf(text, hashText(text))].id;
    return out;
}

TokenId TokenTable::intern(std::string_view text) {
    const uint32_t hash = hashText(text);
    size_t at = slotOf(text, hash);
    if (slots_[at].id == TokenId::kInvalid) {
        USDTUNE_ASSERT(texts_.size() < TokenId::kInvalid, "a token table holds fewer than 2^32 - 1 texts");
        if ((texts_.size() + 1) * 2 > slots_.size()) {
            grow(slots_.size() * 2);
            at = slotOf(text, hash);
        }
        slots_[at] = {static_cast<uint32_t>(texts_.size()), hash};
        texts_.push_back(store(text));
    }
    TokenId out;
    out.index = slots_[at].id;
    return out;
}

void TokenTable::reserve(size_t count) {
    texts_.reserve(count);
    size_t slotCount = slots_.size();
    while (count * 2 > slotCount) slotCount *= 2;
    if (slotCount > slots_.size()) grow(slotCount);
}

void TokenTable::grow(size_t slotCount) {
    std::vector<Slot> old(slotCount);
    old.swap(slots_);
    const size_t mask = slots_.size() - 1;
    for (const Slot& slot : old) {
        if (slot.id == TokenId::kInvalid) continue;
        size_t at = slot.hash & mask;
        while (slots_[at].id != TokenId::kInvalid) at = (at + 1) & mask;
        slots_[at] = slot;
    }
}

std::string_view TokenTable::store(std::string_view text) {
    if (text.empty()) return "";
    if (text.size() > chunkLeft_) {
        const size_t size = std::max(kChunkSize, text.size());
        chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
        chunkNext_ = chunks_.back().get();
        chunkLeft_ = size;
    }
    std::memcpy(chunkNext_, text.data(), text.size());
    const std::string_view stored(chunkNext_, text.size());
    chunkNext_ += text.size();
    chunkLeft_ -= text.size();
    return stored;
}

}  // namespace usdtune
