// SPDX-License-Identifier: Apache-2.0
//
// The layout of a scene file, shared by its writer and its reader: a Header, then values and tables at places that
// the header names. Little-endian, every struct free of padding; ids are file-local, `kNone` for an invalid one.
// Any change of a struct here is a new kVersion.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <type_traits>

namespace usdtune::scene_file {

static_assert(std::endian::native == std::endian::little,
              "scene files hold little-endian numbers as they are in memory");

constexpr std::array<char, 8> kMagic = {'u', 's', 'd', 't', 's', 'c', 'n', '\n'};
constexpr uint32_t kVersion = 1;
constexpr uint32_t kNone = 0xFFFFFFFFu;
constexpr uint64_t kAlignment = 16;

enum class Table : uint32_t {
    Stage,
    TextEnds,
    Texts,
    Prims,
    Properties,
    Metadata,
    Samples,
    TokenLists,
    Arcs,
    VariantSets,
    Layers,
    Prototypes,
    LatentTargets,
    Problems
};
constexpr size_t kTableCount = 14;

struct Range {
    uint32_t begin, end;
};

struct TableEntry {
    uint64_t offset, count;
};

struct Header {
    std::array<char, 8> magic;
    uint32_t version, tableCount;
    uint64_t fileSize, reserved;
    std::array<TableEntry, kTableCount> tables;
};

struct ValueRow {
    uint64_t offset, count;
    uint8_t element, components, isArray, reserved;
    uint32_t reserved2;
};

struct StageRow {
    double metersPerUnit, startTimeCode, endTimeCode, timeCodesPerSecond, kilogramsPerUnit;
    uint32_t identifier, defaultPrim;
    uint8_t metersPerUnitAuthored, upAxisAuthored, upAxis;
    std::array<uint8_t, 5> reserved;
};

struct PrimRow {
    uint32_t path, name, typeName, parent, subtreeEnd, prototype, layer;
    Range properties, metadata, apiSchemas;
    uint32_t flags;
    uint16_t opinionCount;
    uint8_t specifier, reserved;
};

struct PropertyRow {
    ValueRow value;
    uint32_t name, typeName, prim, layer;
    Range samples, targets, metadata;
    uint32_t flags;
    uint16_t opinionCount;
    uint8_t hasTargets, reserved;
};

struct MetadatumRow {
    ValueRow value;
    uint32_t key, typeName;
};

struct SampleRow {
    ValueRow value;
    double time;
    uint64_t blocked;
};

struct ArcRow {
    uint32_t prim, asset, resolved, target, layer;
    uint8_t kind, internal, broken, reserved;
};

struct VariantSetRow {
    uint32_t prim, name, selection;
    Range variants;
};

struct LayerRow {
    uint32_t identifier, realPath;
    Range metadata;
    uint32_t own;
};

struct PrototypeRow {
    uint32_t root, firstInstance, source;
};

struct ProblemRow {
    uint32_t code, path, message;
};

template <class Row>
constexpr bool isPlainRow =
    std::is_trivially_copyable_v<Row> &&
    (std::has_unique_object_representations_v<Row> || std::is_same_v<Row, SampleRow> || std::is_same_v<Row, StageRow>);
static_assert(isPlainRow<Header> && isPlainRow<ValueRow> && isPlainRow<PrimRow> && isPlainRow<PropertyRow> &&
              isPlainRow<MetadatumRow> && isPlainRow<ArcRow> && isPlainRow<VariantSetRow> && isPlainRow<LayerRow> &&
              isPlainRow<PrototypeRow> && isPlainRow<ProblemRow>);
static_assert(sizeof(StageRow) == 56 && sizeof(SampleRow) == 40, "no padding");

}  // namespace usdtune::scene_file
