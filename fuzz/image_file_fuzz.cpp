// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a picture: pixels for its size, or a sentence, in bounded memory. Whole files are tried as they are.
#include <string>

#include "input.h"
#include "usdtune/render/image_file.h"

using namespace usdtune;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const ImageLimits limits{4096, uint64_t{1} << 22};
    const auto image = readImage({reinterpret_cast<const std::byte*>(data), size}, "picture", limits);
    if (!image) {
        fuzz::demand(!image.error().empty(), "a picture that cannot be read has a sentence");
        return 0;
    }
    std::visit(
        [](const auto& pixels) {
            fuzz::demand(pixels.channels >= 1 && pixels.channels <= 4, "a picture has channels");
            fuzz::demand(pixels.pixels.size() == size_t{pixels.width} * pixels.height * pixels.channels,
                         "a picture has pixels for its size");
        },
        image.value());
    if (const auto* bytes = std::get_if<Image8>(&image.value()))
        fuzz::demand(writePng(*bytes).ok(), "what was read can be written");
    return 0;
}
