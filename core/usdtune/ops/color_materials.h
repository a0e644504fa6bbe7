// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usdtune/base/result.h"
#include "usdtune/ops/op.h"

namespace usdtune {

/// Mode 1 of optimizeMaterials: the colour and opacity of materials that have one of each become displayColor and
/// displayOpacity of what they draw; bindings and materials go.
OpOutcome convertToColor(const Scene& scene, const Selection& selection);

}  // namespace usdtune
