// SPDX-License-Identifier: Apache-2.0
#include "usdtune/crate/own_specs.h"

#include <algorithm>
#include <string_view>

#include "usdtune/crate/spec_reader.h"
#include "usdtune/crate/spec_rows.h"

namespace usdtune {

using namespace crate;

namespace {

/// Metadata of a property in numbers or words: there is nothing to resolve or to merge.
constexpr std::string_view kPlainMetadata[] = {"interpolation", "elementSize",  "colorSpace",
                                               "displayName",   "displayGroup", "documentation"};
constexpr std::string_view kReadDifferently[] = {"asset", "timecode", "pathExpression"};

}  // namespace

struct OwnSpecs::Reader {
    Reader(std::shared_ptr<const CrateLayer> layer, RowCollector& collector, LayerId id, uint64_t memoryBudget)
        : crate(std::move(layer)),
          file(crate->file()),
          rows(collector),
          values(file, rows, crate->memoryBudget(memoryBudget)),
          specs(file, rows, values),
          facts(file, rows, values, specs),
          own(id) {
        facts.of(id, true);
        rows.keep(crate->keeper());
    }

    bool isPlain(const PathNode& property);
    bool addPropertiesOf(uint32_t node, TokenId path, std::span<const TokenId> elsewhere, std::vector<TokenId>& left);

    std::shared_ptr<const CrateLayer> crate;
    const CrateFile& file;
    RowCollector& rows;
    ValueReader values;
    SpecReader specs;
    SpecRows facts;
    LayerId own;
};

/// Whether a stage reads the property as its spec says it.
bool OwnSpecs::Reader::isPlain(const PathNode& property) {
    bool plain = property.spec == SpecType::Attribute || property.spec == SpecType::Relationship;
    specs.forFields(property, [&](uint32_t index, FieldName name, ValueRep rep) {
        switch (name) {
            case FieldName::TypeName: {
                TokenId type;
                if (!specs.token(index, rep, type)) return false;
                const std::string_view text = rows.tokens().text(type);
                plain = plain && std::none_of(std::begin(kReadDifferently), std::end(kReadDifferently),
                                              [&](std::string_view start) { return text.starts_with(start); });
                break;
            }
            case FieldName::Default:
                plain = plain && rep.kind() != Kind::ValueBlock && rep.kind() != Kind::AssetPath &&
                        rep.kind() != Kind::PathExpression;
                break;
            case FieldName::Custom:
            case FieldName::Variability:
            case FieldName::Targets:
            case FieldName::Connections:
            case FieldName::IgnoredChildren:
                break;
            case FieldName::Metadata: {
                const std::string_view key = file.tokens[file.fields[index].name];
                plain = plain && std::find(std::begin(kPlainMetadata), std::end(kPlainMetadata), key) !=
                                     std::end(kPlainMetadata);
                break;
            }
            default:
                plain = false;
        }
        return true;
    });
    return plain && values.error().empty();
}

bool OwnSpecs::Reader::addPropertiesOf(uint32_t node, TokenId path, std::span<const TokenId> elsewhere,
                                       std::vector<TokenId>& left) {
    for (uint32_t child = file.nodes[node].firstChild; child != kNoNode; child = file.nodes[child].nextSibling) {
        const PathNode& property = file.nodes[child];
        if (!property.isProperty || property.spec == SpecType::None) continue;
        const TokenId name = values.token(property.element);
        if (std::find(elsewhere.begin(), elsewhere.end(), name) != elsewhere.end()) continue;
        if (!isPlain(property))
            left.push_back(name);
        else if (!facts.addProperty(child, path))
            return false;
    }
    return true;
}

OwnSpecs::OwnSpecs(std::shared_ptr<const CrateLayer> crate, RowCollector& collector, LayerId layer,
                   uint64_t memoryBudget)
    : reader_(std::make_unique<Reader>(std::move(crate), collector, layer, memoryBudget)) {}

OwnSpecs::~OwnSpecs() = default;

std::optional<std::vector<TokenId>> OwnSpecs::addPrim(TokenId path, bool loaded) {
    const uint32_t node = reader_->crate->findPrim(reader_->rows.tokens().text(path));
    PrimSpec spec;
    if (node == kNoNode || !reader_->specs.readPrim(node, spec)) return std::nullopt;
    const auto holdsAssets = [](const auto& metadatum) { return metadatum.second.kind() == Kind::AssetPath; };
    if (spec.composed || !spec.active || std::any_of(spec.metadata.begin(), spec.metadata.end(), holdsAssets))
        return std::nullopt;
    Prim prim;
    prim.path = path;
    prim.name = reader_->values.token(reader_->file.nodes[node].element);
    prim.typeName = spec.typeName;
    prim.specifier = spec.specifier;
    prim.layer = reader_->own;
    prim.flags.active = true;
    prim.flags.instanceable = spec.instanceable;
    prim.flags.loaded = loaded;
    prim.flags.editable = true;
    reader_->rows.addPrim(prim);
    std::vector<TokenId> left;
    if (!reader_->facts.addFacts(path, spec) || !reader_->addPropertiesOf(node, path, {}, left)) return std::nullopt;
    return left;
}

std::optional<std::vector<TokenId>> OwnSpecs::addProperties(TokenId path, std::span<const TokenId> elsewhere) {
    const uint32_t node = reader_->crate->findPrim(reader_->rows.tokens().text(path));
    std::vector<TokenId> left;
    if (node == kNoNode || !reader_->addPropertiesOf(node, path, elsewhere, left)) return std::nullopt;
    return left;
}

std::optional<Error> OwnSpecs::finish(const Context& context) {
    if (reader_->values.error().empty() && reader_->values.decodeArrays(context)) return std::nullopt;
    return Error{reader_->values.error()};
}

}  // namespace usdtune
