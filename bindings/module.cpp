// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>

namespace nb = nanobind;

namespace usdtune::bindings {
void export_scene(nb::module_& m);
void export_edit(nb::module_& m);
void export_crate(nb::module_& m);
void export_example(nb::module_& m);
void export_ops(nb::module_& m);
void export_plan(nb::module_& m);
void export_render(nb::module_& m);
void export_verify(nb::module_& m);
void export_pictures(nb::module_& m);
}  // namespace usdtune::bindings

NB_MODULE(_core, m) {
    m.doc() = "The C++ core of usdtune.";
    m.attr("version") = USDTUNE_VERSION;
    usdtune::bindings::export_scene(m);
    usdtune::bindings::export_edit(m);
    usdtune::bindings::export_crate(m);
    usdtune::bindings::export_example(m);
    usdtune::bindings::export_ops(m);
    usdtune::bindings::export_plan(m);
    usdtune::bindings::export_render(m);
    usdtune::bindings::export_verify(m);
    usdtune::bindings::export_pictures(m);
}
