// SPDX-License-Identifier: Apache-2.0
#include "usdtune/assess/assessment.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "usdtune/assess/facts.h"

namespace usdtune {

using nlohmann::json;

namespace {

const char* scaleHint(double metersPerUnit) {
    static constexpr std::pair<double, const char*> kKnown[] = {
        {1.0, "meters"}, {0.01, "centimeters"}, {0.001, "millimeters"}};
    for (const auto& [value, name] : kKnown)
        if (std::abs(metersPerUnit - value) <= 1e-6 * value) return name;
    return "other";
}

json notAssessed() {
    json rows = json::array();
    for (const char* fact : {"duplicate_subtrees", "asset_boundaries", "containment_pairs"})
        rows.push_back({{"fact", fact}, {"reason", "subtrees are not hashed in this version"}});
    for (const char* fact : {"asset_inventory", "asset_path_portability", "kind_hierarchy", "prototype_library",
                             "mesh_sizing", "extent_outliers", "similar_assets", "divergent_variants"})
        rows.push_back({{"fact", fact}, {"reason", "this version does not look at them"}});
    return rows;
}

}  // namespace

json assess(const Scene& scene, uint64_t resolvedBytes, const Context&) {
    const StageInfo& stage = scene.stage();
    const std::string axis(1, stage.upAxis);
    json out;
    out["stage"] = {{"identifier", stage.identifier},       {"rootLayer", stage.identifier},
                    {"metersPerUnit", stage.metersPerUnit}, {"upAxis", axis},
                    {"defaultPrim", stage.defaultPrim},     {"scale_hint", scaleHint(stage.metersPerUnit)}};
    out["summary_counts"] = summaryCounts(scene);
    out["asset_physical_context"] = {{"metersPerUnit", stage.metersPerUnit},
                                     {"upAxis", axis},
                                     {"scale_hint", scaleHint(stage.metersPerUnit)},
                                     {"mesh_count", out["summary_counts"]["mesh_count"]}};
    out["composition"] = compositionFacts(scene);
    out["instancing"] = instancingFacts(scene);
    out["hierarchy_dedupe"] = {{"recommended", false},
                               {"reason", "not assessed: subtrees are not hashed in this version"},
                               {"top_candidates", json::array()},
                               {"x_assessed", false}};
    out["flagged_assets"] = flaggedAssets(scene);
    out["x_duplicate_geometry"] = duplicateGeometry(scene);
    out["x_posture"] = postureFacts(scene, resolvedBytes);
    out["variants_and_payloads"] = variantFacts(scene);
    out["variants_and_payloads"]["unloaded_payloads"] = out["composition"]["unloaded_payloads"];
    out["layer_health"] = {{"total_size_bytes", resolvedBytes}};

    std::set<std::string> perAsset;
    for (const auto& flag : out["flagged_assets"]) perAsset.insert(flag["asset"].get<std::string>());
    out["validation_scope"] = {
        {"per_asset", perAsset}, {"cross_component_pairs", json::array()}, {"skip", json::array()}};
    // Without hashed subtrees neither `structuring` nor `already_optimized` can be shown.
    out["phase_recommendation"] = "optimization";
    out["findings"] = stageFindings(scene);
    out["scale_assessment"] = scaleFacts(scene, out["x_duplicate_geometry"]["duplicate_mesh_count"].get<size_t>(),
                                         out["instancing"]["ratio"].get<double>());
    out["x_not_assessed"] = notAssessed();
    return out;
}

}  // namespace usdtune
