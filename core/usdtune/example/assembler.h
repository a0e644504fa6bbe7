// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "usdtune/edit/edit.h"
#include "usdtune/example/authored_mesh.h"
#include "usdtune/example/placement.h"
#include "usdtune/example/random.h"
#include "usdtune/example/truth.h"
#include "usdtune/scene/scene_builder.h"

namespace usdtune::example {

/// `Area_007`: names of one length sort as they count.
std::string numbered(std::string_view name, uint64_t number, size_t digits);

/// Where an assembly stands in its area: metres, and a turn about z.
struct Place {
    double x = 0, y = 0, z = 0, turns = 0;
};

/// Opinions that one variant holds, as edits whose paths are the composed ones.
struct VariantOpinions {
    TokenId prim, set, variant;
    std::vector<Edit> edits;
};

enum class ExtentState : uint8_t { Right, Missing, TooLarge, StaleZero };

/// One mesh prim to be written.
struct MeshUse {
    Recipe recipe;
    Matrix4d place;        ///< relative to its parent; written as `xformOp:transform` unless identity or baked
    bool bake = false;     ///< put `place` into the points instead
    bool mirrorX = false;  ///< a further `xformOp:scale` of (-1, 1, 1)
    bool bind = true;      ///< to the assembly's own copy of the part's material
    bool callerWritesPoints = false;  ///< points and extent, because they are animated
    ExtentState extent = ExtentState::Right;
    MeshTraits traits;  ///< what only the caller knows
};

/// What an assembly is, as far as its content depends on it.
struct AssemblyKind {
    std::string_view name;    ///< `PumpSkid`; a number is added
    std::string variant;      ///< everything else that decides the content, as text
    std::vector<Role> roles;  ///< materials it brings along
    bool unique = false;      ///< never equal to another one
};

/// Writes prims, attributes and whole meshes into a SceneBuilder, and counts what it plants.
class Assembler {
public:
    Assembler(std::shared_ptr<TokenTable> tokens, uint64_t seed);

    SceneBuilder& scene() { return builder_; }
    SplitMix& random() { return random_; }
    Planted& planted() { return planted_; }
    std::vector<VariantOpinions>& variants() { return variants_; }

    // Prims. Everything about a prim is said before its first child begins.
    PrimId begin(std::string_view name, std::string_view typeName, std::string_view kind = {},
                 Specifier specifier = Specifier::Def);
    void end();
    const std::string& path() const { return path_; }
    TokenId pathToken() { return builder_.token(path_); }
    TokenId token(std::string_view text) { return builder_.token(text); }
    /// A prim without content.
    void empty(std::string_view name, std::string_view typeName);

    // Properties of the open prim.
    void attribute(std::string_view name, std::string_view typeName, const Value& value,
                   std::string_view interpolation = {}, int elementSize = 1);
    void uniform(std::string_view name, std::string_view typeName, const Value& value);
    void custom(std::string_view name, std::string_view text);
    void declare(std::string_view name, std::string_view typeName);
    void connect(std::string_view name, std::string_view typeName, const std::string& target);
    void relationship(std::string_view name, const std::vector<TokenId>& targets, bool custom = false);
    /// Samples at rising times beside a default; marks the open prim as animated.
    void animate(std::string_view name, std::string_view typeName, const Value& value,
                 const std::vector<TimeSample>& samples);
    void api(std::string_view schema) { builder_.apiSchema(builder_.token(schema)); }
    void xformOps(std::initializer_list<std::string_view> names);

    // Values in the builder's memory.
    template <class T>
    Value array(Element element, uint8_t components, const std::vector<T>& elements) {
        return builder_.copy({element, components, true}, elements.data(), elements.size());
    }
    template <class T>
    Value scalar(Element element, uint8_t components, const T& v) {
        return builder_.scalar<T>({element, components, false}, v);
    }
    /// Text values are kept once each.
    Value text(std::string_view content);
    Value texts(const std::vector<std::string_view>& contents);
    Value number(float v) { return scalar(Element::Float, 1, v); }

    // Assemblies.
    /// Paint colour of the assemblies that follow; a row of a small palette.
    void setPaint(uint32_t colour) { paint_ = colour; }
    uint32_t paint() const { return paint_; }
    /// Begins `/…/Name_NN` with tag, placement and its own copies of its materials.
    PrimId beginAssembly(const AssemblyKind& kind, const Place& place);
    void endAssembly() { end(); }
    /// The own material of the open assembly.
    TokenId material(Role role) const { return looks_[static_cast<size_t>(role)]; }
    void bind(TokenId material);

    // Meshes.
    void beginMesh(std::string_view name, const MeshUse& use);
    void mesh(std::string_view name, const MeshUse& use);
    const AuthoredMesh& lastMesh() const { return *lastMesh_; }
    size_t meshCount() const { return planted_.meshes.size(); }

private:
    void materials(const std::vector<Role>& roles, bool oddNames);
    void material(Role role, const std::string& name, const std::string& shaderName);
    void writeExtent(const MeshUse& use, const AuthoredMesh& mesh);
    void writePlacement(const MeshUse& use);

    SceneBuilder builder_;
    SplitMix random_;
    Planted planted_;
    std::vector<VariantOpinions> variants_;
    std::string path_;
    std::vector<size_t> parentLengths_;
    std::unordered_map<std::string, uint32_t> serials_;  ///< of assemblies below the open area
    std::string serialsOf_;
    std::array<TokenId, static_cast<size_t>(Role::Count)> looks_{};
    uint32_t paint_ = 0;
    uint32_t oddName_ = 0;
    std::unordered_map<uint64_t, AuthoredMesh> library_;  ///< by Recipe::key
    AuthoredMesh baked_;
    const AuthoredMesh* lastMesh_ = nullptr;
    std::array<Value, static_cast<size_t>(Role::Count)> displayColors_;
    std::unordered_map<uint32_t, Value> texts_;
    std::map<std::string, Value> textLists_;
};

}  // namespace usdtune::example
