// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include "usdtune/scene/row_collector.h"

namespace usdtune::bindings {

/// The Value that a pxr or Python object stands for. Arrays of at least 512 bytes are borrowed through the buffer
/// protocol and keep their owner alive; smaller ones and scalars are copied into the collector's memory.
/// `mismatched` is set when the object is not of the declared type; what can be viewed is viewed all the same.
/// An object of no known kind gives an Opaque value with its text.
Value toValue(PyObject* object, ValueType declared, RowCollector& rows, bool& mismatched);

/// Values of these types hold TokenIds and are made from str, Sdf.Path, Sdf.AssetPath or sequences of them.
bool isTextual(ValueType type);

}  // namespace usdtune::bindings
