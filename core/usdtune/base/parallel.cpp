// SPDX-License-Identifier: Apache-2.0
#include "usdtune/base/parallel.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

namespace usdtune {

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

}  // namespace usdtune
