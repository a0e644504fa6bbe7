// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "usdtune/base/parallel.h"
#include "usdtune/rules/rule.h"
#include "usdtune/scene/editability.h"

namespace usdtune {

namespace {

RuleDescriptor page() {
    return {
        .name = "geom_duplicates",
        .title = "Duplicate geometry (exact)",
        .tier = 3,
        .costClass = "stage_dependent",
        .scopePolicy = "per_target_or_sample",
        .repairedBy = "deduplicateGeometry",
        .finds = R"(
Groups of meshes with exactly the same topology, points, normals and primvars in their own space.
)",
        .costs = "Every copy is stored, read and uploaded again; as instances they would be one.",
        .example = "400 bolts, each with its own points.",
        .repair = "deduplicateGeometry.",
        .fine = R"(
Copies that somebody will change one by one. Congruent copies whose placement was baked into the points are not
looked for here. Meshes with samples, children or skinning, and those in prototypes, are left out.
)",
    };
}

bool mayShare(const Scene& scene, const Mesh& mesh) {
    const PrimFlags& flags = scene.prim(mesh.prim).flags;
    return flags.active && flags.defined && !flags.abstract && mesh.flags.validTopology && !mesh.points.empty() &&
           !mesh.flags.anySamples && !mesh.flags.skinned && !scene.hasChildren(mesh.prim) &&
           whyNotEditable(scene, mesh.prim).empty();
}

/// Placement, binding and bounds belong to each copy, not to what is shared.
bool isOfTheCopy(std::string_view name) {
    return name.starts_with("xformOp:") || name == "xformOpOrder" || name.starts_with("material:binding") ||
           name == "extent";
}

/// Everything authored that a shared mesh would have to agree on.
Hash128 contentHash(const Scene& scene, const Mesh& mesh) {
    Hasher hasher;
    hasher.hash(mesh.topologyHash);
    hasher.hash(mesh.pointsHash);
    for (const TokenId schema : scene.tokenList(scene.prim(mesh.prim).apiSchemas))
        if (scene.text(schema) != "MaterialBindingAPI") hasher.text(scene.text(schema));
    for (const Property& property : scene.properties(mesh.prim)) {
        if (isOfTheCopy(scene.text(property.name))) continue;
        const PropertyId id = scene.propertyId(property);
        if (id == mesh.pointsAttribute || id == mesh.countsAttribute || id == mesh.indicesAttribute) continue;
        hasher.text(scene.text(property.name));
        hasher.text(scene.text(property.typeName));
        hasher.hash(hashValue(property.value));
        for (const TokenId target : scene.tokenList(property.targets)) hasher.text(scene.text(target));
        for (const Metadatum& metadatum : scene.metadata(property.metadata)) {
            hasher.text(scene.text(metadatum.key));
            hasher.hash(hashValue(metadatum.value));
        }
    }
    return hasher.finish();
}

size_t bytesOf(const Scene& scene, const Mesh& mesh) {
    size_t bytes = 0;
    for (const Property& property : scene.properties(mesh.prim))
        bytes += property.value.type.isArray ? property.value.byteSize() : 0;
    return bytes;
}

void geomDuplicates(const Scene& scene, const Selection& selection, FindingSink& sink, const Context& context) {
    const auto meshes = scene.meshes();
    std::vector<uint8_t> asked(meshes.size(), 0);
    std::vector<Hash128> hashes(meshes.size());
    parallelFor(context, meshes.size(), [&](size_t i) {
        asked[i] = selection.contains(meshes[i].prim) && mayShare(scene, meshes[i]);
        if (asked[i] != 0) hashes[i] = contentHash(scene, meshes[i]);
    });
    std::unordered_map<Hash128, size_t> groupOf;
    std::vector<std::vector<size_t>> groups;
    for (size_t i = 0; i < meshes.size(); ++i) {
        if (asked[i] == 0) continue;
        const auto [slot, isNew] = groupOf.try_emplace(hashes[i], groups.size());
        if (isNew) groups.emplace_back();
        groups[slot->second].push_back(i);
    }
    for (const std::vector<size_t>& group : groups) {
        if (group.size() < 2) continue;
        const Mesh& first = meshes[group.front()];
        const size_t copies = group.size() - 1, bytes = bytesOf(scene, first) * copies;
        Finding finding;
        finding.concept_name = "geom_duplicates";
        finding.code = "same_mesh";
        finding.prim = scene.prim(first.prim).path;
        auto members = nlohmann::json::array();
        for (const size_t member : group) {
            members.push_back(scene.path(meshes[member].prim));
            if (member != group.front()) finding.related.push_back(scene.prim(meshes[member].prim).path);
        }
        finding.message = std::to_string(copies) + (copies == 1 ? " mesh repeats " : " meshes repeat ") +
                          std::string(scene.path(first.prim)) + ", " + std::to_string(copies * first.points.size()) +
                          " points and " + std::to_string(bytes) + " bytes.";
        finding.wasted = static_cast<double>(bytes);
        finding.unit = "bytes";
        finding.operation = "deduplicateGeometry";
        finding.arguments = nlohmann::json{{"meshPrimPaths", members}, {"considerDeepTransforms", false}}.dump();
        sink.add(std::move(finding));
    }
}

}  // namespace

Rule geomDuplicatesRule() { return {page(), geomDuplicates}; }

}  // namespace usdtune
