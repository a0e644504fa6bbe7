// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "usdtune/base/ids.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

enum class Severity : uint8_t { Info, Warning, Failure, Error };
std::string_view severityName(Severity severity);

/// One thing a rule found on one prim (or one group of prims).
struct Finding {
    std::string concept_name;  ///< canonical concept, e.g. `vertex_weld`
    std::string code;          ///< stable short name of what exactly is wrong within the concept
    Severity severity = Severity::Warning;
    TokenId prim;                  ///< where; invalid for the stage itself
    std::vector<TokenId> related;  ///< other members of the group, other ends; sorted by text
    std::string message;           ///< one sentence with the numbers
    double wasted = 0;             ///< in `unit`: what repairing it would save
    std::string unit;              ///< `points`, `bytes`, `prims`, `materials`, …
    std::string operation;         ///< key of the op that repairs it; empty when a person must
    std::string arguments;         ///< JSON object of ready arguments for that op
};

/// Collects findings; sorts them by concept, prim path, code and message so that output never depends on threads.
class FindingSink {
public:
    void add(Finding finding) { findings_.push_back(std::move(finding)); }
    std::vector<Finding> take(const Scene& scene);

private:
    std::vector<Finding> findings_;
};

/// As it stands in the native finding record.
nlohmann::json toJson(const Finding& finding, const Scene& scene);

/// Only where and how grave: for those of a great many that are counted and not told one by one.
nlohmann::json toBriefJson(const Finding& finding, const Scene& scene);

}  // namespace usdtune
