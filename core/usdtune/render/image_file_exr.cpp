// SPDX-License-Identifier: Apache-2.0
//
// OpenEXR by its own library, whose exceptions end here.
#include <OpenEXR/Iex.h>
#include <OpenEXR/ImfChannelList.h>
#include <OpenEXR/ImfFrameBuffer.h>
#include <OpenEXR/ImfHeader.h>
#include <OpenEXR/ImfIO.h>
#include <OpenEXR/ImfInputPart.h>
#include <OpenEXR/ImfMultiPartInputFile.h>
#include <OpenEXR/ImfPartType.h>
#include <OpenEXR/ImfTileDescription.h>

#include <cstring>
#include <string_view>
#include <utility>

#include "usdtune/render/image_file_formats.h"

namespace usdtune {

namespace {

class MemoryStream : public Imf::IStream {
public:
    explicit MemoryStream(std::span<const std::byte> bytes) : IStream("image"), bytes_(bytes) {}

    bool read(char out[], int count) override {
        if (count < 0 || place_ > bytes_.size() || static_cast<size_t>(count) > bytes_.size() - place_)
            throw Iex::InputExc("the file ends too early");
        std::memcpy(out, bytes_.data() + place_, static_cast<size_t>(count));
        place_ += static_cast<size_t>(count);
        return place_ < bytes_.size();
    }
    uint64_t tellg() override { return place_; }
    void seekg(uint64_t place) override { place_ = place; }

private:
    std::span<const std::byte> bytes_;
    uint64_t place_ = 0;
};

uint64_t numberAt(std::span<const std::byte> bytes, size_t place) {
    uint32_t value = 0;
    for (size_t i = 4; i-- > 0;) value = value << 8 | static_cast<uint32_t>(bytes[place + i]);
    return value;
}

/// Whether the library will read just these bytes as a value of that type: of most it does not ask how many there are.
bool sizeFits(std::string_view type, std::span<const std::byte> data) {
    static constexpr std::pair<std::string_view, size_t> fixed[] = {{"box2i", 16},
                                                                    {"box2f", 16},
                                                                    {"chromaticities", 32},
                                                                    {"compression", 1},
                                                                    {"deepImageState", 1},
                                                                    {"double", 8},
                                                                    {"envmap", 1},
                                                                    {"float", 4},
                                                                    {"int", 4},
                                                                    {"keycode", 28},
                                                                    {"lineOrder", 1},
                                                                    {"m33f", 36},
                                                                    {"m33d", 72},
                                                                    {"m44f", 64},
                                                                    {"m44d", 128},
                                                                    {"rational", 8},
                                                                    {"tiledesc", 9},
                                                                    {"timecode", 8},
                                                                    {"v2i", 8},
                                                                    {"v2f", 8},
                                                                    {"v2d", 16},
                                                                    {"v3i", 12},
                                                                    {"v3f", 12},
                                                                    {"v3d", 24}};
    for (const auto& [name, size] : fixed)
        if (name == type) return data.size() == size;
    if (type == "preview") {
        if (data.size() < 8) return false;
        const uint64_t pixels = (data.size() - 8) / 4, width = numberAt(data, 0), height = numberAt(data, 4);
        return width * height == pixels;
    }
    if (type == "stringvector") {
        size_t at = 0;
        while (data.size() - at >= 4 && numberAt(data, at) <= data.size() - at - 4) at += 4 + numberAt(data, at);
        return at == data.size();
    }
    if (type == "chlist") {
        // Names with sixteen bytes each, until a name is empty.
        constexpr size_t factsSize = 16;
        for (size_t at = 0; at < data.size();) {
            if (data[at] == std::byte{0}) return at + 1 == data.size();
            while (at < data.size() && data[at] != std::byte{0}) ++at;
            at += 1 + factsSize;
        }
        return false;
    }
    // Packed, with the unpacked size in front: nothing that a texture has.
    return type != "idmanifest";
}

/// Whether every attribute of the header lies within the file. The library makes room for what an attribute claims
/// before it reads: a few hostile bytes cost it seconds and gigabytes.
bool headerFits(std::span<const std::byte> bytes) {
    size_t at = 8;  // magic number and version
    const auto text = [&] {
        const size_t begin = at;
        while (at < bytes.size() && bytes[at] != std::byte{0}) ++at;
        const std::string_view found(reinterpret_cast<const char*>(bytes.data()) + begin, at - begin);
        ++at;
        return found;
    };
    if (bytes.size() < at) return false;
    const bool severalParts = (numberAt(bytes, 4) & 0x1000) != 0;
    for (bool startsPart = true; at < bytes.size();) {
        if (text().empty()) {
            if (startsPart || !severalParts) return true;
            startsPart = true;
            continue;
        }
        startsPart = false;
        const std::string_view type = text();
        if (at > bytes.size() || bytes.size() - at < 4) return false;
        const uint64_t size = numberAt(bytes, at), end = at + 4 + size;
        if (end > bytes.size()) return false;
        if (!sizeFits(type, bytes.subspan(at + 4, size))) return false;
        at = end;
    }
    return false;
}

/// Which channels become ours, in our order.
std::vector<const char*> wantedChannels(const Imf::ChannelList& channels) {
    const auto has = [&](const char* name) { return channels.findChannel(name) != nullptr; };
    std::vector<const char*> wanted;
    if (has("R") || has("G") || has("B"))
        wanted = {"R", "G", "B"};
    else if (has("Y"))
        wanted = {"Y"};
    if (!wanted.empty() && has("A")) wanted.push_back("A");
    return wanted;
}

Result<ImageF> readPart(Imf::MultiPartInputFile& file, const ImageLimits& limits) {
    const Imf::Header& header = file.header(0);
    if (header.hasType() && !Imf::isSupportedType(header.type())) return Error{"its first part is of an unknown type"};
    if (header.hasType() && Imf::isDeepData(header.type())) return Error{"deep pixels are not read"};
    const auto wanted = wantedChannels(header.channels());
    if (wanted.empty()) return Error{"it has none of the channels R, G, B and Y"};

    const Imath::Box2i window = header.dataWindow();
    const int64_t width = int64_t{window.max.x} - window.min.x + 1, height = int64_t{window.max.y} - window.min.y + 1;
    if (width <= 0 || height <= 0) return Error{"it has no pixels"};
    uint64_t channelCount = 0;
    for (auto channel = header.channels().begin(); channel != header.channels().end(); ++channel) ++channelCount;
    if (auto why = image_format::tooLarge(static_cast<uint64_t>(width), static_cast<uint64_t>(height),
                                          channelCount * sizeof(float), limits))
        return Error{*why};
    if (header.hasTileDescription()) {
        const Imf::TileDescription& tile = header.tileDescription();
        if (auto why = image_format::tooLarge(tile.xSize, tile.ySize, channelCount * sizeof(float), limits))
            return Error{"of one of its tiles is true: " + *why};
    }

    ImageF image{static_cast<uint32_t>(width), static_cast<uint32_t>(height), static_cast<uint8_t>(wanted.size()), {}};
    image.pixels.resize(static_cast<size_t>(width * height) * wanted.size());
    Imf::FrameBuffer frame;
    for (size_t channel = 0; channel < wanted.size(); ++channel)
        frame.insert(wanted[channel],
                     Imf::Slice::Make(Imf::FLOAT, image.pixels.data() + channel, window, wanted.size() * sizeof(float),
                                      static_cast<size_t>(width) * wanted.size() * sizeof(float)));
    Imf::InputPart part(file, 0);
    part.setFrameBuffer(frame);
    part.readPixels(window.min.y, window.max.y);
    return image;
}

}  // namespace

Result<AnyImage> image_format::readExr(std::span<const std::byte> bytes, const ImageLimits& limits) {
    if (!headerFits(bytes)) return Error{"an attribute of its header has not the size of its type"};
    try {
        MemoryStream stream(bytes);
        Imf::MultiPartInputFile file(stream, 0);
        Result<ImageF> image = readPart(file, limits);
        if (!image) return Error{image.error()};
        return AnyImage(std::move(image.value()));
    } catch (const std::exception& error) {
        std::string what = error.what();
        while (!what.empty() && (what.back() == '.' || what.back() == '\n')) what.pop_back();
        return Error{what.empty() ? "the library gives no reason" : what};
    }
}

}  // namespace usdtune
