// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "usdtune/base/math.h"
#include "usdtune/render/image.h"

namespace usdtune {

/// What stands outside of [0, 1]: transparent black, the border, the same again, the same mirrored.
enum class TextureWrap : uint8_t { Black, Clamp, Repeat, Mirror };

/// UsdUVTexture's sourceColorSpace. Auto: images of three or four 8-bit channels are sRGB, others are taken as they
/// are.
enum class TextureSpace : uint8_t { Auto, Raw, Srgb };

/// One picture with its mip levels, each a box filter of the one before, averaged in linear light. Eight bits stay
/// eight bits. Immutable after construction.
class MipImage {
public:
    MipImage(std::variant<Image8, ImageF> image, TextureSpace space);

    /// Bilinear between texels, linear between levels. `st` has its origin at the lower left corner; `footprint` is how
    /// much of st one sample stands for: 0 takes the finest level. Grey is handed to r, g and b; alpha is 1 where the
    /// image has none. st that is not finite reads as 0.
    Vec4f sample(Vec2f st, TextureWrap wrapS, TextureWrap wrapT, float footprint) const;
    size_t byteSize() const;

private:
    struct Level {
        uint32_t width, height;
        std::vector<uint8_t> bytes;  ///< of images of 8 bits
        std::vector<float> floats;   ///< of others
    };
    Level half(const Level& fine) const;
    float channel(const Level& level, size_t index, bool isColor) const;
    Vec4f texel(const Level& level, size_t x, size_t y) const;
    Vec4f bilinear(const Level& level, Vec2f st, TextureWrap wrapS, TextureWrap wrapT) const;

    uint8_t channels_;
    bool srgb_ = false;                   ///< bytes of colour channels are to be decoded; floats were already
    const float* colorOfByte_ = nullptr;  ///< 256 entries
    const float* alphaOfByte_ = nullptr;
    std::vector<Level> levels_;
};

/// A texture file, or the tiles of a UDIM pattern.
class Texture {
public:
    /// As MipImage, or nothing where there is no picture: the file is missing or broken, or has no such tile. Tiles are
    /// clamped at their borders, whatever the wrap modes say.
    std::optional<Vec4f> sample(Vec2f st, TextureWrap wrapS, TextureWrap wrapT, float footprint) const;
    bool missing() const { return tiles_.empty(); }
    /// Why it is missing, or why some tile is, as a sentence; empty when all is well.
    const std::string& problem() const { return problem_; }
    size_t byteSize() const;

private:
    friend class TextureStore;
    void readTile(const std::string& path, TextureSpace space, int tile);

    bool udim_ = false;
    std::map<int, MipImage> tiles_;  ///< by number; a plain file is tile 1001
    std::string problem_;
};

/// Reads each texture once. Pointers stay good for the life of the store.
class TextureStore {
public:
    /// With `reads` false every texture is missing, without a problem.
    explicit TextureStore(bool reads = true) : reads_(reads) {}
    bool reads() const { return reads_; }

    /// The texture at a resolved path: a file, a member of a package, or a pattern with `<UDIM>` for tiles 1001 to
    /// 1100. The empty path is a texture that is missing. Safe to call from many threads; whoever asks first reads,
    /// others wait for that texture alone.
    const Texture& texture(std::string_view resolvedPath, TextureSpace space);
    size_t byteSize() const;

private:
    struct Entry {
        std::once_flag once;
        Texture texture;
    };

    bool reads_;
    mutable std::mutex mutex_;
    std::map<std::pair<std::string, TextureSpace>, std::unique_ptr<Entry>, std::less<>> entries_;
};

}  // namespace usdtune
