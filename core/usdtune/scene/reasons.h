// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace usdtune {

/// Why something was left as it is, for people: "it is skinned" for `skinned`. Fits behind a colon, ends without a full
/// stop. A code that the table does not know comes back as it is.
std::string_view inWords(std::string_view reason);

}  // namespace usdtune
