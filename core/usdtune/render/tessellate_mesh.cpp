// SPDX-License-Identifier: Apache-2.0
//
// Rules read from UsdGeomMesh's documentation: which normals count, what holes are, which side is the front. That a
// polygon mesh without normals is drawn faceted, and one with scheme catmullClark or loop smooth, is what Hydra's
// renderers do.
#include "usdtune/render/tessellate_mesh.h"

#include <algorithm>

#include "usdtune/mesh/normals.h"
#include "usdtune/mesh/triangulate.h"
#include "usdtune/render/mesh_at.h"
#include "usdtune/render/subdivide.h"

namespace usdtune {

namespace {

/// The authored normals, or where a pose moved them.
RenderPrimvar normalsOf(const Scene& scene, const Mesh& mesh, const TessellateOptions& options,
                        std::vector<Keeper>& keepers) {
    RenderPrimvar posed;
    posed.rate = options.posedNormalsRate;
    posed.width = 3;
    if (!options.posedNormals.empty())
        posed.values = {options.posedNormals.front().v.data(), 3 * options.posedNormals.size()};
    if (!posed.values.empty() && fits(posed, mesh)) return posed;
    return authoredNormals(scene, mesh, options.time, keepers);
}

/// Smooth normals of a cage that is drawn as it is.
RenderPrimvar cageNormals(const Mesh& mesh, std::vector<Keeper>& keepers) {
    NormalOptions options;
    options.binding = NormalBinding::points;
    options.leftHanded = mesh.flags.leftHanded;
    const TopologyView topology{mesh.faceVertexCounts, mesh.faceVertexIndices, mesh.points.size()};
    auto owner = std::make_shared<const std::vector<Vec3f>>(generateNormals(mesh.points, topology, options).values);
    RenderPrimvar out;
    out.rate = PrimvarRate::Point;
    out.width = 3;
    if (!owner->empty()) out.values = {owner->front().v.data(), 3 * owner->size()};
    keepers.push_back(std::move(owner));
    return out;
}

/// Appends the triangles of every face that is drawn.
class TriangleWriter {
public:
    TriangleWriter(const Mesh& mesh, bool wantsCorners, Tessellation& out)
        : mesh_(mesh), wantsCorners_(wantsCorners), out_(out) {
        if (mesh.flags.subdivided && !mesh.holeIndices.empty()) {
            isHole_.resize(mesh.faceCount());
            for (const int face : mesh.holeIndices) isHole_[static_cast<size_t>(face)] = true;
        }
    }

    void write() {
        size_t count = 0;
        bool inOrder = isHole_.empty() && mesh_.flags.finitePoints && !mesh_.flags.leftHanded;
        for (const int n : mesh_.faceVertexCounts) {
            count += static_cast<size_t>(std::max(n - 2, 0));
            inOrder = inOrder && n == 3;
        }
        wantsCorners_ = wantsCorners_ && !inOrder;
        out_.triangles.reserve(count);
        if (mesh_.faceCount() > 1) out_.faces.reserve(count);
        if (wantsCorners_) out_.corners.reserve(count);

        size_t corner = 0;
        for (size_t face = 0; face < mesh_.faceCount(); ++face) {
            const auto n = static_cast<size_t>(mesh_.faceVertexCounts[face]);
            if (isHole_.empty() || !isHole_[face]) writeFace(face, corner, n);
            corner += n;
        }
    }

private:
    void writeFace(size_t face, size_t firstCorner, size_t n) {
        const std::span<const int> indices = mesh_.faceVertexIndices.subspan(firstCorner, n);
        const std::span<const uint32_t> cut = cutter_.cut(mesh_.points, indices);
        for (size_t t = 0; t < cut.size(); t += 3) {
            std::array<uint32_t, 3> places{cut[t], cut[t + 1], cut[t + 2]};
            if (mesh_.flags.leftHanded) std::swap(places[1], places[2]);
            const auto point = [&](size_t k) { return static_cast<uint32_t>(indices[places[k]]); };
            const std::array<uint32_t, 3> triangle{point(0), point(1), point(2)};
            if (!mesh_.flags.finitePoints && !isFiniteTriangle(triangle)) continue;
            out_.triangles.push_back(triangle);
            if (mesh_.faceCount() > 1) out_.faces.push_back(static_cast<uint32_t>(face));
            const auto first = static_cast<uint32_t>(firstCorner);
            if (wantsCorners_) out_.corners.push_back({first + places[0], first + places[1], first + places[2]});
        }
    }

    bool isFiniteTriangle(const std::array<uint32_t, 3>& triangle) const {
        return std::all_of(triangle.begin(), triangle.end(), [&](uint32_t p) { return isFinite(mesh_.points[p]); });
    }

    const Mesh& mesh_;
    bool wantsCorners_;
    Tessellation& out_;
    std::vector<bool> isHole_;
    FaceCutter cutter_;
};

Tessellation cageOf(const Scene& scene, const Mesh& mesh, const TessellateOptions& options, Tessellation out) {
    out.points = mesh.points;
    // As Hydra: a bilinear cage is as flat as a polygon mesh, though what is authored for it does not count.
    if (!mesh.flags.subdivided)
        out.normals = normalsOf(scene, mesh, options, out.keepers);
    else if (subdivisionScheme(scene, mesh, options.time) != "bilinear")
        out.normals = cageNormals(mesh, out.keepers);
    bool wantsCorners = out.normals.rate == PrimvarRate::Corner && !out.normals.values.empty();
    for (const TokenId name : options.primvars) {
        auto read = meshPrimvar(scene, mesh, name, options.time, out.keepers);
        if (!read) continue;
        wantsCorners = wantsCorners || read->rate == PrimvarRate::Corner;
        out.primvars.push_back(*read);
    }
    TriangleWriter(mesh, wantsCorners, out).write();
    return out;
}

}  // namespace

RenderPrimvar authoredNormals(const Scene& scene, const Mesh& mesh, TimeCode time, std::vector<Keeper>& keepers) {
    RenderPrimvar out;
    out.width = 3;
    const TokenId name = scene.tokens().find("normals");
    const auto primvar =
        std::find_if(mesh.primvars.begin(), mesh.primvars.end(), [&](const Primvar& p) { return p.name == name; });
    if (primvar != mesh.primvars.end()) {
        const auto read = renderPrimvar(scene, *primvar, rateOf(primvar->interpolation), time, keepers);
        if (read && read->width == 3 && fits(*read, mesh)) out = *read;
    } else if (!mesh.normals.empty()) {
        out.rate = rateOf(mesh.normalsInterpolation);
        out.values = {mesh.normals.front().v.data(), 3 * mesh.normals.size()};
    }
    return out;
}

bool fits(const RenderPrimvar& primvar, const Mesh& mesh) {
    switch (primvar.rate) {
        case PrimvarRate::Constant:
            return true;
        case PrimvarRate::Face:
            return placeCount(primvar) == mesh.faceCount();
        case PrimvarRate::Point:
            return placeCount(primvar) == mesh.points.size();
        case PrimvarRate::Corner:
            return placeCount(primvar) == mesh.cornerCount();
    }
    return false;
}

std::optional<RenderPrimvar> meshPrimvar(const Scene& scene, const Mesh& mesh, TokenId name, TimeCode time,
                                         std::vector<Keeper>& keepers) {
    for (const Primvar& primvar : mesh.primvars) {
        if (primvar.name != name) continue;
        auto read = renderPrimvar(scene, primvar, rateOf(primvar.interpolation), time, keepers);
        return read && fits(*read, mesh) ? read : std::nullopt;
    }
    return {};
}

Tessellation tessellateMesh(const Scene& scene, const Mesh& authored, const TessellateOptions& options) {
    Tessellation out;
    out.doubleSided = authored.flags.doubleSided;
    std::optional<Mesh> changed;
    if (options.time && authored.flags.anySamples) changed = meshAt(scene, authored, *options.time, out.keepers);
    const size_t pointCount = changed ? changed->points.size() : authored.points.size();
    if (!options.posedPoints.empty() && options.posedPoints.size() == pointCount) {
        if (!changed) changed = authored;
        changed->points = options.posedPoints;
        changed->flags.finitePoints = std::all_of(options.posedPoints.begin(), options.posedPoints.end(),
                                                  [](const Vec3f& p) { return isFinite(p); });
    }
    const Mesh& mesh = changed ? *changed : authored;
    if (!mesh.flags.validTopology) {
        out.problem = std::string(scene.path(mesh.prim)) + ": the topology cannot be drawn, as it is incomplete or " +
                      "names points that are not there";
        return out;
    }
    if (mesh.flags.subdivided && options.level > 0 && subdivide(scene, mesh, options, out)) return out;
    return cageOf(scene, mesh, options, std::move(out));
}

}  // namespace usdtune
