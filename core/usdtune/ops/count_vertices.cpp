// SPDX-License-Identifier: Apache-2.0
#include "usdtune/ops/op.h"

namespace usdtune {

namespace {

OpDescriptor page() {
    return {
        .key = "countVertices",
        .title = "Count vertices",
        .summary = "Report meshes with very many face corners.",
        .lossClass = "analysis-only",
        .risk = "low",
        .authority = "auto",
        .category = "analysis",
        .needsMeshes = true,
        .supportsAnalysis = true,
        .arguments = {{.name = "high",
                       .type = ArgumentType::Int,
                       .defaultValue = 100000,
                       .description = "Lower bound of the bucket `high`.",
                       .unit = "face corners"},
                      {.name = "veryHigh",
                       .type = ArgumentType::Int,
                       .defaultValue = 500000,
                       .description = "Lower bound of the bucket `veryHigh`.",
                       .unit = "face corners"},
                      {.name = "extreme",
                       .type = ArgumentType::Int,
                       .defaultValue = 1000000,
                       .description = "Lower bound of the bucket `extreme`.",
                       .unit = "face corners"}},
        .changes = "Nothing; it lists meshes with very many face corners.",
        .preserves = "Everything.",
        .loses = "Nothing.",
        .example = R"(
`usdtune op countVertices scene.usd --high 50000` lists the meshes with 50,000 corners and more.
)",
        .notes = R"(
The number is the length of faceVertexIndices, which is what fills index buffers, not the number of points; the
report's point counts stand beside it in printStats. A mesh inside a prototype counts once, at its path through the
first instance.
)",
    };
}

using nlohmann::json;

Result<OpOutcome> countVertices(const Scene& scene, const Selection& selection, const Arguments& arguments,
                                const Context&) {
    const int high = arguments.integer("high"), veryHigh = arguments.integer("veryHigh"),
              extreme = arguments.integer("extreme");
    if (!(high < veryHigh && veryHigh < extreme))
        return Error{"high (" + std::to_string(high) + "), veryHigh (" + std::to_string(veryHigh) + ") and extreme (" +
                     std::to_string(extreme) + ") must grow in this order."};

    OpOutcome outcome;
    json buckets = {{"high", json::object()}, {"veryHigh", json::object()}, {"extreme", json::object()}};
    for (const Mesh& mesh : scene.meshes()) {
        const auto corners = static_cast<int64_t>(mesh.cornerCount());
        if (corners < high || !selection.contains(mesh.prim)) continue;
        const char* bucket = corners >= extreme ? "extreme" : corners >= veryHigh ? "veryHigh" : "high";
        buckets[bucket][std::string(scene.path(mesh.prim))] = corners;
    }
    for (const char* bucket : {"high", "veryHigh", "extreme"}) outcome.counts[bucket] = buckets[bucket].size();
    outcome.output["analysis"] = std::move(buckets);
    return outcome;
}

}  // namespace

Operation countVerticesOperation() { return {page(), "", countVertices, countVertices}; }

}  // namespace usdtune
