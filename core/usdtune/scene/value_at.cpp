// SPDX-License-Identifier: Apache-2.0
//
// Rules read from the documentation of UsdAttribute, UsdInterpolationTypeLinear and UsdGeomImageable, and checked
// against usd-core.
#include "usdtune/scene/value_at.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "usdtune/scene/schemas.h"

namespace usdtune {

namespace {

/// To the nearest half, ties to even.
uint16_t doubleToHalf(double x) {
    const auto sign = static_cast<uint16_t>(std::signbit(x) ? 0x8000u : 0u);
    const double size = std::abs(x);
    if (std::isnan(x)) return static_cast<uint16_t>(sign | 0x7E00u);
    if (size >= 65520.0) return static_cast<uint16_t>(sign | 0x7C00u);
    int exponent = -14;
    if (size >= 0x1p-14) exponent = std::ilogb(size);
    // A mantissa that rounds up to the next power of two carries into the exponent by itself.
    const auto mantissa = static_cast<uint32_t>(std::nearbyint(std::ldexp(size, 10 - exponent)));
    const uint32_t biased = size >= 0x1p-14 ? static_cast<uint32_t>(exponent + 14) << 10 : 0;
    return static_cast<uint16_t>(sign | (biased + mantissa));
}

/// As GfLerp, whose products are of float64 and rounded to the type at the end.
void mixComponents(Element element, const void* a, const void* b, double t, void* out, size_t count) {
    const auto each = [&]<class T>(T) {
        const T *from = static_cast<const T*>(a), *to = static_cast<const T*>(b);
        T* into = static_cast<T*>(out);
        for (size_t i = 0; i < count; ++i) into[i] = static_cast<T>((1 - t) * from[i] + t * to[i]);
    };
    if (element == Element::Double) return each(double{});
    if (element == Element::Float) return each(float{});
    const auto *from = static_cast<const uint16_t*>(a), *to = static_cast<const uint16_t*>(b);
    for (size_t i = 0; i < count; ++i)
        static_cast<uint16_t*>(out)[i] = doubleToHalf((1 - t) * halfToDouble(from[i]) + t * halfToDouble(to[i]));
}

double component(Element element, const void* data, size_t i) {
    if (element == Element::Double) return static_cast<const double*>(data)[i];
    if (element == Element::Float) return static_cast<double>(static_cast<const float*>(data)[i]);
    return halfToDouble(static_cast<const uint16_t*>(data)[i]);
}

void store(Element element, void* data, size_t i, double x) {
    if (element == Element::Double)
        static_cast<double*>(data)[i] = x;
    else if (element == Element::Float)
        static_cast<float*>(data)[i] = static_cast<float>(x);
    else
        static_cast<uint16_t*>(data)[i] = doubleToHalf(x);
}

/// Shoemake's slerp (1985) the short way round, and a straight mix where the arc is too short to divide by, as GfSlerp.
void mixQuaternions(Element element, const void* a, const void* b, double t, void* out, size_t count) {
    for (size_t q = 0; q < count; ++q) {
        double cosine = 0;
        for (size_t k = 0; k < 4; ++k) cosine += component(element, a, 4 * q + k) * component(element, b, 4 * q + k);
        const bool turned = cosine < 0;
        cosine = std::abs(cosine);
        double wa = 1 - t, wb = t;
        if (1 - cosine > 1e-5) {
            const double angle = std::acos(cosine), sine = std::sin(angle);
            wa = std::sin((1 - t) * angle) / sine;
            wb = std::sin(t * angle) / sine;
        }
        if (turned) wb = -wb;
        for (size_t k = 4 * q; k < 4 * q + 4; ++k)
            store(element, out, k, wa * component(element, a, k) + wb * component(element, b, k));
    }
}

bool isLinear(Element element) {
    return element == Element::Half || element == Element::Float || element == Element::Double;
}

OwnedValue mix(const Value& a, const Value& b, double t, bool quaternions) {
    // In words of eight bytes, so that any component lies as it must.
    auto owner = std::make_shared<std::vector<uint64_t>>((a.byteSize() + 7) / 8);
    if (quaternions)
        mixQuaternions(a.type.element, a.data, b.data, t, owner->data(), a.count);
    else
        mixComponents(a.type.element, a.data, b.data, t, owner->data(), a.count * a.type.components);
    return {{owner->data(), a.count, a.type}, owner};
}

}  // namespace

OwnedValue valueAt(const Scene& scene, const Property& attribute, TimeCode time) {
    const std::span<const TimeSample> samples = scene.samples(attribute);
    if (!time || samples.empty()) return {attribute.value, nullptr};
    const auto after = std::upper_bound(samples.begin(), samples.end(), *time,
                                        [](double at, const TimeSample& sample) { return at < sample.time; });
    const auto held = [](const TimeSample& sample) {
        return OwnedValue{sample.blocked ? Value() : sample.value, nullptr};
    };
    if (after == samples.begin()) return held(*after);
    const TimeSample& from = *(after - 1);
    if (after == samples.end() || from.time == *time || from.blocked || after->blocked) return held(from);
    const Value &a = from.value, &b = after->value;
    if (a.type != b.type || a.count != b.count || a.count == 0 || !isLinear(a.type.element)) return held(from);
    const bool quaternions = a.type.components == 4 && scene.text(attribute.typeName).starts_with("quat");
    return mix(a, b, (*time - from.time) / (after->time - from.time), quaternions);
}

OwnedValue valueAt(const Scene& scene, PrimId prim, std::string_view name, TimeCode time) {
    const PropertyId id = scene.findProperty(prim, name);
    if (!id.valid() || scene.property(id).flags.relationship) return {};
    return valueAt(scene, scene.property(id), time);
}

double numberAt(const Scene& scene, PrimId prim, std::string_view name, double fallback, TimeCode time) {
    const OwnedValue owned = valueAt(scene, prim, name, time);
    double number = fallback;
    return readReals(owned.value, {&number, 1}) ? number : fallback;
}

bool flagAt(const Scene& scene, PrimId prim, std::string_view name, bool fallback, TimeCode time) {
    const OwnedValue owned = valueAt(scene, prim, name, time);
    const auto flag = owned.value.as<uint8_t>(Element::Bool, 1);
    return flag.size() == 1 ? flag[0] != 0 : fallback;
}

std::string_view tokenAt(const Scene& scene, PrimId prim, std::string_view name, std::string_view fallback,
                         TimeCode time) {
    const std::string_view text = scene.textOf(valueAt(scene, prim, name, time).value);
    return text.empty() ? fallback : text;
}

Matrix4d localTransformAt(const Scene& scene, PrimId prim, TimeCode time) {
    if (!time) return scene.xforms().local[prim.index];
    bool resets = false, animated = false;
    std::string problem;
    return localTransform(scene, prim, resets, animated, problem, time);
}

Matrix4d worldTransformAt(const Scene& scene, PrimId prim, TimeCode time) {
    if (!time || scene.xforms().animated[prim.index] == 0) return scene.xforms().world[prim.index];
    Matrix4d out;
    bool resets = false, animated = false;
    std::string problem;
    for (PrimId at = prim; at.valid() && !resets; at = scene.prim(at).parent)
        out = out * localTransform(scene, at, resets, animated, problem, time);
    return out;
}

bool visibleAt(const Scene& scene, PrimId prim, TimeCode time) {
    if (!time) return scene.visible(prim);
    for (PrimId at = prim; at.valid(); at = scene.prim(at).parent) {
        if (scene.prim(at).flags.prototypeRoot || !isImageableType(scene.typeName(at))) continue;
        if (tokenAt(scene, at, "visibility", "", time) == "invisible") return false;
    }
    return true;
}

}  // namespace usdtune
