// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace usdtune::fuzz {

/// Reads choices from the bytes of a fuzzer; zeros when they are used up.
class Input {
public:
    Input(const uint8_t* data, size_t size) : bytes_(data, size) {}
    bool empty() const { return place_ >= bytes_.size(); }
    uint8_t byte() { return empty() ? uint8_t{0} : bytes_[place_++]; }
    size_t below(size_t limit) { return byte() % limit; }

private:
    std::span<const uint8_t> bytes_;
    size_t place_ = 0;
};

/// A promise that must hold for every input; a broken one ends the fuzzer like any other crash.
inline void demand(bool holds, const char* promise) {
    if (holds) return;
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

}  // namespace usdtune::fuzz
