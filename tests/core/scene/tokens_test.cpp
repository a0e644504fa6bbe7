// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/tokens.h"

#include <gtest/gtest.h>

#include <string>

namespace usdtune {
namespace {

TEST(TokenTable, aTextKeepsItsIdAndItsPlaceWhileTheTableGrows) {
    TokenTable table;
    const TokenId first = table.intern("/World/Bolt");
    const char* place = table.text(first).data();
    for (int i = 0; i < 100000; ++i) table.intern("/World/Bolt_" + std::to_string(i));
    EXPECT_EQ(table.intern("/World/Bolt"), first);
    EXPECT_EQ(table.text(first).data(), place);
    EXPECT_EQ(table.size(), 100002u);
    for (int i = 0; i < 100000; i += 997) {
        const std::string text = "/World/Bolt_" + std::to_string(i);
        EXPECT_EQ(table.text(table.find(text)), text);
    }
}

TEST(TokenTable, theEmptyTextIsThereFromTheStartAndOthersAreNot) {
    TokenTable table;
    EXPECT_EQ(table.find(""), TokenId(size_t{0}));
    EXPECT_FALSE(table.find("points").valid());
    EXPECT_EQ(table.text(TokenId()), "");
}

TEST(TokenTable, aTextMayBeInternedOutOfTheTableItself) {
    TokenTable table;
    const TokenId whole = table.intern("primvars:st");
    for (int i = 0; i < 20000; ++i) table.intern(std::to_string(i));
    const TokenId part = table.intern(table.text(whole).substr(9));
    EXPECT_EQ(table.text(part), "st");
    table.reserve(1'000'000);
    EXPECT_EQ(table.find("st"), part);
    EXPECT_EQ(table.find("primvars:st"), whole);
    std::string large(200'000, 'x');
    EXPECT_EQ(table.text(table.intern(large)), large);
    EXPECT_EQ(table.text(table.intern("after")), "after");
}

TEST(TokenTable, embeddedZerosAndPrefixesAreDistinct) {
    TokenTable table;
    EXPECT_NE(table.intern(std::string_view("a\0b", 3)), table.intern("a"));
    EXPECT_NE(table.intern("ab"), table.intern("abc"));
}

}  // namespace
}  // namespace usdtune
