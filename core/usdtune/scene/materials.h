// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "usdtune/base/hash.h"
#include "usdtune/base/ids.h"

namespace usdtune {

class Scene;
class TokenTable;
struct ContentProblem;

/// Purposes a binding can be asked for; AllPurpose is the fallback of the other two.
enum class BindingPurpose : uint8_t { AllPurpose, Preview, Full };
constexpr BindingPurpose kBindingPurposes[] = {BindingPurpose::AllPurpose, BindingPurpose::Preview,
                                               BindingPurpose::Full};

/// One material prim, seen as the network that a renderer reads.
struct Material {
    PrimId prim;
    /// Of ids, input values, interface inputs, connections that reach an output, textures by resolved asset, colour
    /// spaces; names and places of prims do not matter, order of authoring neither, and an interface input counts as
    /// the value it hands on. Loops end. What reaches no output does not count, except what the material prim says
    /// besides its inputs and outputs (applied schemas, physics attributes). The same in every process.
    Hash128 networkHash;
    /// Of everything that is authored in the material's subtree, with names and targets relative to the material:
    /// equal when one could stand in the other's place without losing a word. The same in every process.
    Hash128 authoredHash;
    bool animated = false;  ///< an input has time samples
    bool specializes =
        false;  ///< has, or is the target of, a specializes or inherits arc (its subtree and ancestors too)
    bool understood = true;             ///< false when something in it is opaque: never merged
    bool usesTextures = false;          ///< a UsdUVTexture or any asset-valued input
    std::vector<TokenId> readPrimvars;  ///< names that primvar readers ask for, literal ones; sorted by text
    bool readsUnknownPrimvars = false;  ///< a varname is connected, or a node of an unknown kind may read any
};

/// What a collection says about one path. Prims below it follow unless a closer rule speaks.
enum class MembershipRule : uint8_t { Exclude, ExplicitOnly, ExpandPrims };

/// A collection that some binding names, included collections folded in.
struct Collection {
    TokenId path;                                           ///< `/A.collection:name`
    std::vector<std::pair<TokenId, MembershipRule>> rules;  ///< sorted by TokenId, one per path
    bool understood = true;  ///< false when it cannot be found or is defined by an expression: has no members then

    /// Whether the prim at that absolute path belongs to it. O(depth · log rules).
    bool contains(const TokenTable& tokens, std::string_view primPath) const;
};

/// A direct or collection-based binding that one prim authors. Bindings for other purposes (`physics`) are ordinary
/// relationships and not listed.
struct Binding {
    PrimId prim;
    PropertyId property;
    BindingPurpose purpose = BindingPurpose::AllPurpose;
    bool strongerThanDescendants = false;
    TokenId collection;  ///< collection path (`/A.collection:name`); invalid for a direct binding
    TokenId material;    ///< path of the target; may dangle; invalid when there is not exactly one
    MaterialId target;   ///< invalid when the path leads to no Material
    uint32_t collectionRow = TokenId::kInvalid;  ///< of Materials::collections, for collection bindings
};

/// Materials and who binds them.
struct Materials {
    std::vector<Material> rows;      ///< row order of their prims
    std::vector<MaterialId> ofPrim;  ///< per prim row
    std::vector<Binding> bindings;   ///< row order of their prims; a prim's by property name, which orders collections
    std::vector<RowRange> bindingsOfPrim;  ///< per prim row
    std::vector<Collection> collections;   ///< every one that a binding names, in order of first mention
};

/// Appends a sentence for every binding that cannot be read to `problems`. Parallel over materials.
Materials deriveMaterials(const Scene& scene, std::vector<ContentProblem>& problems);

/// The path of the material a renderer resolves for a prim and purpose by UsdShadeMaterialBindingAPI's rules (closest
/// ancestor, strongerThanDescendants, collections before direct bindings of the same prim, the purpose on the whole way
/// up before AllPurpose), or an invalid id. Bindings that lead to no Material count as absent.
/// `proxyAncestors` are the rows to continue with above a prototype root (innermost first).
TokenId resolveBinding(const Scene& scene, PrimId prim, BindingPurpose purpose,
                       const std::vector<PrimId>& proxyAncestors = {});

}  // namespace usdtune
