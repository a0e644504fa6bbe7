// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/image_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/render/encoded_images.h"

namespace usdtune {
namespace {

using test::Bytes;
using testing::ElementsAre;
using testing::HasSubstr;

Image8 read8(const Bytes& bytes) {
    auto image = readImage(bytes, "a.img");
    EXPECT_TRUE(image.ok()) << (image ? "" : image.error());
    if (!image || !std::holds_alternative<Image8>(image.value())) return {};
    return std::get<Image8>(image.value());
}

ImageF readF(const Bytes& bytes) {
    auto image = readImage(bytes, "a.img");
    EXPECT_TRUE(image.ok()) << (image ? "" : image.error());
    if (!image || !std::holds_alternative<ImageF>(image.value())) return {};
    return std::get<ImageF>(image.value());
}

/// The checksum of PNG's header chunk, by the polynomial of the specification.
uint32_t headerChecksum(const Bytes& png) {
    uint32_t sum = 0xffffffff;
    for (size_t i = 12; i < 29; ++i) {
        sum ^= static_cast<uint32_t>(png[i]);
        for (int bit = 0; bit < 8; ++bit) sum = (sum & 1) != 0 ? 0xedb88320 ^ (sum >> 1) : sum >> 1;
    }
    return ~sum;
}

std::string refusal(const Bytes& bytes, const ImageLimits& limits = {}) {
    const auto image = readImage(bytes, "a.img", limits);
    return image ? "" : image.error();
}

TEST(ImageFile, rgbPngGivesItsPixels) {
    const Image8 image = read8(test::png(2, 2, {}, {{1, 2, 3, 4, 5, 6}, {7, 8, 9, 10, 11, 12}}));
    EXPECT_EQ(image.width, 2u);
    EXPECT_EQ(image.height, 2u);
    EXPECT_EQ(image.channels, 3);
    EXPECT_THAT(image.pixels, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
}

TEST(ImageFile, greyOfOneBitIsWidened) {
    const Image8 image = read8(test::png(3, 1, {1, PNG_COLOR_TYPE_GRAY}, {{0b10100000}}));
    EXPECT_EQ(image.channels, 1);
    EXPECT_THAT(image.pixels, ElementsAre(255, 0, 255));
}

TEST(ImageFile, paletteWithAlphaBecomesColour) {
    test::PngKind kind{2, PNG_COLOR_TYPE_PALETTE};
    kind.palette = {{10, 20, 30}, {40, 50, 60}};
    kind.paletteAlpha = {128};
    const Image8 image = read8(test::png(2, 1, kind, {{0b00010000}}));
    EXPECT_EQ(image.channels, 4);
    EXPECT_THAT(image.pixels, ElementsAre(10, 20, 30, 128, 40, 50, 60, 255));
}

TEST(ImageFile, sixteenBitsBecomeFloats) {
    const ImageF image = readF(test::png(2, 1, {16, PNG_COLOR_TYPE_GRAY}, {{0x80, 0x00, 0xff, 0xff}}));
    EXPECT_EQ(image.channels, 1);
    EXPECT_THAT(image.pixels, ElementsAre(32768.0f / 65535.0f, 1.0f));
}

TEST(ImageFile, interlacedPngIsTheSamePicture) {
    std::vector<std::vector<uint8_t>> rows(9, std::vector<uint8_t>(9));
    for (size_t y = 0; y < 9; ++y)
        for (size_t x = 0; x < 9; ++x) rows[y][x] = static_cast<uint8_t>(y * 9 + x);
    const Image8 plain = read8(test::png(9, 9, {8, PNG_COLOR_TYPE_GRAY}, rows));
    const Image8 interlaced = read8(test::png(9, 9, {8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_ADAM7}, rows));
    EXPECT_EQ(plain.pixels.at(80), 80);
    EXPECT_EQ(plain.pixels, interlaced.pixels);
}

TEST(ImageFile, jpegOfEachKindBecomesGreyOrRgb) {
    const Image8 grey = read8(test::jpeg(8, 8, JCS_GRAYSCALE, JCS_GRAYSCALE, {100}));
    EXPECT_EQ(grey.channels, 1);
    EXPECT_NEAR(grey.pixels.at(0), 100, 1);

    const Image8 colour = read8(test::jpeg(8, 8, JCS_RGB, JCS_YCbCr, {200, 100, 50}));
    EXPECT_EQ(colour.channels, 3);
    EXPECT_NEAR(colour.pixels.at(0), 200, 2);
    EXPECT_NEAR(colour.pixels.at(1), 100, 2);
    EXPECT_NEAR(colour.pixels.at(2), 50, 2);
}

TEST(ImageFile, cmykJpegIsAdobesInvertedInk) {
    // Adobe's files hold light: 255 is no ink.
    for (const J_COLOR_SPACE stored : {JCS_CMYK, JCS_YCCK}) {
        const Image8 image = read8(test::jpeg(8, 8, JCS_CMYK, stored, {255, 128, 0, 255}));
        EXPECT_EQ(image.channels, 3);
        EXPECT_EQ(image.pixels.size(), 8u * 8 * 3);
        EXPECT_NEAR(image.pixels.at(0), 255, 2);
        EXPECT_NEAR(image.pixels.at(1), 128, 2);
        EXPECT_NEAR(image.pixels.at(2), 0, 2);
    }
}

TEST(ImageFile, exrOfHalfAndFloatKeepsLightAboveOne) {
    for (const Imf::PixelType type : {Imf::HALF, Imf::FLOAT}) {
        test::ExrPart part{{"R", "G", "B", "A"}, {4, 0.5f, 0.25f, 1, 8, -1, 2, 0}, type, false};
        const ImageF image = readF(test::exr(2, 1, {part}));
        EXPECT_EQ(image.channels, 4);
        EXPECT_EQ(image.pixels, part.pixels);
    }
}

TEST(ImageFile, exrOfLuminanceIsGrey) {
    const ImageF image = readF(test::exr(2, 2, {{{"Y"}, {1, 2, 3, 4}}}));
    EXPECT_EQ(image.channels, 1);
    EXPECT_THAT(image.pixels, ElementsAre(1, 2, 3, 4));
}

TEST(ImageFile, tiledExrGivesItsLargestLevel) {
    std::vector<float> pixels(5 * 3 * 3);
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i);
    const ImageF image = readF(test::exr(5, 3, {{{"R", "G", "B"}, pixels, Imf::FLOAT, true}}));
    EXPECT_EQ(image.width, 5u);
    EXPECT_EQ(image.pixels, pixels);
}

TEST(ImageFile, firstPartOfAnExrCounts) {
    const test::ExrPart first{{"R", "G", "B"}, {1, 2, 3}}, second{{"R", "G", "B"}, {4, 5, 6}};
    EXPECT_THAT(readF(test::exr(1, 1, {first, second})).pixels, ElementsAre(1, 2, 3));
}

TEST(ImageFile, exrWithoutColourIsRefused) {
    EXPECT_THAT(refusal(test::exr(1, 1, {{{"Z"}, {1}}})), HasSubstr("none of the channels R, G, B and Y"));
}

TEST(ImageFile, everyTruncationIsRefusedWithASentence) {
    const std::vector<Bytes> files = {
        test::png(4, 4, {8, PNG_COLOR_TYPE_GRAY}, {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}, {13, 14, 15, 16}}),
        test::jpeg(16, 16, JCS_RGB, JCS_YCbCr, {200, 100, 50}), test::exr(2, 2, {{{"Y"}, {1, 2, 3, 4}}})};
    for (const Bytes& file : files) {
        ASSERT_EQ(refusal(file), "");
        for (size_t size = 0; size < file.size(); ++size) {
            // A JPEG without its last two bytes (the end marker) still has all its pixels.
            if (file == files[1] && size + 2 >= file.size()) continue;
            const std::string why = refusal(Bytes(file.begin(), file.begin() + static_cast<ptrdiff_t>(size)));
            ASSERT_THAT(why, HasSubstr("a.img")) << size << " of " << file.size();
            ASSERT_EQ(why.back(), '.');
        }
    }
}

TEST(ImageFile, hostileSizeIsRefusedBeforeAnythingIsAllocated) {
    Bytes png = test::png(1, 1, {8, PNG_COLOR_TYPE_GRAY}, {{1}});
    const auto claim = [&](Bytes& bytes, size_t place, uint8_t value) { bytes[place] = std::byte{value}; };
    // Width and height stand at 16 and 20 behind the signature; the checksum is set right again below.
    const auto withSize = [&](uint8_t high, uint8_t low) {
        Bytes bytes = png;
        for (const size_t side : {size_t{16}, size_t{20}}) {
            claim(bytes, side, high);
            claim(bytes, side + 2, low);
        }
        const auto sum = headerChecksum(bytes);
        for (size_t i = 0; i < 4; ++i) claim(bytes, 29 + i, static_cast<uint8_t>(sum >> (24 - 8 * i)));
        return bytes;
    };
    EXPECT_THAT(refusal(withSize(0x7f, 0)), HasSubstr("sides of at most 65535"));
    EXPECT_THAT(refusal(withSize(0, 0xff)), HasSubstr("would take more than 2147483648 bytes"));
    EXPECT_THAT(refusal(withSize(0, 0x20)), HasSubstr("too short for its size"));
    EXPECT_THAT(refusal(test::jpeg(64, 64, JCS_RGB, JCS_YCbCr, {1, 2, 3}), {65535, 1000}), HasSubstr("1000 bytes"));
    EXPECT_THAT(refusal(test::exr(64, 64, {{{"Y"}, std::vector<float>(4096)}}), {65535, 1000}),
                HasSubstr("1000 bytes"));
}

TEST(ImageFile, attributeThatClaimsMoreThanTheFileIsRefusedBeforeTheLibraryMakesRoom) {
    Bytes bytes = test::exr(1, 1, {{{"Y"}, {1}}});
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const size_t type = text.find(std::string_view("type\0string\0", 12));
    ASSERT_NE(type, std::string_view::npos);
    bytes[type + 12 + 3] = std::byte{0x7f};
    EXPECT_THAT(refusal(bytes), HasSubstr("an attribute of its header has not the size of its type"));
}

TEST(ImageFile, otherBytesAreNoImage) {
    EXPECT_EQ(refusal({}), "a.img is neither PNG, JPEG nor OpenEXR.");
    EXPECT_EQ(refusal(Bytes(100, std::byte{0x47})), "a.img is neither PNG, JPEG nor OpenEXR.");
}

TEST(ImageFile, writtenPngComesBackAndIsTheSameTwice) {
    for (uint8_t channels = 1; channels <= 4; ++channels) {
        Image8 image{3, 2, channels, std::vector<uint8_t>(6u * channels)};
        for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i * 11);
        const auto bytes = writePng(image), again = writePng(image);
        ASSERT_TRUE(bytes.ok());
        EXPECT_EQ(bytes.value(), again.value());
        const Image8 back = read8(bytes.value());
        EXPECT_EQ(back.channels, channels);
        EXPECT_EQ(back.pixels, image.pixels);
    }
}

TEST(ImageFile, depthOfSixteenBitsComesBack) {
    const std::vector<uint16_t> depth = {0, 1, 258, 65535};
    const auto bytes = writeGrey16Png(2, 2, depth);
    ASSERT_TRUE(bytes.ok());
    const ImageF back = readF(bytes.value());
    ASSERT_EQ(back.pixels.size(), 4u);
    for (size_t i = 0; i < 4; ++i) EXPECT_FLOAT_EQ(back.pixels[i] * 65535.0f, depth[i]);
}

}  // namespace
}  // namespace usdtune
