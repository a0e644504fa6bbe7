// SPDX-License-Identifier: Apache-2.0
#include "usdtune/rules/rule.h"

namespace usdtune {

namespace {

RuleDescriptor page() {
    return {
        .name = "material_dangling_binding",
        .title = "Dangling material bindings",
        .tier = 1,
        .costClass = "cheap",
        .scopePolicy = "whole_stage",
        .finds = R"(
Material bindings, direct and by collection and for every purpose, whose target is no Material, and collection
bindings whose collection is not there.
)",
        .costs = R"(
The prims are drawn with a fallback; operations have to keep what a lost material might have read.
)",
        .example = "`rel material:binding = </Looks/Steel>` after </Looks> was renamed.",
        .repair = "A person, who restores the material or clears the binding.",
        .fine = "Under a population mask that leaves the materials out.",
    };
}

void materialDanglingBinding(const Scene& scene, const Selection& selection, FindingSink& sink, const Context&) {
    const Materials& materials = scene.materials();
    for (const Binding& binding : materials.bindings) {
        if (!selection.contains(binding.prim)) continue;
        const Property& property = scene.property(binding.property);
        if (scene.tokenList(property.targets).empty()) continue;  // a blocked binding is no binding
        const bool lostCollection =
            binding.collection.valid() &&
            !scene.find(scene.text(binding.collection).substr(0, scene.text(binding.collection).find('.'))).valid();
        if (binding.target.valid() && !lostCollection) continue;
        const std::string name(scene.text(property.name));
        Finding finding;
        finding.concept_name = "material_dangling_binding";
        finding.severity = Severity::Failure;
        finding.prim = scene.prim(binding.prim).path;
        if (lostCollection) {
            finding.code = "missing_collection";
            finding.related = {binding.collection};
            finding.message =
                name + " names the collection " + std::string(scene.text(binding.collection)) + ", which is not there.";
        } else if (!binding.material.valid()) {
            finding.code = "several_targets";
            finding.message = name + " has " + std::to_string(property.targets.size()) +
                              " targets, of which none can be taken as the material.";
        } else {
            const bool isThere = scene.find(binding.material).valid();
            finding.code = isThere ? "not_a_material" : "missing_material";
            finding.related = {binding.material};
            finding.message = name + " targets " + std::string(scene.text(binding.material)) +
                              (isThere ? ", which is no Material." : ", which is not there.");
        }
        sink.add(std::move(finding));
    }
}

}  // namespace

Rule materialDanglingBindingRule() { return {page(), materialDanglingBinding}; }

}  // namespace usdtune
