// SPDX-License-Identifier: Apache-2.0
#include "usdtune/base/parallel.h"

#ifdef USDTUNE_PLAIN_THREADS
#include <algorithm>
#include <thread>
#include <vector>
#else
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#endif

namespace usdtune {

#ifdef USDTUNE_PLAIN_THREADS

// ThreadSanitizer cannot see the hand-overs inside a oneTBB that was not built for it, and calls each of them a
// race. Its build therefore hands out the same grains to plain threads, whose every step it knows.
void parallelFor(const Context& context, size_t count, const std::function<void(size_t)>& body, size_t grain) {
    const size_t step = std::max<size_t>(grain, 1);
    std::atomic<size_t> next = 0;
    const auto work = [&] {
        while (!context.isCancelled()) {
            const size_t begin = next.fetch_add(step);
            if (begin >= count) return;
            const size_t end = std::min(begin + step, count);
            for (size_t i = begin; i < end && !context.isCancelled(); ++i) body(i);
        }
    };
    // At least two, so that a race shows on a machine with one core as well.
    const size_t threadCount = context.threadCount > 0 ? static_cast<size_t>(context.threadCount)
                                                       : std::max<size_t>(std::thread::hardware_concurrency(), 2);
    if (threadCount == 1 || count <= step) return work();
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < threadCount; ++i) threads.emplace_back(work);
}

#else

void parallelFor(const Context& context, size_t count, const std::function<void(size_t)>& body, size_t grain) {
    if (context.threadCount == 1 || count <= grain) {
        for (size_t i = 0; i < count && !context.isCancelled(); ++i) body(i);
        return;
    }
    tbb::task_arena arena(context.threadCount > 0 ? context.threadCount : tbb::task_arena::automatic);
    arena.execute([&] {
        tbb::parallel_for(tbb::blocked_range<size_t>(0, count, grain), [&](const tbb::blocked_range<size_t>& range) {
            for (size_t i = range.begin(); i != range.end() && !context.isCancelled(); ++i) body(i);
        });
    });
}

#endif

}  // namespace usdtune
