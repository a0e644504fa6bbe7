// SPDX-License-Identifier: Apache-2.0
#include "usdtune/mesh/remap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "shapes/all.h"

namespace usdtune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Ints = std::vector<int>;
using Floats = std::vector<float>;

template <class T>
std::vector<T> moved(const MeshRemap& remap, MeshElement element, const std::vector<T>& values,
                     size_t elementSize = 1) {
    return applyRemap<T>(remap, element, values, elementSize).value();
}

TEST(Remap, identityIsIdentityOnEveryShape) {
    for (const shapes::Shape& shape : shapes::allValid()) {
        const MeshRemap remap = identityRemap(shape.topology());
        EXPECT_TRUE(remap.isIdentity()) << shape.name;
        EXPECT_EQ(remap.counts, shape.counts) << shape.name;
        EXPECT_EQ(remap.indices, shape.indices) << shape.name;
        EXPECT_TRUE(compose(remap, remap).isIdentity()) << shape.name;
    }
}

TEST(Remap, mergedPointTakesTheValuesOfItsFirst) {
    const shapes::Shape shape = shapes::negativeZero();
    const MeshRemap remap = fromPointRemap(shape.topology(), std::vector<uint32_t>{0, 1, 2, 0, 3, 1}, 4);
    EXPECT_FALSE(remap.isIdentity());
    EXPECT_THAT(remap.indices, ElementsAre(0, 1, 2, 0, 3, 1));
    EXPECT_THAT(moved<int>(remap, MeshElement::point, {10, 11, 12, 13, 14, 15}), ElementsAre(10, 11, 12, 14));
    EXPECT_THAT(moved<int>(remap, MeshElement::corner, {0, 1, 2, 3, 4, 5}), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(Remap, elementSizeKeepsRowsTogether) {
    const shapes::Shape shape = shapes::twoComponents();
    const MeshRemap remap = fromKeptFaces(shape.topology(), std::vector<uint8_t>{0, 1});
    EXPECT_THAT(moved<int>(remap, MeshElement::face, {1, 2, 3, 4, 5, 6}, 3), ElementsAre(4, 5, 6));
    EXPECT_THAT(moved<int>(remap, MeshElement::whole, {7, 8}, 2), ElementsAre(7, 8));
}

TEST(Remap, bytesMoveLikeTypedValues) {
    const shapes::Shape shape = shapes::twoComponents();
    const MeshRemap remap = fromKeptFaces(shape.topology(), std::vector<uint8_t>{0, 1});
    const Floats values{0.5f, -0.0f};
    const auto bytes = applyRemap(remap, MeshElement::face, std::as_bytes(std::span(values)), sizeof(float)).value();
    EXPECT_EQ(std::memcmp(bytes.data(), &values[1], sizeof(float)), 0);
}

TEST(Remap, valuesThatDoNotFitAreRefused) {
    const MeshRemap remap = identityRemap(shapes::cube().topology());
    EXPECT_FALSE(applyRemap<int>(remap, MeshElement::point, Ints(7)));
    EXPECT_FALSE(applyRemap<int>(remap, MeshElement::corner, Ints(8)));
    EXPECT_FALSE(applyRemap<int>(remap, MeshElement::face, Ints(6), 2));
    EXPECT_FALSE(applyRemapIndexed(remap, MeshElement::face, Ints(5), 1));
}

TEST(Remap, indexedPrimvarKeepsItsValuesUnlessCompacted) {
    const shapes::Shape shape = shapes::twoComponents();
    const MeshRemap remap = fromKeptFaces(shape.topology(), std::vector<uint8_t>{0, 1});
    const Ints indices{0, 1, 2, 5, 3, 5};
    const auto kept = applyRemapIndexed(remap, MeshElement::corner, indices, 6).value();
    EXPECT_THAT(kept.indices, ElementsAre(5, 3, 5));
    EXPECT_THAT(kept.valueSource, IsEmpty());
    const auto compacted = applyRemapIndexed(remap, MeshElement::corner, indices, 6, true).value();
    EXPECT_THAT(compacted.indices, ElementsAre(1, 0, 1));
    EXPECT_THAT(compacted.valueSource, ElementsAre(3, 5));
    EXPECT_FALSE(applyRemapIndexed(remap, MeshElement::corner, indices, 4, true)) << "index 5 has no value";
}

TEST(Remap, faceListDropsRemovedFacesAndFollowsSplitOnes) {
    const shapes::Shape shape = shapes::grid();
    std::vector<uint8_t> keep(30, 1);
    keep[1] = 0;
    const MeshRemap removed = fromKeptFaces(shape.topology(), keep);
    EXPECT_THAT(remapFaces(removed, Ints{2, 1, 0, 99, -1}), ElementsAre(1, 0));

    const MeshRemap split = fromCorners(shapes::cube().topology(), {3, 3}, {0, 0}, {0, 1, 2, 0, 2, 3});
    EXPECT_THAT(remapFaces(split, Ints{0, 1}), ElementsAre(0, 1));
    EXPECT_EQ(split.faceOf[0], 0u);
    EXPECT_EQ(split.faceOf[1], kRemoved);
}

TEST(Remap, pointListNamesMergedPointsOnce) {
    const shapes::Shape shape = shapes::negativeZero();
    const MeshRemap remap = fromPointRemap(shape.topology(), std::vector<uint32_t>{0, 1, 2, 0, 3, 1}, 4);
    EXPECT_THAT(remapPoints(remap, Ints{5, 3, 0, 1, 4}), ElementsAre(1, 0, 3));
}

TEST(Remap, sharpestCornerWins) {
    const shapes::Shape shape = shapes::negativeZero();
    const MeshRemap remap = fromPointRemap(shape.topology(), std::vector<uint32_t>{0, 1, 2, 0, 3, 1}, 4);
    const auto corners = remapCorners(remap, Ints{3, 4, 0}, Floats{1, 2, 10}).value();
    EXPECT_THAT(corners.indices, ElementsAre(0, 3));
    EXPECT_THAT(corners.sharpnesses, ElementsAre(10, 2));
    EXPECT_FALSE(remapCorners(remap, Ints{1}, Floats{}));
}

TEST(Remap, creaseThatCollapsesDisappears) {
    const shapes::Shape shape = shapes::negativeZero();
    const MeshRemap remap = fromPointRemap(shape.topology(), std::vector<uint32_t>{0, 1, 2, 0, 3, 1}, 4);
    // 0-3 collapses; 2-0-3-4 becomes 2-0-3 with the sharpnesses of the edges that are left.
    const auto creases = remapCreases(remap, Ints{0, 3, 2, 0, 3, 4}, Ints{2, 4}, Floats{1, 2, 3, 4}).value();
    EXPECT_THAT(creases.indices, ElementsAre(2, 0, 3));
    EXPECT_THAT(creases.lengths, ElementsAre(3));
    EXPECT_THAT(creases.sharpnesses, ElementsAre(2, 4));
}

TEST(Remap, creaseBreaksAtARemovedPoint) {
    const shapes::Shape shape = shapes::isolatedPoints();
    const MeshRemap remap =
        fromPointRemap(shape.topology(), std::vector<uint32_t>{kRemoved, 0, 1, kRemoved, 2, kRemoved}, 3);
    const auto creases = remapCreases(remap, Ints{1, 2, 3, 2, 4}, Ints{5}, Floats{7}).value();
    EXPECT_THAT(creases.indices, ElementsAre(0, 1, 1, 2));
    EXPECT_THAT(creases.lengths, ElementsAre(2, 2));
    EXPECT_THAT(creases.sharpnesses, ElementsAre(7, 7));
}

TEST(Remap, creasesWhoseSizesDoNotAddUpAreRefused) {
    const MeshRemap remap = identityRemap(shapes::cube().topology());
    EXPECT_FALSE(remapCreases(remap, Ints{0, 1, 2}, Ints{2}, Floats{1}));
    EXPECT_FALSE(remapCreases(remap, Ints{0, 1, 2}, Ints{3}, Floats{1, 2, 3}));
    EXPECT_FALSE(remapCreases(remap, Ints{0, 1}, Ints{2, 0}, Floats{1, 1}));
    EXPECT_FALSE(remapCreases(remap, Ints{0, 1}, Ints{-2, 4}, Floats{1, 1}));
}

TEST(Remap, composeEqualsOneAfterTheOther) {
    const shapes::Shape shape = shapes::isolatedPoints();
    const MeshRemap first = fromPointRemap(shape.topology(), std::vector<uint32_t>{0, 1, 2, 3, 4, 0}, 5);
    const MeshRemap second = fromPointRemap(first.topology(), std::vector<uint32_t>{kRemoved, 0, 1, kRemoved, 2}, 3);
    const MeshRemap both = compose(first, second);
    const Ints values{10, 11, 12, 13, 14, 15};
    EXPECT_EQ(moved<int>(both, MeshElement::point, values),
              moved<int>(second, MeshElement::point, moved<int>(first, MeshElement::point, values)));
    EXPECT_THAT(both.pointOf, ElementsAre(kRemoved, 0u, 1u, kRemoved, 2u, kRemoved));
}

}  // namespace
}  // namespace usdtune
