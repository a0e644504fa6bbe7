// SPDX-License-Identifier: Apache-2.0
#include "usdtune/base/prose.h"

#include <gtest/gtest.h>

namespace usdtune {
namespace {

TEST(Prose, linesOfOneParagraphBecomeOneLine) {
    EXPECT_EQ(unwrapped("\nOne sentence that\n  goes on.\n\nAnother.\n"), "One sentence that goes on.\n\nAnother.");
}

TEST(Prose, itemsKeepTheirLinesAndTakeInWhatFollows) {
    EXPECT_EQ(unwrapped("Notes:\n- one\n  and more\n- two\n"), "Notes:\n\n- one and more\n- two");
}

TEST(Prose, emptyStaysEmptyAndOnceIsEnough) {
    EXPECT_EQ(unwrapped(" \n\n "), "");
    const std::string once = unwrapped("- a\n  b\n\nc\nd\n");
    EXPECT_EQ(unwrapped(once), once);
}

}  // namespace
}  // namespace usdtune
