// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <unordered_set>

#include "usdtune/base/parallel.h"
#include "usdtune/mesh/weld.h"
#include "usdtune/ops/op.h"
#include "usdtune/scene/authored_primvars.h"
#include "usdtune/scene/schemas.h"

namespace usdtune {

namespace {

OpDescriptor page() {
    return {
        .key = "printStats",
        .title = "Print stats",
        .summary = "Stage statistics.",
        .lossClass = "analysis-only",
        .risk = "low",
        .authority = "auto",
        .category = "analysis",
        .supportsAnalysis = true,
        .arguments = {{.name = "countPrimvars",
                       .type = ArgumentType::Bool,
                       .defaultValue = false,
                       .description = "Also count primvars, their values and bytes."},
                      {.name = "splitCollocatedPoints",
                       .type = ArgumentType::Bool,
                       .defaultValue = false,
                       .description = "Points at one place do not connect the pieces of a mesh."},
                      {.name = "time",
                       .type = ArgumentType::Double,
                       .defaultValue = nullptr,
                       .description = "Time at which visibility is asked; none for the default time.",
                       .unit = "time code"}},
        .changes = "Nothing; it counts.",
        .preserves = "Everything.",
        .loses = "Nothing.",
        .example = "`usdtune op printStats plant.usd --count-primvars`",
        .notes = R"(
- Every prim counts, inactive, undefined and abstract ones included, and what an instance shows counts once per
  instance. `unique` counts rows that are stored: prims of the stage and of each prototype once; for materials
  distinct networks.
- `leaf`: Xforms and Scopes without children. `disjoint`: connected pieces of meshes, where points at one place
  count as one unless splitCollocatedPoints is set. `extra` is always 0: it stands for the reference's column of
  that name.
- `time` decides visibility; points and topology are those of the default time.
- Time samples and disjoint pieces are always counted, as the Scene holds them already; the reference asks for
  `verbose`.
)",
    };
}

struct TypeStats {
    uint64_t count = 0, leaf = 0, disjoint = 0, inactive = 0, invisible = 0, unique = 0;
};
struct PrimvarStats {
    uint64_t count = 0, valueCount = 0, size = 0;
};

/// How often each row is seen on the stage: instances multiply what their prototype holds.
std::vector<uint64_t> occurrencesOfRows(const Scene& scene) {
    const auto prims = scene.prims();
    std::vector<uint64_t> occurrences(prims.size(), 0);
    std::fill_n(occurrences.begin(), scene.stagePrimCount(), 1);
    // Prototypes may use each other in any order; the depth of nesting bounds the rounds.
    for (size_t round = 0; round <= scene.prototypes().size(); ++round) {
        std::vector<uint64_t> ofRoot(prims.size(), 0);
        for (size_t i = 0; i < prims.size(); ++i)
            if (prims[i].flags.instance && prims[i].prototype.valid())
                ofRoot[prims[i].prototype.index] += occurrences[i];
        bool changed = false;
        for (const Prototype& prototype : scene.prototypes())
            for (uint32_t row = prototype.root.index; row < scene.prim(prototype.root).subtreeEnd; ++row) {
                changed = changed || occurrences[row] != ofRoot[prototype.root.index];
                occurrences[row] = ofRoot[prototype.root.index];
            }
        if (!changed) break;
    }
    return occurrences;
}

bool isInvisibleAt(const Scene& scene, const Property& visibility, double time) {
    Value value = visibility.value;
    if (!std::isnan(time) && visibility.samples.size() != 0) {
        const auto samples = scene.samples(visibility);
        value = samples.front().value;
        for (const TimeSample& sample : samples)
            if (sample.time <= time) value = sample.value;
    }
    return scene.textOf(value) == "invisible";
}

/// Inherited top-down; a prototype's root starts afresh.
std::vector<bool> invisibleRows(const Scene& scene, double time) {
    std::vector<bool> invisible(scene.prims().size(), false);
    const TokenId name = scene.tokens().find("visibility");
    for (size_t i = 0; i < scene.prims().size(); ++i) {
        const PrimId parent = scene.prims()[i].parent;
        if (parent.valid()) invisible[i] = invisible[parent.index];
        if (invisible[i] || !isImageableType(scene.typeName(PrimId(i)))) continue;
        if (const PropertyId id = scene.findProperty(PrimId(i), name); id.valid())
            invisible[i] = isInvisibleAt(scene, scene.property(id), time);
    }
    return invisible;
}

/// Pieces of a mesh that share no point.
uint64_t disjointPieces(const Mesh& mesh, bool splitCollocated) {
    if (!mesh.flags.validTopology || mesh.points.empty()) return 0;
    std::vector<uint32_t> pointOf(mesh.points.size());
    std::iota(pointOf.begin(), pointOf.end(), 0u);
    size_t count = pointOf.size();
    if (!splitCollocated) count = weldRemap(pointOf, mesh.points, 0.0f);
    std::vector<uint32_t> root(count);
    std::iota(root.begin(), root.end(), 0u);
    const auto find = [&](uint32_t point) {
        while (root[point] != point) point = root[point] = root[root[point]];
        return point;
    };
    std::vector<bool> used(count, false);
    size_t corner = 0;
    for (const int cornersOfFace : mesh.faceVertexCounts) {
        for (int i = 0; i < cornersOfFace; ++i) {
            const uint32_t first = pointOf[static_cast<size_t>(mesh.faceVertexIndices[corner])];
            const uint32_t point =
                pointOf[static_cast<size_t>(mesh.faceVertexIndices[corner + static_cast<size_t>(i)])];
            used[point] = true;
            const uint32_t a = find(first), b = find(point);
            root[std::max(a, b)] = std::min(a, b);
        }
        corner += static_cast<size_t>(cornersOfFace);
    }
    uint64_t pieces = 0;
    for (uint32_t point = 0; point < count; ++point) pieces += used[point] && root[point] == point;
    return pieces;
}

uint64_t valueCountOf(const Scene& scene, PrimId prim, const Primvar& primvar) {
    const MeshId mesh = scene.meshOf(prim);
    if (mesh.valid()) return requiredCount(primvar.interpolation, scene.meshes()[mesh.index]);
    if (primvar.interpolation == Interpolation::Constant) return 1;
    return primvar.indexed ? primvar.indices.size() : primvar.values.count / primvar.elementSize;
}

uint64_t distinctNetworks(const Scene& scene) {
    std::unordered_set<Hash128> networks;
    for (const Material& material : scene.materials().rows) networks.insert(material.networkHash);
    return networks.size();
}

nlohmann::json toJson(const TypeStats& stats) {
    return {{"count", stats.count},
            {"leaf", stats.leaf},
            {"disjoint", stats.disjoint},
            {"inactive", stats.inactive},
            {"invisible", stats.invisible},
            {"unique", stats.unique},
            {"extra", 0}};
}

Result<OpOutcome> printStats(const Scene& scene, const Selection& selection, const Arguments& arguments,
                             const Context& context) {
    const std::vector<uint64_t> occurrences = occurrencesOfRows(scene);
    const std::vector<bool> invisible = invisibleRows(scene, arguments.real("time"));
    const bool split = arguments.flag("splitCollocatedPoints"), countPrimvars = arguments.flag("countPrimvars");
    std::vector<uint64_t> pieces(scene.meshes().size(), 0);
    parallelFor(context, pieces.size(), [&](size_t i) { pieces[i] = disjointPieces(scene.meshes()[i], split); });

    std::map<std::string, TypeStats> types;
    std::map<std::string, PrimvarStats> primvars;
    uint64_t prims = 0, timeSamples = 0, instanceable = 0, instances = 0, inactive = 0, hidden = 0, vertices = 0;
    for (size_t i = 0; i < scene.prims().size(); ++i) {
        const PrimId prim(i);
        const Prim& row = scene.prim(prim);
        // A prototype's root stands for each instance, which counts already.
        if (row.flags.prototypeRoot || !selection.contains(prim)) continue;
        const uint64_t times = occurrences[i];
        const std::string_view type = scene.typeName(prim);
        TypeStats& stats = types[type.empty() ? "No Type" : std::string(type)];
        const bool isGroup = type == "Xform" || type == "Scope";
        stats.count += times;
        stats.unique += 1;
        stats.leaf += isGroup && !scene.hasChildren(prim) && !row.flags.instance ? times : 0;
        stats.inactive += row.flags.active ? 0 : times;
        stats.invisible += invisible[i] ? times : 0;
        prims += times;
        inactive += row.flags.active ? 0 : times;
        hidden += invisible[i] ? times : 0;
        instanceable += row.flags.instanceable ? times : 0;
        instances += row.flags.instance ? times : 0;
        for (const Property& property : scene.properties(prim)) timeSamples += property.samples.size();
        if (const MeshId mesh = scene.meshOf(prim); mesh.valid()) stats.disjoint += times * pieces[mesh.index];
        if (row.flags.defined)
            if (const Value points = scene.value(prim, "points"); points.type.isArray) vertices += times * points.count;
        if (!countPrimvars) continue;
        for (const Primvar& primvar : authoredPrimvars(scene, prim)) {
            PrimvarStats& sum = primvars[std::string(scene.text(primvar.name))];
            const uint64_t values = valueCountOf(scene, prim, primvar);
            sum.count += times;
            sum.valueCount += times * values;
            sum.size += times * values * primvar.values.elementSize() * primvar.elementSize;
        }
    }
    if (const auto material = types.find("Material"); material != types.end() && selection.isAll())
        material->second.unique = distinctNetworks(scene);

    OpOutcome outcome;
    nlohmann::json analysis = {{"types", nlohmann::json::object()},
                               {"primvars", nlohmann::json::object()},
                               {"prims", prims},
                               {"timeSamples", timeSamples},
                               {"instanceable", instanceable},
                               {"instances", instances},
                               {"inactive", inactive},
                               {"invisible", hidden},
                               {"vertices", vertices}};
    for (const auto& [type, stats] : types) analysis["types"][type] = toJson(stats);
    for (const auto& [name, sum] : primvars)
        analysis["primvars"][name] = {{"count", sum.count}, {"valueCount", sum.valueCount}, {"size", sum.size}};
    outcome.counts = {{"prims", prims}, {"vertices", vertices}};
    outcome.output["analysis"] = std::move(analysis);
    return outcome;
}

}  // namespace

Operation printStatsOperation() { return {page(), "", printStats, printStats}; }

}  // namespace usdtune
