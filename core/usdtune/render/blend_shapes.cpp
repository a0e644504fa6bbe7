// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/blend_shapes.h"

#include <algorithm>
#include <cmath>

#include "usdtune/render/skeleton_pose.h"

namespace usdtune {

namespace {

constexpr std::string_view kInbetweens = "inbetweens:";
constexpr std::string_view kNormalOffsets = ":normalOffsets";

/// One sculpted state of a blend shape: the whole one at weight 1, none at weight 0, inbetweens where they say.
struct SubShape {
    double weight = 0;
    std::vector<Vec3f> offsets, normalOffsets;
};

std::vector<Vec3f> vectorsAt(const Scene& scene, PrimId prim, std::string_view name, TimeCode time) {
    return arrayAt<Vec3f>(scene, prim, name, Element::Float, 3, time);
}

/// By weight, nothing at 0 included.
std::vector<SubShape> subShapesOf(const Scene& scene, PrimId shape, TimeCode time) {
    std::vector<SubShape> out(1);
    out.push_back({1, vectorsAt(scene, shape, "offsets", time), vectorsAt(scene, shape, "normalOffsets", time)});
    for (const Property& row : scene.properties(shape)) {
        const std::string_view name = scene.text(row.name);
        if (!name.starts_with(kInbetweens) || name.ends_with(kNormalOffsets)) continue;
        double weight = 0;
        const bool weighed = readReals(scene.metadatum(row.metadata, "weight"), {&weight, 1});
        // Those of nothing and of the whole are taken.
        if (!weighed || std::abs(weight) < 1e-6 || std::abs(weight - 1) < 1e-6) continue;
        const std::string normalsName = std::string(name) + std::string(kNormalOffsets);
        out.push_back({weight, vectorsAt(scene, shape, name, time), vectorsAt(scene, shape, normalsName, time)});
    }
    std::stable_sort(out.begin(), out.end(), [](const SubShape& a, const SubShape& b) { return a.weight < b.weight; });
    return out;
}

/// Adds `weight` times the offsets to the rows that `indices` name, or to all; false where they do not fit.
bool add(std::span<const Vec3f> offsets, std::span<const int> indices, double weight, std::vector<Vec3f>& rows) {
    if (offsets.empty() || rows.empty()) return true;
    if (indices.empty() ? offsets.size() > rows.size() : offsets.size() != indices.size()) return false;
    for (const int index : indices)
        if (index < 0 || static_cast<size_t>(index) >= rows.size()) return false;
    for (size_t i = 0; i < offsets.size(); ++i) {
        Vec3f& row = rows[indices.empty() ? i : static_cast<size_t>(indices[i])];
        row = row + offsets[i] * static_cast<float>(weight);
    }
    return true;
}

/// Between the two states around the weight, and on along the last two beyond them.
bool applyShape(const Scene& scene, PrimId shape, double weight, TimeCode time, std::vector<Vec3f>& points,
                std::vector<Vec3f>& normals) {
    const std::vector<SubShape> states = subShapesOf(scene, shape, time);
    const auto indices = arrayAt<int>(scene, shape, "pointIndices", Element::Int, 1, time);
    size_t upper = 1;
    while (upper + 1 < states.size() && states[upper].weight < weight) ++upper;
    const SubShape &low = states[upper - 1], &high = states[upper];
    const double span = high.weight - low.weight;
    const double share = span > 0 ? (weight - low.weight) / span : 1;
    return add(high.offsets, indices, share, points) && add(low.offsets, indices, 1 - share, points) &&
           add(high.normalOffsets, indices, share, normals) && add(low.normalOffsets, indices, 1 - share, normals);
}

}  // namespace

bool applyBlendShapes(const Scene& scene, PrimId mesh, PrimId animation, TimeCode time, std::vector<Vec3f>& points,
                      std::vector<Vec3f>& normals, std::string& problem) {
    const PropertyId targetsId = scene.findProperty(mesh, "skel:blendShapeTargets");
    if (!targetsId.valid() || !animation.valid() || !scene.hasApiSchema(mesh, "SkelBindingAPI")) return false;
    const auto names = arrayAt<TokenId>(scene, mesh, "skel:blendShapes", Element::Text, 1, time);
    const std::span<const TokenId> targets = scene.tokenList(scene.property(targetsId).targets);
    const auto animated = arrayAt<TokenId>(scene, animation, "blendShapes", Element::Text, 1, time);
    const auto weights = arrayAt<float>(scene, animation, "blendShapeWeights", Element::Float, 1, time);
    if (names.size() != targets.size() || animated.size() != weights.size()) {
        problem = std::string(scene.path(mesh)) + ": " + std::to_string(names.size()) + " blend shapes have " +
                  std::to_string(targets.size()) + " targets and " + std::to_string(animated.size()) +
                  " animated ones " + std::to_string(weights.size()) + " weights, so that none is followed";
        return false;
    }
    bool moved = false;
    for (size_t i = 0; i < names.size(); ++i) {
        const auto found = std::find(animated.begin(), animated.end(), names[i]);
        const float weight = found == animated.end() ? 0 : weights[static_cast<size_t>(found - animated.begin())];
        const PrimId shape = scene.find(targets[i]);
        if (weight == 0 || !shape.valid()) continue;
        std::vector<Vec3f> movedPoints = points, movedNormals = normals;
        if (applyShape(scene, shape, static_cast<double>(weight), time, movedPoints, movedNormals)) {
            points = std::move(movedPoints);
            normals = std::move(movedNormals);
            moved = true;
        } else {
            problem = std::string(scene.path(shape)) + ": its offsets do not fit the " + std::to_string(points.size()) +
                      " points of " + std::string(scene.path(mesh)) + ", so that it is passed over";
        }
    }
    return moved;
}

}  // namespace usdtune
