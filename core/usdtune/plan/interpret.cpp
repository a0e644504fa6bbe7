// SPDX-License-Identifier: Apache-2.0
//
// Findings become steps by a table: which operation answers a concept, with which arguments, under which gate. Steps
// that come after one that moves paths select by content, not by path, because the findings' paths are those of the
// source.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "usdtune/ops/op.h"
#include "usdtune/plan/order.h"
#include "usdtune/plan/plan.h"

namespace usdtune {

using nlohmann::json;

namespace {

constexpr size_t kListedPaths = 500;  ///< more than so many paths are no list any more: the operation selects by itself

struct Answer {
    const char* concept_name;
    const char* operation;
    json arguments;
    const char* pathArgument;  ///< argument that takes the findings' prims; null: the whole stage
    bool gated;
    const char* reason;
};

const std::vector<Answer>& answers() {
    static const std::vector<Answer> table = {
        {"vertex_weld",
         "meshCleanup",
         {{"mergeVertices", true},
          {"tolerance", 0.0},
          {"mergeBoundaries", true},
          {"mergeNeighbors", true},
          {"contractDegenerateEdges", false},
          {"removeDegenerateFaces", false},
          {"removeIsolatedVertices", false},
          {"removeDuplicateFaces", false},
          {"coorientFaces", false},
          {"makeManifold", false}},
         "paths",
         false,
         "points that coincide are stored and shaded several times"},
        {"geom_duplicates",
         "deduplicateGeometry",
         {{"tolerance", 0.0}, {"duplicateMethod", 2}, {"considerDeepTransforms", true}, {"fuzzy", false}},
         nullptr,
         false,
         "equal meshes are stored and uploaded once each"},
        {"primvar_indexability",
         "optimizePrimvars",
         {{"mode", 1}},
         nullptr,
         false,
         "repeated primvar values are stored once with indices"},
        {"primvar_unused",
         "removeUnusedUVs",
         {{"mode", 1}},
         nullptr,
         false,
         "texture coordinates that no bound material reads cost memory and bandwidth"},
        {"material_duplicates",
         "optimizeMaterials",
         {{"optimizeMaterialsMode", 0}},
         nullptr,
         false,
         "equal material networks are compiled and switched between for nothing"},
        {"structure_invisible",
         "removePrims",
         {{"removeInvisible", false},
          {"removeOrphanedOvers", false},
          {"explicitMode", true},
          {"invisibleRemoveMethod", 2}},
         "explicitInvisiblePaths",
         true,
         "prims that are never drawn are composed all the same"},
        {"structure_empty_leaf", "pruneLeaves", json::object(), nullptr, false,
         "groups without content are composed and traversed for nothing"},
        {"extents_zero", "computeExtents", json::object(), nullptr, false, "wrong extents defeat culling"},
    };
    return table;
}

struct Evidence {
    std::vector<std::string> paths;
    size_t count = 0;
    std::map<std::string, double> wasted;
    size_t notTold = 0;  ///< findings that were counted and do not stand in the report
};

std::map<std::string, Evidence> gather(const json& report) {
    std::map<std::string, Evidence> out;
    std::map<std::string, size_t> told, counted;
    for (const json& row : report.value("validators", json::array()))
        if (row.contains("canonical_name"))
            counted[row.at("canonical_name").get<std::string>()] += row.value("issues", size_t{0});
    for (const json& finding : report.at("findings")) {
        ++told[finding.at("concept").get<std::string>()];
        // A finding without a ready operation is one that only a person can repair.
        if (!finding.contains("op") || finding.at("op").is_null()) continue;
        Evidence& evidence = out[finding.at("concept").get<std::string>()];
        ++evidence.count;
        evidence.paths.push_back(finding.at("path").get<std::string>());
        if (finding.contains("metrics"))
            for (const auto& [key, value] : finding.at("metrics").items())
                if (value.is_number()) evidence.wasted[key] += value.get<double>();
    }
    for (auto& [name, evidence] : out) {
        evidence.notTold = counted[name] > told[name] ? counted[name] - told[name] : 0;
        std::sort(evidence.paths.begin(), evidence.paths.end());
        evidence.paths.erase(std::unique(evidence.paths.begin(), evidence.paths.end()), evidence.paths.end());
    }
    return out;
}

std::string evidenceText(const Evidence& evidence) {
    std::string text;
    for (const auto& [key, value] : evidence.wasted) {
        if (value <= 0) continue;
        const std::string unit = key.starts_with("wasted_") ? key.substr(7) : key;
        text += (text.empty() ? "" : ", ") + std::to_string(static_cast<long long>(value)) + " " + unit;
    }
    text = text.empty() ? "for example " + evidence.paths.front() : text + " to be saved";
    if (evidence.notTold != 0)
        text += ", and " + std::to_string(evidence.notTold) + " more findings that the report only counts";
    return text;
}

const char* surfaceText(SurfacePromise promise) {
    return promise == SurfacePromise::Exact ? "exact" : promise == SurfacePromise::Bounded ? "bounded" : "changes";
}
const char* identityText(IdentityPromise promise) {
    return promise == IdentityPromise::Kept ? "kept" : promise == IdentityPromise::Moved ? "moved" : "removed";
}

json stepOf(const Answer& answer, const OpDescriptor& descriptor, const Evidence& evidence) {
    json arguments = answer.arguments;
    if (answer.pathArgument != nullptr && (answer.gated || evidence.paths.size() <= kListedPaths))
        arguments[answer.pathArgument] = evidence.paths;
    return {{"operation", answer.operation},
            {"args", arguments},
            {"reason", answer.reason},
            {"evidence",
             {{{"concept", answer.concept_name}, {"count", evidence.count}, {"message", evidenceText(evidence)}}}},
            {"concepts", {answer.concept_name}},
            {"surface", surfaceText(descriptor.surface)},
            {"identity", identityText(descriptor.identity)},
            // Welding alone keeps its promise without a question; the other repairs of meshCleanup are asked about.
            {"lossClass", answer.gated ? "bounded-loss" : "lossless"},
            {"risk", descriptor.risk},
            {"authority", answer.gated ? "intent-gated" : "auto"},
            {"proofMetric", descriptor.proofMetric},
            {"gate", answer.gated ? json("destructive:" + std::string(answer.operation)) : json(nullptr)},
            {"orderReason", answer.reason}};
}

}  // namespace

Result<json> planChain(const json& assessment, const json& report, const json&) {
    const std::map<std::string, Evidence> evidence = gather(report);
    json steps = json::array(), dropped = json::array();
    for (const Answer& answer : answers()) {
        const auto found = evidence.find(answer.concept_name);
        if (found == evidence.end()) continue;
        const Operation* op = findOp(answer.operation);
        if (op == nullptr)
            return Error{std::string("The plan needs ") + answer.operation + " for " + answer.concept_name +
                         ", and this build does not have it."};
        json step = stepOf(answer, op->descriptor, found->second);
        const Result<Arguments> checked = Arguments::check(op->descriptor, step["args"]);
        if (!checked.ok()) return Error{"The plan's own arguments are refused: " + checked.error()};
        steps.push_back(std::move(step));
    }
    std::stable_sort(steps.begin(), steps.end(), [](const json& a, const json& b) {
        return canonicalPlace(a["operation"].get_ref<const std::string&>()) <
               canonicalPlace(b["operation"].get_ref<const std::string&>());
    });
    std::vector<std::string> chain;
    for (const json& step : steps) chain.push_back(step["operation"].get<std::string>());
    const std::vector<std::string> broken = brokenInvariants(chain);
    if (!broken.empty()) return Error{"The planned chain breaks an ordering invariant: " + broken.front() + "."};

    json order = json::array();
    for (const OrderInvariant& invariant : orderInvariants())
        if (std::find(chain.begin(), chain.end(), invariant.earlier) != chain.end() &&
            std::find(chain.begin(), chain.end(), invariant.later) != chain.end())
            order.push_back(std::string(invariant.earlier) + " before " + std::string(invariant.later) + ": " +
                            std::string(invariant.because));
    for (json& step : steps)
        for (const OrderInvariant& invariant : orderInvariants())
            if (step["operation"] == invariant.earlier &&
                std::find(chain.begin(), chain.end(), invariant.later) != chain.end()) {
                step["orderReason"] = "before " + std::string(invariant.later) + ": " + std::string(invariant.because);
                break;
            }
    (void)assessment;
    return json{{"steps", steps}, {"dropped", dropped}, {"order", order}};
}

Result<json> checkStack(const json& stack) {
    if (!stack.is_array()) return Error{"A stack is a JSON array of objects with an \"operation\" each."};
    std::vector<std::string_view> names;
    for (const Operation& op : opCatalog()) names.push_back(op.descriptor.key);
    std::vector<std::string> chain;
    json checked = json::array();
    for (size_t i = 0; i < stack.size(); ++i) {
        const std::string entry = "Entry " + std::to_string(i + 1) + " of the stack";
        if (!stack[i].is_object() || !stack[i].contains("operation") || !stack[i]["operation"].is_string())
            return Error{entry + " is not an object with an \"operation\" string."};
        const std::string key = stack[i]["operation"].get<std::string>();
        if (key == "executionContext") continue;
        const Operation* op = findOp(key);
        if (op == nullptr) {
            const std::string_view near = nearestName(key, names);
            return Error{entry + ": there is no operation `" + key + "` in this version" +
                         (near.empty() ? "." : "; did you mean `" + std::string(near) + "`?")};
        }
        json arguments = stack[i];
        arguments.erase("operation");
        const Result<Arguments> result = Arguments::check(op->descriptor, arguments);
        if (!result.ok()) return Error{entry + ": " + result.error()};
        json full = result.value().json();
        full["operation"] = key;
        checked.push_back(std::move(full));
        chain.push_back(key);
    }
    return json{{"warnings", brokenInvariants(chain)}, {"chain", checked}};
}

}  // namespace usdtune
