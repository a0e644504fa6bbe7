// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "core/scene/scene_fixture.h"
#include "shapes/shape.h"
#include "usdtune/render/tessellation.h"

/// What holds for every tessellation, and the measures that tests ask for.
namespace usdtune::test {

/// A polygon mesh of the zoo.
inline PrimFixture& meshOf(SceneFixture& f, const std::string& path, const shapes::Shape& shape,
                           std::string_view scheme = "none") {
    return f.prim(path, "Mesh")
        .attribute("subdivisionScheme", "token", {scheme})
        .attribute("orientation", "token", {shape.leftHanded ? "leftHanded" : "rightHanded"})
        .array("points", "point3f[]", shape.points)
        .array("faceVertexCounts", "int[]", shape.counts)
        .array("faceVertexIndices", "int[]", shape.indices);
}

inline Vec3d corner(const Tessellation& t, size_t triangle, size_t k) {
    return toDouble(t.points[t.triangles[triangle][k]]);
}

/// Twice the area times the unit normal, by the right-hand rule.
inline Vec3d facing(const Tessellation& t, size_t triangle) {
    const Vec3d a = corner(t, triangle, 0);
    return cross(corner(t, triangle, 1) - a, corner(t, triangle, 2) - a);
}

inline double areaOf(const Tessellation& t) {
    double sum = 0;
    for (size_t i = 0; i < t.triangles.size(); ++i) sum += length(facing(t, i)) / 2;
    return sum;
}

inline double volumeOf(const Tessellation& t) {
    double sum = 0;
    for (size_t i = 0; i < t.triangles.size(); ++i) sum += dot(corner(t, i, 0), facing(t, i)) / 6;
    return sum;
}

/// Where the value of a primvar for one corner of a triangle lies in its values; the index is checked on the way.
inline size_t placeOf(const Tessellation& t, const RenderPrimvar& primvar, size_t triangle, size_t k) {
    size_t place = 0;
    if (primvar.rate == PrimvarRate::Face) place = t.faces.empty() ? 0 : t.faces[triangle];
    if (primvar.rate == PrimvarRate::Point) place = t.triangles[triangle][k];
    if (primvar.rate == PrimvarRate::Corner) place = t.corners.empty() ? 3 * triangle + k : t.corners[triangle][k];
    if (!primvar.indices.empty()) {
        EXPECT_LT(place, primvar.indices.size());
        place = static_cast<size_t>(primvar.indices[place]);
    }
    EXPECT_LT(place * primvar.width, primvar.values.size());
    return place;
}

inline Vec3d normalAt(const Tessellation& t, size_t triangle, size_t k) {
    const size_t place = placeOf(t, t.normals, triangle, k);
    const float* const n = t.normals.values.data() + 3 * place;
    return {{n[0], n[1], n[2]}};
}

/// Every index is in range, and one entry per triangle stands in what is not empty.
inline void expectSound(const Tessellation& t, const std::string& what) {
    for (const auto& triangle : t.triangles)
        for (const uint32_t point : triangle) {
            ASSERT_LT(point, t.points.size()) << what;
            ASSERT_TRUE(isFinite(t.points[point])) << what;
        }
    EXPECT_TRUE(t.faces.empty() || t.faces.size() == t.triangles.size()) << what;
    EXPECT_TRUE(t.corners.empty() || t.corners.size() == t.triangles.size()) << what;
    for (size_t i = 0; i < t.triangles.size(); ++i)
        for (size_t k = 0; k < 3; ++k) {
            if (!t.normals.values.empty()) placeOf(t, t.normals, i, k);
            for (const RenderPrimvar& primvar : t.primvars) placeOf(t, primvar, i, k);
        }
}

}  // namespace usdtune::test
