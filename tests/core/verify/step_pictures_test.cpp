// SPDX-License-Identifier: Apache-2.0
//
// What pictures of edited prims alone tell of a step.
#include <gtest/gtest.h>

#include "core/verify/two_scenes.h"
#include "usdtune/verify/step_pictures.h"

namespace usdtune::test {
namespace {

PrimFixture& square(SceneFixture& f, std::string_view path, double x = 0) {
    return f.mesh(path, {x, 0, 0, x + 1, 0, 0, x + 1, 1, 0, x, 1, 0}, {4}, {0, 1, 2, 3});
}

void hall(SceneFixture& f) {
    f.previewMaterial("/Red", 1, 0, 0);
    f.previewMaterial("/Blue", 0, 0, 1);
    square(f, "/A").relationship("material:binding", {"/Red"});
    square(f, "/B", 2);
}

std::optional<StepPictures> look(const TwoScenes& scenes) {
    const PathMapping mapping(scenes.moves, scenes.a->tokens());
    const EditedPrims edited = editedPrims(*scenes.a, *scenes.b, mapping, Context());
    return lookAtStep(*scenes.a, *scenes.b, edited, mapping, Context());
}

TEST(StepPictures, nothingIsLookedAtWhereNothingDrawnWasEdited) {
    EXPECT_FALSE(look(TwoScenes(hall, hall)));
    EXPECT_FALSE(look(TwoScenes(hall, [](SceneFixture& f) {
        hall(f);
        f.prim("/Notes", "Scope");
    })));
}

TEST(StepPictures, onlyWhatWasEditedIsDrawn) {
    const auto seen = look(TwoScenes(hall, [](SceneFixture& f) {
        hall(f);
        f.prim("/B").attribute("note", "int", {1});
    }));
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->drawnPrims, 1U);
    EXPECT_GT(seen->comparedPixels, 1000U);
    EXPECT_EQ(seen->changedPixels, 0U);
}

TEST(StepPictures, aMovedMeshIsSeen) {
    const auto seen = look(TwoScenes(hall, [](SceneFixture& f) {
        hall(f);
        square(f, "/B", 2.1);
    }));
    ASSERT_TRUE(seen);
    EXPECT_GT(seen->changedPixels, 0U);
}

TEST(StepPictures, anotherMaterialIsSeen) {
    const auto seen = look(TwoScenes(hall, [](SceneFixture& f) {
        hall(f);
        f.prim("/A").relationship("material:binding", {"/Blue"});
    }));
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->changedPixels, seen->comparedPixels);
}

TEST(StepPictures, aRemovedMeshIsSeenToBeGone) {
    TwoScenes scenes(hall, [](SceneFixture& f) {
        f.previewMaterial("/Red", 1, 0, 0);
        f.previewMaterial("/Blue", 0, 0, 1);
        square(f, "/A").relationship("material:binding", {"/Red"});
    });
    scenes.moved("/B", "", PathFate::Removed);
    const auto seen = look(scenes);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->changedPixels, seen->comparedPixels);
}

TEST(StepPictures, whatMovedInTheNamespaceIsTheSame) {
    TwoScenes scenes(hall, [](SceneFixture& f) {
        f.previewMaterial("/Crimson", 1, 0, 0);
        f.previewMaterial("/Blue", 0, 0, 1);
        f.prim("/Group", "Xform");
        square(f, "/Group/A").relationship("material:binding", {"/Crimson"});
        square(f, "/B", 2);
    });
    scenes.moved("/A", "/Group/A").moved("/Red", "/Crimson");
    const auto seen = look(scenes);
    ASSERT_TRUE(seen);
    EXPECT_GT(seen->comparedPixels, 1000U);
    EXPECT_EQ(seen->changedPixels, 0U);
}

TEST(StepPictures, ofManyPrimsSomeStandForTheRest) {
    constexpr int kCount = 5000;
    const auto rows = [](double height) {
        return [height](SceneFixture& f) {
            for (int i = 0; i < kCount; ++i)
                square(f, "/R/S" + std::to_string(i), 1.5 * i).attribute("height", "double", {height});
        };
    };
    const auto seen = look(TwoScenes(rows(1), rows(2)));
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->drawnPrims, 5000U);
    EXPECT_GT(seen->shownPrims, 1000U);
    EXPECT_LE(seen->shownPrims, 2000U);
    EXPECT_EQ(seen->changedPixels, 0U);
}

}  // namespace
}  // namespace usdtune::test
