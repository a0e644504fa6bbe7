// SPDX-License-Identifier: Apache-2.0
#include "usdtune/base/prose.h"

#include <algorithm>
#include <cstdint>

namespace usdtune {

namespace {

std::string_view trimmed(std::string_view line) {
    const size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

bool startsItem(std::string_view line) { return line.starts_with("- "); }

}  // namespace

std::string unwrapped(std::string_view text) {
    enum class In : uint8_t { Nothing, Prose, Item } last = In::Nothing;
    std::string out;
    for (size_t at = 0; at <= text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = trimmed(text.substr(at, end - at));
        at = end + 1;
        if (line.empty()) {
            last = In::Nothing;
            continue;
        }
        const bool item = startsItem(line);
        if (!out.empty()) out += item && last == In::Item ? "\n" : item || last == In::Nothing ? "\n\n" : " ";
        out += line;
        if (item)
            last = In::Item;
        else if (last == In::Nothing)
            last = In::Prose;
    }
    return out;
}

}  // namespace usdtune
