// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "usdtune/crate/byte_cursor.h"

namespace usdtune::crate {

/// The parts of a list op, in the order in which the canonical text shows them.
enum class ListPart : uint8_t { Explicit, Added, Prepended, Appended, Deleted, Ordered };
constexpr size_t kListPartCount = 6;
constexpr std::array<std::string_view, kListPartCount> kListPartNames = {"explicit", "added",   "prepended",
                                                                         "appended", "deleted", "ordered"};

/// An edit of a list: either the whole list, or what to add, remove and reorder.
template <class Item>
struct ListOp {
    bool isExplicit = false;
    std::array<std::vector<Item>, kListPartCount> parts;

    const std::vector<Item>& operator[](ListPart part) const { return parts[static_cast<size_t>(part)]; }

    /// The list it makes out of an empty one.
    std::vector<Item> applied() const;
};

/// Reads a list op; `readItem(cursor)` reads one item of at least `leastItemBytes` bytes.
template <class Item, class ReadItem>
ListOp<Item> readListOp(ByteCursor& in, uint64_t leastItemBytes, ReadItem&& readItem) {
    // Parts are stored in the order of ListPart; their presence bits are numbered by age.
    constexpr std::array<uint8_t, kListPartCount> presence = {1 << 1, 1 << 2, 1 << 5, 1 << 6, 1 << 3, 1 << 4};
    ListOp<Item> op;
    const auto header = in.read<uint8_t>();
    op.isExplicit = (header & 1) != 0;
    for (size_t part = 0; part < kListPartCount; ++part) {
        if ((header & presence[part]) == 0) continue;
        const uint64_t count = in.readCount(leastItemBytes);
        op.parts[part].reserve(count);
        for (uint64_t i = 0; i < count && !in.failed(); ++i) op.parts[part].push_back(readItem(in));
    }
    return op;
}

template <class Item>
std::vector<Item> ListOp<Item>::applied() const {
    std::vector<Item> out;
    std::unordered_set<Item> seen;
    const auto append = [&](const std::vector<Item>& items) {
        for (const Item& item : items)
            if (seen.insert(item).second) out.push_back(item);
    };
    if (isExplicit) {
        append((*this)[ListPart::Explicit]);
        return out;
    }
    // Added items keep their place; appended ones go to the end even when they were there, prepended ones to the front.
    const auto& appended = (*this)[ListPart::Appended];
    const std::unordered_set<Item> isAppended(appended.begin(), appended.end());
    const auto& prepended = (*this)[ListPart::Prepended];
    append(prepended);
    append((*this)[ListPart::Added]);
    std::erase_if(out, [&](const Item& item) { return isAppended.contains(item); });
    for (const Item& item : appended) seen.erase(item);
    append(appended);
    return out;
}

}  // namespace usdtune::crate
