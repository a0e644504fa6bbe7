// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "usdtune/base/result.h"
#include "usdtune/ops/op.h"

namespace usdtune {

/// Mode 3 of optimizeMaterials: materials that differ in numbers of their preview surfaces alone become one material
/// below `materialsPath`, which reads the numbers from primvars of what it draws.
Result<OpOutcome> deduplicateWithPrimvars(const Scene& scene, const Selection& selection,
                                          std::string_view materialsPath);

}  // namespace usdtune
