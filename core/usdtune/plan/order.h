// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace usdtune {

/// One ordering invariant: `earlier` stands before `later` wherever both are in a chain.
struct OrderInvariant {
    std::string_view earlier;
    std::string_view later;
    std::string_view because;
};

/// The invariants between operations of this version, as data.
const std::vector<OrderInvariant>& orderInvariants();

/// Place of an operation in the canonical order; operations it does not name come last, by name.
size_t canonicalPlace(std::string_view operation);

/// Sentences about pairs of a chain that stand the wrong way round; empty when all invariants hold.
std::vector<std::string> brokenInvariants(const std::vector<std::string>& chain);

}  // namespace usdtune
