// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/asset_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/verify/two_scenes.h"

namespace usdtune::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(AnchoredAsset, followsTheLayer) {
    EXPECT_EQ(anchoredAsset("/a/b/scene.usda", "./t.png"), "/a/b/t.png");
    EXPECT_EQ(anchoredAsset("/a/b/scene.usda", "../t.png"), "/a/t.png");
    EXPECT_EQ(anchoredAsset("/a/b/scene.usda", "t.<UDIM>.png"), "/a/b/t.<UDIM>.png");
    EXPECT_EQ(anchoredAsset("/a/scene.usda", "./pack.usdz[0/t.png]"), "/a/pack.usdz[0/t.png]");
    EXPECT_EQ(anchoredAsset("/a/pack.usdz[sub/scene.usdc]", "../0/t.png"), "/a/pack.usdz[0/t.png]");
    EXPECT_EQ(anchoredAsset("/a/pack.usdz", "./0/t.png"), "/a/pack.usdz[0/t.png]");
    EXPECT_EQ(anchoredAsset("/a[1]/scene.usda", "./t[2].png"), "/a[1]/t[2].png");
}

TEST(AnchoredAsset, followsTheLayerInExpressionsToo) {
    EXPECT_EQ(anchoredAsset("/a/b/scene.usda", "`\"./${NAME}.usda\"`"), "`\"/a/b/${NAME}.usda\"`");
    EXPECT_EQ(anchoredAsset("/a/out/scene.usdc", "`\"../b/${NAME}.usda\"`"), "`\"/a/b/${NAME}.usda\"`");
    EXPECT_EQ(anchoredAsset("/a/b/scene.usda", "`\"${ROOT}/x.usda\"`"), "`\"${ROOT}/x.usda\"`");
    EXPECT_EQ(anchoredAsset("/a/b/scene.usda", "`if(${X}, 'a.usda', 'b.usda')`"), "`if(${X}, 'a.usda', 'b.usda')`");
}

TEST(AnchoredAsset, leavesAloneWhatNoLayerDecides) {
    EXPECT_EQ(anchoredAsset("/a/scene.usda", "/x/t.png"), "/x/t.png");
    EXPECT_EQ(anchoredAsset("/a/scene.usda", "https://x/t.png"), "https://x/t.png");
    EXPECT_EQ(anchoredAsset("/a/scene.usda", ""), "");
    EXPECT_EQ(anchoredAsset("", "./t.png"), "./t.png");
}

/// A textured plate in a stage whose root layer lies at `layer`.
struct Textured {
    std::string layer, authored, resolved;
    void operator()(SceneFixture& f) const {
        f.prim("/Mat", "Material").attribute("outputs:surface", "token").connect({"/Mat/T.outputs:rgb"});
        f.prim("/Mat/T", "Shader")
            .attribute("info:id", "token", {"UsdUVTexture"})
            .attribute("inputs:file", "asset", {std::string_view(authored), std::string_view(resolved)})
            .attribute("outputs:rgb", "float3");
        f.mesh("/Plate", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2}).relationship("material:binding", {"/Mat"});
    }
};

/// Laws of both relations that accuse.
std::set<std::string> accused(const Textured& before, const Textured& after) {
    const TwoScenes scenes(before, after, before.layer, after.layer);
    std::set<std::string> out = laws(scenes.rendered());
    out.merge(laws(scenes.authored()));
    return out;
}

TEST(AssetNames, aResultInAnotherFolderIsTheSame) {
    EXPECT_THAT(accused({"/in/s.usda", "./t.png", "/in/t.png"}, {"/out/s.usda", "../in/t.png", "/in/t.png"}),
                IsEmpty());
}

TEST(AssetNames, whatLeadsNowhereKeepsItsTextOrItsPlace) {
    const Textured source{"/in/s.usda", "./t.png", ""};
    EXPECT_THAT(accused(source, {"/out/s.usda", "./t.png", ""}), IsEmpty());
    EXPECT_THAT(accused(source, {"/out/s.usda", "../in/t.png", ""}), IsEmpty());
    EXPECT_THAT(accused(source, {"/out/s.usda", "./other.png", ""}), ElementsAre("asset", "binding"));
    EXPECT_THAT(accused({"/in/s.usda", "found/later.png", ""}, {"/out/s.usda", "found/later.png", ""}), IsEmpty());
}

TEST(AssetNames, aFileOfTheSameNameIsAnotherFile) {
    EXPECT_THAT(accused({"/in/s.usda", "./t.png", "/in/t.png"}, {"/out/s.usda", "./t.png", "/out/t.png"}),
                ElementsAre("asset", "binding"));
}

TEST(AssetNames, whatResolvedHasToResolve) {
    EXPECT_THAT(accused({"/in/s.usda", "./t.png", "/in/t.png"}, {"/out/s.usda", "./t.png", ""}),
                ElementsAre("asset", "binding"));
}

TEST(AssetNames, aPatternIsTheFilesItStandsFor) {
    const Textured source{"/in/s.usda", "./t.<UDIM>.png", "/in/t.<UDIM>.png"};
    EXPECT_THAT(accused(source, {"/out/s.usda", "../in/t.<UDIM>.png", "/in/t.<UDIM>.png"}), IsEmpty());
    EXPECT_THAT(accused(source, {"/out/s.usda", "./t.<UDIM>.png", ""}), ElementsAre("asset", "binding"));
}

TEST(AssetNames, aPackageMayBeUnpackedBesideTheResult) {
    const Textured packed{"/in/pack.usdz[s.usdc]", "0/t.png", "/in/pack.usdz[0/t.png]"};
    EXPECT_THAT(accused(packed, {"/out/s.usdc", "0/t.png", "/out/0/t.png"}), IsEmpty());
    EXPECT_THAT(accused(packed, {"/out/s.usdc", "1/t.png", "/out/1/t.png"}), ElementsAre("asset", "binding"));
    const Textured broken{"/in/pack.usdz[s.usdc]", "0/t.png", ""};
    EXPECT_THAT(accused(broken, {"/out/s.usdc", "0/t.png", ""}), IsEmpty());
}

TEST(AssetNames, assetsInsideOfDictionariesAreNamedToo) {
    const auto with = [](const std::string& asset) {
        return [=](SceneFixture& f) {
            f.prim("/P", "Scope").opaqueMetadata("customData", "{\"sheet\": asset(\"" + asset + "\"), \"n\": 1}");
        };
    };
    const auto compared = [&](const std::string& before, const std::string& after) {
        return laws(TwoScenes(with(before), with(after), "/in/s.usda", "/out/s.usda").authored());
    };
    EXPECT_THAT(compared("./a.pdf", "../in/a.pdf"), IsEmpty());
    EXPECT_THAT(compared("./a.pdf", "../in/b.pdf"), ElementsAre("metadata"));
}

}  // namespace
}  // namespace usdtune::test
