// SPDX-License-Identifier: Apache-2.0
#include "usdtune/edit/path_map.h"

#include <gtest/gtest.h>

#include "core/scene/scene_fixture.h"

namespace usdtune {
namespace {

using test::SceneFixture;

/// A rack with two meshes; what is said about it is collected in `edits`.
struct Rack {
    ScenePtr scene;
    EditList edits;

    Rack() {
        SceneFixture f;
        for (const char* path : {"/Rack/A", "/Rack/B"})
            f.mesh(path, {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2}).relationship("material:binding", {"/Red"});
        f.previewMaterial("/Red", 1, 0, 0);
        scene = f.freeze();
    }
    void say(EditKind kind, std::string_view path, std::string_view name = "") {
        Edit edit;
        edit.kind = kind;
        edit.path = scene->tokens().intern(path);
        if (!name.empty()) edit.name = scene->tokens().intern(name);
        edits.edits.push_back(std::move(edit));
    }
    void move(std::string_view from, std::string_view to, PathFate fate, std::string reason) {
        const auto token = [&](std::string_view path) {
            return path.empty() ? TokenId() : scene->tokens().intern(path);
        };
        edits.moves.push_back({token(from), token(to), fate, std::move(reason), "someOp"});
    }
    std::string line(std::string_view path) const {
        const std::string all = PathMap(edits, *scene, {{"someOp", 3}}).toJsonLines();
        const size_t at = all.find("{\"old\": \"" + std::string(path) + "\"");
        return at == std::string::npos ? "" : all.substr(at, all.find('\n', at) - at);
    }
};

TEST(PathMap, everyPrimHasARowAndTheyAreSorted) {
    const Rack rack;
    const PathMap map(rack.edits, *rack.scene, {});
    EXPECT_EQ(map.rows().size(), rack.scene->stagePrimCount());
    EXPECT_EQ(map.primCounts()[static_cast<size_t>(PathFate::Kept)], rack.scene->stagePrimCount());
    for (size_t row = 1; row < map.rows().size(); ++row) EXPECT_LT(map.rows()[row - 1].from, map.rows()[row].from);
    EXPECT_EQ(rack.line("/Rack/A"),
              R"({"old": "/Rack/A", "new": "/Rack/A", "kind": "kept", "reason": "", "step": null})");
}

TEST(PathMap, whatIsWrittenWhereItStandsIsTold) {
    Rack rack;
    rack.say(EditKind::SetAttribute, "/Rack/A", "points");
    rack.say(EditKind::SetAttribute, "/Rack/A", "points");
    rack.say(EditKind::SetPrimMetadata, "/Rack/B", "instanceable");
    EXPECT_NE(rack.line("/Rack/A.points").find("rewritten"), std::string::npos);
    EXPECT_EQ(rack.line("/Rack/A").find("rewritten"), std::string::npos);
    EXPECT_NE(rack.line("/Rack/B").find("rewritten"), std::string::npos);
    EXPECT_EQ(PathMap(rack.edits, *rack.scene, {}).rows().size(), rack.scene->stagePrimCount() + 1);
}

TEST(PathMap, propertiesOfWhatMovedHaveNoRowsOfTheirOwn) {
    Rack rack;
    rack.say(EditKind::RemoveProperty, "/Rack/A", "points");
    rack.move("/Rack/A", "/Rack/A/Geometry", PathFate::Instanced, "shares_geometry");
    EXPECT_EQ(rack.line("/Rack/A.points"), "");
    EXPECT_EQ(rack.line("/Rack/A"), R"({"old": "/Rack/A", "new": "/Rack/A/Geometry", "kind": "instanced", )"
                                    R"("reason": "shares_geometry", "step": 3})");
}

TEST(PathMap, whatAnEditBringsWasNotInTheSource) {
    Rack rack;
    rack.say(EditKind::DefinePrim, "/New");
    rack.say(EditKind::SetAttribute, "/New", "size");
    EXPECT_EQ(rack.line("/New"), "");
    EXPECT_EQ(rack.line("/New.size"), "");
}

TEST(PathMap, removedPathsLeadNowhereAndTextsAreEscaped) {
    Rack rack;
    rack.say(EditKind::RemovePrim, "/Rack/B");
    rack.move("/Rack/B", "", PathFate::Removed, "a \"quoted\"\nreason");
    EXPECT_EQ(rack.line("/Rack/B"), R"({"old": "/Rack/B", "new": null, "kind": "removed", )"
                                    R"("reason": "a \"quoted\"\nreason", "step": 3})");
}

}  // namespace
}  // namespace usdtune
