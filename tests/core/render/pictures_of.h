// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/scene/scene_fixture.h"
#include "usdtune/render/picture_diff.h"
#include "usdtune/render/views.h"

/// Small scenes made ready for rays, and cameras to look at them.
namespace usdtune::test {

/// A scene with its list and its hierarchy, which borrow from it.
struct RayFixture {
    explicit RayFixture(ScenePtr made, DrawOptions options = {}, int threads = 1) : scene(std::move(made)) {
        context.threadCount = threads;
        list = drawList(*scene, options, context);
        rays = std::make_unique<RayScene>(list, context);
    }
    explicit RayFixture(SceneFixture& f, DrawOptions options = {}, int threads = 1)
        : RayFixture(f.freeze(), std::move(options), threads) {}

    Picture take(const Camera& camera, uint32_t width = 64, uint32_t height = 48) const {
        PictureOptions options;
        options.width = width;
        options.height = height;
        return takePicture(*rays, camera, defaultLights(camera, {{0, 1, 0}}), options, context);
    }
    std::string nameAt(const Picture& picture, uint32_t x, uint32_t y) const {
        const uint32_t id = picture.prim[picture.at(x, y)];
        return id == 0 ? "" : list.names[id - 1];
    }

    ScenePtr scene;
    Context context;
    DrawList list;
    std::unique_ptr<RayScene> rays;
};

/// Looks along -z at the square of that half size around a place.
inline Camera straightDown(double half, const Vec3d& at = {{0, 0, 0}}, double height = 10) {
    Camera camera;
    camera.orthographic = true;
    camera.eye = at + Vec3d{{0, 0, height}};
    camera.halfWidth = half * 4 / 3;
    camera.halfHeight = half;
    return camera;
}

/// A square of side 2 around a place, facing +z.
inline PrimFixture& square(SceneFixture& f, std::string_view path, double x = 0, double y = 0, double z = 0) {
    return f.mesh(path, {x - 1, y - 1, z, x + 1, y - 1, z, x + 1, y + 1, z, x - 1, y + 1, z}, {4}, {0, 1, 2, 3});
}

inline Vec3f colourAt(const Picture& picture, uint32_t x, uint32_t y) {
    const float* const c = picture.colour.at(x, y);
    return {{c[0], c[1], c[2]}};
}

}  // namespace usdtune::test
