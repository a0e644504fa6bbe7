// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "usdtune/rules/rule.h"
#include "usdtune/scene/hidden_prims.h"
#include "usdtune/scene/reasons.h"

namespace usdtune {

namespace {

RuleDescriptor page() {
    return {
        .name = "structure_invisible",
        .title = "Invisible prims",
        .tier = 1,
        .costClass = "cheap",
        .scopePolicy = "whole_stage",
        .repairedBy = "removePrims",
        .finds = "Active prims whose own visibility at the default time is invisible.",
        .costs = "Nobody sees them, yet they are composed, read and kept in memory.",
        .example = "Construction geometry that a CAD system hides instead of leaving it out.",
        .repair = R"(
removePrims with the listed paths, after somebody agreed; `intent_signal` findings are for a person.
)",
        .fine = R"(
Options that an application shows on demand, proxies, prototypes of an instancer. What something points at, what is
animated and what an unselected variant also speaks about is told as `intent_signal`, without a repair.
)",
    };
}

void structureInvisible(const Scene& scene, const Selection& selection, FindingSink& sink, const Context&) {
    for (const RemovablePrim& hidden : invisiblePrims(scene, selection, IncomingTargets(scene))) {
        const size_t prims = scene.prim(hidden.prim).subtreeEnd - hidden.prim.index;
        Finding finding;
        finding.concept_name = "structure_invisible";
        finding.code = hidden.reason.empty() ? "invisible" : "intent_signal";
        finding.severity = hidden.reason.empty() ? Severity::Warning : Severity::Info;
        finding.prim = scene.prim(hidden.prim).path;
        finding.message =
            "Invisible, with " + std::to_string(prims) + (prims == 1 ? " prim" : " prims") + " in it" +
            (hidden.reason.empty() ? "." : "; it stays because " + std::string(inWords(hidden.reason)) + ".");
        finding.unit = "prims";
        if (hidden.reason.empty()) {
            finding.wasted = static_cast<double>(prims);
            finding.operation = "removePrims";
            finding.arguments = nlohmann::json{
                {"explicitMode", true},
                {"explicitInvisiblePaths", {scene.path(hidden.prim)}},
                {"invisibleRemoveMethod", 2},
                {"removeOrphanedOvers",
                 false}}.dump();
        }
        sink.add(std::move(finding));
    }
}

}  // namespace

Rule structureInvisibleRule() { return {page(), structureInvisible}; }

}  // namespace usdtune
