// SPDX-License-Identifier: Apache-2.0
//
// JPEG by libjpeg. Its errors jump: every function here that calls setjmp holds nothing with a destructor, and so does
// every callback; what owns memory lives one frame further out.
#include <csetjmp>
#include <cstdio>
// jpeglib.h wants stdio before it.
#include <jerror.h>
#include <jpeglib.h>

#include "usdtune/render/image_file_formats.h"

namespace usdtune {

namespace {

struct Reading {
    jpeg_decompress_struct jpeg = {};
    jpeg_error_mgr errors = {};
    jpeg_progress_mgr progress = {};
    std::jmp_buf jump = {};
    bool created = false, endsEarly = false;
    char message[JMSG_LENGTH_MAX] = "";

    ~Reading() {
        if (created) jpeg_destroy_decompress(&jpeg);
    }
};

[[noreturn]] void fail(j_common_ptr jpeg) {
    auto& reading = *static_cast<Reading*>(jpeg->client_data);
    (*jpeg->err->format_message)(jpeg, reading.message);
    std::longjmp(reading.jump, 1);
}

/// Warnings are about bytes that readers pass over; the one that matters is that pixels were made up.
void note(j_common_ptr jpeg, int level) {
    if (level < 0 && jpeg->err->msg_code == JWRN_JPEG_EOF) static_cast<Reading*>(jpeg->client_data)->endsEarly = true;
}

void say(j_common_ptr) {}

/// A progressive file may ask for the whole picture to be gone over once per few bytes.
void limitScans(j_common_ptr jpeg) {
    constexpr int mostScans = 200;
    auto& reading = *static_cast<Reading*>(jpeg->client_data);
    if (reading.jpeg.input_scan_number <= mostScans) return;
    std::snprintf(reading.message, sizeof reading.message, "it has more than %d scans", mostScans);
    std::longjmp(reading.jump, 1);
}

bool readHeader(Reading& reading, const std::byte* bytes, size_t size) {
    reading.jpeg.err = jpeg_std_error(&reading.errors);
    reading.errors.error_exit = fail;
    reading.errors.emit_message = note;
    reading.errors.output_message = say;
    reading.jpeg.client_data = &reading;
    if (setjmp(reading.jump) != 0) return false;
    jpeg_create_decompress(&reading.jpeg);
    reading.created = true;
    reading.progress.progress_monitor = limitScans;
    reading.jpeg.progress = &reading.progress;
    jpeg_mem_src(&reading.jpeg, reinterpret_cast<const unsigned char*>(bytes), size);
    jpeg_read_header(&reading.jpeg, TRUE);
    if (reading.jpeg.num_components == 4)
        reading.jpeg.out_color_space = JCS_CMYK;
    else
        reading.jpeg.out_color_space = reading.jpeg.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    reading.jpeg.dct_method = JDCT_ISLOW;
    return true;
}

bool readRows(Reading& reading, uint8_t* pixels, size_t rowBytes) {
    if (setjmp(reading.jump) != 0) return false;
    jpeg_start_decompress(&reading.jpeg);
    while (reading.jpeg.output_scanline < reading.jpeg.output_height) {
        JSAMPROW row = pixels + reading.jpeg.output_scanline * rowBytes;
        jpeg_read_scanlines(&reading.jpeg, &row, 1);
    }
    jpeg_finish_decompress(&reading.jpeg);
    return true;
}

/// Plain ink arithmetic in place; no profile is applied. Adobe's files hold how much light is left, not how much ink.
void inkToLight(std::vector<uint8_t>& pixels, bool inverted) {
    size_t out = 0;
    for (size_t in = 0; in < pixels.size(); in += 4) {
        const auto light = [&](size_t ink) { return inverted ? pixels[in + ink] : 255 - pixels[in + ink]; };
        const int black = light(3);
        for (size_t channel = 0; channel < 3; ++channel)
            pixels[out++] = static_cast<uint8_t>((light(channel) * black + 127) / 255);
    }
    pixels.resize(out);
}

}  // namespace

Result<AnyImage> image_format::readJpeg(std::span<const std::byte> bytes, const ImageLimits& limits) {
    Reading reading;
    if (!readHeader(reading, bytes.data(), bytes.size())) return Error{reading.message};
    const auto channels = static_cast<uint8_t>(reading.jpeg.out_color_space == JCS_GRAYSCALE ? 1
                                               : reading.jpeg.out_color_space == JCS_RGB     ? 3
                                                                                             : 4);
    // Progressive files need room for all coefficients, two bytes each, beside the pixels.
    const uint64_t perPixel = channels * (reading.jpeg.progressive_mode != 0 ? 3u : 1u);
    const uint32_t width = reading.jpeg.image_width, height = reading.jpeg.image_height;
    if (auto why = tooLarge(width, height, perPixel, limits)) return Error{*why};
    // Not a law of the format as in PNG, but even a blank picture takes about a bit per block of 8 × 8 pixels.
    if (uint64_t{width} * height / 4096 > bytes.size()) return Error{"the file is too short for its size"};

    Image8 image{width, height, channels, std::vector<uint8_t>(size_t{width} * height * channels)};
    if (!readRows(reading, image.pixels.data(), size_t{width} * channels)) return Error{reading.message};
    if (reading.endsEarly) return Error{"the file ends too early"};
    if (channels == 4) {
        inkToLight(image.pixels, reading.jpeg.saw_Adobe_marker != 0);
        image.channels = 3;
    }
    return AnyImage(std::move(image));
}

}  // namespace usdtune
