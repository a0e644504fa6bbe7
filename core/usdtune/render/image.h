// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace usdtune {

/// Eight bits per channel, rows from top to bottom, channels interleaved.
struct Image8 {
    uint32_t width = 0, height = 0;
    uint8_t channels = 4;  ///< 1 to 4: grey, grey and alpha, RGB, RGBA
    std::vector<uint8_t> pixels;
};

/// Floats, in the same order.
struct ImageF {
    uint32_t width = 0, height = 0;
    uint8_t channels = 4;
    std::vector<float> pixels;

    const float* at(size_t x, size_t y) const { return pixels.data() + (y * width + x) * channels; }
    float* at(size_t x, size_t y) { return pixels.data() + (y * width + x) * channels; }
};

}  // namespace usdtune
