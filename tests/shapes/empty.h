// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// Nothing at all.
inline Shape empty() { return {"empty", {}, {}, {}}; }

}  // namespace usdtune::shapes
