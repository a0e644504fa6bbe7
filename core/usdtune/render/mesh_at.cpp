// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/mesh_at.h"

#include <algorithm>
#include <numeric>

#include "usdtune/mesh/topology.h"

namespace usdtune {

namespace {

bool allWithin(std::span<const int> indices, size_t count) {
    return std::all_of(indices.begin(), indices.end(), [&](int i) { return i >= 0 && static_cast<size_t>(i) < count; });
}

/// Holes, corners and creases that name what is not there at this time are none.
void dropMisfits(Mesh& mesh) {
    if (!allWithin(mesh.holeIndices, mesh.faceCount())) mesh.holeIndices = {};
    if (!allWithin(mesh.cornerIndices, mesh.points.size()) ||
        mesh.cornerSharpnesses.size() != mesh.cornerIndices.size()) {
        mesh.cornerIndices = {};
        mesh.cornerSharpnesses = {};
    }
    const int64_t ends = std::accumulate(mesh.creaseLengths.begin(), mesh.creaseLengths.end(), int64_t{0});
    const int64_t creases = static_cast<int64_t>(mesh.creaseLengths.size());
    const int64_t sharpnesses = static_cast<int64_t>(mesh.creaseSharpnesses.size());
    if (ends != static_cast<int64_t>(mesh.creaseIndices.size()) ||
        (sharpnesses != creases && sharpnesses != ends - creases) ||
        std::any_of(mesh.creaseLengths.begin(), mesh.creaseLengths.end(), [](int n) { return n < 2; }) ||
        !allWithin(mesh.creaseIndices, mesh.points.size())) {
        mesh.creaseIndices = mesh.creaseLengths = {};
        mesh.creaseSharpnesses = {};
    }
}

}  // namespace

Mesh meshAt(const Scene& scene, const Mesh& mesh, double time, std::vector<Keeper>& keepers) {
    Mesh out = mesh;
    bool readable = true;
    const auto take = [&]<class T>(std::string_view name, std::span<const T>& into, Element element,
                                   uint8_t components) {
        const PropertyId id = scene.findProperty(mesh.prim, name);
        if (!id.valid() || !scene.property(id).flags.animated) return;
        OwnedValue owned = valueAt(scene, scene.property(id), time);
        into = owned.value.type.isArray ? owned.value.as<T>(element, components) : std::span<const T>();
        readable = readable && into.size() == owned.value.count;
        if (owned.keeper) keepers.push_back(std::move(owned.keeper));
    };
    take("points", out.points, Element::Float, 3);
    take("faceVertexCounts", out.faceVertexCounts, Element::Int, 1);
    take("faceVertexIndices", out.faceVertexIndices, Element::Int, 1);
    take("holeIndices", out.holeIndices, Element::Int, 1);
    take("cornerIndices", out.cornerIndices, Element::Int, 1);
    take("cornerSharpnesses", out.cornerSharpnesses, Element::Float, 1);
    take("creaseIndices", out.creaseIndices, Element::Int, 1);
    take("creaseLengths", out.creaseLengths, Element::Int, 1);
    take("creaseSharpnesses", out.creaseSharpnesses, Element::Float, 1);
    take("normals", out.normals, Element::Float, 3);

    out.flags.validTopology =
        readable && validateTopology({out.faceVertexCounts, out.faceVertexIndices, out.points.size()}).ok();
    if (!out.flags.validTopology) return out;
    dropMisfits(out);
    out.flags.finitePoints =
        std::all_of(out.points.begin(), out.points.end(), [](const Vec3f& p) { return isFinite(p); });
    if (out.normals.size() != requiredCount(out.normalsInterpolation, out)) out.normals = {};
    out.normalsWellFormed = mesh.normalsWellFormed && !out.normals.empty();
    return out;
}

}  // namespace usdtune
