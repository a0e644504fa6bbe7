// SPDX-License-Identifier: Apache-2.0
// What only shows in the core; that previews equal authoring and extraction is held in tests/python/test_author_laws.
#include "usdtune/edit/preview.h"

#include <gtest/gtest.h>

#include "core/scene/scene_fixture.h"
#include "usdtune/scene/scene_dump.h"

namespace usdtune {
namespace {

using test::SceneFixture;

Edit edit(const Scene& scene, EditKind kind, std::string_view path, std::string_view name = "") {
    Edit out;
    out.kind = kind;
    out.path = scene.tokens().intern(path);
    out.name = scene.tokens().intern(name);
    out.typeName = scene.tokens().intern("");
    return out;
}

ScenePtr rack() {
    SceneFixture f;
    f.mesh("/Rack/Tri", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2}).relationship("material:binding", {"/Red"});
    f.previewMaterial("/Red", 1, 0, 0);
    return f.freeze();
}

TEST(Preview, nothingToSayGivesAnEqualScene) {
    const ScenePtr scene = rack();
    EXPECT_EQ(sceneDump(*preview(*scene, EditList()).value()), sceneDump(*scene));
}

TEST(Preview, columnsAreSharedAndTheOldSceneStays) {
    const ScenePtr scene = rack();
    const std::string before = sceneDump(*scene);
    EditList list;
    list.edits.push_back(edit(*scene, EditKind::RemoveProperty, "/Rack/Tri", "material:binding"));
    const ScenePtr after = preview(*scene, list).value();
    EXPECT_EQ(after->meshes()[0].points.data(), scene->meshes()[0].points.data());
    EXPECT_FALSE(after->findProperty(after->find("/Rack/Tri"), "material:binding").valid());
    EXPECT_EQ(sceneDump(*scene), before);
}

TEST(Preview, valuesOutliveTheEditsThatBroughtThem) {
    const ScenePtr scene = rack();
    ScenePtr after;
    {
        EditList list;
        Edit set = edit(*scene, EditKind::SetAttribute, "/Rack/Tri", "points");
        set.typeName = scene->tokens().intern("point3f[]");
        set.value = OwnedValue::array(ValueType{Element::Float, 3, true},
                                      std::vector<Vec3f>{{{5, 0, 0}}, {{6, 0, 0}}, {{5, 1, 0}}});
        list.edits.push_back(std::move(set));
        after = preview(*scene, list).value();
    }
    EXPECT_EQ(after->meshes()[0].points[0], (Vec3f{{5, 0, 0}}));
    EXPECT_EQ(scene->meshes()[0].points[0], (Vec3f{{0, 0, 0}}));
}

TEST(Preview, wrongShapeIsRefusedWithASentence) {
    const ScenePtr scene = rack();
    EditList list;
    Edit set = edit(*scene, EditKind::SetAttribute, "/Rack/Tri", "points");
    set.typeName = scene->tokens().intern("point3f[]");
    set.value = OwnedValue::array(ValueType{Element::Int, 1, true}, std::vector<int>{1});
    list.edits.push_back(std::move(set));
    EXPECT_EQ(preview(*scene, list).error(), "/Rack/Tri.points: the value given does not have the shape of point3f[].");
}

TEST(Preview, whatStandsInAPrototypeIsNeverEdited) {
    SceneFixture f;
    f.instance("/I", "/__Prototype_1");
    f.mesh("/__Prototype_1/Leaf", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    const ScenePtr scene = f.freeze();
    EditList list;
    list.edits.push_back(edit(*scene, EditKind::RemovePrim, "/I/Leaf"));
    EXPECT_EQ(preview(*scene, list).error(),
              "/I/Leaf: the prim is not editable: its opinion does not belong to this target.");
}

TEST(Preview, whatIsReferredToInPlaceIsNotEditedBehindItsBack) {
    SceneFixture f;
    f.mesh("/Source/Tri", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    f.prim("/Copy", "Xform").arc(ArcKind::Reference, "/Source");
    const ScenePtr scene = f.freeze();
    EditList list;
    list.edits.push_back(edit(*scene, EditKind::RemoveProperty, "/Source/Tri", "points"));
    EXPECT_EQ(preview(*scene, list).error(),
              "/Source/Tri: it cannot be edited, as /Copy refers to /Source and would change with it.");
}

TEST(Preview, manyPrototypesAreOrderedByTheirFirstInstance) {
    SceneFixture f;
    for (int i = 0; i < 300; ++i) {
        f.prim("/S" + std::to_string(i), "Xform");
        f.mesh("/S" + std::to_string(i) + "/M", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
        f.prim("/I" + std::to_string(i), "Xform");
        f.prim("/J" + std::to_string(i), "Xform");
    }
    const ScenePtr scene = f.freeze();
    EditList list;
    const uint8_t yes = 1;
    for (int i = 0; i < 300; ++i)
        for (const char* name : {"/J", "/I"}) {
            const std::string path = name + std::to_string(i);
            Edit reference = edit(*scene, EditKind::AddReference, path);
            reference.targets = {scene->tokens().intern("/S" + std::to_string(i))};
            list.edits.push_back(reference);
            Edit instanceable = edit(*scene, EditKind::SetPrimMetadata, path, "instanceable");
            instanceable.value = OwnedValue::scalar(ValueType{Element::Bool, 1, false}, yes);
            list.edits.push_back(instanceable);
        }
    const ScenePtr after = preview(*scene, list).value();
    ASSERT_EQ(after->prototypes().size(), 300u);
    for (size_t i = 1; i < 300; ++i)
        EXPECT_LT(after->path(after->prototypes()[i - 1].root), after->path(after->prototypes()[i].root));
    EXPECT_EQ(after->prim(after->find("/J7")).prototype, after->prim(after->find("/I7")).prototype);
    EXPECT_EQ(after->text(after->prototypes()[0].source), "/S0");
    EXPECT_TRUE(after->find("/I7/M").valid());
    EXPECT_FALSE(after->prim(after->find("/I7/M")).flags.editable);
}

}  // namespace
}  // namespace usdtune
