// SPDX-License-Identifier: Apache-2.0
#include "usdtune/ops/op.h"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "usdtune/base/prose.h"

namespace usdtune {

std::string_view promiseName(SurfacePromise promise) {
    switch (promise) {
        case SurfacePromise::Exact:
            return "exact";
        case SurfacePromise::Bounded:
            return "bounded";
        case SurfacePromise::Changes:
            return "changes";
    }
    return "";
}

std::string_view promiseName(IdentityPromise promise) {
    switch (promise) {
        case IdentityPromise::Kept:
            return "kept";
        case IdentityPromise::Moved:
            return "moved";
        case IdentityPromise::Removed:
            return "removed";
    }
    return "";
}

namespace {

using nlohmann::json;

std::string_view typeName(ArgumentType type) {
    switch (type) {
        case ArgumentType::Bool:
            return "bool";
        case ArgumentType::Int:
            return "int";
        case ArgumentType::Float:
            return "float";
        case ArgumentType::Double:
            return "double";
        case ArgumentType::Enum:
            return "enum";
        case ArgumentType::String:
            return "string";
        case ArgumentType::StringList:
            return "string[]";
        case ArgumentType::FloatList:
            return "float[]";
    }
    return "";
}

json toJson(const ArgumentDescriptor& argument) {
    json out = {{"name", argument.name},
                {"type", typeName(argument.type)},
                {"default", argument.defaultValue},
                {"description", argument.description}};
    if (!argument.unit.empty()) out["unit"] = argument.unit;
    if (argument.minimum) out["minimum"] = *argument.minimum;
    if (argument.maximum) out["maximum"] = *argument.maximum;
    for (const EnumChoice& choice : argument.choices)
        out["choices"].push_back({{"value", choice.value}, {"label", choice.label}});
    if (argument.hidden) out["hidden"] = true;
    return out;
}

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// Edit distance with swaps of neighbours (Damerau–Levenshtein, optimal string alignment), letter case ignored.
size_t editDistance(std::string_view a, std::string_view b) {
    std::vector<size_t> beforeLast(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    std::iota(last.begin(), last.end(), size_t{0});
    for (size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
            const bool swapped =
                i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) row[j] = std::min(row[j], beforeLast[j - 2] + 1);
        }
        std::swap(beforeLast, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

}  // namespace

std::string_view nearestName(std::string_view given, std::span<const std::string_view> names) {
    std::string_view nearest;
    size_t best = std::max<size_t>(2, given.size() / 3) + 1;
    for (const std::string_view name : names) {
        const size_t distance = editDistance(given, name);
        if (distance >= best) continue;
        best = distance;
        nearest = name;
    }
    return nearest;
}

json toJson(const OpDescriptor& descriptor) {
    json out = {{"key", descriptor.key},
                {"title", descriptor.title},
                {"summary", descriptor.summary},
                {"lossClass", descriptor.lossClass},
                {"risk", descriptor.risk},
                {"needsConfirmation", descriptor.needsConfirmation},
                {"authority", descriptor.authority},
                {"category", descriptor.category},
                {"needsMeshes", descriptor.needsMeshes},
                {"supportsAnalysis", descriptor.supportsAnalysis},
                {"surface", promiseName(descriptor.surface)},
                {"identity", promiseName(descriptor.identity)},
                {"idempotent", descriptor.idempotent},
                {"proofMetric", descriptor.proofMetric},
                {"arguments", json::array()},
                {"manual",
                 {{"changes", unwrapped(descriptor.changes)},
                  {"preserves", unwrapped(descriptor.preserves)},
                  {"loses", unwrapped(descriptor.loses)},
                  {"example", unwrapped(descriptor.example)},
                  {"notes", unwrapped(descriptor.notes)}}}};
    for (const ArgumentDescriptor& argument : descriptor.arguments) out["arguments"].push_back(toJson(argument));
    return out;
}

Result<OpOutcome> runOp(const Operation& op, const Scene& scene, const json& given, bool analysis,
                        const Context& context) {
    const OpFunction function = analysis ? op.analyze : op.run;
    if (function == nullptr)
        return Error{std::string(op.descriptor.key) + (analysis
                                                           ? " has no analysis; run it and look at its edits instead."
                                                           : " only looks; ask for its analysis.")};
    auto arguments = Arguments::check(op.descriptor, given);
    if (!arguments) return Error{arguments.error()};

    std::vector<std::string> patterns;
    if (!op.selectionArgument.empty()) patterns = arguments.value().texts(op.selectionArgument);
    auto selection = Selection::matching(scene, patterns);
    if (!selection)
        return Error{std::string(op.descriptor.key) + "." + std::string(op.selectionArgument) + ": " +
                     selection.error()};

    auto outcome = function(scene, selection.value(), arguments.value(), context);
    if (!outcome) return Error{std::string(op.descriptor.key) + ": " + outcome.error()};
    if (context.isCancelled()) return Error{std::string(op.descriptor.key) + " was cancelled."};

    outcome.value().identity = std::max(outcome.value().identity, op.descriptor.identity);
    for (PathMove& move : outcome.value().edits.moves)
        if (move.step.empty()) move.step = op.descriptor.key;
    for (const std::string& pattern : selection.value().unmatched()) {
        const Declined declined{scene.tokens().intern(pattern), "pattern_matches_nothing"};
        outcome.value().declined.push_back(declined);
    }
    return outcome;
}

}  // namespace usdtune
