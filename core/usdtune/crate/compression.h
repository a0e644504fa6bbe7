// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace usdtune::crate {

/// Undoes the LZ4 framing of crate files: a chunk count (0: one chunk, no sizes), then blocks.
/// Fills the front of `out` and returns how many bytes came out, or -1 when the data is damaged or does not fit.
int64_t decompressBytes(std::span<const std::byte> compressed, std::span<std::byte> out);

/// True when `compressedBytes` of LZ4 can hold `bytes`; what a count is held against before memory is taken for it.
bool canHold(uint64_t compressedBytes, uint64_t bytes);

/// True when `compressedBytes` can hold `count` coded integers of `integerBytes` (4 or 8).
bool canHoldIntegers(uint64_t compressedBytes, uint64_t count, size_t integerBytes);

/// Undoes the integer coding: the differences of neighbours, each as "the commonest difference" or in a small, middle
/// or full width, by two-bit codes, all of it LZ4-compressed. False when the data is damaged. `scratch` is reused.
bool decompressIntegers(std::span<const std::byte> compressed, std::span<uint32_t> out,
                        std::vector<std::byte>& scratch);
bool decompressIntegers(std::span<const std::byte> compressed, std::span<uint64_t> out,
                        std::vector<std::byte>& scratch);

}  // namespace usdtune::crate
