// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "usdtune/rules/rule.h"
#include "usdtune/scene/reasons.h"
#include "usdtune/scene/uv_usage.h"

namespace usdtune {

namespace {

RuleDescriptor page() {
    return {
        .name = "primvar_unused",
        .title = "Unused UV sets",
        .tier = 2,
        .costClass = "cheap",
        .scopePolicy = "per_target_or_sample",
        .repairedBy = "removeUnusedUVs",
        .finds = R"(
Texture coordinate sets (`primvars:st`, `st0`, `st1`, `st2`) that no material can read which may shade the prim, its
subsets, what is below it or where an arc shows it.
)",
        .costs = R"(
Eight bytes per corner that are read, uploaded and kept for nothing; often a third of a CAD mesh.
)",
        .example = "Coordinates of a converter on meshes whose materials have no texture.",
        .repair = "removeUnusedUVs.",
        .fine = "When materials with textures will be bound later.",
    };
}

void primvarUnused(const Scene& scene, const Selection& selection, FindingSink& sink, const Context& context) {
    for (const UnusedUvs& unused : unusedUvs(scene, selection, defaultUvNames(), IncomingTargets(scene), context)) {
        const Property& property = scene.property(unused.attribute);
        const std::string name(scene.text(property.name));
        size_t bytes = property.value.byteSize();
        if (unused.indices.valid()) bytes += scene.property(unused.indices).value.byteSize();
        Finding finding;
        finding.concept_name = "primvar_unused";
        finding.code = "unread_uvs";
        finding.prim = scene.prim(property.prim).path;
        finding.related = {scene.tokens().intern(std::string(scene.path(property.prim)) + "." + name)};
        finding.message =
            name + " is read by no material (" + std::to_string(bytes) + " bytes)" +
            (unused.reason.empty() ? "." : "; it stays because " + std::string(inWords(unused.reason)) + ".");
        finding.wasted = static_cast<double>(bytes);
        finding.unit = "bytes";
        if (unused.reason.empty()) {
            finding.operation = "removeUnusedUVs";
            finding.arguments = nlohmann::json{{"paths", {scene.path(property.prim)}}, {"mode", 0}}.dump();
        }
        sink.add(std::move(finding));
    }
}

}  // namespace

Rule primvarUnusedRule() { return {page(), primvarUnused}; }

}  // namespace usdtune
