// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "usdtune/crate/crate_file.h"
#include "usdtune/crate/value_reader.h"

namespace usdtune::crate {

/// What a field means to who walks the namespace.
enum class FieldName : uint8_t {
    Metadata,  ///< anything not named below
    Specifier,
    TypeName,
    Active,
    Instanceable,
    ApiSchemas,
    PrimChildren,
    Properties,
    References,
    Payload,
    InheritOrSpecialize,
    OtherComposition,
    Custom,
    Variability,
    Default,
    TimeSamples,
    Spline,
    Targets,
    Connections,
    IgnoredChildren,
    SubLayers,
    SubLayerOffsets,
    LayerRelocates,
};

/// What a prim's own spec says. Its path, its name and what it inherits from its parents are the walk's business.
struct PrimSpec {
    TokenId typeName;
    Specifier specifier = Specifier::Over;
    bool active = true, instanceable = false;
    bool saysWhetherActive = false;
    bool composed = false;               ///< by arcs, variants, clips or reorderings
    std::optional<ValueRep> references;  ///< where nothing else composes the prim
    std::vector<TokenId> children, properties;
    ListOp<TokenId> apiSchemas;
    std::vector<std::pair<uint32_t, ValueRep>> metadata;  ///< field, value
};

/// Reads specs field by field; a field that many specs share is decoded once. Answers false as ValueReader does.
class SpecReader {
public:
    SpecReader(const CrateFile& file, RowCollector& rows, ValueReader& values);

    /// Calls `visit(fieldIndex, name, rep)` for every field of a spec; false when it says false.
    template <class Visit>
    bool forFields(const PathNode& node, Visit&& visit) {
        ++specSerial_;
        for (size_t i = node.firstField; file_.fieldSets[i] != kNoNode; ++i) {
            const uint32_t index = file_.fieldSets[i];
            const Field& field = file_.fields[index];
            if (std::exchange(lastSpecWithField_[field.name], specSerial_) == specSerial_)
                return values_.damaged("a spec has a field twice");
            if (!values_.charge(sizeof(Field)) || !visit(index, fieldNames_[field.name], field.value)) return false;
        }
        return true;
    }

    bool readPrim(uint32_t index, PrimSpec& out);
    /// Whether arcs, variants, clips or reorderings compose the prim at a path.
    bool isComposed(const PathNode& node) const;

    bool value(uint32_t fieldIndex, ValueRep rep, Value& out);
    bool metadatum(uint32_t fieldIndex, ValueRep rep, Metadatum& out);
    bool token(uint32_t fieldIndex, ValueRep rep, TokenId& out);
    bool flag(ValueRep rep, bool& out);

private:
    bool hasVariants(const PathNode& node) const;
    static bool forget(Metadatum& memo);

    const CrateFile& file_;
    RowCollector& rows_;
    ValueReader& values_;
    std::vector<Metadatum> memo_;              ///< by field
    std::vector<uint32_t> lastSpecWithField_;  ///< by token
    std::vector<FieldName> fieldNames_;        ///< by token
    uint32_t specSerial_ = 0;
};

}  // namespace usdtune::crate
