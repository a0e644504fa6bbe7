// SPDX-License-Identifier: Apache-2.0
#include "usdtune/example/truth.h"

#include <nlohmann/json.hpp>
#include <unordered_map>

namespace usdtune::example {

namespace {

using nlohmann::json;

/// Which differences a comparison of meshes looks through.
enum class Sameness : uint8_t { Exact, Rigid, Mirrored, Affine };

/// Meshes with equal keys are copies of each other under `sameness`.
uint64_t keyOf(const MeshRecord& mesh, Sameness sameness, uint64_t serial) {
    constexpr uint64_t kBaked = uint64_t{1} << 63, kMirror = uint64_t{1} << 62;
    Recipe recipe = mesh.recipe;
    if (sameness == Sameness::Affine) recipe.size = 0;
    if (sameness == Sameness::Exact && mesh.traits.baked) return kBaked | serial;
    if (sameness == Sameness::Rigid && mesh.traits.bakedMirror) return kMirror | recipe.key();
    return recipe.key();
}

/// Sets of two or more equal members, in the order of their first ones.
struct Groups {
    std::vector<std::vector<TokenId>> rows;
    size_t distinct = 0;

    size_t surplus() const {
        size_t sum = 0;
        for (const auto& row : rows) sum += row.size() - 1;
        return sum;
    }
};

template <class Record, class KeyFunction>
Groups groupsOf(const std::vector<Record>& records, KeyFunction key) {
    std::unordered_map<uint64_t, size_t> place;
    std::vector<std::vector<TokenId>> all;
    for (size_t i = 0; i < records.size(); ++i) {
        const auto [at, isNew] = place.try_emplace(key(records[i], i), all.size());
        if (isNew) all.emplace_back();
        all[at->second].push_back(records[i].path);
    }
    Groups groups;
    groups.distinct = all.size();
    for (auto& row : all)
        if (row.size() > 1) groups.rows.push_back(std::move(row));
    return groups;
}

Groups meshGroups(const std::vector<MeshRecord>& meshes, Sameness sameness) {
    return groupsOf(meshes, [&](const MeshRecord& mesh, size_t serial) { return keyOf(mesh, sameness, serial); });
}

/// Collects counts, what they mean, and paths.
class Document {
public:
    Document(const SceneTables& tables, bool withPaths) : tables_(tables), withPaths_(withPaths) {}

    void count(const char* key, uint64_t value, const char* meaning) {
        counts_[key] = value;
        meanings_[key] = meaning;
    }
    void prims(const char* key, const std::vector<TokenId>& paths, const char* meaning) {
        count(key, paths.size(), meaning);
        if (withPaths_) paths_[key] = texts(paths);
    }
    json groups(const Groups& groups) const {
        json out = {{"groups", groups.rows.size()}, {"surplus", groups.surplus()}, {"distinct", groups.distinct}};
        if (!withPaths_) return out;
        out["members"] = json::array();
        for (const auto& row : groups.rows) out["members"].push_back(texts(row));
        return out;
    }
    json rule(const std::vector<TokenId>& paths) const {
        json out = {{"count", paths.size()}};
        if (withPaths_) out["prims"] = texts(paths);
        return out;
    }
    json take(json rules) && {
        json out = {{"counts", std::move(counts_)}, {"meaning", std::move(meanings_)}, {"rules", std::move(rules)}};
        if (withPaths_) out["paths"] = std::move(paths_);
        return out;
    }

private:
    json texts(const std::vector<TokenId>& paths) const {
        json out = json::array();
        for (const TokenId path : paths) out.push_back(tables_.tokens->text(path));
        return out;
    }

    const SceneTables& tables_;
    bool withPaths_;
    json counts_ = json::object(), meanings_ = json::object(), paths_ = json::object();
};

template <class Test>
std::vector<TokenId> where(const std::vector<MeshRecord>& meshes, Test test) {
    std::vector<TokenId> out;
    for (const MeshRecord& mesh : meshes)
        if (test(mesh)) out.push_back(mesh.path);
    return out;
}

uint64_t sum(const std::vector<MeshRecord>& meshes, uint32_t MeshFacts::* fact) {
    uint64_t total = 0;
    for (const MeshRecord& mesh : meshes) total += mesh.facts.*fact;
    return total;
}

uint32_t unusedUvSets(const MeshRecord& mesh) {
    return mesh.traits.uvRead || mesh.traits.uvReadBySubset ? 0 : mesh.facts.uvSets;
}

void countContent(const Planted& planted, const SceneTables& tables, Document& out) {
    const auto& meshes = planted.meshes;
    out.count("prims", tables.prims.size(), "prim specs outside variants, the class prim included");
    out.count("meshes", meshes.size(), "Mesh prims");
    out.count("points", sum(meshes, &MeshFacts::points), "points of all meshes at the default time");
    out.count("faces", sum(meshes, &MeshFacts::faces), "faces of all meshes");
    out.count("corners", sum(meshes, &MeshFacts::corners), "entries of all faceVertexIndices");
    out.count("materials", planted.materials.size(), "Material prims, unbound ones included");
    out.count("instanceables", 0, "prims with instanceable = true");
    out.prims("materials_unbound", planted.unboundMaterials, "materials that nothing binds");
    out.prims("animated_prims", planted.animated, "prims of which an attribute has time samples");
    out.prims("variant_sets", planted.variantSets,
              "prims with a variant set; the variants not selected change a binding and a visibility");
    out.prims("collections", planted.collections, "prims with a collection, and with relationships to the same meshes");
    out.prims("invisible", planted.invisible, "prims on which visibility = invisible is authored");
}

void countMeshKinds(const std::vector<MeshRecord>& meshes, Document& out) {
    using M = const MeshRecord&;
    out.prims("meshes_baked", where(meshes, [](M m) { return m.traits.baked; }),
              "meshes whose transform stands in their points");
    out.prims("meshes_mirrored_transform", where(meshes, [](M m) { return m.traits.mirroredTransform; }),
              "meshes whose own xformOps mirror");
    out.prims("meshes_left_handed", where(meshes, [](M m) { return m.traits.leftHanded; }),
              "meshes with orientation = leftHanded");
    out.prims(
        "meshes_near_duplicate", where(meshes, [](M m) { return m.traits.nearDuplicate; }),
        "meshes with one point 0.008 m away from where their twin has it: must not merge at a tolerance of 0.001");
    out.prims("meshes_with_subsets", where(meshes, [](M m) { return m.traits.subsets; }),
              "meshes with GeomSubset children");
    out.prims("meshes_subdivided", where(meshes, [](M m) { return m.traits.subdivided; }),
              "meshes with subdivisionScheme = catmullClark");
    out.prims("meshes_skinned", where(meshes, [](M m) { return m.traits.skinned; }), "meshes with joint weights");
    out.prims("meshes_with_own_samples", where(meshes, [](M m) { return m.traits.ownSamples; }),
              "meshes of which an attribute has time samples");
    out.prims("meshes_tiny", where(meshes, [](M m) { return m.traits.tiny; }),
              "meshes larger than 0 whose longest side is below 0.001 m");
    out.prims("meshes_inside_opaque", where(meshes, [](M m) { return m.traits.insideOpaque; }),
              "meshes inside a closed opaque shell");
    out.prims("meshes_inside_glass", where(meshes, [](M m) { return m.traits.insideGlass; }),
              "meshes inside a cabinet whose front is glass: visible");
    out.prims("meshes_extent_missing", where(meshes, [](M m) { return m.traits.extentMissing; }),
              "meshes without an authored extent");
    out.prims("meshes_extent_wrong", where(meshes, [](M m) { return m.traits.extentWrong; }),
              "meshes whose extent is not that of their points");
    out.prims("meshes_extent_stale_zero", where(meshes, [](M m) { return m.traits.extentStaleZero; }),
              "of those, the ones whose extent is zero");
    out.prims("meshes_with_latent_opinions", where(meshes, [](M m) { return m.traits.latentOpinions; }),
              "meshes that a variant not selected speaks about");
    out.prims("meshes_with_zero_area_faces", where(meshes, [](M m) { return m.facts.zeroAreaFaces > 0; }),
              "meshes with a face of no area, faces with repeated indices included");
    out.prims("meshes_with_repeated_indices", where(meshes, [](M m) { return m.facts.repeatedIndexFaces > 0; }),
              "meshes with a face of fewer than three distinct indices");
    out.prims("meshes_with_duplicate_faces", where(meshes, [](M m) { return m.facts.duplicateFaces > 0; }),
              "meshes with two faces of the same points");
    out.prims("meshes_with_isolated_points", where(meshes, [](M m) { return m.facts.isolatedPoints > 0; }),
              "meshes with points that no face uses");
    out.prims("meshes_with_hard_edges", where(meshes, [](M m) { return m.facts.hardEdgePoints > 0; }),
              "meshes whose points are doubled along hard edges, with normals that differ: must not be welded");
    out.count("zero_area_faces", sum(meshes, &MeshFacts::zeroAreaFaces), "faces of no area");
    out.count("repeated_index_faces", sum(meshes, &MeshFacts::repeatedIndexFaces),
              "faces of fewer than three distinct indices");
    out.count("duplicate_faces", sum(meshes, &MeshFacts::duplicateFaces),
              "faces that repeat another one of their mesh");
    out.count("isolated_points", sum(meshes, &MeshFacts::isolatedPoints), "points that no face uses");
    out.count("weldable_points", sum(meshes, &MeshFacts::weldablePoints),
              "points that a weld at tolerance 0 saves: equal places and equal vertex data");
}

void countAssemblies(const Planted& planted, json& out, Document& document) {
    Groups groups;
    for (const auto& [key, paths] : planted.assemblies) {
        ++groups.distinct;
        if (paths.size() > 1) groups.rows.push_back(paths);
    }
    out["assemblies"] = document.groups(groups);
    out["assemblies"]["meaning"] =
        "component prims that are equal below their roots: names, types, values, relative transforms, bindings to "
        "their own materials";
}

json rulesOf(const Planted& planted, const Document& out) {
    using M = const MeshRecord&;
    const auto& meshes = planted.meshes;
    json rules;
    rules["composition_missing_ref"] = out.rule(planted.missingReferences);
    rules["material_dangling_binding"] = out.rule(where(meshes, [](M m) { return m.traits.danglingBinding; }));
    rules["material_duplicates"] =
        out.groups(groupsOf(planted.materials, [](const MaterialRecord& m, size_t) { return m.network; }));

    std::vector<MeshRecord> candidates;
    for (M mesh : meshes)
        if (!mesh.traits.ownSamples && !mesh.traits.subsets && !mesh.traits.skinned) candidates.push_back(mesh);
    rules["geom_duplicates"] = {{"candidates", candidates.size()},
                                {"exact", out.groups(meshGroups(candidates, Sameness::Exact))},
                                {"rigid", out.groups(meshGroups(candidates, Sameness::Rigid))},
                                {"mirrored", out.groups(meshGroups(candidates, Sameness::Mirrored))},
                                {"affine", out.groups(meshGroups(candidates, Sameness::Affine))}};
    rules["structure_empty_leaf"] = out.rule(planted.emptyLeaves);
    rules["structure_empty_leaf"]["targeted"] = out.rule(planted.targetedEmptyLeaves);
    rules["structure_invisible"] = out.rule(planted.invisible);
    rules["extents_zero"] = out.rule(where(meshes, [](M m) { return m.traits.zeroSize; }));
    rules["extents_zero"]["stale"] = out.rule(where(meshes, [](M m) { return m.traits.extentStaleZero; }));
    rules["vertex_weld"] = out.rule(where(meshes, [](M m) { return m.facts.weldablePoints > 0; }));
    rules["vertex_weld"]["points"] = sum(meshes, &MeshFacts::weldablePoints);

    uint64_t indexable = 0, unused = 0, unusedIndices = 0;
    for (M mesh : meshes) {
        indexable += mesh.facts.indexablePrimvars;
        unused += unusedUvSets(mesh);
        if (descriptorOf(mesh.recipe.part).style.uvIndexed) unusedIndices += unusedUvSets(mesh);
    }
    rules["primvar_indexability"] = out.rule(where(meshes, [](M m) { return m.facts.indexablePrimvars > 0; }));
    rules["primvar_indexability"]["primvars"] = indexable;
    rules["primvar_unused"] = out.rule(where(meshes, [](M m) { return unusedUvSets(m) > 0; }));
    rules["primvar_unused"]["primvars"] = unused;
    rules["primvar_unused"]["indices"] = unusedIndices;
    rules["primvar_unused"]["read_by_subset_only"] =
        out.rule(where(meshes, [](M m) { return m.traits.uvReadBySubset; }));

    return rules;
}

}  // namespace

json truthOf(const Planted& planted, const SceneTables& tables) {
    const bool withPaths = planted.meshes.size() <= kPathListLimit;
    Document document(tables, withPaths);
    countContent(planted, tables, document);
    countMeshKinds(planted.meshes, document);
    json duplicates;
    duplicates["exact"] = document.groups(meshGroups(planted.meshes, Sameness::Exact));
    duplicates["rigid"] = document.groups(meshGroups(planted.meshes, Sameness::Rigid));
    duplicates["mirrored"] = document.groups(meshGroups(planted.meshes, Sameness::Mirrored));
    duplicates["affine"] = document.groups(meshGroups(planted.meshes, Sameness::Affine));
    countAssemblies(planted, duplicates, document);
    json rules = rulesOf(planted, document);
    json out = std::move(document).take(std::move(rules));
    out["duplicates"] = std::move(duplicates);
    out["version"] = 1;
    return out;
}

}  // namespace usdtune::example
