// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace usdtune::crate {

/// Reads little-endian values one after the other from bytes that somebody else made. A read past the end gives
/// zeroes and sets `failed()`, so a whole structure is read first and judged once.
class ByteCursor {
public:
    explicit ByteCursor(std::span<const std::byte> bytes, uint64_t position = 0) : bytes_(bytes) { seek(position); }

    void seek(uint64_t position) {
        if (position > bytes_.size())
            fail();
        else
            position_ = position;
    }
    uint64_t position() const { return position_; }
    uint64_t remaining() const { return failed_ ? 0 : bytes_.size() - position_; }
    bool failed() const { return failed_; }
    void fail() { failed_ = true; }

    template <class T>
    T read() {
        static_assert(std::is_trivially_copyable_v<T>);
        T value{};
        if (remaining() < sizeof(T)) {
            fail();
            return value;
        }
        std::memcpy(&value, bytes_.data() + position_, sizeof(T));
        position_ += sizeof(T);
        return value;
    }

    /// The next `size` bytes; empty and failed when there are fewer.
    std::span<const std::byte> take(uint64_t size) {
        if (remaining() < size) {
            fail();
            return {};
        }
        const auto out = bytes_.subspan(position_, size);
        position_ += size;
        return out;
    }

    /// A count that stands before items of at least `leastItemBytes` each; 0 and failed when they cannot be there.
    uint64_t readCount(uint64_t leastItemBytes) {
        const auto count = read<uint64_t>();
        if (count <= remaining() / leastItemBytes) return count;
        fail();
        return 0;
    }

private:
    std::span<const std::byte> bytes_;
    uint64_t position_ = 0;
    bool failed_ = false;
};

}  // namespace usdtune::crate
