// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/texture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>

#include "core/render/encoded_images.h"
#include "core/render/packages.h"

namespace usdtune {
namespace {

using test::Package;
using test::TemporaryFolder;
using testing::HasSubstr;

constexpr TextureWrap kWraps[] = {TextureWrap::Black, TextureWrap::Clamp, TextureWrap::Repeat, TextureWrap::Mirror};

/// Two texels in a row, 0 and 255.
MipImage blackWhite() { return MipImage(Image8{2, 1, 1, {0, 255}}, TextureSpace::Raw); }
float redAt(const MipImage& image, Vec2f st, TextureWrap wrap, float footprint = 0) {
    return image.sample(st, wrap, wrap, footprint)[0];
}

TEST(Texture, texelCentresAreExactAndBetweenThemIsLinear) {
    const MipImage image = blackWhite();
    for (const TextureWrap wrap : kWraps) {
        EXPECT_FLOAT_EQ(redAt(image, {{0.25f, 0.5f}}, wrap), 0);
        EXPECT_FLOAT_EQ(redAt(image, {{0.75f, 0.5f}}, wrap), 1);
        EXPECT_FLOAT_EQ(redAt(image, {{0.5f, 0.5f}}, wrap), 0.5f);
    }
}

TEST(Texture, wrapModesTellWhatLiesAtAndBeyondTheBorders) {
    const MipImage image = blackWhite();
    struct Expected {
        float s, black, clamp, repeat, mirror;
    };
    for (const Expected& at : {Expected{1.0f, 0.5f, 1, 0.5f, 1}, Expected{0.0f, 0, 0, 0.5f, 0},
                               Expected{1.25f, 0, 1, 0, 1}, Expected{1.75f, 0, 1, 1, 0}, Expected{-0.25f, 0, 0, 1, 0},
                               Expected{-0.75f, 0, 0, 0, 1}, Expected{-2.25f, 0, 0, 1, 0}}) {
        EXPECT_NEAR(redAt(image, {{at.s, 0.5f}}, TextureWrap::Black), at.black, 1e-5) << at.s;
        EXPECT_NEAR(redAt(image, {{at.s, 0.5f}}, TextureWrap::Clamp), at.clamp, 1e-5) << at.s;
        EXPECT_NEAR(redAt(image, {{at.s, 0.5f}}, TextureWrap::Repeat), at.repeat, 1e-5) << at.s;
        EXPECT_NEAR(redAt(image, {{at.s, 0.5f}}, TextureWrap::Mirror), at.mirror, 1e-5) << at.s;
    }
    EXPECT_EQ(image.sample({{5, 0.5f}}, TextureWrap::Black, TextureWrap::Black, 0), Vec4f{}) << "alpha is 0 as well";
}

TEST(Texture, wrapModesOfTheTwoAxesAreTheirOwn) {
    const MipImage image = blackWhite();
    EXPECT_FLOAT_EQ(image.sample({{1.75f, 7.5f}}, TextureWrap::Repeat, TextureWrap::Clamp, 0)[0], 1);
    EXPECT_FLOAT_EQ(image.sample({{1.75f, 7.5f}}, TextureWrap::Repeat, TextureWrap::Black, 0)[0], 0);
}

TEST(Texture, originIsTheLowerLeftCorner) {
    const MipImage image(Image8{1, 2, 1, {255, 0}}, TextureSpace::Raw);
    EXPECT_FLOAT_EQ(redAt(image, {{0.5f, 0.75f}}, TextureWrap::Clamp), 1) << "the first row is on top";
    EXPECT_FLOAT_EQ(redAt(image, {{0.5f, 0.25f}}, TextureWrap::Clamp), 0);
}

TEST(Texture, autoDecodesEightBitColourAndNothingElse) {
    const auto red = [](std::variant<Image8, ImageF> image, TextureSpace space) {
        return redAt(MipImage(std::move(image), space), {{0.5f, 0.5f}}, TextureWrap::Clamp);
    };
    const float linear = 0.21586f, asIs = 128 / 255.0f;
    const Image8 colour{1, 1, 3, {128, 128, 128}}, grey{1, 1, 1, {128}};
    EXPECT_NEAR(red(colour, TextureSpace::Auto), linear, 1e-4);
    EXPECT_FLOAT_EQ(red(colour, TextureSpace::Raw), asIs);
    EXPECT_FLOAT_EQ(red(grey, TextureSpace::Auto), asIs);
    EXPECT_NEAR(red(grey, TextureSpace::Srgb), linear, 1e-4);
    EXPECT_FLOAT_EQ(red(ImageF{1, 1, 3, {4, 4, 4}}, TextureSpace::Auto), 4);
    EXPECT_NEAR(red(ImageF{1, 1, 1, {asIs}}, TextureSpace::Srgb), linear, 1e-4);
}

TEST(Texture, alphaIsNeverDecodedAndOneWhereThereIsNone) {
    const auto at = [](Image8 image) {
        return MipImage(std::move(image), TextureSpace::Srgb)
            .sample({{0.5f, 0.5f}}, TextureWrap::Clamp, TextureWrap::Clamp, 0);
    };
    EXPECT_FLOAT_EQ(at({1, 1, 4, {0, 0, 0, 128}})[3], 128 / 255.0f);
    EXPECT_FLOAT_EQ(at({1, 1, 2, {255, 128}})[3], 128 / 255.0f);
    EXPECT_EQ(at({1, 1, 1, {255}}), (Vec4f{{1, 1, 1, 1}})) << "grey is handed to green and blue";
    EXPECT_FLOAT_EQ(at({1, 1, 3, {0, 0, 0}})[3], 1);
}

TEST(Texture, footprintOfAllTheImageIsItsMeanInLight) {
    Image8 checks{64, 64, 3, std::vector<uint8_t>(64u * 64 * 3)};
    for (size_t y = 0; y < 64; ++y)
        for (size_t x = 0; x < 64; ++x)
            for (size_t c = 0; c < 3; ++c) checks.pixels[(y * 64 + x) * 3 + c] = (x + y) % 2 == 0 ? 255 : 0;
    const MipImage image(checks, TextureSpace::Auto);
    EXPECT_NEAR(redAt(image, {{0.3f, 0.3f}}, TextureWrap::Repeat, 1), 0.5f, 0.01f) << "not 0.21, the mean of sRGB";
    EXPECT_NEAR(redAt(image, {{0.3f, 0.3f}}, TextureWrap::Repeat, 1000), 0.5f, 0.01f);
    EXPECT_NEAR(redAt(image, {{0.5f / 64, 0.5f / 64}}, TextureWrap::Repeat, 1.0f / 64), 0, 1e-6) << "one texel";
}

TEST(Texture, everyTexelCountsInOddImages) {
    const MipImage image(ImageF{5, 1, 1, {0, 0, 0, 0, 6}}, TextureSpace::Raw);
    EXPECT_GT(redAt(image, {{0.5f, 0.5f}}, TextureWrap::Clamp, 1), 0.5f) << "the last one is seen";
}

TEST(Texture, placesThatAreNoNumbersAndFarAwayAreSafe) {
    const MipImage image = blackWhite();
    for (const TextureWrap wrap : kWraps)
        for (const float st : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -1e30f,
                               3e38f, -1e-30f, 16777217.0f}) {
            const float red = redAt(image, {{st, st}}, wrap);
            EXPECT_TRUE(red >= 0 && red <= 1) << st;
        }
}

test::Bytes pngOf(uint8_t value) { return test::png(1, 1, {8, PNG_COLOR_TYPE_GRAY}, {{value}}); }
std::optional<float> red(const Texture& texture, Vec2f st) {
    const auto texel = texture.sample(st, TextureWrap::Repeat, TextureWrap::Repeat, 0);
    return texel ? std::optional((*texel)[0] * 255) : std::nullopt;
}

TEST(TextureStore, readsEachTextureOnce) {
    const TemporaryFolder folder;
    const std::string path = folder.write("a.png", pngOf(51));
    TextureStore store;
    const Texture& first = store.texture(path, TextureSpace::Raw);
    std::filesystem::remove(path);
    EXPECT_EQ(&store.texture(path, TextureSpace::Raw), &first);
    EXPECT_EQ(red(first, {{0, 0}}), 51);
    EXPECT_EQ(store.byteSize(), 1u);
}

TEST(TextureStore, manyThreadsGetTheSameTexture) {
    const TemporaryFolder folder;
    const std::string path = folder.write("a.png", pngOf(51));
    TextureStore store;
    std::vector<const Texture*> got(8);
    std::vector<std::thread> threads;
    for (auto& slot : got)
        threads.emplace_back([&store, &slot, &path] { slot = &store.texture(path, TextureSpace::Raw); });
    for (std::thread& thread : threads) thread.join();
    for (const Texture* texture : got) EXPECT_EQ(texture, got[0]);
    EXPECT_FALSE(got[0]->missing());
}

TEST(TextureStore, tilesOfAPatternAreFoundByPlace) {
    const TemporaryFolder folder;
    folder.write("a.1001.png", pngOf(10));
    folder.write("a.1002.png", pngOf(20));
    folder.write("a.1011.png", pngOf(30));
    folder.write("a.1100.png", pngOf(40));
    folder.write("a.1101.png", pngOf(50));
    TextureStore store;
    const Texture& texture = store.texture(folder.path("a.<UDIM>.png"), TextureSpace::Raw);
    EXPECT_EQ(texture.problem(), "");
    EXPECT_EQ(red(texture, {{0.5f, 0.5f}}), 10);
    EXPECT_EQ(red(texture, {{1.0f, 0.5f}}), 20);
    EXPECT_EQ(red(texture, {{0.5f, 1.5f}}), 30);
    EXPECT_EQ(red(texture, {{9.5f, 9.5f}}), 40);
    for (const Vec2f nowhere : {Vec2f{{2.5f, 0.5f}}, {{-0.5f, 0.5f}}, {{0.5f, 10.5f}}, {{10.5f, 0.5f}}, {{NAN, 0.5f}}})
        EXPECT_EQ(red(texture, nowhere), std::nullopt);
}

TEST(TextureStore, tilesInAPackageAreFound) {
    const TemporaryFolder folder;
    const auto text = [](const test::Bytes& bytes) {
        return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    const std::string package = folder.write(
        "p.usdz", Package().member("t/a.1001.png", text(pngOf(10))).member("t/a.1012.png", text(pngOf(20))).bytes());
    TextureStore store;
    const Texture& texture = store.texture(package + "[t/a.<UDIM>.png]", TextureSpace::Raw);
    EXPECT_EQ(red(texture, {{0.5f, 0.5f}}), 10);
    EXPECT_EQ(red(texture, {{1.5f, 1.5f}}), 20);
    EXPECT_EQ(red(store.texture(package + "[t/a.1012.png]", TextureSpace::Raw), {{0, 0}}), 20);
}

TEST(TextureStore, whatCannotBeReadIsMissingAndTellsWhy) {
    const TemporaryFolder folder;
    TextureStore store;
    const Texture& none = store.texture(folder.path("none.png"), TextureSpace::Auto);
    EXPECT_TRUE(none.missing());
    EXPECT_THAT(none.problem(), HasSubstr("none.png cannot be read"));
    EXPECT_EQ(red(none, {{0, 0}}), std::nullopt);
    const Texture& text = store.texture(folder.write("a.png", std::string("text")), TextureSpace::Auto);
    EXPECT_TRUE(text.missing());
    EXPECT_THAT(text.problem(), HasSubstr("neither PNG"));
    const Texture& pattern = store.texture(folder.path("b.<UDIM>.png"), TextureSpace::Auto);
    EXPECT_TRUE(pattern.missing());
    EXPECT_THAT(pattern.problem(), HasSubstr("has no tile"));
}

TEST(TextureStore, storeThatDoesNotReadHasNoTexturesAndNoProblems) {
    const TemporaryFolder folder;
    TextureStore store(false);
    const Texture& texture = store.texture(folder.write("a.png", pngOf(1)), TextureSpace::Auto);
    EXPECT_TRUE(texture.missing());
    EXPECT_EQ(texture.problem(), "");
}

}  // namespace
}  // namespace usdtune
