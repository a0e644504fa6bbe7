// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "usdtune/ops/color_materials.h"
#include "usdtune/ops/material_edits.h"
#include "usdtune/ops/op.h"
#include "usdtune/ops/primvar_materials.h"
#include "usdtune/scene/material_groups.h"

namespace usdtune {

namespace {

OpDescriptor page() {
    return {
        .key = "optimizeMaterials",
        .title = "Optimize materials",
        .summary = "Deduplicate, simplify or prune materials.",
        .lossClass = "lossless",
        .risk = "low",
        .authority = "auto",
        .category = "materials",
        .supportsAnalysis = true,
        .identity = IdentityPromise::Moved,
        .proofMetric = "x_material_count",
        .arguments = {{.name = "materialPrimPaths",
                       .type = ArgumentType::StringList,
                       .defaultValue = nlohmann::json::array(),
                       .description = "Only these materials; patterns; empty for all."},
                      {.name = "optimizeMaterialsMode",
                       .type = ArgumentType::Enum,
                       .defaultValue = 0,
                       .description = "What to do.",
                       .choices = {{0, "Deduplicate"},
                                   {1, "Convert to color"},
                                   {2, "Remove unbound"},
                                   {3, "Deduplicate with primvars"}}},
                      {.name = "materialsPath",
                       .type = ArgumentType::String,
                       .defaultValue = "/World/Looks",
                       .description = "Where mode 3 creates materials; missing prims on the way become Xforms."},
                      {.name = "analysisCheckPrimvars",
                       .type = ArgumentType::Bool,
                       .defaultValue = true,
                       .description = "Also report candidates of mode 3 when analyzing.",
                       .hidden = true}},
        .changes = R"(
- Mode 0 makes materials that are one network one prim and binds everybody to it.
- Mode 1 turns the colour and opacity of flat materials into `displayColor` and `displayOpacity` of what they draw;
  bindings and materials go.
- Mode 2 removes materials that nobody points at.
- Mode 3 makes materials that differ in plain numbers alone one material below `materialsPath`; the numbers become
  primvars of what is drawn, which the material reads.
)",
        .preserves = R"(
What every prim looks like, for every purpose, through direct, collection and subset bindings (not in mode 1); every
other relationship that named a material names what stands for it. Geometry, transforms, paths of everything else.
)",
        .loses = R"(
The removed materials' names and metadata (customData, displayName, …), told in the path map; modes 1 and 2 promise
less about paths for that, as nothing stands in their place. Mode 1 loses all shading but colour and opacity, and
colours that prims carried below their materials.
)",
        .example = "`usdtune op optimizeMaterials plant.usd`",
        .notes = R"(
- Two materials are one when ids, values, connections and resolved textures are equal (names of shaders do not matter)
  and so is everything else their prims author: physics coefficients, custom attributes, API schemas. Candidates are
  found by a 128-bit hash and compared before anything is removed.
- The survivor is the first in stage order that has to stay anyway, else the first. The reference takes the least
  referenced one; ours does not depend on who binds.
- Declined: animated networks and networks this version does not understand, materials in prototypes, materials that
  arcs read, specialize or inherit, that a variant not selected still names, whose properties or nodes are read from
  outside, or that are bound by a relationship which may not be edited. The reference retargets direct bindings only
  and leaves collections dangling.
- Materials below the default prim and beside it never become one: who references the stage sees the former only.
- Modes 1 and 3 write values where the binding stands, so instances keep one prototype, and on the members of a
  collection; a mesh with subsets gets one value per face. Every place that is drawn is then checked: a material that
  is bound for some purposes only (`another_purpose`), that is overridden by a nearer value (`overridden_nearer`), or
  whose values somebody else would read (`read_by_others`) is declined. The reference writes without a check.
- Mode 1 takes the first of displayColor, diffuseColor and diffuse_color_constant on the material, then on its surface
  shader; a UsdPreviewSurface that says none has its documented grey. Opacity 1 is written only where something above
  says another. Declined: textured or computed colours and opacities, materials that other relationships name
  (`named_by_others`), physics materials, and those behind which another binding would come to light
  (`another_binding_above`). Materials that nobody binds are left to mode 2; the reference deletes them.
- Mode 3 varies inputs of UsdPreviewSurface only (float, float2, float3, float4, color3f, color4f), where renderers
  are known to read primvars; the reference takes every shader. Primvars are named after the input, with a number
  where the scene uses that name already. Groups without any difference are left to mode 0. The result draws the same
  picture, and `usdtune diff` proves it: it resolves the readers where things are drawn.
- A `materialsPath` outside of the default prim would be lost to who references the stage, and is declined for the
  materials inside of it.
- Mode 2 honours materialPrimPaths; the reference ignores it there, so a filter widens.
)",
    };
}

enum Mode { Deduplicate = 0, ConvertToColor = 1, RemoveUnbound = 2, DeduplicateWithPrimvars = 3 };

std::string_view path(const Scene& scene, MaterialId material) {
    return scene.path(scene.materials().rows[material.index].prim);
}

Result<OpOutcome> deduplicate(const Scene& scene, const Selection& selection) {
    const IncomingTargets incoming(scene);
    const PrototypeSources sources(scene);
    const MaterialGroups found = duplicateMaterials(scene, selection, incoming, sources);

    OpOutcome outcome;
    const auto& rows = scene.materials().rows;
    std::map<PrimId, PrimId> survivorOf;
    std::map<PrimId, TokenId> standInOf;
    for (const MaterialGroup& group : found.groups)
        for (const MaterialId duplicate : group.duplicates) {
            const PrimId survivor = rows[group.survivor.index].prim;
            survivorOf[rows[duplicate.index].prim] = survivor;
            standInOf[rows[duplicate.index].prim] = scene.prim(survivor).path;
        }
    const Retargeted retargeted = retargetRelationships(scene, standInOf, incoming, sources, outcome.edits);
    for (const auto& [removed, survivor] : survivorOf)
        mergeMaterial(scene, removed, survivor, scene.path(survivor), outcome.edits);
    for (const KeptMaterial& kept : found.kept)
        outcome.declined.push_back(
            {scene.prim(scene.materials().rows[kept.material.index].prim).path, std::string(kept.reason)});
    outcome.counts["groups"] = found.groups.size();
    outcome.counts["materialsRemoved"] = survivorOf.size();
    outcome.counts["bindingsRetargeted"] = retargeted.bindings;
    outcome.counts["otherRelationshipsRetargeted"] = retargeted.others;
    return outcome;
}

bool isPointedAt(const Scene& scene, PrimId material, const IncomingTargets& incoming) {
    return incoming.fromOutside(material) || scene.isLatentTarget(scene.path(material));
}

Result<OpOutcome> removeUnbound(const Scene& scene, const Selection& selection) {
    const IncomingTargets incoming(scene);
    OpOutcome outcome;
    outcome.identity = IdentityPromise::Removed;
    size_t removed = 0;
    const auto& rows = scene.materials().rows;
    for (size_t i = 0; i < rows.size(); ++i) {
        const PrimId prim = rows[i].prim;
        if (!selection.contains(prim) || !scene.prim(prim).flags.active || isPointedAt(scene, prim, incoming)) continue;
        if (const std::string_view reason = whyMaterialStays(scene, MaterialId(i), incoming); !reason.empty()) {
            outcome.declined.push_back({scene.prim(prim).path, std::string(reason)});
            continue;
        }
        removeMaterial(scene, prim, "nothing points at the material", outcome.edits);
        ++removed;
    }
    outcome.counts["materialsRemoved"] = removed;
    return outcome;
}

Result<OpOutcome> optimizeMaterials(const Scene& scene, const Selection& selection, const Arguments& arguments,
                                    const Context&) {
    switch (static_cast<Mode>(arguments.integer("optimizeMaterialsMode"))) {
        case Deduplicate:
            return deduplicate(scene, selection);
        case RemoveUnbound:
            return removeUnbound(scene, selection);
        case ConvertToColor:
            return convertToColor(scene, selection);
        case DeduplicateWithPrimvars:
            return deduplicateWithPrimvars(scene, selection, arguments.text("materialsPath"));
    }
    USDTUNE_ASSERT(false, "the arguments were checked against the choices");
    return OpOutcome();
}

Result<OpOutcome> analyzeMaterials(const Scene& scene, const Selection& selection, const Arguments& arguments,
                                   const Context&) {
    const IncomingTargets incoming(scene);
    const PrototypeSources sources(scene);
    const MaterialGroups found = duplicateMaterials(scene, selection, incoming, sources);
    OpOutcome outcome;
    auto duplicates = nlohmann::json::array();
    size_t removable = 0;
    for (const MaterialGroup& group : found.groups) {
        std::vector<std::string> members{std::string(path(scene, group.survivor))};
        for (const MaterialId duplicate : group.duplicates) members.emplace_back(path(scene, duplicate));
        std::sort(members.begin() + 1, members.end());
        removable += group.duplicates.size();
        duplicates.push_back(std::move(members));
    }
    for (const KeptMaterial& kept : found.kept)
        outcome.declined.push_back(
            {scene.prim(scene.materials().rows[kept.material.index].prim).path, std::string(kept.reason)});
    outcome.counts = {{"groups", duplicates.size()}, {"materialsRemovable", removable}};
    outcome.output["analysis"] = {{"duplicates", std::move(duplicates)}};
    if (!arguments.flag("analysisCheckPrimvars")) return outcome;

    auto similar = nlohmann::json::array();
    for (const SimilarMaterials& group : similarMaterials(scene, selection, incoming, sources).groups) {
        auto members = nlohmann::json::array();
        for (const MaterialId member : group.members) members.push_back(path(scene, member));
        similar.push_back(std::move(members));
    }
    outcome.counts["groupsForPrimvars"] = similar.size();
    outcome.output["analysis"]["duplicatePrimvars"] = std::move(similar);
    return outcome;
}

}  // namespace

Operation optimizeMaterialsOperation() { return {page(), "materialPrimPaths", optimizeMaterials, analyzeMaterials}; }

}  // namespace usdtune
