// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "usdtune/render/tessellate_mesh.h"

namespace usdtune {

/// The limit surface of a subdivision mesh, by OpenSubdiv: refined `options.level` times for catmullClark, loop and
/// bilinear with the mesh's creases, corners, holes and rules for boundaries, face-varying data and triangles, then
/// every refined point moved to the limit. A mesh that would have more than `options.refinedFaceLimit` faces is refined
/// less often, and `out.problem` says so.
///
/// Normals are those of the limit surface, split where infinitely sharp creases part it; a bilinear surface is flat.
/// Primvars: `vertex` ones follow the surface, `varying` and `uniform` ones are linear and constant on the authored
/// faces, `faceVarying` ones keep their seams. `faces` names authored faces. Faces of fewer than three corners vanish,
/// as do holes. Where faces meet in ways that are not manifold OpenSubdiv's rules hold.
///
/// False, and nothing done but the reason told, where the scheme does not apply: loop with other faces than triangles,
/// a scheme of unknown name, or what OpenSubdiv refuses. `mesh` is a subdivision mesh with valid topology that need not
/// be finite. Deterministic; memory and time O(refined faces).
bool subdivide(const Scene& scene, const Mesh& mesh, const TessellateOptions& options, Tessellation& out);

/// The scheme of a mesh at a time; `catmullClark` where none is authored.
std::string_view subdivisionScheme(const Scene& scene, const Mesh& mesh, TimeCode time);

}  // namespace usdtune
