// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "usdtune/base/hash.h"

namespace usdtune {

/// One text for values that the Scene keeps opaque (dictionaries, list ops): equal values give equal texts, whether
/// they were read natively or through Python. It tells apart what Python can: `token` and `string`, or `int` and
/// `int64`, look alike there and so do they here.
///
///     value      = "none" | bool | integer | number | text | asset | timecode | tuple | array | dictionary | list |
///     listop bool       = "true" | "false" integer    = decimal digits, with "-" when negative number     = as
///     Python's repr(float) gives it (floats and halves are widened to double first):
///                  1.0  0.1  1e-05  1e+16  inf  -inf  nan
///     text       = strings, tokens, paths and path expressions, as json.dumps(text, ensure_ascii=False) quotes them
///     asset      = "asset(" text ")"                     the authored path
///     timecode   = "timecode(" number ")"
///     tuple      = type "(" scalar {", " scalar} ")"     float3(1.0, 2.0, 3.0), int2(…), half4(…), matrix4d(16
///     numbers, by
///                                                        rows), quatf(i, j, k, real)
///     array      = type "[" count ":" hash "]"           hash: hashBytes of the elements as they lie in memory; for
///     texts
///                                                        and assets, of their UTF-8, each followed by a NUL byte
///                  The type of texts is "text"; of integers and numbers that of the array ("int", "float", "uchar",
///                  …).
///     dictionary = "{" [text ": " value {", " text ": " value}] "}"      keys sorted by their UTF-8 bytes
///     list       = "[" [value {", " value}] "]"          token, string, path and double vectors
///     listop     = "listop(" [part {", " part}] ")"      part = name "=" list; names in this order:
///                  explicit, added, prepended, appended, deleted, ordered; empty ones are left out,
///                  except that an explicit list op always shows explicit
namespace canonical {

void appendNumber(std::string& out, double number);
void appendText(std::string& out, std::string_view text);
inline void appendBool(std::string& out, bool value) { out += value ? "true" : "false"; }
inline void appendInteger(std::string& out, int64_t value) { out += std::to_string(value); }
inline void appendInteger(std::string& out, uint64_t value) { out += std::to_string(value); }
void appendArray(std::string& out, std::string_view typeName, uint64_t count, const Hash128& hash);

/// The value of an IEEE half.
double halfToDouble(uint16_t half);

}  // namespace canonical
}  // namespace usdtune
