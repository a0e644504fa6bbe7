// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace usdtune {

/// A 128-bit content hash (XXH3). Equal hashes find candidates; where a wrong match would lose data
/// the contents are compared afterwards.
struct Hash128 {
    uint64_t low = 0;
    uint64_t high = 0;
    friend constexpr auto operator<=>(const Hash128&, const Hash128&) = default;
};

inline Hash128 hashBytes(const void* data, size_t size, uint64_t seed = 0) {
    const XXH128_hash_t h = XXH3_128bits_withSeed(size != 0 ? data : "", size, seed);
    return {h.low64, h.high64};
}

template <class T>
Hash128 hashSpan(std::span<const T> values, uint64_t seed = 0) {
    static_assert(std::is_trivially_copyable_v<T>);
    return hashBytes(values.data(), values.size_bytes(), seed);
}

/// Feeds values one after the other; strings are length-prefixed so that neighbours cannot run together.
class Hasher {
public:
    explicit Hasher(uint64_t seed = 0) { XXH3_128bits_reset_withSeed(&state_, seed); }

    void bytes(const void* data, size_t size) {
        if (size != 0) XXH3_128bits_update(&state_, data, size);
    }
    template <class T>
        requires std::is_trivially_copyable_v<T>
    void value(const T& v) {
        bytes(&v, sizeof v);
    }
    void text(std::string_view s) {
        value(static_cast<uint64_t>(s.size()));
        bytes(s.data(), s.size());
    }
    void hash(const Hash128& h) {
        value(h.low);
        value(h.high);
    }
    template <class T>
    void span(std::span<const T> s) {
        value(static_cast<uint64_t>(s.size()));
        bytes(s.data(), s.size_bytes());
    }
    Hash128 finish() const {
        const XXH128_hash_t h = XXH3_128bits_digest(&state_);
        return {h.low64, h.high64};
    }

private:
    XXH3_state_t state_;
};

/// 32 lower-case hexadecimal digits, high half first.
inline std::string toHex(const Hash128& h) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out(32, '0');
    for (int i = 0; i < 16; ++i) {
        out[static_cast<size_t>(15 - i)] = digits[(h.high >> (4 * i)) & 15];
        out[static_cast<size_t>(31 - i)] = digits[(h.low >> (4 * i)) & 15];
    }
    return out;
}

}  // namespace usdtune

template <>
struct std::hash<usdtune::Hash128> {
    size_t operator()(const usdtune::Hash128& h) const noexcept {
        return static_cast<size_t>(h.low ^ (h.high * 0x9E3779B97F4A7C15ull));
    }
};
