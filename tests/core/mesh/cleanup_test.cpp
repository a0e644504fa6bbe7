// SPDX-License-Identifier: Apache-2.0
#include "usdtune/mesh/cleanup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "shapes/all.h"
#include "usdtune/mesh/area.h"
#include "usdtune/mesh/degenerate_faces.h"
#include "usdtune/mesh/duplicate_faces.h"
#include "usdtune/mesh/isolated_points.h"
#include "usdtune/mesh/manifold.h"
#include "usdtune/mesh/unique_values.h"

namespace usdtune {
namespace {

using ::testing::ElementsAre;

Cleanup cleanup(const shapes::Shape& shape, const CleanupOptions& options = {}, const CleanupData& data = {}) {
    return cleanupMesh(shape.points, shape.topology(), options, data);
}

std::vector<Vec3f> movedPoints(const shapes::Shape& shape, const MeshRemap& remap) {
    return applyRemap<Vec3f>(remap, MeshElement::point, shape.points).value();
}

std::vector<CleanupOptions> variants() {
    CleanupOptions manifold{.coorientFaces = true, .makeManifold = true};
    CleanupOptions loose = manifold;
    loose.tolerance = 1e-3f;
    return {CleanupOptions{}, manifold, loose};
}

TEST(Cleanup, seamCubeBecomesClosedAndKeepsItsCorners) {
    const Cleanup out = cleanup(shapes::seamCube());
    EXPECT_EQ(out.counts.mergedPoints, 16u);
    EXPECT_TRUE(measureManifoldness(out.remap.topology()).isClosed());
    std::vector<uint32_t> corners(24);
    std::iota(corners.begin(), corners.end(), 0u);
    EXPECT_EQ(out.remap.cornerSource, corners) << "face-varying values stay where they are";
}

TEST(Cleanup, differingVertexDataKeepSeamsApart) {
    const shapes::Shape shape = shapes::seamCube();
    std::vector<Vec3f> normals;  // one per point, as exporters write hard edges
    for (int face = 0; face < 6; ++face)
        for (int k = 0; k < 4; ++k) normals.push_back({{static_cast<float>(face), 0, 0}});
    std::vector<uint32_t> labels(24, 0);
    refineLabels(labels, rowsOf(std::span<const Vec3f>(normals)));
    EXPECT_TRUE(cleanup(shape, {}, {.pointLabels = labels}).counts.nothingDone());
}

TEST(Cleanup, pointsOfRemovedFacesGoToo) {
    const Cleanup out = cleanup(shapes::coincidentCloud());
    EXPECT_EQ(out.counts.mergedPoints, 59u);
    EXPECT_EQ(out.counts.degenerateFaces, 20u);
    EXPECT_EQ(out.counts.isolatedPoints, 1u);
    EXPECT_TRUE(out.remap.pointSource.empty());
}

TEST(Cleanup, duplicatesOfAnotherSubsetStay) {
    const shapes::Shape shape = shapes::duplicatedFaces();
    EXPECT_EQ(cleanup(shape).counts.duplicateFaces, 1u);
    const std::vector<uint32_t> subsets{0, 1, 0, 0};
    EXPECT_EQ(cleanup(shape, {}, {.faceLabels = subsets}).counts.duplicateFaces, 0u);
}

TEST(Cleanup, normalsThatOpposeTheWindingReverseTheMesh) {
    const std::vector<Vec3f> outward{{{0, 0, -1}}, {{0, 0, 1}}, {{0, -1, 0}}, {{0, 1, 0}}, {{-1, 0, 0}}, {{1, 0, 0}}};
    const CleanupData data{.normals = outward, .normalsElement = MeshElement::face, .leftHanded = true};
    const Cleanup out = cleanup(shapes::cube(), {.coorientFaces = true}, data);
    EXPECT_TRUE(out.counts.reversedMesh);
    EXPECT_EQ(out.remap.indices[1], shapes::cube().indices[3]);
    EXPECT_FALSE(cleanup(shapes::leftHandedCube(), {.coorientFaces = true}, data).counts.reversedMesh);
}

TEST(Cleanup, everySwitchOffChangesNothing) {
    const CleanupOptions off{.mergePoints = false,
                             .contractDegenerateEdges = false,
                             .removeDegenerateFaces = false,
                             .removeDuplicateFaces = false,
                             .removeIsolatedPoints = false};
    for (const shapes::Shape& shape : shapes::allValid()) {
        const Cleanup out = cleanup(shape, off);
        EXPECT_TRUE(out.counts.nothingDone()) << shape.name;
        EXPECT_TRUE(out.remap.isIdentity()) << shape.name;
    }
}

TEST(CleanupLaws, twiceEqualsOnce) {
    for (const shapes::Shape& shape : shapes::allValid())
        for (const CleanupOptions& options : variants()) {
            const Cleanup once = cleanup(shape, options);
            const std::vector<Vec3f> points = movedPoints(shape, once.remap);
            const Cleanup twice = cleanupMesh(points, once.remap.topology(), options);
            EXPECT_EQ(twice.remap.counts, once.remap.counts) << shape.name;
            EXPECT_EQ(twice.remap.indices, once.remap.indices) << shape.name;
            EXPECT_EQ(twice.counts.splitPoints, twice.counts.mergedPoints)
                << shape.name << ": only cuts are welded again";
        }
}

TEST(CleanupLaws, noFlawIsLeft) {
    for (const shapes::Shape& shape : shapes::allValid()) {
        const Cleanup out = cleanup(shape);
        const TopologyView mesh = out.remap.topology();
        EXPECT_TRUE(validateTopology(mesh).ok()) << shape.name;
        EXPECT_EQ(countDegenerateEdges(mesh), 0u) << shape.name;
        EXPECT_EQ(countIsolatedPoints(mesh), 0u) << shape.name;
        for (const uint8_t d : duplicateFaces(mesh)) EXPECT_EQ(d, 0) << shape.name;
    }
}

TEST(CleanupLaws, cornersKeepTheirPositionsWithinTheTolerance) {
    for (const shapes::Shape& shape : shapes::allValid())
        for (const CleanupOptions& options : variants()) {
            const Cleanup out = cleanup(shape, options);
            const std::vector<Vec3f> points = movedPoints(shape, out.remap);
            for (size_t c = 0; c < out.remap.indices.size(); ++c) {
                const Vec3f& before = shape.points[static_cast<size_t>(shape.indices[out.remap.cornerSource[c]])];
                const Vec3f& after = points[static_cast<size_t>(out.remap.indices[c])];
                if (!isFinite(before)) continue;
                EXPECT_LE(length(toDouble(before) - toDouble(after)), options.tolerance) << shape.name;
            }
        }
}

TEST(CleanupLaws, areaStaysUnlessDuplicatesGo) {
    for (const shapes::Shape& shape : shapes::allValid()) {
        const Cleanup out = cleanup(shape, {.removeDuplicateFaces = false});
        EXPECT_DOUBLE_EQ(surfaceArea(movedPoints(shape, out.remap), out.remap.topology()),
                         surfaceArea(shape.points, shape.topology()))
            << shape.name;
    }
}

TEST(CleanupLaws, pointMapsAreInverseOnWhatIsLeft) {
    for (const shapes::Shape& shape : shapes::allValid())
        for (const CleanupOptions& options : variants()) {
            const MeshRemap remap = cleanup(shape, options).remap;
            for (const uint32_t target : remap.pointOf)
                EXPECT_TRUE(target == kRemoved || target < remap.pointSource.size()) << shape.name;
            for (size_t f = 0; f < remap.faceSource.size(); ++f)
                EXPECT_EQ(remap.faceOf[remap.faceSource[f]], f) << shape.name;
            for (const uint32_t source : remap.pointSource) EXPECT_NE(remap.pointOf[source], kRemoved) << shape.name;
        }
}

}  // namespace
}  // namespace usdtune
