// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/scene/scene_fixture.h"
#include "usdtune/edit/preview.h"
#include "usdtune/ops/op.h"

/// An operation by its key, as a chain runs it.
namespace usdtune::test {

inline OpOutcome runOn(const Scene& scene, std::string_view key, const nlohmann::json& given = nlohmann::json::object(),
                       bool analysis = false, int threads = 0) {
    const Operation* op = findOp(key);
    USDTUNE_ASSERT(op != nullptr, "the operation is in the catalogue");
    Context context;
    context.threadCount = threads;
    auto outcome = runOp(*op, scene, given, analysis, context);
    EXPECT_TRUE(outcome.ok()) << (outcome.ok() ? "" : outcome.error());
    return outcome.ok() ? std::move(outcome.value()) : OpOutcome{};
}

inline ScenePtr after(const Scene& scene, const OpOutcome& outcome) {
    auto result = preview(scene, outcome.edits);
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error());
    return result.ok() ? result.value() : nullptr;
}

inline ScenePtr after(const Scene& scene, std::string_view key, const nlohmann::json& given = nlohmann::json::object()) {
    return after(scene, runOn(scene, key, given));
}

inline const Mesh& meshAt(const Scene& scene, std::string_view path) {
    const PrimId prim = scene.findThroughInstances(path);
    USDTUNE_ASSERT(prim.valid() && scene.meshOf(prim).valid(), "there is a mesh at that path");
    return scene.meshes()[scene.meshOf(prim).index];
}

template <class T>
std::vector<T> arrayAt(const Scene& scene, std::string_view prim, std::string_view name) {
    const Value value = scene.value(scene.find(prim), name);
    USDTUNE_ASSERT(value.count == 0 || value.elementSize() == sizeof(T), "the array holds elements of that size");
    const T* first = static_cast<const T*>(value.data);
    return {first, first + value.count};
}

/// "path: reason" of every declined prim.
inline std::vector<std::string> declinedBy(const Scene& scene, const OpOutcome& outcome) {
    std::vector<std::string> out;
    for (const Declined& row : outcome.declined) out.push_back(std::string(scene.text(row.prim)) + ": " + row.reason);
    return out;
}

}  // namespace usdtune::test
