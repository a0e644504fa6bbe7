// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/verify/two_scenes.h"

namespace usdtune::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A scene with one thing of each kind that can be lost; `change` says how the result differs.
void everything(SceneFixture& f) {
    f.prim("/Kind", "Xform").specifier(Specifier::Class);
    f.prim("/World", "Xform").metadata("comment", "string", {"kept"}).arc(ArcKind::Inherit, "/Kind");
    f.prim("/World/Part", "Scope")
        .api("CustomAPI")
        .attribute("note", "string", {"keep"})
        .with("doc", "string", {"why"})
        .relationship("goal", {"/World/Goal"});
    f.prim("/World/Part").attribute("size", "double", {1}).sample(1, {1}).sample(2, {3});
    f.prim("/World/Goal", "Scope");
}

std::set<std::string> accused(const Build& change) {
    return laws(TwoScenes(everything, [&](SceneFixture& f) {
                    everything(f);
                    change(f);
                }).authored());
}

TEST(AuthoredLaws, equalScenesAreTheSame) {
    EXPECT_THAT(accused([](SceneFixture&) {}), IsEmpty());
}

TEST(AuthoredLaws, eachLawAccusesItsOwn) {
    EXPECT_THAT(accused([](SceneFixture& f) { f.prim("/World/Part", "Xform"); }), ElementsAre("path"));
    EXPECT_THAT(accused([](SceneFixture& f) { f.prim("/World/Extra", "Scope"); }), ElementsAre("path"));
    EXPECT_THAT(accused([](SceneFixture& f) { f.prim("/World/Part").flags().active = false; }), ElementsAre("path"));
    EXPECT_THAT(accused([](SceneFixture& f) {
                    f.prim("/World/Part").attribute("note", "string", {"lose"}).with("doc", "string", {"why"});
                }),
                ElementsAre("property"));
    EXPECT_THAT(accused([](SceneFixture& f) {
                    f.prim("/World/Part").attribute("note", "string", {"keep"}).with("doc", "string", {"who knows"});
                }),
                ElementsAre("metadata"));
    EXPECT_THAT(accused([](SceneFixture& f) { f.prim("/World/Part").relationship("goal", {"/World"}); }),
                ElementsAre("target"));
    EXPECT_THAT(accused([](SceneFixture& f) {
                    f.prim("/World/Part").attribute("size", "double", {1}).sample(1, {1}).sample(2, {4});
                }),
                ElementsAre("property"));
}

TEST(AuthoredLaws, schemasAndArcsMayNotVanish) {
    const auto with = [](bool schema, bool arc) {
        return [=](SceneFixture& f) {
            f.prim("/Kind", "Xform").specifier(Specifier::Class);
            PrimFixture& part = f.prim("/Part", "Xform");
            if (schema) part.api("CustomAPI");
            if (arc) part.arc(ArcKind::Inherit, "/Kind");
        };
    };
    EXPECT_THAT(laws(TwoScenes(with(true, true), with(false, true)).authored()), ElementsAre("schema"));
    EXPECT_THAT(laws(TwoScenes(with(true, true), with(true, false)).authored()), ElementsAre("arc"));
}

TEST(AuthoredLaws, aRowExplainsWhatMovedOrWent) {
    const auto before = [](SceneFixture& f) {
        f.prim("/World/Old", "Scope").attribute("note", "string", {"keep"});
        f.prim("/World/Gone", "Scope");
        f.prim("/World/Who", "Scope").relationship("goal", {"/World/Old"});
    };
    const auto after = [](SceneFixture& f) {
        f.prim("/World/New", "Scope").attribute("note", "string", {"keep"});
        f.prim("/World/Who", "Scope").relationship("goal", {"/World/New"});
    };
    TwoScenes scenes(before, after);
    EXPECT_FALSE(scenes.authored().same);
    scenes.moved("/World/Old", "/World/New").moved("/World/Gone", "", PathFate::Removed);
    EXPECT_THAT(laws(scenes.authored()), IsEmpty());
}

TEST(AuthoredLaws, aRowAboutOnePropertyExplainsNoOther) {
    const auto with = [](std::string_view a, std::string_view b) {
        return [=](SceneFixture& f) {
            f.prim("/P", "Scope").attribute("primvars:a", "string", {a}).attribute("primvars:b", "string", {b});
        };
    };
    TwoScenes scenes(with("1", "1"), with("2", "1"));
    scenes.moved("/P.primvars:a", "/P.primvars:a", PathFate::Kept);
    EXPECT_TRUE(scenes.authored().same);
    TwoScenes both(with("1", "1"), with("2", "2"));
    both.moved("/P.primvars:a", "/P.primvars:a", PathFate::Kept);
    EXPECT_THAT(laws(both.authored()), ElementsAre("property"));
}

TEST(AuthoredLaws, aRowExplainsOnlyWhatIsComparedAsDrawn) {
    const auto with = [](std::string_view note, std::string_view goal, std::string_view kind) {
        return [=](SceneFixture& f) {
            f.prim("/P", "Scope").attribute("note", "string", {note}).metadata("kind", "token", {kind});
            f.prim("/P").relationship("goal", {goal});
            f.prim("/Q", "Scope");
        };
    };
    const auto rewritten = [&](const Build& after) {
        TwoScenes scenes(with("1", "/Q", "part"), after);
        for (const char* path : {"/P", "/P.note", "/P.goal"}) scenes.moved(path, path, PathFate::Kept);
        return laws(scenes.authored());
    };
    EXPECT_THAT(rewritten(with("1", "/Q", "part")), IsEmpty());
    EXPECT_THAT(rewritten(with("2", "/Q", "part")), ElementsAre("property"));
    EXPECT_THAT(rewritten(with("1", "/P", "part")), ElementsAre("target"));
    EXPECT_THAT(rewritten(with("1", "/Q", "whole")), ElementsAre("metadata"));
}

TEST(AuthoredLaws, aRowAboutARemovalDoesNotHideWhatIsStillThere) {
    const auto one = [](SceneFixture& f) { f.prim("/P", "Scope"); };
    EXPECT_THAT(laws(TwoScenes(one, one).moved("/P", "", PathFate::Removed).authored()), ElementsAre("path"));
}

TEST(AuthoredLaws, aRelationshipMayGoWithAllThatItPointedAt) {
    const auto build = [](bool after, bool both) {
        return [=](SceneFixture& f) {
            f.prim("/Q", "Scope");
            if (!after) f.prim("/P", "Scope");
            PrimFixture& holder = f.prim("/R", "Scope");
            if (after) return;
            if (both)
                holder.relationship("goal", {"/P", "/Q"});
            else
                holder.relationship("goal", {"/P"});
        };
    };
    for (const bool both : {false, true}) {
        TwoScenes scenes(build(false, both), build(true, both));
        scenes.moved("/P", "", PathFate::Removed);
        EXPECT_EQ(scenes.authored().same, !both) << "one of its targets is still there";
    }
}

TEST(AuthoredLaws, whatIsDeactivatedIsRemovedWhereARowSaysSo) {
    const auto scope = [](bool active) {
        return [=](SceneFixture& f) {
            f.prim("/P", "Scope").flags().active = active;
            if (active) f.prim("/P/Below", "Scope");
        };
    };
    const auto removed = [](TwoScenes scenes) {
        return scenes.moved("/P", "", PathFate::Removed).moved("/P/Below", "", PathFate::Removed).authored();
    };
    EXPECT_FALSE(TwoScenes(scope(true), scope(false)).authored().same);
    EXPECT_TRUE(removed(TwoScenes(scope(true), scope(false))).same);
    EXPECT_FALSE(removed(TwoScenes(scope(false), scope(false))).same) << "it was inactive before";
}

TEST(AuthoredLaws, whatOnlyAnotherVariantPointsAtMayNotVanish) {
    const auto both = [](SceneFixture& f) {
        f.prim("/P", "Scope"), f.prim("/Q", "Scope"), f.builder().latentTarget(f.tokens().intern("/Q"));
    };
    const auto one = [](SceneFixture& f) { f.prim("/P", "Scope"); };
    EXPECT_THAT(laws(TwoScenes(both, one).moved("/Q", "", PathFate::Removed).authored()),
                ElementsAre("dangling_target"));
}

}  // namespace
}  // namespace usdtune::test
