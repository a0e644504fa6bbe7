// SPDX-License-Identifier: Apache-2.0
#include <numbers>

#include "core/ops/run_op.h"
#include "usdtune/scene/point_instances.h"
#include "usdtune/verify/scene_diff.h"

namespace usdtune {
namespace {

using namespace test;
using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

const json kInstancer = {{"duplicateMethod", 4}, {"tolerance", 0}};

json with(json more) {
    json all = kInstancer;
    all.update(more);
    return all;
}

/// A lopsided tetrahedron that no map but one carries onto itself.
PrimFixture& wedge(SceneFixture& f, std::string_view path, const Matrix4d& baked = {}, double size = 1) {
    std::vector<double> points;
    for (const Vec3d& p : {Vec3d{{0, 0, 0}}, Vec3d{{2, 0, 0}}, Vec3d{{0, 1, 0}}, Vec3d{{0.25, 0.25, 3}}})
        for (const double x : baked.transformPoint(p * size).v) points.push_back(x);
    return f.mesh(path, {}, {3, 3, 3, 3}, {0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3})
        .attributeNumbers("points", "point3f[]", points);
}
PrimFixture& placed(PrimFixture& prim, const Matrix4d& m) {
    std::vector<double> numbers;
    for (const auto& row : m.m) numbers.insert(numbers.end(), row.begin(), row.end());
    return prim.attributeNumbers("xformOp:transform", "matrix4d", numbers)
        .attribute("xformOpOrder", "token[]", {"xformOp:transform"});
}
Matrix4d at(double x, double y, double z) {
    Matrix4d m;
    m[3] = {x, y, z, 1};
    return m;
}
Matrix4d turned(double degrees) {
    const double a = degrees * std::numbers::pi / 180;
    Matrix4d m;
    m[0] = {std::cos(a), std::sin(a), 0, 0};
    m[1] = {-std::sin(a), std::cos(a), 0, 0};
    return m;
}
Matrix4d scaled(double x, double y, double z) {
    Matrix4d m;
    m[0][0] = x;
    m[1][1] = y;
    m[2][2] = z;
    return m;
}

/// Expects that the picture is the one before, and gives the result.
ScenePtr instanced(const ScenePtr& scene, const OpOutcome& outcome) {
    const ScenePtr done = after(*scene, outcome);
    DiffOptions options;
    if (outcome.surface == SurfacePromise::Bounded) options.tolerance = outcome.tolerance;
    const DiffReport report = diffRendered(*scene, *done, outcome.edits.moves, options, {});
    for (const Difference& difference : report.differences)
        ADD_FAILURE() << difference.law << " " << difference.path << ": " << difference.message;
    return done;
}

TEST(PointInstancing, aGroupBecomesOneInstancerWithOnePrototypeBelowIt) {
    SceneFixture f;
    wedge(f, "/World/A");
    placed(wedge(f, "/World/B"), turned(30) * at(5, 0, 0));
    wedge(f, "/World/C", scaled(2, 2, 2) * turned(120) * at(0, 7, 1));
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "deduplicateGeometry", kInstancer);
    const ScenePtr done = instanced(scene, outcome);
    for (const char* gone : {"/World/A", "/World/B", "/World/C"}) EXPECT_FALSE(has(done, gone)) << gone;
    ASSERT_TRUE(has(done, "/World/AInstances/Prototypes/A"));
    EXPECT_EQ(done->typeName(done->find("/World/AInstances")), "PointInstancer");
    EXPECT_THAT(targets(done, "/World/AInstances", "prototypes"), ElementsAre("/World/AInstances/Prototypes/A"));
    EXPECT_EQ(arrayAt<int>(*done, "/World/AInstances", "protoIndices"), (std::vector<int>{0, 0, 0}));
    EXPECT_EQ(arrayAt<int64_t>(*done, "/World/AInstances", "ids"), (std::vector<int64_t>{0, 1, 2}));
    EXPECT_EQ(arrayAt<Vec3f>(*done, "/World/AInstances", "scales")[2][0], 2.0f);
    EXPECT_THAT(moves(scene, outcome), Contains("/World/B -> /World/AInstances/Prototypes/A"));
    EXPECT_EQ(outcome.edits.moves[1].fate, PathFate::Merged);
    EXPECT_EQ(outcome.surface, SurfacePromise::Exact);
    EXPECT_EQ(outcome.counts["pointInstancers"], 1);
    EXPECT_THAT(runOn(*done, "deduplicateGeometry", kInstancer).edits.edits, IsEmpty()) << "twice equals once";
}

TEST(PointInstancing, theExtentEnclosesEveryInstance) {
    SceneFixture f;
    wedge(f, "/A");
    placed(wedge(f, "/B"), at(10, 0, 0));
    const ScenePtr done = after(*f.freeze(), "deduplicateGeometry", kInstancer);
    EXPECT_EQ(arrayAt<Vec3f>(*done, "/AInstances", "extent"), (std::vector<Vec3f>{{{0, 0, 0}}, {{12, 1, 3}}}));
}

TEST(PointInstancing, halfFloatsServeAloneOnlyWhereTheyHoldTheRotation) {
    SceneFixture f;
    wedge(f, "/Half/A");
    placed(wedge(f, "/Half/B"), turned(180) * at(3, 0, 0));
    wedge(f, "/Float/A", {}, 1.5);
    placed(wedge(f, "/Float/B", {}, 1.5), turned(33) * at(3, 0, 0)).attribute("note", "string", {"apart"});
    placed(wedge(f, "/Float/C", {}, 1.5), turned(90) * at(3, 0, 0)).attribute("note", "string", {"apart"});
    f.prim("/Float/A").attribute("note", "string", {"apart"});
    const ScenePtr scene = f.freeze();
    const ScenePtr done = instanced(scene, runOn(*scene, "deduplicateGeometry", kInstancer));
    EXPECT_TRUE(has(done, "/Half/AInstances", "orientations"));
    EXPECT_FALSE(has(done, "/Half/AInstances", "orientationsf"));
    EXPECT_TRUE(has(done, "/Float/AInstances", "orientationsf")) << "a quarter turn has √½ in it";
    EXPECT_TRUE(has(done, "/Float/AInstances", "orientations")) << "for renderers that read nothing else";
}

TEST(PointInstancing, farFromTheOriginTheInstancerStandsAmongItsInstances) {
    SceneFixture f;
    placed(wedge(f, "/A"), at(5e6 + 0.3, 4e6 + 0.1, 0));
    placed(wedge(f, "/B"), at(5e6 + 7.7, 4e6 + 0.9, 0));
    const ScenePtr scene = f.freeze();
    const ScenePtr done = instanced(scene, runOn(*scene, "deduplicateGeometry", kInstancer));
    ASSERT_TRUE(has(done, "/AInstances", "xformOp:translate")) << "float32 positions would be off by half a metre";
    EXPECT_LT(std::abs(arrayAt<Vec3f>(*done, "/AInstances", "positions")[0][0]), 10);
}

TEST(PointInstancing, aScaleAlongThePrototypesAxesIsTaken) {
    SceneFixture f;
    wedge(f, "/A");
    placed(wedge(f, "/B"), scaled(1, 2, 3) * turned(20) * at(4, 0, 0));
    const ScenePtr scene = f.freeze();
    const ScenePtr done = instanced(scene, runOn(*scene, "deduplicateGeometry", kInstancer));
    EXPECT_EQ(arrayAt<Vec3f>(*done, "/AInstances", "scales")[1], (Vec3f{{1, 2, 3}}));
}

TEST(PointInstancing, aShearedMemberIsDeclinedWithAReason) {
    Matrix4d shear;
    shear[1][0] = 0.5;
    SceneFixture f;
    wedge(f, "/A");
    wedge(f, "/B", at(4, 0, 0));
    wedge(f, "/Sheared", shear * at(8, 0, 0));
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "deduplicateGeometry", kInstancer);
    const ScenePtr done = instanced(scene, outcome);
    EXPECT_TRUE(has(done, "/Sheared", "points"));
    EXPECT_THAT(declinedBy(*scene, outcome), ElementsAre("/Sheared: no_trs_map"));
}

TEST(PointInstancing, mirroredCopiesGoToAnInstancerOfTheirOwnThatMirrorsItsPrototype) {
    SceneFixture f;
    wedge(f, "/A");
    placed(wedge(f, "/B"), at(4, 0, 0));
    placed(wedge(f, "/C"), scaled(-1, 1, 1) * at(8, 0, 0));
    placed(wedge(f, "/D"), scaled(-1, 1, 1) * turned(40) * at(12, 0, 0));
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "deduplicateGeometry", kInstancer);
    const ScenePtr done = instanced(scene, outcome);
    EXPECT_EQ(outcome.counts["pointInstancers"], 2);
    EXPECT_TRUE(has(done, "/CInstances/Prototypes/C", "xformOp:transform")) << "negative scales are drawn differently";
    for (const char* path : {"/AInstances", "/CInstances"})
        for (const PointInstance& row : pointInstances(*done, done->find(path)).rows)
            EXPECT_GT(row.transform.determinant3(), 0) << path;
}

TEST(PointInstancing, everyLookGetsAnInstancerOfItsOwn) {
    SceneFixture f;
    f.previewMaterial("/Looks/Red", 1, 0, 0);
    f.previewMaterial("/Looks/Blue", 0, 0, 1);
    const auto pair = [&](const std::string& name, auto&& look) {
        look(wedge(f, "/World/" + name + "1"));
        look(placed(wedge(f, "/World/" + name + "2"), at(4, 0, 0)));
    };
    pair("Red", [](PrimFixture& p) { p.relationship("material:binding", {"/Looks/Red"}).api("MaterialBindingAPI"); });
    pair("Blue", [](PrimFixture& p) { p.relationship("material:binding", {"/Looks/Blue"}).api("MaterialBindingAPI"); });
    pair("Hidden", [](PrimFixture& p) { p.attribute("visibility", "token", {"invisible"}); });
    pair("Guide", [](PrimFixture& p) { p.attribute("purpose", "token", {"guide"}); });
    pair("Green", [](PrimFixture& p) { p.primvar("displayColor", "color3f[]", {0, 1, 0}, "constant"); });
    pair("Kind", [](PrimFixture& p) { p.metadata("kind", "token", {"subcomponent"}); });
    wedge(f, "/World/Tagged1").attribute("ifc:guid", "string", {"a"});
    placed(wedge(f, "/World/Tagged2"), at(9, 9, 9)).attribute("ifc:guid", "string", {"b"});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "deduplicateGeometry", kInstancer);
    const ScenePtr done = instanced(scene, outcome);
    EXPECT_EQ(outcome.counts["pointInstancers"], 6);
    EXPECT_TRUE(has(done, "/World/Tagged1")) << "what is said of one copy only cannot be said of an instance";
    EXPECT_EQ(done->textOf(
                  done->metadatum(done->prim(done->find("/World/Kind1Instances/Prototypes/Kind1")).metadata, "kind")),
              "subcomponent");
}

TEST(PointInstancing, whatGroupsHandDownIsSaidWhereTheInstancerStands) {
    SceneFixture f;
    f.previewMaterial("/Looks/Red", 1, 0, 0);
    f.previewMaterial("/Looks/Blue", 0, 0, 1);
    f.prim("/World", "Xform").relationship("material:binding", {"/Looks/Blue"}).api("MaterialBindingAPI");
    for (const char* group : {"/World/G1", "/World/G2"}) {
        f.prim(group, "Xform")
            .attribute("visibility", "token", {"invisible"})
            .attribute("purpose", "token", {"render"})
            .relationship("material:binding", {"/Looks/Red"})
            .api("MaterialBindingAPI")
            .primvar("heat", "float[]", {7}, "constant");
        placed(wedge(f, std::string(group) + "/A"), at(group[8], 0, 0));
    }
    const ScenePtr scene = f.freeze();
    const ScenePtr done = instanced(scene, runOn(*scene, "deduplicateGeometry", kInstancer));
    ASSERT_TRUE(has(done, "/World/AInstances"));
    const PrimId prototype = done->find("/World/AInstances/Prototypes/A");
    EXPECT_FALSE(done->visible(prototype));
    EXPECT_EQ(done->purpose(prototype), Purpose::Render);
    EXPECT_EQ(done->text(resolveBinding(*done, prototype, BindingPurpose::AllPurpose)), "/Looks/Red");
    EXPECT_EQ(done->text(resolveBinding(*done, prototype, BindingPurpose::Full)), "/Looks/Red");
    EXPECT_TRUE(done->findProperty(prototype, "primvars:heat").valid());
}

TEST(PointInstancing, underSomethingThatMovesTheInstancerMovesWithIt) {
    SceneFixture f;
    f.prim("/World/Arm", "Xform")
        .attribute("xformOp:translate", "double3", {1, 2, 3})
        .sample(1, {0, 0, 0})
        .sample(2, {9, 0, 0})
        .attribute("xformOpOrder", "token[]", {"xformOp:translate"})
        .property();
    wedge(f, "/World/Arm/G/A");
    placed(wedge(f, "/World/Arm/G2/B"), at(4, 0, 0));
    wedge(f, "/World/Still");
    const ScenePtr scene = f.freeze();
    if (!scene->xforms().animated[scene->find("/World/Arm").index]) GTEST_FAIL() << "the arm is animated";
    const ScenePtr done = instanced(scene, runOn(*scene, "deduplicateGeometry", kInstancer));
    EXPECT_TRUE(has(done, "/World/Arm/AInstances"));
    EXPECT_TRUE(has(done, "/World/Still")) << "it does not move, so it goes with neither";
}

TEST(PointInstancing, declinesWhatOthersPointAtAndWhatIsAnimated) {
    SceneFixture f;
    wedge(f, "/World/A");
    placed(wedge(f, "/World/B"), at(4, 0, 0));
    placed(wedge(f, "/World/Wanted"), at(8, 0, 0));
    placed(wedge(f, "/World/Collected"), at(12, 0, 0));
    f.prim("/World/Camera", "Xform")
        .relationship("focus", {"/World/Wanted"})
        .relationship("collection:all:includes", {"/World/Collected"});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "deduplicateGeometry", kInstancer);
    instanced(scene, outcome);
    EXPECT_THAT(declinedBy(*scene, outcome),
                testing::UnorderedElementsAre("/World/Wanted: is_target", "/World/Collected: is_target"));
}

TEST(PointInstancing, instancersGoUnderAGivenPath) {
    SceneFixture f;
    placed(f.prim("/Shelf", "Xform"), turned(90) * at(0, 0, 50));
    wedge(f, "/World/A");
    placed(wedge(f, "/World/B"), at(4, 0, 0));
    const ScenePtr scene = f.freeze();
    const json under = with({{"pointInstancerLocation", 1}, {"pointInstancerParentPath", "/Shelf/Instancers"}});
    const ScenePtr done = instanced(scene, runOn(*scene, "deduplicateGeometry", under));
    EXPECT_TRUE(has(done, "/Shelf/Instancers/AInstances/Prototypes/A"));
    EXPECT_EQ(done->typeName(done->find("/Shelf/Instancers")), "Xform");
    EXPECT_THAT(refusal(scene, "deduplicateGeometry", with({{"pointInstancerLocation", 1}})),
                testing::HasSubstr("pointInstancerParentPath is empty"));
    EXPECT_THAT(refusal(scene, "deduplicateGeometry",
                        with({{"pointInstancerLocation", 1}, {"pointInstancerParentPath", "/World/A/In"}})),
                testing::HasSubstr("/World/A is a Mesh"));
    EXPECT_THAT(refusal(scene, "deduplicateGeometry",
                        with({{"pointInstancerLocation", 1}, {"pointInstancerParentPath", "no path"}})),
                testing::HasSubstr("absolute path"));
}

TEST(PointInstancing, aGivenPathThatHidesItsChildrenIsNoPlaceForVisibleOnes) {
    SceneFixture f;
    f.prim("/Shelf", "Xform").attribute("visibility", "token", {"invisible"});
    wedge(f, "/World/A");
    placed(wedge(f, "/World/B"), at(4, 0, 0));
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "deduplicateGeometry",
                                    with({{"pointInstancerLocation", 1}, {"pointInstancerParentPath", "/Shelf"}}));
    EXPECT_THAT(outcome.edits.edits, IsEmpty());
    EXPECT_THAT(declinedBy(*scene, outcome),
                ElementsAre("/World/A: other_surroundings", "/World/B: other_surroundings"));
}

TEST(PointInstancing, halvesRoundToTheNearest) {
    for (int bits = 0; bits < 0x7C00; ++bits) {
        const double exact = halfToDouble(static_cast<uint16_t>(bits));
        ASSERT_EQ(halfOf(exact), bits);
        ASSERT_EQ(halfOf(-exact), bits | 0x8000);
    }
    EXPECT_EQ(halfOf(0.70710678), 0x39A8);
    EXPECT_EQ(halfOf(1 + 0x1p-11), 0x3C00) << "ties go to even";
    EXPECT_EQ(halfOf(1e9), 0x7C00);
}

// ---- what the comparison sees of point instancers --------------------------------------------------------------

/// An instancer at (0, 0, 1) that draws the wedge twice; `edit` says what is different about it.
template <class Edit>
ScenePtr drawnTwice(const std::shared_ptr<TokenTable>& tokens, const Edit& edit) {
    SceneFixture f(tokens);
    PrimFixture& instancer = placed(f.prim("/PI", "PointInstancer"), at(0, 0, 1));
    instancer.relationship("prototypes", {"/PI/P/W"})
        .attribute("protoIndices", "int[]", {0, 0})
        .attribute("positions", "point3f[]", {0, 0, 0, 5, 0, 0});
    f.prim("/PI/P", "Scope");
    wedge(f, "/PI/P/W");
    edit(f, instancer);
    return f.freeze();
}

std::vector<std::string> lawsBroken(const Scene& a, const Scene& b) {
    std::vector<std::string> out;
    for (const Difference& difference : diffRendered(a, b, {}, {}, {}).differences)
        if (out.empty() || out.back() != difference.law) out.push_back(difference.law);
    return out;
}

TEST(PointInstances, instancesAreComparedByWhatIsDrawn) {
    const auto tokens = std::make_shared<TokenTable>();
    const auto nothing = [](SceneFixture&, PrimFixture&) {};
    const ScenePtr a = drawnTwice(tokens, nothing);
    EXPECT_THAT(lawsBroken(*a, *drawnTwice(tokens, nothing)), IsEmpty());

    const ScenePtr hidden =
        drawnTwice(tokens, [](SceneFixture&, PrimFixture& pi) { pi.array<int64_t>("invisibleIds", "int64[]", {1}); });
    EXPECT_THAT(lawsBroken(*a, *hidden), Contains("surface")) << "an instance is gone";

    const ScenePtr moved =
        drawnTwice(tokens, [](SceneFixture& f, PrimFixture&) { placed(f.prim("/PI/P/W"), at(0, 1, 0)); });
    EXPECT_THAT(lawsBroken(*a, *moved), Contains("surface")) << "the prototype's own transform counts";

    const ScenePtr scopeMoved =
        drawnTwice(tokens, [](SceneFixture& f, PrimFixture&) { placed(f.prim("/PI/P", "Xform"), at(0, 1, 0)); });
    EXPECT_THAT(lawsBroken(*a, *scopeMoved), IsEmpty()) << "what stands above a prototype does not place it";
}

TEST(PointInstances, aPrototypeElsewhereIsDrawnByTheInstancerAndWhereItStands) {
    SceneFixture f;
    f.prim("/PI", "PointInstancer")
        .relationship("prototypes", {"/W"})
        .attribute("protoIndices", "int[]", {0, 0})
        .attribute("positions", "point3f[]", {1, 0, 0, 5, 0, 0})
        .attribute("scales", "float3[]", {1, 1, 1, 2, 2, 2});
    wedge(f, "/W");
    const ScenePtr scene = f.freeze();
    const PointInstances all = pointInstances(*scene, scene->find("/PI"));
    ASSERT_EQ(all.rows.size(), 2u);
    EXPECT_EQ(all.rows[1].transform, scaled(2, 2, 2) * at(5, 0, 0));
    EXPECT_TRUE(all.wellFormed);
    EXPECT_FALSE(all.animated);
}

TEST(PointInstances, arraysThatDoNotFitTogetherDrawNothing) {
    SceneFixture f;
    f.prim("/PI", "PointInstancer")
        .relationship("prototypes", {"/PI/W"})
        .attribute("protoIndices", "int[]", {0, 1})
        .attribute("positions", "point3f[]", {1, 0, 0, 5, 0, 0});
    wedge(f, "/PI/W");
    const ScenePtr scene = f.freeze();
    const PointInstances all = pointInstances(*scene, scene->find("/PI"));
    EXPECT_FALSE(all.wellFormed) << "there is no second prototype";
    EXPECT_THAT(all.rows, IsEmpty());
}

}  // namespace
}  // namespace usdtune
