// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/lights.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "usdtune/scene/occurrences.h"

namespace usdtune {

namespace {

constexpr double kPi = std::numbers::pi;
constexpr std::array<std::string_view, 7> kLightTypes{"DistantLight", "DomeLight", "DomeLight_1",  "SphereLight",
                                                      "RectLight",    "DiskLight", "CylinderLight"};

Vec3d unit(const Vec3d& v) {
    const double size = length(v);
    return size > 0 ? v * (1 / size) : Vec3d{{0, 0, 1}};
}

/// Reads inputs of one light; names from before `inputs:` came into use still count.
class LightReader {
public:
    LightReader(const Scene& scene, PrimId prim, TimeCode time) : scene_(scene), prim_(prim), time_(time) {}

    OwnedValue value(std::string_view name) const {
        OwnedValue now = valueAt(scene_, prim_, "inputs:" + std::string(name), time_);
        return now.value.empty() ? valueAt(scene_, prim_, name, time_) : now;
    }
    double real(std::string_view name, double fallback) const {
        double out = fallback;
        readReals(value(name).value, std::span(&out, 1));
        return std::isfinite(out) ? out : fallback;
    }
    bool flag(std::string_view name, bool fallback = false) const {
        const OwnedValue held = value(name);
        const auto bits = held.value.as<uint8_t>(Element::Bool, 1);
        return bits.size() == 1 ? bits[0] != 0 : fallback;
    }
    Vec3f color() const {
        std::array<double, 3> rgb{1, 1, 1};
        readReals(value("color").value, rgb);
        const double strength = real("intensity", 1) * std::exp2(real("exposure", 0)) * real("diffuse", 1);
        Vec3f out;
        const Vec3f warmth =
            flag("enableColorTemperature") ? blackbody(real("colorTemperature", 6500)) : Vec3f{{1, 1, 1}};
        for (size_t i = 0; i < 3; ++i) out[i] = static_cast<float>(rgb[i] * strength) * warmth[i];
        return out;
    }

private:
    /// Linear Rec. 709 colour of a black body with luminance 1, by the cubic fit of the Planckian locus of Kang et al.,
    /// Design of Advanced Color Temperature Control System for HDTV Applications (2002), which holds from 1,667 K.
    static Vec3f blackbody(double kelvin) {
        const double t = std::clamp(kelvin, 1667.0, 25000.0);
        const double x = t < 4000 ? -0.2661239e9 / (t * t * t) - 0.2343589e6 / (t * t) + 0.8776956e3 / t + 0.179910
                                  : -3.0258469e9 / (t * t * t) + 2.1070379e6 / (t * t) + 0.2226347e3 / t + 0.240390;
        const auto cubic = [x](double a, double b, double c, double d) { return ((a * x + b) * x + c) * x + d; };
        const double y = t < 2222   ? cubic(-1.1063814, -1.34811020, 2.18555832, -0.20219683)
                         : t < 4000 ? cubic(-0.9549476, -1.37418593, 2.09137015, -0.16748867)
                                    : cubic(3.0817580, -5.87338670, 3.75112997, -0.37001483);
        const double X = x / y, Z = (1 - x - y) / y;
        return {{static_cast<float>(std::max(0.0, 3.2404542 * X - 1.5371385 - 0.4985314 * Z)),
                 static_cast<float>(std::max(0.0, -0.9692660 * X + 1.8760108 + 0.0415560 * Z)),
                 static_cast<float>(std::max(0.0, 0.0556434 * X - 0.2040259 + 1.0572252 * Z))}};
    }

    const Scene& scene_;
    PrimId prim_;
    TimeCode time_;
};

/// The mean length that the transform gives to a unit.
double scaleOf(const Matrix4d& world) { return std::cbrt(std::abs(world.determinant3())); }

void addLight(const Scene& scene, const Occurrence& at, std::string_view type, TimeCode time, LightRig& rig) {
    const LightReader read(scene, at.prim, time);
    const Vec3f color = read.color();
    if (type == "DomeLight" || type == "DomeLight_1") {
        rig.above = rig.above + color;
        rig.below = rig.below + color;
        return;
    }
    Light light;
    light.position = at.world.transformPoint({{0, 0, 0}});
    light.toward = unit(at.world.transformVector({{0, 0, -1}}));
    light.shadows = read.flag("shadow:enable", true);
    if (!read.value("shaping:cone:angle").value.empty())
        light.coneCosine = std::cos(std::clamp(read.real("shaping:cone:angle", 90), 0.0, 180.0) * kPi / 180);
    const double scale = scaleOf(at.world), radius = read.real("radius", 0.5) * scale;
    double facing = 0, surface = 0;  // area seen from straight on, and all of it
    if (type == "DistantLight") {
        light.strength = color;
        rig.lights.push_back(light);
        return;
    }
    if (type == "RectLight") {
        light.kind = LightKind::Rect;
        facing = surface = read.real("width", 1) * read.real("height", 1) * scale * scale;
    } else if (type == "DiskLight") {
        light.kind = LightKind::Rect;
        facing = surface = kPi * radius * radius;
    } else if (type == "SphereLight") {
        light.kind = LightKind::Sphere;
        facing = kPi * radius * radius;
        surface = 4 * facing;
        if (read.flag("treatAsPoint")) facing = surface = 1;
    } else {
        light.kind = LightKind::Sphere;
        const double size = read.real("length", 1) * scale;
        facing = 2 * radius * size;
        surface = 2 * kPi * radius * size;
    }
    const double share = read.flag("normalize") && surface > 0 ? facing / surface : facing;
    light.strength = color * static_cast<float>(share);
    rig.lights.push_back(light);
}

}  // namespace

LightSample sampleLight(const Light& light, const Vec3d& place) {
    LightSample sample;
    if (light.kind == LightKind::Distant) {
        sample.toLight = -light.toward;
        sample.irradiance = light.strength;
        return sample;
    }
    const Vec3d way = light.position - place;
    sample.distance = length(way);
    if (!(sample.distance > 0)) return sample;
    sample.toLight = way * (1 / sample.distance);
    const double cosine = -dot(sample.toLight, light.toward);
    if (cosine < light.coneCosine) return sample;
    const double facing = light.kind == LightKind::Rect ? std::max(0.0, cosine) : 1;
    sample.irradiance = light.strength * static_cast<float>(facing / (sample.distance * sample.distance));
    return sample;
}

LightRig defaultLights(const Camera& camera, const Vec3d& worldUp) {
    LightRig rig;
    rig.up = worldUp;
    rig.above = {{0.50f, 0.51f, 0.53f}};
    rig.below = {{0.24f, 0.235f, 0.23f}};
    Light key;
    key.toward = unit(camera.forward - camera.up * 0.55 + camera.right * 0.45);
    key.strength = {{1.80f, 1.77f, 1.70f}};
    key.shadows = false;
    rig.lights.push_back(key);
    return rig;
}

LightRig stageLights(const Scene& scene, TimeCode time) {
    LightRig rig;
    rig.up = scene.stage().upAxis == 'Z' ? Vec3d{{0, 0, 1}} : Vec3d{{0, 1, 0}};
    walkOccurrences(
        scene,
        [&](const Occurrence& at) {
            const std::string_view type = scene.typeName(at.prim);
            if (at.visible && std::find(kLightTypes.begin(), kLightTypes.end(), type) != kLightTypes.end())
                addLight(scene, at, type, time, rig);
        },
        time);
    return rig;
}

}  // namespace usdtune
