// SPDX-License-Identifier: Apache-2.0
//
// Any list of edits over a few names: a preview, or a sentence. Where the list can be met, its compact form can be too,
// and gives the same Scene.
#include <array>
#include <string_view>

#include "core/scene/every_kind_of_row.h"
#include "input.h"
#include "usdtune/edit/preview.h"
#include "usdtune/scene/scene_dump.h"

using namespace usdtune;

namespace {

constexpr std::array<std::string_view, 16> kPaths = {
    "/Rack", "/Rack/Tri", "/Rack/Tri/front", "/Red",    "/Red/surface", "/I",
    "/J",    "/I/Inner",  "/Rack/Added",     "/Added",  "/Added/Below", "/Rack/Tri/Below",
    "/",     "nonsense",  "/Red/Added",      "/J/Inner"};
constexpr std::array<std::string_view, 10> kNames = {
    "points", "a",    "primvars:st", "material:binding", "collection:c:includes",
    "new",    "kind", "active",      "instanceable",     "documentation"};
constexpr std::array<std::string_view, 8> kTypes = {"", "point3f[]", "int", "bool", "bool[]", "token", "Xform", "Mesh"};

OwnedValue valueOf(fuzz::Input& input) {
    switch (input.below(5)) {
        case 0:
            return OwnedValue::scalar(ValueType{Element::Bool, 1, false}, static_cast<uint8_t>(input.below(2)));
        case 1:
            return OwnedValue::scalar(ValueType{Element::Int, 1, false}, static_cast<int>(input.byte()));
        case 2:
            return OwnedValue::array(ValueType{Element::Float, 3, true},
                                     std::vector<Vec3f>(input.below(5), Vec3f{{1, 2, 3}}));
        case 3:
            return OwnedValue::array(ValueType{Element::Bool, 1, true}, std::vector<uint8_t>(input.below(4), 1));
        default:
            return {};
    }
}

Edit editFrom(fuzz::Input& input, TokenTable& tokens) {
    const auto pick = [&](const auto& pool) { return tokens.intern(pool[input.below(pool.size())]); };
    Edit edit;
    edit.kind = static_cast<EditKind>(input.below(static_cast<size_t>(EditKind::SetTargets) + 1));
    edit.path = pick(kPaths);
    edit.name = pick(kNames);
    edit.typeName = pick(kTypes);
    const uint8_t flags = input.byte();
    edit.specifier = static_cast<Specifier>(flags % 3);
    edit.uniform = (flags & 4) != 0;
    edit.custom = (flags & 8) != 0;
    edit.connection = (flags & 16) != 0;
    edit.value = valueOf(input);
    for (size_t count = input.below(3); count > 0; --count) edit.targets.push_back(pick(kPaths));
    if ((flags & 32) != 0) edit.metadata.emplace_back(pick(kNames), valueOf(input));
    return edit;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    fuzz::Input input(data, size);
    const ScenePtr scene = test::everyKindOfRow();
    EditList list;
    while (!input.empty() && list.edits.size() < 32) list.edits.push_back(editFrom(input, scene->tokens()));

    const auto said = preview(*scene, list);
    if (!said) {
        fuzz::demand(!said.error().empty(), "a refusal has a sentence");
        return 0;
    }
    const auto shorter = preview(*scene, compact(list, scene->tokens()));
    fuzz::demand(shorter.ok(), "what can be met can be met in its compact form");
    fuzz::demand(sceneDump(*said.value()) == sceneDump(*shorter.value()), "the compact form gives the same Scene");
    return 0;
}
