// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>

#include "usdtune/assess/facts.h"

namespace usdtune {

using nlohmann::json;

namespace {

constexpr uint64_t kLargeBytes = 100ull * 1000 * 1000;
constexpr size_t kLargePrims = 10'000;
constexpr size_t kDeepXforms = 6;
constexpr size_t kFewAssets = 10;

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// Words that name a CAD or BIM origin when they stand in layer metadata, property namespaces or schema names.
const char* originWord(std::string_view text) {
    static constexpr const char* kWords[] = {"revit",      "datasmith", "hoops",      "step:", "ifc:",   "ifc",
                                             "navisworks", "catia",     "solidworks", "creo",  "jt2usd", "cad"};
    const std::string lowered = lower(text);
    // "facade" and "cascade" speak of no CAD, "created" of no Creo.
    const auto goesOn = [&](size_t at) { return at < lowered.size() && std::isalpha(lowered[at] & 0x7f) != 0; };
    for (const std::string_view word : kWords)
        for (size_t at = lowered.find(word); at != std::string::npos; at = lowered.find(word, at + 1))
            if ((word != "cad" && word != "creo") || !goesOn(at + word.size())) return word.data();
    return nullptr;
}

}  // namespace

json postureFacts(const Scene& scene, uint64_t resolvedBytes) {
    std::set<std::string> evidence;
    for (const Layer& layer : scene.tables().layers)
        for (const Metadatum& datum : scene.metadata(layer.metadata))
            if (const char* word = originWord(scene.textOf(datum.value)))
                evidence.insert("layer metadata " + std::string(scene.text(datum.key)) + " speaks of " + word);
    std::set<uint32_t> names;
    for (const Property& property : scene.properties())
        if (names.insert(property.name.index).second && scene.text(property.name).starts_with("ifc"))
            evidence.insert("attributes named " + std::string(scene.text(property.name)));
    if (std::abs(scene.stage().metersPerUnit - 0.001) <= 1e-9) evidence.insert("millimetres");
    const bool converted = !evidence.empty();

    json reasons = json::array();
    if (resolvedBytes == 0) reasons.push_back("the size on disk is unknown");
    if (resolvedBytes > kLargeBytes) reasons.push_back("more than 100 MB on disk");
    if (scene.stagePrimCount() > kLargePrims) reasons.push_back("more than 10,000 composed prims");
    if (converted) reasons.push_back("converted content");
    return {{"converted", converted},
            {"large_for_validation", !reasons.empty()},
            {"large_reasons", reasons},
            {"evidence", evidence}};
}

json scaleFacts(const Scene& scene, size_t duplicateMeshes, double instanceRatio) {
    std::map<uint32_t, size_t> meshesOf;
    size_t meshes = 0, prims = 0;
    for (uint32_t row = 0; row < scene.stagePrimCount(); ++row) {
        if (!isTraversed(scene.prim(PrimId(row)))) continue;
        ++prims;
        if (!scene.meshOf(PrimId(row)).valid()) continue;
        ++meshes;
        ++meshesOf[assetOf(scene, PrimId(row)).index];
    }
    std::vector<size_t> heaviest;
    for (const auto& [asset, count] : meshesOf) heaviest.push_back(count);
    std::sort(heaviest.rbegin(), heaviest.rend());
    size_t inFew = 0;
    for (size_t i = 0; i < std::min(kFewAssets, heaviest.size()); ++i) inFew += heaviest[i];
    const bool many = prims > kLargePrims;
    const bool repeats = duplicateMeshes * 5 >= meshes && duplicateMeshes != 0 && instanceRatio < 0.5;
    const bool isLocal = heaviest.size() > kFewAssets && inFew * 2 >= meshes;
    return {{"prim_count_interpretation", many && repeats   ? "structural_reuse_needed"
                                          : many && isLocal ? "local_cleanup_first"
                                                            : "acceptable"},
            {"merge_posture", "prototype_local_preferred"}};
}

json stageFindings(const Scene& scene) {
    json out = json::array();
    const auto add = [&](const char* tag, const char* severity, std::string path, std::string message) {
        out.push_back({{"id", "SA-" + std::to_string(out.size() + 1)},
                       {"severity", severity},
                       {"tag", tag},
                       {"path", std::move(path)},
                       {"message", std::move(message)}});
    };
    const StageInfo& stage = scene.stage();
    if (stage.defaultPrim.empty())
        add("default_prim", "WARNING", "/",
            "No defaultPrim is set, so this stage cannot be referenced without naming a prim.");
    if (!stage.metersPerUnitAuthored)
        add("unauthored_unit", "WARNING", "/", "metersPerUnit is not authored; OpenUSD assumes centimetres.");
    if (!stage.upAxisAuthored) add("unauthored_axis", "INFO", "/", "upAxis is not authored; OpenUSD assumes Y.");
    std::map<std::string, std::string> unresolved;  // asset, and the first prim that asks for it
    for (const Arc& arc : scene.tables().arcs)
        if (!arc.internal && scene.text(arc.resolved).empty())
            unresolved.try_emplace(std::string(scene.text(arc.asset)),
                                   arc.prim.valid() ? std::string(scene.path(arc.prim)) : "/");
    for (const auto& [asset, prim] : unresolved)
        add("unresolved_asset", "ERROR", prim, "Nothing is found at " + asset + ".");
    Bounds world;
    for (const Mesh& mesh : scene.meshes())
        if (!scene.prim(mesh.prim).flags.inPrototype && !mesh.localBounds.empty()) {
            const Matrix4d& matrix = scene.xforms().world[mesh.prim.index];
            for (int corner = 0; corner < 8; ++corner)
                world.add(matrix.transformPoint({{(corner & 1 ? mesh.localBounds.max : mesh.localBounds.min)[0],
                                                  (corner & 2 ? mesh.localBounds.max : mesh.localBounds.min)[1],
                                                  (corner & 4 ? mesh.localBounds.max : mesh.localBounds.min)[2]}}));
        }
    const double metres = world.diagonal() * stage.metersPerUnit;
    if (!world.empty() && (metres < 1e-3 || metres > 1e5))
        add("unit_sanity", "WARNING", "/",
            "The stage measures " + std::to_string(metres) + " m across: check metersPerUnit.");
    size_t withoutKind = 0;
    for (uint32_t row = 0; row < scene.stagePrimCount(); ++row) {
        const PrimId id(row);
        if (!scene.meshOf(id).valid()) continue;
        size_t xforms = 0;
        for (PrimId p = scene.prim(id).parent; p.valid(); p = scene.prim(p).parent) {
            if (!scene.metadatum(scene.prim(p).metadata, "kind").empty()) break;
            ++xforms;
        }
        withoutKind += xforms > kDeepXforms ? 1 : 0;
    }
    if (withoutKind != 0)
        add("depth", "INFO", "/",
            std::to_string(withoutKind) + " meshes lie more than " + std::to_string(kDeepXforms) +
                " prims below the nearest kind.");
    return out;
}

}  // namespace usdtune
