// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/value.h"

#include <bit>
#include <cstring>
#include <unordered_map>

#include "usdtune/scene/tokens.h"

namespace usdtune {

namespace {

using ShapeTable = std::unordered_map<std::string_view, ValueType>;

/// Scalar shapes by name: today's spelling first, then the aliases that SdfValueTypeNames still accepts.
const ShapeTable& shapes() {
    using enum Element;
    static const ShapeTable table = {
        {"bool", {Bool, 1}},         {"uchar", {UChar, 1}},
        {"int", {Int, 1}},           {"uint", {UInt, 1}},
        {"int64", {Int64, 1}},       {"uint64", {UInt64, 1}},
        {"half", {Half, 1}},         {"float", {Float, 1}},
        {"double", {Double, 1}},     {"timecode", {Double, 1}},
        {"string", {Text, 1}},       {"token", {Text, 1}},
        {"asset", {Asset, 1}},       {"opaque", {Opaque, 1}},
        {"group", {Opaque, 1}},      {"pathExpression", {Opaque, 1}},
        {"int2", {Int, 2}},          {"int3", {Int, 3}},
        {"int4", {Int, 4}},          {"half2", {Half, 2}},
        {"half3", {Half, 3}},        {"half4", {Half, 4}},
        {"float2", {Float, 2}},      {"float3", {Float, 3}},
        {"float4", {Float, 4}},      {"double2", {Double, 2}},
        {"double3", {Double, 3}},    {"double4", {Double, 4}},
        {"point3h", {Half, 3}},      {"point3f", {Float, 3}},
        {"point3d", {Double, 3}},    {"vector3h", {Half, 3}},
        {"vector3f", {Float, 3}},    {"vector3d", {Double, 3}},
        {"normal3h", {Half, 3}},     {"normal3f", {Float, 3}},
        {"normal3d", {Double, 3}},   {"color3h", {Half, 3}},
        {"color3f", {Float, 3}},     {"color3d", {Double, 3}},
        {"color4h", {Half, 4}},      {"color4f", {Float, 4}},
        {"color4d", {Double, 4}},    {"texCoord2h", {Half, 2}},
        {"texCoord2f", {Float, 2}},  {"texCoord2d", {Double, 2}},
        {"texCoord3h", {Half, 3}},   {"texCoord3f", {Float, 3}},
        {"texCoord3d", {Double, 3}}, {"quath", {Half, 4}},
        {"quatf", {Float, 4}},       {"quatd", {Double, 4}},
        {"matrix2d", {Double, 4}},   {"matrix3d", {Double, 9}},
        {"matrix4d", {Double, 16}},  {"frame4d", {Double, 16}},
        {"Vec2i", {Int, 2}},         {"Vec3i", {Int, 3}},
        {"Vec4i", {Int, 4}},         {"Vec2h", {Half, 2}},
        {"Vec3h", {Half, 3}},        {"Vec4h", {Half, 4}},
        {"Vec2f", {Float, 2}},       {"Vec3f", {Float, 3}},
        {"Vec4f", {Float, 4}},       {"Vec2d", {Double, 2}},
        {"Vec3d", {Double, 3}},      {"Vec4d", {Double, 4}},
        {"PointFloat", {Float, 3}},  {"Point", {Double, 3}},
        {"NormalFloat", {Float, 3}}, {"Normal", {Double, 3}},
        {"VectorFloat", {Float, 3}}, {"Vector", {Double, 3}},
        {"ColorFloat", {Float, 3}},  {"Color", {Double, 3}},
        {"Quath", {Half, 4}},        {"Quatf", {Float, 4}},
        {"Quatd", {Double, 4}},      {"Matrix2d", {Double, 4}},
        {"Matrix3d", {Double, 9}},   {"Matrix4d", {Double, 16}},
        {"Frame", {Double, 16}},     {"Transform", {Double, 16}},
        {"PointIndex", {Int, 1}},    {"EdgeIndex", {Int, 1}},
        {"FaceIndex", {Int, 1}},
    };
    return table;
}

}  // namespace

ValueType valueTypeOf(std::string_view typeName) {
    const bool isArray = typeName.ends_with("[]");
    if (isArray) typeName.remove_suffix(2);
    const auto found = shapes().find(typeName);
    if (found == shapes().end()) return {};
    ValueType type = found->second;
    type.isArray = isArray;
    return type;
}

size_t componentSize(Element element) {
    // In the order of the enumerators.
    static constexpr size_t sizes[] = {
        0, 1, 1, 4, 4, 8, 8, 2, 4, 8, sizeof(TokenId), 2 * sizeof(TokenId), sizeof(TokenId)};
    return sizes[static_cast<size_t>(element)];
}

bool sameBytes(const Value& a, const Value& b) {
    if (a.type != b.type || a.count != b.count) return false;
    return a.byteSize() == 0 || a.data == b.data || std::memcmp(a.data, b.data, a.byteSize()) == 0;
}

Hash128 hashValue(const Value& value) {
    // Bytes first, so that large arrays take the one-shot path.
    const Hash128 bytes = hashBytes(value.data, value.byteSize());
    Hasher hasher;
    hasher.hash(bytes);
    hasher.value(value.type.element);
    hasher.value(value.type.components);
    hasher.value(static_cast<uint8_t>(value.type.isArray));
    hasher.value(value.count);
    return hasher.finish();
}

Hash128 hashContent(const Value& value, const TokenTable& tokens) {
    const auto element = value.type.element;
    if (element != Element::Text && element != Element::Asset && element != Element::Opaque) return hashValue(value);
    Hasher hasher;
    hasher.value(element);
    hasher.value(static_cast<uint8_t>(value.type.isArray));
    hasher.value(value.count);
    const std::span texts(static_cast<const TokenId*>(value.data), value.byteSize() / sizeof(TokenId));
    for (const TokenId text : texts) hasher.text(tokens.text(text));
    return hasher.finish();
}

double halfToDouble(uint16_t bits) {
    const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
    const uint32_t exponent = (bits >> 10) & 31u;
    const uint32_t mantissa = bits & 1023u;
    if (exponent == 0) {
        const double magnitude = static_cast<double>(mantissa) * 0x1p-24;
        return sign != 0 ? -magnitude : magnitude;
    }
    const uint32_t wide = exponent == 31 ? 255u : exponent + 112u;
    return static_cast<double>(std::bit_cast<float>(sign | (wide << 23) | (mantissa << 13)));
}

bool readReals(const Value& value, std::span<double> out) {
    if (value.count != 1 || value.type.isArray || value.type.components != out.size()) return false;
    switch (value.type.element) {
        case Element::Half:
            for (size_t i = 0; i < out.size(); ++i) out[i] = halfToDouble(static_cast<const uint16_t*>(value.data)[i]);
            return true;
        case Element::Float:
            for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<const float*>(value.data)[i];
            return true;
        case Element::Double:
            for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<const double*>(value.data)[i];
            return true;
        default:
            return false;
    }
}

}  // namespace usdtune
