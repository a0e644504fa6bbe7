// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/authored_primvars.h"

namespace usdtune {

std::vector<Primvar> authoredPrimvars(const Scene& scene, PrimId prim) {
    const MeshId mesh = scene.meshOf(prim);
    return mesh.valid() ? scene.meshes()[mesh.index].primvars : primvarsOf(scene, prim);
}

bool isSkelPrimvar(std::string_view name) { return name == "skel" || name.starts_with("skel:"); }

bool isIndexableType(const Value& value) {
    if (!value.type.isArray) return false;
    switch (value.type.element) {
        case Element::Half:
        case Element::Float:
        case Element::Double:
        case Element::Text:
            return true;
        case Element::Int:
            return value.type.components > 1;
        default:
            return false;
    }
}

}  // namespace usdtune
