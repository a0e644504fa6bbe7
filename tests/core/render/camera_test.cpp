// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/camera.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/scene/scene_fixture.h"

namespace usdtune {
namespace {

using namespace test;

std::vector<Vec3d> boxCorners(const Vec3d& low, const Vec3d& high) {
    std::vector<Vec3d> out;
    for (size_t i = 0; i < 8; ++i)
        out.push_back({{i & 1 ? high[0] : low[0], i & 2 ? high[1] : low[1], i & 4 ? high[2] : low[2]}});
    return out;
}

TEST(Camera, aRayLeadsToWhatIsProjectedToItsPlace) {
    for (const bool orthographic : {false, true}) {
        Camera camera = framing(boxCorners({{-1, -2, -3}}, {{4, 5, 6}}), {{1, -2, -3}}, {{0, 1, 0}}, 1.5);
        camera.orthographic = orthographic;
        camera.offsetX = 0.1;
        for (const double x : {-1.0, -0.3, 0.7})
            for (const double y : {-0.9, 0.2, 1.0}) {
                const CameraRay ray = rayThrough(camera, x, y);
                EXPECT_NEAR(length(ray.direction), 1, 1e-12);
                const auto place = projected(camera, ray.origin + ray.direction * 7.5);
                ASSERT_TRUE(place);
                EXPECT_NEAR((*place)[0], x, 1e-12);
                EXPECT_NEAR((*place)[1], y, 1e-12);
                const CameraRay same = rayThroughPixel(camera, 30, 20, 15 * (x + 1), 10 * (1 - y));
                EXPECT_NEAR(length(same.direction - ray.direction), 0, 1e-12);
                const Vec3d point = ray.origin + ray.direction * distanceAtDepth(camera, ray, 3.25);
                EXPECT_NEAR(dot(point - camera.eye, camera.forward), 3.25, 1e-12);
            }
    }
}

TEST(Camera, framingShowsEveryPointAndTouchesTheBorder) {
    for (const Vec3d& far : {Vec3d{{0, 0, 0}}, Vec3d{{5e6, -3e6, 120}}}) {
        const std::vector<Vec3d> corners = boxCorners(far + Vec3d{{-20, -1, -3}}, far + Vec3d{{30, 1, 4}});
        for (const Vec3d& direction : {Vec3d{{1, 0, 0}}, Vec3d{{1, 1, -1}}, Vec3d{{0, 0, -1}}, Vec3d{{-3, 1, 0.5}}}) {
            const Camera camera = framing(corners, direction, {{0, 0, 1}}, 4.0 / 3);
            double widest = 0;
            for (const Vec3d& corner : corners) {
                const auto place = projected(camera, corner);
                ASSERT_TRUE(place);
                widest = std::max({widest, std::abs((*place)[0]), std::abs((*place)[1])});
            }
            EXPECT_LE(widest, 1) << "a corner is cut off";
            EXPECT_GE(widest, 0.85) << "much room is left";
        }
    }
}

TEST(Camera, aPointAndNothingAtAllCanBeFramed) {
    const std::vector<Vec3d> one{{{3, 4, 5}}};
    const Camera camera = framing(one, {{0, 1, 0}}, {{0, 0, 1}}, 1);
    EXPECT_TRUE(projected(camera, one.front()));
    EXPECT_TRUE(isFinite(framing({}, {{0, 0, -1}}, {{0, 0, 1}}, 1).eye));
}

TEST(Camera, readsThePrimAsItsSchemaSays) {
    SceneFixture f;
    f.prim("/Cam", "Camera")
        .attribute("focalLength", "float", {35})
        .attribute("horizontalAperture", "float", {36})
        .attribute("verticalAperture", "float", {24})
        .attribute("clippingRange", "float2", {0.5, 800});
    f.translate("/Cam", 1, 2, 3);
    const ScenePtr scene = f.freeze();
    const std::vector<StageCamera> found = stageCameras(*scene);
    ASSERT_EQ(found.size(), 1u);
    const Result<Camera> camera = cameraOf(*scene, found[0].prim, found[0].world, {});
    ASSERT_TRUE(camera);
    EXPECT_NEAR(camera.value().halfWidth, 18.0 / 35, 1e-12);
    EXPECT_NEAR(camera.value().halfHeight, 12.0 / 35, 1e-12);
    EXPECT_EQ(camera.value().eye, (Vec3d{{1, 2, 3}}));
    EXPECT_EQ(camera.value().forward, (Vec3d{{0, 0, -1}}));
    EXPECT_NEAR(camera.value().nearDistance, 0.5, 1e-6);
    const Camera square = conformed(camera.value(), 1);
    EXPECT_NEAR(square.halfHeight, 18.0 / 35, 1e-12) << "what the camera shows stays in the picture";
}

TEST(Camera, whatMakesNoViewIsASentence) {
    SceneFixture f;
    f.prim("/Flat", "Camera").attribute("horizontalAperture", "float", {0});
    f.prim("/Blind", "Camera").attribute("clippingRange", "float2", {5, 5});
    const ScenePtr scene = f.freeze();
    for (const StageCamera& found : stageCameras(*scene)) {
        const Result<Camera> camera = cameraOf(*scene, found.prim, found.world, {});
        ASSERT_FALSE(camera);
        EXPECT_TRUE(camera.error().starts_with(found.path)) << camera.error();
    }
    Matrix4d crushed;
    crushed[2] = {0, 0, 0, 0};
    EXPECT_FALSE(cameraOf(*scene, PrimId(size_t{1}), crushed, {}));
}

TEST(Camera, survivesItsJson) {
    const Camera camera = framing(boxCorners({{-1, -2, -3}}, {{4, 5, 6}}), {{1, -2, -3}}, {{0, 1, 0}}, 1.5);
    const Result<Camera> again = cameraFromJson(toJson(camera));
    ASSERT_TRUE(again);
    EXPECT_EQ(again.value().eye, camera.eye);
    EXPECT_EQ(again.value().halfWidth, camera.halfWidth);
    EXPECT_EQ(again.value().farDistance, camera.farDistance);
    EXPECT_FALSE(cameraFromJson({{"eye", "here"}}));
}

}  // namespace
}  // namespace usdtune
