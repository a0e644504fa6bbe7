// SPDX-License-Identifier: Apache-2.0
//
// Scenes whose paths tell nothing: what was renamed or regrouped is found by what stands where it stood.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/verify/two_scenes.h"

namespace usdtune::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

void bolt(SceneFixture& f, const std::string& path, double x, double red = -1) {
    f.translate(path, x, 0, 0);
    PrimFixture& mesh = f.mesh(path + "/Geometry", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    if (red >= 0) mesh.primvar("displayColor", "color3f[]", {red, 0, 0}, "constant");
}

TEST(Twins, renamedAndRegroupedMeshesAreFound) {
    const TwoScenes scenes(
        [](SceneFixture& f) {
            bolt(f, "/World/A", 0);
            bolt(f, "/World/B", 5);
        },
        [](SceneFixture& f) {
            bolt(f, "/World/Group/Second", 5);
            bolt(f, "/World/Group/First", 0);
        });
    const DiffReport report = scenes.rendered();
    EXPECT_THAT(laws(report), IsEmpty());
    EXPECT_THAT(inferred(scenes, report), UnorderedElementsAre("/World/A/Geometry → /World/Group/First/Geometry",
                                                               "/World/B/Geometry → /World/Group/Second/Geometry"));
}

TEST(Twins, namesThatWereSwappedAreNoDifference) {
    const TwoScenes scenes(
        [](SceneFixture& f) {
            bolt(f, "/World/A", 0);
            bolt(f, "/World/B", 5);
        },
        [](SceneFixture& f) {
            bolt(f, "/World/A", 5);
            bolt(f, "/World/B", 0);
        });
    EXPECT_TRUE(scenes.rendered().same);
}

TEST(Twins, aPathMapIsTakenAtItsWord) {
    TwoScenes scenes([](SceneFixture& f) { bolt(f, "/World/A", 0); }, [](SceneFixture& f) { bolt(f, "/World/B", 0); });
    EXPECT_TRUE(scenes.rendered().same);
    scenes.moved("/World/A", "/World/C");
    EXPECT_THAT(laws(scenes.rendered()), ElementsAre("surface"));
    EXPECT_THAT(scenes.rendered().inferredMoves, IsEmpty());
}

TEST(Twins, coincidentMeshesArePairedOneToOneByTheirLooks) {
    const auto pile = [](const std::vector<double>& reds, const std::string& name) {
        return [=](SceneFixture& f) {
            for (size_t i = 0; i < reds.size(); ++i) bolt(f, "/World/" + name + std::to_string(i), 0, reds[i]);
        };
    };
    EXPECT_TRUE(TwoScenes(pile({0.1, 0.2, 0.3}, "A"), pile({0.3, 0.1, 0.2}, "B")).rendered().same);
    // One of three equal ones is missing.
    const DiffReport fewer = TwoScenes(pile({0.1, 0.1, 0.1}, "A"), pile({0.1, 0.1}, "B")).rendered();
    EXPECT_THAT(laws(fewer), ElementsAre("surface"));
    EXPECT_EQ(fewer.differenceCount, 1u);
    // Another colour: its twin is found by place, and the colour is what differs.
    EXPECT_THAT(laws(TwoScenes(pile({0.1, 0.2}, "A"), pile({0.2, 0.9}, "B")).rendered()), ElementsAre("primvar"));
}

TEST(Twins, whatMovedByMoreThanEpsilonHasNoTwin) {
    const auto at = [](const char* path, double x) { return [=](SceneFixture& f) { bolt(f, path, x); }; };
    EXPECT_TRUE(TwoScenes(at("/World/A", 0), at("/World/B", 1e-7)).rendered().same);
    EXPECT_THAT(laws(TwoScenes(at("/World/A", 0), at("/World/B", 1e-4)).rendered()), ElementsAre("surface"));
}

TEST(Twins, aTerrainDoesNotBlurItsBolts) {
    const auto build = [](const std::string& name, double shift) {
        return [=](SceneFixture& f) {
            f.mesh("/World/Terrain" + name, {-1e6, -1e6, 0, 1e6, -1e6, 0, 0, 1e6, 0}, {3}, {0, 1, 2});
            for (int i = 0; i < 40; ++i) bolt(f, "/World/" + name + std::to_string(i), 0.1 * i + (i == 7 ? shift : 0));
        };
    };
    EXPECT_TRUE(TwoScenes(build("Old", 0), build("New", 0)).rendered().same);
    EXPECT_EQ(TwoScenes(build("Old", 0), build("New", 0.01)).rendered().differenceCount, 2u);  // one gone, one new
}

TEST(Twins, lightsAreFoundByPlaceAndAttributes) {
    const auto lamp = [](const char* path, double intensity) {
        return [=](SceneFixture& f) {
            f.translate(path, 3, 4, 5).attribute("inputs:intensity", "float", {intensity});
            f.prim(path, "SphereLight");
        };
    };
    EXPECT_TRUE(TwoScenes(lamp("/World/Lamp", 2), lamp("/World/Lights/One", 2)).rendered().same);
    EXPECT_FALSE(TwoScenes(lamp("/World/Lamp", 2), lamp("/World/Lights/One", 3)).rendered().same);
}

TEST(Twins, pairingIsTheSameAtAnyThreadCount) {
    const auto build = [](const std::string& name) {
        return [=](SceneFixture& f) {
            for (int i = 0; i < 60; ++i) bolt(f, "/World/" + name + std::to_string(i), i / 3, 0.1 * (i % 4));
        };
    };
    const TwoScenes scenes(build("A"), build("B"));
    Context one, four;
    one.threadCount = 1;
    four.threadCount = 4;
    const DiffReport x = diffRendered(*scenes.a, *scenes.b, {}, {}, one);
    const DiffReport y = diffRendered(*scenes.a, *scenes.b, {}, {}, four);
    EXPECT_TRUE(x.same);
    EXPECT_EQ(inferred(scenes, x), inferred(scenes, y));
}

TEST(Twins, onlyWhatIsAskedForIsCompared) {
    TwoScenes scenes(
        [](SceneFixture& f) {
            bolt(f, "/World/In/A", 0);
            bolt(f, "/World/Out/B", 5);
        },
        [](SceneFixture& f) {
            bolt(f, "/World/In/A", 0);
            bolt(f, "/World/Out/B", 6);
        });
    scenes.options.roots = {"/World/In"};
    EXPECT_TRUE(scenes.rendered().same);
    scenes.options.roots = {"/World/Out"};
    EXPECT_FALSE(scenes.rendered().same);
}

}  // namespace
}  // namespace usdtune::test
