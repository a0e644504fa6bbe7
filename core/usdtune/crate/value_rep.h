// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "usdtune/scene/value.h"

namespace usdtune::crate {

/// The kinds of value a crate file tells apart, by their number in the file.
enum class Kind : uint8_t {
    Invalid = 0,
    Bool = 1,
    UChar = 2,
    Int = 3,
    UInt = 4,
    Int64 = 5,
    UInt64 = 6,
    Half = 7,
    Float = 8,
    Double = 9,
    String = 10,
    Token = 11,
    AssetPath = 12,
    Matrix2d = 13,
    Matrix3d = 14,
    Matrix4d = 15,
    Quatd = 16,
    Quatf = 17,
    Quath = 18,
    Vec2d = 19,
    Vec2f = 20,
    Vec2h = 21,
    Vec2i = 22,
    Vec3d = 23,
    Vec3f = 24,
    Vec3h = 25,
    Vec3i = 26,
    Vec4d = 27,
    Vec4f = 28,
    Vec4h = 29,
    Vec4i = 30,
    Dictionary = 31,
    TokenListOp = 32,
    StringListOp = 33,
    PathListOp = 34,
    ReferenceListOp = 35,
    IntListOp = 36,
    Int64ListOp = 37,
    UIntListOp = 38,
    UInt64ListOp = 39,
    PathVector = 40,
    TokenVector = 41,
    Specifier = 42,
    Permission = 43,
    Variability = 44,
    VariantSelectionMap = 45,
    TimeSamples = 46,
    Payload = 47,
    DoubleVector = 48,
    LayerOffsetVector = 49,
    StringVector = 50,
    ValueBlock = 51,
    Value = 52,
    UnregisteredValue = 53,
    UnregisteredValueListOp = 54,
    PayloadListOp = 55,
    TimeCode = 56,
    PathExpression = 57,
    Relocates = 58,
    FirstUnknown = 59
};

/// How a kind of value lies in memory, and what scene description calls it.
struct KindFacts {
    std::string_view name;  ///< `float3`; empty for kinds that are no attribute values
    Element element = Element::None;
    uint8_t components = 1;
};

/// `Element::None` for kinds that hold no plain value (dictionaries, list ops, …) or are not known.
const KindFacts& factsOf(Kind kind);

/// The kind that values of a declared type are stored as: `point3f[]` is a Vec3f. Invalid for names not known.
Kind kindOfTypeName(std::string_view typeName);

/// Eight bytes that hold a small value, or say where in the file a large one lies.
struct ValueRep {
    uint64_t bits = 0;

    bool isArray() const { return (bits >> 63) & 1; }
    bool isInlined() const { return (bits >> 62) & 1; }
    bool isCompressed() const { return (bits >> 61) & 1; }
    Kind kind() const { return static_cast<Kind>((bits >> 48) & 0xFF); }
    uint64_t payload() const { return bits & ((uint64_t{1} << 48) - 1); }  ///< offset in the file
    uint32_t inlined() const { return static_cast<uint32_t>(bits); }
    friend bool operator==(ValueRep, ValueRep) = default;
};

}  // namespace usdtune::crate
