// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "usdtune/base/parallel.h"
#include "usdtune/mesh/unique_values.h"
#include "usdtune/ops/edit_mesh.h"
#include "usdtune/ops/op.h"
#include "usdtune/scene/authored_primvars.h"
#include "usdtune/scene/composed_elsewhere.h"
#include "usdtune/scene/editability.h"
#include "usdtune/scene/prototype_sources.h"

namespace usdtune {

namespace {

OpDescriptor page() {
    return {
        .key = "optimizePrimvars",
        .title = "Optimize primvars",
        .summary = "Index, flatten, simplify or drop primvars.",
        .lossClass = "lossless",
        .risk = "low",
        .authority = "auto",
        .category = "metadata",
        .needsMeshes = true,
        .supportsAnalysis = true,
        .proofMetric = "total_size_bytes",
        .arguments = {{.name = "paths",
                       .type = ArgumentType::StringList,
                       .defaultValue = nlohmann::json::array(),
                       .description = "Prim path patterns; empty for the whole stage."},
                      {.name = "primvars",
                       .type = ArgumentType::StringList,
                       .defaultValue = nlohmann::json::array(),
                       .description = "Names without `primvars:`; empty for all."},
                      {.name = "mode",
                       .type = ArgumentType::Enum,
                       .defaultValue = 0,
                       .description = "What to do with the values.",
                       .choices = {{0, "Ignore"}, {1, "Index"}, {2, "Index (Forced)"}, {3, "Flatten"}, {4, "Remove"}}},
                      {.name = "simplify",
                       .type = ArgumentType::Bool,
                       .defaultValue = false,
                       .description = "Lower the interpolation where the values allow."},
                      {.name = "removeIfBound",
                       .type = ArgumentType::Bool,
                       .defaultValue = false,
                       .description = "In mode Remove, only where a material is bound."},
                      {.name = "primvarPaths",
                       .type = ArgumentType::StringList,
                       .defaultValue = nlohmann::json::array(),
                       .description = "Whole attribute paths; they replace `paths` and `primvars`.",
                       .hidden = true}},
        .changes = R"(
How primvars are stored. `index` keeps each distinct value once and adds indices, `flatten` does the opposite,
`simplify` lowers the interpolation where values allow (faceVarying → uniform → constant), `remove` blocks.
)",
        .preserves = R"(
Every value that a renderer reads, bit by bit, in all modes but `remove`. Topology, points, paths.
)",
        .loses = "`remove` takes the primvars away; nothing else loses anything.",
        .example = "`usdtune op optimizePrimvars scene.usd --mode 2 --simplify`",
        .notes = R"(
- Mode 0 without simplify does nothing and says so: the defaults are the reference's.
- Values are equal when all their bits are. The reference compares hashes only, so two values can become one there.
- Indexing happens where it makes the primvar smaller, indices counted; `primvarsWithoutGain` counts the others.
- Constant primvars are never indexed. `normals` is never made constant (not every renderer reads that), nor is a
  primvar of a mesh with children, which would begin to inherit it.
- Default-time values only: animated primvars are declined, and so are element sizes above 1, skinning primvars,
  values of kinds that cannot be compared, and primvars whose indices or counts do not fit.
- A primvar inside a prototype is edited where the prototype comes from, never at the instance.
)",
    };
}

enum Mode { Ignore = 0, Index = 1, IndexForced = 2, Flatten = 3, Remove = 4 };

struct PrimvarRequest {
    Mode mode = Ignore;
    bool simplify = false;
    bool removeIfBound = false;
    std::vector<std::string> names;  ///< sorted; empty for all
    std::vector<std::string> paths;  ///< sorted full attribute paths; empty for all
};

/// What is to become of one primvar.
struct PrimvarChange {
    PropertyId attribute;
    std::string_view declined;  ///< reason; nothing else is set then
    bool block = false;
    bool dropIndices = false;
    bool withoutGain = false;
    bool indexed = false, flattened = false;
    std::optional<Interpolation> interpolation;
    std::optional<OwnedValue> values;
    std::optional<std::vector<int>> indices;
    int64_t bytesSaved = 0;

    bool changes() const { return block || dropIndices || interpolation || values || indices; }
};

/// A primvar while it is rewritten: rows of bytes, and indices into them when `indexed`.
struct Rows {
    std::vector<std::byte> bytes;
    size_t rowBytes = 0;
    std::vector<int> indices;
    bool indexed = false;

    RowView view() const { return {bytes, rowBytes}; }
    PrimvarView primvar() const { return {view(), indices, indexed}; }
    size_t count() const { return indexed ? indices.size() : bytes.size() / rowBytes; }
    const std::byte* read(size_t i) const {
        return bytes.data() + (indexed ? static_cast<size_t>(indices[i]) : i) * rowBytes;
    }
    size_t byteSize() const { return bytes.size() + (indexed ? indices.size() * sizeof(int) : 0); }
};

Rows rowsOf(const Primvar& primvar) {
    const auto* data = static_cast<const std::byte*>(primvar.values.data);
    return {{data, data + primvar.values.byteSize()},
            primvar.values.elementSize(),
            {primvar.indices.begin(), primvar.indices.end()},
            primvar.indexed};
}

/// The rows `source` names, in that order, without indices.
Rows gathered(const Rows& rows, std::span<const uint32_t> source) {
    Rows out;
    out.rowBytes = rows.rowBytes;
    out.bytes.resize(source.size() * rows.rowBytes);
    for (size_t i = 0; i < source.size(); ++i)
        std::memcpy(out.bytes.data() + i * rows.rowBytes, rows.read(source[i]), rows.rowBytes);
    return out;
}

Rows flattened(const Rows& rows) {
    std::vector<uint32_t> all(rows.count());
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint32_t>(i);
    return gathered(rows, all);
}

/// Each distinct value once, in first-seen order.
Rows indexedByValue(const Rows& flat) {
    UniqueRows unique = uniqueRows(flat.view());
    Rows out = gathered(flat, unique.source);
    out.indices = std::move(unique.indices);
    out.indexed = true;
    return out;
}

OwnedValue valueOf(ValueType type, std::vector<std::byte> bytes) {
    const size_t elementBytes = componentSize(type.element) * type.components;
    auto owner = std::make_shared<std::vector<std::byte>>(std::move(bytes));
    return {{owner->data(), owner->size() / elementBytes, type}, owner};
}

bool isComparable(const Value& value) {
    return value.type.isArray && value.type.element != Element::None && value.type.element != Element::Opaque &&
           value.type.element != Element::Asset;
}

/// Lowers the interpolation of `rows` where the values of a mesh allow.
void simplifyRows(const Scene& scene, const Mesh& mesh, const Primvar& primvar, Rows& rows, PrimvarChange& change) {
    const MeshElement from = meshElementOf(primvar.interpolation);
    if (from == MeshElement::whole || !mesh.flags.validTopology) return;
    const TopologyView topology = topologyOf(mesh);
    MeshElement to = simplestElement(topology, rows.primvar(), from);
    const bool constantIsSafe = !mesh.flags.hasNonSubsetChildren && scene.text(primvar.name) != "normals";
    if (to == MeshElement::whole && !constantIsSafe) to = from == MeshElement::corner ? MeshElement::face : from;
    if (to == from) return;
    const auto source = reductionSource(topology, from, to);
    if (!source) return;

    const bool wasIndexed = rows.indexed;
    rows = gathered(rows, *source);
    change.interpolation = to == MeshElement::whole ? Interpolation::Constant : Interpolation::Uniform;
    if (wasIndexed && to != MeshElement::whole) rows = indexedByValue(rows);
}

void planRewrite(const Scene& scene, const PrimvarRequest& request, MeshId mesh, const Primvar& primvar,
                 PrimvarChange& change) {
    const bool constant = primvar.interpolation == Interpolation::Constant;
    const size_t before = primvar.values.byteSize() + primvar.indices.size_bytes();
    Rows rows = rowsOf(primvar);
    if (request.simplify && mesh.valid()) simplifyRows(scene, scene.meshes()[mesh.index], primvar, rows, change);

    const bool wantsIndices = request.mode == IndexForced || (request.mode == Index && !primvar.indexed);
    const bool becameConstant = change.interpolation == Interpolation::Constant;
    if (wantsIndices && !constant && !becameConstant && isIndexableType(primvar.values)) {
        Rows candidate = indexedByValue(flattened(rows));
        change.withoutGain = candidate.byteSize() >= rows.byteSize();
        change.indexed = !change.withoutGain;
        if (change.indexed) rows = std::move(candidate);
    }
    if (request.mode == Flatten && rows.indexed) {
        rows = flattened(rows);
        change.flattened = true;
    }
    if (!change.interpolation && !change.indexed && !change.flattened) return;

    change.bytesSaved = static_cast<int64_t>(before) - static_cast<int64_t>(rows.byteSize());
    change.dropIndices = primvar.indexed && !rows.indexed;
    if (rows.indexed) change.indices = std::move(rows.indices);
    change.values = valueOf(primvar.values.type, std::move(rows.bytes));
}

PrimvarChange planPrimvar(const Scene& scene, const PrimvarRequest& request, PrimId prim, MeshId mesh,
                          const Primvar& primvar, bool composedElsewhere) {
    PrimvarChange change;
    change.attribute = primvar.attribute;
    if (request.mode == Remove) {
        change.block = !request.removeIfBound || resolveBinding(scene, prim, BindingPurpose::AllPurpose).valid();
    } else if (isSkelPrimvar(scene.text(primvar.name))) {
        change.declined = "skel_primvar";
    } else if (primvar.animated) {
        change.declined = "animated";
    } else if (primvar.elementSize != 1) {
        change.declined = "element_size";
    } else if (primvar.values.count == 0) {
        change.declined = "empty";
    } else if (!primvar.wellFormed) {
        change.declined = "invalid_primvar";
    } else if (!isComparable(primvar.values)) {
        // Single values have nothing to share; only kinds that cannot be compared are worth a word.
        if (primvar.values.type.isArray || primvar.interpolation != Interpolation::Constant)
            change.declined = "unsupported_type";
    } else {
        planRewrite(scene, request, mesh, primvar, change);
    }
    if (!change.changes()) return change;

    std::string_view reason = whyNotEditable(scene, scene.property(primvar.attribute));
    if (reason.empty() && primvar.indicesAttribute.valid())
        reason = whyNotEditable(scene, scene.property(primvar.indicesAttribute));
    if (reason.empty() && composedElsewhere) reason = "arc_source";
    if (!reason.empty()) {
        const PropertyId attribute = change.attribute;
        change = PrimvarChange();
        change.attribute = attribute;
        change.declined = reason;
    }
    return change;
}

bool isAskedFor(const Scene& scene, const PrimvarRequest& request, PrimId prim, const Primvar& primvar) {
    if (!request.paths.empty()) {
        const std::string path =
            std::string(scene.path(prim)) + "." + std::string(scene.text(scene.property(primvar.attribute).name));
        return std::binary_search(request.paths.begin(), request.paths.end(), path);
    }
    return request.names.empty() ||
           std::binary_search(request.names.begin(), request.names.end(), std::string(scene.text(primvar.name)));
}

void authorChange(const Scene& scene, PrimvarChange& change, EditList& edits) {
    TokenTable& tokens = scene.tokens();
    const Property& property = scene.property(change.attribute);
    const TokenId path = scene.prim(property.prim).path;
    const TokenId indicesName = tokens.intern(std::string(scene.text(property.name)) + ":indices");
    const bool hasIndices = scene.findProperty(property.prim, indicesName).valid();

    Edit edit;
    edit.path = path;
    edit.name = property.name;
    if (change.block) {
        edit.kind = EditKind::BlockAttribute;
        edit.typeName = property.typeName;
        edits.edits.push_back(edit);
        if (!hasIndices) return;
        edit.name = indicesName;
        edit.typeName = tokens.intern("int[]");
        edits.edits.push_back(edit);
        return;
    }
    edit.kind = EditKind::SetAttribute;
    edit.typeName = property.typeName;
    edit.uniform = property.flags.uniform;
    edit.custom = property.flags.custom;
    edit.value = std::move(*change.values);
    if (change.interpolation) {
        const TokenId text = tokens.intern(interpolationName(*change.interpolation));
        edit.metadata.emplace_back(tokens.intern("interpolation"), OwnedValue::scalar({Element::Text, 1, false}, text));
    }
    edits.edits.push_back(std::move(edit));
    if (!change.indices && !change.dropIndices) return;

    Edit indices;
    indices.path = path;
    indices.name = indicesName;
    indices.kind = change.indices ? EditKind::SetAttribute : EditKind::RemoveProperty;
    if (change.indices) {
        indices.typeName = tokens.intern("int[]");
        indices.value = OwnedValue::array({Element::Int, 1, true}, std::move(*change.indices));
    }
    edits.edits.push_back(std::move(indices));
}

Result<OpOutcome> optimizePrimvars(const Scene& scene, const Selection& selection, const Arguments& arguments,
                                   const Context& context) {
    PrimvarRequest request{static_cast<Mode>(arguments.integer("mode")), arguments.flag("simplify"),
                           arguments.flag("removeIfBound"), arguments.texts("primvars"),
                           arguments.texts("primvarPaths")};
    std::sort(request.names.begin(), request.names.end());
    std::sort(request.paths.begin(), request.paths.end());

    OpOutcome outcome;
    size_t indexed = 0, flattenedCount = 0, simplified = 0, blocked = 0, withoutGain = 0;
    int64_t bytesSaved = 0;
    if (request.mode != Ignore || request.simplify) {
        const PrototypeSources sources(scene);
        const std::vector<uint8_t> elsewhere = composedElsewhere(scene);
        std::vector<std::vector<PrimvarChange>> changes(scene.prims().size());
        parallelFor(context, scene.prims().size(), [&](size_t row) {
            const PrimId prim(row);
            if (sources.follows(prim) || (request.paths.empty() && !selection.contains(prim))) return;
            for (const Primvar& primvar : authoredPrimvars(scene, prim))
                if (isAskedFor(scene, request, prim, primvar))
                    changes[row].push_back(
                        planPrimvar(scene, request, prim, scene.meshOf(prim), primvar, elsewhere[row] != 0));
        });
        for (std::vector<PrimvarChange>& ofPrim : changes)
            for (PrimvarChange& change : ofPrim) {
                if (!change.declined.empty())
                    outcome.declined.push_back(
                        {scene.prim(scene.property(change.attribute).prim).path, std::string(change.declined)});
                withoutGain += change.withoutGain;
                if (!change.changes()) continue;
                indexed += change.indexed;
                flattenedCount += change.flattened;
                simplified += change.interpolation.has_value();
                blocked += change.block;
                bytesSaved += change.bytesSaved;
                authorChange(scene, change, outcome.edits);
            }
    }
    for (const std::string& path : request.paths) {
        const size_t dot = path.find('.');
        const PrimId prim = scene.find(std::string_view(path).substr(0, dot));
        if (dot == std::string::npos || !prim.valid() ||
            !scene.findProperty(prim, std::string_view(path).substr(dot + 1)).valid())
            outcome.declined.push_back({scene.tokens().intern(path), "no_such_primvar"});
    }
    outcome.counts = {{"primvarsIndexed", indexed},         {"primvarsFlattened", flattenedCount},
                      {"primvarsSimplified", simplified},   {"primvarsBlocked", blocked},
                      {"primvarsWithoutGain", withoutGain}, {"bytesSaved", bytesSaved}};
    outcome.surface = request.mode == Remove ? SurfacePromise::Changes : SurfacePromise::Exact;
    return outcome;
}

/// Where indices are missing or wrong. A repeated value is enough to be listed, as in the reference; whether indexing
/// pays is what `primvar_indexability` tells.
Result<OpOutcome> analyzePrimvars(const Scene& scene, const Selection& selection, const Arguments& arguments,
                                  const Context& context) {
    PrimvarRequest request;
    request.names = arguments.texts("primvars");
    request.paths = arguments.texts("primvarPaths");
    std::sort(request.names.begin(), request.names.end());
    std::sort(request.paths.begin(), request.paths.end());

    enum Verdict : uint8_t { Fine, Indexable, OutOfBounds, NonArray };
    std::vector<std::vector<std::pair<PropertyId, Verdict>>> verdicts(scene.stagePrimCount());
    parallelFor(context, scene.stagePrimCount(), [&](size_t row) {
        const PrimId prim(row);
        if (request.paths.empty() && !selection.contains(prim)) return;
        for (const Primvar& primvar : authoredPrimvars(scene, prim)) {
            if (!isAskedFor(scene, request, prim, primvar) || primvar.interpolation == Interpolation::Constant)
                continue;
            if (!primvar.values.empty() && !primvar.values.type.isArray) {
                verdicts[row].emplace_back(primvar.attribute, NonArray);
                continue;
            }
            if (!isIndexableType(primvar.values) || isSkelPrimvar(scene.text(primvar.name)) || primvar.elementSize > 1)
                continue;
            if (primvar.indexed) {
                const auto outside = [&](int index) {
                    return index < 0 || static_cast<uint64_t>(index) >= primvar.values.count;
                };
                if (std::any_of(primvar.indices.begin(), primvar.indices.end(), outside))
                    verdicts[row].emplace_back(primvar.attribute, OutOfBounds);
            } else if (const Rows rows = rowsOf(primvar); uniqueRows(rows.view()).source.size() < rows.count()) {
                verdicts[row].emplace_back(primvar.attribute, Indexable);
            }
        }
    });
    nlohmann::json analysis = {{"indexable", nlohmann::json::array()},
                               {"outOfBounds", nlohmann::json::array()},
                               {"nonArray", nlohmann::json::array()}};
    for (const auto& ofPrim : verdicts)
        for (const auto& [attribute, verdict] : ofPrim) {
            const Property& property = scene.property(attribute);
            const char* list = verdict == Indexable ? "indexable" : verdict == OutOfBounds ? "outOfBounds" : "nonArray";
            analysis[list].push_back(std::string(scene.path(property.prim)) + "." +
                                     std::string(scene.text(property.name)));
        }
    for (auto& list : analysis) std::sort(list.begin(), list.end());

    OpOutcome outcome;
    outcome.counts = {{"indexable", analysis["indexable"].size()},
                      {"outOfBounds", analysis["outOfBounds"].size()},
                      {"nonArray", analysis["nonArray"].size()}};
    outcome.output["analysis"] = std::move(analysis);
    return outcome;
}

}  // namespace

Operation optimizePrimvarsOperation() { return {page(), "paths", optimizePrimvars, analyzePrimvars}; }

}  // namespace usdtune
