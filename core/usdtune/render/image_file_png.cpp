// SPDX-License-Identifier: Apache-2.0
//
// PNG by libpng. Its errors jump: every function here that calls setjmp holds nothing with a destructor, and so does
// every callback; what owns memory lives one frame further out.
#include <png.h>

#include <algorithm>
#include <bit>
#include <csetjmp>
#include <cstring>

#include "usdtune/render/image_file_formats.h"

namespace usdtune {

namespace {

struct Reading {
    png_structp png = nullptr;
    png_infop info = nullptr;
    const std::byte* next = nullptr;
    size_t left = 0, packedRowBytes = 0;
    uint32_t width = 0, height = 0;
    uint8_t channels = 0, depth = 0;
    char message[200] = "libpng has no memory left";

    ~Reading() { png_destroy_read_struct(&png, &info, nullptr); }
};

struct Writing {
    png_structp png = nullptr;
    png_infop info = nullptr;
    std::vector<std::byte>* bytes = nullptr;
    char message[200] = "libpng has no memory left";

    ~Writing() { png_destroy_write_struct(&png, &info); }
};

[[noreturn]] void fail(png_structp png, png_const_charp message) {
    std::strncpy(static_cast<char*>(png_get_error_ptr(png)), message, 199);
    png_longjmp(png, 1);
}

void ignore(png_structp, png_const_charp) {}

void take(png_structp png, png_bytep out, size_t size) {
    auto& reading = *static_cast<Reading*>(png_get_io_ptr(png));
    if (size > reading.left) png_error(png, "the file ends too early");
    std::memcpy(out, reading.next, size);
    reading.next += size;
    reading.left -= size;
}

bool readHeader(Reading& reading) {
    reading.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reading.message, fail, ignore);
    if (reading.png == nullptr) return false;
    if (setjmp(png_jmpbuf(reading.png)) != 0) return false;
    reading.info = png_create_info_struct(reading.png);
    if (reading.info == nullptr) return false;
    png_set_read_fn(reading.png, &reading, take);
    png_set_user_limits(reading.png, 0x7fffffff, 0x7fffffff);
    // Texts and profiles mean nothing here; unpacking them would cost what somebody else chose.
    png_set_keep_unknown_chunks(reading.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_set_crc_action(reading.png, PNG_CRC_DEFAULT, PNG_CRC_WARN_DISCARD);
    png_read_info(reading.png, reading.info);
    reading.width = png_get_image_width(reading.png, reading.info);
    reading.height = png_get_image_height(reading.png, reading.info);
    reading.packedRowBytes = png_get_rowbytes(reading.png, reading.info);
    return true;
}

/// Sets the conversions; libpng allocates its rows here, so the size was looked at before.
bool prepareRows(Reading& reading) {
    if (setjmp(png_jmpbuf(reading.png)) != 0) return false;
    png_set_expand(reading.png);
    if constexpr (std::endian::native == std::endian::little) png_set_swap(reading.png);
    png_set_interlace_handling(reading.png);
    png_read_update_info(reading.png, reading.info);
    reading.channels = png_get_channels(reading.png, reading.info);
    reading.depth = png_get_bit_depth(reading.png, reading.info);
    return true;
}

bool readRows(Reading& reading, png_bytepp rows) {
    if (setjmp(png_jmpbuf(reading.png)) != 0) return false;
    png_read_image(reading.png, rows);
    png_read_end(reading.png, nullptr);
    return true;
}

/// Deflate cannot pack better than 1032 to 1, so that a file which claims more is broken before anything is allocated.
bool canHold(size_t fileSize, uint64_t packedBytes) { return packedBytes / 1040 <= fileSize; }

std::vector<png_bytep> rowsOf(uint8_t* pixels, size_t height, size_t rowBytes) {
    std::vector<png_bytep> rows(height);
    for (size_t y = 0; y < height; ++y) rows[y] = pixels + y * rowBytes;
    return rows;
}

void append(png_structp png, png_bytep data, size_t size) {
    auto& bytes = *static_cast<Writing*>(png_get_io_ptr(png))->bytes;
    const auto* begin = reinterpret_cast<const std::byte*>(data);
    bytes.insert(bytes.end(), begin, begin + size);
}

void flush(png_structp) {}

bool writeRows(Writing& writing, uint32_t width, uint32_t height, int depth, int colorType, png_bytepp rows) {
    writing.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, writing.message, fail, ignore);
    if (writing.png == nullptr) return false;
    if (setjmp(png_jmpbuf(writing.png)) != 0) return false;
    writing.info = png_create_info_struct(writing.png);
    if (writing.info == nullptr) return false;
    png_set_write_fn(writing.png, &writing, append, flush);
    png_set_IHDR(writing.png, writing.info, width, height, depth, colorType, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(writing.png, 4);
    png_write_info(writing.png, writing.info);
    if (depth == 16 && std::endian::native == std::endian::little) png_set_swap(writing.png);
    png_write_image(writing.png, rows);
    png_write_end(writing.png, writing.info);
    return true;
}

Result<std::vector<std::byte>> encode(uint32_t width, uint32_t height, int depth, int colorType, const void* pixels,
                                      size_t rowBytes) {
    // libpng takes rows as mutable and does not write to them.
    auto rows = rowsOf(static_cast<uint8_t*>(const_cast<void*>(pixels)), height, rowBytes);
    std::vector<std::byte> bytes;
    Writing writing;
    writing.bytes = &bytes;
    if (!writeRows(writing, width, height, depth, colorType, rows.data()))
        return Error{"A picture of " + std::to_string(width) + " × " + std::to_string(height) +
                     " pixels cannot be written as PNG: " + writing.message + "."};
    return bytes;
}

}  // namespace

Result<AnyImage> image_format::readPng(std::span<const std::byte> bytes, const ImageLimits& limits) {
    Reading reading;
    reading.next = bytes.data();
    reading.left = bytes.size();
    if (!readHeader(reading)) return Error{reading.message};
    const size_t width = reading.width, height = reading.height;
    if (auto why = tooLarge(width, height, 1, limits)) return Error{*why};
    if (!canHold(bytes.size(), uint64_t{reading.packedRowBytes} * height))
        return Error{"the file is too short for its size"};

    if (!prepareRows(reading)) return Error{reading.message};
    const size_t channels = reading.channels;
    const bool wide = reading.depth == 16;
    if (auto why = tooLarge(width, height, channels * (wide ? sizeof(float) : 1), limits)) return Error{*why};

    const size_t valueCount = width * height * channels;
    if (!wide) {
        Image8 image{reading.width, reading.height, reading.channels, std::vector<uint8_t>(valueCount)};
        auto rows = rowsOf(image.pixels.data(), height, width * channels);
        if (!readRows(reading, rows.data())) return Error{reading.message};
        return AnyImage(std::move(image));
    }
    std::vector<uint16_t> values(valueCount);
    auto rows = rowsOf(reinterpret_cast<uint8_t*>(values.data()), height, width * channels * 2);
    if (!readRows(reading, rows.data())) return Error{reading.message};
    ImageF image{reading.width, reading.height, reading.channels, std::vector<float>(valueCount)};
    std::transform(values.begin(), values.end(), image.pixels.begin(),
                   [](uint16_t value) { return static_cast<float>(value) / 65535.0f; });
    return AnyImage(std::move(image));
}

Result<std::vector<std::byte>> writePng(const Image8& image) {
    static constexpr int types[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                    PNG_COLOR_TYPE_RGB_ALPHA};
    const size_t rowBytes = size_t{image.width} * image.channels;
    USDTUNE_ASSERT(image.channels >= 1 && image.channels <= 4 && image.pixels.size() == rowBytes * image.height,
                   "a picture has pixels for its size");
    return encode(image.width, image.height, 8, types[image.channels - 1], image.pixels.data(), rowBytes);
}

Result<std::vector<std::byte>> writeGrey16Png(uint32_t width, uint32_t height, std::span<const uint16_t> pixels) {
    USDTUNE_ASSERT(pixels.size() == size_t{width} * height, "a picture has pixels for its size");
    return encode(width, height, 16, PNG_COLOR_TYPE_GRAY, pixels.data(), size_t{width} * 2);
}

}  // namespace usdtune
