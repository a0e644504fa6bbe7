// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>

/// Guards a promise of our own code; never used for scene content, which may be broken in any way.
/// Active in every build type: a wrong result is worse than a dead process under supervision.
#define USDTUNE_ASSERT(condition, reason)                                                      \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            std::fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, (reason)); \
            std::abort();                                                                      \
        }                                                                                      \
    } while (false)
