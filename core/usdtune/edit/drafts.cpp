// SPDX-License-Identifier: Apache-2.0
#include "usdtune/edit/drafts.h"

#include <algorithm>

namespace usdtune {

namespace {

/// A property has opinions of its own: an instance's binding may be edited although the instance itself, which its
/// source speaks about too, may not. What stands in a prototype is never edited, only the source that it follows.
bool mayTake(const Edit& edit, const Prim& prim) {
    const bool ofProperty = edit.kind == EditKind::SetAttribute || edit.kind == EditKind::BlockAttribute ||
                            edit.kind == EditKind::RemoveProperty || edit.kind == EditKind::SetTargets;
    return !prim.flags.inPrototype && (prim.flags.editable || ofProperty);
}

bool asBool(const Value& value, bool fallback) {
    const auto bools = value.as<uint8_t>(Element::Bool, 1);
    return bools.empty() ? fallback : bools[0] != 0;
}

}  // namespace

bool isAtOrBelow(std::string_view path, std::string_view prefix) {
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/' ||
                                        path[prefix.size()] == '.' || path[prefix.size()] == '[');
}

void setDatum(std::vector<Metadatum>& rows, const Metadatum& datum, const TokenTable& tokens) {
    const auto at =
        std::lower_bound(rows.begin(), rows.end(), tokens.text(datum.key),
                         [&](const Metadatum& row, std::string_view key) { return tokens.text(row.key) < key; });
    const bool found = at != rows.end() && at->key == datum.key;
    if (datum.value.empty()) {
        if (found) rows.erase(at);
    } else if (found) {
        at->value = datum.value;
    } else {
        rows.insert(at, datum);
    }
}

Drafts::Drafts(const Scene& scene)
    : scene_(scene),
      in_(scene.tables()),
      tokens_(scene.tokens()),
      draftOf_(in_.prims.size(), kNone),
      dead_(in_.prims.size(), 0),
      defaultPrimPath_((in_.stage.defaultPrim.starts_with('/') ? "" : "/") + in_.stage.defaultPrim) {}

Draft& Drafts::draftOf(uint32_t node) {
    if (!isOld(node)) return newDrafts_[node - in_.prims.size()];
    if (draftOf_[node] == kNone) {
        draftOf_[node] = static_cast<uint32_t>(oldDrafts_.size());
        oldDrafts_.emplace_back();
        oldDrafts_.back().row = in_.prims[node];
    }
    return oldDrafts_[draftOf_[node]];
}

uint32_t Drafts::nodeAt(TokenId path) const {
    if (const auto found = newNodes_.find(path); found != newNodes_.end()) return found->second;
    const PrimId row = scene_.find(path);
    return row.valid() && dead_[row.index] == 0 ? row.index : kNone;
}

Problem Drafts::take(const Edit& edit) {
    if (edit.kind == EditKind::DefinePrim) return define(edit);
    const uint32_t node = nodeAt(edit.path);
    if (node == kNone)
        return quoted(edit.path) + ": there is no such prim to edit (" + std::string(editKindName(edit.kind)) + ").";
    if (!mayTake(edit, row(node)))
        return quoted(edit.path) + ": the prim is not editable: " +
               (row(node).opinionCount == 1
                    ? "its opinion does not belong to this target."
                    : std::to_string(row(node).opinionCount) + " opinions speak about it, and one is expected.");
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

Problem Drafts::define(const Edit& edit) {
    if (nodeAt(edit.path) != kNone) return quoted(edit.path) + ": a prim is there already; it cannot be defined anew.";
    const std::string_view path = text(edit.path);
    const size_t slash = path.rfind('/');
    if (slash == std::string_view::npos || slash + 1 == path.size())
        return quoted(edit.path) + ": this is not an absolute prim path.";
    const auto node = static_cast<uint32_t>(in_.prims.size() + newDrafts_.size());
    Draft draft;
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
        const Prim& above = row(parent);
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

void Drafts::forgetNew(uint32_t node) {
    newNodes_.erase(row(node).path);
    const std::vector<uint32_t> children = newDrafts_[node - in_.prims.size()].children;
    for (const uint32_t child : children) forgetNew(child);
}

Problem Drafts::remove(uint32_t node) {
    const TokenId path = row(node).path;
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

Problem Drafts::setMetadata(Draft& draft, const Edit& edit) {
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
    setDatum(*draft.metadata, {edit.name, edit.typeName, edit.value.value}, tokens_);
    return {};
}

Problem Drafts::addReference(Draft& draft, const Edit& edit) {
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

PropertyDraft* Drafts::findProperty(Draft& draft, TokenId name) const {
    for (PropertyDraft& property : draft.properties)
        if (property.row.name == name) return &property;
    for (uint32_t row = draft.row.properties.begin; row < draft.row.properties.end; ++row)
        if (in_.properties[row].name == name) {
            draft.properties.push_back({in_.properties[row], false, {}, {}});
            return &draft.properties.back();
        }
    return nullptr;
}

Problem Drafts::editProperty(Draft& draft, const Edit& edit) {
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
    if (there && property->row.flags.opaque) return name + ": it holds content that this version does not understand.";
    if (!there && (edit.kind == EditKind::BlockAttribute || (edit.kind == EditKind::SetTargets && edit.connection)) &&
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

PropertyDraft& Drafts::newProperty(Draft& draft, const Edit& edit, bool relationship, PropertyDraft* removed) {
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

Problem Drafts::setAttribute(PropertyDraft& property, const Edit& edit, const std::string& name) {
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
        setDatum(*property.metadata, {key, metadataType(value.value), value.value}, tokens_);
    }
    return {};
}

/// The type names under which the bridge keeps metadata.
TokenId Drafts::metadataType(const Value& value) {
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

std::vector<Metadatum> Drafts::copyOf(RowRange range) const {
    const auto rows = scene_.metadata(range);
    return {rows.begin(), rows.end()};
}

void Drafts::keep(const OwnedValue& value) {
    if (value.keeper) keepers_.push_back(value.keeper);
}

LayerId Drafts::rootLayer() const {
    for (size_t i = 0; i < in_.layers.size(); ++i)
        if (in_.layers[i].own) return LayerId(i);
    return {};
}

std::vector<Metadatum> Drafts::metadataOf(uint32_t node) const {
    const Draft* draft = find(node);
    return draft != nullptr && draft->metadata ? *draft->metadata : copyOf(row(node).metadata);
}

std::vector<TokenId> Drafts::apiSchemasOf(uint32_t node) const {
    const Draft* draft = find(node);
    if (draft != nullptr && draft->apiSchemas) return *draft->apiSchemas;
    const auto schemas = scene_.tokenList(row(node).apiSchemas);
    return {schemas.begin(), schemas.end()};
}

bool Drafts::losesDefaultPrim() const {
    return defaultPrimGone_ && !newNodes_.contains(tokens_.find(defaultPrimPath_));
}

}  // namespace usdtune
