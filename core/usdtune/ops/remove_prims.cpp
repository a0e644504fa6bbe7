// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "usdtune/ops/op.h"
#include "usdtune/ops/retire_prim.h"
#include "usdtune/scene/hidden_prims.h"

namespace usdtune {

namespace {

OpDescriptor page() {
    const nlohmann::json none = nlohmann::json::array();
    return {
        .key = "removePrims",
        .title = "Remove prims",
        .summary = "Remove invisible prims and orphaned overs.",
        .lossClass = "bounded-loss",
        .risk = "high",
        .needsConfirmation = true,
        .authority = "intent-gated",
        .category = "hierarchy",
        .supportsAnalysis = true,
        .identity = IdentityPromise::Removed,
        .proofMetric = "prim_count_authored",
        .arguments = {{.name = "paths",
                       .type = ArgumentType::StringList,
                       .defaultValue = none,
                       .description = "Prim path patterns; empty for the whole stage."},
                      {.name = "removeInvisible",
                       .type = ArgumentType::Bool,
                       .defaultValue = true,
                       .description = "Look for prims whose own visibility is invisible."},
                      {.name = "invisibleRemoveMethod",
                       .type = ArgumentType::Enum,
                       .defaultValue = 2,
                       .description = "What happens to invisible prims.",
                       .choices = {{1, "Delete"}, {2, "Deactivate"}}},
                      {.name = "removeOrphanedOvers",
                       .type = ArgumentType::Bool,
                       .defaultValue = true,
                       .description = "Look for overs that define nothing."},
                      {.name = "orphanedOverRemoveMethod",
                       .type = ArgumentType::Enum,
                       .defaultValue = 1,
                       .description = "What happens to orphaned overs.",
                       .choices = {{1, "Delete"}, {2, "Deactivate"}, {3, "Hide"}}},
                      {.name = "explicitMode",
                       .type = ArgumentType::Bool,
                       .defaultValue = false,
                       .description = "Act on the two lists of paths only.",
                       .hidden = true},
                      {.name = "explicitInvisiblePaths",
                       .type = ArgumentType::StringList,
                       .defaultValue = none,
                       .description = "Prims to take as invisible.",
                       .hidden = true},
                      {.name = "explicitOrphanedPaths",
                       .type = ArgumentType::StringList,
                       .defaultValue = none,
                       .description = "Prims to take as orphaned overs.",
                       .hidden = true}},
        .changes = R"(
Prims whose own visibility is `invisible` are deactivated or deleted; overs that define nothing are deleted,
deactivated or hidden.
)",
        .preserves = "What is drawn now; everything that somebody points at.",
        .loses = R"(
Content that was hidden on purpose and would be shown again later. Deactivating is reversible.
)",
        .example = R"(
`usdtune op removePrims shot.usd --no-remove-orphaned-overs --invisible-remove-method 1`
)",
        .notes = R"(
- Of nested invisible prims the topmost is edited; the analysis lists all. Inherited invisibility does not count.
- Declined: animated visibility, opinions that may not be edited or that a variant not selected also gives, prims
  that relationships, connections or arcs from outside need (a hidden prototype is still drawn by its instancer), and
  groups that hold a camera, which sees whether it is hidden or not.
- An over is no orphan while composition is incomplete (a payload not loaded, a reference or sublayer not found) nor
  on a stage that defines nothing at all, which is a layer of overrides made for another stage.
- explicitMode acts on the two lists only, whatever the prims' visibility; a path that is not there is declined. The
  analysis suggests the lists with `orphanedOverRemoveMethod`; the reference spells a key that does not exist.
)",
    };
}

struct Found {
    std::vector<RemovablePrim> invisible, orphans;
    std::vector<std::string> missing;
};

std::vector<RemovablePrim> listed(const Scene& scene, const std::vector<std::string>& paths,
                                  const IncomingTargets& incoming, std::vector<std::string>& missing) {
    std::vector<RemovablePrim> out;
    for (const std::string& path : paths) {
        if (const PrimId prim = scene.find(path); prim.valid())
            out.push_back({prim, whyNotRemovable(scene, prim, incoming)});
        else
            missing.push_back(path);
    }
    std::sort(out.begin(), out.end(), [](const RemovablePrim& a, const RemovablePrim& b) { return a.prim < b.prim; });
    out.erase(std::unique(out.begin(), out.end(),
                          [](const RemovablePrim& a, const RemovablePrim& b) { return a.prim == b.prim; }),
              out.end());
    return out;
}

Found find(const Scene& scene, const Selection& selection, const Arguments& arguments) {
    const IncomingTargets incoming(scene);
    Found found;
    if (arguments.flag("explicitMode")) {
        found.invisible = listed(scene, arguments.texts("explicitInvisiblePaths"), incoming, found.missing);
        found.orphans = listed(scene, arguments.texts("explicitOrphanedPaths"), incoming, found.missing);
        return found;
    }
    if (arguments.flag("removeInvisible")) found.invisible = invisiblePrims(scene, selection, incoming);
    if (arguments.flag("removeOrphanedOvers")) found.orphans = orphanedOvers(scene, selection, incoming);
    return found;
}

/// What each row is to become; a deletion wins over the rest.
std::vector<uint8_t> methodOfRow(const Scene& scene, const Found& found, int forInvisible, int forOrphans) {
    std::vector<uint8_t> method(scene.prims().size(), 0);
    const auto ask = [&](const std::vector<RemovablePrim>& list, int wanted) {
        for (const RemovablePrim& one : list) {
            uint8_t& slot = method[one.prim.index];
            if (one.reason.empty() && (slot == 0 || wanted < slot)) slot = static_cast<uint8_t>(wanted);
        }
    };
    ask(found.invisible, forInvisible);
    ask(found.orphans, forOrphans);
    return method;
}

Result<OpOutcome> removePrims(const Scene& scene, const Selection& selection, const Arguments& arguments,
                              const Context&) {
    const Found found = find(scene, selection, arguments);
    const std::vector<uint8_t> method = methodOfRow(scene, found, arguments.integer("invisibleRemoveMethod"),
                                                    arguments.integer("orphanedOverRemoveMethod"));
    OpOutcome outcome;
    size_t counts[4] = {};
    for (uint32_t row = 0; row < method.size(); ++row) {
        const PrimId prim(row);
        const auto how = static_cast<Retirement>(method[row]);
        if (method[row] == 0 || isRetired(scene, prim, how)) continue;
        ++counts[method[row]];
        outcome.edits.edits.push_back(retire(scene, prim, how));
        if (how == Retirement::Hide) continue;
        // What stands below goes with it.
        const uint32_t end = scene.prim(prim).subtreeEnd;
        std::string reason = scene.prim(prim).flags.defined ? "invisible" : "orphaned over";
        if (how == Retirement::Deactivate) reason += ", deactivated";
        for (uint32_t below = row; below < end; ++below)
            outcome.edits.moves.push_back({scene.prim(PrimId(below)).path, {}, PathFate::Removed, reason, {}});
        row = end - 1;
    }
    for (const auto* list : {&found.invisible, &found.orphans})
        for (const RemovablePrim& one : *list)
            if (!one.reason.empty()) outcome.declined.push_back({scene.prim(one.prim).path, std::string(one.reason)});
    for (const std::string& path : found.missing)
        outcome.declined.push_back({scene.tokens().intern(path), "no_such_prim"});
    outcome.counts = {{"primsDeleted", counts[1]}, {"primsDeactivated", counts[2]}, {"primsHidden", counts[3]}};
    return outcome;
}

Result<OpOutcome> analyzePrims(const Scene& scene, const Selection& selection, const Arguments& arguments,
                               const Context&) {
    const Found found = find(scene, selection, arguments);
    OpOutcome outcome;
    const auto paths = [&](const std::vector<RemovablePrim>& list) {
        auto out = nlohmann::json::array();
        for (const RemovablePrim& one : list) {
            if (one.reason.empty())
                out.push_back(scene.path(one.prim));
            else
                outcome.declined.push_back({scene.prim(one.prim).path, std::string(one.reason)});
        }
        return out;
    };
    nlohmann::json analysis = nlohmann::json::object();
    const nlohmann::json invisible = paths(found.invisible), orphans = paths(found.orphans);
    nlohmann::json suggested = {{"explicitMode", true}};
    if (!invisible.empty()) {
        analysis["invisiblePrims"] = suggested["explicitInvisiblePaths"] = invisible;
        suggested["invisibleRemoveMethod"] = arguments.integer("invisibleRemoveMethod");
    }
    if (!orphans.empty()) {
        analysis["orphanedOvers"] = suggested["explicitOrphanedPaths"] = orphans;
        suggested["orphanedOverRemoveMethod"] = arguments.integer("orphanedOverRemoveMethod");
    }
    if (!analysis.empty()) analysis["suggestedOperations"] = {{{"name", "removePrims"}, {"args", suggested}}};
    outcome.counts = {{"invisiblePrims", invisible.size()}, {"orphanedOvers", orphans.size()}};
    outcome.output["analysis"] = std::move(analysis);
    return outcome;
}

}  // namespace

Operation removePrimsOperation() { return {page(), "paths", removePrims, analyzePrims}; }

}  // namespace usdtune
