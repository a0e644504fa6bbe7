// SPDX-License-Identifier: Apache-2.0
#include "usdtune/mesh/same_surface.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "shapes/all.h"
#include "usdtune/mesh/cleanup.h"
#include "usdtune/mesh/orient.h"
#include "usdtune/mesh/triangulate.h"

namespace usdtune {
namespace {

/// A mesh with points in float64 that lives as long as it is looked at.
struct Surface {
    std::vector<Vec3d> points;
    std::vector<int> counts, indices;
    bool backwards = false;

    explicit Surface(const shapes::Shape& shape)
        : counts(shape.counts), indices(shape.indices), backwards(shape.leftHanded) {
        for (const Vec3f& p : shape.points) points.push_back(toDouble(p));
    }
    Surface(const shapes::Shape& shape, const MeshRemap& remap) : Surface(shape) {
        points = applyRemap<Vec3d>(remap, MeshElement::point, points).value();
        counts = remap.counts;
        indices = remap.indices;
    }
    SurfaceView view() const { return {points, {counts, indices, points.size()}, backwards}; }
};

SameSurfaceReport compare(const Surface& a, const Surface& b, double epsilon = 1e-6,
                          std::span<const uint32_t> map = {}) {
    return sameSurface(a.view(), b.view(), {epsilon, 8}, map);
}

/// A quad with a sliver of the given height beside it, moved sideways by `shift` at the tip.
Surface quadWithSliver(double height, double shift = 0) {
    Surface out(shapes::triangle());
    out.points = {{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}, {0.5 + shift, -height, 0}};
    out.counts = {4, 3};
    out.indices = {0, 1, 2, 3, 0, 4, 1};
    return out;
}

TEST(SameSurface, sliverThatIsExemptOnOneSideOnlyIsNoDifference) {
    EXPECT_TRUE(compare(quadWithSliver(0.0009), quadWithSliver(0.0015), 0.001).same());
    EXPECT_TRUE(compare(quadWithSliver(0.0015), quadWithSliver(0.0009), 0.001).same());
}

TEST(SameSurface, facesWithSeveralInReachAreToldAsAmbiguous) {
    const Surface one = quadWithSliver(0.5);
    EXPECT_EQ(compare(one, one, 0.1).ambiguous, (std::vector<uint8_t>{0, 0}));
    Surface two = one;
    two.counts.push_back(4);
    two.indices.insert(two.indices.end(), {0, 1, 2, 3});
    EXPECT_EQ(compare(one, two, 0.1).ambiguous, (std::vector<uint8_t>{1, 0}));
}

TEST(SameSurface, sliverWithoutACounterpartIsADifference) {
    Surface alone = quadWithSliver(0.0015);
    alone.counts = {4};
    alone.indices = {0, 1, 2, 3};
    EXPECT_EQ(compare(alone, quadWithSliver(0.0015), 0.001).unmatchedSecond, 1u);
    EXPECT_FALSE(compare(quadWithSliver(0.0009), quadWithSliver(0.0015, 0.3), 0.001).same());
    EXPECT_FALSE(compare(quadWithSliver(0.0009), quadWithSliver(0.0045), 0.001).same());
}

TEST(SameSurface, meshEqualsItselfAndItsShuffledFaces) {
    const Surface cube(shapes::cube());
    Surface shuffled = cube;
    std::reverse(shuffled.points.begin(), shuffled.points.end());
    for (int& i : shuffled.indices) i = 7 - i;
    std::rotate(shuffled.indices.begin(), shuffled.indices.begin() + 8, shuffled.indices.end());  // faces
    std::rotate(shuffled.indices.begin(), shuffled.indices.begin() + 1,
                shuffled.indices.begin() + 4);  // a first corner
    const SameSurfaceReport report = compare(cube, shuffled);
    EXPECT_TRUE(report.same());
    EXPECT_EQ(report.matchedFaces, 6u);
    EXPECT_EQ(report.maxCornerDistance, 0);
}

TEST(SameSurface, seamsDoNotMatter) {
    EXPECT_TRUE(compare(Surface(shapes::cube()), Surface(shapes::seamCube())).same());
}

TEST(SameSurface, windingMattersAndHandednessIsReadFirst) {
    Surface left(shapes::leftHandedCube());
    EXPECT_TRUE(compare(Surface(shapes::cube()), left).same());
    left.backwards = false;
    const SameSurfaceReport report = compare(Surface(shapes::cube()), left);
    EXPECT_EQ(report.unmatchedFirst, 6u);
    EXPECT_EQ(report.unmatchedSecond, 6u);
}

TEST(SameSurface, movedCornerIsNamedWithItsDistance) {
    const Surface cube(shapes::cube());
    Surface moved = cube;
    moved.points[7][0] += 1e-3;
    EXPECT_TRUE(compare(cube, moved, 2e-3).same());
    EXPECT_DOUBLE_EQ(compare(cube, moved, 2e-3).maxCornerDistance, moved.points[7][0] - 1);
    const SameSurfaceReport report = compare(cube, moved, 9e-4);
    EXPECT_EQ(report.unmatchedFirst, 3u);
    ASSERT_EQ(report.mismatches.size(), 6u);
    EXPECT_EQ(report.mismatches[0].face, 1u);
    EXPECT_TRUE(report.mismatches[0].inFirst);
    EXPECT_NEAR(report.mismatches[0].distance, 1e-3, 1e-9);
}

TEST(SameSurface, missingFaceIsFoundOnEitherSide) {
    const shapes::Shape cube = shapes::cube();
    const Surface open(cube, fromKeptFaces(cube.topology(), std::vector<uint8_t>{1, 1, 0, 1, 1, 1}));
    EXPECT_EQ(compare(Surface(cube), open).unmatchedFirst, 1u);
    EXPECT_EQ(compare(open, Surface(cube)).unmatchedSecond, 1u);
    EXPECT_EQ(compare(open, Surface(cube)).mismatches[0].face, 2u);
}

TEST(SameSurface, duplicatesInOneMeshCountOnce) {
    const shapes::Shape shape = shapes::duplicatedFaces();
    const Cleanup clean = cleanupMesh(shape.points, shape.topology());
    const SameSurfaceReport report = compare(Surface(shape), Surface(shape, clean.remap));
    EXPECT_TRUE(report.same());
    EXPECT_EQ(report.matchedFaces, 3u);
    EXPECT_EQ(report.duplicateFaces, 1u);
}

TEST(SameSurface, facesWithoutHeightAreExempt) {
    const SameSurfaceReport report = compare(Surface(shapes::collinearPoints()), Surface(shapes::empty()));
    EXPECT_TRUE(report.same());
    EXPECT_EQ(report.exemptFaces, 2u);
    EXPECT_FALSE(compare(Surface(shapes::triangle()), Surface(shapes::empty())).same());
}

TEST(SameSurface, faceThatGrowsAboveTheThresholdHasItsExemptCounterpart) {
    const Surface before(shapes::sliverNearEpsilon(0.9)), after(shapes::sliverNearEpsilon(1.8));
    for (const auto& [first, second] : {std::pair(before, after), std::pair(after, before)}) {
        const SameSurfaceReport report = compare(first, second, shapes::kSliverEpsilon);
        EXPECT_TRUE(report.same());
        EXPECT_EQ(report.exemptFaces, 1u);
        EXPECT_EQ(report.exemptPairs, std::vector<uint32_t>{0});
        EXPECT_EQ(report.matchedFaces, 2u) << "the sliver and the triangle beside it";
    }
}

TEST(SameSurface, faceAboveTheThresholdThatIsNewOrFlippedIsFound) {
    const shapes::Shape sliver = shapes::sliverNearEpsilon(1.8);
    const Surface with(sliver), without(sliver, fromKeptFaces(sliver.topology(), std::vector<uint8_t>{0, 1}));
    EXPECT_EQ(compare(without, with, shapes::kSliverEpsilon).unmatchedSecond, 1u);
    EXPECT_EQ(compare(with, without, shapes::kSliverEpsilon).unmatchedFirst, 1u);
    const Surface far(shapes::sliverNearEpsilon(2.1)), thin(shapes::sliverNearEpsilon(0.9));
    EXPECT_FALSE(compare(thin, far, shapes::kSliverEpsilon).same()) << "its corner moved by more than epsilon";
    Surface flipped = with;
    std::swap(flipped.indices[0], flipped.indices[1]);
    EXPECT_FALSE(compare(with, flipped, shapes::kSliverEpsilon).same());
}

TEST(SameSurface, edgeThatGrowsAboveTheThresholdKeepsItsFace) {
    const Surface before({"notched_quad",
                          {{{0, 0, 0}}, {{1, 0, 0}}, {{1, 1, 0}}, {{0, 1, 0}}, {{0, 0.0009f, 0}}},
                          {5},
                          {0, 1, 2, 3, 4}});
    Surface after = before;
    after.points.back()[1] += 0.2e-3;
    EXPECT_TRUE(compare(before, after, 1e-3).same());
    EXPECT_TRUE(compare(after, before, 1e-3).same());
}

TEST(SameSurface, otherCutOfASaddleIsAnotherSurface) {
    const shapes::Shape shape = shapes::nonPlanarQuad();
    const Surface one(shape, fromCorners(shape.topology(), {3, 3}, {0, 0}, {0, 1, 2, 0, 2, 3}));
    const Surface other(shape, fromCorners(shape.topology(), {3, 3}, {0, 0}, {1, 2, 3, 1, 3, 0}));
    EXPECT_FALSE(compare(one, other).same());
    EXPECT_FALSE(compare(one, Surface(shape)).same());
}

TEST(SameSurface, smallPartsFarFromABigOneAreNotLost) {
    const shapes::Shape shape = shapes::hugeAndTiny();
    Surface moved(shape);
    moved.points[4][0] += 1e-7;
    EXPECT_FALSE(compare(Surface(shape), moved, 1e-9).same());
}

TEST(SameSurface, wrongMapIsMeasuredNotBelieved) {
    const Surface cube(shapes::cube());
    std::vector<uint32_t> map(24);
    for (uint32_t c = 0; c < 24; ++c) map[c] = (c + 4) % 24;
    const SameSurfaceReport report = compare(cube, cube, 1e-6, map);
    EXPECT_TRUE(report.same()) << "the search finds what the map got wrong";
    Surface moved = cube;
    moved.points[0][0] -= 1;
    EXPECT_FALSE(compare(cube, moved, 1e-6, map).same());
}

TEST(SameSurfaceLaws, cleanupKeepsTheSurfaceWithAndWithoutItsMap) {
    for (const shapes::Shape& shape : shapes::allValid())
        for (const float tolerance : {0.0f, 1.5e-4f}) {
            const Cleanup clean =
                cleanupMesh(shape.points, shape.topology(), {.tolerance = tolerance, .makeManifold = true});
            std::vector<uint32_t> map(shape.indices.size(), kRemoved);
            for (uint32_t c = 0; c < clean.remap.cornerSource.size(); ++c) map[clean.remap.cornerSource[c]] = c;
            const Surface before(shape), after(shape, clean.remap);
            const double epsilon = std::max(1e-9, static_cast<double>(tolerance));
            const SameSurfaceReport mapped = compare(before, after, epsilon, map),
                                    searched = compare(before, after, epsilon);
            EXPECT_EQ(mapped.same(), searched.same()) << shape.name;
            EXPECT_TRUE(mapped.same() || tolerance > 0) << shape.name;
        }
}

TEST(SameSurfaceLaws, reversedMeshIsAnotherSurfaceUnlessNothingIsVisible) {
    for (const shapes::Shape& shape : shapes::allValid()) {
        const Surface before(shape), after(shape, reverseFaces(shape.topology()));
        const SameSurfaceReport itself = compare(before, before);
        EXPECT_TRUE(itself.same()) << shape.name;
        if (shape.name == "duplicated_faces" || itself.matchedFaces == 0) continue;
        EXPECT_FALSE(compare(before, after).same()) << shape.name;
    }
}

}  // namespace
}  // namespace usdtune
