// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/image_file.h"

#include <algorithm>
#include <array>
#include <string>

#include "usdtune/render/image_file_formats.h"

namespace usdtune {

namespace {

struct Format {
    std::array<uint8_t, 4> magic;
    size_t magicSize;
    std::string_view name;
    Result<AnyImage> (*read)(std::span<const std::byte>, const ImageLimits&);
};

constexpr std::array<Format, 3> kFormats = {{
    {{0x89, 'P', 'N', 'G'}, 4, "PNG", image_format::readPng},
    {{0xff, 0xd8, 0xff, 0}, 3, "JPEG", image_format::readJpeg},
    {{0x76, 0x2f, 0x31, 0x01}, 4, "OpenEXR", image_format::readExr},
}};

bool opensWith(std::span<const std::byte> bytes, const Format& format) {
    return bytes.size() >= format.magicSize &&
           std::equal(format.magic.begin(), format.magic.begin() + static_cast<ptrdiff_t>(format.magicSize),
                      bytes.begin(), [](uint8_t a, std::byte b) { return a == static_cast<uint8_t>(b); });
}

}  // namespace

std::optional<std::string> image_format::tooLarge(uint64_t width, uint64_t height, uint64_t bytesPerPixel,
                                                  const ImageLimits& limits) {
    const std::string size = std::to_string(width) + " × " + std::to_string(height) + " pixels";
    if (width == 0 || height == 0) return "it has no pixels";
    if (width > limits.maxSide || height > limits.maxSide)
        return "it claims " + size + ", but sides of at most " + std::to_string(limits.maxSide) + " are read";
    if (width * height > limits.maxBytes / bytesPerPixel)
        return "its " + size + " would take more than " + std::to_string(limits.maxBytes) + " bytes";
    return std::nullopt;
}

Result<AnyImage> readImage(std::span<const std::byte> bytes, std::string_view name, const ImageLimits& limits) {
    for (const Format& format : kFormats) {
        if (!opensWith(bytes, format)) continue;
        Result<AnyImage> image = format.read(bytes, limits);
        if (image) return image;
        return Error{std::string(name) + " cannot be read as " + std::string(format.name) + ": " + image.error() + "."};
    }
    return Error{std::string(name) + " is neither PNG, JPEG nor OpenEXR."};
}

}  // namespace usdtune
