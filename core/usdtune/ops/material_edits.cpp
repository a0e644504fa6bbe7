// SPDX-License-Identifier: Apache-2.0
#include "usdtune/ops/material_edits.h"

#include <algorithm>
#include <set>
#include <string>

namespace usdtune {

namespace {

void sayRemoved(const Scene& scene, PrimId material, EditList& edits) {
    Edit edit;
    edit.kind = EditKind::RemovePrim;
    edit.path = scene.prim(material).path;
    edits.edits.push_back(std::move(edit));
}

/// Targets with those replaced for which something stands, each target once.
std::vector<TokenId> retargeted(std::span<const TokenId> targets, const std::map<TokenId, TokenId>& standInOf) {
    std::vector<TokenId> out;
    for (const TokenId target : targets) {
        const auto found = standInOf.find(target);
        const TokenId now = found == standInOf.end() ? target : found->second;
        if (std::find(out.begin(), out.end(), now) == out.end()) out.push_back(now);
    }
    return out;
}

}  // namespace

Retargeted retargetRelationships(const Scene& scene, const std::map<PrimId, TokenId>& standInOf,
                                 const IncomingTargets& incoming, const PrototypeSources& sources, EditList& edits) {
    std::map<TokenId, TokenId> byPath;
    std::set<PropertyId> pointing;
    for (const auto& [material, standIn] : standInOf) {
        byPath[scene.prim(material).path] = standIn;
        for (const IncomingTarget& target : incoming.at(material))
            if (target.path == scene.prim(material).path && !sources.follows(scene.property(target.property).prim))
                pointing.insert(target.property);
    }
    Retargeted out;
    for (const PropertyId id : pointing) {
        const Property& property = scene.property(id);
        Edit edit;
        edit.kind = EditKind::SetTargets;
        edit.path = scene.prim(property.prim).path;
        edit.name = property.name;
        edit.targets = retargeted(scene.tokenList(property.targets), byPath);
        edits.edits.push_back(std::move(edit));
        out.bindings += scene.text(property.name).starts_with("material:binding");
    }
    out.others = pointing.size() - out.bindings;
    return out;
}

void removeMaterial(const Scene& scene, PrimId material, std::string_view reason, EditList& edits) {
    sayRemoved(scene, material, edits);
    for (uint32_t row = material.index; row < scene.prim(material).subtreeEnd; ++row)
        edits.moves.push_back({scene.prim(PrimId(row)).path, {}, PathFate::Removed, std::string(reason), {}});
}

void mergeMaterial(const Scene& scene, PrimId material, PrimId model, std::string_view standIn, EditList& edits) {
    sayRemoved(scene, material, edits);
    const auto& materials = scene.materials();
    const auto authored = [&](PrimId prim) { return materials.rows[materials.ofPrim[prim.index].index].authoredHash; };
    const bool alike = authored(material) == authored(model);
    const std::string reason = alike ? "same network" : "same network; names or metadata differed";
    for (uint32_t row = material.index; row < scene.prim(material).subtreeEnd; ++row) {
        std::string below(scene.path(PrimId(row)).substr(scene.path(material).size()));
        const PrimId twin = scene.find(std::string(scene.path(model)) + below);
        if (!twin.valid() || scene.prim(twin).typeName != scene.prim(PrimId(row)).typeName) below.clear();
        edits.moves.push_back({scene.prim(PrimId(row)).path,
                               scene.tokens().intern(std::string(standIn) + below),
                               PathFate::Merged,
                               reason,
                               {}});
    }
}

}  // namespace usdtune
