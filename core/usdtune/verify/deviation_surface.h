// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "usdtune/mesh/triangulate.h"
#include "usdtune/spatial/triangle_bvh.h"
#include "usdtune/verify/drawn.h"

namespace usdtune {

/// A mesh as one occurrence shows it: in axes and units of the world, about an origin that both sides of a comparison
/// share, so that coordinates of 5e6 m lose nothing. Subdivision surfaces are taken by their cages.
struct PlacedMesh {
    const Scene* scene = nullptr;
    const Drawn* drawn = nullptr;
    const Mesh* mesh = nullptr;
    Matrix4d toOrigin;  ///< from points to the shared space

    PlacedMesh(const Scene& scene, const Drawn& drawn, const Vec3d& origin);
    Vec3d at(size_t point) const { return toOrigin.transformPoint(toDouble(mesh->points[point])); }
    /// Whether faces are to be read from their last corner to their first to see their fronts.
    bool backwards() const { return mesh->flags.leftHanded != (toOrigin.determinant3() < 0); }
};

/// The place that an occurrence's own origin has in the world.
Vec3d originOf(const Drawn& drawn);

/// The triangles of one or several occurrences. Faces are cut as `triangulate` cuts them.
struct PlacedTriangles {
    std::vector<Vec3d> points;
    std::vector<TriangleCorners> triangles;  ///< into `points`, fronts counter-clockwise
    std::vector<TriangleCorners> corners;    ///< of each, in the mesh's own face corners
    std::vector<uint32_t> faces;             ///< of each, in the mesh's own faces
    std::vector<uint32_t> meshes;            ///< of each: which of the occurrences

    explicit PlacedTriangles(std::span<const PlacedMesh> meshes);
    bool finite(size_t triangle) const;
    double area(size_t triangle) const;  ///< 0 for one that is not finite
    Vec3d front(size_t triangle) const;  ///< as long as twice the area
};

/// A quantity that varies over a mesh: what one corner of a face reads.
template <class T>
struct CornerField {
    std::span<const T> values;
    std::span<const int> indices;
    Interpolation interpolation = Interpolation::Vertex;
    bool indexed = false;

    bool present() const { return !values.empty(); }
    /// Null where the arrays are too short.
    const T* at(const Mesh& mesh, size_t corner, size_t face) const {
        size_t slot = 0;
        if (interpolation == Interpolation::Uniform) slot = face;
        if (interpolation == Interpolation::FaceVarying) slot = corner;
        if (interpolation == Interpolation::Vertex || interpolation == Interpolation::Varying)
            slot = static_cast<size_t>(mesh.faceVertexIndices[corner]);
        if (indexed) {
            if (slot >= indices.size() || indices[slot] < 0) return nullptr;
            slot = static_cast<size_t>(indices[slot]);
        }
        return slot < values.size() ? &values[slot] : nullptr;
    }
};

/// What shading reads on a placed mesh: authored normals, and every primvar of two floats that the mesh itself holds.
class ShadingFields {
public:
    explicit ShadingFields(const PlacedMesh& placed);

    bool hasNormals() const { return normals_.present() && invertible_; }
    /// In the shared space, of any length; nothing where none can be read.
    std::optional<Vec3d> normal(size_t corner, size_t face) const;
    std::span<const std::string> uvNames() const { return uvNames_; }
    /// The field of that name; null when the mesh has none.
    const CornerField<Vec2f>* uv(std::string_view name) const;

private:
    const Mesh* mesh_;
    CornerField<Vec3f> normals_;
    Matrix4d inverse_;
    bool invertible_ = false;
    std::vector<std::string> uvNames_;
    std::vector<CornerField<Vec2f>> uvs_;
};

}  // namespace usdtune
