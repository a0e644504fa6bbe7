// SPDX-License-Identifier: Apache-2.0
#include "usdtune/ops/repair_meshes.h"

#include <cmath>
#include <limits>

#include "usdtune/base/parallel.h"
#include "usdtune/ops/edit_mesh.h"
#include "usdtune/scene/composed_elsewhere.h"

namespace usdtune {

namespace {

struct Repair {
    std::vector<Edit> edits;
    CleanupCounts counts;
    std::string_view declined;
    bool withinEpsilon = true;
};

size_t changesOfShape(const CleanupCounts& c) {
    return c.mergedPoints + c.contractedCorners + c.degenerateFaces + c.duplicateFaces + c.flippedFaces +
           c.splitPoints + (c.reversedMesh ? 1 : 0);
}

CleanupOptions onlyIsolatedPoints(const CleanupOptions& options) {
    CleanupOptions out;
    out.mergePoints = out.contractDegenerateEdges = out.removeDegenerateFaces = out.removeDuplicateFaces = false;
    out.removeIsolatedPoints = options.removeIsolatedPoints;
    return out;
}

/// The largest float that is not above.
float floorToFloat(double x) {
    const float f = static_cast<float>(x);
    return static_cast<double>(f) > x ? std::nextafter(f, -std::numeric_limits<float>::infinity()) : f;
}

/// Brings a tolerance in world space into the mesh's own units; says why where that cannot be done.
std::string_view localize(const Scene& scene, const Mesh& mesh, CleanupOptions& options) {
    if (!options.mergePoints || !(options.tolerance > 0)) return {};
    const size_t row = mesh.prim.index;
    if (scene.prim(mesh.prim).flags.abstract) return "abstract";
    if (scene.xforms().broken[row] != 0) return "broken_transform";
    if (scene.xforms().animated[row] != 0) return "animated_transform";
    const double stretch = largestStretch(scene.xforms().world[row]);
    if (!(stretch > 0) || !std::isfinite(stretch)) return "broken_transform";
    options.tolerance = floorToFloat(options.tolerance / stretch);
    return {};
}

Repair repairMesh(const Scene& scene, const Mesh& mesh, CleanupOptions options, bool seenElsewhere) {
    Repair repair;
    if (!mesh.flags.validTopology) {
        if (!mesh.points.empty() || mesh.flags.animatedPoints)
            repair.declined = mesh.flags.animatedPoints ? "animated" : "invalid_topology";
        return repair;
    }
    const double worldTolerance = options.tolerance;
    if (repair.declined = localize(scene, mesh, options); !repair.declined.empty()) return repair;
    if (mesh.flags.physics) options.removeIsolatedPoints = false;  // a convex hull counts them

    Cleanup cleanup = findRepairs(scene, mesh, options);
    if (cleanup.counts.nothingDone()) return repair;
    if (mesh.flags.subdivided) {
        if (changesOfShape(cleanup.counts) != 0) repair.declined = "subdivision_surface";
        cleanup = findRepairs(scene, mesh, onlyIsolatedPoints(options));
        if (cleanup.counts.nothingDone()) return repair;
    }
    if (const std::string_view reason = whyTopologyIsTied(scene, mesh); !reason.empty()) {
        repair.declined = reason;
        return repair;
    }
    if (const std::string_view reason = whyTopologyIsNotEditable(scene, mesh); !reason.empty() || seenElsewhere) {
        repair.declined = reason.empty() ? "arc_source" : reason;
        return repair;
    }
    repair.edits = editMesh(scene, mesh, cleanup.remap);
    repair.counts = cleanup.counts;
    repair.withinEpsilon = worldTolerance <= surfaceEpsilon(mesh, scene.xforms().world[mesh.prim.index]);
    return repair;
}

void add(CleanupCounts& sum, const CleanupCounts& counts) {
    sum.mergedPoints += counts.mergedPoints;
    sum.contractedCorners += counts.contractedCorners;
    sum.degenerateFaces += counts.degenerateFaces;
    sum.duplicateFaces += counts.duplicateFaces;
    sum.isolatedPoints += counts.isolatedPoints;
    sum.flippedFaces += counts.flippedFaces;
    sum.splitPoints += counts.splitPoints;
}

}  // namespace

Cleanup findRepairs(const Scene& scene, const Mesh& mesh, const CleanupOptions& options) {
    const TopologyView topology = topologyOf(mesh);
    // Without labels more merges, so a mesh that has nothing to repair then has nothing to repair at all; and most
    // have.
    CleanupOptions probe = options;
    probe.coorientFaces = false;
    Cleanup first = cleanupMesh(mesh.points, topology, options.coorientFaces ? probe : options);
    if (!options.coorientFaces && first.counts.nothingDone()) return first;

    const MeshLabels labels = meshLabels(scene, mesh);
    CleanupData data{.pointLabels = labels.points, .faceLabels = labels.faces, .cornerLabels = labels.corners};
    data.leftHanded = mesh.flags.leftHanded;
    std::vector<std::byte> normals;
    for (const MeshColumn& column : meshColumns(scene, mesh)) {
        const std::string_view name = scene.text(scene.property(column.attribute).name);
        if (!options.coorientFaces || (name != "normals" && name != "primvars:normals")) continue;
        if (column.view.values.rowBytes != sizeof(Vec3f)) continue;
        normals = column.denseRows();
        data.normals = {reinterpret_cast<const Vec3f*>(normals.data()), normals.size() / sizeof(Vec3f)};
        data.normalsElement = column.element;
    }
    if (!options.coorientFaces && labels.points.empty() && labels.faces.empty() && labels.corners.empty()) return first;
    return cleanupMesh(mesh.points, topology, options, data);
}

OpOutcome repairMeshes(const Scene& scene, const Selection& selection, const CleanupOptions& options,
                       const Context& context) {
    const auto meshes = scene.meshes();
    std::vector<Repair> repairs(meshes.size());
    const std::vector<uint8_t> elsewhere = composedElsewhere(scene);
    parallelFor(context, meshes.size(), [&](size_t i) {
        if (selection.contains(meshes[i].prim) && scene.prim(meshes[i].prim).flags.active)
            repairs[i] = repairMesh(scene, meshes[i], options, elsewhere[meshes[i].prim.index] != 0);
    });

    OpOutcome outcome;
    CleanupCounts sum;
    size_t changed = 0;
    bool withinEpsilon = true;
    for (size_t i = 0; i < meshes.size(); ++i) {
        Repair& repair = repairs[i];
        if (!repair.declined.empty())
            outcome.declined.push_back({scene.prim(meshes[i].prim).path, std::string(repair.declined)});
        if (repair.edits.empty()) continue;
        ++changed;
        add(sum, repair.counts);
        withinEpsilon = withinEpsilon && repair.withinEpsilon;
        for (Edit& edit : repair.edits) outcome.edits.edits.push_back(std::move(edit));
    }
    outcome.counts = {{"meshesChanged", changed},
                      {"pointsMerged", sum.mergedPoints},
                      {"isolatedPointsRemoved", sum.isolatedPoints},
                      {"cornersContracted", sum.contractedCorners},
                      {"degenerateFacesRemoved", sum.degenerateFaces},
                      {"duplicateFacesRemoved", sum.duplicateFaces},
                      {"facesFlipped", sum.flippedFaces},
                      {"pointsSplit", sum.splitPoints}};
    if (sum.flippedFaces != 0) {
        outcome.surface = SurfacePromise::Changes;
    } else if (options.mergePoints && options.tolerance > 0 && !withinEpsilon) {
        outcome.surface = SurfacePromise::Bounded;
        outcome.tolerance = options.tolerance;
    }
    return outcome;
}

}  // namespace usdtune
