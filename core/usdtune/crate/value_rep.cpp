// SPDX-License-Identifier: Apache-2.0
#include "usdtune/crate/value_rep.h"

#include <array>
#include <unordered_map>

namespace usdtune::crate {

namespace {

constexpr size_t kKindCount = static_cast<size_t>(Kind::FirstUnknown);

constexpr std::array<KindFacts, kKindCount> makeFacts() {
    std::array<KindFacts, kKindCount> facts{};
    const auto set = [&](Kind kind, std::string_view name, Element element, uint8_t components = 1) {
        facts[static_cast<size_t>(kind)] = {name, element, components};
    };
    set(Kind::Bool, "bool", Element::Bool);
    set(Kind::UChar, "uchar", Element::UChar);
    set(Kind::Int, "int", Element::Int);
    set(Kind::UInt, "uint", Element::UInt);
    set(Kind::Int64, "int64", Element::Int64);
    set(Kind::UInt64, "uint64", Element::UInt64);
    set(Kind::Half, "half", Element::Half);
    set(Kind::Float, "float", Element::Float);
    set(Kind::Double, "double", Element::Double);
    set(Kind::String, "string", Element::Text);
    set(Kind::Token, "token", Element::Text);
    set(Kind::AssetPath, "asset", Element::Asset);
    set(Kind::Matrix2d, "matrix2d", Element::Double, 4);
    set(Kind::Matrix3d, "matrix3d", Element::Double, 9);
    set(Kind::Matrix4d, "matrix4d", Element::Double, 16);
    set(Kind::Quatd, "quatd", Element::Double, 4);
    set(Kind::Quatf, "quatf", Element::Float, 4);
    set(Kind::Quath, "quath", Element::Half, 4);
    set(Kind::Vec2d, "double2", Element::Double, 2);
    set(Kind::Vec2f, "float2", Element::Float, 2);
    set(Kind::Vec2h, "half2", Element::Half, 2);
    set(Kind::Vec2i, "int2", Element::Int, 2);
    set(Kind::Vec3d, "double3", Element::Double, 3);
    set(Kind::Vec3f, "float3", Element::Float, 3);
    set(Kind::Vec3h, "half3", Element::Half, 3);
    set(Kind::Vec3i, "int3", Element::Int, 3);
    set(Kind::Vec4d, "double4", Element::Double, 4);
    set(Kind::Vec4f, "float4", Element::Float, 4);
    set(Kind::Vec4h, "half4", Element::Half, 4);
    set(Kind::Vec4i, "int4", Element::Int, 4);
    set(Kind::TimeCode, "timecode", Element::Double);
    set(Kind::PathExpression, "pathExpression", Element::Opaque);
    return facts;
}

constexpr std::array<KindFacts, kKindCount> kFacts = makeFacts();
constexpr KindFacts kNoFacts{};

std::unordered_map<std::string_view, Kind> makeTypeNames() {
    std::unordered_map<std::string_view, Kind> names;
    for (size_t kind = 0; kind < kKindCount; ++kind)
        if (!kFacts[kind].name.empty()) names.emplace(kFacts[kind].name, static_cast<Kind>(kind));
    // Roles: the same values, other meanings.
    for (const auto& [name, kind] : std::initializer_list<std::pair<std::string_view, Kind>>{
             {"point3h", Kind::Vec3h},    {"point3f", Kind::Vec3f},    {"point3d", Kind::Vec3d},
             {"vector3h", Kind::Vec3h},   {"vector3f", Kind::Vec3f},   {"vector3d", Kind::Vec3d},
             {"normal3h", Kind::Vec3h},   {"normal3f", Kind::Vec3f},   {"normal3d", Kind::Vec3d},
             {"color3h", Kind::Vec3h},    {"color3f", Kind::Vec3f},    {"color3d", Kind::Vec3d},
             {"color4h", Kind::Vec4h},    {"color4f", Kind::Vec4f},    {"color4d", Kind::Vec4d},
             {"texCoord2h", Kind::Vec2h}, {"texCoord2f", Kind::Vec2f}, {"texCoord2d", Kind::Vec2d},
             {"texCoord3h", Kind::Vec3h}, {"texCoord3f", Kind::Vec3f}, {"texCoord3d", Kind::Vec3d},
             {"frame4d", Kind::Matrix4d}})
        names.emplace(name, kind);
    return names;
}

}  // namespace

const KindFacts& factsOf(Kind kind) {
    const auto index = static_cast<size_t>(kind);
    return index < kKindCount ? kFacts[index] : kNoFacts;
}

Kind kindOfTypeName(std::string_view typeName) {
    static const std::unordered_map<std::string_view, Kind> names = makeTypeNames();
    if (typeName.ends_with("[]")) typeName.remove_suffix(2);
    const auto found = names.find(typeName);
    return found == names.end() ? Kind::Invalid : found->second;
}

}  // namespace usdtune::crate
