// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>

#include "usdtune/render/pose.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace usdtune::bindings {

namespace {

using Points = nb::ndarray<nb::numpy, const float, nb::ndim<2>>;

Points pointsArray(std::vector<Vec3f> points) {
    auto* owner = new std::vector<Vec3f>(std::move(points));
    nb::capsule keeper(owner, [](void* p) noexcept { delete static_cast<std::vector<Vec3f>*>(p); });
    return Points(owner->data(), {owner->size(), 3}, keeper);
}

/// Points, normals and problem of a mesh's pose; empty arrays for another prim.
std::tuple<Points, Points, std::string> posedPoints(const Scene& scene, std::string_view path, TimeCode time) {
    const PrimId prim = scene.find(path);
    Pose pose;
    if (prim.valid() && scene.meshOf(prim).valid())
        pose = poseMesh(scene, scene.meshes()[scene.meshOf(prim).index], time);
    return {pointsArray(std::move(pose.points)), pointsArray(std::move(pose.normals)), std::move(pose.problem)};
}

/// The transform of a prim into the stage at a time, row by row; None for a path that is not there.
std::optional<std::array<double, 16>> worldTransform(const Scene& scene, std::string_view path, TimeCode time) {
    const PrimId prim = scene.find(path);
    if (!prim.valid()) return {};
    const Matrix4d world = worldTransformAt(scene, prim, time);
    std::array<double, 16> out{};
    for (size_t i = 0; i < 16; ++i) out[i] = world[i / 4][i % 4];
    return out;
}

}  // namespace

void export_render(nb::module_& m) {
    m.def("posed_points", &posedPoints, "scene"_a, "path"_a, "time"_a.none() = nb::none(),
          "Where a skeleton and blend shapes move a mesh at a time: points, normals, and why not. Empty where nothing "
          "does.");
    m.def("world_transform", &worldTransform, "scene"_a, "path"_a, "time"_a.none() = nb::none(),
          "The transform of a prim into its stage at a time, row by row; None where there is no such prim.");
}

}  // namespace usdtune::bindings
