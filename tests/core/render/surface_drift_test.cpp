// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/surface_drift.h"

#include <gtest/gtest.h>

#include "core/render/pictures_of.h"

namespace usdtune {
namespace {

using namespace test;

ScenePtr squares(double lift) {
    SceneFixture f;
    square(f, "/Still", -2);
    square(f, "/Lifted", 2, 0, lift);
    return f.freeze();
}

TEST(SurfaceDrift, tellsWhereTheSurfaceMovedAndHowFar) {
    const RayFixture a(squares(0)), b(squares(0.25));
    const Camera camera = straightDown(4);
    const Picture picture = a.take(camera);
    const std::vector<float> drift = surfaceDrift(*a.rays, picture, *b.rays, camera, {"/Lifted", "/Still"}, a.context);
    ASSERT_EQ(drift.size(), picture.prim.size());
    for (uint32_t y = 0; y < picture.height; ++y)
        for (uint32_t x = 0; x < picture.width; ++x)
            EXPECT_NEAR(drift[picture.at(x, y)], a.nameAt(picture, x, y) == "/Lifted" ? 0.25 : 0, 1e-6);
}

TEST(SurfaceDrift, onlyNamesThatBothScenesHaveAreMeasured) {
    const RayFixture a(squares(0)), b(squares(0.25));
    const Camera camera = straightDown(4);
    const Picture picture = a.take(camera);
    for (const auto& names : {std::vector<std::string>{}, {"/Still"}, {"/Nobody"}}) {
        const std::vector<float> drift = surfaceDrift(*a.rays, picture, *b.rays, camera, names, a.context);
        EXPECT_EQ(*std::max_element(drift.begin(), drift.end()), 0.0f);
    }
}

TEST(SurfaceDrift, perspectiveAndFarPlacesAreMeasuredAlike) {
    SceneFixture f, g;
    f.translate("/Site", 3.5e6, 5e6, 400);
    g.translate("/Site", 3.5e6, 5e6, 400);
    square(f, "/Site/A");
    square(g, "/Site/A", 0, 0, 0.125);
    const RayFixture a(f), b(g);
    Camera camera;
    camera.eye = {{3.5e6 + 0.3, 5e6 - 0.2, 405}};
    const Picture picture = a.take(camera);
    const std::vector<float> drift = surfaceDrift(*a.rays, picture, *b.rays, camera, {"/Site/A"}, a.context);
    EXPECT_NEAR(*std::max_element(drift.begin(), drift.end()), 0.125, 1e-5);
}

}  // namespace
}  // namespace usdtune
