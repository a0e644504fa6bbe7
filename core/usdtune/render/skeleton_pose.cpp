// SPDX-License-Identifier: Apache-2.0
//
// Rules read from UsdSkel's documentation of Skeleton, SkelAnimation and SkelBindingAPI, and checked against usd-core.
#include "usdtune/render/skeleton_pose.h"

#include <algorithm>
#include <array>

namespace usdtune {

namespace {

std::string at(const Scene& scene, PrimId prim) { return std::string(scene.path(prim)) + ": "; }

std::vector<TokenId> tokensAt(const Scene& scene, PrimId prim, std::string_view name, TimeCode time) {
    return arrayAt<TokenId>(scene, prim, name, Element::Text, 1, time);
}

/// Per joint: the nearest joint above it by path, or -1.
std::vector<int> parentsOf(const Scene& scene, std::span<const TokenId> joints,
                           const std::unordered_map<TokenId, size_t>& jointOf) {
    std::vector<int> parents;
    for (const TokenId joint : joints) {
        int parent = -1;
        std::string_view path = scene.text(joint);
        for (size_t slash = path.rfind('/'); parent < 0 && slash != std::string_view::npos && slash > 0;
             slash = path.rfind('/')) {
            path = path.substr(0, slash);
            const auto found = jointOf.find(scene.tokens().find(path));
            if (found != jointOf.end()) parent = static_cast<int>(found->second);
        }
        parents.push_back(parent);
    }
    return parents;
}

/// Scale, then turn, then move. The quaternion is taken as it is, as UsdSkelMakeTransform does.
Matrix4d transformOf(const Vec3d& translation, const Vec4d& q, const Vec3d& scale) {
    const double i = q[0], j = q[1], k = q[2], r = q[3];
    Matrix4d out;
    out[0] = {1 - 2 * (j * j + k * k), 2 * (i * j + k * r), 2 * (k * i - j * r), 0};
    out[1] = {2 * (i * j - k * r), 1 - 2 * (k * k + i * i), 2 * (j * k + i * r), 0};
    out[2] = {2 * (k * i + j * r), 2 * (j * k - i * r), 1 - 2 * (i * i + j * j), 0};
    for (size_t row = 0; row < 3; ++row) {
        for (size_t c = 0; c < 3; ++c) out[row][c] *= scale[row];
        out[3][row] = translation[row];
    }
    return out;
}

/// Rows of half, float or double numbers as float64.
template <size_t N>
std::vector<Vec<double, N>> realsAt(const Scene& scene, PrimId prim, std::string_view name, TimeCode time) {
    const OwnedValue owned = valueAt(scene, prim, name, time);
    const Value& value = owned.value;
    if (!value.type.isArray || value.type.components != N) return {};
    std::vector<Vec<double, N>> out(value.count);
    const size_t size = value.elementSize();
    for (size_t i = 0; i < out.size(); ++i) {
        Value one = value;
        one.data = static_cast<const std::byte*>(value.data) + i * size;
        one.count = 1;
        one.type.isArray = false;
        if (!readReals(one, out[i].v)) return {};
    }
    return out;
}

/// Replaces the local transforms of the joints that the animation moves; false where it cannot be read at that time.
bool applyAnimation(const Scene& scene, PrimId animation, TimeCode time,
                    const std::unordered_map<TokenId, size_t>& jointOf, std::vector<Matrix4d>& local) {
    const std::vector<TokenId> joints = tokensAt(scene, animation, "joints", time);
    const auto translations = realsAt<3>(scene, animation, "translations", time);
    const auto rotations = realsAt<4>(scene, animation, "rotations", time);
    const auto scales = realsAt<3>(scene, animation, "scales", time);
    if (translations.size() != joints.size() || rotations.size() != joints.size() || scales.size() != joints.size())
        return false;
    for (size_t i = 0; i < joints.size(); ++i) {
        const auto found = jointOf.find(joints[i]);
        if (found != jointOf.end()) local[found->second] = transformOf(translations[i], rotations[i], scales[i]);
    }
    return true;
}

/// Transforms into the skeleton's space; parents may stand behind their children in the list.
std::vector<Matrix4d> concatenated(std::span<const Matrix4d> local, std::span<const int> parents) {
    std::vector<Matrix4d> out(local.begin(), local.end());
    for (size_t joint = 0; joint < local.size(); ++joint)
        for (int parent = parents[joint]; parent >= 0; parent = parents[static_cast<size_t>(parent)])
            out[joint] = out[joint] * local[static_cast<size_t>(parent)];
    return out;
}

}  // namespace

PrimId inheritedTarget(const Scene& scene, PrimId prim, std::string_view relationship) {
    for (PrimId at = prim; at.valid(); at = scene.prim(at).parent) {
        const PropertyId id = scene.findProperty(at, relationship);
        if (!id.valid() || !scene.property(id).hasTargets || !scene.hasApiSchema(at, "SkelBindingAPI")) continue;
        const std::span<const TokenId> targets = scene.tokenList(scene.property(id).targets);
        return targets.empty() ? PrimId() : scene.find(targets.front());
    }
    return {};
}

PrimId animationOf(const Scene& scene, PrimId skeleton) {
    const PrimId found = inheritedTarget(scene, skeleton, "skel:animationSource");
    return found.valid() && scene.typeName(found) == "SkelAnimation" ? found : PrimId();
}

SkeletonPose poseSkeleton(const Scene& scene, PrimId skeleton, TimeCode time) {
    SkeletonPose out;
    const std::vector<TokenId> joints = tokensAt(scene, skeleton, "joints", time);
    const auto bind = arrayAt<Matrix4d>(scene, skeleton, "bindTransforms", Element::Double, 16, time);
    auto local = arrayAt<Matrix4d>(scene, skeleton, "restTransforms", Element::Double, 16, time);
    const size_t count = joints.size();
    for (size_t i = 0; i < count; ++i) out.jointOf.emplace(joints[i], i);
    if (count == 0 || bind.size() != count) {
        out.problem = at(scene, skeleton) + std::to_string(count) + " joints have " + std::to_string(bind.size()) +
                      " bindTransforms, but each joint has one";
        return out;
    }
    const bool restKnown = local.size() == count;
    local.resize(count);
    const PrimId animation = animationOf(scene, skeleton);
    const bool animated = animation.valid() && applyAnimation(scene, animation, time, out.jointOf, local);
    if (!restKnown && !animated) {
        out.problem = at(scene, skeleton) + "it has neither an animation to follow nor a rest transform for each joint";
        return out;
    }
    // At the default time an animation made of samples says nothing, and means it.
    if (animation.valid() && !animated && time)
        out.problem = at(scene, animation) +
                      "translations, rotations and scales do not give one value for each joint, "
                      "so that the skeleton stays at rest";
    out.skinning = concatenated(local, parentsOf(scene, joints, out.jointOf));
    for (size_t i = 0; i < count; ++i) {
        bool ok = false;
        out.skinning[i] = inverseAffine(bind[i], ok) * out.skinning[i];
        if (ok) continue;
        out.problem = at(scene, skeleton) + "the bind transform of joint " + std::string(scene.text(joints[i])) +
                      " cannot be inverted";
        out.skinning.clear();
        return out;
    }
    return out;
}

}  // namespace usdtune
