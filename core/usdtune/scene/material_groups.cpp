// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/material_groups.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>

#include "usdtune/scene/editability.h"
#include "usdtune/scene/material_network.h"
#include "usdtune/scene/networks.h"

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

/// What must be equal of two materials beside their networks; nothing when a part of it is animated.
std::optional<Hash128> keyBesideNetwork(const Scene& scene, PrimId prim) {
    bool animated = false;
    Hasher key;
    key.hash(hashBesideNetwork(scene, prim, animated));
    key.value(isUnderDefaultPrim(scene, prim));
    if (animated) return {};
    return key.finish();
}

/// Materials with equal keys, in lists of two or more, in the order of their first members.
class Buckets {
public:
    void add(const Hash128& network, const Hash128& besideNetwork, size_t material) {
        Hasher key;
        key.hash(network);
        key.hash(besideNetwork);
        const auto [slot, isNew] = bucketOf_.try_emplace(key.finish(), all_.size());
        if (isNew) all_.emplace_back();
        all_[slot->second].emplace_back(material);
    }
    std::vector<std::vector<MaterialId>> shared() && {
        std::erase_if(all_, [](const auto& bucket) { return bucket.size() < 2; });
        return std::move(all_);
    }

private:
    std::unordered_map<Hash128, size_t> bucketOf_;
    std::vector<std::vector<MaterialId>> all_;
};

std::string_view whyMemberStays(const Scene& scene, MaterialId member, const IncomingTargets& incoming,
                                const PrototypeSources& sources) {
    const std::string_view reason = whyMaterialStays(scene, member, incoming);
    if (!reason.empty()) return reason;
    return whyNotRetargetable(scene, scene.materials().rows[member.index].prim, incoming, sources);
}

void sortByRow(std::vector<KeptMaterial>& kept) {
    std::sort(kept.begin(), kept.end(),
              [](const KeptMaterial& a, const KeptMaterial& b) { return a.material < b.material; });
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

/// Hash before compare, compare before trust: the member against the group's first.
bool sameButForNumbers(const Scene& scene, const SimilarMaterials& group, MaterialId member,
                       const std::vector<PropertyId>& parameters) {
    const auto& rows = scene.materials().rows;
    const std::vector<PropertyId>& first = group.parameters.front();
    if (parameters.size() != first.size()) return false;
    for (size_t i = 0; i < first.size(); ++i)
        if (scene.property(parameters[i]).name != scene.property(first[i]).name) return false;
    std::vector<PropertyId> free(first);
    free.insert(free.end(), parameters.begin(), parameters.end());
    std::sort(free.begin(), free.end());
    return sameNetwork(scene, rows[group.members.front().index].prim, rows[member.index].prim, free);
}

std::vector<size_t> differingPositions(const Scene& scene, const std::vector<std::vector<PropertyId>>& parameters) {
    std::vector<size_t> out;
    for (size_t position = 0; !parameters.empty() && position < parameters.front().size(); ++position) {
        const Value& first = scene.property(parameters.front()[position]).value;
        if (std::any_of(parameters.begin(), parameters.end(), [&](const std::vector<PropertyId>& member) {
                return !sameBytes(scene.property(member[position]).value, first);
            }))
            out.push_back(position);
    }
    return out;
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
    Buckets buckets;
    for (size_t i = 0; i < rows.size(); ++i) {
        if (!mayBeCompared(scene, rows[i]) || !selection.contains(rows[i].prim)) continue;
        if (const auto key = keyBesideNetwork(scene, rows[i].prim)) buckets.add(rows[i].networkHash, *key, i);
    }

    MaterialGroups out;
    for (const std::vector<MaterialId>& bucket : std::move(buckets).shared()) {
        for (const std::vector<MaterialId>& members : splitByComparison(scene, bucket)) {
            if (members.size() < 2) continue;
            MaterialGroup group;
            std::vector<KeptMaterial> kept;
            for (const MaterialId member : members) {
                const std::string_view reason = whyMemberStays(scene, member, incoming, sources);
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
    sortByRow(out.kept);
    return out;
}

SimilarGroups similarMaterials(const Scene& scene, const Selection& selection, const IncomingTargets& incoming,
                               const PrototypeSources& sources) {
    const std::vector<Material>& rows = scene.materials().rows;
    const NetworkReader reader(scene);
    Buckets buckets;
    std::unordered_map<uint32_t, std::vector<PropertyId>> parametersOf;
    for (size_t i = 0; i < rows.size(); ++i) {
        if (!mayBeCompared(scene, rows[i]) || !selection.contains(rows[i].prim)) continue;
        const auto key = keyBesideNetwork(scene, rows[i].prim);
        if (!key) continue;
        ParametricNetwork network = reader.readParametric(rows[i].prim);
        if (network.parameters.empty()) continue;
        buckets.add(network.hash, *key, i);
        parametersOf[static_cast<uint32_t>(i)] = std::move(network.parameters);
    }

    SimilarGroups out;
    for (const std::vector<MaterialId>& bucket : std::move(buckets).shared()) {
        SimilarMaterials group;
        std::vector<KeptMaterial> kept;
        std::vector<std::vector<PropertyId>> all;
        for (const MaterialId member : bucket) {
            const std::vector<PropertyId>& parameters = parametersOf.at(member.index);
            if (parameters.size() != parametersOf.at(bucket.front().index).size()) continue;
            all.push_back(parameters);
            if (const std::string_view reason = whyMemberStays(scene, member, incoming, sources); !reason.empty()) {
                kept.push_back({member, reason});
            } else if (group.members.empty() || sameButForNumbers(scene, group, member, parameters)) {
                group.members.push_back(member);
                group.parameters.push_back(parameters);
            }
        }
        if (differingPositions(scene, all).empty()) continue;
        out.kept.insert(out.kept.end(), kept.begin(), kept.end());
        group.differing = differingPositions(scene, group.parameters);
        if (!group.differing.empty()) out.groups.push_back(std::move(group));
    }
    sortByRow(out.kept);
    return out;
}

}  // namespace usdtune
