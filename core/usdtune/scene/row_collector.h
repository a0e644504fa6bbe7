// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "usdtune/scene/scene.h"

namespace usdtune {

/// Takes rows in the order in which a reader meets them (a layer is traversed children first, composed subtrees come
/// later) and puts them into the order that SceneTables promise: pre-order prims, properties by name, metadata by key.
///
/// A layer pass may be followed by a composed pass: of a prim that `beginComposedRoot` named, the composed rows count,
/// and the layer pass's rows below it are forgotten; its place among its siblings stays.
/// Prims of prototypes are given at `/__Prototype_N/…` paths, and end up behind the stage's own, at the paths they have
/// through their first instance.
class RowCollector {
public:
    explicit RowCollector(std::shared_ptr<TokenTable> tokens = std::make_shared<TokenTable>());

    TokenTable& tokens() { return *tables_.tokens; }
    StageInfo& stage() { return tables_.stage; }

    LayerId addLayer(Layer layer);
    void layerMetadatum(LayerId layer, Metadatum datum);

    /// Starts a prim; what follows until the next prim or property belongs to it. `prim.path` must be set. `prototype`
    /// is a prototype's path, or a source that `namePrototype` gives one.
    void addPrim(const Prim& prim, TokenId prototype = {});
    void apiSchema(TokenId schema);
    void primMetadatum(Metadatum datum);

    /// Starts a property of the prim at `primPath`, which may be added later.
    void addProperty(TokenId primPath, const Property& property);
    void sample(TimeSample sample);
    /// Targets were authored, even when none follow.
    void hasTargets() { properties_.back().property.hasTargets = true; }
    void target(TokenId path);
    void propertyMetadatum(Metadatum datum);

    void addArc(TokenId primPath, Arc arc);
    void addVariantSet(TokenId primPath, TokenId name, TokenId selection, std::vector<TokenId> variants);
    void addPrototype(TokenId internalPath, TokenId firstInstance, TokenId source);
    /// Which prototype the instances share that were added with a source in its place.
    void namePrototype(TokenId source, TokenId internalPath) { prototypeOf_[source] = internalPath; }
    /// What a variant, or something below an inactive prim, points at: rows do not tell.
    void addLatentTarget(TokenId path) { latentTargets_.push_back(path); }
    void addProblem(ContentProblem problem) { tables_.problems.push_back(std::move(problem)); }
    void keep(Keeper keeper) { tables_.keepers.push_back(std::move(keeper)); }

    /// Memory that lives as long as the Scene, aligned to 16 bytes; for values small enough to copy.
    void* allocate(size_t bytes);

    void beginComposedPass() { composedPass_ = true; }
    void beginComposedRoot(TokenId path) { composedRoots_.push_back(path); }

    /// The ordered tables; the collector is empty afterwards.
    SceneTables finish();

private:
    struct PrimRow {
        Prim prim;
        TokenId parentPath;
        TokenId prototype;
        RowRange ownMetadata;
        bool composed = false;
        bool dropped = false;
        std::vector<uint32_t> properties;
        std::vector<uint32_t> children;
    };

    TokenId parentOf(TokenId path);
    TokenId canonical(TokenId path);
    void emit(uint32_t row, PrimId parent, bool inPrototype);

    SceneTables tables_;
    std::vector<PrimRow> prims_;
    std::vector<std::vector<Metadatum>> primMetadata_;
    std::vector<std::vector<TokenId>> primSchemas_;
    struct PropertyRow {
        Property property;
        TokenId primPath;
        RowRange metadata, samples, targets;  // into the flat pools below
        bool composed = false;
    };
    std::vector<PropertyRow> properties_;
    std::vector<Metadatum> metadataPool_;
    std::vector<TimeSample> samplePool_;
    std::vector<TokenId> targetPool_;
    std::vector<std::pair<TokenId, Arc>> arcs_;
    struct VariantRow {
        TokenId prim, name, selection;
        std::vector<TokenId> variants;
    };
    std::vector<VariantRow> variantSets_;
    struct PrototypeRow {
        TokenId internalPath, firstInstance, source;
    };
    std::vector<PrototypeRow> prototypeRows_;
    std::vector<TokenId> latentTargets_;
    std::vector<TokenId> composedRoots_;
    std::unordered_map<TokenId, uint32_t> rowOfPath_;
    std::unordered_map<TokenId, TokenId> parentCache_;
    std::unordered_map<TokenId, TokenId> canonicalPrefix_;
    std::unordered_map<TokenId, TokenId> prototypeOf_;  ///< by source
    bool composedPass_ = false;
    std::byte* chunk_ = nullptr;
    size_t chunkLeft_ = 0;
};

}  // namespace usdtune
