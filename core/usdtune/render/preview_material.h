// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "usdtune/render/surface_look.h"
#include "usdtune/render/texture.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

/// A material as this renderer shades it: UsdPreviewSurface with inputs that are literal or read UsdUVTexture,
/// UsdPrimvarReader_* and UsdTransform2d, through node graphs and interfaces of materials, and MaterialX's nodes of the
/// same names. Of other surfaces (MaterialX standard surface and OpenPBR, OmniPBR of MDL) the few inputs that mean the
/// same stand for the whole, which `reasons()` tells. Displacement is ignored. Colours are linear as
/// authored.
///
/// What is not understood looks neutral: a rough bluish grey. A texture that cannot be read is its authored fallback,
/// else a magenta checker where it colours the surface, and the input's default elsewhere.
class PreviewMaterial {
public:
    /// Never fails. Without `time` inputs have their default values, or their first sample where there is none.
    /// Textures are read into `textures`, which is kept alive. Safe to call for many materials at once.
    static std::shared_ptr<const PreviewMaterial> compile(const Scene& scene, PrimId material,
                                                          const std::shared_ptr<TextureStore>& textures,
                                                          std::optional<double> time = std::nullopt);

    /// How the surface looks at one place. `footprint` is how far `textureCoordinates()` moves from one sample to the
    /// next; 0 takes textures at their finest. Thread-safe, allocates nothing, O(nodes).
    SurfaceLook evaluate(const PrimvarAtHit& primvar, float footprint = 0) const;

    /// False when the look stands for a material that this renderer cannot read.
    bool understood() const { return understood_; }
    /// False when no shader says how the surface looks, so that displayColor does, as without a material.
    bool hasSurface() const { return hasSurface_; }
    /// Sentences about what is shown otherwise than it was meant, in the order of the network.
    const std::vector<std::string>& reasons() const { return reasons_; }
    /// Names of the primvars that `evaluate` asks for, each once, in the order of the network.
    std::vector<TokenId> primvarsRead() const;
    /// The primvar that the normal map, else the first texture, is laid out by; invalid when there is none.
    TokenId textureCoordinates() const { return textureCoordinates_; }
    /// Whether the surface may be seen through somewhere.
    bool mayBeTransparent() const { return mayBeTransparent_; }

private:
    friend class PreviewMaterialCompiler;

    enum class Input : uint8_t {
        DiffuseColor,
        EmissiveColor,
        UseSpecularWorkflow,
        SpecularColor,
        Metallic,
        Roughness,
        Clearcoat,
        ClearcoatRoughness,
        Opacity,
        OpacityThreshold,
        Ior,
        Normal,
        Occlusion
    };
    enum class NodeKind : uint8_t { Constant, Primvar, Texture, Transform };

    /// Computes four floats of those before it.
    struct Node {
        NodeKind kind = NodeKind::Constant;
        uint8_t width = 4;        ///< how many of the four floats mean something
        uint8_t coordinates = 0;  ///< the node that a texture or a transform reads
        TextureWrap wrapS = TextureWrap::Black, wrapT = TextureWrap::Black;
        bool hasFallback = false;  ///< of textures
        TokenId primvar = {};
        const Texture* texture = nullptr;
        Vec4f value{};              ///< constant, or fallback
        Vec4f scale{{1, 1, 1, 1}};  ///< of textures; of transforms the rows of a 2 × 2 matrix
        Vec4f bias{};               ///< of textures; of transforms the translation
        float footprintScale = 1;   ///< by how much transforms before it stretch st
    };
    /// One input that a node feeds, by one of its floats or, with `channel` 4, by all.
    struct Wire {
        Input input;
        uint8_t node, channel;
    };
    /// Nodes beyond are left out, and told: evaluation keeps their values on the stack.
    static constexpr size_t kMostNodes = 32;

    static void assign(SurfaceLook& look, Input input, const Vec4f& value);
    Vec4f run(const Node& node, const Vec4f* values, const PrimvarAtHit& primvar, float footprint) const;

    SurfaceLook constants_;  ///< inputs that nothing feeds
    std::vector<Node> nodes_;
    std::vector<Wire> wires_;
    TokenId textureCoordinates_;
    bool understood_ = true, mayBeTransparent_ = false;
    bool hasSurface_ = true;
    std::vector<std::string> reasons_;
    std::shared_ptr<TextureStore> textures_;
};

}  // namespace usdtune
