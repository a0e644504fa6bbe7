// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>

NB_MODULE(_core, m) {
    m.doc() = "The C++ core of usdtune.";
    m.attr("version") = USDTUNE_VERSION;
}
