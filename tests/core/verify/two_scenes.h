// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/scene/scene_fixture.h"
#include "usdtune/verify/scene_diff.h"

namespace usdtune::test {

using Build = std::function<void(SceneFixture&)>;

inline ScenePtr sceneOf(const std::shared_ptr<TokenTable>& tokens, const Build& build, std::string_view layer) {
    SceneFixture fixture(tokens, layer);
    build(fixture);
    return fixture.freeze();
}

/// Two scenes over one token table, compared without a path map unless moves are given.
struct TwoScenes {
    std::shared_ptr<TokenTable> tokens = std::make_shared<TokenTable>();
    ScenePtr a, b;
    std::vector<PathMove> moves;
    DiffOptions options;

    TwoScenes(const Build& before, const Build& after, std::string_view layerA = "/scene.usda",
              std::string_view layerB = "/scene.usda")
        : a(sceneOf(tokens, before, layerA)), b(sceneOf(tokens, after, layerB)) {}

    TwoScenes& moved(std::string_view from, std::string_view to, PathFate fate = PathFate::Moved) {
        PathMove move;
        move.from = tokens->intern(from);
        if (!to.empty()) move.to = tokens->intern(to);
        move.fate = fate;
        move.reason = "test";
        moves.push_back(std::move(move));
        return *this;
    }
    DiffReport rendered() const { return diffRendered(*a, *b, moves, options, Context()); }
    DiffReport authored() const { return diffAuthored(*a, *b, moves, options, Context()); }
};

inline std::set<std::string> laws(const DiffReport& report) {
    std::set<std::string> out;
    for (const Difference& difference : report.differences) out.insert(difference.law);
    return out;
}

/// `before → after` of everything that had to be found without a map.
inline std::set<std::string> inferred(const TwoScenes& scenes, const DiffReport& report) {
    std::set<std::string> out;
    for (const PathMove& move : report.inferredMoves)
        out.insert(std::string(scenes.tokens->text(move.from)) + " → " + std::string(scenes.tokens->text(move.to)));
    return out;
}

}  // namespace usdtune::test
