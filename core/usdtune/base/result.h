// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "usdtune/base/assert.h"

namespace usdtune {

/// Why a request could not be met: one full sentence naming prim, value and expectation.
struct Error {
    std::string message;
};

/// A value, or the sentence that tells why there is none.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::move(value)) {}
    Result(Error error) : state_(std::move(error)) {}

    bool ok() const { return std::holds_alternative<T>(state_); }
    explicit operator bool() const { return ok(); }
    const std::string& error() const {
        USDTUNE_ASSERT(!ok(), "error() asked of a good result");
        return std::get<Error>(state_).message;
    }
    T& value() {
        USDTUNE_ASSERT(ok(), "value() asked of a failed result");
        return std::get<T>(state_);
    }
    const T& value() const {
        USDTUNE_ASSERT(ok(), "value() asked of a failed result");
        return std::get<T>(state_);
    }

private:
    std::variant<T, Error> state_;
};

}  // namespace usdtune
