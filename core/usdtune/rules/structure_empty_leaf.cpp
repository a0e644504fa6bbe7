// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "usdtune/rules/rule.h"
#include "usdtune/scene/empty_groups.h"

namespace usdtune {

namespace {

RuleDescriptor page() {
    return {
        .name = "structure_empty_leaf",
        .title = "Empty leaf prims",
        .tier = 1,
        .costClass = "cheap",
        .scopePolicy = "whole_stage",
        .repairedBy = "pruneLeaves",
        .finds = "Xforms and Scopes with nothing below but the like, that nothing could still need.",
        .costs = R"(
Each is a prim to compose, to traverse and to keep in memory; converters leave them by the thousand.
)",
        .example = "An Xform whose mesh was filtered out on export.",
        .repair = "pruneLeaves.",
        .fine = R"(
Groups that a pipeline fills later; give them a kind or metadata, and they are not found.
)",
    };
}

void structureEmptyLeaf(const Scene& scene, const Selection& selection, FindingSink& sink, const Context&) {
    const EmptyGroups found = emptyGroups(scene, selection, IncomingTargets(scene), {});
    for (const PrimId root : found.roots) {
        const size_t prims = scene.prim(root).subtreeEnd - root.index;
        Finding finding;
        finding.concept_name = "structure_empty_leaf";
        finding.code = "empty_group";
        finding.prim = scene.prim(root).path;
        finding.message = std::string(scene.typeName(root)) + " with nothing in it" +
                          (prims == 1 ? "." : " but " + std::to_string(prims - 1) + " empty groups.");
        finding.wasted = static_cast<double>(prims);
        finding.unit = "prims";
        finding.operation = "pruneLeaves";
        finding.arguments = nlohmann::json{{"paths", {scene.path(root)}}}.dump();
        sink.add(std::move(finding));
    }
}

}  // namespace

Rule structureEmptyLeafRule() { return {page(), structureEmptyLeaf}; }

}  // namespace usdtune
