// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <nlohmann/json.hpp>

#include "moves.h"
#include "usdtune/render/image_file.h"
#include "usdtune/render/picture_diff.h"
#include "usdtune/render/surface_drift.h"
#include "usdtune/render/views.h"
#include "usdtune/verify/path_mapping.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace usdtune::bindings {

namespace {

template <class T>
T orThrow(Result<T> result) {
    if (!result) throw nb::value_error(result.error().c_str());
    return std::move(result.value());
}

nb::bytes toBytes(const std::vector<std::byte>& bytes) { return nb::bytes(bytes.data(), bytes.size()); }
nb::bytes toPng(const Image8& image) { return toBytes(orThrow(writePng(image))); }

Context contextOf(int threads) {
    Context context;
    context.threadCount = threads;
    return context;
}

/// A scene made ready for rays, with all that its pictures need.
class RenderScene {
public:
    RenderScene(ScenePtr scene, const std::vector<std::string>& purposes, TimeCode time, std::vector<std::string> roots,
                const std::vector<MoveRow>& moves, bool textures, int threads)
        : scene_(std::move(scene)), time_(time), threads_(threads) {
        DrawOptions options;
        options.proxy = options.render = options.guide = false;
        for (const std::string& purpose : purposes) {
            if (purpose == "proxy") options.proxy = true;
            if (purpose == "render") options.render = true;
            if (purpose == "guide") options.guide = true;
        }
        options.time = time;
        options.roots = std::move(roots);
        options.textures = textures;
        const PathMapping mapping(movesOf(moves, scene_->tokens()), scene_->tokens());
        if (!moves.empty())
            options.nameOf = [&mapping](std::string_view path) {
                const PathMapping::Target to = mapping.map(path);
                return to.path.empty() ? std::string(path) : to.path;
            };
        nb::gil_scoped_release release;
        const Context context = contextOf(threads);
        list_ = drawList(*scene_, options, context);
        rays_ = std::make_unique<RayScene>(list_, context);
    }

    const RayScene& rays() const { return *rays_; }
    int threads() const { return threads_; }

    std::string facts() const {
        nlohmann::json out = {{"item_count", list_.items.size()},
                              {"shape_count", list_.shapes.size()},
                              {"material_count", list_.materials.size()},
                              {"triangle_count", rays_->triangleCount()},
                              {"instance_count", rays_->instanceCount()},
                              {"hierarchy_bytes", rays_->memoryBytes()},
                              {"notes", list_.notes},
                              {"bounds", nullptr}};
        if (!list_.bounds.empty()) out["bounds"] = {list_.bounds.min.v, list_.bounds.max.v};
        return out.dump();
    }

    std::string views(double aspect, const std::vector<std::string>& closeups, size_t ring, size_t cameras) const {
        ViewOptions options;
        options.aspect = aspect;
        options.closeups = closeups;
        options.ringCount = ring;
        options.cameraLimit = cameras;
        options.time = time_;
        nb::gil_scoped_release release;
        return toJson(chooseViews(*scene_, *rays_, options)).dump();
    }

    /// The camera at a path, as JSON; without an aspect as it is authored.
    std::string camera(const std::string& path, std::optional<double> aspect) const {
        for (const StageCamera& found : stageCameras(*scene_, time_)) {
            if (found.path != path) continue;
            const Camera camera = orThrow(cameraOf(*scene_, found.prim, found.world, time_));
            return toJson(aspect ? conformed(camera, *aspect) : camera).dump();
        }
        throw nb::value_error((path + ": there is no camera at this path.").c_str());
    }

    std::shared_ptr<Picture> take(const std::string& camera, uint32_t width, uint32_t height, const std::string& lights,
                                  bool smooth, bool wireframe) const {
        const Camera view = orThrow(cameraFromJson(nlohmann::json::parse(camera)));
        PictureOptions options;
        options.width = width;
        options.height = height;
        options.smooth = smooth;
        options.wireframe = wireframe;
        nb::gil_scoped_release release;
        const Vec3d up = scene_->stage().upAxis == 'Z' ? Vec3d{{0, 0, 1}} : Vec3d{{0, 1, 0}};
        LightRig rig;
        if (lights == "stage") rig = stageLights(*scene_, time_);
        if (rig.empty()) rig = defaultLights(view, up);
        return std::make_shared<Picture>(takePicture(*rays_, view, rig, options, contextOf(threads_)));
    }

    nb::bytes idPng(const Picture& picture, bool materials) const {
        return toPng(idImage(materials ? picture.material : picture.prim,
                             materials ? list_.materialNameTexts : list_.names, picture.width, picture.height));
    }

private:
    ScenePtr scene_;
    TimeCode time_;
    int threads_;
    DrawList list_;
    std::unique_ptr<RayScene> rays_;
};

nb::bytes picturePng(const Picture& picture, const std::string& layer, bool transparent) {
    if (layer == "color") return toPng(colourImage(picture, transparent));
    if (layer == "depth") return toPng(depthImage(picture));
    if (layer == "normal") return toPng(normalImage(picture));
    throw nb::value_error(("A picture has the layers color, depth and normal, not '" + layer + "'.").c_str());
}

nb::bytes rgb(const Picture& picture) {
    const Image8 image = colourImage(picture);
    return nb::bytes(image.pixels.data(), image.pixels.size());
}

std::shared_ptr<PictureDifference> compare(const RenderScene& sceneA, const Picture& a, const RenderScene& sceneB,
                                           const Picture& b, const std::string& camera) {
    if (a.width != b.width || a.height != b.height) throw nb::value_error("Pictures of one size are compared.");
    const Camera view = orThrow(cameraFromJson(nlohmann::json::parse(camera)));
    nb::gil_scoped_release release;
    return std::make_shared<PictureDifference>(
        comparePictures(sceneA.rays(), a, sceneB.rays(), b, view, contextOf(sceneA.threads())));
}

nb::bytes drift(const RenderScene& sceneA, const Picture& a, const RenderScene& sceneB, const std::string& camera,
                const std::vector<std::string>& names) {
    const Camera view = orThrow(cameraFromJson(nlohmann::json::parse(camera)));
    std::vector<float> found;
    {
        nb::gil_scoped_release release;
        found = surfaceDrift(sceneA.rays(), a, sceneB.rays(), view, names, contextOf(sceneA.threads()));
    }
    return nb::bytes(found.data(), found.size() * sizeof(float));
}

}  // namespace

void export_pictures(nb::module_& m) {
    nb::class_<Picture>(m, "Picture", "What was seen through each pixel of one view.")
        .def_ro("width", &Picture::width)
        .def_ro("height", &Picture::height)
        .def("png", &picturePng, "layer"_a = "color", "transparent"_a = false,
             "A layer as PNG: `color`, `depth` or `normal`.")
        .def("rgb", &rgb,
             "The colours before the background as bytes: 8 bits, sRGB, three to a pixel, rows from the top.");
    nb::class_<PictureDifference>(m, "PictureDifference", "Where two pictures of one view are not the same.")
        .def("to_json", [](const PictureDifference& difference) { return toJson(difference).dump(); })
        .def(
            "marks_png",
            [](const PictureDifference& difference, const Picture& under) {
                return toPng(markImage(difference, under));
            },
            "under"_a, "Pixels that show something else, over a dimmed picture.")
        .def(
            "depth_png",
            [](const PictureDifference& difference, const Picture& under, double full) {
                return toPng(heatImage(difference.depth, full, under));
            },
            "under"_a, "full"_a, "Differences in depth as a heat map; `full` stage units are white.");
    nb::class_<RenderScene>(m, "RenderScene", "A scene made ready for taking pictures.")
        .def(nb::init<ScenePtr, const std::vector<std::string>&, TimeCode, std::vector<std::string>,
                      const std::vector<MoveRow>&, bool, int>(),
             "scene"_a, "purposes"_a = std::vector<std::string>{"proxy"}, "time"_a = nb::none(),
             "roots"_a = std::vector<std::string>{}, "moves"_a = std::vector<MoveRow>{}, "textures"_a = true,
             "threads"_a = 0,
             "`purposes` are drawn beside `default`. `moves` names prims by where they are in another scene.")
        .def("facts", &RenderScene::facts, "What is drawn, counted, and what could not be, as JSON.")
        .def("views", &RenderScene::views, "aspect"_a, "closeups"_a = std::vector<std::string>{}, "ring"_a = 4,
             "cameras"_a = 4,
             "Views that show the scene, as JSON: through up to `cameras` of its cameras, else `ring` of them around "
             "it, and "
             "close-ups of the prims of these names.")
        .def("camera", &RenderScene::camera, "path"_a, "aspect"_a = nb::none(), "The camera at a path, as JSON.")
        .def("take", &RenderScene::take, "camera"_a, "width"_a, "height"_a, "lights"_a = "default", "smooth"_a = true,
             "wireframe"_a = false,
             "Takes a picture. `lights`: `default`, or `stage` for the stage's own where it has any.")
        .def("id_png", &RenderScene::idPng, "picture"_a, "materials"_a = false,
             "One colour for each prim (or material), by its name, as PNG.");
    m.def("compare_pictures", &compare, "scene_a"_a, "a"_a, "scene_b"_a, "b"_a, "camera"_a,
          "Compares what two pictures through one camera show, by the names of prims and materials.");
    m.def(
        "surface_drift", &drift, "scene_a"_a, "a"_a, "scene_b"_a, "camera"_a, "names"_a,
        "Float32 of each pixel: how far the surface that it shows lies from that of the same name in the other scene, "
        "in stage units, for prims of these names.");
    m.def(
        "heat_png",
        [](nb::bytes values, const Picture& under, double full) {
            const auto* const first = reinterpret_cast<const float*>(values.c_str());
            std::vector<float> heat(first, first + values.size() / sizeof(float));
            if (heat.size() != under.prim.size()) throw nb::value_error("One float32 for each pixel is expected.");
            return toPng(heatImage(heat, full, under));
        },
        "values"_a, "under"_a, "full"_a, "Float32 values of each pixel as a heat map over a dimmed picture.");
}

}  // namespace usdtune::bindings
