// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/tessellation.h"

#include <algorithm>

namespace usdtune {

namespace {

template <class T>
float asFloat(T x) {
    return static_cast<float>(x);
}

/// Every `stride`-th value as floats.
template <class T, class Convert>
std::vector<float> converted(const Value& value, size_t stride, Convert convert) {
    const size_t width = value.type.components, count = value.count / stride;
    const T* const from = static_cast<const T*>(value.data);
    std::vector<float> out(count * width);
    for (size_t i = 0; i < count; ++i)
        for (size_t c = 0; c < width; ++c) out[i * width + c] = convert(from[i * stride * width + c]);
    return out;
}

std::vector<float> converted(const Value& value, size_t stride) {
    switch (value.type.element) {
        case Element::Float:
            return converted<float>(value, stride, asFloat<float>);
        case Element::Double:
            return converted<double>(value, stride, asFloat<double>);
        case Element::Half:
            return converted<uint16_t>(value, stride, [](uint16_t bits) { return asFloat(halfToDouble(bits)); });
        case Element::Bool:
        case Element::UChar:
            return converted<uint8_t>(value, stride, asFloat<uint8_t>);
        case Element::Int:
            return converted<int32_t>(value, stride, asFloat<int32_t>);
        case Element::UInt:
            return converted<uint32_t>(value, stride, asFloat<uint32_t>);
        case Element::Int64:
            return converted<int64_t>(value, stride, asFloat<int64_t>);
        case Element::UInt64:
            return converted<uint64_t>(value, stride, asFloat<uint64_t>);
        default:
            return {};
    }
}

}  // namespace

PrimvarRate rateOf(Interpolation interpolation) {
    switch (interpolation) {
        case Interpolation::Constant:
            return PrimvarRate::Constant;
        case Interpolation::Uniform:
            return PrimvarRate::Face;
        case Interpolation::Vertex:
        case Interpolation::Varying:
            return PrimvarRate::Point;
        case Interpolation::FaceVarying:
            return PrimvarRate::Corner;
    }
    return PrimvarRate::Constant;
}

std::optional<RenderPrimvar> renderPrimvar(const Scene& scene, const Primvar& primvar, PrimvarRate rate, TimeCode time,
                                           std::vector<Keeper>& keepers) {
    // What has samples only is well formed at a time, if at all; what has a broken default is left alone.
    const bool sampled = time && primvar.animated;
    if (!primvar.wellFormed && !(sampled && primvar.values.empty())) return {};
    Value values = primvar.values;
    std::span<const int> indices = primvar.indices;
    if (sampled) {
        const auto take = [&](PropertyId attribute) {
            OwnedValue owned = valueAt(scene, scene.property(attribute), time);
            if (owned.keeper) keepers.push_back(std::move(owned.keeper));
            return owned.value;
        };
        values = take(primvar.attribute);
        if (primvar.indexed) indices = take(primvar.indicesAttribute).as<int>(Element::Int, 1);
        const size_t count = values.count / primvar.elementSize;
        const auto outside = [&](int i) { return i < 0 || static_cast<size_t>(i) >= count; };
        if (std::any_of(indices.begin(), indices.end(), outside)) return {};
    }
    const size_t stride = primvar.elementSize;
    if (values.count < stride || (primvar.indexed && indices.empty()) || values.type.components == 0 ||
        values.type.components > 4)
        return {};

    RenderPrimvar out;
    out.name = primvar.name;
    out.rate = rate;
    out.width = values.type.components;
    out.indices = indices;
    if (values.type.element == Element::Float && stride == 1) {
        out.values = {static_cast<const float*>(values.data), values.count * values.type.components};
        return out;
    }
    auto owner = std::make_shared<const std::vector<float>>(converted(values, stride));
    if (owner->empty()) return {};
    out.values = *owner;
    keepers.push_back(std::move(owner));
    return out;
}

}  // namespace usdtune
