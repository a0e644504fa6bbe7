// SPDX-License-Identifier: Apache-2.0
//
// How a prim looks that edits gave a reference: its own row over the source's, and below it the source's children,
// either as a prototype or in place.
#include <algorithm>
#include <unordered_set>

#include "usdtune/edit/row_writer.h"

namespace usdtune {

namespace {

constexpr int kDeepestReference = 64;

bool hasKey(const std::vector<Metadatum>& rows, TokenId key) {
    return std::any_of(rows.begin(), rows.end(), [&](const Metadatum& row) { return row.key == key; });
}

}  // namespace

/// Arcs and variant sets of a row that is written once more elsewhere.
void RowWriter::mirrorArcs(uint32_t node, PrimId id) {
    if (!drafts_.isOld(node)) return;
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
void RowWriter::overlaySource(uint32_t node, PrimId id, const Place& place) {
    const uint32_t source = drafts_.nodeAt(drafts_.find(node)->reference);
    const Prim& root = drafts_.row(source);
    Prim& prim = out_.prims[id.index];
    if (text(prim.typeName).empty()) prim.typeName = root.typeName;
    if (prim.specifier == Specifier::Over) {
        prim.specifier = root.specifier;
        setSpecifierFlags(prim);
    }
    if (root.flags.instanceable) prim.flags.instanceable = true;
    overlayMetadata(node, source, prim);
    overlayProperties(node, source, id, place);
}

void RowWriter::overlayMetadata(uint32_t node, uint32_t source, Prim& prim) {
    std::vector<Metadatum> metadata = drafts_.metadataOf(node);
    for (const Metadatum& datum : drafts_.metadataOf(source)) {
        if (!hasKey(metadata, datum.key))
            setDatum(metadata, datum, tokens_);
        else if (datum.value.type.element == Element::Opaque && !problem_)
            problem_ = quoted(drafts_.row(node).path) + ": its metadata " + quoted(datum.key) +
                       " would be merged with that of " + quoted(drafts_.row(source).path) +
                       ", which a preview does not do.";
    }
    prim.metadata = pushMetadata(metadata);

    // API schemas are prepended where operations and UsdPrim author them; a whole list replaces.
    if (drafts_.find(node)->apiSchemas) return;
    std::vector<TokenId> schemas = drafts_.apiSchemasOf(node);
    for (const TokenId schema : drafts_.apiSchemasOf(source))
        if (std::find(schemas.begin(), schemas.end(), schema) == schemas.end()) schemas.push_back(schema);
    prim.apiSchemas = pushTokens(schemas);
}

void RowWriter::overlayProperties(uint32_t node, uint32_t source, PrimId id, const Place& place) {
    const auto begin = static_cast<ptrdiff_t>(out_.properties.size());
    writeProperties(node, id, place);
    const auto ownEnd = static_cast<ptrdiff_t>(out_.properties.size());
    const Mapping inner{text(drafts_.row(source).path), text(drafts_.row(node).path), place.mapping, true};
    writeProperties(source, id, {place.parent, &inner, true, place.inPrototype});
    std::vector<Property> own(out_.properties.begin() + begin, out_.properties.begin() + ownEnd);
    std::vector<Property> weak(out_.properties.begin() + ownEnd, out_.properties.end());
    out_.properties.resize(static_cast<size_t>(begin));
    for (Property& property : own) {
        const auto same =
            std::find_if(weak.begin(), weak.end(), [&](const Property& w) { return w.name == property.name; });
        if (same == weak.end()) continue;
        mergeUnder(property, *same);
        weak.erase(same);
    }
    own.insert(own.end(), weak.begin(), weak.end());
    std::sort(own.begin(), own.end(),
              [this](const Property& a, const Property& b) { return text(a.name) < text(b.name); });
    out_.properties.insert(out_.properties.end(), own.begin(), own.end());
}

/// Value resolution for one property: what the stronger opinion leaves open, the weaker one says.
void RowWriter::mergeUnder(Property& strong, const Property& weak) {
    strong.opinionCount = static_cast<uint16_t>(strong.opinionCount + weak.opinionCount);
    strong.flags.editable = false;
    if (strong.value.empty() && !strong.flags.blocked)
        strong.value = weak.value, strong.flags.blocked = weak.flags.blocked;
    if (!strong.hasTargets) strong.targets = weak.targets, strong.hasTargets = weak.hasTargets;
    if (strong.samples.empty() && strong.value.empty()) strong.samples = weak.samples;
    strong.flags.animated = !strong.samples.empty();
    const auto rowsOf = [this](RowRange range) {
        return std::vector<Metadatum>(out_.metadata.begin() + range.begin, out_.metadata.begin() + range.end);
    };
    std::vector<Metadatum> merged = rowsOf(strong.metadata);
    for (const Metadatum& datum : rowsOf(weak.metadata))
        if (!hasKey(merged, datum.key)) setDatum(merged, datum, tokens_);
    strong.metadata = pushMetadata(merged);
}

/// The children of the source, as they come through a reference of a prim that is no instance.
Problem RowWriter::writeInPlace(uint32_t node, PrimId id, const Place& place) {
    const Draft& draft = *drafts_.find(node);
    const uint32_t source = drafts_.nodeAt(draft.reference);
    std::unordered_set<TokenId> names;
    drafts_.forEachChild(source, [&](uint32_t child) { names.insert(drafts_.row(child).name); });
    Problem clash;
    drafts_.forEachChild(node, [&](uint32_t child) {
        if (names.contains(drafts_.row(child).name) && !clash)
            clash = quoted(drafts_.row(child).path) + ": a child of that name also arrives from " +
                    quoted(draft.reference) + ", and merging the two is not previewed.";
    });
    if (clash) return clash;
    if (++referenceDepth_ > kDeepestReference) {
        --referenceDepth_;
        return quoted(drafts_.row(node).path) + ": references lead in a circle through " + quoted(draft.reference) +
               ".";
    }
    const Mapping inner{text(draft.reference), text(drafts_.row(node).path), place.mapping, true};
    Place below = place;
    below.parent = id;
    below.mapping = &inner;
    below.mirrored = true;
    writeChildren(source, below);
    --referenceDepth_;
    return {};
}

}  // namespace usdtune
