// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "usdtune/base/parallel.h"
#include "usdtune/mesh/degenerate_faces.h"
#include "usdtune/mesh/duplicate_faces.h"
#include "usdtune/mesh/isolated_points.h"
#include "usdtune/mesh/manifold.h"
#include "usdtune/mesh/orient.h"
#include "usdtune/ops/edit_mesh.h"
#include "usdtune/ops/repair_meshes.h"

namespace usdtune {

namespace {

ArgumentDescriptor flagArgument(std::string_view name, bool defaultValue, std::string_view description) {
    return {.name = name, .type = ArgumentType::Bool, .defaultValue = defaultValue, .description = description};
}

OpDescriptor page() {
    return {
        .key = "meshCleanup",
        .title = "Clean up meshes",
        .summary = "Weld points and take out degenerate faces, duplicate faces and unused points.",
        .lossClass = "lossless",
        .risk = "low",
        .needsConfirmation = true,
        .authority = "intent-gated",
        .category = "geometry",
        .needsMeshes = true,
        .supportsAnalysis = true,
        .proofMetric = "total_size_bytes",
        .arguments = {{.name = "paths",
                       .type = ArgumentType::StringList,
                       .defaultValue = nlohmann::json::array(),
                       .description = "Meshes to look at; empty for the whole stage."},
                      flagArgument("mergeVertices", true, "Weld points that coincide and carry equal data."),
                      {.name = "tolerance",
                       .type = ArgumentType::Float,
                       .defaultValue = 0.0,
                       .description = "How far a point may move, in world space; 0 merges exact coincidence.",
                       .unit = "stage units",
                       .minimum = 0.0},
                      flagArgument("mergeBoundaries", true, "Points on open edges may merge, too."),
                      flagArgument("mergeNeighbors", true, "Points of one face may merge, too."),
                      flagArgument("contractDegenerateEdges", true,
                                   "Take out corners that repeat the point before them."),
                      flagArgument("removeDegenerateFaces", true,
                                   "Take out faces with fewer than three distinct points."),
                      flagArgument("removeIsolatedVertices", true, "Take out points that no face uses."),
                      flagArgument("removeDuplicateFaces", true,
                                   "Of faces that lie exactly on each other with equal data keep the first."),
                      flagArgument("coorientFaces", false,
                                   "Make the faces of each component wind alike, with the normals where authored."),
                      flagArgument("makeManifold", false, "Split points where more than one fan of faces meets.")},
        .changes = R"(
Points that coincide become one; repeated corners, faces without area by index, duplicate faces and points that no
face uses go. On request faces of one component wind alike and non-manifold points split.
)",
        .preserves = R"(
The surface at tolerance 0, every corner's values, subsets, holes, creases, the order of faces.
)",
        .loses = R"(
With a tolerance, points move by less than it; coorientFaces changes which side faces the camera.
)",
        .example = R"(
`usdtune op meshCleanup scene.usd -o out` welds what an exporter wrote corner by corner.
)",
        .notes = R"(
Points whose data differ stay apart, and so do faces that lie on each other with different materials (subsets) or
values; a face and its reversed twin are two sides and both stay. The tolerance is in world space: it is divided by
the mesh's largest world scale. Subdivision cages only lose isolated points, anything else would move the limit
surface; colliders keep isolated points, as a convex hull counts them. Degenerate means by index: a sliver with
three distinct points stays, since taking it out can open a crack. Declined: skinned, deformable, animated meshes,
broken topology or primvars, arrays we do not know that count points, faces or corners, content from references.
)",
    };
}

Result<OpOutcome> meshCleanup(const Scene& scene, const Selection& selection, const Arguments& arguments,
                              const Context& context) {
    CleanupOptions options;
    options.mergePoints = arguments.flag("mergeVertices");
    options.tolerance = static_cast<float>(arguments.real("tolerance"));
    options.mergeBoundaries = arguments.flag("mergeBoundaries");
    options.mergeNeighbors = arguments.flag("mergeNeighbors");
    options.contractDegenerateEdges = arguments.flag("contractDegenerateEdges");
    options.removeDegenerateFaces = arguments.flag("removeDegenerateFaces");
    options.removeIsolatedPoints = arguments.flag("removeIsolatedVertices");
    options.removeDuplicateFaces = arguments.flag("removeDuplicateFaces");
    options.coorientFaces = arguments.flag("coorientFaces");
    options.makeManifold = arguments.flag("makeManifold");
    return repairMeshes(scene, selection, options, context);
}

/// What one mesh would be reported for; the enable flags are ignored, as the reference does.
struct Flaws {
    bool nonManifold = false, mergeable = false, degenerateEdges = false, degenerateFaces = false, isolated = false,
         duplicates = false, inconsistent = false;
};

Flaws flawsOf(const Scene& scene, const Mesh& mesh, CleanupOptions weld) {
    const TopologyView topology = topologyOf(mesh);
    const Manifoldness manifoldness = measureManifoldness(topology);
    const std::vector<uint8_t> degenerate = degenerateFaces(topology), duplicate = duplicateFaces(topology);
    Flaws flaws;
    flaws.nonManifold = !manifoldness.isManifold();
    flaws.inconsistent = manifoldness.inconsistentEdgeCount != 0;
    flaws.degenerateEdges = countDegenerateEdges(topology) != 0;
    flaws.degenerateFaces = std::find(degenerate.begin(), degenerate.end(), 1) != degenerate.end();
    flaws.duplicates = std::find(duplicate.begin(), duplicate.end(), 1) != duplicate.end();
    flaws.isolated = countIsolatedPoints(topology) != 0;
    weld.contractDegenerateEdges = weld.removeDegenerateFaces = weld.removeDuplicateFaces = weld.removeIsolatedPoints =
        false;
    const double stretch = largestStretch(scene.xforms().world[mesh.prim.index]);
    if (stretch > 0) weld.tolerance = static_cast<float>(weld.tolerance / stretch);
    flaws.mergeable = findRepairs(scene, mesh, weld).counts.mergedPoints != 0;
    return flaws;
}

Result<OpOutcome> analyzeMeshes(const Scene& scene, const Selection& selection, const Arguments& arguments,
                                const Context& context) {
    CleanupOptions weld;
    weld.tolerance = static_cast<float>(arguments.real("tolerance"));
    weld.mergeBoundaries = arguments.flag("mergeBoundaries");
    weld.mergeNeighbors = arguments.flag("mergeNeighbors");

    const auto meshes = scene.meshes();
    std::vector<Flaws> flaws(meshes.size());
    parallelFor(context, meshes.size(), [&](size_t i) {
        if (selection.contains(meshes[i].prim) && meshes[i].flags.validTopology)
            flaws[i] = flawsOf(scene, meshes[i], weld);
    });
    const auto count = [&](bool Flaws::* flaw) { return std::ranges::count(flaws, true, flaw); };
    nlohmann::json windings = nlohmann::json::array();
    for (size_t i = 0; i < meshes.size(); ++i)
        if (flaws[i].inconsistent) windings.push_back(std::string(scene.path(meshes[i].prim)));
    std::sort(windings.begin(), windings.end());
    OpOutcome outcome;
    outcome.output["analysis"] = {{"meshesThatAreNonManifolds", count(&Flaws::nonManifold)},
                                  {"meshesWithMergeableVertices", count(&Flaws::mergeable)},
                                  {"meshesWithDegenerateEdges", count(&Flaws::degenerateEdges)},
                                  {"meshesWithDegenerateFaces", count(&Flaws::degenerateFaces)},
                                  {"meshesWithIsolatedVertices", count(&Flaws::isolated)},
                                  {"meshesWithDuplicateFaces", count(&Flaws::duplicates)},
                                  {"meshesWithInconsistentWindings", std::move(windings)}};
    return outcome;
}

}  // namespace

Operation meshCleanupOperation() { return {page(), "paths", meshCleanup, analyzeMeshes}; }

}  // namespace usdtune
