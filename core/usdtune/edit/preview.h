// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usdtune/base/result.h"
#include "usdtune/edit/edit.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

/// The Scene that author + extract would give, without a stage: columns are shared, only rows are copied, O(rows).
/// Prototypes whose whole content is one internal reference (Prototype::source) follow their source; others are
/// never edited. Prototypes are canonical up to their names. An edit about a prim that is not there, is not
/// editable, or (AddReference) already has arcs is an Error naming it.
Result<ScenePtr> preview(const Scene& scene, const EditList& edits);

}  // namespace usdtune
