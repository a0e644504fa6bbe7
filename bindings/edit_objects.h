// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <string>
#include <vector>

#include "usdtune/edit/edit.h"
#include "usdtune/scene/row_collector.h"
#include "usdtune/scene/scene.h"

namespace usdtune::bindings {

/// Numbers of one Value, seen through the buffer protocol without a copy.
struct Numbers {
    OwnedValue owned;
    Py_ssize_t shape[2]{};
    Py_ssize_t strides[2]{};

    explicit Numbers(OwnedValue value);
};
extern PyType_Slot numbersSlots[];

/// Walks an EditList, one tuple per edit, made when it is asked for.
class Sentences {
public:
    Sentences(std::shared_ptr<const Scene> scene, const EditList& list) : scene_(std::move(scene)), list_(&list) {}
    nanobind::object next();

private:
    nanobind::object text(TokenId id);
    nanobind::object value(const OwnedValue& value);
    nanobind::object texts(const std::vector<TokenId>& ids);

    std::shared_ptr<const Scene> scene_;
    const EditList* list_;
    size_t at_ = 0;
    std::vector<nanobind::object> texts_;  ///< by token, so that names and types are made once
};

/// Says edits from Python: for restructuring, and for tests. Values cross as in extraction.
class EditBuilder {
public:
    explicit EditBuilder(std::shared_ptr<const Scene> scene);

    void add(int kind, std::string_view path, std::string_view name, std::string_view typeName, int specifier,
             int flags, nanobind::handle value, const std::vector<std::string>& targets, nanobind::handle metadata);
    void move(std::string_view from, std::string_view to, int fate, std::string reason, std::string step);
    EditList take();

private:
    OwnedValue value(nanobind::handle object, std::string_view typeName);
    TokenId token(std::string_view text) { return rows_->tokens().intern(text); }

    std::shared_ptr<const Scene> scene_;
    std::shared_ptr<RowCollector> rows_;
    EditList list_;
};

/// The path moves as (old, new or None, fate, reason, step).
nanobind::list moveRows(const std::vector<PathMove>& moves, const Scene& scene);

}  // namespace usdtune::bindings
