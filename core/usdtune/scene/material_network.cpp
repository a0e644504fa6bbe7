// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/material_network.h"

#include <algorithm>
#include <set>
#include <utility>

#include "usdtune/scene/incoming_targets.h"

namespace usdtune {

namespace {

constexpr int kLongestWay = 64;

bool isOutput(std::string_view name) { return name.starts_with("outputs:"); }

/// Two values as a renderer sees them: assets by where they lead.
bool sameValue(const Value& a, const Value& b) {
    if (a.type.element != Element::Asset || b.type != a.type || a.count != b.count) return sameBytes(a, b);
    const auto* left = static_cast<const TokenId*>(a.data);
    const auto* right = static_cast<const TokenId*>(b.data);
    for (uint64_t i = 0; i < a.count * a.type.components; ++i) {
        const bool resolved = left[2 * i + 1].valid() && left[2 * i + 1] == right[2 * i + 1];
        if (!resolved && left[2 * i] != right[2 * i]) return false;
    }
    return true;
}

/// What a shader reads or is: everything with a value or a connection, outputs left out; sorted by name as rows are.
std::vector<PropertyId> readProperties(const Scene& scene, PrimId shader) {
    std::vector<PropertyId> out;
    for (const Property& property : scene.properties(shader)) {
        if (property.flags.relationship || isOutput(scene.text(property.name))) continue;
        if (!property.value.empty() || property.targets.size() > 0) out.push_back(scene.propertyId(property));
    }
    return out;
}

std::vector<PropertyId> connectedOutputs(const Scene& scene, PrimId material) {
    std::vector<PropertyId> out;
    for (const Property& property : scene.properties(material))
        if (isOutput(scene.text(property.name)) && property.targets.size() > 0)
            out.push_back(scene.propertyId(property));
    return out;
}

class NetworkComparison {
public:
    NetworkComparison(const Scene& scene, std::span<const PropertyId> free) : scene_(scene), free_(free) {}

    bool sameLists(const std::vector<PropertyId>& a, const std::vector<PropertyId>& b) {
        if (a.size() != b.size()) return false;
        for (size_t i = 0; i < a.size(); ++i) {
            const Property& left = scene_.property(a[i]);
            const Property& right = scene_.property(b[i]);
            if (left.name != right.name || left.typeName != right.typeName || !sameReading(a[i], b[i])) return false;
        }
        return true;
    }

private:
    bool sameReading(PropertyId a, PropertyId b) {
        const ShadingSource left = shadingSource(scene_, a), right = shadingSource(scene_, b);
        if (left.several || right.several || left.shader.valid() != right.shader.valid()) return false;
        if (left.shader.valid()) return left.output == right.output && sameShader(left.shader, right.shader);
        const Property& leftRow = scene_.property(left.value);
        const Property& rightRow = scene_.property(right.value);
        const bool valuesCount = !isFree(left.value) || !isFree(right.value);
        return !leftRow.flags.animated && !rightRow.flags.animated &&
               (!valuesCount || sameValue(leftRow.value, rightRow.value)) &&
               sameBytes(scene_.metadatum(leftRow.metadata, "colorSpace"),
                         scene_.metadatum(rightRow.metadata, "colorSpace"));
    }

    bool isFree(PropertyId id) const { return std::binary_search(free_.begin(), free_.end(), id); }

    bool sameShader(PrimId a, PrimId b) {
        if (a == b || !assumed_.insert({a, b}).second) return true;
        return sameLists(readProperties(scene_, a), readProperties(scene_, b));
    }

    const Scene& scene_;
    std::span<const PropertyId> free_;
    std::set<std::pair<PrimId, PrimId>> assumed_;  ///< pairs under comparison or found equal: loops end here
};

}  // namespace

ShadingSource shadingSource(const Scene& scene, PropertyId property) {
    for (int step = 0; step < kLongestWay; ++step) {
        const Property& row = scene.property(property);
        const auto targets = scene.tokenList(row.targets);
        if (targets.size() > 1) return {.value = property, .several = true};
        if (targets.empty()) return {.value = property};
        const std::string_view path = scene.text(targets[0]);
        const PrimId prim = scene.find(primPathOf(path));
        const size_t dot = path.find('.');
        if (!prim.valid() || dot == std::string_view::npos) return {.value = property};
        const std::string_view name = path.substr(dot + 1);
        if (isOutput(name) && scene.typeName(prim) == "Shader") return {.shader = prim, .output = name};
        const PropertyId next = scene.findProperty(prim, name);
        if (!next.valid()) return {.value = property};
        property = next;
    }
    return {.value = property, .several = true};
}

std::vector<PrimId> reachedShaders(const Scene& scene, PrimId material) {
    std::vector<PrimId> reached;
    const auto visit = [&](PropertyId property) {
        const ShadingSource source = shadingSource(scene, property);
        if (source.shader.valid() && std::find(reached.begin(), reached.end(), source.shader) == reached.end())
            reached.push_back(source.shader);
    };
    for (const PropertyId output : connectedOutputs(scene, material)) visit(output);
    for (size_t i = 0; i < reached.size(); ++i)
        for (const PropertyId property : readProperties(scene, reached[i])) visit(property);
    return reached;
}

std::string_view shaderId(const Scene& scene, PrimId shader) { return scene.textOf(scene.value(shader, "info:id")); }

bool sameNetwork(const Scene& scene, PrimId a, PrimId b, std::span<const PropertyId> free) {
    return NetworkComparison(scene, free).sameLists(connectedOutputs(scene, a), connectedOutputs(scene, b));
}

}  // namespace usdtune
