// SPDX-License-Identifier: Apache-2.0
#include "usdtune/ops/prim_writer.h"

#include <array>

namespace usdtune {

std::string FreeNames::free(std::string_view wanted) {
    std::string name(wanted);
    // Numbers go on where the last one of that name stopped, or many equal names would cost squares.
    int& number = lastNumber_[name];
    while (!taken_.insert(name).second) name = std::string(wanted) + "_" + std::to_string(++number);
    return name;
}

Edit& PrimWriter::say(EditKind kind, TokenId path) {
    Edit edit;
    edit.kind = kind;
    edit.path = path;
    edits_.push_back(std::move(edit));
    return edits_.back();
}

void PrimWriter::define(TokenId path, Specifier specifier, TokenId typeName) {
    Edit& edit = say(EditKind::DefinePrim, path);
    edit.specifier = specifier;
    edit.typeName = typeName;
}

TokenId PrimWriter::below(TokenId path, std::string_view name) {
    return scene_.tokens().intern(std::string(scene_.text(path)) + "/" + std::string(name));
}

void PrimWriter::set(TokenId path, std::string_view name, std::string_view typeName, OwnedValue value, bool uniform) {
    Edit& edit = say(EditKind::SetAttribute, path);
    edit.name = scene_.tokens().intern(name);
    edit.typeName = scene_.tokens().intern(typeName);
    edit.uniform = uniform;
    edit.value = std::move(value);
}

void PrimWriter::target(TokenId path, std::string_view name, TokenId target) {
    Edit& edit = say(EditKind::SetTargets, path);
    edit.name = scene_.tokens().intern(name);
    edit.uniform = true;
    edit.targets = {target};
}

void PrimWriter::copy(const Property& row, TokenId path) {
    const auto copyFacts = [&](Edit& edit) {
        edit.name = row.name;
        edit.custom = row.flags.custom;
        edit.uniform = row.flags.uniform;
        for (const Metadatum& datum : scene_.metadata(row.metadata))
            edit.metadata.emplace_back(datum.key, OwnedValue{datum.value, nullptr});
    };
    if (row.flags.relationship) {
        const auto targets = scene_.tokenList(row.targets);
        Edit& edit = say(EditKind::SetTargets, path);
        edit.targets.assign(targets.begin(), targets.end());
        return copyFacts(edit);
    }
    Edit& edit = say(EditKind::SetAttribute, path);
    edit.typeName = row.typeName;
    edit.value = {row.value, nullptr};
    copyFacts(edit);
    if (!row.flags.blocked) return;
    Edit& block = say(EditKind::BlockAttribute, path);
    block.name = row.name;
    block.typeName = row.typeName;
}

void PrimWriter::copyMetadata(const Prim& prim, TokenId path) {
    for (const Metadatum& row : scene_.metadata(prim.metadata)) {
        Edit& edit = say(EditKind::SetPrimMetadata, path);
        edit.name = row.key;
        edit.typeName = row.typeName;
        edit.value = {row.value, nullptr};
    }
}

void PrimWriter::copySchemas(const Prim& prim, TokenId path) {
    const auto schemas = scene_.tokenList(prim.apiSchemas);
    if (!schemas.empty()) say(EditKind::SetApiSchemas, path).targets.assign(schemas.begin(), schemas.end());
}

void PrimWriter::copySubset(const Subset& subset, TokenId mesh) {
    const Prim& prim = scene_.prim(subset.prim);
    const TokenId path = below(mesh, scene_.text(prim.name));
    define(path, prim.specifier, prim.typeName);
    copySchemas(prim, path);
    copyMetadata(prim, path);
    for (const Property& row : scene_.properties(subset.prim)) copy(row, path);
}

void PrimWriter::extentOf(const Mesh& mesh, TokenId path) {
    const std::array<Vec3f, 2> box = {toFloat(mesh.localBounds.min), toFloat(mesh.localBounds.max)};
    bool encloses = mesh.extent.size() == 2;
    for (size_t c = 0; encloses && c < 3; ++c)
        encloses = mesh.extent[0][c] <= box[0][c] && mesh.extent[1][c] >= box[1][c];
    set(path, "extent", "float3[]",
        encloses ? OwnedValue::array<Vec3f>({Element::Float, 3, true}, {mesh.extent[0], mesh.extent[1]})
                 : OwnedValue::array<Vec3f>({Element::Float, 3, true}, {box[0], box[1]}));
}

}  // namespace usdtune
