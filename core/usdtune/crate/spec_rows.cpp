// SPDX-License-Identifier: Apache-2.0
#include "usdtune/crate/spec_rows.h"

#include <string>
#include <string_view>

namespace usdtune::crate {

bool SpecRows::addFacts(TokenId primPath, const PrimSpec& spec) {
    for (const TokenId schema : spec.apiSchemas.applied()) rows_.apiSchema(schema);
    for (const auto& [fieldIndex, rep] : spec.metadata) {
        Metadatum datum;
        if (!metadatum(fieldIndex, rep, primPath, datum)) return false;
        rows_.primMetadatum(datum);
    }
    return true;
}

bool SpecRows::metadatum(uint32_t fieldIndex, ValueRep rep, TokenId owner, Metadatum& out) {
    if (!specs_.metadatum(fieldIndex, rep, out)) return false;
    noteAssets(out.value, owner, out.key);
    return true;
}

void SpecRows::noteAssets(const Value& value, TokenId owner, TokenId key, double time) {
    // The memory behind assets is always the collector's own.
    if (value.type.element == Element::Asset && value.count != 0)
        assets_.push_back({owner, key, time, static_cast<TokenId*>(const_cast<void*>(value.data)), value.count});
}

bool SpecRows::addProperty(uint32_t index, TokenId primPath, const Shown* shown) {
    const PathNode& node = file_.nodes[index];
    Property property;
    property.name = values_.token(node.element);
    property.typeName = TokenId(size_t{0});
    property.layer = layer_;
    property.flags.relationship = node.spec == SpecType::Relationship;
    property.flags.editable = editable_ && shown == nullptr;
    if (!property.flags.relationship && node.spec != SpecType::Attribute)
        return values_.unsupported("a property that is neither attribute nor relationship");
    metadata_.clear();
    targets_.clear();
    const Samples* samples = nullptr;
    Kind defaultKind = Kind::Invalid;
    const bool good = specs_.forFields(node, [&](uint32_t fieldIndex, FieldName name, ValueRep rep) {
        bool flag = false;
        switch (name) {
            case FieldName::TypeName:
                return specs_.token(fieldIndex, rep, property.typeName);
            case FieldName::Custom: {
                const bool read = specs_.flag(rep, flag);
                property.flags.custom = flag;
                return read;
            }
            case FieldName::Variability:
                if (rep.kind() != Kind::Variability || rep.inlined() > 2)
                    return values_.damaged("a variability is out of its range");
                property.flags.uniform = rep.inlined() != 0;
                return true;
            case FieldName::Default:
                if (property.flags.relationship) return values_.unsupported("a relationship with a default");
                property.flags.blocked = rep.kind() == Kind::ValueBlock;
                if (property.flags.blocked) return true;
                defaultKind = rep.kind();
                return specs_.value(fieldIndex, rep, property.value);
            case FieldName::TimeSamples:
                return samplesOf(fieldIndex, rep, samples);
            case FieldName::Spline:
                return values_.unsupported("splines");
            case FieldName::Targets:
            case FieldName::Connections:
                if ((name == FieldName::Targets) != property.flags.relationship)
                    return values_.unsupported("targets of an attribute");
                property.hasTargets = true;
                return targetsOf(rep);
            case FieldName::IgnoredChildren:
                return true;
            default:
                break;
        }
        return metadata_.emplace_back(fieldIndex, rep), true;
    });
    if (!good) return false;

    property.flags.animated = samples != nullptr && !samples->rows.empty();
    judgeType(property, defaultKind, samples);
    rows_.addProperty(primPath, property);
    if (property.value.type.element == Element::Asset) noteAssets(property.value, values_.pathText(index), TokenId());
    if (samples != nullptr) addSamples(index, *samples);
    for (const TokenId target : targets_) rows_.target(shown == nullptr ? target : shownTarget(target, *shown));
    for (const auto& [fieldIndex, rep] : metadata_) {
        Metadatum datum;
        const bool mayHoldAssets = rep.kind() == Kind::AssetPath;
        if (!metadatum(fieldIndex, rep, mayHoldAssets ? values_.pathText(index) : TokenId(), datum)) return false;
        rows_.propertyMetadatum(datum);
    }
    return true;
}

void SpecRows::judgeType(Property& property, Kind defaultKind, const Samples* samples) {
    if (property.flags.relationship) return;
    const std::string_view typeName = rows_.tokens().text(property.typeName);
    auto& declared = kindOfType_.try_emplace(property.typeName, Kind::FirstUnknown).first->second;
    if (declared == Kind::FirstUnknown) declared = kindOfTypeName(typeName);
    const bool isArray = typeName.ends_with("[]");
    const bool hasValue = !property.value.empty() || (samples != nullptr && !samples->rows.empty());
    property.flags.opaque = hasValue && (declared == Kind::Invalid || property.value.type.element == Element::Opaque);
    if (property.flags.opaque) return;
    const auto differs = [&](Kind kind, bool array) { return kind != declared || array != isArray; };
    bool mismatched = defaultKind != Kind::Invalid && differs(defaultKind, property.value.type.isArray);
    if (samples != nullptr) {
        for (const Kind kind : samples->kinds) mismatched = mismatched || kind != declared;
        for (const TimeSample& sample : samples->rows)
            mismatched = mismatched || (!sample.blocked && sample.value.type.isArray != isArray);
    }
    property.flags.mismatched = mismatched;
}

bool SpecRows::samplesOf(uint32_t fieldIndex, ValueRep rep, const Samples*& out) {
    const auto [slot, isNew] = samples_.try_emplace(fieldIndex);
    if (isNew && !values_.readTimeSamples(rep, slot->second.rows, slot->second.kinds)) return false;
    out = &slot->second;
    return values_.charge(out->rows.size() * sizeof(TimeSample));
}

void SpecRows::addSamples(uint32_t index, const Samples& samples) {
    for (const TimeSample& sample : samples.rows) {
        rows_.sample(sample);
        if (sample.value.type.element == Element::Asset)
            noteAssets(sample.value, values_.pathText(index), TokenId(), sample.time);
    }
}

bool SpecRows::targetsOf(ValueRep rep) {
    ListOp<uint32_t> paths;
    if (!values_.readPathListOp(rep, paths)) return false;
    if (!paths[ListPart::Ordered].empty()) return values_.unsupported("a list edit that reorders");
    for (const uint32_t path : paths.applied()) targets_.push_back(values_.pathWithoutVariants(path));
    return true;
}

/// What is inside of the source is inside of the instance; an internal reference leaves every other path alone.
TokenId SpecRows::shownTarget(TokenId target, const Shown& shown) {
    const std::string_view path = rows_.tokens().text(target), source = rows_.tokens().text(shown.source);
    if (!path.starts_with(source)) return target;
    const std::string_view rest = path.substr(source.size());
    if (!rest.empty() && rest[0] != '/' && rest[0] != '.') return target;
    return rows_.tokens().intern(std::string(rows_.tokens().text(shown.instance)) += rest);
}

}  // namespace usdtune::crate
