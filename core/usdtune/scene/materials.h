// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "usdtune/base/hash.h"
#include "usdtune/base/ids.h"

namespace usdtune {

class Scene;

/// Purposes a binding can be asked for; AllPurpose is the fallback of the other two.
enum class BindingPurpose : uint8_t { AllPurpose, Preview, Full };

/// One material prim, seen as the network that a renderer reads.
struct Material {
    PrimId prim;
    /// Of ids, input values, interface inputs, connections that reach an output, textures by resolved asset;
    /// names and places of prims do not matter, order of authoring neither. Loops end.
    Hash128 networkHash;
    bool animated = false;      ///< an input has time samples
    bool specializes = false;   ///< has, or is the target of, a specializes or inherits arc
    bool understood = true;     ///< false when something in it is opaque: never merged
    bool usesTextures = false;  ///< a UsdUVTexture or any asset-valued input
    std::vector<TokenId> readPrimvars;  ///< names that primvar readers ask for, literal ones; sorted by text
    bool readsUnknownPrimvars = false;  ///< a varname is connected, or a node of an unknown kind may read any
};

/// A direct or collection-based binding that one prim authors.
struct Binding {
    PrimId prim;
    PropertyId property;
    BindingPurpose purpose = BindingPurpose::AllPurpose;
    bool strongerThanDescendants = false;
    TokenId collection;   ///< collection path (`/A.collection:name`); invalid for a direct binding
    TokenId material;     ///< path of the target; may dangle
    MaterialId target;    ///< invalid when the path leads to no Material
};

/// Materials and who binds them.
struct Materials {
    std::vector<Material> rows;          ///< row order of their prims
    std::vector<MaterialId> ofPrim;      ///< per prim row
    std::vector<Binding> bindings;       ///< row order of their prims; collection bindings in authored order
    std::vector<RowRange> bindingsOfPrim;  ///< per prim row
};

/// Appends a sentence for every binding that cannot be read to `problems`.
struct ContentProblem;
Materials deriveMaterials(const Scene& scene, std::vector<ContentProblem>& problems);

/// The path of the material a renderer resolves for a prim and purpose by UsdShadeMaterialBindingAPI's rules (closest
/// ancestor, strongerThanDescendants, collections before direct bindings of the same prim), or an invalid id.
/// `proxyAncestors` are the rows to continue with above a prototype root (innermost first).
TokenId resolveBinding(const Scene& scene, PrimId prim, BindingPurpose purpose, const std::vector<PrimId>& proxyAncestors = {});

}  // namespace usdtune
