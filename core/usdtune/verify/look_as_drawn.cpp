// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/look_as_drawn.h"

namespace usdtune {

namespace {

constexpr size_t kWhole = static_cast<size_t>(-1);

}  // namespace

LookAsDrawn::LookAsDrawn(const Scene& scene, const Drawn& drawn, AssetNaming naming)
    : scene_(scene),
      drawn_(drawn),
      reader_(scene),
      naming_(std::move(naming)),
      above_(aboveThePrototype(scene, drawn.prim, drawn.ancestors)) {}

MaterialLook LookAsDrawn::whole() {
    MaterialLook look;
    for (size_t purpose = 0; purpose < look.size(); ++purpose) look[purpose] = lookOf(drawn_.prim, purpose, kWhole);
    return look;
}

MaterialLook LookAsDrawn::onFace(size_t face) {
    if (partOfFace_[0].empty()) findParts();
    MaterialLook look;
    for (size_t purpose = 0; purpose < look.size(); ++purpose)
        look[purpose] = lookOf(partOfFace_[purpose][face], purpose, face);
    return look;
}

void LookAsDrawn::findParts() {
    const Mesh& mesh = scene_.meshes()[scene_.meshOf(drawn_.prim).index];
    for (size_t purpose = 0; purpose < partOfFace_.size(); ++purpose) {
        partOfFace_[purpose].assign(mesh.faceCount(), drawn_.prim);
        for (size_t s = 0; s < mesh.subsets.size(); ++s) {
            if (drawn_.subsetLooks[s][purpose] == Hash128{}) continue;
            for (const int face : mesh.subsets[s].indices)
                if (face >= 0 && static_cast<size_t>(face) < mesh.faceCount())
                    partOfFace_[purpose][static_cast<size_t>(face)] = mesh.subsets[s].prim;
        }
    }
}

MaterialId LookAsDrawn::materialOf(PrimId part, size_t purpose) {
    const auto [found, isNew] = materials_.try_emplace({part, purpose});
    if (isNew) {
        const TokenId path = resolveBinding(scene_, part, kBindingPurposes[purpose], above_);
        const PrimId prim = path.valid() ? scene_.findThroughInstances(scene_.text(path)) : PrimId();
        if (prim.valid()) found->second = scene_.materials().ofPrim[prim.index];
    }
    return found->second;
}

Hash128 LookAsDrawn::lookOf(PrimId part, size_t purpose, size_t face) {
    const MaterialId id = materialOf(part, purpose);
    if (!id.valid()) return {};
    const Material& material = scene_.materials().rows[id.index];
    Hasher delivered;
    for (const TokenId primvar : material.readPrimvars) {
        const Value value = deliveredAt(primvar, face);
        delivered.value(static_cast<uint8_t>(value.empty()));
        if (!value.empty()) delivered.hash(hashValue(value));
    }
    const auto [found, isNew] = looks_.try_emplace({id, delivered.finish()});
    if (isNew)
        found->second = reader_.hashAsDrawn(
            material.prim,
            [&](std::string_view name) {
                const TokenId token = scene_.tokens().find(name);
                return token.valid() ? deliveredAt(token, face) : Value();
            },
            naming_);
    return found->second;
}

Value LookAsDrawn::deliveredAt(TokenId primvar, size_t face) {
    const auto [found, isNew] = primvars_.try_emplace(primvar);
    if (isNew) found->second = resolvePrimvar(scene_, drawn_, scene_.text(primvar));
    const ResolvedPrimvar& read = found->second;
    if (read.values == nullptr || read.elementSize != 1 || read.values->flags.animated) return {};
    const bool byFace = read.interpolation == Interpolation::Uniform;
    if (!byFace && read.interpolation != Interpolation::Constant) return {};
    if (byFace && face == kWhole) {
        variesByFace_ = true;
        return {};
    }
    Value value = read.values->value;
    size_t slot = byFace ? face : 0;
    if (read.indexed) {
        if (slot >= read.indices.size() || read.indices[slot] < 0) return {};
        slot = static_cast<size_t>(read.indices[slot]);
    }
    // A constant one of several values delivers an array, which no reader takes for a number.
    if (slot >= value.count || (!byFace && !read.indexed && value.count != 1)) return {};
    value.data = static_cast<const char*>(value.data) + slot * value.elementSize();
    value.count = 1;
    value.type.isArray = false;
    return value;
}

}  // namespace usdtune
