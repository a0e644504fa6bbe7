// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/implicit_shape.h"

#include <gtest/gtest.h>

#include <numbers>

#include "core/render/tessellation_laws.h"

namespace usdtune {
namespace {

using namespace test;
using std::numbers::pi;

Tessellation tessellated(const ScenePtr& scene, std::string_view path, TimeCode time = {}) {
    return tessellateImplicitShape(*scene, scene->find(path), {}, time);
}

void expectBox(const Tessellation& t, const Vec3d& half, const std::string& what) {
    const Bounds box = boundsOf(t.points);
    for (size_t axis = 0; axis < 3; ++axis) {
        EXPECT_NEAR(box.min[axis], -half[axis], 1e-6) << what << " along " << axis;
        EXPECT_NEAR(box.max[axis], half[axis], 1e-6) << what << " along " << axis;
    }
}

TEST(ImplicitShape, theFallbacksGiveTheBodiesOfTheSchemas) {
    struct Body {
        const char* type;
        Vec3d half;
        double volume;
    };
    for (const Body& body :
         {Body{"Sphere", {{1, 1, 1}}, 4 * pi / 3}, Body{"Cube", {{1, 1, 1}}, 8}, Body{"Cylinder", {{1, 1, 1}}, 2 * pi},
          Body{"Cylinder_1", {{1, 1, 1}}, 2 * pi}, Body{"Cone", {{1, 1, 1}}, 2 * pi / 3},
          Body{"Capsule", {{0.5, 0.5, 1}}, 5 * pi / 12}, Body{"Capsule_1", {{0.5, 0.5, 1}}, 5 * pi / 12}}) {
        SceneFixture f;
        f.prim("/Body", body.type);
        const ScenePtr scene = f.freeze();
        const Tessellation t = tessellated(scene, "/Body");
        expectSound(t, body.type);
        EXPECT_EQ(t.problem, "");
        EXPECT_FALSE(t.doubleSided);
        expectBox(t, body.half, body.type);
        // A closed body seen from outside, a little smaller than the round one that it stands for.
        EXPECT_LE(volumeOf(t), body.volume * 1.000001) << body.type;
        EXPECT_GE(volumeOf(t), body.volume * 0.99) << body.type;
    }
}

TEST(ImplicitShape, normalsLookToTheFrontAndAreUnit) {
    SceneFixture f;
    for (const char* type : {"Sphere", "Cube", "Cylinder", "Cone", "Capsule", "Plane"})
        for (const char* axis : {"X", "Y", "Z"})
            f.prim(std::string("/") + type + axis, type).attribute("axis", "token", {axis});
    f.prim("/Taper", "Capsule_1").attribute("radiusTop", "double", {0.1}).attribute("radiusBottom", "double", {0.6});
    const ScenePtr scene = f.freeze();
    for (size_t prim = 0; prim < scene->prims().size(); ++prim) {
        const Tessellation t = tessellateImplicitShape(*scene, PrimId(prim), {}, {});
        const std::string what(scene->path(PrimId(prim)));
        expectSound(t, what);
        for (size_t i = 0; i < t.triangles.size(); ++i)
            for (size_t k = 0; k < 3; ++k) {
                EXPECT_NEAR(length(normalAt(t, i, k)), 1, 1e-6) << what;
                EXPECT_GT(dot(normalAt(t, i, k), facing(t, i)), 0) << what << " triangle " << i;
            }
    }
}

TEST(ImplicitShape, theAxisTurnsAndNeverMirrors) {
    SceneFixture f;
    for (const char* axis : {"X", "Y", "Z"})
        f.prim(std::string("/") + axis, "Cone").attribute("axis", "token", {axis}).attribute("height", "double", {6});
    const ScenePtr scene = f.freeze();
    for (size_t axis = 0; axis < 3; ++axis) {
        const Tessellation t = tessellateImplicitShape(*scene, PrimId(axis), {}, {});
        Vec3d half{{1, 1, 1}};
        half[axis] = 3;
        expectBox(t, half, "cone");
        EXPECT_GT(volumeOf(t), 0);
        // The tip points along the axis: what lies there is thin.
        for (const Vec3f& p : t.points) EXPECT_TRUE(p[axis] < 2.9f || length(toDouble(p)) < 3.01);
    }
}

TEST(ImplicitShape, planesLieAsTheirSchemaSaysAndHaveTwoSides) {
    SceneFixture f;
    for (const char* axis : {"X", "Y", "Z"})
        f.prim(std::string("/") + axis, "Plane")
            .attribute("axis", "token", {axis})
            .attribute("width", "double", {2})
            .attribute("length", "double", {6});
    f.prim("/OneSided", "Plane").attribute("doubleSided", "bool", {0});
    const ScenePtr scene = f.freeze();
    expectBox(tessellated(scene, "/X"), {{0, 3, 1}}, "facing x: width along z, length along y");
    expectBox(tessellated(scene, "/Y"), {{1, 0, 3}}, "facing y: width along x, length along z");
    expectBox(tessellated(scene, "/Z"), {{1, 3, 0}}, "facing z: width along x, length along y");
    EXPECT_TRUE(tessellated(scene, "/X").doubleSided);
    EXPECT_FALSE(tessellated(scene, "/OneSided").doubleSided);
    for (size_t axis = 0; axis < 3; ++axis) {
        const Tessellation t = tessellateImplicitShape(*scene, PrimId(axis), {}, {});
        EXPECT_GT(facing(t, 0)[axis], 0);
    }
}

TEST(ImplicitShape, measuresFollowTheTimeAndBrokenOnesAreTold) {
    SceneFixture f;
    f.prim("/Grows", "Sphere").attribute("radius", "double", {1}).sample(0, {1}).sample(10, {3});
    f.prim("/Negative", "Sphere").attribute("radius", "double", {-1});
    const ScenePtr scene = f.freeze();
    expectBox(tessellated(scene, "/Grows"), {{1, 1, 1}}, "at the default time");
    expectBox(tessellated(scene, "/Grows", 5), {{2, 2, 2}}, "half way");
    const Tessellation negative = tessellated(scene, "/Negative");
    EXPECT_TRUE(negative.triangles.empty());
    EXPECT_EQ(negative.problem, "/Negative: radius is -1.000000, but a shape's measures are finite and not negative");
}

TEST(ImplicitShape, primvarsWithOneValueServeTheWholeShape) {
    SceneFixture f;
    f.prim("/Red", "Sphere").primvar("displayColor", "color3f[]", {1, 0, 0}, "constant");
    const ScenePtr scene = f.freeze();
    const std::vector<TokenId> wanted = {scene->tokens().find("displayColor")};
    const Tessellation t = tessellateImplicitShape(*scene, scene->find("/Red"), wanted, {});
    ASSERT_EQ(t.primvars.size(), 1u);
    EXPECT_EQ(t.primvars[0].rate, PrimvarRate::Constant);
    EXPECT_EQ(t.primvars[0].values[0], 1);
}

}  // namespace
}  // namespace usdtune
