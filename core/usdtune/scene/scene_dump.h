// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "usdtune/scene/scene.h"

namespace usdtune {

/// Every row as canonical text, one line each, in the Scene's order, arrays as length and content hash. Two Scenes
/// with the same content give the same text whatever their token ids are; a diff of two dumps reads as a diff of
/// scenes.
std::string sceneDump(const Scene& scene);

/// One value as text: scalars in full, arrays as `type[count]#hash`.
std::string valueText(const Scene& scene, const Value& value);

}  // namespace usdtune
