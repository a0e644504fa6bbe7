// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/views.h"

#include <gtest/gtest.h>

#include "core/render/pictures_of.h"

namespace usdtune {
namespace {

using namespace test;

std::vector<std::string> namesOf(const std::vector<View>& views) {
    std::vector<std::string> out;
    for (const View& view : views) out.push_back(view.name);
    return out;
}

size_t pixelsOf(const RayFixture& f, const Camera& camera, const std::string& name) {
    const Picture picture = f.take(camera);
    size_t count = 0;
    for (uint32_t y = 0; y < picture.height; ++y)
        for (uint32_t x = 0; x < picture.width; ++x) count += f.nameAt(picture, x, y) == name;
    return count;
}

TEST(Views, withoutCamerasARingLooksAtEverything) {
    SceneFixture f;
    f.prim("/Box", "Cube");
    const RayFixture rays(f);
    const std::vector<View> views = chooseViews(*rays.scene, *rays.rays, {});
    EXPECT_EQ(namesOf(views), (std::vector<std::string>{"ring-1", "ring-2", "ring-3", "ring-4"}));
    for (const View& view : views) {
        EXPECT_GT(pixelsOf(rays, view.camera, "/Box"), 64u * 48 / 4) << view.title;
        EXPECT_LT(view.camera.forward[1], 0) << "from above a stage whose up is +y";
    }
}

TEST(Views, camerasThatSeeSomethingComeFirst) {
    SceneFixture f;
    f.prim("/Box", "Cube");
    f.prim("/Good", "Camera");
    f.translate("/Good", 0, 0, 20);
    f.prim("/LooksAway", "Camera");
    f.translate("/LooksAway", 0, 0, -20);
    f.prim("/Broken", "Camera").attribute("focalLength", "float", {0});
    const RayFixture rays(f);
    const std::vector<View> views = chooseViews(*rays.scene, *rays.rays, {});
    ASSERT_EQ(views.size(), 1u);
    EXPECT_EQ(views[0].path, "/Good");
}

TEST(Views, whatStandsFarOffDoesNotShrinkTheRest) {
    SceneFixture f;
    for (int i = 0; i < 12; ++i) {
        f.prim("/Box" + std::to_string(i), "Cube");
        f.translate("/Box" + std::to_string(i), 3.0 * i, 0, 0);
    }
    f.prim("/Lost", "Cube");
    f.translate("/Lost", 1e6, 0, 0);
    const RayFixture rays(f);
    const std::vector<View> views = chooseViews(*rays.scene, *rays.rays, {});
    ASSERT_EQ(views.back().name, "everything");
    EXPECT_GT(pixelsOf(rays, views.front().camera, "/Box0"), 5u);
}

TEST(Views, ofFewThingsOneNowhereNearIsLeftOutToo) {
    SceneFixture f;
    for (int i = 0; i < 3; ++i) {
        f.prim("/Box" + std::to_string(i), "Cube");
        f.translate("/Box" + std::to_string(i), 3e6 + 3.0 * i, 5e6, 0);
    }
    f.prim("/Lost", "Cube");
    f.translate("/Lost", 1e20, 0, 0);
    const RayFixture rays(f);
    EXPECT_GT(pixelsOf(rays, chooseViews(*rays.scene, *rays.rays, {}).front().camera, "/Box0"), 50u);
}

TEST(Views, meshesWithoutSizeDoNotPullTheCameraIntoTheScene) {
    SceneFixture f, alone;
    for (int i = 0; i < 4; ++i) f.mesh("/Dot" + std::to_string(i), {0, 0, 0, 0, 0, 0, 0, 0, 0}, {3}, {0, 1, 2});
    f.prim("/Box", "Cube");
    alone.prim("/Box", "Cube");
    const RayFixture with(f), without(alone);
    const Camera a = chooseViews(*with.scene, *with.rays, {}).front().camera,
                 b = chooseViews(*without.scene, *without.rays, {}).front().camera;
    EXPECT_NEAR(length(a.eye - b.eye), 0, 1e-9);
}

TEST(Views, aHiddenPrimIsSeenByCuttingAway) {
    SceneFixture f;
    f.prim("/Case", "Cube").attribute("size", "double", {0.2});
    f.prim("/Screw", "Cube").attribute("size", "double", {0.1});
    const RayFixture rays(f);
    ViewOptions options;
    options.closeups = {"/Nowhere", "/Screw"};
    const std::vector<View> views = chooseViews(*rays.scene, *rays.rays, options);
    ASSERT_EQ(views.back().name, "closeup-1");
    EXPECT_GT(pixelsOf(rays, views.back().camera, "/Screw"), 300u);
    EXPECT_NE(views.back().why.find("cut away"), std::string::npos);
}

TEST(Views, anEmptySceneHasNone) {
    SceneFixture f;
    const RayFixture rays(f);
    EXPECT_TRUE(chooseViews(*rays.scene, *rays.rays, {}).empty());
}

}  // namespace
}  // namespace usdtune
