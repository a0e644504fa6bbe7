// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "usdtune/base/result.h"
#include "usdtune/edit/drafts.h"

namespace usdtune {

/// Replaces the prefix `from` of a path by `to`; `outer` is applied afterwards.
struct Mapping {
    std::string_view from;
    std::string_view to;
    const Mapping* outer = nullptr;
    bool isArc = true;  ///< composed in place: what stands at `to` cannot be named from behind the arc
};

/// Where a row is written: what stands above it, and how its paths change.
struct Place {
    PrimId parent;
    const Mapping* mapping = nullptr;
    bool mirrored = false;  ///< the row arrives through a reference: not editable here
    bool inPrototype = false;
};

/// What an instance shows: the source of its only reference, or a prototype that is not understood so far.
struct PrototypeKey {
    TokenId source;
    uint32_t oldRoot = Drafts::kNone;
    friend auto operator<=>(const PrototypeKey&, const PrototypeKey&) = default;
};

struct InstanceRow {
    PrimId row;
    PrototypeKey key;
};

/// Writes rows of a new Scene in pre-order, each from its old row or its draft. The tables grow while prototypes, arcs
/// and instances are collected on the way; whoever drives it writes the rest. Sequential; O(rows written).
class RowWriter {
public:
    RowWriter(const Scene& scene, const Drafts& drafts);

    /// Prims and properties of the stage, without its prototypes.
    void writeStage();
    /// All prototypes that the instances written so far ask for, and those that they ask for in turn.
    void writePrototypes();
    /// The tables beside prims and properties, with rows that speak about prims which are gone left out.
    void writeTables();
    /// The finished tables, or the first problem met on the way.
    Result<SceneTables> take();

private:
    std::string_view text(TokenId id) const { return tokens_.text(id); }
    std::string quoted(TokenId id) const { return std::string(text(id)); }

    void writeTree(uint32_t node, const Place& place);
    void writeChildren(uint32_t node, const Place& place);
    void writeProperties(uint32_t node, PrimId id, const Place& place);
    void pushProperty(Property row, PrimId id, const Place& place, const PropertyDraft* draft);
    void noteLatent(uint32_t node);
    void noteLatentAt(uint32_t node);

    // Through a reference that edits add.
    void overlaySource(uint32_t node, PrimId id, const Place& place);
    void overlayMetadata(uint32_t node, uint32_t source, Prim& prim);
    void overlayProperties(uint32_t node, uint32_t source, PrimId id, const Place& place);
    void mergeUnder(Property& strong, const Property& weak);
    Problem writeInPlace(uint32_t node, PrimId id, const Place& place);
    void mirrorArcs(uint32_t node, PrimId id);

    PrototypeKey keyOfOld(PrimId root) const;
    Prim prototypeRoot(const PrototypeKey& key, PrimId firstInstance) const;

    /// The path seen through arcs; invalid when it cannot be seen through them.
    TokenId mapped(TokenId path, const Mapping* mapping);
    RowRange pushMetadata(const std::vector<Metadatum>& rows);
    RowRange pushTokens(const std::vector<TokenId>& rows);
    void setSpecifierFlags(Prim& row) const;

    const Scene& scene_;
    const SceneTables& in_;
    const Drafts& drafts_;
    TokenTable& tokens_;
    SceneTables out_;
    std::vector<PrimId> newRowOf_;  ///< per old row; of stage rows, and of prototypes that were copied
    std::unordered_map<uint32_t, TokenId> sourceOfRoot_;  ///< of old prototypes
    std::unordered_map<TokenId, PrimId> rootOfSource_;    ///< of old prototypes that mirror one
    std::vector<InstanceRow> instances_;
    std::vector<TokenId> newLatent_;
    std::vector<Arc> newArcs_;
    int referenceDepth_ = 0;
    Problem problem_;
};

}  // namespace usdtune
