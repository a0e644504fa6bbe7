// SPDX-License-Identifier: Apache-2.0
#include "usdtune/example/plant_columns.h"

#include <unordered_map>

namespace usdtune::example {

namespace {

/// Numbers values by where their bytes lie.
class ValueNumbers {
public:
    explicit ValueNumbers(std::vector<PlantValue>& rows) : rows_(rows) {}

    int32_t of(const Value& value, TokenId typeName) {
        if (value.empty()) return PlantColumns::kNone;
        // Empty arrays have no bytes of their own.
        if (value.data == nullptr) return add(value, typeName);
        const auto [place, isNew] = numbers_.try_emplace({value.data, typeName.index}, 0);
        if (isNew) place->second = add(value, typeName);
        return place->second;
    }

private:
    struct Key {
        const void* data;
        uint32_t type;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        size_t operator()(const Key& key) const { return std::hash<const void*>{}(key.data) * 31 + key.type; }
    };

    int32_t add(const Value& value, TokenId typeName) {
        rows_.push_back({value, typeName});
        return static_cast<int32_t>(rows_.size()) - 1;
    }

    std::vector<PlantValue>& rows_;
    std::unordered_map<Key, int32_t, KeyHash> numbers_;
};

int32_t number(TokenId id) { return static_cast<int32_t>(id.index); }

}  // namespace

PlantColumns columnsOf(const Plant& plant) {
    const SceneTables& tables = plant.tables;
    PlantColumns columns;
    ValueNumbers values(columns.values);
    const auto list = [&](RowRange range, std::vector<int32_t>& out) {
        for (uint32_t i = range.begin; i < range.end; ++i) out.push_back(number(tables.tokenLists[i]));
        return static_cast<int32_t>(range.size());
    };
    for (size_t row = 0; row < tables.prims.size(); ++row) {
        const Prim& prim = tables.prims[row];
        const int32_t primRow = static_cast<int32_t>(row);
        columns.prims.push_back({number(prim.path), number(prim.typeName), static_cast<int32_t>(prim.specifier),
                                 list(prim.apiSchemas, columns.apiSchemas)});
        for (uint32_t i = prim.metadata.begin; i < prim.metadata.end; ++i) {
            const Metadatum& datum = tables.metadata[i];
            columns.primMetadata.push_back({primRow, number(datum.key), values.of(datum.value, datum.typeName)});
        }
        for (uint32_t p = prim.properties.begin; p < prim.properties.end; ++p) {
            const Property& property = tables.properties[p];
            const int32_t bits = (property.flags.uniform ? 1 : 0) | (property.flags.custom ? 2 : 0);
            if (property.flags.relationship) {
                columns.relationships.push_back(
                    {primRow, number(property.name), bits, list(property.targets, columns.targets)});
                continue;
            }
            const int32_t attributeRow = static_cast<int32_t>(columns.attributes.size());
            columns.attributes.push_back({primRow, number(property.name), number(property.typeName), bits,
                                          values.of(property.value, property.typeName),
                                          list(property.targets, columns.connections)});
            for (uint32_t i = property.metadata.begin; i < property.metadata.end; ++i) {
                const Metadatum& datum = tables.metadata[i];
                columns.attributeMetadata.push_back(
                    {attributeRow, number(datum.key), values.of(datum.value, datum.typeName)});
            }
            for (uint32_t i = property.samples.begin; i < property.samples.end; ++i) {
                columns.samples.push_back({attributeRow, values.of(tables.samples[i].value, property.typeName)});
                columns.sampleTimes.push_back(tables.samples[i].time);
            }
        }
    }
    return columns;
}

}  // namespace usdtune::example
