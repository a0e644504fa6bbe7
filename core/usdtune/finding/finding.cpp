// SPDX-License-Identifier: Apache-2.0
#include "usdtune/finding/finding.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

namespace usdtune {

std::string_view severityName(Severity severity) {
    switch (severity) {
        case Severity::Info:
            return "INFO";
        case Severity::Warning:
            return "WARNING";
        case Severity::Failure:
            return "FAILURE";
        case Severity::Error:
            return "ERROR";
    }
    return "";
}

std::vector<Finding> FindingSink::take(const Scene& scene) {
    std::vector<Finding> out = std::move(findings_);
    findings_.clear();
    for (Finding& finding : out)
        std::sort(finding.related.begin(), finding.related.end(),
                  [&](TokenId a, TokenId b) { return scene.text(a) < scene.text(b); });
    const auto key = [&](const Finding& f) {
        return std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>(
            f.concept_name, scene.text(f.prim), f.code, f.message);
    };
    std::stable_sort(out.begin(), out.end(), [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
    return out;
}

nlohmann::json toBriefJson(const Finding& finding, const Scene& scene) {
    return {{"severity", severityName(finding.severity)},
            {"path", finding.prim.valid() ? scene.text(finding.prim) : std::string_view("/")}};
}

nlohmann::json toJson(const Finding& finding, const Scene& scene) {
    nlohmann::json out = {{"concept", finding.concept_name},
                          {"provider", "native"},
                          {"kind", finding.code},
                          {"severity", severityName(finding.severity)},
                          {"path", finding.prim.valid() ? scene.text(finding.prim) : std::string_view("/")},
                          {"related_paths", nlohmann::json::array()},
                          {"message", finding.message},
                          {"metrics", nlohmann::json::object()},
                          {"op", nullptr},
                          {"unit", "/"}};  // the whole target, until a runner that knows its ledger says otherwise
    for (const TokenId path : finding.related) out["related_paths"].push_back(scene.text(path));
    if (!finding.unit.empty()) out["metrics"]["wasted_" + finding.unit] = finding.wasted;
    if (!finding.operation.empty())
        out["op"] = {{"operation", finding.operation}, {"args", nlohmann::json::parse(finding.arguments)}};
    return out;
}

}  // namespace usdtune
