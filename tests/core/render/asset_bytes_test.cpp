// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/asset_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/render/packages.h"

namespace usdtune {
namespace {

using test::Package;
using test::TemporaryFolder;
using testing::HasSubstr;

std::string read(const std::string& path) {
    const auto bytes = readAsset(path);
    if (!bytes) return "! " + bytes.error();
    return {reinterpret_cast<const char*>(bytes.value().data()), bytes.value().size()};
}

TEST(AssetBytes, fileGivesItsBytes) {
    const TemporaryFolder folder;
    EXPECT_EQ(read(folder.write("a.png", "pixels")), "pixels");
    EXPECT_EQ(read(folder.write("empty", "")), "");
    EXPECT_EQ(read(folder.write("odd[name].png", "x")), "x") << "brackets may stand in names of files";
}

TEST(AssetBytes, whatIsNoFileIsRefused) {
    const TemporaryFolder folder;
    EXPECT_THAT(read(folder.path("none.png")), HasSubstr("none.png cannot be read: No such file or directory."));
    EXPECT_THAT(read(folder.path(".")), HasSubstr("is not a regular file"));
    EXPECT_FALSE(assetExists(folder.path("none.png")));
    EXPECT_FALSE(assetExists(""));
}

TEST(AssetBytes, memberOfAPackageIsRead) {
    const TemporaryFolder folder;
    const std::string package =
        folder.write("p[1].usdz", Package().member("s.usdc", "layer").member("t/a.png", "pixels").bytes());
    EXPECT_EQ(read(package + "[t/a.png]"), "pixels");
    EXPECT_EQ(read(package + "[s.usdc]"), "layer");
    EXPECT_THAT(read(package + "[t/b.png]"), HasSubstr("has no member t/b.png"));
    EXPECT_TRUE(assetExists(package + "[t/a.png]"));
    EXPECT_FALSE(assetExists(package + "[t/b.png]"));
}

TEST(AssetBytes, packagesInPackagesAreRead) {
    const TemporaryFolder folder;
    const std::string inner = Package().member("c.png", "deep").bytes();
    const std::string path = folder.write("a.usdz", Package().member("x", "y").member("b.usdz", inner).bytes());
    EXPECT_EQ(read(path + "[b.usdz[c.png]]"), "deep");
    EXPECT_THAT(read(path + "[x[c.png]]"), HasSubstr("no zip archive"));
}

TEST(AssetBytes, compressedMemberIsRefused) {
    const TemporaryFolder folder;
    const std::string path = folder.write("a.usdz", Package().member("c.png", "zzzz", 8).bytes());
    EXPECT_THAT(read(path + "[c.png]"), HasSubstr("must be stored"));
}

TEST(AssetBytes, noDamageToAPackageReadsBeyondIt) {
    const TemporaryFolder folder;
    const std::string good = Package().member("c.png", "pixels").bytes();
    for (size_t i = 0; i < good.size(); ++i)
        for (const char value : {'\xff', '\0', '\x7f'}) {
            std::string bad = good;
            bad[i] = value;
            const std::string got = read(folder.write("bad.usdz", bad) + "[c.png]");
            EXPECT_TRUE(got.starts_with("! ") ? got.ends_with('.') : got.size() <= good.size()) << i << got;
        }
    for (size_t size = 0; size < good.size(); ++size)
        EXPECT_TRUE(read(folder.write("bad.usdz", good.substr(0, size)) + "[c.png]").starts_with("! "));
}

TEST(AssetBytes, pathsAreJoinedBesideTheirLayer) {
    EXPECT_EQ(besideLayer("/x/y/s.usda", "./t/a.png"), "/x/y/t/a.png");
    EXPECT_EQ(besideLayer("/x/y/s.usda", "../a.png"), "/x/a.png");
    EXPECT_EQ(besideLayer("/x/s.usda", "/z/a.png"), "/z/a.png");
    EXPECT_EQ(besideLayer("/x/p.usdz", "t/a.png"), "/x/p.usdz[t/a.png]");
    EXPECT_EQ(besideLayer("/x/p.usdz[d/s.usdc]", "t/a.png"), "/x/p.usdz[d/t/a.png]");
    EXPECT_EQ(besideLayer("/x/p.usdz[q.usdz[d/s.usdc]]", "a.png"), "/x/p.usdz[q.usdz[d/a.png]]");
}

}  // namespace
}  // namespace usdtune
