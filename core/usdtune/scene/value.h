// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "usdtune/base/assert.h"
#include "usdtune/base/hash.h"
#include "usdtune/base/ids.h"

namespace usdtune {

/// What one component of a value is. Text covers string and token; Asset is a pair of texts
/// (authored path, resolved path); Opaque is a kind of value this version does not look into
/// (dictionaries, splines, array edits), kept as one canonical text for comparison.
enum class Element : uint8_t { None, Bool, UChar, Int, UInt, Int64, UInt64, Half, Float, Double, Text, Asset, Opaque };

class TokenTable;

/// The shape of a value type: `point3f[]` is {Float, 3, true}, `matrix4d` is {Double, 16, false}. Components lie as
/// in Gf's types: matrices row by row, quaternions imaginary part first, real part last.
struct ValueType {
    Element element = Element::None;
    uint8_t components = 1;
    bool isArray = false;
    friend bool operator==(const ValueType&, const ValueType&) = default;
};

/// The shape that a scene-description type name stands for (OpenUSD 24.11–26.11 names, aliases included);
/// element None for names this version does not know.
ValueType valueTypeOf(std::string_view typeName);

/// Bytes of one component in memory: 4 for Float, 4 for Text (a TokenId), 8 for Asset (two TokenIds).
size_t componentSize(Element element);

/// One value as the scene description holds it. `data` is borrowed; its owner lives in the Scene's or the
/// EditList's pools. Text elements are TokenIds of the Scene's token table.
struct Value {
    const void* data = nullptr;
    uint64_t count = 0;  ///< elements: array length, or 1 for a scalar
    ValueType type;

    bool empty() const { return type.element == Element::None; }
    size_t elementSize() const { return componentSize(type.element) * type.components; }
    size_t byteSize() const { return elementSize() * count; }

    /// The elements seen as T when element kind and component count agree with T's size; else an empty span.
    template <class T>
    std::span<const T> as(Element element, uint8_t components) const {
        if (type.element != element || type.components != components) return {};
        static_assert(std::is_trivially_copyable_v<T>);
        return {static_cast<const T*>(data), static_cast<size_t>(count)};
    }
};

/// Equal type and equal bytes (so -0 differs from 0, and NaN equals the same NaN).
bool sameBytes(const Value& a, const Value& b);

/// Content hash of type and bytes. Text is hashed by TokenId: valid only among Scenes that share a token table.
Hash128 hashValue(const Value& value);

/// As hashValue, but text, asset and opaque values are hashed by their texts: the same in every process.
Hash128 hashContent(const Value& value, const TokenTable& tokens);

/// The components of a half, float or double scalar as float64; false (and `out` untouched) for any other shape.
bool readReals(const Value& value, std::span<double> out);
double halfToDouble(uint16_t bits);

/// Keeps memory alive for Values: a Python array, a vector made by an operation, a mapped file.
using Keeper = std::shared_ptr<const void>;

/// A value together with what keeps its memory alive.
struct OwnedValue {
    Value value;
    Keeper keeper;

    /// Takes over `elements`; `type` must describe T (asserted by size).
    template <class T>
    static OwnedValue array(ValueType type, std::vector<T> elements);
    template <class T>
    static OwnedValue scalar(ValueType type, T element);
};

template <class T>
OwnedValue OwnedValue::array(ValueType type, std::vector<T> elements) {
    USDTUNE_ASSERT(sizeof(T) == componentSize(type.element) * type.components,
                   "element size must match the value type");
    auto owner = std::make_shared<std::vector<T>>(std::move(elements));
    type.isArray = true;
    return {{owner->data(), owner->size(), type}, owner};
}

template <class T>
OwnedValue OwnedValue::scalar(ValueType type, T element) {
    USDTUNE_ASSERT(sizeof(T) == componentSize(type.element) * type.components,
                   "element size must match the value type");
    auto owner = std::make_shared<T>(std::move(element));
    type.isArray = false;
    return {{owner.get(), 1, type}, owner};
}

}  // namespace usdtune
