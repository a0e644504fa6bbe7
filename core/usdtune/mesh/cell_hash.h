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

constexpr uint64_t combineBits(uint64_t seed, uint64_t value) {
    return mixBits(seed ^ (value + 0x9E3779B97F4A7C15ull));
}

/// Chains of items under a 64-bit key, the last inserted first. Different keys may share a chain, and a key is all that
/// is known about an item: whoever walks a chain decides by the contents.
class KeyChains {
public:
    static constexpr uint32_t kEnd = 0xFFFFFFFFu;

    /// Room for items 0 … capacity - 1.
    explicit KeyChains(size_t capacity)
        : mask_(std::bit_ceil(capacity + capacity / 2 + 1) - 1), first_(mask_ + 1, kEnd), next_(capacity, kEnd) {}

    uint32_t first(uint64_t key) const { return first_[key & mask_]; }
    uint32_t next(uint32_t item) const { return next_[item]; }

    /// Adds an item that is in no chain yet.
    void insert(uint64_t key, uint32_t item) {
        uint32_t& first = first_[key & mask_];
        next_[item] = first;
        first = item;
    }

private:
    size_t mask_;
    std::vector<uint32_t> first_, next_;
};

/// Up to 8 cells of a grid.
struct CellKeys {
    std::array<uint64_t, 8> keys{};
    size_t count = 0;

    const uint64_t* begin() const { return keys.data(); }
    const uint64_t* end() const { return keys.data() + count; }
};

/// Cuts space into cubes about four times as wide as a radius, so that everything within the radius of a place lies in
/// its own cube or, where it is close to a wall, edge or corner of that, in the cubes behind. Narrower cubes make every
/// query visit 8; wider ones hold too many candidates where points are dense. Cells find candidates; a distance
/// decides.
class CellGrid {
public:
    /// `bounds` should hold the points; it keeps cell numbers small whatever the radius and the distance to the origin.
    CellGrid(double radius, const Bounds& bounds)
        : origin_(bounds.empty() ? Vec3d{} : bounds.min),
          // 2^30 cells along the diagonal at most: fractions of a cell stay exact to 1e-6.
          scale_(1.0 / std::max({radius * 4, bounds.diagonal() * 0x1p-30, 1e-300})),
          reach_(radius * scale_ + 1e-6) {}

    /// Key of the cell that holds `p`, salted. `p` is finite.
    uint64_t key(const Vec3d& p, uint64_t salt = 0) const {
        const Vec3d u = (p - origin_) * scale_;
        return cellKey({{std::floor(u[0]), std::floor(u[1]), std::floor(u[2])}}, salt);
    }

    /// Keys of the cells that can hold anything within the radius of `p`.
    CellKeys keysAround(const Vec3d& p, uint64_t salt = 0) const {
        const Vec3d u = (p - origin_) * scale_;
        std::array<Vec3d, 2> cell;
        std::array<size_t, 3> count{};
        for (size_t i = 0; i < 3; ++i) {
            const double own = std::floor(u[i]), fraction = u[i] - own;
            cell[0][i] = own;
            cell[1][i] = fraction < 0.5 ? own - 1 : own + 1;
            count[i] = fraction <= reach_ || fraction >= 1 - reach_ ? 2 : 1;
        }
        CellKeys around;
        for (size_t z = 0; z < count[2]; ++z)
            for (size_t y = 0; y < count[1]; ++y)
                for (size_t x = 0; x < count[0]; ++x)
                    around.keys[around.count++] = cellKey({{cell[x][0], cell[y][1], cell[z][2]}}, salt);
        return around;
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
    double reach_;  ///< the radius in cells
};

}  // namespace usdtune
