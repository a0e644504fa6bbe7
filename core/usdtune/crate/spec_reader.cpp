// SPDX-License-Identifier: Apache-2.0
#include "usdtune/crate/spec_reader.h"

#include <string_view>

namespace usdtune::crate {

namespace {

constexpr std::pair<std::string_view, FieldName> kFieldNames[] = {
    {"specifier", FieldName::Specifier},
    {"typeName", FieldName::TypeName},
    {"active", FieldName::Active},
    {"instanceable", FieldName::Instanceable},
    {"apiSchemas", FieldName::ApiSchemas},
    {"primChildren", FieldName::PrimChildren},
    {"properties", FieldName::Properties},
    {"references", FieldName::References},
    {"payload", FieldName::Payload},
    {"inheritPaths", FieldName::InheritOrSpecialize},
    {"specializes", FieldName::InheritOrSpecialize},
    {"variantSetNames", FieldName::OtherComposition},
    {"variantSetChildren", FieldName::OtherComposition},
    {"variantChildren", FieldName::OtherComposition},
    {"variantSelection", FieldName::OtherComposition},
    {"relocates", FieldName::OtherComposition},
    {"clips", FieldName::OtherComposition},
    {"clipSets", FieldName::OtherComposition},
    {"primOrder", FieldName::OtherComposition},
    {"propertyOrder", FieldName::OtherComposition},
    {"custom", FieldName::Custom},
    {"variability", FieldName::Variability},
    {"default", FieldName::Default},
    {"timeSamples", FieldName::TimeSamples},
    {"spline", FieldName::Spline},
    {"targetPaths", FieldName::Targets},
    {"connectionPaths", FieldName::Connections},
    {"targetChildren", FieldName::IgnoredChildren},
    {"connectionChildren", FieldName::IgnoredChildren},
    {"subLayers", FieldName::SubLayers},
    {"subLayerOffsets", FieldName::SubLayerOffsets},
    {"layerRelocates", FieldName::LayerRelocates},
};

bool composes(FieldName name) {
    return name == FieldName::References || name == FieldName::Payload || name == FieldName::InheritOrSpecialize ||
           name == FieldName::OtherComposition;
}

}  // namespace

SpecReader::SpecReader(const CrateFile& file, RowCollector& rows, ValueReader& values)
    : file_(file),
      rows_(rows),
      values_(values),
      memo_(file.fields.size()),
      lastSpecWithField_(file.tokens.size()),
      fieldNames_(file.tokens.size(), FieldName::Metadata) {
    for (size_t token = 0; token < file.tokens.size(); ++token)
        for (const auto& [text, name] : kFieldNames)
            if (file.tokens[token] == text) fieldNames_[token] = name;
}

bool SpecReader::readPrim(uint32_t index, PrimSpec& out) {
    const PathNode& node = file_.nodes[index];
    out.typeName = TokenId(size_t{0});
    size_t composing = 0;
    const bool good = forFields(node, [&](uint32_t fieldIndex, FieldName name, ValueRep rep) {
        composing += composes(name) ? 1 : 0;
        switch (name) {
            case FieldName::Specifier:
                if (rep.kind() != Kind::Specifier || rep.inlined() > 2)
                    return values_.damaged("a specifier is out of its range");
                out.specifier = static_cast<Specifier>(rep.inlined());
                return true;
            case FieldName::TypeName:
                return token(fieldIndex, rep, out.typeName);
            case FieldName::Active:
                out.saysWhetherActive = true;
                return flag(rep, out.active);
            case FieldName::Instanceable:
                return flag(rep, out.instanceable);
            case FieldName::ApiSchemas:
                return values_.readTokenListOp(rep, out.apiSchemas);
            case FieldName::PrimChildren:
                return values_.readTokenVector(rep, out.children);
            case FieldName::Properties:
                return values_.readTokenVector(rep, out.properties);
            case FieldName::References:
                out.references = rep;
                return true;
            default:
                break;
        }
        if (!composes(name)) out.metadata.emplace_back(fieldIndex, rep);
        return true;
    });
    if (!good) return false;
    const bool variants = hasVariants(node);
    out.composed = composing != 0 || variants;
    if (composing != 1 || variants) out.references.reset();
    return rows_.tokens().text(out.typeName) != "__AnyType__" || values_.unsupported("a prim of any type");
}

bool SpecReader::isComposed(const PathNode& node) const {
    for (size_t i = node.firstField; file_.fieldSets[i] != kNoNode; ++i)
        if (composes(fieldNames_[file_.fields[file_.fieldSets[i]].name])) return true;
    return hasVariants(node);
}

bool SpecReader::hasVariants(const PathNode& node) const {
    for (uint32_t child = node.firstChild; child != kNoNode; child = file_.nodes[child].nextSibling)
        if (file_.nodes[child].spec == SpecType::VariantSet || file_.nodes[child].spec == SpecType::Variant)
            return true;
    return false;
}

bool SpecReader::value(uint32_t fieldIndex, ValueRep rep, Value& out) {
    Metadatum& memo = memo_[fieldIndex];
    if (memo.value.empty() && !values_.readPlain(rep, memo.value)) return forget(memo);
    out = memo.value;
    return true;
}

/// Half-read, a value has a type and nothing behind it, and whoever goes on after an error would take it for read.
bool SpecReader::forget(Metadatum& memo) {
    memo = Metadatum();
    return false;
}

bool SpecReader::metadatum(uint32_t fieldIndex, ValueRep rep, Metadatum& out) {
    Metadatum& memo = memo_[fieldIndex];
    if (memo.value.empty()) {
        if (!values_.readMetadatum(rep, memo)) return forget(memo);
        memo.key = values_.token(file_.fields[fieldIndex].name);
    }
    if (!values_.charge(sizeof(Metadatum))) return false;
    out = memo;
    return true;
}

bool SpecReader::token(uint32_t fieldIndex, ValueRep rep, TokenId& out) {
    Value text;
    if (rep.kind() != Kind::Token || rep.isArray()) return values_.unsupported("a name of another kind");
    if (!value(fieldIndex, rep, text)) return false;
    out = *static_cast<const TokenId*>(text.data);
    return true;
}

bool SpecReader::flag(ValueRep rep, bool& out) {
    if (rep.kind() != Kind::Bool || rep.isArray()) return values_.unsupported("a flag of another kind");
    out = (rep.inlined() & 0xFF) != 0;
    return true;
}

}  // namespace usdtune::crate
