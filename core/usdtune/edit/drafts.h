// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "usdtune/edit/edit.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

/// A full sentence that says why a request cannot be met; nothing when it can.
using Problem = std::optional<std::string>;

/// True for the prim path `prefix` itself and for every prim, property and target below it.
bool isAtOrBelow(std::string_view path, std::string_view prefix);

/// Sets a row of metadata that is sorted by key text; an empty value takes the key away.
void setDatum(std::vector<Metadatum>& rows, const Metadatum& datum, const TokenTable& tokens);

struct PropertyDraft {
    Property row;
    bool removed = false;
    std::optional<std::vector<Metadatum>> metadata;  ///< where it changed
    std::optional<std::vector<TokenId>> targets;     ///< where they changed
};

/// What edits say about one prim. `row.properties` is still the range of the Scene's rows.
struct Draft {
    Prim row;
    bool typeChanged = false;
    bool specifierChanged = false;
    std::vector<PropertyDraft> properties;
    std::optional<std::vector<Metadatum>> metadata;
    std::optional<std::vector<TokenId>> apiSchemas;
    TokenId reference;               ///< of an AddReference
    std::vector<uint32_t> children;  ///< new ones, as nodes

    /// True when it changes what an instance's own row shows, not only what stands below it.
    bool changesFacts() const {
        return !properties.empty() || metadata || apiSchemas || reference.valid() || typeChanged || specifierChanged;
    }
};

/// Gathers edits by prim. A *node* is an old prim (its row in the Scene) or a new one (numbered behind the rows).
/// Old prims are found through a dense table, and only those that an edit names get a draft. O(1) per edit, but for
/// RemovePrim, which marks each row that it takes away.
class Drafts {
public:
    static constexpr uint32_t kNone = ~uint32_t{0};

    explicit Drafts(const Scene& scene);

    /// Understands one edit, or says why it cannot be met.
    Problem take(const Edit& edit);

    bool isOld(uint32_t node) const { return node < in_.prims.size(); }
    bool isDead(uint32_t row) const { return dead_[row] != 0; }
    /// The draft of a node; nullptr when no edit names it.
    const Draft* find(uint32_t node) const {
        if (!isOld(node)) return &newDrafts_[node - in_.prims.size()];
        return draftOf_[node] == kNone ? nullptr : &oldDrafts_[draftOf_[node]];
    }
    /// The prim as edits leave it.
    const Prim& row(uint32_t node) const {
        const Draft* draft = find(node);
        return draft != nullptr ? draft->row : in_.prims[node];
    }
    uint32_t nodeAt(TokenId path) const;
    std::vector<Metadatum> metadataOf(uint32_t node) const;
    std::vector<TokenId> apiSchemasOf(uint32_t node) const;

    /// Calls `use(node)` for each child that is still there: old ones in row order, then new ones as they were defined.
    template <typename Use>
    void forEachChild(uint32_t node, const Use& use) const {
        if (isOld(node))
            for (uint32_t child = node + 1; child < in_.prims[node].subtreeEnd; child = in_.prims[child].subtreeEnd)
                if (!isDead(child)) use(child);
        if (const Draft* draft = find(node))
            for (const uint32_t child : draft->children) use(child);
    }

    /// True when no old prim was changed or taken away.
    bool leaveOldPrimsAlone() const { return oldDrafts_.empty() && !anyRemoved_; }
    size_t newCount() const { return newDrafts_.size(); }
    const std::vector<uint32_t>& newRoots() const { return newRoots_; }
    /// Paths of the prims that were given a reference; some may be gone by now.
    const std::vector<TokenId>& referrers() const { return referrers_; }
    const std::vector<Keeper>& keepers() const { return keepers_; }
    const std::string& defaultPrimPath() const { return defaultPrimPath_; }
    /// True when the default prim was taken away and none of that path was defined since.
    bool losesDefaultPrim() const;

private:
    std::string_view text(TokenId id) const { return tokens_.text(id); }
    std::string quoted(TokenId id) const { return std::string(text(id)); }
    std::vector<Metadatum> copyOf(RowRange metadata) const;
    Draft& draftOf(uint32_t node);
    LayerId rootLayer() const;

    Problem define(const Edit& edit);
    Problem remove(uint32_t node);
    void forgetNew(uint32_t node);
    Problem setMetadata(Draft& draft, const Edit& edit);
    Problem addReference(Draft& draft, const Edit& edit);
    Problem editProperty(Draft& draft, const Edit& edit);
    Problem setAttribute(PropertyDraft& property, const Edit& edit, const std::string& name);
    PropertyDraft* findProperty(Draft& draft, TokenId name) const;
    PropertyDraft& newProperty(Draft& draft, const Edit& edit, bool relationship, PropertyDraft* removed);
    TokenId metadataType(const Value& value);
    void keep(const OwnedValue& value);

    const Scene& scene_;
    const SceneTables& in_;
    TokenTable& tokens_;
    std::vector<uint32_t> draftOf_;  ///< per old row
    std::vector<uint8_t> dead_;      ///< per old row
    std::vector<Draft> oldDrafts_, newDrafts_;
    std::unordered_map<TokenId, uint32_t> newNodes_;
    std::vector<uint32_t> newRoots_;
    std::vector<TokenId> referrers_;
    std::vector<Keeper> keepers_;
    std::string defaultPrimPath_;
    bool defaultPrimGone_ = false, anyRemoved_ = false;
};

}  // namespace usdtune
