// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "usdtune/base/bounds.h"
#include "usdtune/base/math.h"

namespace usdtune {

/// Spreads the bits of a 64-bit key over all bits (the finalizer of SplitMix64).
constexpr uint64_t mixBits(uint64_t x) {
    x ^= x >> 30;
    x *= 0xBF58476D1CE4E5B9ull;
    x ^= x >> 27;
    x *= 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

constexpr uint64_t combineBits(uint64_t seed, uint64_t value) { return mixBits(seed ^ (value + 0x9E3779B97F4A7C15ull)); }

/// Chains of items under a 64-bit key, in order of insertion. Different keys may share a chain, and a key is all that is
/// known about an item: whoever walks a chain decides by the contents.
class KeyChains {
public:
    static constexpr uint32_t kEnd = 0xFFFFFFFFu;

    /// Room for items 0 … capacity - 1.
    explicit KeyChains(size_t capacity)
        : mask_(std::bit_ceil(capacity + capacity / 2 + 1) - 1), first_(mask_ + 1, kEnd), last_(mask_ + 1, kEnd),
          next_(capacity, kEnd) {}

    uint32_t first(uint64_t key) const { return first_[key & mask_]; }
    uint32_t next(uint32_t item) const { return next_[item]; }

    /// Appends an item that is in no chain yet.
    void insert(uint64_t key, uint32_t item) {
        const size_t slot = key & mask_;
        (first_[slot] == kEnd ? first_[slot] : next_[last_[slot]]) = item;
        last_[slot] = item;
    }

private:
    size_t mask_;
    std::vector<uint32_t> first_, last_, next_;
};

/// Cuts space into cubes a little more than twice as wide as a radius, so that everything within the radius of a point
/// lies in its own cube or in the 7 around its nearest corner. Cells find candidates; a distance decides.
class CellGrid {
public:
    /// `bounds` should hold the points; it keeps cell numbers small whatever the radius and the distance to the origin.
    CellGrid(double radius, const Bounds& bounds)
        : origin_(bounds.empty() ? Vec3d{} : bounds.min),
          // 2^30 cells along the diagonal at most: numbers stay exact even where the radius is far below one ulp.
          scale_(1.0 / std::max({radius * 2.0001, bounds.diagonal() * 0x1p-30, 1e-300})) {}

    /// Key of the cell that holds `p`, salted. `p` is finite.
    uint64_t key(const Vec3d& p, uint64_t salt = 0) const {
        const Vec3d u = (p - origin_) * scale_;
        return cellKey({{std::floor(u[0]), std::floor(u[1]), std::floor(u[2])}}, salt);
    }

    /// Keys of the 8 cells that can hold anything within the radius of `p`.
    std::array<uint64_t, 8> keysAround(const Vec3d& p, uint64_t salt = 0) const {
        const Vec3d u = (p - origin_) * scale_;
        std::array<Vec3d, 2> cell;
        for (size_t i = 0; i < 3; ++i) {
            cell[0][i] = std::floor(u[i]);
            cell[1][i] = u[i] - cell[0][i] < 0.5 ? cell[0][i] - 1 : cell[0][i] + 1;
        }
        std::array<uint64_t, 8> keys;
        for (size_t k = 0; k < 8; ++k)
            keys[k] = cellKey({{cell[k & 1][0], cell[(k >> 1) & 1][1], cell[(k >> 2) & 1][2]}}, salt);
        return keys;
    }

private:
    static uint64_t cellKey(const Vec3d& cell, uint64_t salt) {
        uint64_t key = salt;
        // + 0.0 makes -0 equal to 0.
        for (const double c : cell.v) key = combineBits(key, std::bit_cast<uint64_t>(c + 0.0));
        return key;
    }

    Vec3d origin_;
    double scale_;
};

}  // namespace usdtune
