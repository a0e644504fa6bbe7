// SPDX-License-Identifier: Apache-2.0
//
// What it changes: mode 0 makes materials that are one network one prim and binds everybody to it; mode 2 removes
// materials that nobody points at.
// What it preserves: what every prim looks like, for every purpose, through direct, collection and subset bindings;
// every other relationship that named a removed material names the survivor. Geometry, transforms, paths of everything
// else. What it may lose: the removed materials' names and metadata (customData, displayName, …), told in the path map.
// Example: `usdtune op optimizeMaterials plant.usd`
// Notes:
// - Two materials are one when ids, values, connections and resolved textures are equal (names of shaders do not
// matter)
//   and so is everything else their prims author: physics coefficients, custom attributes, API schemas. Candidates are
//   found by a 128-bit hash and compared before anything is removed.
// - The survivor is the first in stage order that has to stay anyway, else the first. The reference takes the least
//   referenced one; ours does not depend on who binds.
// - Declined: animated networks and networks this version does not understand, materials in prototypes, materials that
//   arcs read, specialize or inherit, that a variant not selected still names, whose properties or nodes are read from
//   outside, or that are bound by a relationship which may not be edited. The reference retargets direct bindings only
//   and leaves collections dangling.
// - Materials below the default prim and beside it never become one: who references the stage sees the former only.
// - Mode 2 honours materialPrimPaths; the reference ignores it there, so a filter widens.
// - Modes 1 and 3 are refused in this version: they rewrite shading into primvars and need a proof of their own.

#include <algorithm>
#include <map>
#include <set>

#include "usdtune/ops/op.h"
#include "usdtune/scene/material_groups.h"

namespace usdtune {

namespace {

enum Mode { Deduplicate = 0, ConvertToColor = 1, RemoveUnbound = 2, DeduplicateWithPrimvars = 3 };

std::string_view path(const Scene& scene, MaterialId material) {
    return scene.path(scene.materials().rows[material.index].prim);
}

void removeMaterial(const Scene& scene, PrimId material, EditList& edits) {
    Edit edit;
    edit.kind = EditKind::RemovePrim;
    edit.path = scene.prim(material).path;
    edits.edits.push_back(std::move(edit));
}

/// Tells of a removed material and of everything below it what stands for it now.
void moveIntoSurvivor(const Scene& scene, PrimId removed, PrimId survivor, EditList& edits) {
    const auto& materials = scene.materials();
    const auto authored = [&](PrimId prim) { return materials.rows[materials.ofPrim[prim.index].index].authoredHash; };
    const bool alike = authored(removed) == authored(survivor);
    const std::string reason = alike ? "same network" : "same network; names or metadata differed";
    for (uint32_t row = removed.index; row < scene.prim(removed).subtreeEnd; ++row) {
        const std::string_view below = scene.path(PrimId(row)).substr(scene.path(removed).size());
        PrimId twin = scene.find(std::string(scene.path(survivor)) + std::string(below));
        if (!twin.valid() || scene.prim(twin).typeName != scene.prim(PrimId(row)).typeName) twin = survivor;
        edits.moves.push_back({scene.prim(PrimId(row)).path, scene.prim(twin).path, PathFate::Merged, reason, {}});
    }
}

/// The targets of a relationship with removed materials replaced by their survivors, each target once.
std::vector<TokenId> retargeted(std::span<const TokenId> targets, const std::map<TokenId, TokenId>& survivorOf) {
    std::vector<TokenId> out;
    for (const TokenId target : targets) {
        const auto found = survivorOf.find(target);
        const TokenId now = found == survivorOf.end() ? target : found->second;
        if (std::find(out.begin(), out.end(), now) == out.end()) out.push_back(now);
    }
    return out;
}

void retargetWhoPoints(const Scene& scene, const IncomingTargets& incoming, const PrototypeSources& sources,
                       const std::vector<MaterialGroup>& groups, OpOutcome& outcome) {
    const auto& rows = scene.materials().rows;
    std::map<TokenId, TokenId> survivorOf;
    std::set<PropertyId> pointing;
    for (const MaterialGroup& group : groups)
        for (const MaterialId duplicate : group.duplicates) {
            const PrimId prim = rows[duplicate.index].prim;
            survivorOf[scene.prim(prim).path] = scene.prim(rows[group.survivor.index].prim).path;
            for (const IncomingTarget& target : incoming.at(prim))
                if (target.path == scene.prim(prim).path && !sources.follows(scene.property(target.property).prim))
                    pointing.insert(target.property);
        }
    size_t bindings = 0;
    for (const PropertyId id : pointing) {
        const Property& property = scene.property(id);
        Edit edit;
        edit.kind = EditKind::SetTargets;
        edit.path = scene.prim(property.prim).path;
        edit.name = property.name;
        edit.targets = retargeted(scene.tokenList(property.targets), survivorOf);
        outcome.edits.edits.push_back(std::move(edit));
        bindings += scene.text(property.name).starts_with("material:binding");
    }
    outcome.counts["bindingsRetargeted"] = bindings;
    outcome.counts["otherRelationshipsRetargeted"] = pointing.size() - bindings;
}

Result<OpOutcome> deduplicate(const Scene& scene, const Selection& selection) {
    const IncomingTargets incoming(scene);
    const PrototypeSources sources(scene);
    const MaterialGroups found = duplicateMaterials(scene, selection, incoming, sources);

    OpOutcome outcome;
    retargetWhoPoints(scene, incoming, sources, found.groups, outcome);
    std::map<PrimId, PrimId> survivorOf;
    for (const MaterialGroup& group : found.groups)
        for (const MaterialId duplicate : group.duplicates)
            survivorOf[scene.materials().rows[duplicate.index].prim] =
                scene.materials().rows[group.survivor.index].prim;
    for (const auto& [removed, survivor] : survivorOf) {
        removeMaterial(scene, removed, outcome.edits);
        moveIntoSurvivor(scene, removed, survivor, outcome.edits);
    }
    for (const KeptMaterial& kept : found.kept)
        outcome.declined.push_back(
            {scene.prim(scene.materials().rows[kept.material.index].prim).path, std::string(kept.reason)});
    outcome.counts["groups"] = found.groups.size();
    outcome.counts["materialsRemoved"] = survivorOf.size();
    return outcome;
}

bool isPointedAt(const Scene& scene, PrimId material, const IncomingTargets& incoming) {
    return incoming.fromOutside(material) || scene.isLatentTarget(scene.path(material));
}

Result<OpOutcome> removeUnbound(const Scene& scene, const Selection& selection) {
    const IncomingTargets incoming(scene);
    OpOutcome outcome;
    size_t removed = 0;
    const auto& rows = scene.materials().rows;
    for (size_t i = 0; i < rows.size(); ++i) {
        const PrimId prim = rows[i].prim;
        if (!selection.contains(prim) || !scene.prim(prim).flags.active || isPointedAt(scene, prim, incoming)) continue;
        if (const std::string_view reason = whyMaterialStays(scene, MaterialId(i), incoming); !reason.empty()) {
            outcome.declined.push_back({scene.prim(prim).path, std::string(reason)});
            continue;
        }
        removeMaterial(scene, prim, outcome.edits);
        for (uint32_t row = prim.index; row < scene.prim(prim).subtreeEnd; ++row)
            outcome.edits.moves.push_back(
                {scene.prim(PrimId(row)).path, {}, PathFate::Removed, "nothing points at the material", {}});
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
            return Error{"optimizeMaterialsMode 1 (Convert to color) is not part of this version; modes 0 and 2 are."};
        case DeduplicateWithPrimvars:
            return Error{
                "optimizeMaterialsMode 3 (Deduplicate with primvars) is not part of this version; modes 0 and 2 are."};
    }
    return Error{"optimizeMaterialsMode must be 0 or 2."};
}

Result<OpOutcome> analyzeMaterials(const Scene& scene, const Selection& selection, const Arguments&, const Context&) {
    const MaterialGroups found = duplicateMaterials(scene, selection, IncomingTargets(scene), PrototypeSources(scene));
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
    return outcome;
}

}  // namespace

Operation optimizeMaterialsOperation() {
    return {
        {
            .key = "optimizeMaterials",
            .title = "Optimize materials",
            .summary = "Deduplicate or prune materials.",
            .lossClass = "lossless",
            .risk = "low",
            .authority = "auto",
            .category = "materials",
            .supportsAnalysis = true,
            .identity = IdentityPromise::Moved,
            .proofMetric = "material_count",
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
                           .description = "Where mode 3 creates materials."},
                          {.name = "analysisCheckPrimvars",
                           .type = ArgumentType::Bool,
                           .defaultValue = true,
                           .description =
                               "Also report candidates of mode 3 when analyzing; none are reported in this version.",
                           .hidden = true}},
            .changes =
                "Mode 0 makes materials that are one network one prim; mode 2 removes materials nobody points at.",
            .preserves = "What every prim looks like, for every purpose, and every relationship to a removed material.",
            .loses = "Names and metadata of the removed materials, told in the path map.",
            .example = "usdtune op optimizeMaterials plant.usd",
            .notes =
                "Networks are compared, not only hashed. Animated, not understood, composed, latent and uneditable "
                "ones are declined. Modes 1 and 3 are refused in this version.",
        },
        "materialPrimPaths",
        optimizeMaterials,
        analyzeMaterials};
}

}  // namespace usdtune
