// SPDX-License-Identifier: Apache-2.0
//
// What it changes: Xforms and Scopes below which nothing stands but the like are deleted (or deactivated, or hidden).
// What it preserves: everything that draws, everything that carries authored information, everything somebody points
// at. What it may lose: names and placement of empty groups; each deleted path has a row in the path map. Example:
// `usdtune op pruneLeaves plant.usd` Notes:
// - A group is removable when it is provably of no use: no metadata (kind, assetInfo, customData, displayName), no
//   properties but static placement, visibility, purpose and a direct binding, no API schemas, nobody who points at it
//   or below (relationships, connections, collections, variants that are not selected), no arcs to or from it. Others
//   that look empty are declined with the reason. The reference deletes them all.
// - An inactive prim keeps its group, as nobody sees what it holds; with filterInactive it does not.
// - Instances keep their group. Prototypes are pruned where they come from, if nothing there is read by an arc.
// - A pattern that matches nothing selects nothing; the reference then takes the whole stage. Groups above a start path
//   are not looked at.

#include "usdtune/ops/op.h"
#include "usdtune/scene/empty_groups.h"

namespace usdtune {

namespace {

enum Mode { Delete = 1, Deactivate = 2, Hide = 3 };

EmptyGroups find(const Scene& scene, const Selection& selection, const Arguments& arguments) {
    return emptyGroups(scene, selection, IncomingTargets(scene),
                       {arguments.flag("filterInactive"), arguments.flag("preserveUnloadedPayloads")});
}

void tellKept(const Scene& scene, const EmptyGroups& found, OpOutcome& outcome) {
    for (const KeptGroup& kept : found.kept)
        outcome.declined.push_back({scene.prim(kept.prim).path, std::string(kept.reason)});
}

Edit editOf(const Scene& scene, PrimId prim, Mode mode) {
    TokenTable& tokens = scene.tokens();
    Edit edit;
    edit.path = scene.prim(prim).path;
    if (mode == Delete) {
        edit.kind = EditKind::RemovePrim;
    } else if (mode == Deactivate) {
        edit.kind = EditKind::SetPrimMetadata;
        edit.name = tokens.intern("active");
        edit.typeName = tokens.intern("bool");
        edit.value = OwnedValue::scalar({Element::Bool, 1, false}, uint8_t{0});
    } else {
        edit.kind = EditKind::SetAttribute;
        edit.name = tokens.intern("visibility");
        edit.typeName = tokens.intern("token");
        edit.value = OwnedValue::scalar({Element::Text, 1, false}, tokens.intern("invisible"));
    }
    return edit;
}

bool isHiddenAlready(const Scene& scene, PrimId prim) {
    return scene.textOf(scene.value(prim, "visibility")) == "invisible";
}

Result<OpOutcome> pruneLeaves(const Scene& scene, const Selection& selection, const Arguments& arguments,
                              const Context&) {
    const Mode mode = static_cast<Mode>(arguments.integer("pruneMode"));
    const EmptyGroups found = find(scene, selection, arguments);
    OpOutcome outcome;
    size_t groups = 0, prims = 0;
    for (const PrimId root : found.roots) {
        if (mode == Hide && isHiddenAlready(scene, root)) continue;
        outcome.edits.edits.push_back(editOf(scene, root, mode));
        ++groups;
        for (uint32_t row = root.index; row < scene.prim(root).subtreeEnd; ++row, ++prims)
            if (mode == Delete)
                outcome.edits.moves.push_back({scene.prim(PrimId(row)).path, {}, PathFate::Removed, "empty group", {}});
    }
    tellKept(scene, found, outcome);
    outcome.counts = {{"groupsPruned", groups}, {"primsPruned", prims}};
    return outcome;
}

Result<OpOutcome> analyzeLeaves(const Scene& scene, const Selection& selection, const Arguments& arguments,
                                const Context&) {
    const EmptyGroups found = find(scene, selection, arguments);
    OpOutcome outcome;
    auto paths = nlohmann::json::array();
    for (const PrimId root : found.roots) paths.push_back(scene.path(root));
    tellKept(scene, found, outcome);
    outcome.counts = {{"groups", paths.size()}};
    outcome.output["analysis"] = std::move(paths);
    return outcome;
}

}  // namespace

Operation pruneLeavesOperation() {
    return {
        {
            .key = "pruneLeaves",
            .title = "Prune leaves",
            .summary = "Remove empty grouping prims.",
            .lossClass = "lossless",
            .risk = "low",
            .authority = "auto",
            .category = "hierarchy",
            .supportsAnalysis = true,
            .identity = IdentityPromise::Removed,
            .proofMetric = "prim_count",
            .arguments = {{.name = "paths",
                           .type = ArgumentType::StringList,
                           .defaultValue = nlohmann::json::array(),
                           .description =
                               "Starting prims (patterns), with everything below; empty for the whole stage."},
                          {.name = "pruneMode",
                           .type = ArgumentType::Enum,
                           .defaultValue = 1,
                           .description = "What happens to an empty group.",
                           .choices = {{1, "Delete"}, {2, "Deactivate"}, {3, "Hide"}}},
                          {.name = "filterInactive",
                           .type = ArgumentType::Bool,
                           .defaultValue = false,
                           .description = "Look at active prims only: a group that holds only inactive ones is empty."},
                          {.name = "preserveUnloadedPayloads",
                           .type = ArgumentType::Bool,
                           .defaultValue = true,
                           .description = "Keep groups whose payload was not loaded."}},
            .changes = "Xforms and Scopes below which nothing stands but the like are deleted, deactivated or hidden.",
            .preserves = "Everything that draws, carries authored information, or is pointed at.",
            .loses = "Names and placement of empty groups, told in the path map.",
            .example = "usdtune op pruneLeaves plant.usd",
            .notes = "Groups that carry metadata, custom properties or API schemas, or that something points at, are "
                     "declined; the reference deletes them. A pattern that matches nothing selects nothing.",
        },
        "paths",
        pruneLeaves,
        analyzeLeaves};
}

}  // namespace usdtune
