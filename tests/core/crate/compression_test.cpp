// SPDX-License-Identifier: Apache-2.0
#include "usdtune/crate/compression.h"

#include <gtest/gtest.h>

#include <cstring>

#include "usdtune/crate/canonical_text.h"
#include "usdtune/crate/list_op.h"

namespace usdtune {
namespace {

/// Bytes in one LZ4 chunk of literals only, as crate files frame them. Up to 14 bytes.
std::vector<std::byte> framed(std::vector<uint8_t> literals) {
    std::vector<std::byte> out{std::byte{0}, static_cast<std::byte>(literals.size() << 4)};
    for (const uint8_t b : literals) out.push_back(static_cast<std::byte>(b));
    return out;
}

TEST(Compression, differencesOfEveryWidthAddUp) {
    // Commonest difference 1; then codes common, small, middle, full (lowest bits first): 1, +(-2), +300, +(-70000).
    const auto data = framed({1, 0, 0, 0, 0b11'10'01'00, 0xFE, 0x2C, 0x01, 0x90, 0xEE, 0xFE, 0xFF});
    std::vector<uint32_t> out(4);
    std::vector<std::byte> scratch;
    ASSERT_TRUE(crate::decompressIntegers(data, std::span(out), scratch));
    EXPECT_EQ(out, (std::vector<uint32_t>{1, static_cast<uint32_t>(-1), 299, static_cast<uint32_t>(299 - 70000)}));
}

TEST(Compression, cutDataIsRefused) {
    const auto data = framed({1, 0, 0, 0, 0b11'10'01'00, 0xFE, 0x2C, 0x01, 0x90, 0xEE, 0xFE});
    std::vector<uint32_t> out(4);
    std::vector<std::byte> scratch;
    EXPECT_FALSE(crate::decompressIntegers(data, std::span(out), scratch));
    EXPECT_FALSE(crate::decompressIntegers({}, std::span(out), scratch));
}

TEST(Compression, countsBeyondTheDataAreImplausible) {
    EXPECT_TRUE(crate::canHoldIntegers(100, 1000, 4));
    EXPECT_FALSE(crate::canHoldIntegers(100, 1'000'000, 4));
    EXPECT_FALSE(crate::canHoldIntegers(100, ~uint64_t{0}, 8));
}

TEST(ListOp, appendedGoesBehindAndPrependedInFront) {
    crate::ListOp<uint32_t> op;
    op.parts[static_cast<size_t>(crate::ListPart::Prepended)] = {1, 2};
    op.parts[static_cast<size_t>(crate::ListPart::Added)] = {2, 3};
    op.parts[static_cast<size_t>(crate::ListPart::Appended)] = {1, 4};
    EXPECT_EQ(op.applied(), (std::vector<uint32_t>{2, 3, 1, 4}));
}

TEST(CanonicalText, numbersLookAsInPython) {
    const auto text = [](double number) {
        std::string out;
        canonical::appendNumber(out, number);
        return out;
    };
    EXPECT_EQ(text(1), "1.0");
    EXPECT_EQ(text(-0.0), "-0.0");
    EXPECT_EQ(text(0.1), "0.1");
    EXPECT_EQ(text(0.0001), "0.0001");
    EXPECT_EQ(text(0.00001), "1e-05");
    EXPECT_EQ(text(1e15), "1000000000000000.0");
    EXPECT_EQ(text(1.5e16), "1.5e+16");
    EXPECT_EQ(text(static_cast<double>(0.1f)), "0.10000000149011612");
}

TEST(CanonicalText, quotesAsJsonDoes) {
    std::string out;
    canonical::appendText(out, "a\"b\\\n\x01é");
    EXPECT_EQ(out, "\"a\\\"b\\\\\\n\\u0001é\"");
}

}  // namespace
}  // namespace usdtune
