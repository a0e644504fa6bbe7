// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "usdtune/ops/op.h"
#include "usdtune/scene/uv_usage.h"

namespace usdtune {

namespace {

OpDescriptor page() {
    return {
        .key = "removeUnusedUVs",
        .title = "Remove unused UVs",
        .summary = "Remove texture coordinates no bound material reads.",
        .lossClass = "lossless",
        .risk = "low",
        .authority = "auto",
        .category = "uv",
        .needsMeshes = true,
        .supportsAnalysis = true,
        .proofMetric = "total_size_bytes",
        .arguments = {{.name = "paths",
                       .type = ArgumentType::StringList,
                       .defaultValue = nlohmann::json::array(),
                       .description = "Prim path patterns; empty for the whole stage."},
                      {.name = "mode",
                       .type = ArgumentType::Enum,
                       .defaultValue = 0,
                       .description = "What happens to an unused set.",
                       .choices = {{0, "Remove"}, {1, "Block"}}},
                      {.name = "attributes",
                       .type = ArgumentType::StringList,
                       .defaultValue = nlohmann::json::array(),
                       .description = "Further attribute names beside primvars:st, st0, st1 and st2."}},
        .changes = R"(
Texture coordinate sets that no bound material reads are removed (or blocked), with their indices.
)",
        .preserves = "What every material draws, for every purpose.",
        .loses = "Coordinates that a material bound later would want.",
        .example = "`usdtune op removeUnusedUVs plant.usd --attributes primvars:map1`",
        .notes = R"(
- Read is what any material asks for that may shade the prim: for every purpose, through direct, inherited and
  collection bindings, of the prim and of each of its subsets (the reference asks the mesh's material only), where
  an instance or an internal reference shows it, and below it, as constant primvars are inherited.
- A set is kept when nobody can tell: networks of unknown kinds, connected variable names, textures whose
  coordinates are not connected, dangling bindings.
- Declined: animated sets, sets that a connection reads, and opinions that may not be edited, those included that a
  variant not selected also speaks about.
)",
    };
}

constexpr size_t kMostAttributes = 50;

Result<std::vector<std::string>> namesOf(const Arguments& arguments) {
    std::vector<std::string> names = defaultUvNames();
    for (const std::string& name : arguments.texts("attributes")) {
        if (!name.starts_with("primvars:") || name.ends_with(":indices"))
            return Error{"attributes holds \"" + name +
                         "\", but names must be those of primvars, like \"primvars:uv\"."};
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    if (names.size() > kMostAttributes + 4)
        return Error{"attributes holds more than " + std::to_string(kMostAttributes) + " names."};
    return names;
}

Edit editOf(const Scene& scene, PropertyId attribute, bool block) {
    const Property& property = scene.property(attribute);
    Edit edit;
    edit.kind = block ? EditKind::BlockAttribute : EditKind::RemoveProperty;
    edit.path = scene.prim(property.prim).path;
    edit.name = property.name;
    edit.typeName = property.typeName;
    return edit;
}

Result<OpOutcome> removeUnusedUvs(const Scene& scene, const Selection& selection, const Arguments& arguments,
                                  const Context& context) {
    const auto names = namesOf(arguments);
    if (!names) return Error{names.error()};
    const bool block = arguments.integer("mode") == 1;
    OpOutcome outcome;
    size_t sets = 0, bytes = 0;
    std::set<TokenId> prims;
    for (const UnusedUvs& unused : unusedUvs(scene, selection, names.value(), IncomingTargets(scene), context)) {
        const TokenId prim = scene.prim(scene.property(unused.attribute).prim).path;
        if (!unused.reason.empty()) {
            outcome.declined.push_back({prim, std::string(unused.reason)});
            continue;
        }
        for (const PropertyId attribute : {unused.attribute, unused.indices}) {
            if (!attribute.valid()) continue;
            bytes += scene.property(attribute).value.byteSize();
            outcome.edits.edits.push_back(editOf(scene, attribute, block));
        }
        ++sets;
        prims.insert(prim);
    }
    outcome.counts = {{"uvSetsRemoved", sets}, {"prims", prims.size()}, {"bytesSaved", bytes}};
    return outcome;
}

Result<OpOutcome> analyzeUnusedUvs(const Scene& scene, const Selection& selection, const Arguments& arguments,
                                   const Context& context) {
    const auto names = namesOf(arguments);
    if (!names) return Error{names.error()};
    OpOutcome outcome;
    std::vector<std::string> paths;
    size_t sets = 0;
    for (const UnusedUvs& unused : unusedUvs(scene, selection, names.value(), IncomingTargets(scene), context)) {
        const std::string_view prim = scene.path(scene.property(unused.attribute).prim);
        if (!unused.reason.empty()) {
            outcome.declined.push_back({scene.tokens().find(prim), std::string(unused.reason)});
            continue;
        }
        ++sets;
        for (const PropertyId attribute : {unused.attribute, unused.indices})
            if (attribute.valid())
                paths.push_back(std::string(prim) + "." + std::string(scene.text(scene.property(attribute).name)));
    }
    std::sort(paths.begin(), paths.end());
    outcome.counts = {{"uvSets", sets}};
    outcome.output["analysis"] = std::move(paths);
    return outcome;
}

}  // namespace

Operation removeUnusedUVsOperation() { return {page(), "paths", removeUnusedUvs, analyzeUnusedUvs}; }

}  // namespace usdtune
