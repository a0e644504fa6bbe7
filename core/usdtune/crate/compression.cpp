// SPDX-License-Identifier: Apache-2.0
#include "usdtune/crate/compression.h"

#include <lz4.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

namespace usdtune::crate {

namespace {

// LZ4 codes a run in 255 bytes per byte at best.
constexpr uint64_t kLz4Ratio = 255;
constexpr uint64_t kLz4Slack = 64;

int64_t decompressBlock(std::span<const std::byte> block, std::span<std::byte> out) {
    constexpr size_t limit = std::numeric_limits<int>::max();
    if (block.size() > limit) return -1;
    const int capacity = static_cast<int>(std::min(out.size(), limit));
    const int written =
        LZ4_decompress_safe(reinterpret_cast<const char*>(block.data()), reinterpret_cast<char*>(out.data()),
                            static_cast<int>(block.size()), capacity);
    return written < 0 ? -1 : written;
}

size_t codeBytes(size_t count) { return (count + 3) / 4; }

template <class Integer>
struct Widths;
template <>
struct Widths<uint32_t> {
    using Small = int8_t;
    using Middle = int16_t;
};
template <>
struct Widths<uint64_t> {
    using Small = int16_t;
    using Middle = int32_t;
};

template <class Part, class Integer>
Integer readPart(const std::byte*& at) {
    Part part;
    std::memcpy(&part, at, sizeof part);
    at += sizeof part;
    return static_cast<Integer>(static_cast<std::make_signed_t<Integer>>(part));
}

/// Decodes the integers of one code byte, lowest bits first.
template <class Integer>
void decodeGroup(unsigned codes, size_t groupSize, Integer common, const std::byte*& at, Integer& value, Integer* out) {
    for (size_t i = 0; i < groupSize; ++i, codes >>= 2) {
        switch (codes & 3) {
            case 0:
                value += common;
                break;
            case 1:
                value += readPart<typename Widths<Integer>::Small, Integer>(at);
                break;
            case 2:
                value += readPart<typename Widths<Integer>::Middle, Integer>(at);
                break;
            default:
                value += readPart<std::make_signed_t<Integer>, Integer>(at);
                break;
        }
        out[i] = value;
    }
}

template <class Integer>
size_t partBytes(unsigned codes, size_t groupSize) {
    constexpr size_t widths[] = {0, sizeof(typename Widths<Integer>::Small), sizeof(typename Widths<Integer>::Middle),
                                 sizeof(Integer)};
    size_t bytes = 0;
    for (size_t i = 0; i < groupSize; ++i, codes >>= 2) bytes += widths[codes & 3];
    return bytes;
}

template <class Integer>
bool decode(std::span<const std::byte> coded, std::span<Integer> out) {
    const size_t head = sizeof(Integer) + codeBytes(out.size());
    if (coded.size() < head) return false;
    Integer common;
    std::memcpy(&common, coded.data(), sizeof common);
    const std::byte* codes = coded.data() + sizeof common;
    const std::byte* at = coded.data() + head;
    const std::byte* const end = coded.data() + coded.size();
    Integer value = 0;
    for (size_t i = 0; i < out.size(); i += 4, ++codes) {
        const auto code = static_cast<unsigned>(*codes);
        const size_t groupSize = std::min<size_t>(4, out.size() - i);
        // The longest group is checked without looking at it; only the last ones need a careful count.
        if (static_cast<size_t>(end - at) < 4 * sizeof(Integer) &&
            static_cast<size_t>(end - at) < partBytes<Integer>(code, groupSize))
            return false;
        if (code == 0 && groupSize == 4) {
            for (size_t k = 0; k < 4; ++k) out[i + k] = value += common;
        } else {
            decodeGroup(code, groupSize, common, at, value, out.data() + i);
        }
    }
    return true;
}

template <class Integer>
bool decompress(std::span<const std::byte> compressed, std::span<Integer> out, std::vector<std::byte>& scratch) {
    if (out.empty()) return true;
    if (!canHoldIntegers(compressed.size(), out.size(), sizeof(Integer))) return false;
    const uint64_t most = sizeof(Integer) + codeBytes(out.size()) + out.size_bytes();
    const size_t capacity = std::min<uint64_t>(most, compressed.size() * kLz4Ratio + kLz4Slack);
    if (scratch.size() < capacity) scratch.resize(capacity);
    const int64_t size = decompressBytes(compressed, {scratch.data(), capacity});
    return size >= 0 && decode<Integer>({scratch.data(), static_cast<size_t>(size)}, out);
}

}  // namespace

int64_t decompressBytes(std::span<const std::byte> compressed, std::span<std::byte> out) {
    if (compressed.empty()) return -1;
    const auto chunkCount = static_cast<unsigned>(compressed[0]);
    compressed = compressed.subspan(1);
    if (chunkCount == 0) return decompressBlock(compressed, out);
    int64_t total = 0;
    for (unsigned chunk = 0; chunk < chunkCount; ++chunk) {
        int32_t size = 0;
        if (compressed.size() < sizeof size) return -1;
        std::memcpy(&size, compressed.data(), sizeof size);
        compressed = compressed.subspan(sizeof size);
        if (size < 0 || static_cast<size_t>(size) > compressed.size()) return -1;
        const int64_t written = decompressBlock(compressed.first(size), out.subspan(total));
        if (written < 0) return -1;
        total += written;
        compressed = compressed.subspan(size);
    }
    return total;
}

bool canHold(uint64_t compressedBytes, uint64_t bytes) { return bytes / kLz4Ratio <= compressedBytes; }

bool canHoldIntegers(uint64_t compressedBytes, uint64_t count, size_t integerBytes) {
    return count / 4 <= std::numeric_limits<uint64_t>::max() / 64 && canHold(compressedBytes, count / 4 + integerBytes);
}

bool decompressIntegers(std::span<const std::byte> compressed, std::span<uint32_t> out,
                        std::vector<std::byte>& scratch) {
    return decompress(compressed, out, scratch);
}

bool decompressIntegers(std::span<const std::byte> compressed, std::span<uint64_t> out,
                        std::vector<std::byte>& scratch) {
    return decompress(compressed, out, scratch);
}

}  // namespace usdtune::crate
