// SPDX-License-Identifier: Apache-2.0
#include "usdtune/mesh/unique_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "shapes/all.h"

namespace usdtune {
namespace {

using ::testing::ElementsAre;

template <class T>
RowView rows(const std::vector<T>& values, size_t elementSize = 1) {
    return rowsOf(std::span<const T>(values), elementSize);
}

TEST(UniqueValues, numbersRowsInFirstSeenOrder) {
    const std::vector<int> values{7, 3, 7, 9, 3};
    const UniqueRows unique = uniqueRows(rows(values));
    EXPECT_THAT(unique.indices, ElementsAre(0, 1, 0, 2, 1));
    EXPECT_THAT(unique.source, ElementsAre(0u, 1u, 3u));
}

TEST(UniqueValues, signsOfZeroAndNaNsCompareByBits) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float other = std::bit_cast<float>(std::bit_cast<uint32_t>(nan) | 1u);
    const std::vector<float> values{0.0f, -0.0f, nan, nan, other, 0.0f};
    EXPECT_THAT(uniqueRows(rows(values)).indices, ElementsAre(0, 1, 2, 2, 3, 0));
}

TEST(UniqueValues, elementSizeComparesWholeRows) {
    const std::vector<int> values{1, 2, 1, 3, 1, 2};
    EXPECT_THAT(uniqueRows(rows(values, 2)).indices, ElementsAre(0, 1, 0));
    EXPECT_TRUE(uniqueRows(rows(std::vector<int>{})).source.empty());
}

TEST(UniqueValues, labelsRefineColumnByColumn) {
    std::vector<uint32_t> labels(4, 0);
    EXPECT_EQ(refineLabels(labels, rows(std::vector<int>{1, 1, 2, 2})), 2u);
    EXPECT_EQ(refineLabels(labels, rows(std::vector<int>{5, 6, 5, 5})), 3u);
    EXPECT_THAT(labels, ElementsAre(0u, 1u, 2u, 2u));
}

TEST(Reduction, equalCornersBecomeOneValue) {
    const shapes::Shape shape = shapes::cube();
    const std::vector<float> values(24, 0.5f);
    EXPECT_EQ(simplestElement(shape.topology(), {rows(values)}, MeshElement::corner), MeshElement::whole);
    EXPECT_EQ(simplestElement(shape.topology(), {rows(values)}, MeshElement::face), MeshElement::face)
        << "24 values do not fit";
}

TEST(Reduction, cornersEqualWithinFacesBecomeUniform) {
    const shapes::Shape shape = shapes::cube();
    std::vector<int> values;
    for (int face = 0; face < 6; ++face) values.insert(values.end(), 4, face % 2);
    EXPECT_EQ(simplestElement(shape.topology(), {rows(values)}, MeshElement::corner), MeshElement::face);
    EXPECT_FALSE(canReduce(shape.topology(), {rows(values)}, MeshElement::corner, MeshElement::point));
    const auto source = reductionSource(shape.topology(), MeshElement::corner, MeshElement::face).value();
    EXPECT_THAT(source, ElementsAre(0u, 4u, 8u, 12u, 16u, 20u));
}

TEST(Reduction, cornersEqualAroundPointsCouldBeVertex) {
    const shapes::Shape shape = shapes::cube();
    std::vector<int> values = shape.indices;
    EXPECT_TRUE(canReduce(shape.topology(), {rows(values)}, MeshElement::corner, MeshElement::point));
    EXPECT_EQ(simplestElement(shape.topology(), {rows(values)}, MeshElement::corner), MeshElement::corner);
    const auto source = reductionSource(shape.topology(), MeshElement::corner, MeshElement::point).value();
    for (int p = 0; p < 8; ++p) EXPECT_EQ(values[source[static_cast<size_t>(p)]], p);
}

TEST(Reduction, indicesAreReadThrough) {
    const shapes::Shape shape = shapes::twoComponents();
    const std::vector<float> values{1.0f, 1.0f, 2.0f};
    const std::vector<int> indices{0, 1, 0, 2, 2, 2}, wrong{0, 1, 0, 2, 2, 3};
    EXPECT_EQ(simplestElement(shape.topology(), {rows(values), indices, true}, MeshElement::corner), MeshElement::face);
    EXPECT_EQ(simplestElement(shape.topology(), {rows(values), wrong, true}, MeshElement::corner), MeshElement::corner);
}

TEST(Reduction, emptyPrimvarStaysWhereItIs) {
    const shapes::Shape shape = shapes::empty();
    const std::vector<float> none;
    EXPECT_EQ(simplestElement(shape.topology(), {rows(none)}, MeshElement::corner), MeshElement::corner);
    EXPECT_FALSE(reductionSource(shape.topology(), MeshElement::corner, MeshElement::whole));
}

}  // namespace
}  // namespace usdtune
