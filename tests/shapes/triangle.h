// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// The smallest face there is.
inline Shape triangle() { return {"triangle", {{{0, 0, 0}}, {{1, 0, 0}}, {{0, 1, 0}}}, {3}, {0, 1, 2}}; }

}  // namespace usdtune::shapes
