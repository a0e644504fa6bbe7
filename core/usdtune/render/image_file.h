// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "usdtune/base/result.h"
#include "usdtune/render/image.h"

namespace usdtune {

/// What a header may ask for before it is refused, so that a few hostile bytes do not claim all memory.
struct ImageLimits {
    uint32_t maxSide = 65535;
    uint64_t maxBytes = uint64_t{1} << 31;  ///< of the pixels as they are handed out: 2 GiB
};

/// Eight bits per channel stay eight bits; what is finer (16 bits, half, float) becomes float.
using AnyImage = std::variant<Image8, ImageF>;

/// Reads PNG (any depth, palettes, transparency, interlaced), JPEG (grey, RGB, CMYK and YCCK as plain RGB) or OpenEXR
/// (half, float or integer; R, G, B, A or Y; scan lines or the largest level of tiles; the first part; the data
/// window). Numbers are those of the file: neither gamma nor colour profiles are applied; 16-bit integers are divided
/// by 65535. `name` is for the sentence that tells why an image cannot be read; truncated ones cannot.
Result<AnyImage> readImage(std::span<const std::byte> bytes, std::string_view name, const ImageLimits& limits = {});

/// The image as PNG; the same pixels give the same bytes. The image has 1 to 4 channels and at least one pixel.
Result<std::vector<std::byte>> writePng(const Image8& image);

/// Grey of 16 bits per pixel, rows from top to bottom.
Result<std::vector<std::byte>> writeGrey16Png(uint32_t width, uint32_t height, std::span<const uint16_t> pixels);

}  // namespace usdtune
