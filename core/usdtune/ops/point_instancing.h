// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/base/result.h"
#include "usdtune/edit/edit.h"
#include "usdtune/ops/geometry_groups.h"
#include "usdtune/ops/op.h"
#include "usdtune/ops/share_geometry.h"

namespace usdtune {

struct PointInstancingOptions {
    double tolerance = 0;         ///< as GroupingOptions::tolerance; of what the instancer draws, rounding included
    std::string parentPath = {};  ///< prim that instancers go under; empty for the nearest common ancestor
    size_t minimumDuplicates = 2;
};

/// Facts about the whole scene that decide which meshes may become instances of one point instancer.
class InstancingPlaces {
public:
    InstancingPlaces(const Scene& scene, const SharingContext& sharing);

    /// Why a mesh may not become one, as a stable code; empty when it may. Beside the codes of whyNotShareable:
    /// `resets_transform`, `connected`, `opaque`, and `is_target` and `animated` for anything on the mesh.
    std::string_view whyNot(const Mesh& mesh) const;

    /// Of everything but the shape and the transform: what is authored on the mesh, what it inherits, how it is bound,
    /// and the nearest ancestor that an instance may not leave (animated, arcs, physics, collections, draw modes, …).
    /// Meshes of one hash differ in nothing that a point instancer cannot hold.
    Hash128 placeHash(const Mesh& mesh) const;

    /// The nearest ancestor that an instance may not leave; invalid where it may go up to the root.
    PrimId anchor(PrimId prim) const { return anchor_[prim.index]; }
    /// Whether what stands below a prim may be drawn from above it, with what it inherits said again.
    bool mayLeave(PrimId group) const;

private:
    const Scene& scene_;
    const SharingContext& sharing_;
    std::vector<PrimId> anchor_;  ///< per prim row
};

/// Constant primvars that reach what stands below `prim`, nearest first, each name once, indices behind their values.
std::vector<const Property*> inheritedPrimvars(const Scene& scene, PrimId prim);

/// One point instancer to be: its group and what its arrays hold.
struct InstancedGroup {
    GeometryGroup group;      ///< the first member is the prototype; distances are those of what will be drawn
    PrimId parent;            ///< the prim that the instancer goes under; invalid for the root
    Matrix4d prototypeLocal;  ///< the prototype's own transform
    Vec3d origin;             ///< the instancer's own translation
    std::vector<Vec3f> positions, scales;
    std::vector<std::array<float, 4>> orientations;
    bool orientationsFitHalf = true;
};

/// What instancing can do with groups, and whom it had to leave out.
struct PointInstancing {
    std::vector<InstancedGroup> groups;
    std::vector<Declined> declined;
};

/// Splits every group (of meshes with one place hash) so that the maps within each part are a scale along the
/// prototype's axes, a rotation and a translation, as far as the arrays' precision keeps every point within the
/// tolerance. A prototype that stands mirrored or sheared keeps that in a transform of its own. Members that fit with
/// nobody, or only mirrored, are declined (`no_trs_map`), as are those whose surroundings the parent cannot give them
/// (`other_surroundings`). An error when the parent path cannot hold instancers. O(points).
Result<PointInstancing> placePointInstances(const Scene& scene, const InstancingPlaces& places,
                                            const std::vector<GeometryGroup>& groups,
                                            const PointInstancingOptions& options, const Context& context);

/// The edits that put one PointInstancer, with its prototype below it, in place of each group's meshes. Path moves tell
/// that the meshes were merged into the prototype.
EditList writePointInstancers(const Scene& scene, const std::vector<InstancedGroup>& groups,
                              const PointInstancingOptions& options);

}  // namespace usdtune
