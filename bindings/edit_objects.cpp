// SPDX-License-Identifier: Apache-2.0
#include <nanobind/stl/string.h>

#include "edit_objects.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include <cstring>
#include <stdexcept>

#include "values.h"

namespace nb = nanobind;

namespace usdtune::bindings {

namespace {

/// PEP 3118 letters in the order of the enumerators of Element; null where there are no numbers.
const char* formatOf(Element element) {
    static constexpr const char* formats[] = {nullptr, "?", "B", "i",     "I",     "q",    "Q",
                                              "e",     "f", "d", nullptr, nullptr, nullptr};
    return formats[static_cast<size_t>(element)];
}

int getBuffer(PyObject* object, Py_buffer* view, int flags) {
    if ((flags & PyBUF_WRITABLE) == PyBUF_WRITABLE) {
        PyErr_SetString(PyExc_BufferError, "values of edits are read-only");
        view->obj = nullptr;
        return -1;
    }
    Numbers& numbers = *nb::inst_ptr<Numbers>(nb::handle(object));
    const Value& value = numbers.owned.value;
    static char nothing = 0;
    view->buf = value.byteSize() == 0 ? &nothing : const_cast<void*>(value.data);
    view->len = static_cast<Py_ssize_t>(value.byteSize());
    view->itemsize = static_cast<Py_ssize_t>(componentSize(value.type.element));
    view->readonly = 1;
    view->format = (flags & PyBUF_FORMAT) == PyBUF_FORMAT ? const_cast<char*>(formatOf(value.type.element)) : nullptr;
    view->ndim = value.type.components == 1 ? 1 : 2;
    view->shape = numbers.shape;
    view->strides = numbers.strides;
    view->suboffsets = nullptr;
    view->internal = nullptr;
    view->obj = object;
    Py_INCREF(object);
    return 0;
}

template <class T>
T first(const Value& value) {
    T out;
    std::memcpy(&out, value.data, sizeof out);
    return out;
}

}  // namespace

PyType_Slot numbersSlots[] = {{Py_bf_getbuffer, reinterpret_cast<void*>(getBuffer)}, {0, nullptr}};

Numbers::Numbers(OwnedValue value) : owned(std::move(value)) {
    const Value& v = owned.value;
    shape[0] = static_cast<Py_ssize_t>(v.count);
    shape[1] = v.type.components;
    strides[0] = static_cast<Py_ssize_t>(v.elementSize());
    strides[1] = static_cast<Py_ssize_t>(componentSize(v.type.element));
}

nb::object Sentences::text(TokenId id) {
    const std::string_view content = scene_->text(id);
    if (!id.valid()) return nb::str("");
    if (id.index >= texts_.size()) texts_.resize(std::max<size_t>(id.index + 1, scene_->tokens().size()));
    nb::object& slot = texts_[id.index];
    if (!slot.is_valid()) slot = nb::str(content.data(), content.size());
    return slot;
}

nb::object Sentences::texts(const std::vector<TokenId>& ids) {
    nb::list out;
    for (const TokenId id : ids) out.append(text(id));
    return out;
}

nb::object Sentences::value(const OwnedValue& owned) {
    const Value& v = owned.value;
    if (v.empty()) return nb::none();
    const Element element = v.type.element;
    if (element == Element::Text || element == Element::Asset || element == Element::Opaque) {
        const auto* ids = static_cast<const TokenId*>(v.data);
        const size_t width = element == Element::Asset ? 2 : 1;
        if (!v.type.isArray) return text(ids[0]);
        nb::list out;
        for (size_t i = 0; i < v.count; ++i) out.append(text(ids[i * width]));
        return out;
    }
    if (!v.type.isArray && v.type.components == 1) {
        switch (element) {
            case Element::Bool:
                return nb::bool_(first<uint8_t>(v) != 0);
            case Element::UChar:
                return nb::int_(first<uint8_t>(v));
            case Element::Int:
                return nb::int_(first<int32_t>(v));
            case Element::UInt:
                return nb::int_(first<uint32_t>(v));
            case Element::Int64:
                return nb::int_(first<int64_t>(v));
            case Element::UInt64:
                return nb::int_(first<uint64_t>(v));
            case Element::Float:
                return nb::float_(static_cast<double>(first<float>(v)));
            case Element::Double:
                return nb::float_(first<double>(v));
            default:
                break;
        }
    }
    return nb::cast(Numbers(owned));
}

nb::object Sentences::next() {
    if (at_ >= list_->edits.size()) throw nb::stop_iteration();
    const Edit& edit = list_->edits[at_++];
    const int flags = (edit.uniform ? 1 : 0) | (edit.custom ? 2 : 0) | (edit.connection ? 4 : 0) |
                      (static_cast<int>(edit.specifier) << 3);
    nb::list metadata;
    for (const auto& [key, entry] : edit.metadata) metadata.append(nb::make_tuple(text(key), value(entry)));
    return nb::make_tuple(static_cast<int>(edit.kind), text(edit.path), text(edit.name), text(edit.typeName), flags,
                          value(edit.value), texts(edit.targets), metadata);
}

EditBuilder::EditBuilder(std::shared_ptr<const Scene> scene)
    : scene_(std::move(scene)), rows_(std::make_shared<RowCollector>(scene_->tables().tokens)) {}

OwnedValue EditBuilder::value(nb::handle object, std::string_view typeName) {
    if (object.is_none()) return {};
    bool mismatched = false;
    const Value value = toValue(object.ptr(), valueTypeOf(typeName), *rows_, mismatched);
    if (mismatched) throw std::invalid_argument("the value given is not of the type " + std::string(typeName));
    return {value, rows_};
}

void EditBuilder::add(int kind, std::string_view path, std::string_view name, std::string_view typeName, int specifier,
                      int flags, nb::handle object, const std::vector<std::string>& targets, nb::handle metadata) {
    Edit edit;
    edit.kind = static_cast<EditKind>(kind);
    edit.path = token(path);
    edit.name = token(name);
    edit.typeName = token(typeName);
    edit.specifier = static_cast<Specifier>(specifier);
    edit.uniform = (flags & 1) != 0;
    edit.custom = (flags & 2) != 0;
    edit.connection = (flags & 4) != 0;
    edit.value = value(object, typeName);
    for (const std::string& target : targets) edit.targets.push_back(token(target));
    for (const nb::handle entry : metadata) {
        const auto [key, type, content] = nb::cast<std::tuple<std::string, std::string, nb::object>>(entry);
        edit.metadata.emplace_back(token(key), value(content, type));
    }
    list_.edits.push_back(std::move(edit));
}

void EditBuilder::move(std::string_view from, std::string_view to, int fate, std::string reason, std::string step) {
    list_.moves.push_back({token(from), to.empty() ? TokenId() : token(to), static_cast<PathFate>(fate),
                           std::move(reason), std::move(step)});
}

EditList EditBuilder::take() {
    EditList out = std::move(list_);
    list_ = EditList();
    rows_ = std::make_shared<RowCollector>(scene_->tables().tokens);
    return out;
}

nb::list moveRows(const std::vector<PathMove>& moves, const Scene& scene) {
    const auto text = [&](TokenId id) { return nb::str(scene.text(id).data(), scene.text(id).size()); };
    nb::list out;
    for (const PathMove& move : moves) {
        const nb::object to = move.to.valid() ? nb::object(text(move.to)) : nb::none();
        out.append(nb::make_tuple(text(move.from), to, std::string(pathFateName(move.fate)), move.reason, move.step));
    }
    return out;
}

}  // namespace usdtune::bindings
