// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "usdtune/scene/materials.h"
#include "usdtune/scene/meshes.h"
#include "usdtune/scene/rows.h"
#include "usdtune/scene/tokens.h"
#include "usdtune/scene/xforms.h"

namespace usdtune {

/// What the stage says about itself.
struct StageInfo {
    std::string identifier;  ///< the root layer as it was asked for
    double metersPerUnit = 0.01;
    bool metersPerUnitAuthored = false;
    char upAxis = 'Y';
    bool upAxisAuthored = false;
    std::string defaultPrim;  ///< name; empty when none is authored
    double startTimeCode = 0, endTimeCode = 0, timeCodesPerSecond = 24;
    double kilogramsPerUnit = 1;
};

/// The rows as they were read or edited, before anything is derived from them.
struct SceneTables {
    StageInfo stage;
    std::shared_ptr<TokenTable> tokens = std::make_shared<TokenTable>();
    std::vector<Prim> prims;           ///< pre-order; the stage's own rows, then each prototype's
    std::vector<Property> properties;  ///< grouped by prim
    std::vector<Metadatum> metadata;
    std::vector<TimeSample> samples;
    std::vector<TokenId> tokenLists;
    std::vector<Arc> arcs;
    std::vector<VariantSet> variantSets;
    std::vector<Layer> layers;
    std::vector<Prototype> prototypes;
    std::vector<TokenId>
        latentTargets;  ///< paths that variants not selected, or inactive subtrees, point at; sorted by text
    std::vector<ContentProblem>
        problems;                 ///< what extraction has to say; `freeze` adds its own only to Scene::problems()
    std::vector<Keeper> keepers;  ///< owners of everything the Values borrow
};

/// An immutable snapshot of one target. Built once by `freeze`; consumers trust it and check nothing again.
/// Reading is safe from many threads.
class Scene {
public:
    /// Derives lookups, transforms, mesh and material views. Never fails: broken content becomes `problems()`.
    static std::shared_ptr<const Scene> freeze(SceneTables tables);

    const SceneTables& tables() const { return tables_; }
    const StageInfo& stage() const { return tables_.stage; }
    TokenTable& tokens() const { return *tables_.tokens; }
    std::string_view text(TokenId id) const { return tables_.tokens->text(id); }

    std::span<const Prim> prims() const { return tables_.prims; }
    const Prim& prim(PrimId id) const { return tables_.prims[id.index]; }
    std::string_view path(PrimId id) const { return text(prim(id).path); }
    std::string_view typeName(PrimId id) const { return text(prim(id).typeName); }
    /// The prim at a path; prims inside prototypes are found at their path through the first instance.
    PrimId find(TokenId path) const { return path.index < primOfPath_.size() ? primOfPath_[path.index] : PrimId(); }
    PrimId find(std::string_view path) const { return find(tables_.tokens->find(path)); }
    /// As `find`, but a path that leads through any instance is found too, at the row of its prototype.
    PrimId findThroughInstances(std::string_view path) const;
    /// Direct children, in order.
    std::vector<PrimId> children(PrimId id) const;
    bool hasChildren(PrimId id) const { return prim(id).subtreeEnd > id.index + 1; }
    /// Rows of the stage itself, prototypes left out: [0, stagePrimCount()).
    size_t stagePrimCount() const { return stagePrimCount_; }

    std::span<const Property> properties() const { return tables_.properties; }
    const Property& property(PropertyId id) const { return tables_.properties[id.index]; }
    std::span<const Property> properties(PrimId id) const;
    /// The property of that name, or an invalid id. O(properties of the prim).
    PropertyId findProperty(PrimId prim, std::string_view name) const {
        return findProperty(prim, tables_.tokens->find(name));
    }
    PropertyId findProperty(PrimId prim, TokenId name) const;
    /// The default value of an attribute; empty when there is no such attribute or it holds none.
    Value value(PrimId prim, std::string_view name) const;
    PropertyId propertyId(const Property& row) const {
        return PropertyId(static_cast<size_t>(&row - tables_.properties.data()));
    }
    std::span<const TokenId> tokenList(RowRange range) const {
        return {tables_.tokenLists.data() + range.begin, range.size()};
    }
    std::span<const TimeSample> samples(const Property& p) const {
        return {tables_.samples.data() + p.samples.begin, p.samples.size()};
    }
    std::span<const Metadatum> metadata(RowRange range) const {
        return {tables_.metadata.data() + range.begin, range.size()};
    }
    /// The value of one metadata key, or an empty value.
    Value metadatum(RowRange range, std::string_view key) const;
    /// The text of a text-valued metadatum or scalar value, or an empty view.
    std::string_view textOf(const Value& value) const;
    /// True for `schema` itself and for an instance of it: `CollectionAPI` finds `CollectionAPI:lights`.
    bool hasApiSchema(PrimId prim, std::string_view schema) const;
    /// Rows of one prim, in the order in which they were told.
    std::span<const Arc> arcs(PrimId prim) const;
    std::span<const VariantSet> variantSets(PrimId prim) const;

    std::span<const Mesh> meshes() const { return meshes_; }
    /// The mesh view of a prim, or an invalid id.
    MeshId meshOf(PrimId prim) const { return meshOfPrim_[prim.index]; }
    const Xforms& xforms() const { return xforms_; }
    const Materials& materials() const { return materials_; }

    /// Computed visibility and purpose at the default time, inherited top-down as UsdGeomImageable does. A prototype's
    /// root starts afresh: instances pass theirs on only when an occurrence is walked.
    bool visible(PrimId prim) const { return visible_[prim.index]; }
    Purpose purpose(PrimId prim) const { return purpose_[prim.index]; }

    std::span<const Prototype> prototypes() const { return tables_.prototypes; }
    /// What extraction told and what was found broken while freezing; sorted by path, code and message.
    std::span<const ContentProblem> problems() const { return problems_; }
    const Layer& layer(LayerId id) const { return tables_.layers[id.index]; }
    /// True when something outside the composed rows (unselected variants, inactive subtrees) points at or below
    /// `path`.
    bool isLatentTarget(std::string_view path) const;

private:
    explicit Scene(SceneTables tables) : tables_(std::move(tables)) {}
    void deriveLookups();
    void deriveImageable();
    void sortProblems();

    SceneTables tables_;
    std::vector<ContentProblem> problems_;
    size_t stagePrimCount_ = 0;
    std::vector<PrimId> primOfPath_;
    std::vector<Mesh> meshes_;
    std::vector<MeshId> meshOfPrim_;
    std::vector<bool> visible_;
    std::vector<Purpose> purpose_;
    Xforms xforms_;
    Materials materials_;
};

using ScenePtr = std::shared_ptr<const Scene>;

}  // namespace usdtune
