// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>

#include "usdtune/base/parallel.h"
#include "usdtune/ops/op.h"
#include "usdtune/scene/composed_elsewhere.h"
#include "usdtune/scene/editability.h"

namespace usdtune {

namespace {

OpDescriptor page() {
    return {
        .key = "computeExtents",
        .title = "Compute extents",
        .summary = "Author the extent of meshes and points where it is missing or wrong.",
        .lossClass = "lossless",
        .risk = "low",
        .authority = "auto",
        .category = "metadata",
        .needsMeshes = true,
        .supportsAnalysis = true,
        .arguments = {{.name = "paths",
                       .type = ArgumentType::StringList,
                       .defaultValue = nlohmann::json::array(),
                       .description = "Prims to look at; empty for the whole stage."}},
        .changes = R"(
`extent` of meshes and points, wherever it is missing or differs from the box of the points.
)",
        .preserves = R"(
Everything else. An extent that is right already is not touched, so a second run says nothing.
)",
        .loses = "An extent that was made wider on purpose (displacement, motion) becomes tight.",
        .example = R"(
`usdtune op computeExtents scene.usd -o out` gives every mesh the box that culling and picking ask for.
)",
        .notes = R"(
Points grow by half their width, one width for all of them included. Points that are not finite are passed over, as
OpenUSD does. A prim whose points or widths have time samples is declined: one default box cannot follow them.
Meshes in class prims are treated like any other, as their instances take the extent from there; what lies in a
prototype without an own source is declined. Prims without points are declined, too. The reference
writes one extent per time sample.
)",
    };
}

struct Job {
    PrimId prim;
    PropertyId extent;
    bool missing = false;
    std::string_view reason;  ///< why it is declined
    bool writes = false;
    std::array<Vec3f, 2> box{};
};

bool isAnimated(const Scene& scene, PropertyId row) { return row.valid() && scene.property(row).flags.animated; }

/// Widths as UsdGeomPoints reads them: `primvars:widths` before `widths`.
PropertyId widthsOf(const Scene& scene, PrimId prim) {
    const PropertyId primvar = scene.findProperty(prim, "primvars:widths");
    if (primvar.valid() && !scene.property(primvar).value.empty()) return primvar;
    return scene.findProperty(prim, "widths");
}

Bounds boundsOfPoints(const Scene& scene, PrimId prim, std::span<const Vec3f> points) {
    const PropertyId row = widthsOf(scene, prim);
    const auto widths = row.valid() ? scene.property(row).value.as<float>(Element::Float, 1) : std::span<const float>();
    if (widths.size() != points.size() && widths.size() != 1) return boundsOf(points);
    Bounds bounds;
    for (size_t i = 0; i < points.size(); ++i) {
        const float half = std::abs(widths[widths.size() == 1 ? 0 : i]) / 2;
        if (!isFinite(points[i]) || !std::isfinite(half)) continue;
        bounds.add(toDouble(points[i] - Vec3f{{half, half, half}}));
        bounds.add(toDouble(points[i] + Vec3f{{half, half, half}}));
    }
    return bounds;
}

bool hasExtent(const Scene& scene, PropertyId extent, const std::array<Vec3f, 2>& box) {
    if (!extent.valid()) return false;
    const auto authored = scene.property(extent).value.as<Vec3f>(Element::Float, 3);
    return authored.size() == 2 && authored[0] == box[0] && authored[1] == box[1];
}

void consider(const Scene& scene, bool seenElsewhere, Job& job) {
    const MeshId mesh = scene.meshOf(job.prim);
    job.extent = mesh.valid() ? scene.meshes()[mesh.index].extentAttribute : scene.findProperty(job.prim, "extent");
    const PropertyId pointsRow =
        mesh.valid() ? scene.meshes()[mesh.index].pointsAttribute : scene.findProperty(job.prim, "points");
    job.missing = !job.extent.valid() || (scene.property(job.extent).value.empty() && !isAnimated(scene, job.extent));

    if (!pointsRow.valid()) {
        job.reason = "no_points";
        return;
    }
    if (isAnimated(scene, pointsRow) || isAnimated(scene, job.extent) ||
        (!mesh.valid() && isAnimated(scene, widthsOf(scene, job.prim)))) {
        job.reason = "animated";
        return;
    }
    const auto points = scene.property(pointsRow).value.as<Vec3f>(Element::Float, 3);
    const Bounds bounds =
        mesh.valid() ? scene.meshes()[mesh.index].localBounds : boundsOfPoints(scene, job.prim, points);
    if (bounds.empty()) {
        job.reason = "no_points";
        return;
    }
    job.box = {toFloat(bounds.min), toFloat(bounds.max)};
    if (hasExtent(scene, job.extent, job.box)) return;
    job.reason =
        job.extent.valid() ? whyNotEditable(scene, scene.property(job.extent)) : whyNotEditable(scene, job.prim);
    if (job.reason.empty() && seenElsewhere) job.reason = "arc_source";
    job.writes = job.reason.empty();
}

std::vector<Job> jobsOf(const Scene& scene, const Selection& selection) {
    const TokenId meshType = scene.tokens().find("Mesh"), pointsType = scene.tokens().find("Points");
    std::vector<Job> jobs;
    for (size_t i = 0; i < scene.prims().size(); ++i) {
        const Prim& prim = scene.prims()[i];
        const bool boundable = prim.typeName.valid() && (prim.typeName == meshType || prim.typeName == pointsType);
        if (boundable && prim.flags.active && selection.contains(PrimId(i)))
            jobs.push_back({PrimId(i), {}, false, {}, false, {}});
    }
    return jobs;
}

std::vector<Job> consideredJobs(const Scene& scene, const Selection& selection, const Context& context) {
    std::vector<Job> jobs = jobsOf(scene, selection);
    const std::vector<uint8_t> elsewhere = composedElsewhere(scene);
    parallelFor(
        context, jobs.size(), [&](size_t i) { consider(scene, elsewhere[jobs[i].prim.index] != 0, jobs[i]); }, 256);
    return jobs;
}

Result<OpOutcome> computeExtents(const Scene& scene, const Selection& selection, const Arguments&,
                                 const Context& context) {
    const TokenId name = scene.tokens().intern("extent"), type = scene.tokens().intern("float3[]");
    OpOutcome outcome;
    size_t added = 0, corrected = 0;
    for (const Job& job : consideredJobs(scene, selection, context)) {
        const TokenId path = scene.prim(job.prim).path;
        if (!job.reason.empty()) outcome.declined.push_back({path, std::string(job.reason)});
        if (!job.writes) continue;
        Edit edit;
        edit.kind = EditKind::SetAttribute;
        edit.path = path;
        edit.name = name;
        edit.typeName = type;
        edit.value = OwnedValue::array<Vec3f>({Element::Float, 3, true}, {job.box[0], job.box[1]});
        outcome.edits.edits.push_back(std::move(edit));
        ++(job.missing ? added : corrected);
    }
    outcome.counts = {{"extentsAdded", added}, {"extentsCorrected", corrected}};
    return outcome;
}

Result<OpOutcome> analyzeExtents(const Scene& scene, const Selection& selection, const Arguments&,
                                 const Context& context) {
    OpOutcome outcome;
    nlohmann::json missing = nlohmann::json::array();
    for (const Job& job : consideredJobs(scene, selection, context))
        if (job.missing) missing.push_back(std::string(scene.path(job.prim)));
    std::sort(missing.begin(), missing.end());
    outcome.counts["primsMissingExtent"] = missing.size();
    outcome.output["analysis"]["primsMissingExtent"] = std::move(missing);
    return outcome;
}

}  // namespace

Operation computeExtentsOperation() { return {page(), "paths", computeExtents, analyzeExtents}; }

}  // namespace usdtune
