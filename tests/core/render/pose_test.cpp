// SPDX-License-Identifier: Apache-2.0
//
// tests/python/test_pose.py holds poses against UsdSkel's own; here is what must hold without it.
#include "usdtune/render/pose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/scene/scene_fixture.h"
#include "usdtune/render/tessellate_mesh.h"

namespace usdtune {
namespace {

using namespace test;
using testing::HasSubstr;

/// A quad on joint b, which a quarter turn about x lifts; joint a stays. `root` is the type of the prim around them.
void addArm(SceneFixture& f, std::string_view root = "SkelRoot") {
    f.prim("/Root", root);
    const std::initializer_list<double> identities = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1,
                                                      1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    f.prim("/Root/Skel", "Skeleton")
        .api("SkelBindingAPI")
        .attribute("joints", "token[]", {"a", "a/b"})
        .attribute("bindTransforms", "matrix4d[]", identities)
        .attribute("restTransforms", "matrix4d[]", identities)
        .relationship("skel:animationSource", {"/Root/Anim"});
    const double h = std::sqrt(0.5);
    f.prim("/Root/Anim", "SkelAnimation")
        .attribute("joints", "token[]", {"a/b"})
        .attribute("translations", "float3[]", {0, 0, 0})
        .attribute("scales", "half3[]", {1, 1, 1})
        .attribute("rotations", "quatf[]")
        .sample(0, {0, 0, 0, 1})
        .sample(10, {h, 0, 0, h});
    f.mesh("/Root/Quad", {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0}, {4}, {0, 1, 2, 3})
        .api("SkelBindingAPI")
        .relationship("skel:skeleton", {"/Root/Skel"})
        .primvar("skel:jointIndices", "int[]", {1}, "constant")
        .primvar("skel:jointWeights", "float[]", {1}, "constant")
        .attribute("normals", "normal3f[]", {0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1});
}

Pose posed(const ScenePtr& scene, TimeCode time) {
    return poseMesh(*scene, scene->meshes()[scene->meshOf(scene->find("/Root/Quad")).index], time);
}

TEST(Pose, jointsCarryPointsAndNormals) {
    SceneFixture f;
    addArm(f);
    const ScenePtr scene = f.freeze();
    const Pose end = posed(scene, 10);
    EXPECT_EQ(end.problem, "");
    ASSERT_EQ(end.points.size(), 4u);
    EXPECT_NEAR(end.points[2][1], 0, 1e-6);
    EXPECT_NEAR(end.points[2][2], 1, 1e-6);
    EXPECT_NEAR(end.normals[2][1], -1, 1e-6);
    EXPECT_NEAR(posed(scene, 5).points[2][1], std::sqrt(0.5), 1e-6);  // along the arc
}

TEST(Pose, theRestIsWhatAnAnimationWithoutADefaultLeaves) {
    SceneFixture f;
    addArm(f);
    const Pose rest = posed(f.freeze(), {});
    EXPECT_EQ(rest.problem, "");
    ASSERT_EQ(rest.points.size(), 4u);
    EXPECT_EQ(rest.points[2], (Vec3f{{1, 1, 0}}));
}

TEST(Pose, theMeshStandsWhereTheSkeletonDoes) {
    SceneFixture f;
    addArm(f);
    f.translate("/Root/Skel", 0, 0, 5);
    f.translate("/Root/Quad", 3, 0, 0);
    const ScenePtr scene = f.freeze();
    const Pose end = posed(scene, 10);
    const Matrix4d world = scene->xforms().world[scene->find("/Root/Quad").index];
    const Vec3d corner = world.transformPoint(toDouble(end.points[2]));
    EXPECT_NEAR(corner[0], 1, 1e-6);
    EXPECT_NEAR(corner[2], 6, 1e-6);
}

TEST(Pose, aPosedMeshIsDrawnPosed) {
    SceneFixture f;
    addArm(f);
    const ScenePtr scene = f.freeze();
    const Pose end = posed(scene, 10);
    const Mesh& mesh = scene->meshes()[scene->meshOf(scene->find("/Root/Quad")).index];
    const Tessellation t = tessellateMesh(
        *scene, mesh,
        {.time = 10, .posedPoints = end.points, .posedNormals = end.normals, .posedNormalsRate = end.normalsRate});
    EXPECT_EQ(t.points.data(), end.points.data());
    EXPECT_EQ(t.normals.values.size(), 12u);
    EXPECT_NEAR(t.normals.values[1], -1, 1e-6);
}

TEST(Pose, brokenBindingsPoseNothingAndSayWhy) {
    {
        SceneFixture f;
        addArm(f, "Xform");
        const Pose out = posed(f.freeze(), 10);
        EXPECT_TRUE(out.points.empty());
        EXPECT_THAT(out.problem, HasSubstr("/Root/Quad: is bound to a Skeleton, but not below a SkelRoot"));
    }
    {
        SceneFixture f;
        addArm(f);
        f.prim("/Root/Skel").emptyArray("bindTransforms", "matrix4d[]");
        const Pose out = posed(f.freeze(), 10);
        EXPECT_TRUE(out.points.empty());
        EXPECT_THAT(out.problem, HasSubstr("/Root/Skel: 2 joints have 0 bindTransforms"));
    }
    {
        SceneFixture f;
        addArm(f);
        f.prim("/Root/Quad").primvar("skel:jointIndices", "int[]", {0, 1, 0}, "vertex");
        const Pose out = posed(f.freeze(), 10);
        EXPECT_TRUE(out.points.empty());
        EXPECT_THAT(out.problem, HasSubstr("3 joint indices and 1 weights are given, but 4 points ask for 4"));
    }
}

}  // namespace
}  // namespace usdtune
