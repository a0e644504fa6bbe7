// SPDX-License-Identifier: Apache-2.0
#include "usdtune/edit/asset_metadata.h"

#include <algorithm>

namespace usdtune {

std::vector<std::string> propertiesWithAssetMetadata(const Scene& scene) {
    const auto mayHoldAsset = [&](const Metadatum& datum) {
        if (datum.value.type.element == Element::Asset) return true;
        if (datum.value.type.element != Element::Opaque || datum.value.count == 0) return false;
        return scene.text(*static_cast<const TokenId*>(datum.value.data)).find('@') != std::string_view::npos;
    };
    std::vector<std::string> out;
    for (const Property& property : scene.properties()) {
        const auto metadata = scene.metadata(property.metadata);
        if (std::any_of(metadata.begin(), metadata.end(), mayHoldAsset))
            out.push_back(std::string(scene.path(property.prim)) + "." + std::string(scene.text(property.name)));
    }
    return out;
}

}  // namespace usdtune
