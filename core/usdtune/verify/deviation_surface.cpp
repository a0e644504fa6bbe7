// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/deviation_surface.h"

#include <algorithm>
#include <utility>

namespace usdtune {

PlacedMesh::PlacedMesh(const Scene& itsScene, const Drawn& itsDrawn, const Vec3d& origin)
    : scene(&itsScene),
      drawn(&itsDrawn),
      mesh(&itsScene.meshes()[itsScene.meshOf(itsDrawn.prim).index]),
      toOrigin(itsDrawn.world) {
    for (size_t c = 0; c < 3; ++c) toOrigin[3][c] -= origin[c];
}

Vec3d originOf(const Drawn& drawn) { return {{drawn.world[3][0], drawn.world[3][1], drawn.world[3][2]}}; }

PlacedTriangles::PlacedTriangles(std::span<const PlacedMesh> placed) {
    FaceCutter cutter;
    for (size_t m = 0; m < placed.size(); ++m) {
        const Mesh& mesh = *placed[m].mesh;
        if (!mesh.flags.validTopology) continue;
        const auto base = static_cast<uint32_t>(points.size());
        const bool backwards = placed[m].backwards();
        for (size_t i = 0; i < mesh.points.size(); ++i) points.push_back(placed[m].at(i));
        size_t begin = 0;
        for (size_t face = 0; face < mesh.faceCount(); ++face) {
            const auto count = static_cast<size_t>(mesh.faceVertexCounts[face]);
            const auto cut = cutter.cut(mesh.points, mesh.faceVertexIndices.subspan(begin, count));
            for (size_t k = 0; k + 2 < cut.size(); k += 3) {
                TriangleCorners corner, triangle;
                for (size_t c = 0; c < 3; ++c) corner[c] = static_cast<uint32_t>(begin) + cut[k + c];
                if (backwards) std::swap(corner[1], corner[2]);
                for (size_t c = 0; c < 3; ++c)
                    triangle[c] = base + static_cast<uint32_t>(mesh.faceVertexIndices[corner[c]]);
                triangles.push_back(triangle);
                corners.push_back(corner);
                faces.push_back(static_cast<uint32_t>(face));
                meshes.push_back(static_cast<uint32_t>(m));
            }
            begin += count;
        }
    }
}

bool PlacedTriangles::finite(size_t triangle) const {
    const auto& [a, b, c] = triangles[triangle];
    return isFinite(points[a]) && isFinite(points[b]) && isFinite(points[c]);
}

Vec3d PlacedTriangles::front(size_t triangle) const {
    const auto& [a, b, c] = triangles[triangle];
    return cross(points[b] - points[a], points[c] - points[a]);
}

double PlacedTriangles::area(size_t triangle) const { return finite(triangle) ? 0.5 * length(front(triangle)) : 0.0; }

ShadingFields::ShadingFields(const PlacedMesh& placed) : mesh_(placed.mesh) {
    inverse_ = inverseAffine(placed.toOrigin, invertible_);
    // `primvars:normals` win over `normals`, as UsdGeomMesh documents; a subdivision surface computes its own.
    const ResolvedPrimvar primvar = resolvePrimvar(*placed.scene, *placed.drawn, "normals");
    if (primvar.values != nullptr)
        normals_ = {primvar.values->value.as<Vec3f>(Element::Float, 3), primvar.indices, primvar.interpolation,
                    primvar.indexed};
    else
        normals_ = {mesh_->normals, {}, mesh_->normalsInterpolation, false};
    if (mesh_->flags.subdivided) normals_ = {};
    for (const Primvar& own : mesh_->primvars) {
        const auto values = own.values.as<Vec2f>(Element::Float, 2);
        if (values.empty() || own.elementSize != 1) continue;
        uvNames_.emplace_back(placed.scene->text(own.name));
        uvs_.push_back({values, own.indices, own.interpolation, own.indexed});
    }
}

std::optional<Vec3d> ShadingFields::normal(size_t corner, size_t face) const {
    const Vec3f* n = hasNormals() ? normals_.at(*mesh_, corner, face) : nullptr;
    if (n == nullptr) return {};
    const Vec3d own = toDouble(*n);
    Vec3d out;
    for (size_t r = 0; r < 3; ++r) out[r] = own[0] * inverse_[r][0] + own[1] * inverse_[r][1] + own[2] * inverse_[r][2];
    return out;
}

const CornerField<Vec2f>* ShadingFields::uv(std::string_view name) const {
    const auto found = std::find(uvNames_.begin(), uvNames_.end(), name);
    return found == uvNames_.end() ? nullptr : &uvs_[static_cast<size_t>(found - uvNames_.begin())];
}

}  // namespace usdtune
