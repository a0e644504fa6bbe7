// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "usdtune/scene/value.h"

namespace usdtune::example {

/// Owns the bytes of many values. Memory never moves; one keeper holds all of it.
class ValuePool {
public:
    ValuePool() : blocks_(std::make_shared<Blocks>()) {}

    template <class T>
    Value array(Element element, uint8_t components, std::span<const T> elements) {
        USDTUNE_ASSERT(sizeof(T) == componentSize(element) * components, "element size must match the value type");
        return {copy(elements.data(), elements.size_bytes()), elements.size(), {element, components, true}};
    }
    template <class T>
    Value array(Element element, uint8_t components, const std::vector<T>& elements) {
        return array(element, components, std::span<const T>(elements));
    }
    template <class T>
    Value scalar(Element element, uint8_t components, const T& v) {
        USDTUNE_ASSERT(sizeof(T) == componentSize(element) * components, "element size must match the value type");
        return {copy(&v, sizeof v), 1, {element, components, false}};
    }
    Keeper keeper() const { return blocks_; }

private:
    using Blocks = std::vector<std::unique_ptr<std::byte[]>>;
    static constexpr size_t kBlockSize = size_t{1} << 20;

    const void* copy(const void* data, size_t size) {
        const size_t room = (size + 15) / 16 * 16;
        if (room > left_) {
            left_ = std::max(room, kBlockSize);
            blocks_->push_back(std::make_unique_for_overwrite<std::byte[]>(left_));
            free_ = blocks_->back().get();
        }
        std::byte* place = free_;
        if (size != 0) std::memcpy(place, data, size);
        free_ += room;
        left_ -= room;
        return place;
    }

    std::shared_ptr<Blocks> blocks_;
    std::byte* free_ = nullptr;
    size_t left_ = 0;
};

}  // namespace usdtune::example
