// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "usdtune/render/tessellation.h"
#include "usdtune/scene/value_at.h"

namespace usdtune {

struct TessellateOptions {
    std::span<const TokenId> primvars{};    ///< those that shading reads, without `primvars:`
    TimeCode time{};                        ///< when; the default time where none is given
    int level = 2;                          ///< how often subdivision surfaces are refined; 0 draws their cage
    size_t refinedFaceLimit = 1'000'000;    ///< a mesh that would have more is refined less often, and says so
    std::span<const Vec3f> posedPoints{};   ///< stand for `points` where given; as many as these
    std::span<const Vec3f> posedNormals{};  ///< stand for the authored normals, at the rate below
    PrimvarRate posedNormalsRate = PrimvarRate::Point;
};

/// The surface of a mesh at a time. Polygon meshes are cut into triangles as `triangulate` cuts them; their normals are
/// `primvars:normals`, else `normals`, at any interpolation, else each triangle is flat. Subdivision surfaces are
/// refined (see subdivide.h) or, at level 0, drawn by their cage with smooth normals; they have no faces where holes
/// are, and authored normals do not count for them. Triangles with a point that is not finite are left out. A mesh
/// whose topology is broken gives nothing but the reason. Primvars that are not there, malformed or not numbers are
/// left out; of those with an elementSize above 1 the first element counts. GeomSubsets are not resolved: `faces` names
/// the authored face. Points, and primvars of float32, are borrowed from the Scene. Thread-safe; O(corners).
Tessellation tessellateMesh(const Scene& scene, const Mesh& mesh, const TessellateOptions& options = {});

/// What `primvars:normals` and `normals` together say at a time; no values where nothing readable is authored.
RenderPrimvar authoredNormals(const Scene& scene, const Mesh& mesh, TimeCode time, std::vector<Keeper>& keepers);

/// Whether a primvar has as many places as its rate asks for on this mesh; a constant one may have any number.
bool fits(const RenderPrimvar& primvar, const Mesh& mesh);

/// The primvar of that name that the mesh itself carries, where it can be read and fits.
std::optional<RenderPrimvar> meshPrimvar(const Scene& scene, const Mesh& mesh, TokenId name, TimeCode time,
                                         std::vector<Keeper>& keepers);

}  // namespace usdtune
