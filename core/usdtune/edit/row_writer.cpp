// SPDX-License-Identifier: Apache-2.0
#include "usdtune/edit/row_writer.h"

#include <algorithm>

namespace usdtune {

namespace {

bool isDrafted(const Draft* draft, TokenId name) {
    return draft != nullptr && std::any_of(draft->properties.begin(), draft->properties.end(),
                                           [&](const PropertyDraft& property) { return property.row.name == name; });
}

}  // namespace

RowWriter::RowWriter(const Scene& scene, const Drafts& drafts)
    : scene_(scene), in_(scene.tables()), drafts_(drafts), tokens_(scene.tokens()) {
    for (const Prototype& prototype : in_.prototypes) {
        sourceOfRoot_[prototype.root.index] = prototype.source;
        if (prototype.source.valid()) rootOfSource_[prototype.source] = prototype.root;
    }
    out_.stage = in_.stage;
    out_.tokens = in_.tokens;
    out_.metadata = in_.metadata;
    out_.samples = in_.samples;
    out_.tokenLists = in_.tokenLists;
    out_.layers = in_.layers;
    out_.keepers = in_.keepers;
    out_.keepers.insert(out_.keepers.end(), drafts.keepers().begin(), drafts.keepers().end());
    out_.prims.reserve(in_.prims.size() + drafts.newCount());
    out_.properties.reserve(in_.properties.size());
    newRowOf_.assign(in_.prims.size(), PrimId());
}

void RowWriter::writeStage() {
    for (uint32_t row = 0; row < scene_.stagePrimCount(); row = in_.prims[row].subtreeEnd)
        if (!drafts_.isDead(row)) writeTree(row, Place());
    for (const uint32_t node : drafts_.newRoots()) writeTree(node, Place());
}

Result<SceneTables> RowWriter::take() {
    if (problem_) return Error{std::move(*problem_)};
    return std::move(out_);
}

TokenId RowWriter::mapped(TokenId path, const Mapping* mapping) {
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

RowRange RowWriter::pushMetadata(const std::vector<Metadatum>& rows) {
    const auto begin = static_cast<uint32_t>(out_.metadata.size());
    out_.metadata.insert(out_.metadata.end(), rows.begin(), rows.end());
    return {begin, static_cast<uint32_t>(out_.metadata.size())};
}

void RowWriter::setSpecifierFlags(Prim& row) const {
    const Prim* above = row.parent.valid() ? &out_.prims[row.parent.index] : nullptr;
    row.flags.defined = (above == nullptr || above->flags.defined) && row.specifier != Specifier::Over;
    row.flags.abstract = (above != nullptr && above->flags.abstract) || row.specifier == Specifier::Class;
}

RowRange RowWriter::pushTokens(const std::vector<TokenId>& rows) {
    const auto begin = static_cast<uint32_t>(out_.tokenLists.size());
    out_.tokenLists.insert(out_.tokenLists.end(), rows.begin(), rows.end());
    return {begin, static_cast<uint32_t>(out_.tokenLists.size())};
}

void RowWriter::pushProperty(Property row, PrimId id, const Place& place, const PropertyDraft* draft) {
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

void RowWriter::writeProperties(uint32_t node, PrimId id, const Place& place) {
    const Draft* draft = drafts_.find(node);
    const RowRange old = draft != nullptr ? draft->row.properties : in_.prims[node].properties;
    if (draft == nullptr || draft->properties.empty()) {
        for (uint32_t row = old.begin; row < old.end; ++row) pushProperty(in_.properties[row], id, place, nullptr);
        return;
    }
    std::vector<std::pair<const Property*, const PropertyDraft*>> rows;
    for (uint32_t row = old.begin; row < old.end; ++row) {
        const Property& property = in_.properties[row];
        if (!isDrafted(draft, property.name)) rows.emplace_back(&property, nullptr);
    }
    for (const PropertyDraft& property : draft->properties)
        if (!property.removed) rows.emplace_back(&property.row, &property);
    std::sort(rows.begin(), rows.end(),
              [this](const auto& a, const auto& b) { return text(a.first->name) < text(b.first->name); });
    for (const auto& [row, change] : rows) pushProperty(*row, id, place, change);
}

/// Where a prim left the composed rows, what it pointed at is still there in the layer.
void RowWriter::noteLatent(uint32_t node) {
    drafts_.forEachChild(node, [this](uint32_t child) {
        noteLatentAt(child);
        noteLatent(child);
    });
}

void RowWriter::noteLatentAt(uint32_t node) {
    const auto note = [this](const auto& targets) {
        newLatent_.insert(newLatent_.end(), targets.begin(), targets.end());
    };
    const Draft* draft = drafts_.find(node);
    const RowRange old = drafts_.row(node).properties;
    for (uint32_t row = old.begin; row < old.end; ++row)
        if (!isDrafted(draft, in_.properties[row].name)) note(scene_.tokenList(in_.properties[row].targets));
    if (draft == nullptr) return;
    for (const PropertyDraft& property : draft->properties) {
        if (property.removed) continue;
        if (property.targets)
            note(*property.targets);
        else
            note(scene_.tokenList(property.row.targets));
    }
    if (draft->reference.valid()) newLatent_.push_back(draft->reference);
}

void RowWriter::writeChildren(uint32_t node, const Place& place) {
    drafts_.forEachChild(node, [&](uint32_t child) { writeTree(child, place); });
}

void RowWriter::writeTree(uint32_t node, const Place& place) {
    const Draft* draft = drafts_.find(node);
    const PrimId id(out_.prims.size());
    Prim row = drafts_.row(node);
    const bool wasActive = drafts_.isOld(node) ? in_.prims[node].flags.active : true;
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
    if (drafts_.isOld(node) && !place.mirrored) newRowOf_[node] = id;

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
        instances_.push_back({id, referring ? PrototypeKey{draft->reference, Drafts::kNone} : keyOfOld(oldPrototype)});
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

PrototypeKey RowWriter::keyOfOld(PrimId root) const {
    const TokenId source = sourceOfRoot_.at(root.index);
    return source.valid() ? PrototypeKey{source, Drafts::kNone} : PrototypeKey{TokenId(), root.index};
}

/// The tables beside prims and properties, with rows that speak about prims which are gone left out.
void RowWriter::writeTables() {
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

}  // namespace usdtune
