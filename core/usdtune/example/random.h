// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace usdtune::example {

/// SplitMix64 (Steele, Lea, Flood 2014). The same seed gives the same numbers on every machine, which the
/// distributions of <random> do not promise.
class SplitMix {
public:
    explicit SplitMix(uint64_t seed) : state_(seed) {}

    uint64_t next() {
        uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
        return z ^ (z >> 31);
    }
    /// A whole number in [0, count). The bias is below 2⁻⁴⁰ for the small counts used here.
    uint32_t below(uint32_t count) { return static_cast<uint32_t>(next() % count); }
    /// A number in [0, 1), a multiple of 2⁻⁵³.
    double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
    /// True once in `count` calls on average.
    bool oneIn(uint32_t count) { return below(count) == 0; }

private:
    uint64_t state_;
};

}  // namespace usdtune::example
