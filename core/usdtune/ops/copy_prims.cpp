// SPDX-License-Identifier: Apache-2.0
#include "usdtune/ops/copy_prims.h"

#include <string>

namespace usdtune {

namespace {

class Copying {
public:
    Copying(const Scene& scene, PrimId root, std::string_view path, std::vector<Edit>& edits)
        : scene_(scene), from_(scene.path(root)), to_(path), edits_(edits) {}

    void prim(PrimId id) {
        const Prim& row = scene_.prim(id);
        at_ = moved(row.path);
        Edit& define = say(EditKind::DefinePrim);
        define.specifier = row.specifier;
        define.typeName = row.typeName;
        const auto schemas = scene_.tokenList(row.apiSchemas);
        if (!schemas.empty()) say(EditKind::SetApiSchemas).targets.assign(schemas.begin(), schemas.end());
        for (const Metadatum& datum : scene_.metadata(row.metadata)) {
            Edit& edit = say(EditKind::SetPrimMetadata);
            edit.name = datum.key;
            edit.typeName = datum.typeName;
            edit.value = {datum.value, nullptr};
        }
        for (const Property& property : scene_.properties(id)) this->property(property);
    }

private:
    Edit& say(EditKind kind) {
        Edit edit;
        edit.kind = kind;
        edit.path = at_;
        edits_.push_back(std::move(edit));
        return edits_.back();
    }

    /// A path inside of the subtree at its new place, any other as it is.
    TokenId moved(TokenId path) const {
        const std::string_view text = scene_.text(path);
        const bool inside = text.starts_with(from_) &&
                            (text.size() == from_.size() || text[from_.size()] == '/' || text[from_.size()] == '.');
        return inside ? scene_.tokens().intern(to_ + std::string(text.substr(from_.size()))) : path;
    }

    void property(const Property& row) {
        if (!row.flags.relationship) {
            Edit& edit = named(EditKind::SetAttribute, row);
            edit.typeName = row.typeName;
            edit.value = {row.value, nullptr};
            describe(row, edit);
            if (row.flags.blocked) named(EditKind::BlockAttribute, row).typeName = row.typeName;
        }
        if (!row.flags.relationship && !row.hasTargets) return;
        Edit& edit = named(EditKind::SetTargets, row);
        edit.connection = !row.flags.relationship;
        for (const TokenId target : scene_.tokenList(row.targets)) edit.targets.push_back(moved(target));
        if (row.flags.relationship) describe(row, edit);
    }

    Edit& named(EditKind kind, const Property& row) {
        Edit& edit = say(kind);
        edit.name = row.name;
        edit.custom = row.flags.custom;
        edit.uniform = row.flags.uniform;
        return edit;
    }

    void describe(const Property& row, Edit& edit) const {
        for (const Metadatum& datum : scene_.metadata(row.metadata))
            edit.metadata.emplace_back(datum.key, OwnedValue{datum.value, nullptr});
    }

    const Scene& scene_;
    std::string from_, to_;
    std::vector<Edit>& edits_;
    TokenId at_;
};

bool holdsAsset(const Value& value) { return value.type.element == Element::Asset && value.count > 0; }

}  // namespace

std::string_view whyNotCopied(const Scene& scene, PrimId root, LayerId into) {
    for (uint32_t row = root.index; row < scene.prim(root).subtreeEnd; ++row) {
        const Prim& prim = scene.prim(PrimId(row));
        if (prim.flags.opaque) return "opaque";
        if (prim.flags.hasArcs) return "has_arcs";
        for (const Property& property : scene.properties(PrimId(row))) {
            if (property.flags.opaque || property.value.type.element == Element::Opaque) return "opaque";
            if (property.flags.animated) return "animated";
            bool asset = holdsAsset(property.value);
            for (const Metadatum& datum : scene.metadata(property.metadata)) asset = asset || holdsAsset(datum.value);
            if (asset && property.layer != into) return "asset_in_another_layer";
        }
    }
    return {};
}

void copyPrims(const Scene& scene, PrimId root, std::string_view path, std::vector<Edit>& edits) {
    Copying copying(scene, root, path, edits);
    for (uint32_t row = root.index; row < scene.prim(root).subtreeEnd; ++row) copying.prim(PrimId(row));
}

}  // namespace usdtune
