// SPDX-License-Identifier: Apache-2.0
#include "usdtune/crate/instance_sources.h"

#include <algorithm>

namespace usdtune::crate {

bool InstanceSources::find(uint32_t instance, const PrimSpec& spec, const InstanceSource*& out) {
    out = nullptr;
    if (!spec.references || !spec.instanceable || !spec.active || spec.specifier != Specifier::Def ||
        !spec.children.empty())
        return true;
    uint32_t node = kNoNode;
    if (!values_.readSoleInternalReference(*spec.references, node)) return false;
    if (node == kNoNode || isAbove(node, instance) || isAbove(instance, node)) return true;
    const auto [slot, isNew] = known_.try_emplace(node);
    if (isNew && !read(node, slot->second)) return false;
    const InstanceSource* source = slot->second.get();
    if (source != nullptr && !speakAboutTheSame(spec, source->spec)) out = source;
    return true;
}

/// Leaves `out` empty when the prim has to be composed.
bool InstanceSources::read(uint32_t node, std::unique_ptr<InstanceSource>& out) {
    if (!standsAlone(node)) return true;
    auto source = std::make_unique<InstanceSource>();
    source->node = node;
    source->path = values_.pathText(node);
    if (!specs_.readPrim(node, source->spec)) return false;
    if (source->spec.saysWhetherActive || source->spec.instanceable) return true;
    for (uint32_t child = file_.nodes[node].firstChild; child != kNoNode; child = file_.nodes[child].nextSibling) {
        const PathNode& property = file_.nodes[child];
        if (!property.isProperty || property.spec == SpecType::None) continue;
        if (!readsAlikeElsewhere(property)) return true;
        source->properties.push_back(child);
    }
    // What the list of properties leaves out is a matter for who walks over the source itself.
    if (source->properties.size() != source->spec.properties.size()) return true;
    out = std::move(source);
    return true;
}

/// Whether neither the prim nor what is above it is composed: an arc leads to the layer's own spec and nothing else.
bool InstanceSources::standsAlone(uint32_t node) const {
    for (uint32_t at = node; at != file_.root; at = file_.nodes[at].parent) {
        if (at == kNoNode) return false;
        const PathNode& prim = file_.nodes[at];
        if (prim.spec != SpecType::Prim || specs_.isComposed(prim)) return false;
    }
    return true;
}

/// Path expressions are anchored where they are shown; every other value is the same there.
bool InstanceSources::readsAlikeElsewhere(const PathNode& property) const {
    for (size_t i = property.firstField; file_.fieldSets[i] != kNoNode; ++i)
        if (file_.fields[file_.fieldSets[i]].value.kind() == Kind::PathExpression) return false;
    return true;
}

bool InstanceSources::isAbove(uint32_t node, uint32_t other) const {
    for (uint32_t at = other; at != kNoNode; at = file_.nodes[at].parent)
        if (at == node) return true;
    return false;
}

bool InstanceSources::speakAboutTheSame(const PrimSpec& a, const PrimSpec& b) const {
    const auto inBoth = [](const auto& items, const auto& others, auto same) {
        return std::any_of(items.begin(), items.end(), [&](const auto& item) {
            return std::any_of(others.begin(), others.end(), [&](const auto& other) { return same(item, other); });
        });
    };
    const auto key = [&](const auto& metadatum) { return file_.fields[metadatum.first].name; };
    const auto saysSomething = [](const ListOp<TokenId>& list) {
        return list.isExplicit ||
               std::any_of(list.parts.begin(), list.parts.end(), [](const auto& part) { return !part.empty(); });
    };
    return (saysSomething(a.apiSchemas) && saysSomething(b.apiSchemas)) ||
           inBoth(a.properties, b.properties, [](TokenId x, TokenId y) { return x == y; }) ||
           inBoth(a.metadata, b.metadata, [&](const auto& x, const auto& y) { return key(x) == key(y); });
}

}  // namespace usdtune::crate
