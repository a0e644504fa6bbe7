// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shapes/all.h"
#include "usdtune/mesh/area.h"
#include "usdtune/mesh/degenerate_faces.h"
#include "usdtune/mesh/duplicate_faces.h"
#include "usdtune/mesh/isolated_points.h"

namespace usdtune {
namespace {

using ::testing::ElementsAre;

TEST(DegenerateFaces, repeatedCornersGoAndTheFirstOfARunStays) {
    const shapes::Shape shape = shapes::degenerateEdgeQuad();
    const MeshRemap remap = contractDegenerateEdges(shape.topology());
    EXPECT_THAT(remap.counts, ElementsAre(3, 3, 2, 1, 4));
    EXPECT_THAT(remap.cornerSource, ElementsAre(0u, 1u, 3u, 4u, 5u, 6u, 8u, 10u, 12u, 16u, 17u, 18u, 19u));
    EXPECT_EQ(countDegenerateEdges(shape.topology()), 1u + 1u + 2u + 3u);
}

TEST(DegenerateFaces, countEqualsWhatContractionRemovesOnEveryShape) {
    for (const shapes::Shape& shape : shapes::allValid()) {
        const MeshRemap remap = contractDegenerateEdges(shape.topology());
        EXPECT_EQ(shape.indices.size() - remap.indices.size(), countDegenerateEdges(shape.topology())) << shape.name;
        EXPECT_EQ(countDegenerateEdges(remap.topology()), 0u) << shape.name;
        EXPECT_EQ(remap.counts.size(), shape.counts.size()) << shape.name;
    }
}

TEST(DegenerateFaces, facesWithTwoDistinctPointsAreRemoved) {
    const shapes::Shape shape = shapes::degenerateEdgeQuad();
    EXPECT_THAT(degenerateFaces(shape.topology()), ElementsAre(0, 0, 1, 1, 0));
    EXPECT_THAT(removeDegenerateFaces(shapes::degenerateCounts().topology()).counts, ElementsAre(3));
}

TEST(DegenerateFaces, collinearFaceIsZeroAreaButNotDegenerate) {
    const shapes::Shape shape = shapes::collinearPoints();
    EXPECT_THAT(degenerateFaces(shape.topology()), ElementsAre(0, 0));
    EXPECT_THAT(zeroAreaFaces(shape.points, shape.topology()), ElementsAre(0u, 1u));
    const shapes::Shape nan = shapes::nanPoint();
    EXPECT_TRUE(zeroAreaFaces(nan.points, nan.topology(), 1e9).empty()) << "no area is known, so none is zero";
}

TEST(DuplicateFaces, sameCycleIsADuplicateBackSideAndOtherShapeAreNot) {
    const shapes::Shape shape = shapes::duplicatedFaces();
    EXPECT_THAT(duplicateFaces(shape.topology()), ElementsAre(0, 1, 0, 0));
    EXPECT_THAT(duplicateFaces(shape.topology(), {.reversedAreDuplicates = true}), ElementsAre(0, 1, 1, 0));
}

TEST(DuplicateFaces, labelsThatDifferKeepBoth) {
    const shapes::Shape shape = shapes::duplicatedFaces();
    const std::vector<uint32_t> faceLabels{0, 1, 0, 0};
    EXPECT_THAT(duplicateFaces(shape.topology(), {.faceLabels = faceLabels}), ElementsAre(0, 0, 0, 0));

    // The second quad starts at the third corner: labels must agree point by point, not position by position.
    std::vector<uint32_t> corners{0, 1, 2, 3, 2, 3, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9};
    EXPECT_THAT(duplicateFaces(shape.topology(), {.cornerLabels = corners}), ElementsAre(0, 1, 0, 0));
    corners[4] = 7;
    EXPECT_THAT(duplicateFaces(shape.topology(), {.cornerLabels = corners}), ElementsAre(0, 0, 0, 0));
}

TEST(DuplicateFaces, ringsWithRepeatedPointsFindTheirRotation) {
    const std::vector<int> counts{6, 6, 6}, indices{0, 1, 0, 1, 0, 2, 0, 1, 0, 2, 0, 1, 0, 1, 1, 0, 0, 2};
    EXPECT_THAT(duplicateFaces({counts, indices, 3}), ElementsAre(0, 1, 0));
}

TEST(IsolatedPoints, onlyUsedPointsStayInOrder) {
    const shapes::Shape shape = shapes::isolatedPoints();
    EXPECT_EQ(countIsolatedPoints(shape.topology()), 3u);
    const MeshRemap remap = removeIsolatedPoints(shape.topology());
    EXPECT_THAT(remap.pointSource, ElementsAre(1u, 2u, 4u));
    EXPECT_THAT(remap.indices, ElementsAre(0, 1, 2));
}

TEST(Area, cubeHasSixAndEnclosesOne) {
    const shapes::Shape shape = shapes::cube();
    EXPECT_DOUBLE_EQ(surfaceArea(shape.points, shape.topology()), 6);
    EXPECT_DOUBLE_EQ(signedVolume(shape.points, shape.topology()), 1);
    const shapes::Shape left = shapes::leftHandedCube();
    EXPECT_DOUBLE_EQ(signedVolume(left.points, left.topology()), -1);
}

TEST(Area, georeferencedCubeIsNotBlurred) {
    const shapes::Shape shape = shapes::georeferencedCube();
    EXPECT_DOUBLE_EQ(surfaceArea(shape.points, shape.topology()), 24);
    EXPECT_DOUBLE_EQ(signedVolume(shape.points, shape.topology()), 8);
}

}  // namespace
}  // namespace usdtune
