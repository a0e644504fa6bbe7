// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/scene/scene_fixture.h"

namespace usdtune {
namespace {

using test::SceneFixture;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ScenePtr rack() {
    SceneFixture f;
    for (const char* path :
         {"/Rack/Bolt_1/Head", "/Rack/Bolt_2/Head", "/Rack/Bolt_12", "/Rack/Panel/Bolt_3", "/Rock/Bolt_4", "/Panel"})
        f.prim(path);
    return f.freeze();
}

std::vector<std::string> chosen(const Scene& scene, const std::vector<std::string>& patterns) {
    const Result<Selection> selection = Selection::matching(scene, patterns);
    std::vector<std::string> out;
    if (!selection) return {selection.error()};
    for (size_t i = 0; i < scene.prims().size(); ++i)
        if (selection.value().contains(PrimId(i))) out.emplace_back(scene.path(PrimId(i)));
    return out;
}

TEST(Selection, aPathIsOnePrimAndTwoSlashesItsSubtree) {
    const ScenePtr scene = rack();
    EXPECT_THAT(chosen(*scene, {"/Rack/Bolt_1"}), ElementsAre("/Rack/Bolt_1"));
    EXPECT_THAT(chosen(*scene, {"/Rack/Bolt_1//"}), ElementsAre("/Rack/Bolt_1", "/Rack/Bolt_1/Head"));
    EXPECT_THAT(chosen(*scene, {"/Rack/Bolt_1/"}), ElementsAre("/Rack/Bolt_1"));
}

TEST(Selection, wildcardsStayWithinOneName) {
    const ScenePtr scene = rack();
    EXPECT_THAT(chosen(*scene, {"/Rack/Bolt_*"}), ElementsAre("/Rack/Bolt_1", "/Rack/Bolt_2", "/Rack/Bolt_12"));
    EXPECT_THAT(chosen(*scene, {"/Rack/Bolt_?"}), ElementsAre("/Rack/Bolt_1", "/Rack/Bolt_2"));
    EXPECT_THAT(chosen(*scene, {"/Rack/Bolt_[2-9]"}), ElementsAre("/Rack/Bolt_2"));
    EXPECT_THAT(chosen(*scene, {"/Rack/Bolt_[!2]"}), ElementsAre("/Rack/Bolt_1"));
    EXPECT_THAT(chosen(*scene, {"/R?ck/*/Head"}), ElementsAre("/Rack/Bolt_1/Head", "/Rack/Bolt_2/Head"));
    EXPECT_THAT(chosen(*scene, {"/*o*k"}), ElementsAre("/Rock"));
}

TEST(Selection, namesAreFoundAtAnyDepth) {
    const ScenePtr scene = rack();
    EXPECT_THAT(chosen(*scene, {"//Panel"}), ElementsAre("/Rack/Panel", "/Panel"));
    EXPECT_THAT(chosen(*scene, {"/Rack//Bolt_*"}),
                ElementsAre("/Rack/Bolt_1", "/Rack/Bolt_2", "/Rack/Bolt_12", "/Rack/Panel/Bolt_3"));
    EXPECT_THAT(chosen(*scene, {"//Panel//"}), ElementsAre("/Rack/Panel", "/Rack/Panel/Bolt_3", "/Panel"));
    EXPECT_EQ(chosen(*scene, {"//"}).size(), scene->prims().size());
    EXPECT_THAT(chosen(*scene, {"//Rack//Head"}), ElementsAre("/Rack/Bolt_1/Head", "/Rack/Bolt_2/Head"));
}

TEST(Selection, severalPatternsAreAUnionAndNoneIsEverything) {
    const ScenePtr scene = rack();
    EXPECT_THAT(chosen(*scene, {"/Panel", "/Rock/*"}), ElementsAre("/Rock/Bolt_4", "/Panel"));
    EXPECT_EQ(chosen(*scene, {}).size(), scene->prims().size());
    EXPECT_TRUE(Selection::all(*scene).isAll());
}

TEST(Selection, whatMatchesNothingIsToldAndNeverWidensTheScope) {
    const ScenePtr scene = rack();
    const Result<Selection> selection = Selection::matching(*scene, {"/Gone", "/Rack/Nut*", "/Panel", "/"});
    ASSERT_TRUE(selection.ok());
    EXPECT_FALSE(selection.value().isAll());
    EXPECT_THAT(selection.value().unmatched(), ElementsAre("/Gone", "/Rack/Nut*", "/"));
    EXPECT_THAT(chosen(*scene, {"/Gone"}), IsEmpty());
}

TEST(Selection, requestsThatCannotBeMetAreErrors) {
    const ScenePtr scene = rack();
    const auto error = [&](const std::string& pattern) {
        const Result<Selection> selection = Selection::matching(*scene, {pattern});
        return selection ? std::string() : selection.error();
    };
    EXPECT_THAT(error("Rack"), HasSubstr("not absolute"));
    EXPECT_THAT(error(""), HasSubstr("not absolute"));
    EXPECT_THAT(error("//{isa:Mesh}"), HasSubstr("predicate"));
    EXPECT_THAT(error("/Rack.points"), HasSubstr("property"));
    EXPECT_THAT(error("/Rack + /Rock"), HasSubstr("list several"));
    EXPECT_EQ(error("/Rack/[unclosed"), "");
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += "/*";
    EXPECT_THAT(error(deep), HasSubstr("parts"));
}

TEST(Selection, prototypesAreReachedThroughTheirFirstInstance) {
    SceneFixture f;
    f.instance("/W/a", "/__Prototype_1");
    f.instance("/W/b", "/__Prototype_1");
    f.prim("/__Prototype_1/Part/Leaf", "Mesh");
    const ScenePtr scene = f.freeze();
    const PrimId leaf = scene->find("/W/a/Part/Leaf");
    for (const char* pattern : {"/W/a//", "//Leaf", "/W/*/Part/Leaf", "/W/a/Part/Leaf"}) {
        const Result<Selection> selection = Selection::matching(*scene, {pattern});
        EXPECT_TRUE(selection.value().contains(leaf)) << pattern;
    }
    EXPECT_FALSE(Selection::matching(*scene, {"/W/b//"}).value().contains(leaf));
}

}  // namespace
}  // namespace usdtune
