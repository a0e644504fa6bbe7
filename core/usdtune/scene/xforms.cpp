// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/xforms.h"
#include "usdtune/scene/scene.h"
namespace usdtune {
Xforms deriveXforms(const Scene&, std::vector<ContentProblem>&) { return {}; }
}
