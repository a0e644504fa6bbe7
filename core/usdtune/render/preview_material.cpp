// SPDX-License-Identifier: Apache-2.0
//
// Evaluation. Inputs, their ranges and the nodes are those of the UsdPreviewSurface specification 2.6.
#include "usdtune/render/preview_material.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace usdtune {

namespace {

/// What stands for a texture that is not there: squares, eight to the unit of st.
Vec4f checker(Vec2f st) {
    const float cells = std::floor(st[0] * 8) + std::floor(st[1] * 8);
    const bool dark = std::isfinite(cells) && std::fmod(std::abs(cells), 2.0f) >= 1;
    return dark ? Vec4f{{0.1f, 0, 0.1f, 1}} : Vec4f{{1, 0, 1, 1}};
}

float unit(float value) { return std::clamp(value, 0.0f, 1.0f); }

}  // namespace

void PreviewMaterial::assign(SurfaceLook& look, Input input, const Vec4f& value) {
    if (!isFinite(value)) return;
    const Vec3f three{{value[0], value[1], value[2]}};
    switch (input) {
        case Input::DiffuseColor:
            look.baseColor = three;
            break;
        case Input::EmissiveColor:
            look.emissive = three;
            break;
        case Input::UseSpecularWorkflow:
            look.usesSpecular = value[0] != 0;
            break;
        case Input::SpecularColor:
            look.specularColor = three;
            break;
        case Input::Metallic:
            look.metallic = unit(value[0]);
            break;
        case Input::Roughness:
            look.roughness = unit(value[0]);
            break;
        case Input::Clearcoat:
            look.clearcoat = unit(value[0]);
            break;
        case Input::ClearcoatRoughness:
            look.clearcoatRoughness = unit(value[0]);
            break;
        case Input::Opacity:
            look.opacity = unit(value[0]);
            break;
        case Input::OpacityThreshold:
            look.opacityThreshold = unit(value[0]);
            break;
        case Input::Ior:
            look.ior = std::max(value[0], 0.0f);
            break;
        case Input::Normal:
            look.normal = three;
            look.hasNormalMap = true;
            break;
        case Input::Occlusion:
            look.occlusion = unit(value[0]);
            break;
    }
}

Vec4f PreviewMaterial::run(const Node& node, const Vec4f* values, const PrimvarAtHit& primvar, float footprint) const {
    const Vec4f& in = values[node.coordinates];
    const Vec2f st{{in[0], in[1]}};
    switch (node.kind) {
        case NodeKind::Constant:
            return node.value;
        case NodeKind::Primvar: {
            Vec4f read{{0, 0, 0, 1}};
            const int count = node.primvar.valid() ? primvar(node.primvar, read.v.data()) : 0;
            if (count <= 0) return node.value;
            return count == 1 ? Vec4f{{read[0], read[0], read[0], read[0]}} : read;
        }
        case NodeKind::Texture: {
            const auto texel = node.texture->sample(st, node.wrapS, node.wrapT, footprint * node.footprintScale);
            if (!texel) return !node.hasFallback && node.texture->missing() ? checker(st) : node.value;
            Vec4f out;
            for (size_t i = 0; i < 4; ++i) out[i] = (*texel)[i] * node.scale[i] + node.bias[i];
            return out;
        }
        case NodeKind::Transform:
            return {{node.scale[0] * st[0] + node.scale[1] * st[1] + node.bias[0],
                     node.scale[2] * st[0] + node.scale[3] * st[1] + node.bias[1], 0, 1}};
    }
    return node.value;
}

SurfaceLook PreviewMaterial::evaluate(const PrimvarAtHit& primvar, float footprint) const {
    SurfaceLook look = constants_;
    if (wires_.empty()) return look;
    std::array<Vec4f, kMostNodes> values;
    for (size_t i = 0; i < nodes_.size(); ++i) values[i] = run(nodes_[i], values.data(), primvar, footprint);
    for (const Wire& wire : wires_) {
        const Vec4f& value = values[wire.node];
        if (wire.channel < 4) {
            const float one = value[wire.channel];
            assign(look, wire.input, {{one, one, one, one}});
        } else {
            assign(look, wire.input, value);
        }
    }
    return look;
}

std::vector<TokenId> PreviewMaterial::primvarsRead() const {
    std::vector<TokenId> names;
    for (const Node& node : nodes_)
        if (node.kind == NodeKind::Primvar && std::find(names.begin(), names.end(), node.primvar) == names.end())
            names.push_back(node.primvar);
    return names;
}

}  // namespace usdtune
