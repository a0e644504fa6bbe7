// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "usdtune/base/context.h"
#include "usdtune/finding/finding.h"
#include "usdtune/scene/selection.h"

namespace usdtune {

/// Facts of one rule; documents and the planner read them from here.
struct RuleDescriptor {
    std::string_view name;  ///< canonical concept = file name = docs page
    std::string_view title;
    int tier = 1;                      ///< 1 cheap whole-stage, 2 targeted, 3 expensive
    std::string_view costClass;        ///< cheap | medium | expensive
    std::string_view scopePolicy;      ///< as the registry spells it
    std::string_view repairedBy = "";  ///< op key; empty when a person must
    /// The manual page's paragraphs, wrapped as the source file is (`unwrapped` joins them).
    std::string_view finds = "", costs = "", example = "", repair = "", fine = "";
};

using RuleFunction = void (*)(const Scene&, const Selection&, FindingSink&, const Context&);

struct Rule {
    RuleDescriptor descriptor;
    RuleFunction run = nullptr;
};

/// Every rule of this version, in catalogue order.
std::span<const Rule> ruleCatalog();
/// Descriptor as JSON: the registry, docs pages and the executor come from it.
nlohmann::json toJson(const RuleDescriptor& descriptor);

const Rule* findRule(std::string_view name);

}  // namespace usdtune
