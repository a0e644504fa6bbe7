// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "usdtune/verify/deviation.h"

namespace usdtune {

namespace {

nlohmann::json pathOrNull(const std::string& path) { return path.empty() ? nlohmann::json() : nlohmann::json(path); }

using nlohmann::json;

json number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

json total(const DeviationTotal& way) {
    return {{"max_m", number(way.max)},
            {"mean_m", number(way.mean)},
            {"p99_m", number(way.p99)},
            {"worst_path", pathOrNull(way.worstPath)}};
}

json drift(const std::optional<std::pair<double, double>>& values) {
    return values ? json{{"max", values->first}, {"mean", values->second}} : json(nullptr);
}

json optional(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

std::string sentence(const DeviationReport& report) {
    std::ostringstream text;
    text
        << "Corners that correspond one to one within ε settle a mesh, and the largest of their distances is told; any "
           "other mesh is looked up at all its corners and inside all its triangles, cut to pieces no longer "
           "than the "
        << report.density.pointsPerDiagonal / 2 << "th part of its diagonal (" << report.density.atMost
        << " at most beside its triangles) and further where the distance bends, in the surface that stands for it. "
           "The time is the default time.";
    if (report.cageCount != 0)
        text << " Of " << report.cageCount << " subdivision surfaces the control cages are compared.";
    if (report.movingCount != 0)
        text << " " << report.movingCount << " animated or skinned meshes are compared unposed at that time.";
    if (report.missingCount != 0)
        text << " " << report.missingCount << " meshes have no surface in the result that could be measured.";
    if (report.addedCount != 0)
        text << " " << report.addedCount << " meshes of the result stand for nothing in the source.";
    return text.str();
}

}  // namespace

json toJson(const DeviationReport& report) {
    json out;
    out["sampling"] = {{"points_per_mesh_diagonal", report.density.pointsPerDiagonal},
                       {"sample_count", report.sampleCount},
                       {"corners", true},
                       {"sentence", sentence(report)}};
    out["forward"] = total(report.forward);
    out["backward"] = total(report.backward);
    out["normal_drift_deg"] = drift(report.normalDriftDegrees);
    out["uv_drift"] = drift(report.uvDrift);
    out["material_change_count"] = report.materialChangeCount;
    out["mesh_count"] = report.meshCount;
    out["exact_mesh_count"] = report.exactMeshCount;
    out["missing_mesh_count"] = report.missingCount;
    out["added_mesh_count"] = report.addedCount;
    out["measurement_count"] = report.measurementCount;
    out["queried_measurement_count"] = report.queriedCount;
    json& rows = out["meshes"] = json::array();
    for (const MeshDeviation& mesh : report.meshes)
        rows.push_back({{"path", pathOrNull(mesh.path)},
                        {"other_path", pathOrNull(mesh.otherPath)},
                        {"max_m", number(mesh.max)},
                        {"mean_m", number(mesh.mean)},
                        {"p99_m", number(mesh.p99)},
                        {"sample_count", mesh.sampleCount},
                        {"exact", mesh.exact},
                        {"normal_max_deg", optional(mesh.normalMaxDegrees)},
                        {"uv_max", optional(mesh.uvMax)},
                        {"material_changed", mesh.materialChanged}});
    return out;
}

}  // namespace usdtune
