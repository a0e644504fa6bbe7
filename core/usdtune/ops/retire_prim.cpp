// SPDX-License-Identifier: Apache-2.0
#include "usdtune/ops/retire_prim.h"

namespace usdtune {

Edit retire(const Scene& scene, PrimId prim, Retirement how) {
    TokenTable& tokens = scene.tokens();
    Edit edit;
    edit.path = scene.prim(prim).path;
    if (how == Retirement::Delete) {
        edit.kind = EditKind::RemovePrim;
    } else if (how == Retirement::Deactivate) {
        edit.kind = EditKind::SetPrimMetadata;
        edit.name = tokens.intern("active");
        edit.typeName = tokens.intern("bool");
        edit.value = OwnedValue::scalar({Element::Bool, 1, false}, uint8_t{0});
    } else {
        edit.kind = EditKind::SetAttribute;
        edit.name = tokens.intern("visibility");
        edit.typeName = tokens.intern("token");
        edit.value = OwnedValue::scalar({Element::Text, 1, false}, tokens.intern("invisible"));
    }
    return edit;
}

bool isRetired(const Scene& scene, PrimId prim, Retirement how) {
    if (how == Retirement::Deactivate) return !scene.prim(prim).flags.active;
    return how == Retirement::Hide && scene.textOf(scene.value(prim, "visibility")) == "invisible";
}

}  // namespace usdtune
