// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "usdtune/base/prose.h"
#include "usdtune/rules/rule.h"

namespace usdtune {

// Every rule, in the order in which people read them: one line each. `x` stands for the function `Rule xRule()` at the
// end of the rule's own file, whose name is the same in snake_case.
// clang-format off
#define USDTUNE_RULES(LIST) \
    LIST(compositionMissingRef) \
    LIST(extentsZero) \
    LIST(geomDuplicates) \
    LIST(materialDanglingBinding) \
    LIST(materialDuplicates) \
    LIST(primvarIndexability) \
    LIST(primvarUnused) \
    LIST(structureEmptyLeaf) \
    LIST(structureInvisible) \
    LIST(vertexWeld)
// clang-format on

#define USDTUNE_DECLARE(name) Rule name##Rule();
USDTUNE_RULES(USDTUNE_DECLARE)
#undef USDTUNE_DECLARE

std::span<const Rule> ruleCatalog() {
#define USDTUNE_ENTRY(name) name##Rule(),
    static const std::vector<Rule> catalog = {USDTUNE_RULES(USDTUNE_ENTRY)};
#undef USDTUNE_ENTRY
    return catalog;
}

const Rule* findRule(std::string_view name) {
    const auto catalog = ruleCatalog();
    const auto found =
        std::find_if(catalog.begin(), catalog.end(), [&](const Rule& rule) { return rule.descriptor.name == name; });
    return found == catalog.end() ? nullptr : &*found;
}

nlohmann::json toJson(const RuleDescriptor& descriptor) {
    return {{"name", descriptor.name},
            {"title", descriptor.title},
            {"tier", descriptor.tier},
            {"costClass", descriptor.costClass},
            {"scopePolicy", descriptor.scopePolicy},
            {"repairedBy", descriptor.repairedBy},
            {"manual",
             {{"finds", unwrapped(descriptor.finds)},
              {"costs", unwrapped(descriptor.costs)},
              {"example", unwrapped(descriptor.example)},
              {"repair", unwrapped(descriptor.repair)},
              {"fine", unwrapped(descriptor.fine)}}}};
}

}  // namespace usdtune
