// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "usdtune/base/parallel.h"
#include "usdtune/mesh/unique_values.h"
#include "usdtune/mesh/weld.h"
#include "usdtune/rules/rule.h"
#include "usdtune/scene/editability.h"
#include "usdtune/scene/prototype_sources.h"
#include "usdtune/scene/reasons.h"

namespace usdtune {

namespace {

RuleDescriptor page() {
    return {
        .name = "vertex_weld",
        .title = "Colocated vertices",
        .tier = 2,
        .costClass = "medium",
        .scopePolicy = "per_target_or_sample",
        .repairedBy = "meshCleanup",
        .finds = R"(
Points of one mesh at exactly the same place whose data are equal, too: normals, primvars, velocities.
)",
        .costs = R"(
More vertices to store, transform and upload, and edges that look like borders, so that smoothing, simplification
and repair stop at them.
)",
        .example = "Triangles of an STL file, three points each.",
        .repair = "meshCleanup with mergeVertices alone.",
        .fine = R"(
Subdivision cages, where a doubled point is a crack on purpose, and meshes whose points are counted by skinning or
simulation; they are told without a repair. Instances share one mesh, which is looked at once.
)",
    };
}

void refine(std::vector<uint32_t>& labels, RowView rows, std::span<const int> indices, bool indexed) {
    if (!indexed) {
        if (rows.rowCount() == labels.size()) refineLabels(labels, rows);
        return;
    }
    if (indices.size() != labels.size()) return;
    const UniqueRows unique = uniqueRows(rows);
    std::vector<int> dense(indices.size());
    for (size_t i = 0; i < indices.size(); ++i) dense[i] = unique.indices[static_cast<size_t>(indices[i])];
    refineLabels(labels, rowsOf(std::span<const int>(dense)));
}

RowView rowsOfValue(const Value& value, size_t elementSize) {
    const auto* data = static_cast<const std::byte*>(value.data);
    return {{data, data + value.byteSize()}, value.elementSize() * elementSize};
}

/// Points get equal labels when everything they carry is equal.
std::vector<uint32_t> pointLabels(const Scene& scene, const Mesh& mesh) {
    std::vector<uint32_t> labels(mesh.points.size(), 0);
    const auto isPerPoint = [](Interpolation i) { return i == Interpolation::Vertex || i == Interpolation::Varying; };
    for (const Primvar& primvar : mesh.primvars)
        if (primvar.wellFormed && isPerPoint(primvar.interpolation))
            refine(labels, rowsOfValue(primvar.values, primvar.elementSize), primvar.indices, primvar.indexed);
    if (isPerPoint(mesh.normalsInterpolation) && !mesh.normals.empty()) refine(labels, rowsOf(mesh.normals), {}, false);
    for (const char* name : {"velocities", "accelerations"})
        if (const Value value = scene.value(mesh.prim, name); value.type.isArray && value.count == labels.size())
            refine(labels, rowsOfValue(value, 1), {}, false);
    return labels;
}

size_t weldablePoints(const Scene& scene, const Mesh& mesh) {
    std::vector<uint32_t> remap(mesh.points.size());
    const size_t apart = weldRemap(remap, mesh.points, 0.0f);
    if (apart == mesh.points.size()) return 0;  // most meshes; labels only keep more points apart
    return mesh.points.size() - weldRemap(remap, mesh.points, 0.0f, pointLabels(scene, mesh));
}

std::string_view whyLeftAlone(const Scene& scene, const Mesh& mesh) {
    if (mesh.flags.subdivided) return "subdivision_surface";
    if (mesh.flags.skinned) return "skinned";
    return whyNotEditable(scene, mesh.prim);
}

void vertexWeld(const Scene& scene, const Selection& selection, FindingSink& sink, const Context& context) {
    const auto meshes = scene.meshes();
    const PrototypeSources sources(scene);
    std::vector<size_t> weldable(meshes.size(), 0);
    parallelFor(context, meshes.size(), [&](size_t i) {
        const Mesh& mesh = meshes[i];
        const bool looked = selection.contains(mesh.prim) && scene.prim(mesh.prim).flags.active &&
                            mesh.flags.validTopology && !mesh.flags.anySamples && !sources.follows(mesh.prim);
        if (looked) weldable[i] = weldablePoints(scene, mesh);
    });
    for (size_t i = 0; i < meshes.size(); ++i) {
        if (weldable[i] == 0) continue;
        const std::string_view reason = whyLeftAlone(scene, meshes[i]);
        Finding finding;
        finding.concept_name = "vertex_weld";
        finding.code = "coincident_points";
        finding.severity = reason.empty() ? Severity::Warning : Severity::Info;
        finding.prim = scene.prim(meshes[i].prim).path;
        finding.message = std::to_string(weldable[i]) + " of " + std::to_string(meshes[i].points.size()) +
                          " points repeat another one with equal data" +
                          (reason.empty() ? "." : "; they stay because " + std::string(inWords(reason)) + ".");
        finding.wasted = static_cast<double>(weldable[i]);
        finding.unit = "points";
        if (reason.empty()) {
            finding.operation = "meshCleanup";
            finding.arguments = nlohmann::json{{"paths", {scene.path(meshes[i].prim)}},
                                               {"mergeVertices", true},
                                               {"tolerance", 0.0},
                                               {"contractDegenerateEdges", false},
                                               {"removeDegenerateFaces", false},
                                               {"removeIsolatedVertices", false},
                                               {"removeDuplicateFaces", false},
                                               {"makeManifold", false}}
                                    .dump();
        }
        sink.add(std::move(finding));
    }
}

}  // namespace

Rule vertexWeldRule() { return {page(), vertexWeld}; }

}  // namespace usdtune
