// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <OpenEXR/ImfChannelList.h>
#include <OpenEXR/ImfFrameBuffer.h>
#include <OpenEXR/ImfHeader.h>
#include <OpenEXR/ImfIO.h>
#include <OpenEXR/ImfMultiPartOutputFile.h>
#include <OpenEXR/ImfOutputPart.h>
#include <OpenEXR/ImfPartType.h>
#include <OpenEXR/ImfTileDescription.h>
#include <OpenEXR/ImfTiledOutputPart.h>
#include <png.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>
// jpeglib.h wants stdio before it.
#include <jpeglib.h>

/// Tiny images as their own libraries write them.
namespace usdtune::test {

using Bytes = std::vector<std::byte>;

struct PngKind {
    int depth = 8, colorType = PNG_COLOR_TYPE_RGB, interlace = PNG_INTERLACE_NONE;
    std::vector<png_color> palette = {};
    std::vector<uint8_t> paletteAlpha = {};
};

/// `rows` as they lie in the file: packed bits, 16 bits big-endian.
inline Bytes png(uint32_t width, uint32_t height, const PngKind& kind, std::vector<std::vector<uint8_t>> rows) {
    Bytes bytes;
    png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(writer);
    png_set_write_fn(
        writer, &bytes,
        [](png_structp png, png_bytep data, size_t size) {
            const auto* begin = reinterpret_cast<const std::byte*>(data);
            auto& out = *static_cast<Bytes*>(png_get_io_ptr(png));
            out.insert(out.end(), begin, begin + size);
        },
        [](png_structp) {});
    png_set_IHDR(writer, info, width, height, kind.depth, kind.colorType, kind.interlace, 0, 0);
    if (!kind.palette.empty()) png_set_PLTE(writer, info, kind.palette.data(), static_cast<int>(kind.palette.size()));
    if (!kind.paletteAlpha.empty())
        png_set_tRNS(writer, info, kind.paletteAlpha.data(), static_cast<int>(kind.paletteAlpha.size()), nullptr);
    png_write_info(writer, info);
    std::vector<png_bytep> pointers;
    for (auto& row : rows) pointers.push_back(row.data());
    png_write_image(writer, pointers.data());
    png_write_end(writer, info);
    png_destroy_write_struct(&writer, &info);
    return bytes;
}

/// One colour all over, best quality, so that decoding gives it back within rounding.
inline Bytes jpeg(uint32_t width, uint32_t height, J_COLOR_SPACE space, J_COLOR_SPACE stored,
                  std::vector<uint8_t> pixel) {
    jpeg_compress_struct writer;
    jpeg_error_mgr errors;
    writer.err = jpeg_std_error(&errors);
    jpeg_create_compress(&writer);
    unsigned char* data = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&writer, &data, &size);
    writer.image_width = width;
    writer.image_height = height;
    writer.input_components = static_cast<int>(pixel.size());
    writer.in_color_space = space;
    jpeg_set_defaults(&writer);
    jpeg_set_colorspace(&writer, stored);
    jpeg_set_quality(&writer, 100, TRUE);
    jpeg_start_compress(&writer, TRUE);
    std::vector<uint8_t> row;
    for (uint32_t x = 0; x < width; ++x) row.insert(row.end(), pixel.begin(), pixel.end());
    for (uint32_t y = 0; y < height; ++y) {
        JSAMPROW pointer = row.data();
        jpeg_write_scanlines(&writer, &pointer, 1);
    }
    jpeg_finish_compress(&writer);
    const auto* begin = reinterpret_cast<const std::byte*>(data);
    Bytes bytes(begin, begin + size);
    jpeg_destroy_compress(&writer);
    std::free(data);
    return bytes;
}

class MemoryOutput : public Imf::OStream {
public:
    MemoryOutput() : OStream("memory") {}
    void write(const char data[], int count) override {
        const auto size = static_cast<size_t>(count);
        if (bytes.size() < place_ + size) bytes.resize(place_ + size);
        std::memcpy(bytes.data() + place_, data, size);
        place_ += size;
    }
    uint64_t tellp() override { return place_; }
    void seekp(uint64_t place) override { place_ = place; }
    Bytes bytes;

private:
    size_t place_ = 0;
};

struct ExrPart {
    std::vector<std::string> channels = {"R", "G", "B"};
    std::vector<float> pixels = {};  ///< channels interleaved in that order
    Imf::PixelType type = Imf::FLOAT;
    bool tiled = false;
};

/// A file whose data window starts at (5, -3).
inline Bytes exr(int width, int height, const std::vector<ExrPart>& parts) {
    const Imath::Box2i window(Imath::V2i(5, -3), Imath::V2i(5 + width - 1, -3 + height - 1));
    std::vector<Imf::Header> headers;
    for (const ExrPart& part : parts) {
        Imf::Header header(window, window);
        header.setName("part" + std::to_string(headers.size()));
        header.setType(part.tiled ? Imf::TILEDIMAGE : Imf::SCANLINEIMAGE);
        if (part.tiled) header.setTileDescription(Imf::TileDescription(2, 2, Imf::MIPMAP_LEVELS));
        for (const std::string& channel : part.channels) header.channels().insert(channel, Imf::Channel(part.type));
        headers.push_back(header);
    }
    MemoryOutput stream;
    {
        Imf::MultiPartOutputFile file(stream, headers.data(), static_cast<int>(headers.size()));
        for (size_t i = 0; i < parts.size(); ++i) {
            const ExrPart& part = parts[i];
            const size_t channelCount = part.channels.size();
            std::vector<Imath::half> halves(part.pixels.begin(), part.pixels.end());
            Imf::FrameBuffer frame;
            for (size_t channel = 0; channel < channelCount; ++channel) {
                const size_t size = part.type == Imf::HALF ? 2 : 4;
                const void* base = part.type == Imf::HALF ? static_cast<const void*>(halves.data() + channel)
                                                          : static_cast<const void*>(part.pixels.data() + channel);
                frame.insert(part.channels[channel],
                             Imf::Slice::Make(part.type, base, window, channelCount * size,
                                              channelCount * size * static_cast<size_t>(width)));
            }
            if (part.tiled) {
                Imf::TiledOutputPart out(file, static_cast<int>(i));
                out.setFrameBuffer(frame);
                for (int level = 0; level < out.numLevels(); ++level)
                    out.writeTiles(0, out.numXTiles(level) - 1, 0, out.numYTiles(level) - 1, level);
            } else {
                Imf::OutputPart out(file, static_cast<int>(i));
                out.setFrameBuffer(frame);
                out.writePixels(height);
            }
        }
    }
    return stream.bytes;
}

}  // namespace usdtune::test
