// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/ops/run_op.h"
#include "usdtune/rules/rule.h"

namespace usdtune::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Finding> findings(const ScenePtr& scene, std::string_view name, int threads = 0) {
    Context context;
    context.threadCount = threads;
    FindingSink sink;
    findRule(name)->run(*scene, Selection::all(*scene), sink, context);
    return sink.take(*scene);
}

/// `path code wasted` per finding.
std::vector<std::string> summary(const ScenePtr& scene, std::string_view name) {
    std::vector<std::string> out;
    for (const Finding& f : findings(scene, name))
        out.push_back(std::string(scene->text(f.prim)) + " " + f.code + " " +
                      std::to_string(static_cast<int>(f.wasted)));
    return out;
}

/// Runs what the findings ask for, and expects that the rule then has nothing more to ask for.
void expectQuietAfterRepair(const ScenePtr& scene, std::string_view name) {
    ScenePtr now = scene;
    for (const Finding& f : findings(scene, name))
        if (!f.operation.empty()) now = after(now, run(now, f.operation, nlohmann::json::parse(f.arguments)));
    for (const Finding& f : findings(now, name)) EXPECT_TRUE(f.operation.empty()) << f.message;
}

PrimFixture& triangle(SceneFixture& f, std::string_view path) {
    return f.mesh(path, {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
}

TEST(RuleCatalog, namesAreUniqueDescribedAndNamedAfterTheirFiles) {
    std::set<std::string_view> names;
    for (const Rule& rule : ruleCatalog()) {
        EXPECT_TRUE(names.insert(rule.descriptor.name).second);
        EXPECT_FALSE(rule.descriptor.finds.empty() || rule.descriptor.fine.empty()) << rule.descriptor.name;
        EXPECT_EQ(toJson(rule.descriptor)["name"], rule.descriptor.name);
    }
}

TEST(RuleCatalog, whatRepairsAFindingIsAnOperationOfThisVersion) {
    for (const Rule& rule : ruleCatalog()) {
        if (rule.descriptor.repairedBy.empty()) continue;
        EXPECT_NE(findOp(rule.descriptor.repairedBy), nullptr) << rule.descriptor.name;
    }
}

TEST(CompositionMissingRef, tellsEachMissingAssetOnceWithAllWhoAskForIt) {
    SceneFixture f;
    f.prim("/A", "Xform").arc(ArcKind::Reference, "", "gone.usd", true);
    f.prim("/B", "Xform").arc(ArcKind::Reference, "", "gone.usd", true);
    f.prim("/C", "Xform").arc(ArcKind::Reference, "", "there.usd");
    const ScenePtr scene = f.freeze();
    const auto found = findings(scene, "composition_missing_ref");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(scene->text(found[0].prim), "/A");
    EXPECT_EQ(found[0].related.size(), 1u);
    EXPECT_EQ(found[0].severity, Severity::Failure);
    EXPECT_THAT(found[0].message, HasSubstr("@gone.usd@"));
}

TEST(MaterialDanglingBinding, looksAtEveryPurposeAndAtCollections) {
    SceneFixture f;
    f.previewMaterial("/Looks/Red", 1, 0, 0);
    triangle(f, "/Fine").relationship("material:binding", {"/Looks/Red"});
    triangle(f, "/Gone").relationship("material:binding:preview", {"/Looks/Gone"});
    triangle(f, "/Wrong").relationship("material:binding", {"/Looks"});
    f.prim("/Group", "Xform").relationship("material:binding:collection:c", {"/Nowhere.collection:c", "/Looks/Red"});
    triangle(f, "/Cleared").relationship("material:binding", {});
    EXPECT_THAT(summary(f.freeze(), "material_dangling_binding"),
                ElementsAre("/Gone missing_material 0", "/Group missing_collection 0", "/Wrong not_a_material 0"));
}

TEST(MaterialDuplicates, goQuietAfterTheirRepair) {
    SceneFixture f;
    f.previewMaterial("/Looks/A", 1, 0, 0);
    f.previewMaterial("/Looks/B", 1, 0, 0);
    f.previewMaterial("/Looks/C", 1, 0, 0);
    f.previewMaterial("/Looks/D", 0, 0, 0);
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(summary(scene, "material_duplicates"), ElementsAre("/Looks/A same_network 2"));
    expectQuietAfterRepair(scene, "material_duplicates");
}

TEST(StructureEmptyLeaf, listsWhatPruneLeavesWouldRemove) {
    SceneFixture f;
    triangle(f, "/World/Mesh");
    f.prim("/World/A/B", "Xform");
    f.prim("/World/Kept", "Xform").metadata("kind", "token", {"component"});
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(summary(scene, "structure_empty_leaf"), ElementsAre("/World/A empty_group 2"));
    expectQuietAfterRepair(scene, "structure_empty_leaf");
}

TEST(StructureInvisible, tellsIntentWhereSomethingNeedsThePrim) {
    SceneFixture f;
    triangle(f, "/World/Hidden").attribute("visibility", "token", {"invisible"});
    triangle(f, "/World/Needed").attribute("visibility", "token", {"invisible"});
    f.prim("/World/User", "Xform").relationship("uses", {"/World/Needed"});
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(summary(scene, "structure_invisible"),
                ElementsAre("/World/Hidden invisible 1", "/World/Needed intent_signal 0"));
    expectQuietAfterRepair(scene, "structure_invisible");
}

TEST(PrimvarUnused, countsBytesWithIndices) {
    SceneFixture f;
    triangle(f, "/A").primvar("st", "texCoord2f[]", {0, 0}, "faceVarying", {0, 0, 0});
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(summary(scene, "primvar_unused"), ElementsAre("/A unread_uvs 20"));
    expectQuietAfterRepair(scene, "primvar_unused");
}

TEST(PrimvarIndexability, speaksWhereIndexingSavesBytes) {
    SceneFixture f;
    triangle(f, "/Worth").primvar("n", "normal3f[]", {0, 0, 1, 0, 0, 1, 0, 0, 1}, "faceVarying");
    triangle(f, "/Reindex").primvar("n", "normal3f[]", {0, 0, 1, 0, 0, 1, 0, 0, 1}, "faceVarying", {0, 1, 2});
    triangle(f, "/NotWorth").primvar("w", "float[]", {1, 1, 1}, "vertex");
    triangle(f, "/Constant").primvar("c", "float[]", {1, 1}, "constant");
    triangle(f, "/Broken").primvar("b", "float[]", {1}, "vertex", {0, 0, 5});
    triangle(f, "/Single").primvar("s", "float", {1}, "vertex");
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(summary(scene, "primvar_indexability"),
                ElementsAre("/Broken out_of_bounds 0", "/Reindex reindexable 24", "/Single non_array 0",
                            "/Worth indexable 12"));
    expectQuietAfterRepair(scene, "primvar_indexability");
}

TEST(VertexWeld, countsPointsWhoseDataAgree) {
    SceneFixture f;
    const auto points = {0., 0., 0., 1., 0., 0., 0., 1., 0., 1., 0., 0., 0., 1., 0., 1., 1., 0.};
    f.mesh("/Strip", points, {3, 3}, {0, 1, 2, 3, 5, 4});
    f.mesh("/Seam", points, {3, 3}, {0, 1, 2, 3, 5, 4})
        .primvar("st", "texCoord2f[]", {0, 0, 0, 0, 0, 0, 5, 5, 0, 0, 0, 0}, "vertex");
    f.mesh("/Cage", points, {3, 3}, {0, 1, 2, 3, 5, 4}, "catmullClark");
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(summary(scene, "vertex_weld"),
                ElementsAre("/Cage coincident_points 2", "/Seam coincident_points 1", "/Strip coincident_points 2"));
    EXPECT_TRUE(findings(scene, "vertex_weld")[0].operation.empty());
    expectQuietAfterRepair(scene, "vertex_weld");
}

TEST(ExtentsZero, tellsMissingSizeFromAStaleExtent) {
    SceneFixture f;
    f.mesh("/Zero", {1, 1, 1, 1, 1, 1, 1, 1, 1}, {3}, {0, 1, 2});
    triangle(f, "/Stale").attribute("extent", "float3[]", {0, 0, 0, 0, 0, 0});
    triangle(f, "/Flat").attribute("extent", "float3[]", {0, 0, 0, 1, 1, 0});
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(summary(scene, "extents_zero"), ElementsAre("/Stale stale_extent 0", "/Zero zero_size 1"));
    expectQuietAfterRepair(scene, "extents_zero");
}

TEST(GeomDuplicates, agreeOnEverythingButPlacementAndBinding) {
    SceneFixture f;
    f.previewMaterial("/Looks/Red", 1, 0, 0);
    triangle(f, "/A");
    triangle(f, "/B").relationship("material:binding", {"/Looks/Red"});
    f.translate("/B", 5, 0, 0);
    triangle(f, "/C").primvar("st", "texCoord2f[]", {0, 0, 1, 0, 0, 1}, "vertex");
    triangle(f, "/D").attribute("doubleSided", "bool", {1.0});
    f.mesh("/E", {0, 0, 0, 2, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    const ScenePtr scene = f.freeze();
    const auto found = findings(scene, "geom_duplicates");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(scene->text(found[0].prim), "/A");
    ASSERT_EQ(found[0].related.size(), 1u);
    EXPECT_EQ(scene->text(found[0].related[0]), "/B");
}

TEST(Findings, areTheSameAtOneThreadAndAtMany) {
    SceneFixture f;
    for (int i = 0; i < 100; ++i)
        triangle(f, "/World/M" + std::to_string(i)).primvar("st", "texCoord2f[]", {0, 0, 0, 0, 0, 0}, "faceVarying");
    const ScenePtr scene = f.freeze();
    for (const Rule& rule : ruleCatalog()) {
        const auto one = findings(scene, rule.descriptor.name, 1), many = findings(scene, rule.descriptor.name, 8);
        ASSERT_EQ(one.size(), many.size());
        for (size_t i = 0; i < one.size(); ++i) EXPECT_EQ(toJson(one[i], *scene), toJson(many[i], *scene));
    }
}

}  // namespace
}  // namespace usdtune::test
