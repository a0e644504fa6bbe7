// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "usdtune/scene/incoming_targets.h"
#include "usdtune/scene/prototype_sources.h"
#include "usdtune/scene/selection.h"

namespace usdtune {

/// Materials that a renderer cannot tell apart, of which all but one may go.
struct MaterialGroup {
    MaterialId survivor;
    std::vector<MaterialId> duplicates;  ///< removable once who points at them points at the survivor; row order
};

/// A material that would have gone, and why it stays.
struct KeptMaterial {
    MaterialId material;
    std::string_view reason;
};

struct MaterialGroups {
    std::vector<MaterialGroup> groups;  ///< in row order of their first member
    std::vector<KeptMaterial> kept;     ///< row order
};

/// Groups materials by network and by everything else their prims author (physics coefficients, custom attributes, API
/// schemas), as only metadata may be lost in a merge. Materials below and beside the default prim never merge with each
/// other: who references the stage sees the former only. The survivor is the first member that has to stay anyway, else
/// the first of all, in row order.
MaterialGroups duplicateMaterials(const Scene& scene, const Selection& selection, const IncomingTargets& incoming,
                                  const PrototypeSources& sources);

/// Materials whose networks differ in plain numbers of their preview surfaces alone, and that may all go.
struct SimilarMaterials {
    std::vector<MaterialId> members;                  ///< two or more, row order
    std::vector<std::vector<PropertyId>> parameters;  ///< per member its literal inputs; positions correspond
    std::vector<size_t> differing;                    ///< positions at which not all members say the same; not empty
};

struct SimilarGroups {
    std::vector<SimilarMaterials> groups;  ///< in row order of their first member
    std::vector<KeptMaterial> kept;        ///< row order
};

/// Groups as `duplicateMaterials` does, with the numbers left out of the comparison. Members that would have to stay
/// are kept apart, as what stands for a group is new. Groups without any difference are left to `duplicateMaterials`.
SimilarGroups similarMaterials(const Scene& scene, const Selection& selection, const IncomingTargets& incoming,
                               const PrototypeSources& sources);

/// Why a material cannot be removed even when nothing binds it any more; empty when it can. Beside the reasons of
/// `whyNotEditable`: `default_prim`, `latent_target`, `arc_source`, `inherited_from`, `holds_other_prims`.
std::string_view whyMaterialStays(const Scene& scene, MaterialId material, const IncomingTargets& incoming);

/// Why not everybody who points at a material can be made to point elsewhere; empty when they can.
/// `targeted_inside`: somebody outside reads one of its properties or nodes. `bound_by_uneditable`: by a relationship
/// that may not be edited.
std::string_view whyNotRetargetable(const Scene& scene, PrimId material, const IncomingTargets& incoming,
                                    const PrototypeSources& sources);

}  // namespace usdtune
