// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "usdtune/render/picture.h"

namespace usdtune {

/// How far what each pixel shows lies from the surface of the same name in another scene, in stage units; 0 where
/// nothing or another prim is seen, and within what a picture's depth can tell. Only prims of these names are asked,
/// as they are known to have moved. Curves and points, and what the other scene has not, are not measured.
/// The same at any thread count.
std::vector<float> surfaceDrift(const RayScene& sceneA, const Picture& a, const RayScene& sceneB, const Camera& camera,
                                const std::vector<std::string>& names, const Context& context);

}  // namespace usdtune
