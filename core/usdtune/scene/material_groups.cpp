// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/material_groups.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "usdtune/scene/editability.h"
#include "usdtune/scene/material_network.h"

namespace usdtune {

namespace {

bool isNetworkProperty(std::string_view name) { return name.starts_with("inputs:") || name.starts_with("outputs:"); }

/// Everything a material prim authors beside its network; `animated` when a part of it has samples.
Hash128 hashBesideNetwork(const Scene& scene, PrimId prim, bool& animated) {
    Hasher hasher;
    for (const TokenId schema : scene.tokenList(scene.prim(prim).apiSchemas)) hasher.text(scene.text(schema));
    for (const Property& property : scene.properties(prim)) {
        if (isNetworkProperty(scene.text(property.name))) continue;
        animated = animated || property.flags.animated;
        hasher.text(scene.text(property.name));
        hasher.text(scene.text(property.typeName));
        hasher.hash(hashValue(property.value));
        for (const TokenId target : scene.tokenList(property.targets)) hasher.text(scene.text(target));
    }
    return hasher.finish();
}

bool mayBeCompared(const Scene& scene, const Material& material) {
    const PrimFlags& flags = scene.prim(material.prim).flags;
    return material.understood && !material.animated && flags.active && flags.defined && !flags.abstract &&
           !flags.inPrototype;
}

/// Members that are one network by comparison, not only by hash: each list is one class.
std::vector<std::vector<MaterialId>> splitByComparison(const Scene& scene, const std::vector<MaterialId>& candidates) {
    const auto& rows = scene.materials().rows;
    std::vector<std::vector<MaterialId>> classes;
    for (const MaterialId candidate : candidates) {
        const auto home = std::find_if(classes.begin(), classes.end(), [&](const std::vector<MaterialId>& members) {
            return sameNetwork(scene, rows[members[0].index].prim, rows[candidate.index].prim);
        });
        if (home != classes.end())
            home->push_back(candidate);
        else
            classes.push_back({candidate});
    }
    return classes;
}

bool canRetarget(const Scene& scene, const Property& property, const PrototypeSources& sources) {
    if (whyNotEditable(scene, property).empty()) return true;
    const PrimId source = sources.sourceOf(property.prim);
    if (!source.valid()) return false;
    const PropertyId original = scene.findProperty(source, property.name);
    return original.valid() && whyNotEditable(scene, scene.property(original)).empty();
}

}  // namespace

std::string_view whyMaterialStays(const Scene& scene, MaterialId material, const IncomingTargets& incoming) {
    const Material& row = scene.materials().rows[material.index];
    if (const std::string_view reason = whyNotEditableBelow(scene, row.prim); !reason.empty()) return reason;
    if (isDefaultPrim(scene, row.prim)) return "default_prim";
    if (row.specializes) return "inherited_from";
    if (scene.isLatentTarget(scene.path(row.prim))) return "latent_target";
    if (incoming.nearArcSource(row.prim)) return "arc_source";
    for (uint32_t below = row.prim.index; below < scene.prim(row.prim).subtreeEnd; ++below) {
        const std::string_view type = scene.typeName(PrimId(below));
        const bool ofANetwork = type == "Shader" || type == "NodeGraph" || below == row.prim.index;
        if (!ofANetwork || scene.prim(PrimId(below)).flags.hasArcs) return "holds_other_prims";
    }
    return {};
}

std::string_view whyNotRetargetable(const Scene& scene, PrimId material, const IncomingTargets& incoming,
                                    const PrototypeSources& sources) {
    const uint32_t end = scene.prim(material).subtreeEnd;
    for (uint32_t row = material.index; row < end; ++row)
        for (const IncomingTarget& target : incoming.at(PrimId(row))) {
            const Property& property = scene.property(target.property);
            if (property.prim.index >= material.index && property.prim.index < end) continue;
            if (target.path != scene.prim(material).path) return "targeted_inside";
            if (!property.flags.relationship) return "targeted_inside";
            if (!canRetarget(scene, property, sources)) return "bound_by_uneditable";
        }
    return {};
}

MaterialGroups duplicateMaterials(const Scene& scene, const Selection& selection, const IncomingTargets& incoming,
                                  const PrototypeSources& sources) {
    const std::vector<Material>& rows = scene.materials().rows;
    std::unordered_map<Hash128, size_t> bucketOf;
    std::vector<std::vector<MaterialId>> buckets;
    for (size_t i = 0; i < rows.size(); ++i) {
        if (!mayBeCompared(scene, rows[i]) || !selection.contains(rows[i].prim)) continue;
        bool animated = false;
        Hasher key;
        key.hash(rows[i].networkHash);
        key.hash(hashBesideNetwork(scene, rows[i].prim, animated));
        key.value(isUnderDefaultPrim(scene, rows[i].prim));
        if (animated) continue;
        const auto [slot, isNew] = bucketOf.try_emplace(key.finish(), buckets.size());
        if (isNew) buckets.emplace_back();
        buckets[slot->second].emplace_back(i);
    }

    MaterialGroups out;
    for (const std::vector<MaterialId>& bucket : buckets) {
        if (bucket.size() < 2) continue;
        for (const std::vector<MaterialId>& members : splitByComparison(scene, bucket)) {
            if (members.size() < 2) continue;
            MaterialGroup group;
            std::vector<KeptMaterial> kept;
            for (const MaterialId member : members) {
                std::string_view reason = whyMaterialStays(scene, member, incoming);
                if (reason.empty()) reason = whyNotRetargetable(scene, rows[member.index].prim, incoming, sources);
                if (reason.empty())
                    group.duplicates.push_back(member);
                else
                    kept.push_back({member, reason});
            }
            // One that stays anyway serves as the survivor, if it is our own and not part of what arcs carry elsewhere:
            // over there a binding to it could lead out of the referenced subtree.
            const auto solid = std::find_if(kept.begin(), kept.end(), [&](const KeptMaterial& k) {
                return k.reason != "arc_source" && whyNotEditable(scene, rows[k.material.index].prim).empty();
            });
            if (solid != kept.end()) {
                group.survivor = solid->material;
                kept.erase(solid);
            } else if (!group.duplicates.empty()) {
                group.survivor = group.duplicates.front();
                group.duplicates.erase(group.duplicates.begin());
            }
            if (!group.duplicates.empty()) out.groups.push_back(std::move(group));
            out.kept.insert(out.kept.end(), kept.begin(), kept.end());
        }
    }
    std::sort(out.kept.begin(), out.kept.end(),
              [](const KeptMaterial& a, const KeptMaterial& b) { return a.material < b.material; });
    return out;
}

}  // namespace usdtune
