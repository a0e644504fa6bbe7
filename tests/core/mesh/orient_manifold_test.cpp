// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "shapes/all.h"
#include "usdtune/mesh/area.h"
#include "usdtune/mesh/manifold.h"
#include "usdtune/mesh/orient.h"

namespace usdtune {
namespace {

using ::testing::ElementsAre;

TEST(Orient, minorityOfAStripIsFlippedAndKeepsItsFirstCorner) {
    const shapes::Shape shape = shapes::flippedStrip();
    const Coorientation out = coorientFaces(shape.topology());
    EXPECT_EQ(out.flippedFaceCount, 1u);
    EXPECT_EQ(std::vector<uint32_t>(out.remap.cornerSource.begin() + 8, out.remap.cornerSource.begin() + 12),
              (std::vector<uint32_t>{8, 11, 10, 9}));
    EXPECT_EQ(measureManifoldness(out.remap.topology()).inconsistentEdgeCount, 0u);
}

TEST(Orient, firstFaceStaysWhenHalvesAreEqual) {
    const std::vector<int> counts{3, 3}, indices{0, 1, 2, 0, 1, 3};
    const Coorientation out = coorientFaces({counts, indices, 4});
    EXPECT_THAT(out.remap.indices, ElementsAre(0, 1, 2, 0, 3, 1));
}

TEST(Orient, moebiusStripIsLeftAsItIs) {
    const shapes::Shape shape = shapes::moebius();
    const Coorientation out = coorientFaces(shape.topology());
    EXPECT_EQ(out.nonOrientableComponentCount, 1u);
    EXPECT_TRUE(out.remap.isIdentity());
}

TEST(Orient, twiceReversedIsTheSameMesh) {
    for (const shapes::Shape& shape : shapes::allValid()) {
        const MeshRemap once = reverseFaces(shape.topology());
        EXPECT_TRUE(compose(once, reverseFaces(once.topology())).isIdentity()) << shape.name;
    }
}

TEST(Orient, outwardNormalsAgreeWithACubeAndOpposeItsLeftHandedTwin) {
    const std::vector<Vec3f> normals{{{0, 0, -1}}, {{0, 0, 1}}, {{0, -1, 0}}, {{0, 1, 0}}, {{-1, 0, 0}}, {{1, 0, 0}}};
    const shapes::Shape cube = shapes::cube(), left = shapes::leftHandedCube();
    EXPECT_DOUBLE_EQ(windingAgreement(cube.points, cube.topology(), normals, MeshElement::face, false), 6);
    EXPECT_DOUBLE_EQ(windingAgreement(left.points, left.topology(), normals, MeshElement::face, true), 6);
    EXPECT_DOUBLE_EQ(windingAgreement(left.points, left.topology(), normals, MeshElement::face, false), -6);
    EXPECT_DOUBLE_EQ(windingAgreement(cube.points, cube.topology(), normals, MeshElement::point, false), 0)
        << "does not fit";
}

TEST(Manifold, countsEdgesByTheirFaces) {
    const Manifoldness cube = measureManifoldness(shapes::cube().topology());
    EXPECT_TRUE(cube.isClosed());
    EXPECT_EQ(cube.edgeCount, 12u);
    const Manifoldness fins = measureManifoldness(shapes::threeFins().topology());
    EXPECT_EQ(fins.nonManifoldEdgeCount, 1u);
    EXPECT_EQ(fins.boundaryEdgeCount, 6u);
    EXPECT_EQ(fins.nonManifoldPointCount, 2u);
    const Manifoldness strip = measureManifoldness(shapes::flippedStrip().topology());
    EXPECT_TRUE(strip.isManifold());
    EXPECT_EQ(strip.inconsistentEdgeCount, 2u);
    EXPECT_TRUE(measureManifoldness(shapes::moebius().topology()).isManifold());
}

TEST(Manifold, bowtiePointIsSplitInTwo) {
    const shapes::Shape shape = shapes::bowtieVertex();
    EXPECT_EQ(measureManifoldness(shape.topology()).nonManifoldPointCount, 1u);
    const MeshRemap remap = makeManifold(shape.topology());
    EXPECT_THAT(remap.pointSource, ElementsAre(0u, 1u, 2u, 3u, 4u, 0u));
    EXPECT_THAT(remap.indices, ElementsAre(0, 2, 1, 5, 4, 3));
    EXPECT_EQ(remap.pointOf[0], 0u);
}

TEST(Manifold, creaseOnACutEdgeStaysOnEveryCopy) {
    const shapes::Shape shape = shapes::threeFins();
    const MeshRemap remap = makeManifold(shape.topology());
    const auto creases =
        remapCreases(remap, std::vector<int>{0, 1}, std::vector<int>{2}, std::vector<float>{5}).value();
    EXPECT_THAT(creases.lengths, ElementsAre(2, 2, 2));
    EXPECT_THAT(creases.sharpnesses, ElementsAre(5, 5, 5));
    const auto corners = remapCorners(remap, std::vector<int>{0}, std::vector<float>{3}).value();
    EXPECT_EQ(corners.indices.size(), 3u);
}

TEST(ManifoldLaws, resultIsManifoldKeepsPositionsAndIsStable) {
    for (const shapes::Shape& shape : shapes::allValid()) {
        const MeshRemap remap = makeManifold(shape.topology());
        EXPECT_TRUE(measureManifoldness(remap.topology()).isManifold()) << shape.name;
        EXPECT_TRUE(makeManifold(remap.topology()).isIdentity()) << shape.name;
        EXPECT_EQ(remap.isIdentity(), measureManifoldness(shape.topology()).isManifold()) << shape.name;
        for (size_t c = 0; c < shape.indices.size(); ++c)
            EXPECT_EQ(remap.pointSource[static_cast<size_t>(remap.indices[c])],
                      static_cast<uint32_t>(shape.indices[c]));
    }
}

TEST(OrientLaws, secondRunFlipsNothingAndAreaStays) {
    for (const shapes::Shape& shape : shapes::allValid()) {
        const Coorientation out = coorientFaces(shape.topology());
        EXPECT_EQ(coorientFaces(out.remap.topology()).flippedFaceCount, 0u) << shape.name;
        EXPECT_NEAR(surfaceArea(shape.points, shape.topology()), surfaceArea(shape.points, out.remap.topology()), 1e-9)
            << shape.name;
    }
}

}  // namespace
}  // namespace usdtune
