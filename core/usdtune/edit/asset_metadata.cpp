// SPDX-License-Identifier: Apache-2.0
#include "usdtune/edit/asset_metadata.h"

#include <algorithm>
#include <unordered_set>

namespace usdtune {

namespace {

bool mayHoldAsset(const Scene& scene, RowRange metadata) {
    const auto rows = scene.metadata(metadata);
    return std::any_of(rows.begin(), rows.end(), [&](const Metadatum& datum) {
        if (datum.value.type.element == Element::Asset) return true;
        if (datum.value.type.element != Element::Opaque || datum.value.count == 0) return false;
        // As the bridge's canonical text spells asset paths, alone and as arrays (which it keeps as a hash).
        const std::string_view text = scene.text(*static_cast<const TokenId*>(datum.value.data));
        return text.find("asset(") != std::string_view::npos || text.find("text[") != std::string_view::npos;
    });
}

std::string pathOf(const Scene& scene, const Property& property) {
    return std::string(scene.path(property.prim)) + "." + std::string(scene.text(property.name));
}

/// Specs that a layer moves away by relocating them have no rows at their own paths.
bool hasRelocates(const Scene& scene) {
    const auto& layers = scene.tables().layers;
    return std::any_of(layers.begin(), layers.end(), [&](const Layer& layer) {
        const auto rows = scene.metadata(layer.metadata);
        return layer.own && std::any_of(rows.begin(), rows.end(), [&](const Metadatum& datum) {
            return scene.text(datum.key) == "layerRelocates";
        });
    });
}

}  // namespace

std::vector<std::string> propertiesWithAssetMetadata(const Scene& scene) {
    std::vector<std::string> out;
    for (const Property& property : scene.properties())
        if (mayHoldAsset(scene, property.metadata)) out.push_back(pathOf(scene, property));
    return out;
}

std::optional<AssetHolders> assetHolders(const Scene& scene) {
    const SceneTables& tables = scene.tables();
    const auto ownLayers =
        std::count_if(tables.layers.begin(), tables.layers.end(), [](const Layer& l) { return l.own; });
    if (ownLayers != 1 || hasRelocates(scene)) return {};
    std::unordered_set<uint32_t> withVariants;
    for (const VariantSet& set : tables.variantSets) withVariants.insert(set.prim.index);
    AssetHolders out;
    for (size_t row = 0; row < scene.stagePrimCount(); ++row) {
        const PrimId id(row);
        const Prim& prim = scene.prim(id);
        const bool saysMore = !prim.flags.active || !prim.flags.loaded || prim.flags.instance || prim.flags.opaque ||
                              prim.flags.latentOpinions || withVariants.contains(id.index);
        if (saysMore) {
            out.subtrees.emplace_back(scene.path(id));
            row = prim.subtreeEnd - 1;
            continue;
        }
        if (prim.flags.hasArcs || mayHoldAsset(scene, prim.metadata))
            out.specs.emplace_back(scene.path(id));
        for (const Property& property : scene.properties(id)) {
            const bool isAsset = scene.text(property.typeName).starts_with("asset");
            if (isAsset || property.flags.opaque || mayHoldAsset(scene, property.metadata))
                out.specs.push_back(pathOf(scene, property));
        }
    }
    return out;
}

}  // namespace usdtune
