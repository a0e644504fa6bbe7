// SPDX-License-Identifier: Apache-2.0
#include "usdtune/ops/repair_meshes.h"

namespace usdtune {

namespace {

OpDescriptor page() {
    return {
        .key = "mergeVertices",
        .title = "Merge vertices",
        .summary = "Weld points that coincide and carry equal data.",
        .lossClass = "lossless",
        .risk = "low",
        .authority = "auto",
        .category = "geometry",
        .needsMeshes = true,
        .proofMetric = "total_size_bytes",
        .arguments =
            {{.name = "paths",
              .type = ArgumentType::StringList,
              .defaultValue = nlohmann::json::array(),
              .description = "Meshes to look at; empty for the whole stage."},
             {.name = "tolerance",
              .type = ArgumentType::Float,
              .defaultValue = 0.0,
              .description =
                  "How far a point may move, in world space. 0 merges exact coincidence, a negative one nothing.",
              .unit = "stage units"},
             {.name = "mergeBoundaries",
              .type = ArgumentType::Bool,
              .defaultValue = true,
              .description = "Points on open edges may merge, too."},
             {.name = "removeIsolatedVertices",
              .type = ArgumentType::Bool,
              .defaultValue = true,
              .description = "Take out points that no face uses."},
             {.name = "makeManifold",
              .type = ArgumentType::Bool,
              .defaultValue = true,
              .description = "Split points again where more than one fan of faces meets."}},
        .changes = "Points of a mesh that coincide become one; what that leaves degenerate goes.",
        .preserves = "The surface, every corner's values, subsets, holes, the order of faces.",
        .loses = "With a tolerance, points move by less than it. A zero-area crack closes.",
        .example = R"(
`usdtune op mergeVertices scene.usd -o out` turns a cube of 24 points into one of 8.
)",
        .notes = R"(
Points whose data differ (vertex colours, normals, velocities, subsets of points) stay apart, as merging them would
smear a seam. The tolerance is in world space, so a scaled mesh is welded as finely as it is seen; a negative one
welds nothing. Declined: subdivision cages, as welding changes the limit surface; skinned and deformable meshes;
arrays we do not know that count points; time samples; content from references. The reference splits non-manifold
points afterwards by default (makeManifold), and so does this operation; meshCleanup does not.
)",
    };
}

Result<OpOutcome> mergeVertices(const Scene& scene, const Selection& selection, const Arguments& arguments,
                                const Context& context) {
    CleanupOptions options;
    options.tolerance = static_cast<float>(arguments.real("tolerance"));
    options.mergePoints = options.tolerance >= 0;
    options.mergeBoundaries = arguments.flag("mergeBoundaries");
    options.removeIsolatedPoints = arguments.flag("removeIsolatedVertices");
    options.removeDuplicateFaces = false;
    options.makeManifold = arguments.flag("makeManifold");
    return repairMeshes(scene, selection, options, context);
}

}  // namespace

Operation mergeVerticesOperation() { return {page(), "paths", mergeVertices, nullptr}; }

}  // namespace usdtune
