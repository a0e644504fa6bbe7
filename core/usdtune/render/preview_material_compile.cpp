// SPDX-License-Identifier: Apache-2.0
//
// From the network in the Scene to the few nodes that evaluation runs. Defaults of surfaces are those of their own
// definitions: UsdPreviewSurface 2.6, MaterialX 1.38 standard_surface, OpenPBR 1.1 and NVIDIA's OmniPBR.mdl.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "usdtune/render/asset_bytes.h"
#include "usdtune/render/preview_material.h"
#include "usdtune/scene/material_network.h"
#include "usdtune/scene/value_at.h"

namespace usdtune {

namespace {

struct Literal {
    Vec4f value{};
    uint8_t width = 0;  ///< 0: nothing that is a number
};

template <class T>
Literal wholeNumber(const Value& value) {
    return {{{static_cast<float>(*static_cast<const T*>(value.data))}}, 1};
}

/// A number or up to four of them.
Literal literalOf(const Value& value) {
    if (value.empty() || value.count != 1 || value.type.isArray || value.type.components > 4) return {};
    switch (value.type.element) {
        case Element::Bool:
        case Element::UChar:
            return wholeNumber<uint8_t>(value);
        case Element::Int:
            return wholeNumber<int32_t>(value);
        case Element::UInt:
            return wholeNumber<uint32_t>(value);
        default:
            break;
    }
    std::array<double, 4> reals{};
    const uint8_t width = value.type.components;
    if (!readReals(value, {reals.data(), width})) return {};
    Literal out{{}, width};
    for (size_t i = 0; i < width; ++i) out.value[i] = static_cast<float>(reals[i]);
    return out;
}

Vec4f broadcast(const Literal& literal) {
    const float one = literal.value[0];
    return literal.width == 1 ? Vec4f{{one, one, one, one}} : literal.value;
}

TextureWrap wrapOf(std::string_view text) {
    if (text == "clamp") return TextureWrap::Clamp;
    if (text == "repeat" || text == "periodic") return TextureWrap::Repeat;
    if (text == "mirror") return TextureWrap::Mirror;
    // Neither PNG, JPEG nor (as good as ever) OpenEXR say how they repeat, so that useMetadata means black.
    return TextureWrap::Black;
}

/// Floats that a reader of that id delivers; 0 for texts and matrices, which shade nothing.
uint8_t readerWidth(std::string_view id) {
    static constexpr std::array<std::pair<std::string_view, uint8_t>, 14> kinds = {{{"_float", 1},
                                                                                    {"_float2", 2},
                                                                                    {"_float3", 3},
                                                                                    {"_float4", 4},
                                                                                    {"_int", 1},
                                                                                    {"_integer", 1},
                                                                                    {"_normal", 3},
                                                                                    {"_point", 3},
                                                                                    {"_vector", 3},
                                                                                    {"_vector2", 2},
                                                                                    {"_vector3", 3},
                                                                                    {"_vector4", 4},
                                                                                    {"_color3", 3},
                                                                                    {"_color4", 4}}};
    const size_t at = id.rfind('_');
    if (at == std::string_view::npos) return 0;
    for (const auto& [suffix, width] : kinds)
        if (id.substr(at) == suffix) return width;
    return 0;
}

uint8_t channelOf(std::string_view output) {
    static constexpr std::string_view names = "rgba";
    constexpr std::string_view prefix = "outputs:";
    if (output.size() != prefix.size() + 1) return 4;
    return static_cast<uint8_t>(std::min<size_t>(names.find(output.back()), 4));
}

}  // namespace

class PreviewMaterialCompiler {
public:
    PreviewMaterialCompiler(const Scene& scene, PrimId material, PreviewMaterial& out, std::optional<double> time)
        : scene_(scene), material_(material), out_(out), time_(time) {
        const Prim& prim = scene.prim(material);
        if (!prim.flags.instance) return;
        for (const Prototype& prototype : scene.prototypes())
            if (prototype.root == prim.prototype) namesake_ = prototype.firstInstance;
    }

    void compile() {
        const auto [shader, kind] = surface();
        if (kind == nullptr) {
            lookNeutral(shader);
            return;
        }
        out_.constants_ = kind->defaults;
        if (kind->approximate)
            say(scene_.path(shader), "is of kind " + std::string(kind->id) +
                                         " and is drawn by the few inputs that UsdPreviewSurface has as well");
        for (const Property& property : scene_.properties(shader)) readInput(property, *kind);
        if (kind->id == "OmniPBR") readOmniTexture(shader);
        dropUnreadNodes();
        for (const auto& wire : out_.wires_) out_.mayBeTransparent_ |= wire.input == Input::Opacity;
        out_.mayBeTransparent_ |= out_.constants_.opacity < 1;
        findTextureCoordinates();
    }

private:
    using Input = PreviewMaterial::Input;
    using Node = PreviewMaterial::Node;
    using NodeKind = PreviewMaterial::NodeKind;
    using NodeIndex = std::optional<uint8_t>;

    struct NamedInput {
        std::string_view name;
        Input input;
    };
    struct SurfaceKind {
        std::string_view id;
        bool approximate;
        std::span<const NamedInput> inputs;
        SurfaceLook defaults;
    };

    static const SurfaceKind* kindOf(std::string_view id) {
        static constexpr NamedInput preview[] = {{"diffuseColor", Input::DiffuseColor},
                                                 {"emissiveColor", Input::EmissiveColor},
                                                 {"useSpecularWorkflow", Input::UseSpecularWorkflow},
                                                 {"specularColor", Input::SpecularColor},
                                                 {"metallic", Input::Metallic},
                                                 {"roughness", Input::Roughness},
                                                 {"clearcoat", Input::Clearcoat},
                                                 {"clearcoatRoughness", Input::ClearcoatRoughness},
                                                 {"opacity", Input::Opacity},
                                                 {"opacityThreshold", Input::OpacityThreshold},
                                                 {"ior", Input::Ior},
                                                 {"normal", Input::Normal},
                                                 {"occlusion", Input::Occlusion}};
        static constexpr NamedInput standard[] = {{"base_color", Input::DiffuseColor},
                                                  {"metalness", Input::Metallic},
                                                  {"specular_roughness", Input::Roughness},
                                                  {"specular_IOR", Input::Ior},
                                                  {"coat", Input::Clearcoat},
                                                  {"coat_roughness", Input::ClearcoatRoughness},
                                                  {"opacity", Input::Opacity}};
        static constexpr NamedInput openPbr[] = {
            {"base_color", Input::DiffuseColor},      {"base_metalness", Input::Metallic},
            {"specular_roughness", Input::Roughness}, {"specular_ior", Input::Ior},
            {"coat_weight", Input::Clearcoat},        {"coat_roughness", Input::ClearcoatRoughness},
            {"geometry_opacity", Input::Opacity}};
        static constexpr NamedInput omniPbr[] = {{"diffuse_color_constant", Input::DiffuseColor},
                                                 {"metallic_constant", Input::Metallic},
                                                 {"reflection_roughness_constant", Input::Roughness}};
        static const auto looking = [](float base, float roughness) {
            SurfaceLook look;
            look.baseColor = {{base, base, base}};
            look.roughness = roughness;
            return look;
        };
        static const SurfaceKind kinds[] = {{"UsdPreviewSurface", false, preview, {}},
                                            {"ND_UsdPreviewSurface_surfaceshader", false, preview, {}},
                                            {"ND_standard_surface_surfaceshader", true, standard, looking(0.8f, 0.2f)},
                                            {"ND_open_pbr_surface_surfaceshader", true, openPbr, looking(0.8f, 0.3f)},
                                            {"OmniPBR", true, omniPbr, looking(0.2f, 0.5f)}};
        for (const SurfaceKind& kind : kinds)
            if (kind.id == id) return &kind;
        return nullptr;
    }

    std::string_view kindName(PrimId shader) const {
        const std::string_view id = shaderId(scene_, shader);
        return id.empty() ? scene_.textOf(scene_.value(shader, "info:mdl:sourceAsset:subIdentifier")) : id;
    }

    /// The shader that draws: of the universal output where it is one that can be read, else of another renderer's.
    std::pair<PrimId, const SurfaceKind*> surface() const {
        PrimId met;
        const auto tried = [&](PropertyId output) -> const SurfaceKind* {
            const ShadingSource source = sourceOf(output);
            if (source.several || !source.shader.valid()) return nullptr;
            if (const SurfaceKind* kind = kindOf(kindName(source.shader))) {
                met = source.shader;
                return kind;
            }
            if (!met.valid()) met = source.shader;
            return nullptr;
        };
        if (const PropertyId universal = scene_.findProperty(material_, "outputs:surface"); universal.valid())
            if (const SurfaceKind* kind = tried(universal)) return {met, kind};
        for (const Property& property : scene_.properties(material_)) {
            const std::string_view name = scene_.text(property.name);
            if (name.starts_with("outputs:") && name.ends_with(":surface"))
                if (const SurfaceKind* kind = tried(scene_.propertyId(property))) return {met, kind};
        }
        return {met, nullptr};
    }

    void lookNeutral(PrimId met) {
        out_.understood_ = false;
        out_.constants_.baseColor = {{0.35f, 0.38f, 0.45f}};
        out_.constants_.roughness = 0.7f;
        if (!met.valid()) {
            out_.hasSurface_ = false;
            say(scene_.path(material_), "has no surface output that leads to one shader; displayColor is drawn");
            return;
        }
        const std::string name(kindName(met));
        say(scene_.path(met), (name.empty() ? std::string("names no kind of shader") : "is of kind " + name) +
                                  ", which is not drawn; its material looks bluish grey");
    }

    void readInput(const Property& property, const SurfaceKind& kind) {
        constexpr std::string_view prefix = "inputs:";
        std::string_view name = scene_.text(property.name);
        if (!name.starts_with(prefix)) return;
        name.remove_prefix(prefix.size());
        for (const NamedInput& known : kind.inputs)
            if (known.name == name) return feed(known.input, scene_.propertyId(property));
        if (name == "opacityMode")
            out_.constants_.opacityIsPresence = textOf(scene_.propertyId(property)) == "presence";
        else if (name == "displacement" && (sourceOf(scene_.propertyId(property)).shader.valid() ||
                                            literal(scene_.propertyId(property)).value[0] != 0))
            say(scene_.path(property.prim), "has a displacement, which is not drawn");
    }

    void feed(Input input, PropertyId property) {
        const ShadingSource source = sourceOf(property);
        if (source.several) {
            say(scene_.text(scene_.property(property).name), property,
                "has more than one connection and is drawn with its default");
        } else if (source.shader.valid()) {
            if (const NodeIndex node = nodeOf(source.shader)) wire(input, *node, channelOf(source.output));
        } else if (const Literal value = literalAt(source.value); value.width > 0) {
            if (input == Input::Normal && value.value == Vec4f{{0, 0, 1, 0}}) return;
            PreviewMaterial::assign(out_.constants_, input, broadcast(value));
        }
    }

    void wire(Input input, uint8_t node, uint8_t channel) {
        const Node& from = out_.nodes_[node];
        const bool isMissing = from.kind == NodeKind::Texture && from.texture->missing() && !from.hasFallback;
        // A checker tells where it colours; in a roughness or an opacity it would only puzzle.
        if (isMissing && (input != Input::DiffuseColor || !out_.textures_->reads())) return;
        out_.wires_.push_back({input, node, channel});
    }

    /// The node that stands for a shader, made when it is met first; none, and told, where there is no such node.
    NodeIndex nodeOf(PrimId shader) {
        for (const auto& [known, node] : made_)
            if (known == shader) return node;
        if (std::find(open_.begin(), open_.end(), shader) != open_.end()) {
            say(scene_.path(shader), "reads itself in a loop, which is cut here");
            return std::nullopt;
        }
        open_.push_back(shader);
        const NodeIndex node = made(shader, shaderId(scene_, shader));
        open_.pop_back();
        made_.emplace_back(shader, node);
        return node;
    }

    NodeIndex made(PrimId shader, std::string_view id) {
        if (id == "UsdUVTexture" || id.starts_with("ND_UsdUVTexture")) return texture(shader);
        if (id.starts_with("ND_image_")) return image(shader, id);
        if (id.starts_with("UsdPrimvarReader_") || id.starts_with("ND_UsdPrimvarReader_"))
            return reader(shader, id, "inputs:varname", "inputs:fallback");
        if (id.starts_with("ND_geompropvalue_")) return reader(shader, id, "inputs:geomprop", "inputs:default");
        if (id == "ND_texcoord_vector2") return defaultCoordinates();
        if (id == "UsdTransform2d" || id.starts_with("ND_UsdTransform2d")) return transform(shader);
        say(scene_.path(shader),
            id.empty() ? std::string("names no kind of shader, so that what it feeds has its default")
                       : "is of kind " + std::string(id) + ", which is not drawn: what it feeds has its default");
        return std::nullopt;
    }

    NodeIndex add(const Node& node) {
        if (out_.nodes_.size() == PreviewMaterial::kMostNodes) {
            if (!tooMany_)
                say(scene_.path(material_), "has more than " + std::to_string(PreviewMaterial::kMostNodes) +
                                                " nodes: those beyond have their defaults");
            tooMany_ = true;
            return std::nullopt;
        }
        out_.nodes_.push_back(node);
        return static_cast<uint8_t>(out_.nodes_.size() - 1);
    }

    NodeIndex reader(PrimId shader, std::string_view id, std::string_view name, std::string_view fallback) {
        Node node{.kind = NodeKind::Primvar, .width = readerWidth(id)};
        if (node.width == 0) {
            say(scene_.path(shader), "reads a primvar as no number: what it feeds has its default");
            return std::nullopt;
        }
        node.value = broadcast(input(shader, fallback));
        if (const Value text = valueOf(shader, name); text.type == ValueType{Element::Text, 1, false})
            node.primvar = *static_cast<const TokenId*>(text.data);
        if (!scene_.text(node.primvar).empty()) return add(node);
        say(scene_.path(shader), "names no primvar and delivers its fallback");
        return add({.width = node.width, .value = node.value, .footprintScale = 0});
    }

    /// What MaterialX and MDL read where nothing is said.
    NodeIndex defaultCoordinates() {
        const TokenId st = scene_.tokens().find("st");
        return add(st.valid() ? Node{.kind = NodeKind::Primvar, .width = 2, .primvar = st} : Node{.footprintScale = 0});
    }

    /// What feeds an input: a node, or its value as one.
    NodeIndex coordinates(PrimId shader, std::string_view name) {
        const PropertyId property = scene_.findProperty(shader, name);
        if (property.valid())
            if (const ShadingSource source = sourceOf(property); source.shader.valid())
                if (const NodeIndex node = nodeOf(source.shader)) return node;
        return add({.value = input(shader, name).value, .footprintScale = 0});
    }

    NodeIndex transform(PrimId shader) {
        const NodeIndex in = coordinates(shader, "inputs:in");
        if (!in) return std::nullopt;
        const Literal scale = input(shader, "inputs:scale"), rotation = input(shader, "inputs:rotation"),
                      translation = input(shader, "inputs:translation");
        const float sx = scale.width >= 2 ? scale.value[0] : 1, sy = scale.width >= 2 ? scale.value[1] : 1;
        // in × scale × rotate + translation, counter-clockwise in degrees.
        const double angle = double{rotation.value[0]} * std::numbers::pi / 180;
        const auto c = static_cast<float>(std::cos(angle)), s = static_cast<float>(std::sin(angle));
        const float stretch = std::max(std::abs(sx), std::abs(sy)) * out_.nodes_[*in].footprintScale;
        return add({.kind = NodeKind::Transform,
                    .width = 2,
                    .coordinates = *in,
                    .scale = {{c * sx, -s * sy, s * sx, c * sy}},
                    .bias = translation.value,
                    .footprintScale = stretch});
    }

    NodeIndex texture(PrimId shader) {
        const NodeIndex st = coordinates(shader, "inputs:st");
        if (!st) return std::nullopt;
        Node node{.kind = NodeKind::Texture, .coordinates = *st};
        node.wrapS = wrapOf(text(shader, "inputs:wrapS"));
        node.wrapT = wrapOf(text(shader, "inputs:wrapT"));
        const Literal fallback = input(shader, "inputs:fallback"), scale = input(shader, "inputs:scale"),
                      bias = input(shader, "inputs:bias");
        node.hasFallback = fallback.width == 4;
        node.value = node.hasFallback ? fallback.value : Vec4f{{0, 0, 0, 1}};
        if (scale.width == 4) node.scale = scale.value;
        if (bias.width == 4) node.bias = bias.value;
        const std::string_view space = text(shader, "inputs:sourceColorSpace");
        const TextureSpace wanted = space == "raw"    ? TextureSpace::Raw
                                    : space == "sRGB" ? TextureSpace::Srgb
                                                      : TextureSpace::Auto;
        return withFile(node, shader, "inputs:file", wanted);
    }

    NodeIndex image(PrimId shader, std::string_view id) {
        const NodeIndex st = scene_.findProperty(shader, "inputs:texcoord").valid()
                                 ? coordinates(shader, "inputs:texcoord")
                                 : defaultCoordinates();
        if (!st) return std::nullopt;
        const auto wrap = [&](std::string_view name) {
            const std::string_view mode = text(shader, name);
            return mode.empty() ? TextureWrap::Repeat : wrapOf(mode);
        };
        Node node{.kind = NodeKind::Texture, .coordinates = *st};
        node.wrapS = wrap("inputs:uaddressmode");
        node.wrapT = wrap("inputs:vaddressmode");
        const Literal fallback = input(shader, "inputs:default");
        node.hasFallback = fallback.width > 0;
        node.value = broadcast(fallback);
        const bool isColor = id.find("_color") != std::string_view::npos;
        return withFile(node, shader, "inputs:file", isColor ? TextureSpace::Auto : TextureSpace::Raw);
    }

    void readOmniTexture(PrimId shader) {
        if (valueOf(shader, "inputs:diffuse_texture").empty()) return;
        const NodeIndex st = defaultCoordinates();
        if (!st) return;
        Node node{.kind = NodeKind::Texture, .coordinates = *st};
        node.wrapS = node.wrapT = TextureWrap::Repeat;
        if (const Literal tint = input(shader, "inputs:diffuse_tint"); tint.width == 3)
            node.scale = {{tint.value[0], tint.value[1], tint.value[2], 1}};
        if (const NodeIndex made = withFile(node, shader, "inputs:diffuse_texture", TextureSpace::Auto))
            wire(Input::DiffuseColor, *made, 4);
    }

    NodeIndex withFile(Node node, PrimId shader, std::string_view name, TextureSpace space) {
        const PropertyId property = scene_.findProperty(shader, name);
        const ShadingSource source = property.valid() ? sourceOf(property) : ShadingSource{};
        const PropertyId holder = source.value.valid() ? source.value : property;
        const std::string place = holder.valid() ? placeOf(holder, shader) : std::string();
        node.texture = &out_.textures_->texture(place, space);
        node.footprintScale = out_.nodes_[node.coordinates].footprintScale;
        const std::string& problem = node.texture->problem();
        if (!problem.empty()) say(scene_.path(shader), "has a texture that is not drawn as it was meant: " + problem);
        return add(node);
    }

    /// Where a texture lies. Patterns that nobody resolved are looked for beside their layer.
    std::string placeOf(PropertyId holder, PrimId shader) {
        const Property& row = scene_.property(holder);
        const OwnedValue value = at(row);
        if (value.value.type != ValueType{Element::Asset, 1, false}) return {};
        const auto* asset = static_cast<const TokenId*>(value.value.data);
        const std::string_view authored = scene_.text(asset[0]), resolved = scene_.text(asset[1]);
        if (!resolved.empty()) return std::string(resolved);
        if (authored.empty()) return {};
        if (authored.find("<UDIM>") != std::string_view::npos && row.layer.valid())
            return besideLayer(scene_.text(scene_.layer(row.layer).realPath), authored);
        if (out_.textures_->reads())
            say(scene_.path(shader), "reads " + std::string(authored) + ", which cannot be found");
        return {};
    }

    // Sources.

    /// As shadingSource, where the material is an instance as well: what is below it is a prototype's, whose paths and
    /// connections speak of the first instance.
    ShadingSource sourceOf(PropertyId property) const {
        ShadingSource source = shadingSource(scene_, property);
        if (!namesake_.valid() || source.several || !source.value.valid()) return source;
        if (scene_.property(source.value).prim == namesake_ && namesake_ != material_) {
            const PropertyId own = scene_.findProperty(material_, scene_.property(source.value).name);
            if (own.valid()) source = shadingSource(scene_, own);
        }
        const auto targets =
            source.value.valid() ? scene_.tokenList(scene_.property(source.value).targets) : std::span<const TokenId>();
        if (targets.size() != 1) return source;
        const std::string_view path = scene_.text(targets[0]);
        const size_t dot = path.find('.');
        const PrimId shader = scene_.findThroughInstances(path.substr(0, dot));
        if (dot == std::string_view::npos || !shader.valid() || scene_.typeName(shader) != "Shader") return source;
        return {.shader = shader, .output = path.substr(dot + 1)};
    }

    // Values.

    OwnedValue at(const Property& row) const {
        if (!time_ && row.value.empty() && !row.flags.blocked)
            if (const auto samples = scene_.samples(row); !samples.empty() && !samples.front().blocked)
                return {samples.front().value, nullptr};
        return valueAt(scene_, row, time_);
    }
    Literal literalAt(PropertyId holder) const { return literalOf(at(scene_.property(holder)).value); }
    Literal literal(PropertyId property) const {
        const ShadingSource source = sourceOf(property);
        return source.value.valid() ? literalAt(source.value) : Literal{};
    }
    Literal input(PrimId shader, std::string_view name) const {
        const PropertyId property = scene_.findProperty(shader, name);
        return property.valid() ? literal(property) : Literal{};
    }
    /// Of texts and assets, which are never interpolated: borrowed from the Scene.
    Value valueOf(PrimId shader, std::string_view name) const {
        const PropertyId property = scene_.findProperty(shader, name);
        if (!property.valid()) return {};
        const ShadingSource source = sourceOf(property);
        return source.value.valid() ? at(scene_.property(source.value)).value : Value();
    }
    std::string_view text(PrimId shader, std::string_view name) const { return scene_.textOf(valueOf(shader, name)); }
    std::string_view textOf(PropertyId property) const {
        const ShadingSource source = sourceOf(property);
        return source.value.valid() ? scene_.textOf(at(scene_.property(source.value)).value) : std::string_view();
    }

    // Afterwards.

    void dropUnreadNodes() {
        if (out_.wires_.empty()) out_.nodes_.clear();
    }

    void findTextureCoordinates() {
        std::optional<uint8_t> first;
        for (const auto& wire : out_.wires_)
            if (out_.nodes_[wire.node].kind == NodeKind::Texture && (!first || wire.input == Input::Normal))
                first = wire.node;
        if (!first) return;
        uint8_t node = *first;
        while (out_.nodes_[node].kind == NodeKind::Texture || out_.nodes_[node].kind == NodeKind::Transform)
            node = out_.nodes_[node].coordinates;
        out_.textureCoordinates_ = out_.nodes_[node].primvar;
    }

    void say(std::string_view path, const std::string& what) {
        std::string sentence = std::string(path) + " " + what;
        if (sentence.back() != '.') sentence += '.';
        out_.reasons_.push_back(std::move(sentence));
    }
    void say(std::string_view name, PropertyId property, const std::string& what) {
        say(std::string(scene_.path(scene_.property(property).prim)) + "." + std::string(name), what);
    }

    const Scene& scene_;
    PrimId material_;
    PrimId namesake_;  ///< whose paths the prims below the material have, when it is an instance
    PreviewMaterial& out_;
    std::optional<double> time_;
    std::vector<std::pair<PrimId, NodeIndex>> made_;
    std::vector<PrimId> open_;
    bool tooMany_ = false;
};

std::shared_ptr<const PreviewMaterial> PreviewMaterial::compile(const Scene& scene, PrimId material,
                                                                const std::shared_ptr<TextureStore>& textures,
                                                                std::optional<double> time) {
    auto out = std::make_shared<PreviewMaterial>();
    out->textures_ = textures;
    PreviewMaterialCompiler(scene, material, *out, time).compile();
    return out;
}

}  // namespace usdtune
