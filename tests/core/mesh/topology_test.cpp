// SPDX-License-Identifier: Apache-2.0
#include "usdtune/mesh/topology.h"

#include <gtest/gtest.h>

#include "shapes/all.h"

namespace usdtune {
namespace {

TEST(Topology, everyShapeIsValidExceptTheBrokenOnes) {
    for (const shapes::Shape& shape : shapes::all())
        EXPECT_EQ(validateTopology(shape.topology()).ok(), shape.valid) << shape.name;
}

TEST(Topology, negativeCountIsFoundThoughTheSumIsRight) {
    const shapes::Shape shape = shapes::negativeCounts();
    const TopologyCheck check = validateTopology(shape.topology());
    EXPECT_EQ(check.flaw, TopologyFlaw::negativeCount);
    EXPECT_EQ(check.where, 1u);
    EXPECT_EQ(check.value, -3);
}

TEST(Topology, indexOutOfRangeNamesCornerValueAndPointCount) {
    const shapes::Shape shape = shapes::brokenIndices();
    const TopologyCheck check = validateTopology(shape.topology());
    EXPECT_EQ(check.flaw, TopologyFlaw::indexOutOfRange);
    EXPECT_EQ(check.where, 4u);
    EXPECT_EQ(check.value, 3);
    EXPECT_EQ(check.expected, 3);
}

TEST(Topology, missingCornersNameBothSums) {
    const shapes::Shape shape = shapes::shortIndices();
    const TopologyCheck check = validateTopology(shape.topology());
    EXPECT_EQ(check.flaw, TopologyFlaw::cornerMismatch);
    EXPECT_EQ(check.value, 6);
    EXPECT_EQ(check.expected, 4);
}

TEST(Topology, facesWithTwoCornersAreCountedButAllowed) {
    const shapes::Shape shape = shapes::degenerateCounts();
    const TopologyCheck check = validateTopology(shape.topology());
    EXPECT_TRUE(check.ok());
    EXPECT_EQ(check.degenerateFaceCount, 3u);
    EXPECT_EQ(check.firstDegenerateFace, 0u);
}

TEST(Topology, indicesWithoutPointsAreOutOfRange) {
    const std::vector<int> counts{3}, indices{0, 0, 0};
    EXPECT_EQ(validateTopology({counts, indices, 0}).flaw, TopologyFlaw::indexOutOfRange);
}

}  // namespace
}  // namespace usdtune
