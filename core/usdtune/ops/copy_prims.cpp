// SPDX-License-Identifier: Apache-2.0
#include "usdtune/ops/copy_prims.h"

#include <string>

#include "usdtune/ops/prim_writer.h"

namespace usdtune {

namespace {

class Copying {
public:
    Copying(const Scene& scene, PrimId root, std::string_view path, std::vector<Edit>& edits)
        : scene_(scene), writer_(scene, edits), edits_(edits), from_(scene.path(root)), to_(path) {}

    void prim(PrimId id) {
        const Prim& row = scene_.prim(id);
        const TokenId path = moved(row.path);
        writer_.define(path, row.specifier, row.typeName);
        writer_.copySchemas(row, path);
        writer_.copyMetadata(row, path);
        for (const Property& property : scene_.properties(id)) this->property(property, path);
    }

private:
    /// A path inside of the subtree at its new place, any other as it is.
    TokenId moved(TokenId path) const {
        const std::string_view text = scene_.text(path);
        const bool inside = text.starts_with(from_) &&
                            (text.size() == from_.size() || text[from_.size()] == '/' || text[from_.size()] == '.');
        return inside ? scene_.tokens().intern(to_ + std::string(text.substr(from_.size()))) : path;
    }

    void property(const Property& row, TokenId path) {
        writer_.copy(row, path);
        if (!row.flags.relationship) {
            if (!row.hasTargets) return;
            Edit& connection = writer_.say(EditKind::SetTargets, path);
            connection.name = row.name;
            connection.typeName = row.typeName;
            connection.connection = true;
        }
        std::vector<TokenId>& targets = edits_.back().targets;
        targets.clear();
        for (const TokenId target : scene_.tokenList(row.targets)) targets.push_back(moved(target));
    }

    const Scene& scene_;
    PrimWriter writer_;
    std::vector<Edit>& edits_;
    std::string from_, to_;
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
