// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/scene/scene_fixture.h"
#include "usdtune/edit/preview.h"
#include "usdtune/ops/op.h"

namespace usdtune::test {

/// An operation by its key, as a chain runs it.
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

inline ScenePtr after(const Scene& scene, std::string_view key,
                      const nlohmann::json& given = nlohmann::json::object()) {
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

/// The op run with those arguments; a test fails when it is refused.
inline OpOutcome run(const ScenePtr& scene, std::string_view key, const nlohmann::json& arguments = {},
                     bool analysis = false) {
    const Operation* op = findOp(key);
    EXPECT_NE(op, nullptr) << key;
    auto outcome = runOp(*op, *scene, arguments, analysis, {});
    EXPECT_TRUE(outcome.ok()) << (outcome.ok() ? "" : outcome.error());
    return outcome.ok() ? std::move(outcome.value()) : OpOutcome();
}

/// The sentence with which the op refuses.
inline std::string refusal(const ScenePtr& scene, std::string_view key, const nlohmann::json& arguments) {
    const auto outcome = runOp(*findOp(key), *scene, arguments, false, {});
    EXPECT_FALSE(outcome.ok());
    return outcome.ok() ? std::string() : outcome.error();
}

inline ScenePtr after(const ScenePtr& scene, const OpOutcome& outcome) {
    auto result = preview(*scene, outcome.edits);
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error());
    return result.ok() ? result.value() : scene;
}

/// Expects that the op has nothing left to do on its own result, and gives that result.
inline ScenePtr runTwice(const ScenePtr& scene, std::string_view key, const nlohmann::json& arguments = {}) {
    const ScenePtr once = after(scene, run(scene, key, arguments));
    EXPECT_TRUE(run(once, key, arguments).edits.empty()) << key << " has more to do on its own result";
    return once;
}

inline std::vector<std::string> declined(const ScenePtr& scene, const OpOutcome& outcome) {
    std::vector<std::string> out;
    for (const Declined& row : outcome.declined) out.push_back(std::string(scene->text(row.prim)) + " " + row.reason);
    return out;
}

/// `from -> to`, or `from -> ` for removed paths.
inline std::vector<std::string> moves(const ScenePtr& scene, const OpOutcome& outcome) {
    std::vector<std::string> out;
    for (const PathMove& move : outcome.edits.moves)
        out.push_back(std::string(scene->text(move.from)) + " -> " + std::string(scene->text(move.to)));
    return out;
}

inline std::vector<std::string> targets(const ScenePtr& scene, std::string_view prim, std::string_view name) {
    std::vector<std::string> out;
    const PrimId id = scene->find(prim);
    if (!id.valid()) return out;
    const PropertyId property = scene->findProperty(id, name);
    if (property.valid())
        for (const TokenId target : scene->tokenList(scene->property(property).targets))
            out.emplace_back(scene->text(target));
    return out;
}

inline bool has(const ScenePtr& scene, std::string_view prim) { return scene->find(prim).valid(); }
inline bool has(const ScenePtr& scene, std::string_view prim, std::string_view property) {
    return has(scene, prim) && scene->findProperty(scene->find(prim), property).valid();
}

}  // namespace usdtune::test
