// SPDX-License-Identifier: Apache-2.0
#include "usdtune/mesh/normals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "shapes/all.h"
#include "usdtune/mesh/extent.h"
#include "usdtune/mesh/orient.h"

namespace usdtune {
namespace {

Normals normalsOf(const shapes::Shape& shape, NormalOptions options = {}) {
    options.leftHanded = shape.leftHanded;
    return generateNormals(shape.points, shape.topology(), options);
}

void expectNear(const Vec3f& a, const Vec3f& b) { EXPECT_LT(length(toDouble(a) - toDouble(b)), 1e-6); }

TEST(Normals, cubeFacesPointOutwardEitherHanded) {
    for (const shapes::Shape& shape : {shapes::cube(), shapes::leftHandedCube()}) {
        const Normals normals = normalsOf(shape, {.binding = NormalBinding::faces});
        ASSERT_EQ(normals.values.size(), 6u);
        EXPECT_GT(windingAgreement(shape.points, shape.topology(), normals.values, MeshElement::face, shape.leftHanded),
                  5.9);
        expectNear(normals.values[0], {{0, 0, -1}});
    }
}

TEST(Normals, cubeCornersAreSharpAtSixtyDegreesAndSmoothAtNinety) {
    const shapes::Shape cube = shapes::cube();
    expectNear(normalsOf(cube, {.binding = NormalBinding::corners}).values[0], {{0, 0, -1}});
    const float diagonal = -1 / std::sqrt(3.0f);
    expectNear(normalsOf(cube, {.binding = NormalBinding::corners, .sharpnessDegrees = 90}).values[0],
               {{diagonal, diagonal, diagonal}});
    expectNear(normalsOf(cube, {.binding = NormalBinding::corners, .sharpnessDegrees = -90}).values[0],
               {{diagonal, diagonal, diagonal}});
    expectNear(normalsOf(cube, {.binding = NormalBinding::points}).values[0], {{diagonal, diagonal, diagonal}});
}

TEST(Normals, automaticTakesTheCheapestBindingThatKeepsSharpEdges) {
    EXPECT_EQ(normalsOf(shapes::cube()).binding, NormalBinding::faces);
    EXPECT_EQ(normalsOf(shapes::cube(), {.sharpnessDegrees = 90}).binding, NormalBinding::points);
    EXPECT_EQ(normalsOf(shapes::grid()).binding, NormalBinding::faces) << "30 faces are fewer than 42 points";
    EXPECT_EQ(normalsOf(shapes::seamCube()).binding, NormalBinding::faces);
    EXPECT_EQ(normalsOf(shapes::wedge(), {.sharpnessDegrees = 75}).binding, NormalBinding::corners);
}

TEST(Normals, angleWeightsDoNotDependOnTheDiagonal) {
    // A corner of a box: one of its three sides is cut into two triangles at the corner.
    const std::vector<Vec3f> points{{{0, 0, 0}}, {{1, 0, 0}}, {{0, 1, 0}}, {{0, 0, 1}},
                                    {{1, 1, 0}}, {{1, 0, 1}}, {{0, 1, 1}}};
    const std::vector<int> counts{3, 3, 4, 4}, indices{0, 2, 4, 0, 4, 1, 0, 1, 5, 3, 0, 3, 6, 2};
    const auto normals = generateNormals(points, {counts, indices, 7}, {.binding = NormalBinding::points});
    const float diagonal = -1 / std::sqrt(3.0f);
    expectNear(normals.values[0], {{diagonal, diagonal, diagonal}});
}

TEST(Normals, flippedNeighborDoesNotCancelCornerNormals) {
    const shapes::Shape shape = shapes::flippedStrip();
    const Normals normals = normalsOf(shape, {.binding = NormalBinding::corners});
    for (size_t c = 0; c < normals.values.size(); ++c)
        expectNear(normals.values[c], {{0, 0, c / 4 == 2 ? -1.0f : 1.0f}});
}

TEST(Normals, repairKeepsGoodOnesBitByBit) {
    const shapes::Shape cube = shapes::cube();
    std::vector<Vec3f> normals = normalsOf(cube, {.binding = NormalBinding::faces}).values;
    normals[1] = {{0.00001f, 0, 1}};
    normals[2] = {{0, 0, 0}};
    normals[3] = {{std::numeric_limits<float>::quiet_NaN(), 0, 0}};
    normals[4] = {{1, 0, 0}};  // unit, but inward
    EXPECT_EQ(repairNormals(normals, cube.points, cube.topology(), {.binding = NormalBinding::faces}), 3u);
    EXPECT_EQ(normals[1], (Vec3f{{0.00001f, 0, 1}}));
    expectNear(normals[4], {{-1, 0, 0}});
    EXPECT_EQ(countNonUnit(normals), 0u);
}

TEST(NormalsLaws, everyNormalOfEveryShapeIsUnit) {
    for (const shapes::Shape& shape : shapes::allValid())
        for (const NormalBinding binding :
             {NormalBinding::corners, NormalBinding::faces, NormalBinding::points, NormalBinding::automatic})
            for (const NormalWeight weight : {NormalWeight::angle, NormalWeight::area}) {
                const Normals normals = normalsOf(shape, {.binding = binding, .weight = weight});
                EXPECT_EQ(countNonUnit(normals.values, 1e-6), 0u) << shape.name;
                EXPECT_EQ(normals.values.size(), identityRemap(shape.topology()).oldCount(elementOf(normals.binding)))
                    << shape.name;
            }
}

TEST(Extent, isTightAndPassesOverPointsThatAreNotFinite) {
    const shapes::Shape shape = shapes::nanPoint();
    const Extent extent = computeExtent(shape.points).value();
    EXPECT_EQ(extent[0], (Vec3f{{0, 0, 0}}));
    EXPECT_EQ(extent[1], (Vec3f{{1, 1, 0}}));
    EXPECT_FALSE(computeExtent(shapes::empty().points));
    EXPECT_TRUE(extentMatches(extent, shape.points));
    EXPECT_FALSE(extentMatches({Vec3f{{0, 0, 0}}, Vec3f{{1, 1, 0.1f}}}, shape.points, 0.05));
}

TEST(Extent, widthsGrowTheBoxOutward) {
    const std::vector<Vec3f> points{{{0, 0, 0}}, {{5000000, 0, 0}}};
    const Extent extent = computeExtent(points, std::vector<float>{0.2f}).value();
    EXPECT_LE(extent[0][0], -0.1f);
    EXPECT_EQ(extent[1][0], 5000000.5f) << "0.1 rounds outward to the next float there";
    EXPECT_FALSE(computeExtent(points, std::vector<float>{1, 2, 3}));
    EXPECT_EQ(computeExtent(points, std::vector<float>{-1, std::numeric_limits<float>::quiet_NaN()}),
              computeExtent(points));
}

TEST(Extent, transformedBoundsAreTighterThanATransformedBox) {
    const std::vector<Vec3f> diagonal{{{-1, -1, 0}}, {{1, 1, 0}}};
    const double s = std::sqrt(0.5);
    Matrix4d turn;
    turn[0] = {s, -s, 0, 0};
    turn[1] = {s, s, 0, 0};
    const Bounds bounds = transformedBounds(diagonal, turn);
    EXPECT_NEAR(bounds.max[0], std::sqrt(2.0), 1e-12);
    EXPECT_NEAR(bounds.max[1], 0, 1e-12);
}

}  // namespace
}  // namespace usdtune
