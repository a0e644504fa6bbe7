// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/shade.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace usdtune {

namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr float kUnseenSide = 0.35f;

Vec3d unit(const Vec3d& v, const Vec3d& fallback) {
    const double size = length(v);
    return size > 0 && std::isfinite(size) ? v * (1 / size) : fallback;
}

Vec3f times(const Vec3f& a, const Vec3f& b) { return {{a[0] * b[0], a[1] * b[1], a[2] * b[2]}}; }
Vec3f mix(const Vec3f& a, const Vec3f& b, float t) { return a * (1 - t) + b * t; }

/// Primvars of one place on one shape.
class PlaceOnShape {
public:
    PlaceOnShape(const DrawList& list, const SurfaceHit& hit)
        : list_(list), item_(list.items[hit.item]), shape_(list.shapes[item_.shape]), hit_(hit) {}

    int operator()(TokenId name, float* out) const {
        const RenderPrimvar* const found = find(name);
        if (found == nullptr || found->values.empty()) return 0;
        return interpolate(*found, out);
    }

    const RenderPrimvar* find(TokenId name) const {
        for (const RenderPrimvar& primvar : shape_.isStrands ? shape_.strands.primvars : shape_.surface.primvars)
            if (primvar.name == name) return &primvar;
        for (const RenderPrimvar& primvar : list_.constants[item_.constants])
            if (primvar.name == name) return &primvar;
        return nullptr;
    }

    uint32_t face() const {
        const auto& faces = shape_.isStrands ? shape_.strands.segmentPrims : shape_.surface.faces;
        return hit_.element < faces.size() ? faces[hit_.element] : 0;
    }

    int interpolate(const RenderPrimvar& primvar, float* out) const {
        switch (primvar.rate) {
            case PrimvarRate::Constant:
                return copy(primvar, 0, out);
            case PrimvarRate::Face:
                return copy(primvar, face(), out);
            case PrimvarRate::Point:
                return shape_.isStrands ? alongStrand(primvar, out) : onTriangle(primvar, out, true);
            case PrimvarRate::Corner:
                return onTriangle(primvar, out, false);
        }
        return 0;
    }

    /// Values at the three corners of the triangle; null where there are none.
    std::array<const float*, 3> cornerValues(const RenderPrimvar& primvar) const {
        std::array<const float*, 3> at{};
        for (size_t k = 0; k < 3; ++k) {
            uint32_t place = shape_.surface.triangles[hit_.element][k];
            if (primvar.rate == PrimvarRate::Corner)
                place = shape_.surface.corners.empty() ? static_cast<uint32_t>(3 * hit_.element + k)
                                                       : shape_.surface.corners[hit_.element][k];
            at[k] = valueAt(primvar, place);
        }
        return at;
    }

private:
    const float* valueAt(const RenderPrimvar& primvar, size_t place) const {
        if (!primvar.indices.empty()) {
            if (place >= primvar.indices.size()) return nullptr;
            place = static_cast<size_t>(primvar.indices[place]);
        }
        return (place + 1) * primvar.width <= primvar.values.size() ? primvar.values.data() + place * primvar.width
                                                                    : nullptr;
    }

    int copy(const RenderPrimvar& primvar, size_t place, float* out) const {
        const float* const value = valueAt(primvar, place);
        if (value == nullptr) return 0;
        std::copy(value, value + primvar.width, out);
        return primvar.width;
    }

    int onTriangle(const RenderPrimvar& primvar, float* out, bool) const {
        const auto at = cornerValues(primvar);
        if (at[0] == nullptr || at[1] == nullptr || at[2] == nullptr) return 0;
        const double w0 = 1 - hit_.u - hit_.v;
        for (size_t i = 0; i < primvar.width; ++i)
            out[i] = static_cast<float>(w0 * static_cast<double>(at[0][i]) + hit_.u * static_cast<double>(at[1][i]) +
                                        hit_.v * static_cast<double>(at[2][i]));
        return primvar.width;
    }

    int alongStrand(const RenderPrimvar& primvar, float* out) const {
        const auto& segments = shape_.strands.segments;
        if (segments.empty()) return copy(primvar, hit_.element, out);
        const float* const a = valueAt(primvar, segments[hit_.element]);
        const float* const b = valueAt(primvar, segments[hit_.element] + 1);
        if (a == nullptr || b == nullptr) return 0;
        const auto t = static_cast<float>(hit_.u);
        for (size_t i = 0; i < primvar.width; ++i) out[i] = a[i] * (1 - t) + b[i] * t;
        return primvar.width;
    }

    const DrawList& list_;
    const DrawnItem& item_;
    const DrawnShape& shape_;
    const SurfaceHit& hit_;
};

/// A normal goes through the inverse transpose, which is the matrix of cofactors but for a positive factor.
Vec3d turnNormal(const Matrix4d& world, const Vec3d& n) {
    const auto& m = world.m;
    Vec3d out;
    for (size_t r = 0; r < 3; ++r) {
        const size_t r1 = (r + 1) % 3, r2 = (r + 2) % 3;
        for (size_t c = 0; c < 3; ++c) {
            const size_t c1 = (c + 1) % 3, c2 = (c + 2) % 3;
            out[c] += n[r] * (m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]);
        }
    }
    return world.determinant3() < 0 ? -out : out;
}

Vec3d shadingNormal(const DrawnItem& item, const DrawnShape& shape, const SurfaceHit& hit, const PlaceOnShape& place) {
    if (shape.isStrands || shape.surface.normals.values.empty()) return hit.front;
    float n[4] = {};
    if (place.interpolate(shape.surface.normals, n) != 3) return hit.front;
    return unit(turnNormal(item.world, {{n[0], n[1], n[2]}}), hit.front);
}

/// What one unit of texture coordinates is on this triangle: two directions in the world, and how many units a length
/// in the world is.
struct TextureFrame {
    Vec3d tangent{{0, 0, 0}}, bitangent{{0, 0, 0}};
    double unitsPerLength = 0;
};

TextureFrame textureFrame(const DrawnItem& item, const DrawnShape& shape, const SurfaceHit& hit,
                          const PlaceOnShape& place, TokenId name) {
    TextureFrame frame;
    if (shape.isStrands || !name.valid()) return frame;
    const RenderPrimvar* const st = place.find(name);
    if (st == nullptr || st->width < 2 || st->rate == PrimvarRate::Constant || st->rate == PrimvarRate::Face)
        return frame;
    const auto at = place.cornerValues(*st);
    if (at[0] == nullptr || at[1] == nullptr || at[2] == nullptr) return frame;
    const auto& triangle = shape.surface.triangles[hit.element];
    const auto world = [&](size_t k) { return item.world.transformPoint(toDouble(shape.surface.points[triangle[k]])); };
    const Vec3d a = world(0), ab = world(1) - a, ac = world(2) - a;
    const double u1 = at[1][0] - at[0][0], v1 = at[1][1] - at[0][1], u2 = at[2][0] - at[0][0], v2 = at[2][1] - at[0][1];
    const double area = u1 * v2 - u2 * v1, worldArea = length(cross(ab, ac));
    if (area == 0 || !std::isfinite(area) || !(worldArea > 0)) return frame;
    frame.tangent = (ab * v2 - ac * v1) * (1 / area);
    frame.bitangent = (ac * u1 - ab * u2) * (1 / area);
    frame.unitsPerLength = std::sqrt(std::abs(area) / worldArea);
    return frame;
}

Vec3d bent(const Vec3d& normal, const TextureFrame& frame, const Vec3f& map) {
    const Vec3d along = frame.tangent - normal * dot(frame.tangent, normal);
    if (!(length(along) > 0)) return normal;
    const Vec3d t = unit(along, along);
    Vec3d b = cross(normal, t);
    if (dot(b, frame.bitangent) < 0) b = -b;
    const Vec3d n =
        t * static_cast<double>(map[0]) + b * static_cast<double>(map[1]) + normal * static_cast<double>(map[2]);
    return unit(n, normal);
}

float schlick(float cosine) {
    const float m = std::clamp(1 - cosine, 0.0f, 1.0f);
    return m * m * m * m * m;
}

/// Reflectance straight on, and the share of light that is left for the diffuse part.
struct Reflectance {
    Vec3f straight, diffuse;
};

Reflectance reflectanceOf(const SurfaceLook& look) {
    if (look.usesSpecular) {
        const float most = std::max({look.specularColor[0], look.specularColor[1], look.specularColor[2]});
        return {look.specularColor, look.baseColor * (1 - std::clamp(most, 0.0f, 1.0f))};
    }
    const float ratio = (1 - look.ior) / (1 + look.ior), f0 = ratio * ratio;
    return {mix({{f0, f0, f0}}, look.baseColor, look.metallic), look.baseColor * (1 - look.metallic)};
}

Vec3f environment(const LightRig& rig, const Vec3d& direction) {
    return mix(rig.below, rig.above, static_cast<float>(0.5 + 0.5 * dot(direction, rig.up)));
}

/// GGX with Smith's masking in Schlick's form, for one lobe.
float ggx(float nl, float nv, float nh, float roughness) {
    const float alpha = std::max(roughness * roughness, 1e-3f), a2 = alpha * alpha;
    const float d = nh * nh * (a2 - 1) + 1, k = alpha / 2;
    const float spread = a2 / (kPi * d * d);
    return spread / (4 * (nl * (1 - k) + k) * (nv * (1 - k) + k));
}

}  // namespace

ShadedSurface shadedSurface(const DrawList& list, const SurfaceHit& hit, const CameraRay& ray, double pixelSize) {
    const DrawnItem& item = list.items[hit.item];
    const DrawnShape& shape = list.shapes[item.shape];
    const PlaceOnShape place(list, hit);
    ShadedSurface out;
    out.face = place.face();
    const size_t subset = shape.subsetOfFace.empty() ? 0 : shape.subsetOfFace[out.face];
    out.material = list.looks[item.looks + subset];
    out.normal = shadingNormal(item, shape, hit, place);

    const bool away = dot(hit.front, ray.direction) > 0;
    out.fromBehind = away && !shape.isStrands && !shape.surface.doubleSided;
    if (away) out.normal = -out.normal;

    if (out.material == DrawList::kNoMaterial || !list.materials[out.material]->hasSurface()) {
        float color[4], opacity[4];
        if (place(list.displayColor, color) >= 3) out.look.baseColor = {{color[0], color[1], color[2]}};
        if (place(list.displayOpacity, opacity) >= 1) out.look.opacity = opacity[0];
        out.look.roughness = 0.7f;
        return out;
    }
    const PreviewMaterial& material = *list.materials[out.material];
    const TextureFrame frame = textureFrame(item, shape, hit, place, material.textureCoordinates());
    out.look = material.evaluate(place, static_cast<float>(pixelSize * frame.unitsPerLength));
    if (out.look.hasNormalMap && frame.unitsPerLength > 0) out.normal = bent(out.normal, frame, out.look.normal);
    out.cutOut = out.look.opacityThreshold > 0 && out.look.opacity < out.look.opacityThreshold;
    if (out.look.opacityThreshold > 0) out.look.opacity = 1;
    return out;
}

Vec3f litBy(const LightRig& rig, const ShadedSurface& surface, const Vec3d& place, const CameraRay& ray,
            const RayScene& scene) {
    const SurfaceLook& look = surface.look;
    const Vec3d toViewer = -ray.direction;
    const auto nv = static_cast<float>(std::clamp(dot(surface.normal, toViewer), 1e-3, 1.0));
    const Reflectance reflectance = reflectanceOf(look);

    const Vec3d mirrored = surface.normal * (2 * dot(surface.normal, toViewer)) - toViewer;
    const float r0 = 1 - look.roughness, r1 = -0.0275f * look.roughness + 0.0425f;
    const float a004 = std::min(r0 * r0, std::exp2(-9.28f * nv)) * r0 + r1;
    const float scale = -1.04f * a004 + (-0.572f * look.roughness + 1.04f),
                bias = 1.04f * a004 + 0.022f * look.roughness - 0.04f;
    Vec3f out = times(reflectance.diffuse, environment(rig, surface.normal)) * look.occlusion;
    out = out +
          times(reflectance.straight * scale + Vec3f{{bias, bias, bias}}, environment(rig, mirrored)) * look.occlusion;

    for (const Light& light : rig.lights) {
        const LightSample sample = sampleLight(light, place);
        const auto nl = static_cast<float>(dot(surface.normal, sample.toLight));
        if (!(nl > 0) || !(sample.irradiance[0] + sample.irradiance[1] + sample.irradiance[2] > 0)) continue;
        if (light.shadows) {
            const double step = 4 * scene.grain(0);
            CameraRay shadow{place + surface.normal * step, sample.toLight, step, sample.distance - step};
            if (scene.blocked(shadow)) continue;
        }
        const Vec3d half = unit(sample.toLight + toViewer, surface.normal);
        const auto nh = static_cast<float>(std::max(0.0, dot(surface.normal, half)));
        const float fresnel = schlick(static_cast<float>(dot(half, toViewer)));
        const Vec3f specular = mix(reflectance.straight, {{1, 1, 1}}, fresnel) * ggx(nl, nv, nh, look.roughness);
        Vec3f sum = reflectance.diffuse * (1 / kPi) + specular;
        if (look.clearcoat > 0) {
            const float coat = look.clearcoat * (0.04f + 0.96f * fresnel) * ggx(nl, nv, nh, look.clearcoatRoughness);
            sum = sum + Vec3f{{coat, coat, coat}};
        }
        out = out + times(sum, sample.irradiance) * nl;
    }
    return out * (surface.fromBehind ? kUnseenSide : 1.0f) + look.emissive;
}

}  // namespace usdtune
