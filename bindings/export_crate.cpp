// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>

#include <stdexcept>

#include "usdtune/base/hash.h"
#include "usdtune/crate/crate_dump.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

template <class T>
T valueOrRaise(usdtune::Result<T> result) {
    if (!result) throw std::runtime_error(result.error());
    return std::move(result.value());
}

}  // namespace

namespace usdtune::bindings {

void export_crate(nb::module_& m) {
    m.def(
        "crate_dump", [](const std::filesystem::path& file) { return valueOrRaise(usdtune::dumpCrate(file)); },
        "file"_a, "All rows of a crate file as one JSON text; RuntimeError tells why it cannot be read.");
    m.def(
        "crate_summary", [](const std::filesystem::path& file) { return valueOrRaise(usdtune::summarizeCrate(file)); },
        "file"_a, "Counts and seconds of reading a crate file, as JSON.");
    m.def(
        "content_hash", [](nb::bytes data) { return usdtune::toHex(usdtune::hashBytes(data.c_str(), data.size())); },
        "data"_a, "The hash that canonical texts give for an array, of the bytes of its elements.");
}

}  // namespace usdtune::bindings
