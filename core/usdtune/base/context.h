// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <string_view>

namespace usdtune {

/// What a long computation may use: a thread limit, a way to be cancelled and somebody to tell about progress.
struct Context {
    int threadCount = 0;                                               ///< 0: all cores
    const std::atomic<bool>* cancelled = nullptr;                      ///< set from another thread to stop early
    std::function<void(std::string_view what, double done)> progress;  ///< `done` in 0…1; called from one thread

    bool isCancelled() const { return cancelled != nullptr && cancelled->load(std::memory_order_relaxed); }
    void report(std::string_view what, double done) const {
        if (progress) progress(what, done);
    }
};

}  // namespace usdtune
