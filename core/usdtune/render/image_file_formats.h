// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "usdtune/render/image_file.h"

/// One reader per format behind `readImage`. Errors tell what is wrong, without naming the image.
namespace usdtune::image_format {

Result<AnyImage> readPng(std::span<const std::byte> bytes, const ImageLimits& limits);
Result<AnyImage> readJpeg(std::span<const std::byte> bytes, const ImageLimits& limits);
Result<AnyImage> readExr(std::span<const std::byte> bytes, const ImageLimits& limits);

/// Why pixels of that size are not read, if so.
std::optional<std::string> tooLarge(uint64_t width, uint64_t height, uint64_t bytesPerPixel, const ImageLimits& limits);

}  // namespace usdtune::image_format
