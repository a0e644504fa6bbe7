// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <utility>

#include "usdtune/rules/rule.h"

namespace usdtune {

namespace {

RuleDescriptor page() {
    return {
        .name = "composition_missing_ref",
        .title = "Missing references",
        .tier = 1,
        .costClass = "cheap",
        .scopePolicy = "whole_stage",
        .finds = R"(
References, payloads, sublayers and other arcs whose asset or target prim cannot be found.
)",
        .costs = R"(
What they should bring is missing from the scene and from every measurement of it; readers retry them.
)",
        .example = "`references = @./bolt_v2.usd@` where the file was renamed.",
        .repair = "A person, who restores the file or corrects the path.",
        .fine = "Hardly ever; a library that is delivered apart should be a payload, unloaded.",
    };
}

std::string_view arcName(ArcKind kind) {
    switch (kind) {
        case ArcKind::Reference:
            return "reference";
        case ArcKind::Payload:
            return "payload";
        case ArcKind::Inherit:
            return "inherit";
        case ArcKind::Specialize:
            return "specialize";
        case ArcKind::Sublayer:
            return "sublayer";
        case ArcKind::Clips:
            return "clip";
        case ArcKind::Relocate:
            return "relocate";
    }
    return "arc";
}

std::string sentence(const Scene& scene, const Arc& arc, size_t count) {
    const std::string asset(scene.text(arc.asset)), target(scene.text(arc.target));
    std::string text = "The " + std::string(arcName(arc.kind)) + " to ";
    if (arc.internal || asset.empty())
        text += target;
    else
        text += "@" + asset + "@" + (target.empty() ? "" : "<" + target + ">");
    text += " cannot be found";
    return count == 1 ? text + "." : text + "; " + std::to_string(count) + " prims ask for it.";
}

/// One finding per missing thing, at the first prim that asks for it.
void compositionMissingRef(const Scene& scene, const Selection& selection, FindingSink& sink, const Context&) {
    std::map<std::tuple<ArcKind, TokenId, TokenId>, std::pair<const Arc*, std::vector<TokenId>>> missing;
    for (const Arc& arc : scene.tables().arcs) {
        if (!arc.broken || (arc.prim.valid() && !selection.contains(arc.prim))) continue;
        auto& [first, prims] = missing[{arc.kind, arc.asset, arc.target}];
        if (first == nullptr) first = &arc;
        if (arc.prim.valid()) prims.push_back(scene.prim(arc.prim).path);
    }
    for (const auto& [key, found] : missing) {
        const auto& [arc, prims] = found;
        Finding finding;
        finding.concept_name = "composition_missing_ref";
        finding.code = "unresolved_" + std::string(arcName(arc->kind));
        finding.severity = Severity::Failure;
        if (!prims.empty()) {
            finding.prim = prims.front();
            finding.related.assign(prims.begin() + 1, prims.end());
        }
        finding.message = sentence(scene, *arc, std::max<size_t>(1, prims.size()));
        sink.add(std::move(finding));
    }
}

}  // namespace

Rule compositionMissingRefRule() { return {page(), compositionMissingRef}; }

}  // namespace usdtune
