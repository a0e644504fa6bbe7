// SPDX-License-Identifier: Apache-2.0
//
// Three passes. Edits are gathered into drafts, one per prim that any edit names, found through dense tables by row.
// Then the stage's rows are written anew in pre-order, each from its old row or its draft. Last come the prototypes:
// each is identified by its key (the source it refers to, or its old row), takes the path of its first instance, and
// is written as a mirror of its source, or as a copy of its old rows.
#include "usdtune/edit/preview.h"

#include <algorithm>
#include <map>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace usdtune {

namespace {

constexpr uint32_t kNone = ~uint32_t{0};

struct PropertyDraft {
    Property row;
    bool removed = false;
    std::optional<std::vector<Metadatum>> metadata;  ///< where it changed
    std::optional<std::vector<TokenId>> targets;     ///< where they changed
};

struct Draft {
    Prim row;
    bool isNew = false;
    bool typeChanged = false;
    bool specifierChanged = false;
    std::vector<PropertyDraft> properties;
    std::optional<std::vector<Metadatum>> metadata;
    std::optional<std::vector<TokenId>> apiSchemas;
    TokenId reference;               ///< of an AddReference
    std::vector<uint32_t> children;  ///< new ones, as nodes
};

/// Replaces the prefix `from` of a path by `to`; `outer` is applied afterwards.
struct Mapping {
    std::string_view from;
    std::string_view to;
    const Mapping* outer = nullptr;
    bool isArc = true;  ///< composed in place: what stands at `to` cannot be named from behind the arc
};

bool isAtOrBelow(std::string_view path, std::string_view prefix) {
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/' ||
                                        path[prefix.size()] == '.' || path[prefix.size()] == '[');
}

/// What an instance shows: the source of its only reference, or a prototype that is not understood so far.
struct PrototypeKey {
    TokenId source;
    uint32_t oldRoot = kNone;
    friend auto operator<=>(const PrototypeKey&, const PrototypeKey&) = default;
};

/// Where a row is written: what stands above it, and how its paths change.
struct Place {
    PrimId parent;
    const Mapping* mapping = nullptr;
    bool mirrored = false;  ///< the row arrives through a reference: not editable here
    bool inPrototype = false;
};

class Previewer {
public:
    explicit Previewer(const Scene& scene)
        : scene_(scene),
          in_(scene.tables()),
          tokens_(scene.tokens()),
          draftOf_(in_.prims.size(), kNone),
          dead_(in_.prims.size(), 0) {
        for (const Prototype& prototype : in_.prototypes) {
            sourceOfRoot_[prototype.root.index] = prototype.source;
            if (prototype.source.valid()) rootOfSource_[prototype.source] = prototype.root;
        }
    }

    Result<ScenePtr> run(const EditList& list) {
        for (const Edit& edit : list.edits)
            if (auto problem = take(edit)) return Error{std::move(*problem)};
        if (auto problem = checkArcs()) return Error{std::move(*problem)};
        return write();
    }

private:
    using Problem = std::optional<std::string>;

    std::string_view text(TokenId id) const { return tokens_.text(id); }
    std::string quoted(TokenId id) const { return std::string(text(id)); }

    // ---- first pass: drafts -------------------------------------------------------------------------------------

    bool isOld(uint32_t node) const { return node < in_.prims.size(); }
    const Draft* draftAt(uint32_t node) const {
        if (!isOld(node)) return &newDrafts_[node - in_.prims.size()];
        return draftOf_[node] == kNone ? nullptr : &oldDrafts_[draftOf_[node]];
    }
    const Prim& rowAt(uint32_t node) const {
        const Draft* draft = draftAt(node);
        return draft != nullptr ? draft->row : in_.prims[node];
    }
    Draft& draftOf(uint32_t node) {
        if (!isOld(node)) return newDrafts_[node - in_.prims.size()];
        if (draftOf_[node] == kNone) {
            draftOf_[node] = static_cast<uint32_t>(oldDrafts_.size());
            oldDrafts_.emplace_back();
            oldDrafts_.back().row = in_.prims[node];
        }
        return oldDrafts_[draftOf_[node]];
    }
    uint32_t nodeAt(TokenId path) const {
        if (const auto found = newNodes_.find(path); found != newNodes_.end()) return found->second;
        const PrimId row = scene_.find(path);
        return row.valid() && dead_[row.index] == 0 ? row.index : kNone;
    }

    /// A property has opinions of its own: an instance's binding may be edited although the instance itself, which its
    /// source speaks about too, may not.
    static bool mayTake(const Edit& edit, const Prim& prim) {
        const bool ofProperty = edit.kind == EditKind::SetAttribute || edit.kind == EditKind::BlockAttribute ||
                                edit.kind == EditKind::RemoveProperty || edit.kind == EditKind::SetTargets;
        return prim.flags.editable || (ofProperty && !prim.flags.inPrototype);
    }

    Problem take(const Edit& edit) {
        if (edit.kind == EditKind::DefinePrim) return define(edit);
        const uint32_t node = nodeAt(edit.path);
        if (node == kNone)
            return quoted(edit.path) + ": there is no such prim to edit (" + std::string(editKindName(edit.kind)) +
                   ").";
        if (!mayTake(edit, rowAt(node)))
            return quoted(edit.path) + ": the prim is not editable: " +
                   (rowAt(node).opinionCount == 1
                        ? "its opinion does not belong to this target."
                        : std::to_string(rowAt(node).opinionCount) + " opinions speak about it, and one is expected.");
        if (edit.kind == EditKind::RemovePrim) return remove(node);
        keep(edit.value);
        Draft& draft = draftOf(node);
        switch (edit.kind) {
            case EditKind::SetTypeName:
                draft.row.typeName = edit.typeName;
                draft.typeChanged = true;
                return {};
            case EditKind::SetSpecifier:
                draft.row.specifier = edit.specifier;
                draft.specifierChanged = true;
                return {};
            case EditKind::SetPrimMetadata:
                return setMetadata(draft, edit);
            case EditKind::SetApiSchemas:
                draft.apiSchemas = edit.targets;
                return {};
            case EditKind::AddReference:
                return addReference(draft, edit);
            default:
                return editProperty(draft, edit);
        }
    }

    Problem define(const Edit& edit) {
        if (nodeAt(edit.path) != kNone)
            return quoted(edit.path) + ": a prim is there already; it cannot be defined anew.";
        const std::string_view path = text(edit.path);
        const size_t slash = path.rfind('/');
        if (slash == std::string_view::npos || slash + 1 == path.size())
            return quoted(edit.path) + ": this is not an absolute prim path.";
        const auto node = static_cast<uint32_t>(in_.prims.size() + newDrafts_.size());
        Draft draft;
        draft.isNew = true;
        draft.row.path = edit.path;
        draft.row.name = tokens_.intern(std::string(path.substr(slash + 1)));
        draft.row.typeName = edit.typeName.valid() ? edit.typeName : tokens_.intern("");
        draft.row.specifier = edit.specifier;
        draft.row.flags.editable = true;
        draft.row.layer = rootLayer();
        if (slash == 0) {
            newRoots_.push_back(node);
        } else {
            const uint32_t parent = nodeAt(tokens_.find(path.substr(0, slash)));
            if (parent == kNone) return quoted(edit.path) + ": its parent does not exist.";
            const Prim& above = rowAt(parent);
            if (!above.flags.editable)
                return quoted(edit.path) + ": its parent is not editable, so nothing can be defined below it.";
            draft.row.layer = above.layer;
            draft.row.flags.latentOpinions = above.flags.latentOpinions;
            draftOf(parent).children.push_back(node);
        }
        newDrafts_.push_back(std::move(draft));
        newNodes_[edit.path] = node;
        return {};
    }

    void forgetNew(uint32_t node) {
        newNodes_.erase(rowAt(node).path);
        const std::vector<uint32_t> children = newDrafts_[node - in_.prims.size()].children;
        for (const uint32_t child : children) forgetNew(child);
    }

    Problem remove(uint32_t node) {
        const TokenId path = rowAt(node).path;
        if (isAtOrBelow(defaultPrimPath_, text(path))) defaultPrimGone_ = true;
        if (isOld(node)) {
            for (uint32_t row = node; row < in_.prims[node].subtreeEnd; ++row) {
                if (dead_[row] == 0 && draftOf_[row] != kNone)
                    for (const uint32_t child : oldDrafts_[draftOf_[row]].children) forgetNew(child);
                dead_[row] = 1;
            }
            anyRemoved_ = true;
            return {};
        }
        forgetNew(node);
        const std::string_view full = text(path);
        const size_t slash = full.rfind('/');
        std::vector<uint32_t>& siblings =
            slash == 0 ? newRoots_ : draftOf(nodeAt(tokens_.find(full.substr(0, slash)))).children;
        std::erase(siblings, node);
        return {};
    }

    static bool asBool(const Value& value, bool fallback) {
        const auto bools = value.as<uint8_t>(Element::Bool, 1);
        return bools.empty() ? fallback : bools[0] != 0;
    }

    Problem setMetadata(Draft& draft, const Edit& edit) {
        const std::string_view key = text(edit.name);
        if (key == "active") {
            const bool active = asBool(edit.value.value, true);
            if (active && !draft.row.flags.active)
                return quoted(edit.path) +
                       ": an inactive prim cannot be activated here, as what stands below it was not read.";
            draft.row.flags.active = active;
            return {};
        }
        if (key == "instanceable") {
            draft.row.flags.instanceable = asBool(edit.value.value, false);
            return {};
        }
        if (!draft.metadata) draft.metadata = copyOf(draft.row.metadata);
        setDatum(*draft.metadata, {edit.name, edit.typeName, edit.value.value});
        return {};
    }

    Problem addReference(Draft& draft, const Edit& edit) {
        if (draft.row.flags.hasArcs)
            return quoted(edit.path) + ": the prim has composition arcs already; a reference cannot be added to it.";
        if (edit.targets.size() != 1) return quoted(edit.path) + ": a reference needs exactly one target prim.";
        const std::string_view source = text(edit.targets[0]), self = text(edit.path);
        if (isAtOrBelow(source, self) || isAtOrBelow(self, source))
            return quoted(edit.path) + ": a reference to " + std::string(source) + " would lead back into itself.";
        draft.reference = edit.targets[0];
        draft.row.flags.hasArcs = true;
        referrers_.push_back(edit.path);
        return {};
    }

    PropertyDraft* findProperty(Draft& draft, TokenId name) {
        for (PropertyDraft& property : draft.properties)
            if (property.row.name == name) return &property;
        for (uint32_t row = draft.row.properties.begin; row < draft.row.properties.end; ++row)
            if (in_.properties[row].name == name) {
                draft.properties.push_back({in_.properties[row], false, {}, {}});
                return &draft.properties.back();
            }
        return nullptr;
    }

    Problem editProperty(Draft& draft, const Edit& edit) {
        PropertyDraft* property = findProperty(draft, edit.name);
        const bool there = property != nullptr && !property->removed;
        const std::string name = quoted(edit.path) + "." + quoted(edit.name);
        if (there && !property->row.flags.editable)
            return name + ": the property is not editable: " + std::to_string(property->row.opinionCount) +
                   " opinions speak about it, or its layer does not belong to this target.";
        if (edit.kind == EditKind::RemoveProperty) {
            if (there) property->removed = true;
            return {};
        }
        const bool wantsRelationship = edit.kind == EditKind::SetTargets && !edit.connection;
        if (there && property->row.flags.relationship != wantsRelationship)
            return name + (wantsRelationship ? ": this is an attribute, and a relationship is expected."
                                             : ": this is a relationship, and an attribute is expected.");
        if (there && property->row.flags.opaque)
            return name + ": it holds content that this version does not understand.";
        if (!there &&
            (edit.kind == EditKind::BlockAttribute || (edit.kind == EditKind::SetTargets && edit.connection)) &&
            text(edit.typeName).empty())
            return name + ": there is no such attribute, and no type is given to create it.";
        if (!there) property = &newProperty(draft, edit, wantsRelationship, property);
        if (edit.kind == EditKind::SetTargets) {
            property->targets = edit.targets;
            property->row.hasTargets = true;
            return {};
        }
        if (edit.kind == EditKind::BlockAttribute) {
            property->row.value = Value();
            property->row.flags.blocked = true;
            property->row.flags.mismatched = false;
            return {};
        }
        return setAttribute(*property, edit, name);
    }

    PropertyDraft& newProperty(Draft& draft, const Edit& edit, bool relationship, PropertyDraft* removed) {
        PropertyDraft property;
        property.row.name = edit.name;
        property.row.typeName = relationship || !edit.typeName.valid() ? tokens_.intern("") : edit.typeName;
        property.row.flags.relationship = relationship;
        property.row.flags.custom = edit.custom;
        // Relationships are uniform unless they say otherwise, which no edit does.
        property.row.flags.uniform = relationship || edit.uniform;
        property.row.flags.editable = true;
        property.row.layer = draft.row.layer;
        if (removed != nullptr) {
            *removed = std::move(property);
            return *removed;
        }
        draft.properties.push_back(std::move(property));
        return draft.properties.back();
    }

    Problem setAttribute(PropertyDraft& property, const Edit& edit, const std::string& name) {
        const ValueType type = valueTypeOf(text(edit.typeName));
        if (property.row.typeName != edit.typeName)
            return name + ": its type is " + quoted(property.row.typeName) + ", and " + quoted(edit.typeName) +
                   " is given; it has to be removed first.";
        if (!edit.value.value.empty()) {
            if (edit.value.value.type != type)
                return name + ": the value given does not have the shape of " + quoted(edit.typeName) + ".";
            property.row.value = edit.value.value;
            property.row.flags.blocked = false;
            property.row.flags.mismatched = false;
        }
        property.row.flags.custom = edit.custom;
        property.row.flags.uniform = edit.uniform;
        if (edit.metadata.empty()) return {};
        if (!property.metadata) property.metadata = copyOf(property.row.metadata);
        for (const auto& [key, value] : edit.metadata) {
            keep(value);
            setDatum(*property.metadata, {key, metadataType(value.value), value.value});
        }
        return {};
    }

    /// The type names under which the bridge keeps metadata.
    TokenId metadataType(const Value& value) {
        switch (value.type.element) {
            case Element::Bool:
                return tokens_.intern("bool");
            case Element::Int:
                return tokens_.intern("int");
            case Element::Double:
                return tokens_.intern("double");
            case Element::Text:
                return tokens_.intern("string");
            default:
                return tokens_.intern("opaque");
        }
    }

    std::vector<Metadatum> copyOf(RowRange range) const {
        const auto rows = scene_.metadata(range);
        return {rows.begin(), rows.end()};
    }
    /// Sorted by key text; an empty value takes the key away.
    void setDatum(std::vector<Metadatum>& rows, Metadatum datum) const {
        const auto at =
            std::lower_bound(rows.begin(), rows.end(), text(datum.key),
                             [this](const Metadatum& row, std::string_view key) { return text(row.key) < key; });
        const bool found = at != rows.end() && at->key == datum.key;
        if (datum.value.empty()) {
            if (found) rows.erase(at);
        } else if (found) {
            at->value = datum.value;
        } else {
            rows.insert(at, datum);
        }
    }
    void keep(const OwnedValue& value) {
        if (value.keeper) keepers_.push_back(value.keeper);
    }
    LayerId rootLayer() const {
        for (size_t i = 0; i < in_.layers.size(); ++i)
            if (in_.layers[i].own) return LayerId(i);
        return {};
    }

    // ---- what arcs allow ----------------------------------------------------------------------------------------

    bool leaves(uint32_t node) const {
        return dead_[node] != 0 || (draftOf_[node] != kNone && !oldDrafts_[draftOf_[node]].row.flags.active &&
                                    in_.prims[node].flags.active);
    }

    /// A reference inside this target must keep its source; one that is composed in place is not followed at all.
    Problem checkArcs() {
        if (auto problem = checkNewReferences()) return problem;
        if (oldDrafts_.empty() && !anyRemoved_) return {};
        for (const Arc& arc : in_.arcs) {
            if (!arc.internal || arc.broken || !arc.prim.valid() || arc.kind == ArcKind::Relocate) continue;
            if (arc.prim.index < scene_.stagePrimCount() && dead_[arc.prim.index] != 0) continue;
            const PrimId source = arc.target.valid() && !text(arc.target).empty() ? scene_.find(arc.target)
                                                                                  : scene_.find(defaultPrimPath_);
            if (!source.valid() || source.index >= scene_.stagePrimCount()) continue;
            const std::string_view what =
                arc.kind == ArcKind::Reference || arc.kind == ArcKind::Payload ? "refers to" : "inherits from";
            for (PrimId above = source; above.valid(); above = in_.prims[above.index].parent)
                if (leaves(above.index))
                    return quoted(in_.prims[above.index].path) + ": it cannot be taken away, as " +
                           quoted(in_.prims[arc.prim.index].path) + " " + std::string(what) + " " +
                           quoted(in_.prims[source.index].path) + ".";
            if (followsSource(arc, source)) continue;
            if (const uint32_t row = touchedAt(source); row != kNone)
                return quoted(in_.prims[row].path) + ": it cannot be edited, as " +
                       quoted(in_.prims[arc.prim.index].path) + " " + std::string(what) + " " +
                       quoted(in_.prims[source.index].path) + " and would change with it.";
        }
        return {};
    }
    /// True for arcs of instances whose prototype mirrors the source, and whose own row is no copy of the source's.
    bool followsSource(const Arc& arc, PrimId source) const {
        const Prim& prim = in_.prims[arc.prim.index];
        if (!prim.flags.instance || !prim.prototype.valid()) return false;
        if (draftOf_[source.index] != kNone && hasFacts(oldDrafts_[draftOf_[source.index]])) return false;
        return sourceOfRoot_.at(prim.prototype.index) == in_.prims[source.index].path;
    }
    /// True when the draft changes what an instance's own row shows, not only what stands below it.
    static bool hasFacts(const Draft& draft) {
        return !draft.properties.empty() || draft.metadata || draft.apiSchemas || draft.reference.valid() ||
               draft.typeChanged || draft.specifierChanged;
    }
    /// The first row at or below `source` that an edit changes or takes away; kNone when all stays.
    uint32_t touchedAt(PrimId source) {
        const auto [slot, isNew] = touched_.try_emplace(source.index, kNone);
        if (!isNew) return slot->second;
        for (uint32_t row = source.index; row < in_.prims[source.index].subtreeEnd && slot->second == kNone; ++row)
            if (draftOf_[row] != kNone || dead_[row] != 0) slot->second = row;
        return slot->second;
    }

    Problem checkNewReferences() const {
        std::unordered_set<TokenId> sources;
        for (const TokenId path : referrers_) {
            const uint32_t node = nodeAt(path);
            if (node == kNone || !draftAt(node)->reference.valid()) continue;
            const TokenId source = draftAt(node)->reference;
            if (!sources.insert(source).second) continue;
            const uint32_t target = nodeAt(source);
            const std::string sentence =
                quoted(path) + ": the reference to " + quoted(source) + " cannot be followed: ";
            if (target == kNone) return sentence + "there is no such prim.";
            if (!isOld(target)) {
                if (draftAt(target)->reference.valid()) return sentence + "that prim has a reference itself.";
                continue;
            }
            const Prim& row = rowAt(target);
            if (row.flags.inPrototype || row.flags.hasArcs) return sentence + "that prim has composition arcs itself.";
            if (!row.flags.active) return sentence + "that prim is inactive.";
        }
        return {};
    }

    // ---- second pass: rows --------------------------------------------------------------------------------------

    Result<ScenePtr> write();
    void writeTree(uint32_t node, const Place& place);
    void writeChildren(uint32_t node, const Place& place);
    void writeProperties(uint32_t node, PrimId id, const Place& place);
    Problem writeInPlace(uint32_t node, PrimId id, const Place& place);
    void overlaySource(uint32_t node, PrimId id, const Place& place);
    void pushProperty(Property row, PrimId id, const Place& place, const PropertyDraft* draft);
    void writePrototypes();
    void writeTables();
    void noteLatent(uint32_t node);

    /// The path seen through arcs; invalid when it cannot be seen through them.
    TokenId mapped(TokenId path, const Mapping* mapping);
    RowRange pushMetadata(const std::vector<Metadatum>& rows);
    RowRange pushTokens(const std::vector<TokenId>& rows);
    void setSpecifierFlags(Prim& row) const;
    void mirrorArcs(uint32_t node, PrimId id);
    PrototypeKey keyOfOld(PrimId root) const {
        const TokenId source = sourceOfRoot_.at(root.index);
        return source.valid() ? PrototypeKey{source, kNone} : PrototypeKey{TokenId(), root.index};
    }

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
    std::string defaultPrimPath_ = (in_.stage.defaultPrim.starts_with('/') ? "" : "/") + in_.stage.defaultPrim;
    bool defaultPrimGone_ = false, anyRemoved_ = false;
    int referenceDepth_ = 0;

    SceneTables out_;
    std::vector<PrimId> newRowOf_;  ///< per old row; of stage rows, and of prototypes that were copied
    std::unordered_map<uint32_t, TokenId> sourceOfRoot_;  ///< of old prototypes
    std::unordered_map<TokenId, PrimId> rootOfSource_;    ///< of old prototypes that mirror one
    std::unordered_map<uint32_t, uint32_t> touched_;
    struct InstanceRow {
        PrimId row;
        PrototypeKey key;
    };
    std::vector<InstanceRow> instances_;
    std::vector<TokenId> newLatent_;
    std::vector<Arc> newArcs_;
    Problem problem_;
};

TokenId Previewer::mapped(TokenId path, const Mapping* mapping) {
    if (mapping == nullptr) return path;
    std::string result(text(path));
    for (; mapping != nullptr; mapping = mapping->outer) {
        if (isAtOrBelow(result, mapping->from))
            result = std::string(mapping->to) + result.substr(mapping->from.size());
        else if (mapping->isArc && isAtOrBelow(result, mapping->to))
            return {};  // Pcp drops such a target: it would not map back to where it came from
    }
    return result == text(path) ? path : tokens_.intern(result);
}

RowRange Previewer::pushMetadata(const std::vector<Metadatum>& rows) {
    const auto begin = static_cast<uint32_t>(out_.metadata.size());
    out_.metadata.insert(out_.metadata.end(), rows.begin(), rows.end());
    return {begin, static_cast<uint32_t>(out_.metadata.size())};
}

void Previewer::setSpecifierFlags(Prim& row) const {
    const Prim* above = row.parent.valid() ? &out_.prims[row.parent.index] : nullptr;
    row.flags.defined = (above == nullptr || above->flags.defined) && row.specifier != Specifier::Over;
    row.flags.abstract = (above != nullptr && above->flags.abstract) || row.specifier == Specifier::Class;
}

RowRange Previewer::pushTokens(const std::vector<TokenId>& rows) {
    const auto begin = static_cast<uint32_t>(out_.tokenLists.size());
    out_.tokenLists.insert(out_.tokenLists.end(), rows.begin(), rows.end());
    return {begin, static_cast<uint32_t>(out_.tokenLists.size())};
}

void Previewer::pushProperty(Property row, PrimId id, const Place& place, const PropertyDraft* draft) {
    row.prim = id;
    if (place.mirrored) row.flags.editable = false;
    if (draft != nullptr && draft->metadata) row.metadata = pushMetadata(*draft->metadata);
    if (draft != nullptr && draft->targets) row.targets = pushTokens(*draft->targets);
    if (place.mapping != nullptr && !row.targets.empty()) {
        std::vector<TokenId> targets(out_.tokenLists.begin() + row.targets.begin,
                                     out_.tokenLists.begin() + row.targets.end);
        for (TokenId& target : targets) target = mapped(target, place.mapping);
        std::erase_if(targets, [](TokenId target) { return !target.valid(); });
        row.targets = pushTokens(targets);
    }
    out_.properties.push_back(row);
}

void Previewer::writeProperties(uint32_t node, PrimId id, const Place& place) {
    const Draft* draft = draftAt(node);
    const RowRange old = draft != nullptr ? draft->row.properties : in_.prims[node].properties;
    if (draft == nullptr || draft->properties.empty()) {
        for (uint32_t row = old.begin; row < old.end; ++row) pushProperty(in_.properties[row], id, place, nullptr);
        return;
    }
    std::vector<std::pair<const Property*, const PropertyDraft*>> rows;
    for (uint32_t row = old.begin; row < old.end; ++row) {
        const Property& property = in_.properties[row];
        const bool drafted = std::any_of(draft->properties.begin(), draft->properties.end(),
                                         [&](const PropertyDraft& d) { return d.row.name == property.name; });
        if (!drafted) rows.emplace_back(&property, nullptr);
    }
    for (const PropertyDraft& property : draft->properties)
        if (!property.removed) rows.emplace_back(&property.row, &property);
    std::sort(rows.begin(), rows.end(),
              [this](const auto& a, const auto& b) { return text(a.first->name) < text(b.first->name); });
    for (const auto& [row, change] : rows) pushProperty(*row, id, place, change);
}

/// Where a prim left the composed rows, what it pointed at is still there in the layer.
void Previewer::noteLatent(uint32_t node) {
    const auto note = [this](uint32_t at) {
        const Draft* draft = draftAt(at);
        const RowRange old = rowAt(at).properties;
        for (uint32_t row = old.begin; row < old.end; ++row) {
            const bool drafted = draft != nullptr && std::any_of(draft->properties.begin(), draft->properties.end(),
                                                                 [&](const PropertyDraft& d) {
                                                                     return d.row.name == in_.properties[row].name;
                                                                 });
            if (drafted) continue;
            const auto targets = scene_.tokenList(in_.properties[row].targets);
            newLatent_.insert(newLatent_.end(), targets.begin(), targets.end());
        }
        if (draft == nullptr) return;
        for (const PropertyDraft& property : draft->properties) {
            if (property.removed) continue;
            const auto old_ = scene_.tokenList(property.row.targets);
            if (property.targets)
                newLatent_.insert(newLatent_.end(), property.targets->begin(), property.targets->end());
            else
                newLatent_.insert(newLatent_.end(), old_.begin(), old_.end());
        }
        if (draft->reference.valid()) newLatent_.push_back(draft->reference);
    };
    const auto below = [&](auto&& self, uint32_t at) -> void {
        if (isOld(at))
            for (uint32_t row = at + 1; row < in_.prims[at].subtreeEnd; row = in_.prims[row].subtreeEnd)
                if (dead_[row] == 0) note(row), self(self, row);
        if (const Draft* draft = draftAt(at))
            for (const uint32_t child : draft->children) note(child), self(self, child);
    };
    below(below, node);
}

void Previewer::writeChildren(uint32_t node, const Place& place) {
    if (isOld(node))
        for (uint32_t row = node + 1; row < in_.prims[node].subtreeEnd; row = in_.prims[row].subtreeEnd)
            if (dead_[row] == 0) writeTree(row, place);
    if (const Draft* draft = draftAt(node); draft != nullptr && !draft->children.empty()) {
        const std::vector<uint32_t> children = draft->children;
        for (const uint32_t child : children) writeTree(child, place);
    }
}

void Previewer::writeTree(uint32_t node, const Place& place) {
    const Draft* draft = draftAt(node);
    const PrimId id(out_.prims.size());
    Prim row = rowAt(node);
    const bool wasActive = isOld(node) ? in_.prims[node].flags.active : true;
    row.parent = place.parent;
    row.path = mapped(row.path, place.mapping);
    if (place.mirrored) row.flags.editable = false;
    row.flags.inPrototype = place.inPrototype;
    row.flags.prototypeRoot = false;
    setSpecifierFlags(row);
    if (draft != nullptr) {
        if (draft->metadata) row.metadata = pushMetadata(*draft->metadata);
        if (draft->apiSchemas) row.apiSchemas = pushTokens(*draft->apiSchemas);
    }
    const bool referring = draft != nullptr && draft->reference.valid();
    const PrimId oldPrototype = row.prototype;
    row.prototype = PrimId();
    if (row.flags.instance && !row.flags.active) row.flags.instance = false;
    row.properties.begin = static_cast<uint32_t>(out_.properties.size());
    out_.prims.push_back(row);
    if (referring)
        overlaySource(node, id, place);
    else
        writeProperties(node, id, place);
    out_.prims[id.index].properties.end = static_cast<uint32_t>(out_.properties.size());
    if (isOld(node) && !place.mirrored) newRowOf_[node] = id;

    Prim& written = out_.prims[id.index];
    if (referring) {
        written.flags.editable = false;
        written.opinionCount = static_cast<uint16_t>(written.opinionCount + 1);
        Arc arc;
        arc.prim = id;
        arc.asset = arc.resolved = tokens_.intern("");
        arc.target = draft->reference;
        arc.layer = written.layer;
        arc.internal = true;
        newArcs_.push_back(arc);
    }
    if (place.mirrored) mirrorArcs(node, id);
    const bool active = written.flags.active;
    const bool instance = active && (referring ? static_cast<bool>(written.flags.instanceable)
                                               : static_cast<bool>(written.flags.instance));
    written.flags.instance = instance;
    if (instance)
        instances_.push_back({id, referring ? PrototypeKey{draft->reference, kNone} : keyOfOld(oldPrototype)});
    const Place below{id, place.mapping, place.mirrored, place.inPrototype};
    if (!active) {
        if (wasActive && !place.mirrored) noteLatent(node);
    } else if (!instance) {
        if (referring) {
            if (auto problem = writeInPlace(node, id, below)) problem_ = problem_ ? problem_ : problem;
        }
        writeChildren(node, below);
    } else if (referring && !place.mirrored) {
        noteLatent(node);
    }
    out_.prims[id.index].subtreeEnd = static_cast<uint32_t>(out_.prims.size());
}

/// Arcs and variant sets of a row that is written once more elsewhere.
void Previewer::mirrorArcs(uint32_t node, PrimId id) {
    if (!isOld(node)) return;
    for (Arc arc : scene_.arcs(PrimId(node))) {
        arc.prim = id;
        newArcs_.push_back(arc);
    }
    for (VariantSet set : scene_.variantSets(PrimId(node))) {
        set.prim = id;
        out_.variantSets.push_back(set);
    }
}

/// The composed row of a prim that refers to a source: its own opinions, and under them those of the source's root.
void Previewer::overlaySource(uint32_t node, PrimId id, const Place& place) {
    const Draft& draft = *draftAt(node);
    const uint32_t source = nodeAt(draft.reference);
    const Prim& root = rowAt(source);
    const Draft* rootDraft = draftAt(source);
    Prim& prim = out_.prims[id.index];

    if (text(prim.typeName).empty()) prim.typeName = root.typeName;
    if (prim.specifier == Specifier::Over) {
        prim.specifier = root.specifier;
        setSpecifierFlags(prim);
    }
    const auto metadataOf = [&](uint32_t at, const Draft* d) {
        return d != nullptr && d->metadata ? *d->metadata : copyOf(rowAt(at).metadata);
    };
    std::vector<Metadatum> metadata = metadataOf(node, &draft);
    for (const Metadatum& datum : metadataOf(source, rootDraft)) {
        const bool own =
            std::any_of(metadata.begin(), metadata.end(), [&](const Metadatum& m) { return m.key == datum.key; });
        if (!own)
            setDatum(metadata, datum);
        else if (datum.value.type.element == Element::Opaque && !problem_)
            problem_ = quoted(rowAt(node).path) + ": its metadata " + quoted(datum.key) +
                       " would be merged with that of " + quoted(draft.reference) + ", which a preview does not do.";
    }
    prim.metadata = pushMetadata(metadata);
    if (root.flags.instanceable) prim.flags.instanceable = true;

    // API schemas are prepended where operations and UsdPrim author them; a whole list replaces.
    const auto sourceSchemas =
        rootDraft != nullptr && rootDraft->apiSchemas
            ? *rootDraft->apiSchemas
            : std::vector<TokenId>(scene_.tokenList(root.apiSchemas).begin(), scene_.tokenList(root.apiSchemas).end());
    if (!draft.apiSchemas) {
        const auto own = scene_.tokenList(rowAt(node).apiSchemas);
        std::vector<TokenId> schemas(own.begin(), own.end());
        for (const TokenId schema : sourceSchemas)
            if (std::find(schemas.begin(), schemas.end(), schema) == schemas.end()) schemas.push_back(schema);
        prim.apiSchemas = pushTokens(schemas);
    }

    const size_t begin = out_.properties.size();
    writeProperties(node, id, place);
    const size_t ownEnd = out_.properties.size();
    const std::string destination(text(rowAt(node).path)), from(text(draft.reference));
    const Mapping inner{from, destination, place.mapping, true};
    writeProperties(source, id, {place.parent, &inner, true, place.inPrototype});
    std::vector<Property> own(out_.properties.begin() + static_cast<ptrdiff_t>(begin),
                              out_.properties.begin() + static_cast<ptrdiff_t>(ownEnd));
    std::vector<Property> weak(out_.properties.begin() + static_cast<ptrdiff_t>(ownEnd), out_.properties.end());
    out_.properties.resize(begin);
    for (Property& property : own) {
        const auto same =
            std::find_if(weak.begin(), weak.end(), [&](const Property& w) { return w.name == property.name; });
        if (same == weak.end()) continue;
        property.opinionCount = static_cast<uint16_t>(property.opinionCount + same->opinionCount);
        property.flags.editable = false;
        if (property.value.empty() && !property.flags.blocked)
            property.value = same->value, property.flags.blocked = same->flags.blocked;
        if (!property.hasTargets) property.targets = same->targets, property.hasTargets = same->hasTargets;
        if (property.samples.empty() && property.value.empty()) property.samples = same->samples;
        property.flags.animated = !property.samples.empty();
        std::vector<Metadatum> merged(out_.metadata.begin() + property.metadata.begin,
                                      out_.metadata.begin() + property.metadata.end);
        const std::vector<Metadatum> under(out_.metadata.begin() + same->metadata.begin,
                                           out_.metadata.begin() + same->metadata.end);
        for (const Metadatum& datum : under)
            if (std::none_of(merged.begin(), merged.end(), [&](const Metadatum& m) { return m.key == datum.key; }))
                setDatum(merged, datum);
        property.metadata = pushMetadata(merged);
        weak.erase(same);
    }
    own.insert(own.end(), weak.begin(), weak.end());
    std::sort(own.begin(), own.end(),
              [this](const Property& a, const Property& b) { return text(a.name) < text(b.name); });
    out_.properties.insert(out_.properties.end(), own.begin(), own.end());
}

/// The children of the source, as they come through a reference of a prim that is no instance.
Previewer::Problem Previewer::writeInPlace(uint32_t node, PrimId id, const Place& place) {
    const Draft& draft = *draftAt(node);
    const uint32_t source = nodeAt(draft.reference);
    std::unordered_set<TokenId> names;
    const auto childrenOf = [&](uint32_t at, auto&& use) {
        if (isOld(at))
            for (uint32_t row = at + 1; row < in_.prims[at].subtreeEnd; row = in_.prims[row].subtreeEnd)
                if (dead_[row] == 0) use(row);
        if (const Draft* d = draftAt(at))
            for (const uint32_t child : d->children) use(child);
    };
    childrenOf(source, [&](uint32_t child) { names.insert(rowAt(child).name); });
    Problem clash;
    childrenOf(node, [&](uint32_t child) {
        if (names.contains(rowAt(child).name) && !clash)
            clash = quoted(rowAt(child).path) + ": a child of that name also arrives from " + quoted(draft.reference) +
                    ", and merging the two is not previewed.";
    });
    if (clash) return clash;
    if (++referenceDepth_ > 64) {
        --referenceDepth_;
        return quoted(rowAt(node).path) + ": references lead in a circle through " + quoted(draft.reference) + ".";
    }
    const std::string from(text(draft.reference)), to(text(rowAt(node).path));
    const Mapping inner{from, to, place.mapping, true};
    Place below = place;
    below.parent = id;
    below.mapping = &inner;
    below.mirrored = true;
    writeChildren(source, below);
    --referenceDepth_;
    return {};
}

/// Prototypes in the order of their first instances' paths. A path through an outer prototype is longer than that
/// prototype's own, so taking the smallest one first settles every name (as in Dijkstra's algorithm).
void Previewer::writePrototypes() {
    struct Waiting {
        std::string_view path;
        PrimId firstInstance;
        PrototypeKey key;
        bool operator>(const Waiting& other) const { return path > other.path; }
    };
    std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> waiting;
    std::map<PrototypeKey, std::string_view> firstPath;
    std::map<PrototypeKey, PrimId> rootOf;
    size_t seen = 0;
    const auto collect = [&] {
        for (; seen < instances_.size(); ++seen) {
            const auto& [row, key] = instances_[seen];
            const std::string_view path = text(out_.prims[row.index].path);
            const auto [slot, isNew] = firstPath.try_emplace(key, path);
            if (!isNew && slot->second <= path) continue;
            slot->second = path;
            waiting.push({path, row, key});
        }
    };
    collect();
    while (!waiting.empty()) {
        const auto [pathView, firstInstance, key] = waiting.top();
        waiting.pop();
        if (rootOf.contains(key)) continue;
        const std::string path(pathView);
        const PrimId id(out_.prims.size());
        rootOf[key] = id;

        Prim root;
        std::string from;
        const uint32_t source = key.source.valid() ? nodeAt(key.source) : key.oldRoot;
        if (key.oldRoot != kNone) {
            root = in_.prims[key.oldRoot];
            from = text(root.path);
        } else {
            if (const auto old = rootOfSource_.find(key.source); old != rootOfSource_.end())
                root = in_.prims[old->second.index];
            from = text(key.source);
            if (!root.flags.prototypeRoot) {
                root.typeName = tokens_.intern("");
                root.flags = PrimFlags();
                root.opinionCount = 0;
                root.metadata = root.apiSchemas = RowRange();
            }
        }
        root.path = tokens_.intern(path);
        root.name = out_.prims[firstInstance.index].name;
        root.parent = PrimId();
        root.prototype = PrimId();
        root.specifier = Specifier::Def;
        root.flags.prototypeRoot = root.flags.inPrototype = true;
        root.flags.editable = root.flags.instance = false;
        root.properties = {static_cast<uint32_t>(out_.properties.size()),
                           static_cast<uint32_t>(out_.properties.size())};
        out_.prims.push_back(root);
        if (key.oldRoot != kNone) newRowOf_[key.oldRoot] = id;
        const Mapping mapping{from, path, nullptr, false};  // which instance Usd composes it by is its own affair
        const Place below{id, &mapping, key.oldRoot == kNone, true};
        if (source != kNone) writeChildren(source, below);
        out_.prims[id.index].subtreeEnd = static_cast<uint32_t>(out_.prims.size());
        Prototype row;
        row.root = id;
        row.firstInstance = firstInstance;
        row.source = key.source;
        out_.prototypes.push_back(row);
        collect();
    }
    for (const auto& [row, key] : instances_) out_.prims[row.index].prototype = rootOf.at(key);
}

/// The tables beside prims and properties, with rows that speak about prims which are gone left out.
void Previewer::writeTables() {
    const auto moved = [this](PrimId prim) { return prim.valid() ? newRowOf_[prim.index] : prim; };
    for (Arc arc : in_.arcs) {
        if (arc.prim.valid() && !moved(arc.prim).valid()) continue;
        arc.prim = moved(arc.prim);
        out_.arcs.push_back(arc);
    }
    out_.arcs.insert(out_.arcs.end(), newArcs_.begin(), newArcs_.end());
    for (VariantSet set : in_.variantSets) {
        set.prim = moved(set.prim);
        if (set.prim.valid()) out_.variantSets.push_back(set);
    }
    out_.latentTargets = in_.latentTargets;
    out_.latentTargets.insert(out_.latentTargets.end(), newLatent_.begin(), newLatent_.end());
    std::sort(out_.latentTargets.begin(), out_.latentTargets.end(),
              [this](TokenId a, TokenId b) { return text(a) < text(b); });
    out_.latentTargets.erase(std::unique(out_.latentTargets.begin(), out_.latentTargets.end()),
                             out_.latentTargets.end());
    for (const ContentProblem& problem : in_.problems) {
        const std::string_view path = text(problem.path);
        const PrimId prim = scene_.find(path.substr(0, path.find('.')));
        if (!prim.valid() || moved(prim).valid()) out_.problems.push_back(problem);
    }
}

Result<ScenePtr> Previewer::write() {
    out_.stage = in_.stage;
    out_.tokens = in_.tokens;
    out_.metadata = in_.metadata;
    out_.samples = in_.samples;
    out_.tokenLists = in_.tokenLists;
    out_.layers = in_.layers;
    out_.keepers = in_.keepers;
    out_.keepers.insert(out_.keepers.end(), keepers_.begin(), keepers_.end());
    out_.prims.reserve(in_.prims.size() + newDrafts_.size());
    out_.properties.reserve(in_.properties.size());
    newRowOf_.assign(in_.prims.size(), PrimId());

    for (uint32_t row = 0; row < scene_.stagePrimCount(); row = in_.prims[row].subtreeEnd)
        if (dead_[row] == 0) writeTree(row, Place());
    for (const uint32_t node : newRoots_) writeTree(node, Place());
    writePrototypes();
    writeTables();
    if (problem_) return Error{std::move(*problem_)};
    if (defaultPrimGone_ && !newNodes_.contains(tokens_.find(defaultPrimPath_))) {
        out_.stage.defaultPrim.clear();
        for (Layer& layer : out_.layers) {
            if (!layer.own) continue;  // the root layer is the first own one, and only its word counts
            std::vector<Metadatum> rows = copyOf(layer.metadata);
            if (std::erase_if(rows, [this](const Metadatum& m) { return text(m.key) == "defaultPrim"; }) != 0)
                layer.metadata = pushMetadata(rows);
            break;
        }
    }
    return Scene::freeze(std::move(out_));
}

}  // namespace

Result<ScenePtr> preview(const Scene& scene, const EditList& edits) { return Previewer(scene).run(edits); }

}  // namespace usdtune
