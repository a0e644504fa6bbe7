// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/authored_primvars.h"

#include <algorithm>
#include <string>

namespace usdtune {

namespace {

constexpr std::string_view kPrefix = "primvars:";
constexpr std::string_view kIndicesSuffix = ":indices";

bool hasValue(const Property& property) { return !property.value.empty() || property.flags.animated; }

Primvar primvarOf(const Scene& scene, PrimId prim, const Property& property, std::string_view name) {
    Primvar primvar;
    primvar.attribute = scene.propertyId(property);
    primvar.name = scene.tokens().find(name);
    primvar.values = property.value;
    primvar.animated = property.flags.animated;
    bool known = true;
    if (const std::string_view text = scene.textOf(scene.metadatum(property.metadata, "interpolation")); !text.empty())
        primvar.interpolation = interpolationOf(text, known);
    const Value elementSize = scene.metadatum(property.metadata, "elementSize");
    if (const auto size = elementSize.as<int>(Element::Int, 1); !size.empty() && size[0] > 0)
        primvar.elementSize = static_cast<uint32_t>(size[0]);
    primvar.wellFormed = known && !property.flags.mismatched;

    const PropertyId indices =
        scene.findProperty(prim, std::string(scene.text(property.name)) + std::string(kIndicesSuffix));
    if (!indices.valid()) return primvar;
    const Property& indicesRow = scene.property(indices);
    primvar.animated = primvar.animated || indicesRow.flags.animated;
    if (indicesRow.flags.blocked || !hasValue(indicesRow)) return primvar;
    primvar.indicesAttribute = indices;
    primvar.indexed = true;
    primvar.indices = indicesRow.value.as<int>(Element::Int, 1);
    const uint64_t count = primvar.values.count / primvar.elementSize;
    for (const int index : primvar.indices)
        if (index < 0 || static_cast<uint64_t>(index) >= count) primvar.wellFormed = false;
    return primvar;
}

}  // namespace

std::vector<Primvar> authoredPrimvars(const Scene& scene, PrimId prim) {
    if (const MeshId mesh = scene.meshOf(prim); mesh.valid()) return scene.meshes()[mesh.index].primvars;
    std::vector<Primvar> primvars;
    for (const Property& property : scene.properties(prim)) {
        const std::string_view name = scene.text(property.name);
        if (property.flags.relationship || !name.starts_with(kPrefix) || name.ends_with(kIndicesSuffix)) continue;
        if (hasValue(property)) primvars.push_back(primvarOf(scene, prim, property, name.substr(kPrefix.size())));
    }
    return primvars;
}

bool isSkelPrimvar(std::string_view name) { return name == "skel" || name.starts_with("skel:"); }

}  // namespace usdtune
