// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/scene_builder.h"

#include <algorithm>
#include <cstring>

namespace usdtune {

namespace {

constexpr size_t kChunkSize = size_t{1} << 20;
constexpr size_t kAlignment = 16;

/// Rows of a table are addressed by 32 bits; the last number means "none".
uint32_t rowNumber(size_t row) {
    USDTUNE_ASSERT(row < PrimId::kInvalid, "a table holds fewer than 2^32 - 1 rows");
    return static_cast<uint32_t>(row);
}

std::string_view lastName(std::string_view path) {
    const size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

SceneBuilder::SceneBuilder(std::shared_ptr<TokenTable> tokens) { tables_.tokens = std::move(tokens); }

LayerId SceneBuilder::layer(Layer facts, std::vector<Metadatum> metadata) {
    const LayerId id(tables_.layers.size());
    facts.metadata = appendMetadata(metadata);
    tables_.layers.push_back(facts);
    return id;
}

PrimId SceneBuilder::beginPrim(Prim facts) {
    USDTUNE_ASSERT(!inPrototypes_ || !open_.empty(), "the stage's own prims come before the prototypes");
    facts.flags.prototypeRoot = false;
    facts.flags.inPrototype = inPrototypes_;
    return append(facts);
}

PrimId SceneBuilder::beginPrototype(Prim facts, TokenId source) {
    USDTUNE_ASSERT(open_.empty(), "a prototype begins after everything before it was closed");
    inPrototypes_ = true;
    facts.flags.prototypeRoot = true;
    facts.flags.inPrototype = true;
    const PrimId root = append(facts);
    tables_.prototypes.push_back({root, PrimId(), source});
    return root;
}

PrimId SceneBuilder::append(Prim facts) {
    closeFacts();
    const PrimId id(rowNumber(tables_.prims.size()));
    facts.parent = open_.empty() ? PrimId() : open_.back();
    facts.prototype = PrimId();
    facts.properties = facts.metadata = facts.apiSchemas = {};
    if (!facts.name.valid()) facts.name = token(lastName(tokens().text(facts.path)));
    if (!facts.typeName.valid()) facts.typeName = token("");
    tables_.prims.push_back(facts);
    open_.push_back(id);
    factsOpen_ = true;
    return id;
}

void SceneBuilder::endPrim() {
    USDTUNE_ASSERT(!open_.empty(), "only an open prim can be closed");
    closeFacts();
    tables_.prims[open_.back().index].subtreeEnd = rowNumber(tables_.prims.size());
    open_.pop_back();
}

void SceneBuilder::instanceOf(PrimId instance, PrimId root) { instances_.push_back({instance, root}); }

void SceneBuilder::apiSchema(TokenId schema) {
    USDTUNE_ASSERT(factsOpen_, "a prim's facts come before its first child");
    apiSchemas_.push_back(schema);
}

void SceneBuilder::primMetadata(const Metadatum& row) {
    USDTUNE_ASSERT(factsOpen_, "a prim's facts come before its first child");
    primMetadata_.push_back(row);
}

void SceneBuilder::beginProperty(Property facts) {
    USDTUNE_ASSERT(factsOpen_, "a prim's facts come before its first child");
    facts.prim = open_.back();
    facts.samples = {rowNumber(tables_.samples.size()), rowNumber(tables_.samples.size())};
    facts.targets = facts.metadata = {};
    if (!facts.typeName.valid()) facts.typeName = token("");
    const uint32_t begin = rowNumber(propertyMetadata_.size());
    properties_.push_back({facts, {begin, begin}});
}

void SceneBuilder::sample(const TimeSample& row) {
    USDTUNE_ASSERT(factsOpen_ && !properties_.empty(), "a sample belongs to the open property");
    tables_.samples.push_back(row);
    properties_.back().row.samples.end = rowNumber(tables_.samples.size());
    properties_.back().row.flags.animated = true;
}

void SceneBuilder::target(TokenId path) {
    USDTUNE_ASSERT(factsOpen_ && !properties_.empty(), "a target belongs to the open property");
    RowRange& targets = properties_.back().row.targets;
    const uint32_t row = rowNumber(tables_.tokenLists.size());
    if (targets.empty()) targets = {row, row};
    USDTUNE_ASSERT(targets.end == row, "the targets of a property are told in one go");
    tables_.tokenLists.push_back(path);
    targets.end = rowNumber(row + size_t{1});
    properties_.back().row.hasTargets = true;
}

void SceneBuilder::propertyMetadata(const Metadatum& row) {
    USDTUNE_ASSERT(factsOpen_ && !properties_.empty(), "metadata belongs to the open property");
    propertyMetadata_.push_back(row);
    properties_.back().metadata.end = rowNumber(propertyMetadata_.size());
}

void SceneBuilder::variantSet(PrimId prim, TokenId name, TokenId selection, std::vector<TokenId> variants) {
    const auto byText = [this](TokenId a, TokenId b) { return tokens().text(a) < tokens().text(b); };
    std::sort(variants.begin(), variants.end(), byText);
    const uint32_t begin = rowNumber(tables_.tokenLists.size());
    tables_.tokenLists.insert(tables_.tokenLists.end(), variants.begin(), variants.end());
    tables_.variantSets.push_back({prim, name, selection, {begin, rowNumber(tables_.tokenLists.size())}});
}

RowRange SceneBuilder::appendMetadata(std::span<Metadatum> rows) {
    const auto byKey = [this](const Metadatum& a, const Metadatum& b) {
        return tokens().text(a.key) < tokens().text(b.key);
    };
    if (!std::is_sorted(rows.begin(), rows.end(), byKey)) std::stable_sort(rows.begin(), rows.end(), byKey);
    const uint32_t begin = rowNumber(tables_.metadata.size());
    tables_.metadata.insert(tables_.metadata.end(), rows.begin(), rows.end());
    return {begin, rowNumber(tables_.metadata.size())};
}

void SceneBuilder::closeFacts() {
    if (!factsOpen_) return;
    factsOpen_ = false;
    Prim& prim = tables_.prims[open_.back().index];

    prim.apiSchemas.begin = rowNumber(tables_.tokenLists.size());
    tables_.tokenLists.insert(tables_.tokenLists.end(), apiSchemas_.begin(), apiSchemas_.end());
    prim.apiSchemas.end = rowNumber(tables_.tokenLists.size());
    prim.metadata = appendMetadata(primMetadata_);

    const auto byName = [this](const OpenProperty& a, const OpenProperty& b) {
        return tokens().text(a.row.name) < tokens().text(b.row.name);
    };
    if (!std::is_sorted(properties_.begin(), properties_.end(), byName))
        std::sort(properties_.begin(), properties_.end(), byName);
    prim.properties.begin = rowNumber(tables_.properties.size());
    for (size_t i = 0; i < properties_.size(); ++i) {
        OpenProperty& property = properties_[i];
        USDTUNE_ASSERT(i == 0 || properties_[i - 1].row.name != property.row.name, "a prim names each property once");
        property.row.metadata =
            appendMetadata(std::span(propertyMetadata_).subspan(property.metadata.begin, property.metadata.size()));
        tables_.properties.push_back(property.row);
    }
    prim.properties.end = rowNumber(tables_.properties.size());

    properties_.clear();
    primMetadata_.clear();
    propertyMetadata_.clear();
    apiSchemas_.clear();
}

Value SceneBuilder::own(OwnedValue value) {
    if (value.keeper) keep(std::move(value.keeper));
    return value.value;
}

Value SceneBuilder::copy(ValueType type, const void* elements, uint64_t count) {
    Value value{nullptr, count, type};
    const size_t size = value.byteSize();
    if (size == 0) return value;
    const size_t room = (size + kAlignment - 1) / kAlignment * kAlignment;
    if (!chunk_ || chunk_->size() - chunkUsed_ < room) {
        chunk_ = std::make_shared<std::vector<std::byte>>(std::max(room, kChunkSize));
        chunkUsed_ = 0;
        keep(chunk_);
    }
    std::byte* place = chunk_->data() + chunkUsed_;
    std::memcpy(place, elements, size);
    chunkUsed_ += room;
    value.data = place;
    return value;
}

SceneTables SceneBuilder::takeTables() {
    USDTUNE_ASSERT(open_.empty(), "every prim that was begun must be ended");
    std::vector<size_t> prototypeOfRow(tables_.prims.size(), tables_.prototypes.size());
    for (size_t i = 0; i < tables_.prototypes.size(); ++i) prototypeOfRow[tables_.prototypes[i].root.index] = i;
    for (const Instance& row : instances_) {
        const size_t number = prototypeOfRow[row.root.index];
        USDTUNE_ASSERT(number < tables_.prototypes.size(), "an instance shows the root of a prototype");
        Prim& instance = tables_.prims[row.instance.index];
        instance.prototype = row.root;
        instance.flags.instance = true;
        PrimId& first = tables_.prototypes[number].firstInstance;
        if (!first.valid() || tokens().text(instance.path) < tokens().text(tables_.prims[first.index].path))
            first = row.instance;
    }
    auto tokens = tables_.tokens;
    SceneTables finished = std::move(tables_);
    *this = SceneBuilder(std::move(tokens));
    return finished;
}

}  // namespace usdtune
