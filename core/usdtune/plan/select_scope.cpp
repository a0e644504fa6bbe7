// SPDX-License-Identifier: Apache-2.0
//
// The deterministic selection of the validation runner: a table from signals of the assessment to concepts, applied
// from top to bottom. Two runs over one assessment give one note. Concepts without a rule in this version are named in
// the reason instead of the note, because a note must not promise what cannot run.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "usdtune/plan/plan.h"
#include "usdtune/rules/rule.h"

namespace usdtune {

using nlohmann::json;

namespace {

enum class Target { WholeStage, FlaggedPrimvars, FlaggedHygiene, Duplicates, Mandatory };

struct Row {
    const char* signal;
    bool (*applies)(const json& assessment);
    Target target;
    std::vector<const char*> concepts;
};

bool phaseIs(const json& assessment, const char* phase) { return assessment.at("phase_recommendation") == phase; }

bool anyFlag(const json& assessment, const char* reason) {
    const auto& flags = assessment.at("flagged_assets");
    return std::any_of(flags.begin(), flags.end(), [&](const json& flag) { return flag.at("reason") == reason; });
}

bool duplicates(const json& assessment) {
    return assessment.at("hierarchy_dedupe").at("recommended").get<bool>() ||
           assessment.at("x_duplicate_geometry").at("duplicate_mesh_count").get<size_t>() != 0;
}

const std::vector<Row>& table() {
    static const std::vector<Row> rows = {
        {"always",
         [](const json& a) { return !phaseIs(a, "structuring"); },
         Target::WholeStage,
         {"composition_missing_ref", "material_path", "material_dangling_binding", "texture_bind",
          "texture_normalmap"}},
        {"the phase is optimization",
         [](const json& a) { return phaseIs(a, "optimization"); },
         Target::WholeStage,
         {"material_duplicates", "structure_empty_leaf", "structure_invisible", "structure_flat_hierarchy",
          "extents_zero", "perf_small_mesh", "perf_sparse_mesh", "perf_rtx_mesh_count", "perf_redundant_timesamples",
          "perf_high_vertex_count"}},
        {"the content was converted",
         [](const json& a) { return a.at("x_posture").at("converted").get<bool>(); },
         Target::Mandatory,
         {"primitive_fit"}},
        {"primvars are flagged",
         [](const json& a) { return anyFlag(a, "primvar_uv"); },
         Target::FlaggedPrimvars,
         {"primvar_indexability", "primvar_unused"}},
        {"mesh hygiene is flagged",
         [](const json& a) { return anyFlag(a, "mesh_hygiene"); },
         Target::FlaggedHygiene,
         {"vertex_weld", "topology_zero_area_faces", "normals_winding"}},
        {"equal meshes were seen",
         [](const json& a) { return duplicates(a); },
         Target::Duplicates,
         {"geom_duplicates"}},
    };
    return rows;
}

json flaggedPaths(const json& assessment, const char* reason) {
    const auto& skip = assessment.at("validation_scope").at("skip");
    std::set<std::string> paths;
    for (const auto& flag : assessment.at("flagged_assets")) {
        const std::string asset = flag.at("asset").get<std::string>();
        if (flag.at("reason") == reason && std::find(skip.begin(), skip.end(), asset) == skip.end())
            paths.insert(asset);
    }
    return paths;
}

/// Equal meshes lie anywhere, and a pair is only seen when both are: the probe covers the roots that hold the meshes.
json duplicateMask(const json& assessment) {
    std::set<std::string> roots;
    for (const auto& path : assessment.at("x_duplicate_geometry").at("x_roots")) roots.insert(path.get<std::string>());
    return roots;
}

json targetOf(const json& assessment, const Row& row, const char* name) {
    json out = {{"concept", name}};
    if (row.target == Target::FlaggedPrimvars) out["paths"] = flaggedPaths(assessment, "primvar_uv");
    if (row.target == Target::FlaggedHygiene) out["paths"] = flaggedPaths(assessment, "mesh_hygiene");
    if (row.target == Target::Duplicates) out["mask_paths"] = duplicateMask(assessment);
    return out;
}

}  // namespace

json selectScope(const json& assessment) {
    json concepts = json::array(), targets = json::array(), tiers = json::object();
    std::vector<std::string> reasons, absent;
    for (const Row& row : table()) {
        if (!row.applies(assessment)) continue;
        std::string chosen;
        for (const char* name : row.concepts) {
            const Rule* rule = findRule(name);
            if (rule == nullptr) {
                absent.emplace_back(name);
                continue;
            }
            json target = targetOf(assessment, row, name);
            const bool scoped = target.contains("paths") || target.contains("mask_paths");
            if (scoped && (target.contains("paths") ? target["paths"] : target["mask_paths"]).empty()) continue;
            concepts.push_back(name);
            targets.push_back(std::move(target));
            tiers[name] = rule->descriptor.tier;
            chosen += (chosen.empty() ? "" : ", ") + std::string(name);
        }
        if (!chosen.empty()) reasons.push_back(std::string(row.signal) + ": " + chosen);
    }
    std::string reason;
    for (const std::string& text : reasons) reason += (reason.empty() ? "" : "; ") + text;
    if (!absent.empty()) {
        reason += ". Not in this version: ";
        for (size_t i = 0; i < absent.size(); ++i) reason += (i != 0 ? ", " : "") + absent[i];
    }
    return {{"scope", concepts.empty() ? "minimum_openability" : "targeted"},
            {"concepts", concepts},
            {"targets", targets},
            {"tier_assignments", tiers},
            {"selection_reason", reason + "."},
            {"full_sweep",
             {{"status", "skipped"},
              {"reason", "the request is performance, not conformance"},
              {"approved_by_user", false}}},
            {"artifact_paths", json::array()}};
}

}  // namespace usdtune
