// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/value.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "usdtune/scene/tokens.h"

namespace usdtune {
namespace {

TEST(Value, typeNamesGiveTheirShape) {
    EXPECT_EQ(valueTypeOf("point3f[]"), (ValueType{Element::Float, 3, true}));
    EXPECT_EQ(valueTypeOf("matrix4d"), (ValueType{Element::Double, 16, false}));
    EXPECT_EQ(valueTypeOf("quath"), (ValueType{Element::Half, 4, false}));
    EXPECT_EQ(valueTypeOf("texCoord2f[]"), (ValueType{Element::Float, 2, true}));
    EXPECT_EQ(valueTypeOf("timecode"), (ValueType{Element::Double, 1, false}));
    EXPECT_EQ(valueTypeOf("asset[]"), (ValueType{Element::Asset, 1, true}));
    EXPECT_EQ(valueTypeOf("pathExpression").element, Element::Opaque);
    for (const char* unknown : {"", "[]", "point3f[][]", "Mesh", "float5", "points3f"})
        EXPECT_EQ(valueTypeOf(unknown), ValueType()) << unknown;
}

TEST(Value, equalityIsByBytes) {
    const OwnedValue zero = OwnedValue::scalar<double>({Element::Double, 1, false}, 0.0);
    const OwnedValue minusZero = OwnedValue::scalar<double>({Element::Double, 1, false}, -0.0);
    const OwnedValue nan = OwnedValue::scalar<double>({Element::Double, 1, false}, std::nan(""));
    const OwnedValue sameNan = OwnedValue::scalar<double>({Element::Double, 1, false}, std::nan(""));
    EXPECT_FALSE(sameBytes(zero.value, minusZero.value));
    EXPECT_TRUE(sameBytes(nan.value, sameNan.value));
    EXPECT_NE(hashValue(zero.value), hashValue(minusZero.value));
    EXPECT_TRUE(sameBytes(Value(), Value()));
    EXPECT_FALSE(sameBytes(Value(), zero.value));
}

TEST(Value, typeIsPartOfEqualityAndHash) {
    const OwnedValue scalar = OwnedValue::scalar<int>({Element::Int, 1, false}, 7);
    const OwnedValue array = OwnedValue::array<int>({Element::Int, 1, true}, {7});
    const OwnedValue unsignedArray = OwnedValue::array<int>({Element::UInt, 1, true}, {7});
    EXPECT_FALSE(sameBytes(scalar.value, array.value));
    EXPECT_NE(hashValue(scalar.value), hashValue(array.value));
    EXPECT_NE(hashValue(array.value), hashValue(unsignedArray.value));
    const OwnedValue empty = OwnedValue::array<int>({Element::Int, 1, true}, {});
    EXPECT_TRUE(sameBytes(empty.value, OwnedValue::array<int>({Element::Int, 1, true}, {}).value));
    EXPECT_NE(hashValue(empty.value), hashValue(Value()));
}

TEST(Value, contentHashesOfTextDoNotDependOnTheTokenTable) {
    TokenTable a, b;
    b.intern("first");
    const OwnedValue inA = OwnedValue::array<TokenId>({Element::Text, 1, true}, {a.intern("x"), a.intern("yz")});
    const OwnedValue inB = OwnedValue::array<TokenId>({Element::Text, 1, true}, {b.intern("x"), b.intern("yz")});
    const OwnedValue other = OwnedValue::array<TokenId>({Element::Text, 1, true}, {b.intern("xy"), b.intern("z")});
    EXPECT_EQ(hashContent(inA.value, a), hashContent(inB.value, b));
    EXPECT_NE(hashContent(inB.value, b), hashContent(other.value, b));
}

TEST(Value, halvesBecomeTheirExactNumbers) {
    EXPECT_EQ(halfToDouble(0x3C00), 1.0);
    EXPECT_EQ(halfToDouble(0xC000), -2.0);
    EXPECT_EQ(halfToDouble(0x7BFF), 65504.0);
    EXPECT_EQ(halfToDouble(0x0001), std::ldexp(1.0, -24));
    EXPECT_TRUE(std::isinf(halfToDouble(0x7C00)));
    EXPECT_TRUE(std::isnan(halfToDouble(0x7E00)));
    EXPECT_TRUE(std::signbit(halfToDouble(0x8000)));
}

TEST(Value, realsAreReadFromRealScalarsOfTheirSizeOnly) {
    std::array<double, 3> three{};
    const OwnedValue floats = OwnedValue::scalar<std::array<float, 3>>({Element::Float, 3, false}, {1, 2, 3});
    EXPECT_TRUE(readReals(floats.value, three));
    EXPECT_EQ(three[2], 3);
    std::array<double, 4> four{};
    EXPECT_FALSE(readReals(floats.value, four));
    const OwnedValue ints = OwnedValue::scalar<std::array<int, 3>>({Element::Int, 3, false}, {1, 2, 3});
    EXPECT_FALSE(readReals(ints.value, three));
    const OwnedValue array = OwnedValue::array<std::array<float, 3>>({Element::Float, 3, true}, {{1, 2, 3}});
    EXPECT_FALSE(readReals(array.value, three));
}

}  // namespace
}  // namespace usdtune
