// SPDX-License-Identifier: Apache-2.0
#include "usdtune/ops/op.h"
#include "usdtune/ops/retire_prim.h"
#include "usdtune/scene/empty_groups.h"

namespace usdtune {

namespace {

OpDescriptor page() {
    return {
        .key = "pruneLeaves",
        .title = "Prune leaves",
        .summary = "Remove empty grouping prims.",
        .lossClass = "lossless",
        .risk = "low",
        .authority = "auto",
        .category = "hierarchy",
        .supportsAnalysis = true,
        .identity = IdentityPromise::Removed,
        .proofMetric = "prim_count_authored",
        .arguments = {{.name = "paths",
                       .type = ArgumentType::StringList,
                       .defaultValue = nlohmann::json::array(),
                       .description = "Starting prims (patterns), with everything below; empty for the whole stage."},
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
        .changes = R"(
Xforms and Scopes below which nothing stands but the like are deleted (or deactivated, or hidden).
)",
        .preserves = R"(
Everything that draws, everything that carries authored information, everything somebody points at.
)",
        .loses = "Names and placement of empty groups; each deleted path has a row in the path map.",
        .example = "`usdtune op pruneLeaves plant.usd`",
        .notes = R"(
- A group is removable when it is provably of no use: no metadata (kind, assetInfo, customData, displayName), no
  properties but static placement, visibility, purpose and a direct binding, no API schemas, nobody who points at it
  or below (relationships, connections, collections, variants that are not selected), no arcs to or from it. Others
  that look empty are declined with the reason. The reference deletes them all.
- An inactive prim keeps its group, as nobody sees what it holds; with filterInactive it does not.
- Instances keep their group. Prototypes are pruned where they come from, if nothing there is read by an arc.
- A pattern that matches nothing selects nothing; the reference then takes the whole stage. Groups above a start
  path are not looked at.
)",
    };
}

EmptyGroups find(const Scene& scene, const Selection& selection, const Arguments& arguments) {
    return emptyGroups(scene, selection, IncomingTargets(scene),
                       {arguments.flag("filterInactive"), arguments.flag("preserveUnloadedPayloads")});
}

void tellKept(const Scene& scene, const EmptyGroups& found, OpOutcome& outcome) {
    for (const KeptGroup& kept : found.kept)
        outcome.declined.push_back({scene.prim(kept.prim).path, std::string(kept.reason)});
}

Result<OpOutcome> pruneLeaves(const Scene& scene, const Selection& selection, const Arguments& arguments,
                              const Context&) {
    const auto how = static_cast<Retirement>(arguments.integer("pruneMode"));
    const EmptyGroups found = find(scene, selection, arguments);
    OpOutcome outcome;
    size_t groups = 0, prims = 0;
    for (const PrimId root : found.roots) {
        if (isRetired(scene, root, how)) continue;
        outcome.edits.edits.push_back(retire(scene, root, how));
        ++groups;
        for (uint32_t row = root.index; row < scene.prim(root).subtreeEnd; ++row, ++prims)
            if (how == Retirement::Delete)
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

Operation pruneLeavesOperation() { return {page(), "paths", pruneLeaves, analyzeLeaves}; }

}  // namespace usdtune
