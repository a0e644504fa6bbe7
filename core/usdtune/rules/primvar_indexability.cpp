// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>

#include "usdtune/base/parallel.h"
#include "usdtune/mesh/unique_values.h"
#include "usdtune/rules/rule.h"
#include "usdtune/scene/authored_primvars.h"
#include "usdtune/scene/editability.h"
#include "usdtune/scene/prototype_sources.h"
#include "usdtune/scene/reasons.h"

namespace usdtune {

namespace {

RuleDescriptor page() {
    return {
        .name = "primvar_indexability",
        .title = "Indexed primvars",
        .tier = 2,
        .costClass = "cheap",
        .scopePolicy = "per_target_or_sample",
        .repairedBy = "optimizePrimvars",
        .finds = R"(
Primvars whose values repeat so often that distinct values with indices take fewer bytes (`indexable`, for indexed
ones `reindexable`), primvars with indices out of range (`out_of_bounds`), and primvars that should be arrays and
are not (`non_array`).
)",
        .costs = "File, memory and upload grow with the repeated values.",
        .example = "Face-varying normals of a box, 24 corners and 6 directions.",
        .repair = "optimizePrimvars, mode 2; broken ones need a person.",
        .fine = "When a reader downstream does not understand indices.",
    };
}

struct Indexability {
    PropertyId attribute;
    std::string_view code;
    size_t unique = 0, total = 0;
    size_t bytesSaved = 0;
    std::string_view declined;
};

/// Bytes with each distinct value once and indices, set against the bytes now. Equality is that of all bits.
bool measure(const Primvar& primvar, Indexability& out) {
    const size_t rowBytes = primvar.values.elementSize();
    const auto* data = static_cast<const std::byte*>(primvar.values.data);
    const UniqueRows unique = uniqueRows({{data, data + primvar.values.byteSize()}, rowBytes});
    out.unique = unique.source.size();
    out.total = primvar.indexed ? primvar.indices.size() : unique.indices.size();
    if (primvar.indexed) {
        std::vector<bool> read(out.unique, false);
        for (const int index : primvar.indices)
            read[static_cast<size_t>(unique.indices[static_cast<size_t>(index)])] = true;
        out.unique = static_cast<size_t>(std::count(read.begin(), read.end(), true));
    }
    const size_t before = primvar.values.byteSize() + primvar.indices.size_bytes();
    const size_t after = out.unique * rowBytes + out.total * sizeof(int);
    if (after >= before) return false;
    out.bytesSaved = before - after;
    return true;
}

bool hasIndexOutside(const Primvar& primvar) {
    return std::any_of(primvar.indices.begin(), primvar.indices.end(), [&](int index) {
        return index < 0 || static_cast<uint64_t>(index) >= primvar.values.count / primvar.elementSize;
    });
}

std::optional<Indexability> judge(const Scene& scene, const Primvar& primvar) {
    if (primvar.interpolation == Interpolation::Constant || isSkelPrimvar(scene.text(primvar.name)))
        return std::nullopt;
    Indexability out{.attribute = primvar.attribute, .code = {}, .declined = {}};
    if (!primvar.values.empty() && !primvar.values.type.isArray) {
        out.code = "non_array";
        return out;
    }
    if (primvar.indexed && hasIndexOutside(primvar)) {
        out.code = "out_of_bounds";
        return out;
    }
    const bool readable =
        primvar.wellFormed && !primvar.animated && primvar.elementSize == 1 && primvar.values.count != 0;
    if (!readable || !isIndexableType(primvar.values) || !measure(primvar, out)) return std::nullopt;
    out.code = primvar.indexed ? "reindexable" : "indexable";
    out.declined = whyNotEditable(scene, scene.property(primvar.attribute));
    if (out.declined.empty() && primvar.indicesAttribute.valid())
        out.declined = whyNotEditable(scene, scene.property(primvar.indicesAttribute));
    return out;
}

Finding findingOf(const Scene& scene, const Indexability& found) {
    const Property& property = scene.property(found.attribute);
    const std::string name(scene.text(property.name));
    const std::string path = std::string(scene.path(property.prim)) + "." + name;
    Finding finding;
    finding.concept_name = "primvar_indexability";
    finding.code = found.code;
    finding.prim = scene.prim(property.prim).path;
    finding.related = {scene.tokens().intern(path)};
    if (found.code == "non_array" || found.code == "out_of_bounds") {
        finding.severity = Severity::Error;
        finding.message = found.code == "non_array" ? name + " is not constant, but holds a single value."
                                                    : name + " has indices that lead to no value.";
        return finding;
    }
    finding.message =
        name + " holds " + std::to_string(found.unique) + " distinct values for " + std::to_string(found.total) +
        " elements; indexed it takes " + std::to_string(found.bytesSaved) + " bytes less" +
        (found.declined.empty() ? "." : "; it stays because " + std::string(inWords(found.declined)) + ".");
    finding.wasted = static_cast<double>(found.bytesSaved);
    finding.unit = "bytes";
    if (found.declined.empty()) {
        finding.operation = "optimizePrimvars";
        finding.arguments = nlohmann::json{{"primvarPaths", {path}}, {"mode", 2}}.dump();
    }
    return finding;
}

void primvarIndexability(const Scene& scene, const Selection& selection, FindingSink& sink, const Context& context) {
    const PrototypeSources sources(scene);
    std::vector<std::vector<Indexability>> found(scene.prims().size());
    parallelFor(context, scene.prims().size(), [&](size_t row) {
        if (!selection.contains(PrimId(row)) || sources.follows(PrimId(row))) return;
        for (const Primvar& primvar : authoredPrimvars(scene, PrimId(row)))
            if (const auto one = judge(scene, primvar)) found[row].push_back(*one);
    });
    for (const auto& ofPrim : found)
        for (const Indexability& one : ofPrim) sink.add(findingOf(scene, one));
}

}  // namespace

Rule primvarIndexabilityRule() { return {page(), primvarIndexability}; }

}  // namespace usdtune
