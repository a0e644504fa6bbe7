// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/mesh_facts.h"

#include <cmath>
#include <utility>

namespace usdtune {

namespace {

std::string_view ruleOf(const Scene& scene, PrimId prim, std::string_view name, std::string_view fallback) {
    const std::string_view text = scene.textOf(scene.value(prim, name));
    return text.empty() ? fallback : text;
}

}  // namespace

std::vector<std::string> otherSubdivisionRules(const Scene& sceneA, PrimId a, const Scene& sceneB, PrimId b) {
    static constexpr std::pair<std::string_view, std::string_view> kFallbacks[] = {
        {"subdivisionScheme", "catmullClark"},
        {"interpolateBoundary", "edgeAndCorner"},
        {"faceVaryingLinearInterpolation", "cornersPlus1"},
        {"triangleSubdivisionRule", "catmullClark"}};
    std::vector<std::string> out;
    for (const auto& [name, fallback] : kFallbacks) {
        const std::string_view mine = ruleOf(sceneA, a, name, fallback), theirs = ruleOf(sceneB, b, name, fallback);
        if (mine != theirs)
            out.push_back(std::string(name) + " was " + std::string(mine) + " and is " + std::string(theirs));
    }
    return out;
}

bool extentHoldsPoints(const Mesh& mesh, const Matrix4d& world, double tolerance) {
    if (mesh.extent.size() != 2 || mesh.localBounds.empty()) return true;
    const Vec3d low = toDouble(mesh.extent[0]), high = toDouble(mesh.extent[1]);
    const double scale = std::cbrt(std::abs(world.determinant3()));
    const double slack = 1e-6 * mesh.localBounds.diagonal() + (scale > 0 ? tolerance / scale : 0.0);
    for (size_t axis = 0; axis < 3; ++axis)
        if (mesh.localBounds.min[axis] < low[axis] - slack || mesh.localBounds.max[axis] > high[axis] + slack)
            return false;
    return true;
}

}  // namespace usdtune
