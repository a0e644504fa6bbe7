// SPDX-License-Identifier: Apache-2.0
#include "usdtune/ops/color_materials.h"

#include <algorithm>
#include <set>

#include "usdtune/ops/material_edits.h"
#include "usdtune/ops/material_transfer.h"
#include "usdtune/scene/material_network.h"

namespace usdtune {

namespace {

/// What UsdPreviewSurface documents as its diffuse colour where none is authored.
constexpr float kPreviewGrey = 0.18F;

struct FlatColor {
    std::array<float, 4> color{kPreviewGrey, kPreviewGrey, kPreviewGrey};
    float opacity = 1;
};

/// An input that says something: a value or a connection.
PropertyId inputOf(const Scene& scene, PrimId prim, std::string_view name) {
    const PropertyId id = prim.valid() ? scene.findProperty(prim, name) : PropertyId();
    if (!id.valid()) return {};
    const Property& row = scene.property(id);
    return row.value.empty() && row.targets.empty() ? PropertyId() : id;
}

PrimId surfaceShader(const Scene& scene, PrimId material) {
    for (const char* output : {"outputs:surface", "outputs:mdl:surface"})
        if (const PropertyId id = scene.findProperty(material, output); id.valid())
            if (const ShadingSource source = shadingSource(scene, id); source.shader.valid()) return source.shader;
    return {};
}

/// The numbers that an input holds in the end; false when a node computes them.
bool readConstant(const Scene& scene, PropertyId input, std::span<double> out) {
    const ShadingSource source = shadingSource(scene, input);
    if (source.several || source.shader.valid()) return false;
    const Value& value = scene.property(source.value).value;
    std::array<double, 4> numbers{};
    if (value.type.components == 4 && out.size() == 3) {  // a colour with alpha
        if (!readReals(value, numbers)) return false;
        std::copy_n(numbers.begin(), out.size(), out.begin());
        return true;
    }
    return readReals(value, out);
}

/// Why the material is no flat colour; empty when `out` holds it.
std::string_view readFlatColor(const Scene& scene, const Material& material, FlatColor& out) {
    const PrimId shader = surfaceShader(scene, material.prim);
    const bool isPreview = shader.valid() && shaderId(scene, shader) == "UsdPreviewSurface";
    if (!isPreview && material.usesTextures) return "textured";
    PropertyId color;
    for (const PrimId prim : {material.prim, shader})
        for (const char* name : {"inputs:displayColor", "inputs:diffuseColor", "inputs:diffuse_color_constant"})
            if (!color.valid()) color = inputOf(scene, prim, name);
    if (!color.valid() && !isPreview) return "no_color";
    std::array<double, 3> rgb{};
    if (color.valid() && !readConstant(scene, color, rgb)) return "color_not_constant";
    if (color.valid())
        std::transform(rgb.begin(), rgb.end(), out.color.begin(), [](double c) { return static_cast<float>(c); });

    std::array<double, 1> opacity{1};
    const PropertyId input = inputOf(scene, shader, "inputs:opacity");
    if (input.valid() && !readConstant(scene, input, opacity)) return "opacity_not_constant";
    out.opacity = static_cast<float>(opacity[0]);
    return {};
}

/// The rows of bindings that lead to each material.
std::vector<std::set<PropertyId>> bindingsByMaterial(const Scene& scene) {
    std::vector<std::set<PropertyId>> out(scene.materials().rows.size());
    for (const Binding& binding : scene.materials().bindings)
        if (binding.target.valid()) out[binding.target.index].insert(binding.property);
    return out;
}

std::string_view whyNotConverted(const Scene& scene, MaterialId id, const std::set<PropertyId>& bindings,
                                 const IncomingTargets& incoming, const PrototypeSources& sources) {
    const Material& material = scene.materials().rows[id.index];
    if (!material.understood) return "not_understood";
    if (material.animated) return "animated";
    if (scene.hasApiSchema(material.prim, "PhysicsMaterialAPI")) return "physics";
    if (const std::string_view reason = whyMaterialStays(scene, id, incoming); !reason.empty()) return reason;
    if (const auto reason = whyNotRetargetable(scene, material.prim, incoming, sources); !reason.empty()) return reason;
    for (const IncomingTarget& target : incoming.at(material.prim)) {
        const Property& property = scene.property(target.property);
        const bool inside =
            property.prim.index >= material.prim.index && property.prim.index < scene.prim(material.prim).subtreeEnd;
        if (!inside && !bindings.contains(target.property)) return "named_by_others";
    }
    return {};
}

std::vector<TransferredValue> valuesOf(TokenTable& tokens, const FlatColor& flat) {
    return {{tokens.intern("primvars:displayColor"), tokens.intern("color3f"), 3, flat.color},
            {tokens.intern("primvars:displayOpacity"), tokens.intern("float"), 1, {flat.opacity}, flat.opacity == 1}};
}

}  // namespace

OpOutcome convertToColor(const Scene& scene, const Selection& selection) {
    const IncomingTargets incoming(scene);
    const PrototypeSources sources(scene);
    const auto bindings = bindingsByMaterial(scene);
    const auto& rows = scene.materials().rows;

    OpOutcome outcome;
    const auto decline = [&](MaterialId material, std::string_view reason) {
        outcome.declined.push_back({scene.prim(rows[material.index].prim).path, std::string(reason)});
    };
    TransferRequest request;
    request.unbinds = true;
    for (size_t i = 0; i < rows.size(); ++i) {
        const MaterialId id(i);
        if (!selection.contains(rows[i].prim) || !scene.prim(rows[i].prim).flags.active || bindings[i].empty())
            continue;
        FlatColor flat;
        std::string_view reason = whyNotConverted(scene, id, bindings[i], incoming, sources);
        if (reason.empty()) reason = readFlatColor(scene, rows[i], flat);
        if (reason.empty())
            request.values.emplace(id, valuesOf(scene.tokens(), flat));
        else
            decline(id, reason);
    }

    Transfer transfer = transferToPrims(scene, request, sources);
    for (const KeptMaterial& kept : transfer.kept) decline(kept.material, kept.reason);
    outcome.edits.edits = std::move(transfer.edits);
    if (!transfer.materials.empty()) {
        outcome.surface = SurfacePromise::Changes;
        outcome.identity = IdentityPromise::Removed;
    }
    size_t unbound = 0;
    for (const MaterialId material : transfer.materials) {
        for (const PropertyId id : bindings[material.index]) {
            const Property& property = scene.property(id);
            if (sources.follows(property.prim)) continue;
            Edit edit;
            edit.kind = EditKind::RemoveProperty;
            edit.path = scene.prim(property.prim).path;
            edit.name = property.name;
            outcome.edits.edits.push_back(std::move(edit));
            ++unbound;
        }
        removeMaterial(scene, rows[material.index].prim, "its colour is displayColor now", outcome.edits);
    }
    outcome.counts = {{"materialsRemoved", transfer.materials.size()},
                      {"primsColored", transfer.prims},
                      {"bindingsRemoved", unbound}};
    return outcome;
}

}  // namespace usdtune
