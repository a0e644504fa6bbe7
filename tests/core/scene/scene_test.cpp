// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/scene.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/scene/scene_fixture.h"

namespace usdtune {
namespace {

using test::SceneFixture;
using testing::ElementsAre;

std::vector<std::string> pathsOf(const Scene& scene, const std::vector<PrimId>& prims) {
    std::vector<std::string> out;
    for (const PrimId prim : prims) out.emplace_back(scene.path(prim));
    return out;
}

TEST(Scene, childrenKeepTheirOrderAndSkipGrandchildren) {
    SceneFixture f;
    f.prim("/B/z/deep");
    f.prim("/B/a");
    f.prim("/A");
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(pathsOf(*scene, scene->children(scene->find("/B"))), ElementsAre("/B/z", "/B/a"));
    EXPECT_FALSE(scene->hasChildren(scene->find("/A")));
    EXPECT_EQ(scene->stagePrimCount(), 5u);
    EXPECT_FALSE(scene->find("/C").valid());
}

TEST(Scene, propertiesAndMetadataEndSortedByTextWhateverOrderTheyCameIn) {
    SceneFixture f;
    f.prim("/A", "Mesh")
        .attribute("points", "point3f[]", {0, 0, 0})
        .attribute("extent", "float3[]", {0, 0, 0, 1, 1, 1});
    f.prim("/A").with("zebra", "int", {1}).with("ant", "int", {2});
    f.prim("/A").metadata("kind", "token", {"component"}).metadata("active", "bool", {1});
    const ScenePtr scene = f.freeze();
    const PrimId a = scene->find("/A");
    ASSERT_EQ(scene->properties(a).size(), 2u);
    EXPECT_EQ(scene->text(scene->properties(a)[0].name), "extent");
    const auto metadata = scene->metadata(scene->properties(a)[0].metadata);
    ASSERT_EQ(metadata.size(), 2u);
    EXPECT_EQ(scene->text(metadata[0].key), "ant");
    EXPECT_EQ(scene->text(scene->metadata(scene->prim(a).metadata)[0].key), "active");
    EXPECT_EQ(scene->textOf(scene->metadatum(scene->prim(a).metadata, "kind")), "component");
    EXPECT_TRUE(scene->metadatum(scene->prim(a).metadata, "zebra").empty());
}

TEST(Scene, prototypeRootsGiveWayToTheirFirstInstanceAndItsDescendantsAreFoundThroughIt) {
    SceneFixture f;
    f.instance("/World/b", "/__Prototype_1");
    f.instance("/World/a", "/__Prototype_1");
    f.prim("/__Prototype_1/Bolt", "Mesh");
    const ScenePtr scene = f.freeze();
    ASSERT_EQ(scene->prototypes().size(), 1u);
    const Prototype& prototype = scene->prototypes()[0];
    EXPECT_EQ(scene->path(prototype.firstInstance), "/World/a");
    EXPECT_EQ(scene->path(prototype.root), "/World/a");
    EXPECT_EQ(scene->stagePrimCount(), 3u);
    EXPECT_EQ(scene->find("/World/a"), prototype.firstInstance);
    const PrimId bolt = scene->find("/World/a/Bolt");
    ASSERT_TRUE(bolt.valid());
    EXPECT_EQ(scene->prim(bolt).parent, prototype.root);
    EXPECT_TRUE(scene->prim(bolt).flags.inPrototype);
    EXPECT_FALSE(scene->find("/World/b/Bolt").valid());
    EXPECT_EQ(scene->findThroughInstances("/World/b/Bolt"), bolt);
    EXPECT_FALSE(scene->findThroughInstances("/World/b/Nut").valid());
}

TEST(Scene, nestedInstancesAreFoundThroughAnyOccurrence) {
    SceneFixture f;
    f.instance("/a", "/__Prototype_1");
    f.instance("/b", "/__Prototype_1");
    f.instance("/__Prototype_1/inner", "/__Prototype_2");
    f.prim("/__Prototype_2/Leaf", "Mesh");
    const ScenePtr scene = f.freeze();
    const PrimId leaf = scene->find("/a/inner/Leaf");
    ASSERT_TRUE(leaf.valid());
    EXPECT_EQ(scene->findThroughInstances("/b/inner/Leaf"), leaf);
}

TEST(Scene, invisibilityIsInheritedAndInheritedDoesNotUndoIt) {
    SceneFixture f;
    f.prim("/A", "Xform").attribute("visibility", "token", {"invisible"});
    f.prim("/A/B", "Mesh").attribute("visibility", "token", {"inherited"});
    f.prim("/C", "Mesh");
    const ScenePtr scene = f.freeze();
    EXPECT_FALSE(scene->visible(scene->find("/A/B")));
    EXPECT_TRUE(scene->visible(scene->find("/C")));
}

TEST(Scene, blockedVisibilityIsVisibleAndUntypedPrimsHaveNone) {
    SceneFixture f;
    f.prim("/A", "Xform").attribute("visibility", "token").blocked();
    f.prim("/B").attribute("visibility", "token", {"invisible"});
    f.prim("/B/C", "Mesh");
    const ScenePtr scene = f.freeze();
    EXPECT_TRUE(scene->visible(scene->find("/A")));
    EXPECT_TRUE(scene->visible(scene->find("/B/C")));
}

TEST(Scene, purposeIsInheritedUntilAnotherIsAuthored) {
    SceneFixture f;
    f.prim("/A", "Xform").attribute("purpose", "token", {"proxy"});
    f.prim("/A/B", "Mesh");
    f.prim("/A/C", "Mesh").attribute("purpose", "token", {"default"});
    f.prim("/A/C/D", "Mesh");
    f.prim("/A/E").attribute("purpose", "token", {"guide"});
    f.prim("/A/F", "Mesh").attribute("purpose", "token").blocked();
    const ScenePtr scene = f.freeze();
    const auto purpose = [&](std::string_view path) { return scene->purpose(scene->find(path)); };
    EXPECT_EQ(purpose("/A/B"), Purpose::Proxy);
    EXPECT_EQ(purpose("/A/C"), Purpose::Default);
    EXPECT_EQ(purpose("/A/C/D"), Purpose::Default);
    EXPECT_EQ(purpose("/A/E"), Purpose::Proxy) << "an untyped prim has no purpose of its own";
    EXPECT_EQ(purpose("/A/F"), Purpose::Proxy);
}

TEST(Scene, latentTargetsAreFoundAtAndBelowAPathOnly) {
    SceneFixture f;
    f.prim("/A");
    for (const char* path : {"/A/Bolt.points", "/A0", "/C/D/E", "/F.rel[/X].weight"})
        f.builder().latentTarget(f.tokens().intern(path));
    const ScenePtr scene = f.freeze();
    for (const char* path : {"/", "/A", "/A/Bolt", "/A/Bolt.points", "/A0", "/C", "/C/D", "/C/D/E", "/F", "/F.rel"})
        EXPECT_TRUE(scene->isLatentTarget(path)) << path;
    for (const char* path : {"", "/A/Bol", "/A/Bolt.point", "/B", "/C/D/E/F", "/A0/B", "/F.re"})
        EXPECT_FALSE(scene->isLatentTarget(path)) << path;
}

TEST(Scene, apiSchemasAreFoundByNameAndByInstance) {
    SceneFixture f;
    f.prim("/A").api("CollectionAPI:lights").api("PhysicsCollisionAPI");
    const ScenePtr scene = f.freeze();
    const PrimId a = scene->find("/A");
    EXPECT_TRUE(scene->hasApiSchema(a, "CollectionAPI"));
    EXPECT_TRUE(scene->hasApiSchema(a, "CollectionAPI:lights"));
    EXPECT_FALSE(scene->hasApiSchema(a, "CollectionAPI:light"));
    EXPECT_FALSE(scene->hasApiSchema(a, "PhysicsCollision"));
}

TEST(Scene, arcsAndVariantSetsAreListedByPrim) {
    SceneFixture f;
    f.prim("/A").arc(ArcKind::Reference, "/Src").arc(ArcKind::Payload, "", "a.usd");
    f.prim("/A/B").variantSet("look", "red", {"red", "blue"});
    const ScenePtr scene = f.freeze();
    ASSERT_EQ(scene->arcs(scene->find("/A")).size(), 2u);
    EXPECT_TRUE(scene->arcs(scene->find("/A"))[0].internal);
    EXPECT_TRUE(scene->arcs(scene->find("/A/B")).empty());
    const auto sets = scene->variantSets(scene->find("/A/B"));
    ASSERT_EQ(sets.size(), 1u);
    EXPECT_EQ(scene->text(scene->tokenList(sets[0].variants)[0]), "blue");
}

TEST(Scene, freezingTheTablesAgainGivesTheSameProblemsOnce) {
    SceneFixture f;
    f.mesh("/Bad", {0, 0, 0}, {3}, {0, 1, 2});
    const ScenePtr scene = f.freeze();
    const ScenePtr again = Scene::freeze(scene->tables());
    EXPECT_EQ(scene->problems().size(), again->problems().size());
}

TEST(SceneBuilder, targetsAndSamplesStayWithTheirPropertyWhenPropertiesAreSorted) {
    SceneFixture f;
    f.prim("/A", "Xform").relationship("z", {"/Z1", "/Z2"}).relationship("a", {"/A1"}).relationship("empty", {});
    f.prim("/A").attribute("b", "double", {1}).sample(1, {5}).sample(2, {6});
    const ScenePtr scene = f.freeze();
    const PrimId a = scene->find("/A");
    const Property& z = scene->property(scene->findProperty(a, "z"));
    EXPECT_EQ(scene->text(scene->tokenList(z.targets)[1]), "/Z2");
    EXPECT_TRUE(scene->property(scene->findProperty(a, "empty")).hasTargets);
    const Property& b = scene->property(scene->findProperty(a, "b"));
    EXPECT_TRUE(b.flags.animated);
    ASSERT_EQ(scene->samples(b).size(), 2u);
    EXPECT_EQ(scene->samples(b)[1].time, 2);
}

}  // namespace
}  // namespace usdtune
