// SPDX-License-Identifier: Apache-2.0
//
// Meanings and fallbacks of the attributes are those of OpenUSD's schemas: shapes are centred at the origin, a
// capsule's height is that of its straight part, a cone's tip points along the axis, a plane is doubleSided unless told
// otherwise. Their outside is the front whatever `orientation` says, as Hydra's meshes of them have it: it speaks about
// the order of authored corners, and there are none. Set aside: exact spheres and cylinders as Embree's user geometry,
// which would give every other part of the renderer a second kind of surface to know.
#include "usdtune/render/implicit_shape.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace usdtune {

namespace {

constexpr uint32_t kSegments = 64;
constexpr uint32_t kArcSteps = kSegments / 4;  ///< from the equator to a pole

constexpr auto kTypes = std::to_array<std::string_view>(
    {"Capsule", "Capsule_1", "Cone", "Cube", "Cylinder", "Cylinder_1", "Plane", "Sphere"});

/// A place on the outline that is turned about the axis: distance from it, place along it, and the normal likewise.
struct OutlinePoint {
    double radius, along, normalRadius, normalAlong;
};

/// Outlines run from the bottom to the top, each its own smooth piece.
using Outline = std::vector<OutlinePoint>;

class ShapeBuilder {
public:
    /// `axis` is the one that shapes stand along; the other two follow cyclically, so that nothing is mirrored.
    explicit ShapeBuilder(size_t axis) : axis_(axis) {}

    void turn(const Outline& outline) {
        const auto first = static_cast<uint32_t>(points.size());
        for (const OutlinePoint& at : outline)
            for (uint32_t s = 0; s < kSegments; ++s) {
                // The same angle to the bit for the same segment, so that pieces meet without a gap.
                const double angle = 2 * std::numbers::pi * s / kSegments;
                const double c = std::cos(angle), n = std::sin(angle);
                add({{at.radius * c, at.radius * n, at.along}},
                    {{at.normalRadius * c, at.normalRadius * n, at.normalAlong}});
            }
        for (uint32_t ring = 0; ring + 1 < outline.size(); ++ring)
            for (uint32_t s = 0; s < kSegments; ++s) {
                const uint32_t next = (s + 1) % kSegments;
                const uint32_t a = first + ring * kSegments + s, b = first + ring * kSegments + next;
                // At a pole one of the two triangles has no area.
                if (outline[ring].radius > 0) triangles.push_back({a, b, b + kSegments});
                if (outline[ring + 1].radius > 0) triangles.push_back({a, b + kSegments, a + kSegments});
            }
    }

    /// The disc that closes a body, looking along the axis or against it.
    void disc(double radius, double along, double side) {
        if (!(radius > 0)) return;
        if (side < 0)
            turn({{0, along, 0, -1}, {radius, along, 0, -1}});
        else
            turn({{radius, along, 0, 1}, {0, along, 0, 1}});
    }

    void quad(const std::array<Vec3d, 4>& corners, const Vec3d& normal) {
        const auto first = static_cast<uint32_t>(points.size());
        for (const Vec3d& corner : corners) add(corner, normal);
        triangles.push_back({first, first + 1, first + 2});
        triangles.push_back({first, first + 2, first + 3});
    }

    /// With what is made at first turning about z.
    void add(const Vec3d& place, const Vec3d& normal) {
        const auto turned = [&](const Vec3d& v) {
            Vec3d out;
            for (size_t k = 0; k < 3; ++k) out[(axis_ + 1 + k) % 3] = v[k];
            return toFloat(out);
        };
        points.push_back(turned(place));
        normals.push_back(turned(normal));
    }

    std::vector<Vec3f> points, normals;
    std::vector<std::array<uint32_t, 3>> triangles;

private:
    size_t axis_;
};

/// A quarter of a circle about (0, centre), from below to the equator or from the equator up.
void appendArc(Outline& outline, double radius, double centre, bool upper) {
    for (uint32_t step = 0; step <= kArcSteps; ++step) {
        const double angle = std::numbers::pi / 2 * (upper ? step : kArcSteps - step) / kArcSteps;
        const bool pole = step == (upper ? kArcSteps : 0);
        const double c = pole ? 0 : std::cos(angle), s = std::sin(angle) * (upper ? 1 : -1);
        outline.push_back({radius * c, centre + radius * s, c, s});
    }
}

void buildSide(ShapeBuilder& shape, double bottom, double top, double height) {
    const double size = std::hypot(height, bottom - top);
    if (!(size > 0)) return;
    const double nr = height / size, na = (bottom - top) / size;
    shape.turn({{bottom, -height / 2, nr, na}, {top, height / 2, nr, na}});
}

void buildFrustum(ShapeBuilder& shape, double bottom, double top, double height) {
    shape.disc(bottom, -height / 2, -1);
    buildSide(shape, bottom, top, height);
    shape.disc(top, height / 2, 1);
}

void buildCapsule(ShapeBuilder& shape, double bottom, double top, double height) {
    Outline lower, upper;
    appendArc(lower, bottom, -height / 2, false);
    appendArc(upper, top, height / 2, true);
    if (bottom == top) {
        // One smooth piece; a sphere has one equator.
        lower.insert(lower.end(), upper.begin() + (height > 0 ? 0 : 1), upper.end());
        return shape.turn(lower);
    }
    shape.turn(lower);
    buildSide(shape, bottom, top, height);
    shape.turn(upper);
}

void buildCube(ShapeBuilder& shape, double size) {
    const double h = size / 2;
    for (size_t axis = 0; axis < 3; ++axis)
        for (const double side : {-1.0, 1.0}) {
            const size_t u = (axis + 1) % 3, v = (axis + 2) % 3;
            std::array<Vec3d, 4> corners;
            for (size_t k = 0; k < 4; ++k) {
                corners[k][axis] = side * h;
                corners[k][u] = (k == 1 || k == 2) ? h * side : -h * side;
                corners[k][v] = k >= 2 ? h : -h;
            }
            Vec3d normal;
            normal[axis] = side;
            shape.quad(corners, normal);
        }
}

/// `width` lies along x, or along z where the plane faces x; `length` along y, or along z where it faces y.
void buildPlane(ShapeBuilder& shape, size_t axis, double width, double length) {
    // In the frame of the builder, whose first two directions follow the axis cyclically: y, z for x; z, x for y.
    const bool swapped = axis != 2;
    const double u = (swapped ? length : width) / 2, v = (swapped ? width : length) / 2;
    shape.quad({{{{-u, -v, 0}}, {{u, -v, 0}}, {{u, v, 0}}, {{-u, v, 0}}}}, {{0, 0, 1}});
}

/// Reads the numbers of a shape; the first that makes no sense is told.
class Sizes {
public:
    Sizes(const Scene& scene, PrimId prim, TimeCode time) : scene_(scene), prim_(prim), time_(time) {}

    double operator()(std::string_view name, double fallback) {
        const double number = numberAt(scene_, prim_, name, fallback, time_);
        if (std::isfinite(number) && number >= 0) return number;
        if (problem.empty())
            problem = std::string(scene_.path(prim_)) + ": " + std::string(name) + " is " + std::to_string(number) +
                      ", but a shape's measures are finite and not negative";
        return 0;
    }

    std::string problem;

private:
    const Scene& scene_;
    PrimId prim_;
    TimeCode time_;
};

void build(ShapeBuilder& shape, std::string_view type, size_t axis, Sizes& sizes) {
    if (type == "Sphere") {
        buildCapsule(shape, 1, 1, 0);
        const double radius = sizes("radius", 1);
        for (Vec3f& p : shape.points) p = toFloat(toDouble(p) * radius);
    } else if (type == "Cube") {
        buildCube(shape, sizes("size", 2));
    } else if (type == "Cylinder") {
        const double radius = sizes("radius", 1);
        buildFrustum(shape, radius, radius, sizes("height", 2));
    } else if (type == "Cylinder_1") {
        const double bottom = sizes("radiusBottom", 1), top = sizes("radiusTop", 1);
        buildFrustum(shape, bottom, top, sizes("height", 2));
    } else if (type == "Cone") {
        const double radius = sizes("radius", 1);
        buildFrustum(shape, radius, 0, sizes("height", 2));
    } else if (type == "Capsule") {
        const double radius = sizes("radius", 0.5);
        buildCapsule(shape, radius, radius, sizes("height", 1));
    } else if (type == "Capsule_1") {
        const double bottom = sizes("radiusBottom", 0.5), top = sizes("radiusTop", 0.5);
        buildCapsule(shape, bottom, top, sizes("height", 1));
    } else if (type == "Plane") {
        const double width = sizes("width", 2);
        buildPlane(shape, axis, width, sizes("length", 2));
    }
}

}  // namespace

bool isImplicitShape(std::string_view typeName) { return std::binary_search(kTypes.begin(), kTypes.end(), typeName); }

Tessellation tessellateImplicitShape(const Scene& scene, PrimId prim, std::span<const TokenId> primvars,
                                     TimeCode time) {
    const std::string_view type = scene.typeName(prim);
    const bool hasAxis = type != "Sphere" && type != "Cube";
    const std::string_view axisName = hasAxis ? tokenAt(scene, prim, "axis", "Z", time) : "Z";
    const size_t axis = axisName == "X" ? 0 : axisName == "Y" ? 1 : 2;
    ShapeBuilder shape(axis);
    Sizes sizes(scene, prim, time);
    build(shape, type, axis, sizes);

    Tessellation out;
    out.problem = std::move(sizes.problem);
    out.doubleSided = flagAt(scene, prim, "doubleSided", type == "Plane", time);
    const bool allFinite =
        std::all_of(shape.points.begin(), shape.points.end(), [](const Vec3f& p) { return isFinite(p); });
    if (!out.problem.empty() || !allFinite) return out;

    struct Owned {
        std::vector<Vec3f> points, normals;
    };
    auto owner = std::make_shared<const Owned>(Owned{std::move(shape.points), std::move(shape.normals)});
    out.points = owner->points;
    out.triangles = std::move(shape.triangles);
    out.normals.rate = PrimvarRate::Point;
    out.normals.width = 3;
    if (!owner->normals.empty()) out.normals.values = {owner->normals.front().v.data(), 3 * owner->normals.size()};
    out.keepers.push_back(owner);
    const std::vector<Primvar> own = primvars.empty() ? std::vector<Primvar>() : primvarsOf(scene, prim);
    for (const TokenId name : primvars)
        for (const Primvar& primvar : own) {
            if (primvar.name != name) continue;
            const auto read = renderPrimvar(scene, primvar, PrimvarRate::Constant, time, out.keepers);
            if (read && (primvar.interpolation == Interpolation::Constant || placeCount(*read) == 1))
                out.primvars.push_back(*read);
        }
    return out;
}

}  // namespace usdtune
