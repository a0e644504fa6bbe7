// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/ray_scene.h"

#include <gtest/gtest.h>

#include "core/render/pictures_of.h"

namespace usdtune {
namespace {

using namespace test;

std::vector<SurfaceHit> down(const RayFixture& f, double x, double y, double z = 10) {
    std::vector<SurfaceHit> hits;
    f.rays->nearest({{{x, y, z}}, {{0, 0, -1}}}, hits);
    return hits;
}

TEST(RayScene, meetsTheNearestSurface) {
    SceneFixture f;
    square(f, "/Low");
    square(f, "/High", 0, 0, 2);
    const RayFixture rays(f);
    const auto hits = down(rays, 0.3, 0.4);
    ASSERT_EQ(hits.size(), 1u);
    EXPECT_EQ(rays.list.names[rays.list.items[hits[0].item].name], "/High");
    EXPECT_NEAR(hits[0].distance, 8, 1e-9);
    EXPECT_EQ(hits[0].front, (Vec3d{{0, 0, 1}}));
    EXPECT_TRUE(down(rays, 5, 5).empty());
}

TEST(RayScene, surfacesThatLieInOneAnotherAreMetInTheOrderOfTheirNames) {
    for (const bool turned : {false, true}) {
        SceneFixture f;
        square(f, turned ? "/B" : "/A");
        square(f, turned ? "/A" : "/B", 0, 0, turned ? 1e-7 : -1e-7);
        const RayFixture rays(f);
        const auto hits = down(rays, 0.3, 0.4);
        ASSERT_EQ(hits.size(), 2u);
        EXPECT_EQ(rays.list.names[rays.list.items[hits[0].item].name], "/A");
        EXPECT_GT(rays.rays->behind({{{0.3, 0.4, 10}}, {{0, 0, -1}}}, hits), 10);
    }
}

TEST(RayScene, anEdgeOfTwoTrianglesIsOneSurface) {
    SceneFixture f;
    square(f, "/Square");
    const RayFixture rays(f);
    EXPECT_EQ(down(rays, 0.25, 0.25).size(), 1u);
}

TEST(RayScene, instancesAreMetWhereCopiesAreMet) {
    // A grid of enough triangles to become an instance, once by content and once by a prototype.
    const auto grid = [](SceneFixture& f, const std::string& path) {
        std::vector<double> points;
        std::vector<int> counts, indices;
        for (int y = 0; y <= 6; ++y)
            for (int x = 0; x <= 6; ++x) points.insert(points.end(), {x / 3.0 - 1, y / 3.0 - 1, 0.01 * x * y});
        for (int y = 0; y < 6; ++y)
            for (int x = 0; x < 6; ++x) {
                counts.push_back(4);
                for (const int i : {y * 7 + x, y * 7 + x + 1, (y + 1) * 7 + x + 1, (y + 1) * 7 + x})
                    indices.push_back(i);
            }
        f.prim(path, "Mesh")
            .attribute("subdivisionScheme", "token", {"none"})
            .array("faceVertexCounts", "int[]", counts)
            .array("faceVertexIndices", "int[]", indices)
            .attributeNumbers("points", "point3f[]", points);
    };
    SceneFixture once, twice;
    grid(once, "/Only");
    grid(twice, "/Here/Grid");
    grid(twice, "/There/Grid");
    twice.translate("/There", 40, 0, 0);
    const RayFixture a(once), b(twice);
    EXPECT_EQ(a.rays->instanceCount(), 0u);
    EXPECT_EQ(b.rays->instanceCount(), 2u);
    EXPECT_EQ(b.rays->triangleCount(), 72u);
    for (const double x : {-0.9, -0.2, 0.1, 0.77}) {
        const auto here = down(a, x, 0.3), same = down(b, x, 0.3), there = down(b, x + 40, 0.3);
        ASSERT_EQ(here.size(), 1u);
        ASSERT_EQ(same.size(), 1u);
        ASSERT_EQ(there.size(), 1u);
        EXPECT_NEAR(here[0].distance, same[0].distance, 1e-12);
        EXPECT_NEAR(here[0].distance, there[0].distance, 1e-9);
        EXPECT_EQ(here[0].element, there[0].element);
    }
}

TEST(RayScene, mirroredSurfacesKeepTheirFront) {
    SceneFixture f;
    square(f, "/Mirror/Square");
    f.prim("/Mirror", "Xform")
        .attribute("xformOp:scale", "double3", {-1, 1, 1})
        .attribute("xformOpOrder", "token[]", {"xformOp:scale"});
    const RayFixture rays(f);
    const auto hits = down(rays, 0.3, 0.4);
    ASSERT_EQ(hits.size(), 1u);
    // Mirrored, its corners run clockwise seen from +z; by USD's rules the side that looks to +z stays the front.
    EXPECT_NEAR(hits[0].front[2], 1, 1e-12);
}

TEST(RayScene, georeferencedPlacesLoseNothing) {
    const Vec3d far{{5.2e6, 4.7e6, 130}};
    SceneFixture f;
    square(f, "/Site/Square");
    square(f, "/Site/Above", 0, 0, 0.001);
    f.translate("/Site", far[0], far[1], far[2]);
    const RayFixture rays(f);
    for (const double x : {-0.5, 0.0001, 0.7}) {
        const auto hits = down(rays, far[0] + x, far[1], far[2] + 10);
        ASSERT_EQ(hits.size(), 1u) << "a millimetre apart is two surfaces";
        EXPECT_EQ(rays.list.names[rays.list.items[hits[0].item].name], "/Site/Above");
        EXPECT_NEAR(hits[0].distance, 9.999, 1e-6);
    }
}

TEST(RayScene, anOutlierDoesNotBlurTheRest) {
    SceneFixture f;
    for (int i = 0; i < 20; ++i) square(f, "/Bolt" + std::to_string(i), 3.0 * i);
    square(f, "/Lost");
    f.translate("/Lost", 1e9, 0, 0);
    const RayFixture rays(f);
    EXPECT_LT(rays.rays->grain(10), 1e-3);
    EXPECT_NEAR(down(rays, 0.1, 0.1)[0].distance, 10, 1e-9);
}

TEST(RayScene, nothingAndBrokenThingsMeetNoRay) {
    SceneFixture empty;
    EXPECT_TRUE(down(RayFixture(empty), 0, 0).empty());
    SceneFixture f;
    f.mesh("/Point", {1, 1, 1, 1, 1, 1, 1, 1, 1}, {3}, {0, 1, 2});
    f.mesh("/NotFinite", {std::nan(""), 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    f.mesh("/OutOfRange", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 9});
    square(f, "/Huge")
        .attribute("xformOp:scale", "double3", {1e308, 1e308, 1e308})
        .attribute("xformOpOrder", "token[]", {"xformOp:scale"});
    const RayFixture rays(f);
    EXPECT_TRUE(down(rays, 0.2, 0.2).empty());
}

TEST(RayScene, raysFromBeyondFloat32MeetNothing) {
    SceneFixture f;
    square(f, "/Square");
    const RayFixture rays(f);
    for (const double far : {1e19, 1e30, 1e300}) {
        EXPECT_TRUE(down(rays, 0, 0, far).empty());
        EXPECT_FALSE(rays.rays->blocked({{{far, 0, 0}}, {{-1, 0, 0}}}));
    }
}

TEST(RayScene, purposesVisibilityAndRootsChooseWhatIsDrawn) {
    SceneFixture f;
    square(f, "/A/Default");
    square(f, "/A/Render", 3).attribute("purpose", "token", {"render"});
    square(f, "/A/Guide", 6).attribute("purpose", "token", {"guide"});
    square(f, "/A/Hidden", 9).attribute("visibility", "token", {"invisible"});
    square(f, "/B/Other", 12);
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(RayFixture(scene).list.names, (std::vector<std::string>{"/A/Default", "/B/Other"}));
    DrawOptions all;
    all.render = all.guide = true;
    EXPECT_EQ(RayFixture(scene, all).list.items.size(), 4u);
    DrawOptions some;
    some.roots = {"/A"};
    EXPECT_EQ(RayFixture(scene, some).list.names, std::vector<std::string>{"/A/Default"});
}

}  // namespace
}  // namespace usdtune
