// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace usdtune {

/// Text as a raw string wraps it in a source file, as Markdown with one line per paragraph: lines of one paragraph are
/// joined, an empty line ends it, a line that starts with `- ` is an item of a list. Idempotent.
std::string unwrapped(std::string_view text);

}  // namespace usdtune
