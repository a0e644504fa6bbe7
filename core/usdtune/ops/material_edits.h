// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string_view>

#include "usdtune/edit/edit.h"
#include "usdtune/scene/incoming_targets.h"
#include "usdtune/scene/prototype_sources.h"

namespace usdtune {

/// How many relationships were made to point elsewhere.
struct Retargeted {
    size_t bindings = 0;
    size_t others = 0;
};

/// Makes every relationship that names a material of `standInOf` name the path that stands for it, each target once.
/// Rows of prototypes are left to their sources.
Retargeted retargetRelationships(const Scene& scene, const std::map<PrimId, TokenId>& standInOf,
                                 const IncomingTargets& incoming, const PrototypeSources& sources, EditList& edits);

/// Removes the material; its paths have gone, for that reason.
void removeMaterial(const Scene& scene, PrimId material, std::string_view reason, EditList& edits);

/// Removes the material; what stands for it and for each of its nodes is at `standIn`, laid out as `model` is.
void mergeMaterial(const Scene& scene, PrimId material, PrimId model, std::string_view standIn, EditList& edits);

}  // namespace usdtune
