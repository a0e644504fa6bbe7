// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "usdtune/rules/rule.h"
#include "usdtune/scene/material_groups.h"

namespace usdtune {

namespace {

RuleDescriptor page() {
    return {
        .name = "material_duplicates",
        .title = "Duplicate materials",
        .tier = 1,
        .costClass = "cheap",
        .scopePolicy = "whole_stage",
        .repairedBy = "optimizeMaterials",
        .finds = "Groups of materials that a renderer cannot tell apart and that can become one.",
        .costs = R"(
Each is compiled, loaded and switched to on its own; a converter that writes one per mesh makes thousands.
)",
        .example = "/Looks/Steel and /Looks/Steel_1 with the same network.",
        .repair = "optimizeMaterials, mode 0.",
        .fine = "When somebody wants to change one of them alone later.",
    };
}

void materialDuplicates(const Scene& scene, const Selection& selection, FindingSink& sink, const Context&) {
    const auto& rows = scene.materials().rows;
    const auto pathOf = [&](MaterialId material) { return scene.prim(rows[material.index].prim).path; };
    const MaterialGroups found = duplicateMaterials(scene, selection, IncomingTargets(scene), PrototypeSources(scene));
    for (const MaterialGroup& group : found.groups) {
        Finding finding;
        finding.concept_name = "material_duplicates";
        finding.code = "same_network";
        finding.prim = pathOf(group.survivor);
        nlohmann::json members = {scene.text(finding.prim)};
        for (const MaterialId duplicate : group.duplicates) {
            finding.related.push_back(pathOf(duplicate));
            members.push_back(scene.text(pathOf(duplicate)));
        }
        const size_t count = group.duplicates.size();
        finding.message = std::to_string(count) + (count == 1 ? " material is" : " materials are") + " the same as " +
                          std::string(scene.text(finding.prim)) + ".";
        finding.wasted = static_cast<double>(count);
        finding.unit = "materials";
        finding.operation = "optimizeMaterials";
        finding.arguments = nlohmann::json{{"materialPrimPaths", members}, {"optimizeMaterialsMode", 0}}.dump();
        sink.add(std::move(finding));
    }
}

}  // namespace

Rule materialDuplicatesRule() { return {page(), materialDuplicates}; }

}  // namespace usdtune
