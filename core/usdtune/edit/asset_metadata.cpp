// SPDX-License-Identifier: Apache-2.0
#include "usdtune/edit/asset_metadata.h"

#include <algorithm>

namespace usdtune {

std::vector<std::string> propertiesWithAssetMetadata(const Scene& scene) {
    const auto mayHoldAsset = [&](const Metadatum& datum) {
        if (datum.value.type.element == Element::Asset) return true;
        if (datum.value.type.element != Element::Opaque || datum.value.count == 0) return false;
        // As the bridge's canonical text spells asset paths, alone and as arrays (which it keeps as a hash).
        const std::string_view text = scene.text(*static_cast<const TokenId*>(datum.value.data));
        return text.find("asset(") != std::string_view::npos || text.find("text[") != std::string_view::npos;
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
