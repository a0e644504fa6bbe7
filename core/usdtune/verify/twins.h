// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "usdtune/verify/drawn.h"

namespace usdtune {

/// The occurrences of one scene that still need a partner, as rows of `drawn`.
struct TwinPool {
    const Scene& scene;
    const std::vector<Drawn>& drawn;
    std::vector<size_t> rows;
};

/// Pairs what stands at the same place with the same size, one to one: (row of A, row of B), in order of A's rows.
///
/// The corners of two boxes have to lie within the ε of A's mesh (+ `tolerance`), which is looked up in neighbouring
/// cells; `accept` then decides. Of several candidates the most alike is asked first: same materials, same arrays, same
/// name, nearest, first in B; at most `kTwinsAsked` of them. Expected O(n) for boxes apart from each other; k that
/// coincide cost k² box comparisons.
std::vector<std::pair<size_t, size_t>> findTwins(const TwinPool& a, const TwinPool& b, double tolerance,
                                                 const std::function<bool(size_t, size_t)>& accept);

inline constexpr size_t kTwinsAsked = 32;

}  // namespace usdtune
