// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/step_proof.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "usdtune/verify/edited_prims.h"

namespace usdtune {

namespace {

/// Rows about prims that say more than the promise allows.
void identityKept(const Scene& before, const EditList& edits, PathFate loosest, DiffReport& report) {
    size_t checked = 0;
    for (const PathMove& move : composedMoves(edits)) {
        const std::string_view from = before.text(move.from);
        if (from.find('.') != std::string_view::npos) continue;
        ++checked;
        if (move.fate <= loosest) continue;
        report.same = false;
        ++report.differenceCount;
        report.differences.push_back(
            {"path", std::string(from), move.to.valid() ? std::string(before.text(move.to)) : std::string(),
             "it was " + std::string(pathFateName(move.fate)) + ", which the operation does not promise", 0});
    }
    for (auto& [law, count] : report.checked)
        if (law == "path") count += checked;
}

}  // namespace

StepProof proveStep(const Scene& before, const Scene& after, const EditList& edits, const StepPromise& promise,
                    const Context& context) {
    const PathMapping mapping(edits, before);
    const EditedPrims edited = editedPrims(before, after, mapping, context);
    DiffOptions options;
    options.tolerance = promise.tolerance;
    options.edited = &edited;
    StepProof out;
    if (!promise.surfaceChanges) out.rendered = diffRenderedBy(before, after, mapping, options, context);
    out.authored = diffAuthoredBy(before, after, mapping, options, context);
    identityKept(before, edits, promise.loosestFate, out.authored);
    if (promise.pictures && !promise.surfaceChanges) out.pictures = lookAtStep(before, after, edited, mapping, context);
    out.toleranceMetres = promise.tolerance * before.stage().metersPerUnit;
    out.editedPrims = edited.editedCount;
    for (size_t row = 0; row < edited.inA.size(); ++row)
        if (edited.inA[row] != 0 || edited.written[row] != 0) ++out.comparedPrims;
    return out;
}

nlohmann::json toJson(const StepProof& proof, const TokenTable& tokens) {
    nlohmann::json out = {{"rendered", toJson(proof.rendered, tokens)},
                          {"authored", toJson(proof.authored, tokens)},
                          {"pictures", nullptr},
                          {"tolerance_m", proof.toleranceMetres},
                          {"edited_prim_count", proof.editedPrims},
                          {"compared_prim_count", proof.comparedPrims}};
    if (proof.pictures)
        out["pictures"] = {{"drawn_prim_count", proof.pictures->drawnPrims},
                           {"shown_prim_count", proof.pictures->shownPrims},
                           {"compared", proof.pictures->comparedPixels},
                           {"changed", proof.pictures->changedPixels},
                           {"ties", proof.pictures->tiePixels}};
    return out;
}

}  // namespace usdtune
