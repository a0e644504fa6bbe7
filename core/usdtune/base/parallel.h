// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

#include "usdtune/base/context.h"

namespace usdtune {

/// Calls `body(i)` for every i in [0, count), in parallel within the context's thread limit.
/// Bodies write only to their own slot i, so results do not depend on the thread count.
/// A cancelled context stops handing out new work. `grain` is the number of calls worth a task.
void parallelFor(const Context& context, size_t count, const std::function<void(size_t)>& body, size_t grain = 16);

}  // namespace usdtune
