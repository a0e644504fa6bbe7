// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>

void export_crate(nanobind::module_& m);

NB_MODULE(_core, m) {
    m.doc() = "The C++ core of usdtune.";
    m.attr("__version__") = USDTUNE_VERSION;
    export_crate(m);
}
