// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/variant_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/scene/scene_fixture.h"

namespace usdtune::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(VariantGroups, aSceneWithoutVariantsHasNone) {
    SceneFixture f;
    f.prim("/World", "Xform");
    EXPECT_THAT(variantGroups(*f.freeze()), IsEmpty());
}

TEST(VariantGroups, aSetReachesWhoeverBindsOrComposesItsPrim) {
    SceneFixture f;
    f.previewMaterial("/Looks/Paint", 1, 0, 0).variantSet("shade", "red", {"red", "blue"});
    f.mesh("/Body", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2}).relationship("material:binding", {"/Looks/Paint"});
    f.prim("/Copy", "Xform").arc(ArcKind::Reference, "/Body");
    f.prim("/Apart", "Xform").relationship("collection:all:includes", {"/Body"});
    const auto groups = variantGroups(*f.freeze());
    ASSERT_THAT(groups, SizeIs(1));
    EXPECT_THAT(groups[0].reach, ElementsAre("/Looks/Paint", "/Body", "/Copy"));
    ASSERT_THAT(groups[0].states, SizeIs(1));
    EXPECT_EQ(groups[0].states[0][0].variant, "blue");
}

TEST(VariantGroups, setsThatReachEachOtherAreCombined) {
    SceneFixture f;
    f.prim("/A", "Xform").variantSet("x", "1", {"1", "2"});
    f.prim("/A/B", "Xform").variantSet("y", "1", {"1", "2", "3"});
    f.prim("/C", "Xform").variantSet("z", "", {"1", "2"});
    const auto groups = variantGroups(*f.freeze());
    ASSERT_THAT(groups, SizeIs(2));
    EXPECT_THAT(groups[0].states, SizeIs(2 * 3 - 1));
    EXPECT_THAT(groups[1].states, SizeIs(2)) << "no selection is a state too, and the scene's own";
}

TEST(VariantGroups, beyond64CombinationsEachSetStandsAlone) {
    SceneFixture f;
    PrimFixture& prim = f.prim("/A", "Xform");
    for (const char* name : {"a", "b", "c", "d"}) prim.variantSet(name, "1", {"1", "2", "3"});
    const auto groups = variantGroups(*f.freeze());
    ASSERT_THAT(groups, SizeIs(1));
    EXPECT_THAT(groups[0].states, SizeIs(4 * 2));
    for (const auto& state : groups[0].states) EXPECT_THAT(state, SizeIs(1));
}

}  // namespace
}  // namespace usdtune::test
