// SPDX-License-Identifier: Apache-2.0
//
// Sampling as UsdPreviewSurface's specification has it (UsdUVTexture). Levels: Williams, Pyramidal Parametrics, 1983.
#include "usdtune/render/texture.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "usdtune/render/asset_bytes.h"
#include "usdtune/render/image_file.h"

namespace usdtune {

namespace {

constexpr int kFirstTile = 1001, kLastTile = 1100, kTilesPerRow = 10;
constexpr std::string_view kPattern = "<UDIM>";

/// IEC 61966-2-1.
float fromSrgb(float value) { return value <= 0.04045f ? value / 12.92f : std::pow((value + 0.055f) / 1.055f, 2.4f); }
float toSrgb(float value) { return value <= 0.0031308f ? value * 12.92f : 1.055f * std::pow(value, 1 / 2.4f) - 0.055f; }

const std::array<float, 256>& decoded(bool srgb) {
    static const auto tables = [] {
        std::array<std::array<float, 256>, 2> made{};
        for (size_t i = 0; i < 256; ++i) {
            made[0][i] = static_cast<float>(i) / 255.0f;
            made[1][i] = fromSrgb(made[0][i]);
        }
        return made;
    }();
    return tables[srgb ? 1 : 0];
}

/// Fine enough that two neighbouring bytes never meet: the darkest step is 1/3295 of full light.
uint8_t encoded(float light, bool srgb) {
    constexpr size_t size = 1 << 14;
    static const auto table = [] {
        std::vector<uint8_t> made(size + 1);
        for (size_t i = 0; i <= size; ++i)
            made[i] = static_cast<uint8_t>(std::lround(255 * toSrgb(static_cast<float>(i) / size)));
        return made;
    }();
    const float bounded = std::clamp(light, 0.0f, 1.0f);
    return srgb ? table[static_cast<size_t>(bounded * size + 0.5f)] : static_cast<uint8_t>(bounded * 255 + 0.5f);
}

/// The two texels that one coordinate lies between, with the second one's share; -1 stands for what is outside.
struct Neighbours {
    int64_t first, second;
    float share;
};

Neighbours neighbours(float at, uint32_t size, TextureWrap wrap) {
    if (wrap == TextureWrap::Repeat) at -= std::floor(at);
    if (wrap == TextureWrap::Mirror) {
        at -= 2 * std::floor(at / 2);
        if (at > 1) at = 2 - at;
    }
    // What lies two images away is as good as far away, and fits an integer.
    const double texel = double{std::clamp(at, -2.0f, 3.0f)} * size - 0.5;
    const double below = std::floor(texel);
    Neighbours out{static_cast<int64_t>(below), static_cast<int64_t>(below) + 1, static_cast<float>(texel - below)};
    const auto last = int64_t{size} - 1;
    for (int64_t* place : {&out.first, &out.second}) {
        if (*place >= 0 && *place <= last) continue;
        if (wrap == TextureWrap::Repeat)
            *place = *place < 0 ? last : 0;
        else
            *place = wrap == TextureWrap::Black ? -1 : std::clamp<int64_t>(*place, 0, last);
    }
    return out;
}

Vec4f mix(const Vec4f& a, const Vec4f& b, float share) { return a * (1 - share) + b * share; }

}  // namespace

MipImage::MipImage(std::variant<Image8, ImageF> image, TextureSpace space) {
    Level finest{};
    if (auto* bytes = std::get_if<Image8>(&image)) {
        channels_ = bytes->channels;
        srgb_ = space == TextureSpace::Srgb || (space == TextureSpace::Auto && channels_ >= 3);
        finest = {bytes->width, bytes->height, std::move(bytes->pixels), {}};
    } else {
        auto& floats = std::get<ImageF>(image);
        channels_ = floats.channels;
        const size_t colors = channels_ <= 2 ? 1 : 3;
        if (space == TextureSpace::Srgb)
            for (size_t i = 0; i < floats.pixels.size(); ++i)
                if (i % channels_ < colors) floats.pixels[i] = fromSrgb(floats.pixels[i]);
        finest = {floats.width, floats.height, {}, std::move(floats.pixels)};
    }
    colorOfByte_ = decoded(srgb_).data();
    alphaOfByte_ = decoded(false).data();
    levels_.push_back(std::move(finest));
    while (levels_.back().width > 1 || levels_.back().height > 1) levels_.push_back(half(levels_.back()));
}

float MipImage::channel(const Level& level, size_t index, bool isColor) const {
    return level.floats.empty() ? (isColor ? colorOfByte_ : alphaOfByte_)[level.bytes[index]] : level.floats[index];
}

/// Every texel of the finer level counts in one of the coarser, also where a side is odd.
MipImage::Level MipImage::half(const Level& fine) const {
    Level coarse{std::max(fine.width / 2, 1u), std::max(fine.height / 2, 1u), {}, {}};
    const size_t valueCount = size_t{coarse.width} * coarse.height * channels_;
    const size_t colors = channels_ <= 2 ? 1 : 3;
    if (fine.floats.empty())
        coarse.bytes.resize(valueCount);
    else
        coarse.floats.resize(valueCount);
    size_t out = 0;
    for (uint64_t y = 0; y < coarse.height; ++y) {
        const uint64_t top = y * fine.height / coarse.height, bottom = (y + 1) * fine.height / coarse.height;
        for (uint64_t x = 0; x < coarse.width; ++x) {
            const uint64_t left = x * fine.width / coarse.width, right = (x + 1) * fine.width / coarse.width;
            const auto count = static_cast<float>((bottom - top) * (right - left));
            for (size_t c = 0; c < channels_; ++c, ++out) {
                float sum = 0;
                for (uint64_t row = top; row < bottom; ++row)
                    for (uint64_t column = left; column < right; ++column)
                        sum += channel(fine, (row * fine.width + column) * channels_ + c, c < colors);
                if (fine.floats.empty())
                    coarse.bytes[out] = encoded(sum / count, srgb_ && c < colors);
                else
                    coarse.floats[out] = sum / count;
            }
        }
    }
    return coarse;
}

Vec4f MipImage::texel(const Level& level, size_t x, size_t y) const {
    const size_t at = (y * level.width + x) * channels_;
    const float red = channel(level, at, true);
    if (channels_ <= 2) return {{red, red, red, channels_ == 2 ? channel(level, at + 1, false) : 1}};
    return {{red, channel(level, at + 1, true), channel(level, at + 2, true),
             channels_ == 4 ? channel(level, at + 3, false) : 1}};
}

Vec4f MipImage::bilinear(const Level& level, Vec2f st, TextureWrap wrapS, TextureWrap wrapT) const {
    const Neighbours s = neighbours(st[0], level.width, wrapS);
    // Rows lie from top to bottom, t grows upwards.
    const Neighbours t = neighbours(1 - st[1], level.height, wrapT);
    const auto at = [&](int64_t x, int64_t y) {
        return x < 0 || y < 0 ? Vec4f{} : texel(level, static_cast<size_t>(x), static_cast<size_t>(y));
    };
    return mix(mix(at(s.first, t.first), at(s.second, t.first), s.share),
               mix(at(s.first, t.second), at(s.second, t.second), s.share), t.share);
}

Vec4f MipImage::sample(Vec2f st, TextureWrap wrapS, TextureWrap wrapT, float footprint) const {
    for (float& coordinate : st.v)
        if (!std::isfinite(coordinate)) coordinate = 0;
    const float texels = footprint * static_cast<float>(std::max(levels_[0].width, levels_[0].height));
    if (!(texels > 1)) return bilinear(levels_[0], st, wrapS, wrapT);
    const float detail = std::min(std::log2(texels), static_cast<float>(levels_.size() - 1));
    const auto level = static_cast<size_t>(detail);
    const Vec4f finer = bilinear(levels_[level], st, wrapS, wrapT);
    if (level + 1 >= levels_.size()) return finer;
    return mix(finer, bilinear(levels_[level + 1], st, wrapS, wrapT), detail - static_cast<float>(level));
}

size_t MipImage::byteSize() const {
    size_t sum = 0;
    for (const Level& level : levels_) sum += level.bytes.size() + level.floats.size() * sizeof(float);
    return sum;
}

void Texture::readTile(const std::string& path, TextureSpace space, int tile) {
    const auto bytes = readAsset(path);
    if (!bytes) {
        problem_ = bytes.error();
        return;
    }
    auto image = readImage(bytes.value(), path);
    if (image)
        tiles_.try_emplace(tile, std::move(image.value()), space);
    else
        problem_ = image.error();
}

std::optional<Vec4f> Texture::sample(Vec2f st, TextureWrap wrapS, TextureWrap wrapT, float footprint) const {
    if (!udim_) {
        if (tiles_.empty()) return std::nullopt;
        return tiles_.begin()->second.sample(st, wrapS, wrapT, footprint);
    }
    const float column = std::floor(st[0]), row = std::floor(st[1]);
    if (!(column >= 0 && column < kTilesPerRow && row >= 0 && row < kTilesPerRow)) return std::nullopt;
    const auto found = tiles_.find(kFirstTile + static_cast<int>(column) + kTilesPerRow * static_cast<int>(row));
    if (found == tiles_.end()) return std::nullopt;
    return found->second.sample({{st[0] - column, st[1] - row}}, TextureWrap::Clamp, TextureWrap::Clamp, footprint);
}

size_t Texture::byteSize() const {
    size_t sum = 0;
    for (const auto& [number, image] : tiles_) sum += image.byteSize();
    return sum;
}

const Texture& TextureStore::texture(std::string_view resolvedPath, TextureSpace space) {
    Entry* entry = nullptr;
    {
        const std::scoped_lock lock(mutex_);
        auto& slot = entries_[{std::string(resolvedPath), space}];
        if (!slot) slot = std::make_unique<Entry>();
        entry = slot.get();
    }
    std::call_once(entry->once, [&] {
        if (!reads_ || resolvedPath.empty()) return;
        Texture& texture = entry->texture;
        const std::string path(resolvedPath);
        const size_t pattern = path.find(kPattern);
        if (pattern == std::string::npos) {
            texture.readTile(path, space, kFirstTile);
            return;
        }
        texture.udim_ = true;
        for (int tile = kFirstTile; tile <= kLastTile; ++tile) {
            std::string place = path;
            place.replace(pattern, kPattern.size(), std::to_string(tile));
            if (assetExists(place)) texture.readTile(place, space, tile);
        }
        if (texture.missing() && texture.problem_.empty()) texture.problem_ = path + " has no tile.";
    });
    return entry->texture;
}

size_t TextureStore::byteSize() const {
    const std::scoped_lock lock(mutex_);
    size_t sum = 0;
    for (const auto& [key, entry] : entries_) sum += entry->texture.byteSize();
    return sum;
}

}  // namespace usdtune
