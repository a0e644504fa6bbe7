// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "usdtune/scene/scene.h"

namespace usdtune {

/// Takes a stage in the order in which it is walked and gives the Scene.
///
/// Prims come depth first: `beginPrim`, everything about the prim, its children, `endPrim`. What is said about a
/// prim after its first child began is a broken promise. Properties may come in any order and so may metadata; both
/// end up sorted by text. The builder fills in parents, subtree ends and row ranges; what the given rows hold in
/// those fields is passed over. Prototypes follow after the last prim of the stage itself.
/// Costs O(n log p) for p properties of one prim. Not safe for use from several threads.
class SceneBuilder {
public:
    explicit SceneBuilder(std::shared_ptr<TokenTable> tokens = std::make_shared<TokenTable>());

    TokenTable& tokens() { return *tables_.tokens; }
    TokenId token(std::string_view text) { return tables_.tokens->intern(text); }

    void setStage(StageInfo stage) { tables_.stage = std::move(stage); }
    LayerId layer(Layer facts, std::vector<Metadatum> metadata = {});

    /// `facts`: path, typeName, specifier, flags, layer, opinionCount; the name is taken from the path when invalid.
    PrimId beginPrim(Prim facts);
    void endPrim();

    /// A prototype's root. `facts.path` is the path of its first instance. Descendants follow as with `beginPrim`.
    PrimId beginPrototype(Prim facts, TokenId source = TokenId());
    void endPrototype() { endPrim(); }
    /// Tells that `instance` shows the prototype below `root`. At any time before `freeze`.
    void instanceOf(PrimId instance, PrimId root);

    // About the prim that is open.
    void apiSchema(TokenId schema);
    void primMetadata(const Metadatum& row);
    /// `facts`: name, typeName, flags, opinionCount, layer, value, hasTargets. Opens the property for what follows.
    void beginProperty(Property facts);

    // About the property that is open; samples by rising time.
    void sample(const TimeSample& row);
    /// A relationship target or a connection; the order is kept.
    void target(TokenId path);
    void propertyMetadata(const Metadatum& row);

    void arc(const Arc& row) { tables_.arcs.push_back(row); }
    void variantSet(PrimId prim, TokenId name, TokenId selection, std::vector<TokenId> variants);
    void latentTarget(TokenId path) { tables_.latentTargets.push_back(path); }
    void problem(ContentProblem row) { tables_.problems.push_back(std::move(row)); }

    /// Keeps the owner of borrowed memory alive as long as the Scene.
    void keep(Keeper keeper) { tables_.keepers.push_back(std::move(keeper)); }
    /// The value, its memory kept alive.
    Value own(OwnedValue value);
    /// A copy inside the builder's own memory: what small values are for, as each costs no allocation of its own.
    Value copy(ValueType type, const void* elements, uint64_t count);
    template <class T>
    Value scalar(ValueType type, const T& element);
    Value text(TokenId text) { return scalar({Element::Text, 1, false}, text); }
    Value text(std::string_view content) { return text(token(content)); }

    /// Ends the building; the builder is empty afterwards. Every prim must have been closed.
    SceneTables takeTables();
    ScenePtr freeze() { return Scene::freeze(takeTables()); }

private:
    struct OpenProperty {
        Property row;
        RowRange metadata;  ///< of propertyMetadata_
    };
    struct Instance {
        PrimId instance, root;
    };

    PrimId append(Prim facts);
    void closeFacts();
    RowRange appendMetadata(std::span<Metadatum> rows);

    SceneTables tables_;
    std::vector<PrimId> open_;  ///< from the root to the innermost prim
    bool factsOpen_ = false;    ///< the innermost prim still takes facts
    bool inPrototypes_ = false;
    std::vector<OpenProperty> properties_;
    std::vector<Metadatum> primMetadata_;
    std::vector<Metadatum> propertyMetadata_;
    std::vector<TokenId> apiSchemas_;
    std::vector<Instance> instances_;
    std::shared_ptr<std::vector<std::byte>> chunk_;
    size_t chunkUsed_ = 0;
};

template <class T>
Value SceneBuilder::scalar(ValueType type, const T& element) {
    static_assert(std::is_trivially_copyable_v<T>);
    USDTUNE_ASSERT(sizeof(T) == componentSize(type.element) * type.components,
                   "element size must match the value type");
    return copy(type, &element, 1);
}

}  // namespace usdtune
