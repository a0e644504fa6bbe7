// SPDX-License-Identifier: Apache-2.0
#include "values.h"

#include <cstring>
#include <string>

namespace nb = nanobind;

namespace usdtune::bindings {

namespace {

constexpr Py_ssize_t kBorrowBytes = 512;

struct BufferKind {
    Element element;
    Py_ssize_t itemSize;
};

/// PEP 3118 format letters that Vt and numpy use; byte order marks are native ones.
BufferKind kindOf(const char* format) {
    if (format == nullptr) return {Element::UChar, 1};
    if (*format == '@' || *format == '=' || *format == '<') ++format;
    switch (*format) {
        case '?':
            return {Element::Bool, 1};
        case 'B':
            return {Element::UChar, 1};
        case 'i':
            return {Element::Int, 4};
        case 'I':
            return {Element::UInt, 4};
        case 'l':
        case 'q':
            return {Element::Int64, 8};
        case 'L':
        case 'Q':
            return {Element::UInt64, 8};
        case 'e':
            return {Element::Half, 2};
        case 'f':
            return {Element::Float, 4};
        case 'd':
            return {Element::Double, 8};
        default:
            return {Element::None, 0};
    }
}

struct HeldBuffer {
    Py_buffer view{};
    ~HeldBuffer() {
        nb::gil_scoped_acquire gil;
        PyBuffer_Release(&view);
    }
};

TokenId internObject(PyObject* object, RowCollector& rows) {
    Py_ssize_t size = 0;
    if (PyUnicode_Check(object)) {
        const char* text = PyUnicode_AsUTF8AndSize(object, &size);
        if (text != nullptr) return rows.tokens().intern({text, static_cast<size_t>(size)});
        PyErr_Clear();
    }
    const nb::object text = nb::steal(PyObject_Str(object));
    const char* utf8 = text.is_valid() ? PyUnicode_AsUTF8AndSize(text.ptr(), &size) : nullptr;
    if (utf8 == nullptr) {
        PyErr_Clear();
        return rows.tokens().intern("");
    }
    return rows.tokens().intern({utf8, static_cast<size_t>(size)});
}

TokenId attributeText(PyObject* object, const char* name, RowCollector& rows) {
    const nb::object member = nb::steal(PyObject_GetAttrString(object, name));
    if (!member.is_valid()) {
        PyErr_Clear();
        return rows.tokens().intern("");
    }
    return internObject(member.ptr(), rows);
}

void textElement(PyObject* object, Element element, TokenId* out, RowCollector& rows) {
    if (element == Element::Text) {
        *out = internObject(object, rows);
        return;
    }
    if (PyUnicode_Check(object)) {
        out[0] = internObject(object, rows);
        out[1] = rows.tokens().intern("");
        return;
    }
    out[0] = attributeText(object, "path", rows);
    out[1] = attributeText(object, "resolvedPath", rows);
}

Value textual(PyObject* object, ValueType type, RowCollector& rows, bool& mismatched) {
    const size_t width = type.element == Element::Asset ? 2 : 1;
    if (!type.isArray) {
        auto* out = static_cast<TokenId*>(rows.allocate(width * sizeof(TokenId)));
        textElement(object, type.element, out, rows);
        return {out, 1, type};
    }
    const nb::object items = nb::steal(PySequence_Fast(object, "a sequence of texts was expected"));
    if (!items.is_valid()) {
        PyErr_Clear();
        mismatched = true;
        return {};
    }
    const auto count = static_cast<size_t>(PySequence_Fast_GET_SIZE(items.ptr()));
    auto* out = static_cast<TokenId*>(rows.allocate(count * width * sizeof(TokenId)));
    for (size_t i = 0; i < count; ++i)
        textElement(PySequence_Fast_GET_ITEM(items.ptr(), static_cast<Py_ssize_t>(i)), type.element, out + i * width,
                    rows);
    return {out, count, type};
}

template <class T, class Get>
Value number(RowCollector& rows, ValueType type, Get get) {
    auto* out = static_cast<T*>(rows.allocate(sizeof(T)));
    *out = static_cast<T>(get());
    return {out, 1, type};
}

Value scalarNumber(PyObject* object, ValueType type, RowCollector& rows, bool& mismatched) {
    const nb::object asFloat = nb::steal(PyNumber_Float(object));
    if (!asFloat.is_valid()) {
        PyErr_Clear();
        mismatched = true;
        return {};
    }
    const double real = PyFloat_AS_DOUBLE(asFloat.ptr());
    const auto integer = [&]() -> long long {
        const nb::object asInt = nb::steal(PyNumber_Index(object));
        if (!asInt.is_valid()) {
            PyErr_Clear();
            mismatched = true;
            return static_cast<long long>(real);
        }
        return static_cast<long long>(PyLong_AsUnsignedLongLongMask(asInt.ptr()));
    };
    switch (type.element) {
        case Element::Bool:
            return number<uint8_t>(rows, type, [&] { return real != 0; });
        case Element::UChar:
            return number<uint8_t>(rows, type, integer);
        case Element::Int:
            return number<int32_t>(rows, type, integer);
        case Element::UInt:
            return number<uint32_t>(rows, type, integer);
        case Element::Int64:
            return number<int64_t>(rows, type, integer);
        case Element::UInt64:
            return number<uint64_t>(rows, type, integer);
        case Element::Float:
            return number<float>(rows, type, [&] { return real; });
        case Element::Double:
            return number<double>(rows, type, [&] { return real; });
        case Element::Half: {
            auto* out = static_cast<unsigned char*>(rows.allocate(2));
            if (PyFloat_Pack2(real, reinterpret_cast<char*>(out), PY_LITTLE_ENDIAN) != 0) {
                PyErr_Clear();
                mismatched = true;
            }
            return {out, 1, type};
        }
        default:
            mismatched = true;
            return {};
    }
}

/// Quaternions have no buffer: imaginary first, as Vt lays them out.
Value quaternion(PyObject* object, ValueType type, RowCollector& rows, bool& mismatched) {
    const nb::object real = nb::steal(PyObject_GetAttrString(object, "real"));
    const nb::object imaginary = nb::steal(PyObject_GetAttrString(object, "imaginary"));
    if (!real.is_valid() || !imaginary.is_valid()) {
        PyErr_Clear();
        mismatched = true;
        return {};
    }
    double parts[4] = {0, 0, 0, 0};
    for (Py_ssize_t i = 0; i < 4; ++i) {
        const nb::object part = i < 3 ? nb::steal(PySequence_GetItem(imaginary.ptr(), i)) : real;
        parts[i] = part.is_valid() ? PyFloat_AsDouble(part.ptr()) : 0.0;
    }
    if (PyErr_Occurred() != nullptr) {
        PyErr_Clear();
        mismatched = true;
        return {};
    }
    const size_t size = componentSize(type.element);
    auto* out = static_cast<char*>(rows.allocate(4 * size));
    for (size_t i = 0; i < 4; ++i) {
        if (type.element == Element::Double) std::memcpy(out + i * size, &parts[i], 8);
        if (type.element == Element::Float) {
            const auto narrow = static_cast<float>(parts[i]);
            std::memcpy(out + i * size, &narrow, 4);
        }
        if (type.element == Element::Half && PyFloat_Pack2(parts[i], out + i * size, PY_LITTLE_ENDIAN) != 0)
            PyErr_Clear();
    }
    return {out, 1, type};
}

Value opaque(PyObject* object, RowCollector& rows) {
    auto* out = static_cast<TokenId*>(rows.allocate(sizeof(TokenId)));
    *out = internObject(object, rows);
    return {out, 1, {Element::Opaque, 1, false}};
}

Value fromBuffer(PyObject* object, ValueType declared, RowCollector& rows, bool& mismatched) {
    auto held = std::make_shared<HeldBuffer>();
    if (PyObject_GetBuffer(object, &held->view, PyBUF_FORMAT | PyBUF_C_CONTIGUOUS) != 0) {
        PyErr_Clear();
        held->view.obj = nullptr;
        mismatched = true;
        return opaque(object, rows);
    }
    const Py_buffer& view = held->view;
    const BufferKind kind = kindOf(view.format);
    if (kind.element == Element::None || kind.itemSize != view.itemsize) {
        mismatched = true;
        return opaque(object, rows);
    }
    size_t components = 1;
    const int firstComponentAxis = declared.isArray ? 1 : 0;
    for (int axis = firstComponentAxis; axis < view.ndim; ++axis) components *= static_cast<size_t>(view.shape[axis]);
    const size_t total = static_cast<size_t>(view.len / view.itemsize);
    Value out;
    out.type = {kind.element, static_cast<uint8_t>(components), declared.isArray};
    out.count = declared.isArray ? (components != 0 ? total / components : 0) : 1;
    if (total == 0 && declared.isArray) out.type.components = declared.components;
    if (out.type != declared) mismatched = true;
    if (declared.isArray && view.len >= kBorrowBytes) {
        out.data = view.buf;
        rows.keep(Keeper(held, held.get()));
        return out;
    }
    void* copy = rows.allocate(static_cast<size_t>(view.len));
    std::memcpy(copy, view.buf, static_cast<size_t>(view.len));
    out.data = copy;
    return out;
}

}  // namespace

bool isTextual(ValueType type) { return type.element == Element::Text || type.element == Element::Asset; }

Value toValue(PyObject* object, ValueType declared, RowCollector& rows, bool& mismatched) {
    if (declared.element == Element::None || declared.element == Element::Opaque) return opaque(object, rows);
    if (isTextual(declared)) return textual(object, declared, rows, mismatched);
    if (PyUnicode_Check(object)) {
        mismatched = true;
        return opaque(object, rows);
    }
    if (PyObject_CheckBuffer(object)) return fromBuffer(object, declared, rows, mismatched);
    if (!declared.isArray && declared.components == 1) {
        const Value value = scalarNumber(object, declared, rows, mismatched);
        return value.empty() ? opaque(object, rows) : value;
    }
    if (!declared.isArray && declared.components == 4) {
        const Value value = quaternion(object, declared, rows, mismatched);
        return value.empty() ? opaque(object, rows) : value;
    }
    mismatched = true;
    return opaque(object, rows);
}

}  // namespace usdtune::bindings
