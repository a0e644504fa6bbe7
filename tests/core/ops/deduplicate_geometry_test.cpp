// SPDX-License-Identifier: Apache-2.0
#include "core/ops/run_op.h"
#include "usdtune/scene/materials.h"

namespace usdtune {
namespace {

using namespace test;
using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

/// A lopsided tetrahedron, so that only one map carries it anywhere, with `map` baked into its points.
PrimFixture& spike(SceneFixture& f, std::string_view path, const Matrix4d& map = {}, std::string_view scheme = "none") {
    std::vector<double> points;
    for (const Vec3d& p :
         {Vec3d{{0, 0, 0}}, Vec3d{{2, 0, 0}}, Vec3d{{0, 1, 0}}, Vec3d{{0.25, 0.25, 3}}, Vec3d{{1, 1, 1}}})
        for (const double x : map.transformPoint(p).v) points.push_back(x);
    return f.mesh(path, {}, {3, 3, 3, 3, 3, 3}, {0, 2, 1, 0, 1, 3, 1, 4, 3, 4, 2, 3, 2, 0, 3, 1, 2, 4}, scheme)
        .attributeNumbers("points", "point3f[]", points);
}
Matrix4d moved(double x, double y, double z) {
    Matrix4d m;
    m[3] = {x, y, z, 1};
    return m;
}
Matrix4d stretched(double x, double y, double z) {
    Matrix4d m;
    m[0][0] = x;
    m[1][1] = y;
    m[2][2] = z;
    return m;
}
Matrix4d turned() {
    Matrix4d m;
    m[0] = {0, 1, 0, 0};
    m[1] = {-1, 0, 0, 0};
    return m;
}

size_t sharedIn(const Scene& scene, const json& given = json::object()) {
    return runOn(scene, "deduplicateGeometry", given).counts["meshesShared"].get<size_t>();
}

/// Points of the mesh at `path` in world space, through instances.
std::vector<Vec3d> worldPoints(const Scene& scene, const std::string& site) {
    const PrimId prim = scene.find(site);
    const bool whole = scene.meshOf(prim).valid();
    const Mesh& mesh = meshAt(scene, whole ? site : site + "/Geometry");
    std::vector<Vec3d> out;
    for (const Vec3f& p : mesh.points) out.push_back(scene.xforms().world[prim.index].transformPoint(toDouble(p)));
    return out;
}

void expectSamePlaces(const Scene& before, const Scene& after, const std::string& site, double within) {
    const auto a = worldPoints(before, site), b = worldPoints(after, site);
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) EXPECT_LT(length(a[i] - b[i]), within) << site << " point " << i;
}

TEST(DeduplicateGeometry, everyCopyBecomesAnInstanceOfOneClassPrimAndNoneIsSpecial) {
    SceneFixture f;
    spike(f, "/World/A");
    spike(f, "/World/B", moved(5, 0, 0));
    spike(f, "/World/C", turned() * moved(0, 7, 0));
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "deduplicateGeometry");
    const ScenePtr done = after(*scene, outcome);
    ASSERT_NE(done, nullptr);
    for (const char* site : {"/World/A", "/World/B", "/World/C"}) {
        const PrimId prim = done->find(site);
        EXPECT_EQ(done->typeName(prim), "Xform");
        EXPECT_TRUE(done->prim(prim).flags.instance);
        EXPECT_FALSE(done->findProperty(prim, "points").valid());
        expectSamePlaces(*scene, *done, site, 1e-6);
    }
    const PrimId scope = done->find("/GeometryPrototypes");
    ASSERT_TRUE(scope.valid());
    EXPECT_EQ(done->prim(scope).specifier, Specifier::Class);
    EXPECT_TRUE(done->find("/GeometryPrototypes/A/Geometry").valid());
    EXPECT_FALSE(done->findProperty(done->find("/World/A"), "xformOpOrder").valid())
        << "an identity map is not written";
    ASSERT_EQ(outcome.edits.moves.size(), 3u);
    EXPECT_EQ(scene->text(outcome.edits.moves[1].from), "/World/B");
    EXPECT_EQ(scene->text(outcome.edits.moves[1].to), "/World/B/Geometry");
    EXPECT_EQ(outcome.edits.moves[1].fate, PathFate::Instanced);
    EXPECT_EQ(outcome.surface, SurfacePromise::Exact) << "nothing moved by more than ε";
    EXPECT_THAT(runOn(*done, "deduplicateGeometry").edits.edits, IsEmpty()) << "twice equals once";
}

TEST(DeduplicateGeometry, theMapGoesInnermostBelowThePlacesOwnTransform) {
    SceneFixture f;
    spike(f, "/A");
    spike(f, "/B", stretched(2, 1, 0.5))
        .attribute("xformOp:translate", "double3", {3, 0, 0})
        .attribute("xformOp:translate:pivot", "double3", {1, 1, 1})
        .attribute("xformOp:rotateZ", "float", {90})
        .attribute(
            "xformOpOrder", "token[]",
            {"xformOp:translate", "xformOp:translate:pivot", "xformOp:rotateZ", "!invert!xformOp:translate:pivot"});
    const ScenePtr scene = f.freeze();
    const ScenePtr done = after(*scene, "deduplicateGeometry");
    expectSamePlaces(*scene, *done, "/B", 1e-6);
    const auto order = arrayAt<TokenId>(*done, "/B", "xformOpOrder");
    ASSERT_EQ(order.size(), 5u);
    EXPECT_EQ(done->text(order.back()), "xformOp:transform:sharedGeometry");
    EXPECT_EQ(arrayAt<Vec3d>(*done, "/B", "xformOp:translate:pivot")[0], (Vec3d{{1, 1, 1}}));
}

TEST(DeduplicateGeometry, aMirroredCopyIsNeverTurnedInsideOut) {
    SceneFixture f;
    spike(f, "/A");
    spike(f, "/Mirrored", stretched(-1, 1, 1));
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(sharedIn(*scene), 0u) << "same winding, same orientation: its faces show their other side";

    SceneFixture g;
    spike(g, "/A");
    spike(g, "/Mirrored", stretched(-1, 1, 1)).attribute("orientation", "token", {"leftHanded"});
    const ScenePtr flipped = g.freeze();
    const ScenePtr done = after(*flipped, "deduplicateGeometry");
    EXPECT_FALSE(meshAt(*done, "/Mirrored/Geometry").flags.leftHanded)
        << "the mirroring transform turns it over instead";
    expectSamePlaces(*flipped, *done, "/Mirrored", 1e-6);
    EXPECT_EQ(sharedIn(*flipped, {{"duplicateMethod", 0}}), 0u) << "a copy of values keeps its own orientation";
}

TEST(DeduplicateGeometry, aFlippedOrientationAloneIsAnotherShape) {
    SceneFixture f;
    spike(f, "/A");
    spike(f, "/B").attribute("orientation", "token", {"leftHanded"});
    EXPECT_EQ(sharedIn(*f.freeze()), 0u);
}

TEST(DeduplicateGeometry, subdivisionCagesShareUnderRigidMapsOnly) {
    SceneFixture f;
    spike(f, "/A", {}, "catmullClark");
    spike(f, "/Turned", turned() * moved(1, 2, 3), "catmullClark");
    spike(f, "/Stretched", stretched(2, 1, 1), "catmullClark");
    EXPECT_EQ(sharedIn(*f.freeze()), 2u);
}

TEST(DeduplicateGeometry, theToleranceIsStrictAndInWorldSpace) {
    const auto pair = [](double offset, double scale) {
        SceneFixture f;
        f.prim("/W", "Xform")
            .attribute("xformOp:scale", "double3", {scale, scale, scale})
            .attribute("xformOpOrder", "token[]", {"xformOp:scale"});
        f.mesh("/W/A", {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, .5, .5, .5, .25, .5, 1}, {4, 3}, {0, 1, 2, 3, 3, 4, 5});
        f.mesh("/W/B", {}, {4, 3}, {0, 1, 2, 3, 3, 4, 5})
            .attributeNumbers("points", "point3f[]",
                              {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, .5, .5, .5, .25, .5, 1 + offset});
        return f.freeze();
    };
    const json still = {{"tolerance", 0.25}, {"considerDeepTransforms", false}};
    EXPECT_EQ(sharedIn(*pair(0.125, 1), still), 2u);
    EXPECT_EQ(sharedIn(*pair(0.25, 1), still), 0u) << "strictly below";
    EXPECT_EQ(sharedIn(*pair(0.125, 10), still), 0u) << "1.25 in the world";
    EXPECT_EQ(sharedIn(*pair(0.125, 1), {{"tolerance", 0}, {"considerDeepTransforms", false}}), 0u)
        << "0 is each mesh's own ε";
    EXPECT_EQ(sharedIn(*pair(0, 1), {{"tolerance", 0}}), 2u);
}

TEST(DeduplicateGeometry, deepTransformsAreOnlyLookedThroughWhenAsked) {
    SceneFixture f;
    spike(f, "/A");
    spike(f, "/B", moved(5, 0, 0));
    EXPECT_EQ(sharedIn(*f.freeze(), {{"considerDeepTransforms", false}}), 0u);
}

TEST(DeduplicateGeometry, whatBelongsToThePlaceStaysThereAndNeverKeepsCopiesApart) {
    SceneFixture f;
    f.previewMaterial("/Looks/Red", 1, 0, 0);
    f.previewMaterial("/Looks/Blue", 0, 0, 1);
    spike(f, "/A")
        .relationship("material:binding", {"/Looks/Red"})
        .primvar("displayColor", "color3f[]", {1, 0, 0}, "constant");
    spike(f, "/B", moved(1, 0, 0))
        .relationship("material:binding", {"/Looks/Blue"})
        .api("MaterialBindingAPI")
        .metadata("kind", "token", {"subcomponent"})
        .attribute("visibility", "token", {"invisible"})
        .attribute("purpose", "token", {"proxy"})
        .attribute("ifc:guid", "string", {"2O2Fr"});
    const ScenePtr scene = f.freeze();
    const ScenePtr done = after(*scene, "deduplicateGeometry");
    const PrimId a = done->find("/A"), b = done->find("/B");
    EXPECT_EQ(done->text(resolveBinding(*done, a, BindingPurpose::AllPurpose)), "/Looks/Red");
    EXPECT_EQ(done->text(resolveBinding(*done, b, BindingPurpose::AllPurpose)), "/Looks/Blue");
    EXPECT_TRUE(done->findProperty(a, "primvars:displayColor").valid());
    EXPECT_FALSE(done->visible(b));
    EXPECT_EQ(done->purpose(b), Purpose::Proxy);
    EXPECT_EQ(done->textOf(done->value(b, "ifc:guid")), "2O2Fr");
    EXPECT_EQ(done->textOf(done->metadatum(done->prim(b).metadata, "kind")), "subcomponent");
    EXPECT_TRUE(done->hasApiSchema(b, "MaterialBindingAPI"));
}

TEST(DeduplicateGeometry, primvarsThatVaryOverTheMeshMustReadTheSame) {
    SceneFixture f;
    spike(f, "/A").primvar("heat", "float[]", {1, 1, 2, 2, 2}, "vertex");
    spike(f, "/Indexed").primvar("heat", "float[]", {2, 1}, "vertex", {1, 1, 0, 0, 0});
    spike(f, "/Other").primvar("heat", "float[]", {1, 1, 2, 2, 3}, "vertex");
    spike(f, "/None");
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(runOn(*scene, "deduplicateGeometry", {}, true).output["analysis"],
              json::parse(R"([["/A", "/Indexed"]])"));
    const OpOutcome loose = runOn(*scene, "deduplicateGeometry", {{"ignoreAttributes", {"primvars:"}}});
    EXPECT_EQ(loose.counts["meshesShared"], 4);
    EXPECT_EQ(loose.surface, SurfacePromise::Changes);
}

TEST(DeduplicateGeometry, normalsMustAgreeUnderTheMap) {
    SceneFixture f;
    const auto withNormal = [&](std::string_view path, const Matrix4d& map, Vec3d n) {
        spike(f, path, map)
            .attributeNumbers(
                "normals", "normal3f[]",
                {n[0], n[1], n[2], n[0], n[1], n[2], n[0], n[1], n[2], n[0], n[1], n[2], n[0], n[1], n[2]})
            .interpolation("vertex");
    };
    withNormal("/A", {}, {{1, 0, 0}});
    withNormal("/Turned", turned(), {{0, 1, 0}});
    withNormal("/NotTurned", turned(), {{1, 0, 0}});
    EXPECT_EQ(runOn(*f.freeze(), "deduplicateGeometry", {}, true).output["analysis"],
              json::parse(R"([["/A", "/Turned"]])"));
}

TEST(DeduplicateGeometry, tangentsAllowTranslationsOnly) {
    SceneFixture f;
    for (const auto& [path, map] : {std::pair{"/A", Matrix4d{}}, {"/Moved", moved(1, 2, 3)}, {"/Turned", turned()}})
        spike(f, path, map).primvar("tangents", "float3[]", {1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0}, "vertex");
    EXPECT_EQ(runOn(*f.freeze(), "deduplicateGeometry", {}, true).output["analysis"],
              json::parse(R"([["/A", "/Moved"]])"));
}

TEST(DeduplicateGeometry, equalSubsetsMoveWithTheMeshAndKeepTheirBindings) {
    SceneFixture f;
    f.previewMaterial("/Looks/Red", 1, 0, 0);
    f.previewMaterial("/Looks/Blue", 0, 0, 1);
    for (const auto& [path, x, look] :
         {std::tuple{"/A", 0, "/Looks/Red"}, {"/B", 1, "/Looks/Red"}, {"/C", 2, "/Looks/Blue"}}) {
        spike(f, path, moved(x, 0, 0)).attribute("subsetFamily:materialBind:familyType", "token", {"nonOverlapping"});
        f.subset(std::string(path) + "/front", {0, 1})
            .relationship("material:binding", {look})
            .api("MaterialBindingAPI");
    }
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "deduplicateGeometry");
    EXPECT_EQ(outcome.counts["meshesShared"], 2) << "/C binds another material";
    const ScenePtr done = after(*scene, outcome);
    EXPECT_FALSE(done->find("/A/front").valid() && !done->prim(done->find("/A/front")).flags.inPrototype);
    const Mesh& shared = meshAt(*done, "/GeometryPrototypes/A/Geometry");
    ASSERT_EQ(shared.subsets.size(), 1u);
    EXPECT_EQ(done->text(resolveBinding(*done, shared.subsets[0].prim, BindingPurpose::AllPurpose)), "/Looks/Red");
    EXPECT_THAT(done->textOf(done->value(shared.prim, "subsetFamily:materialBind:familyType")), "nonOverlapping");
    EXPECT_EQ(scene->text(outcome.edits.moves[0].to), "/A/Geometry/front");
}

TEST(DeduplicateGeometry, whatMayNotMoveIsDeclinedWithItsReason) {
    SceneFixture f;
    spike(f, "/A");
    spike(f, "/Body").api("PhysicsCollisionAPI");
    spike(f, "/Lamp").api("MeshLightAPI");
    spike(f, "/Parent");
    f.prim("/Parent/Child", "Xform");
    spike(f, "/Aimed");
    f.prim("/Rig", "Xform").relationship("target", {"/Aimed"});
    spike(f, "/Named");
    f.prim("/Lights", "Xform")
        .relationship("collection:exact:includes", {"/Named"})
        .attribute("collection:exact:expansionRule", "token", {"explicitOnly"});
    spike(f, "/Loose");
    f.prim("/Group", "Xform").relationship("collection:all:includes", {"/Loose"});
    spike(f, "/Referenced");
    f.prim("/User", "Xform").arc(ArcKind::Reference, "/Referenced");
    spike(f, "/Latent");
    f.builder().latentTarget(f.builder().token("/Latent"));
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "deduplicateGeometry");
    EXPECT_THAT(
        declinedBy(*scene, outcome),
        testing::IsSupersetOf({"/Lamp: light", "/Parent: has_children", "/Aimed: is_target",
                               "/Named: explicit_collection", "/Referenced: arc_source", "/Latent: latent_target"}));
    EXPECT_EQ(runOn(*scene, "deduplicateGeometry", {}, true).output["analysis"], json::parse(R"([["/A", "/Loose"]])"));
}

TEST(DeduplicateGeometry, collidersAreAHashOfTheirOwnAndDeclined) {
    SceneFixture f;
    spike(f, "/A").api("PhysicsCollisionAPI");
    spike(f, "/B").api("PhysicsCollisionAPI");
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "deduplicateGeometry");
    EXPECT_THAT(outcome.edits.edits, IsEmpty());
    EXPECT_THAT(declinedBy(*scene, outcome), ElementsAre("/A: physics", "/B: physics"));
}

TEST(DeduplicateGeometry, takenNamesMakeWay) {
    SceneFixture f;
    f.prim("/GeometryPrototypes", "Xform");
    spike(f, "/X/Bolt");
    spike(f, "/Y/Bolt", moved(1, 0, 0));
    for (const char* path : {"/X2/Bolt", "/Y2/Bolt"}) f.mesh(path, {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    const ScenePtr scene = f.freeze();
    const ScenePtr done = after(*scene, "deduplicateGeometry");
    EXPECT_EQ(done->typeName(done->find("/GeometryPrototypes")), "Xform");
    EXPECT_TRUE(done->find("/GeometryPrototypes_1/Bolt/Geometry").valid());
    EXPECT_TRUE(done->find("/GeometryPrototypes_1/Bolt_1/Geometry").valid());
}

TEST(DeduplicateGeometry, aLaterRunUsesItsScopeAgain) {
    SceneFixture f;
    spike(f, "/A");
    spike(f, "/B");
    spike(f, "/C").attribute("doubleSided", "bool", {1});
    spike(f, "/D").attribute("doubleSided", "bool", {1});
    const ScenePtr scene = f.freeze();
    const ScenePtr first = after(*scene, "deduplicateGeometry", {{"meshPrimPaths", {"/A", "/B"}}});
    const ScenePtr both = after(*first, "deduplicateGeometry");
    EXPECT_TRUE(both->find("/GeometryPrototypes/A").valid());
    EXPECT_TRUE(both->find("/GeometryPrototypes/C").valid());
    EXPECT_FALSE(both->find("/GeometryPrototypes_1").valid());
}

TEST(DeduplicateGeometry, copiedValuesKeepPathsAndPlaces) {
    SceneFixture f;
    spike(f, "/A").attribute("extent", "float3[]", {0, 0, 0, 2, 1, 3});
    spike(f, "/B", stretched(2, 3, 1) * moved(5, 0, 0)).attribute("extent", "float3[]", {5, 0, 0, 9, 3, 3});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "deduplicateGeometry", {{"duplicateMethod", 0}});
    const ScenePtr done = after(*scene, outcome);
    EXPECT_THAT(outcome.edits.moves, IsEmpty());
    EXPECT_EQ(meshAt(*done, "/B").pointsHash, meshAt(*done, "/A").pointsHash);
    EXPECT_EQ(meshAt(*done, "/B").extent[1], (Vec3f{{2, 1, 3}}));
    expectSamePlaces(*scene, *done, "/B", 1e-6);
    EXPECT_THAT(runOn(*done, "deduplicateGeometry", {{"duplicateMethod", 0}}).edits.edits, IsEmpty());
}

TEST(DeduplicateGeometry, setsAreNumberedFromOneAndTheRestIsZero) {
    SceneFixture f;
    spike(f, "/A");
    spike(f, "/B", moved(1, 1, 1));
    f.mesh("/Tri", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    const ScenePtr scene = f.freeze();
    const ScenePtr done = after(*scene, "deduplicateGeometry", {{"duplicateMethod", 3}});
    EXPECT_THAT(arrayAt<int>(*done, "/A", "duplicationSet"), ElementsAre(1));
    EXPECT_THAT(arrayAt<int>(*done, "/B", "duplicationSet"), ElementsAre(1));
    EXPECT_THAT(arrayAt<int>(*done, "/Tri", "duplicationSet"), ElementsAre(0));
    EXPECT_EQ(done->typeName(done->find("/A")), "Mesh");
}

TEST(DeduplicateGeometry, smallGroupsAndSmallGainsCanBeLeftAlone) {
    SceneFixture f;
    spike(f, "/A");
    spike(f, "/B");
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(sharedIn(*scene, {{"minimumDuplicates", 3}}), 0u);
    EXPECT_EQ(sharedIn(*scene, {{"minimumGain", 1e6}}), 0u);
    EXPECT_EQ(sharedIn(*scene), 2u) << "without a limit the arguments are obeyed";
}

TEST(DeduplicateGeometry, groupsAreDeterministicAtAnyThreadCount) {
    SceneFixture f;
    for (int i = 0; i < 120; ++i)
        spike(f, "/Spike" + std::to_string(i), stretched(1 + i % 7, 1 + i % 3, 1) * moved(i, 0, 0),
              i % 2 == 0 ? "none" : "catmullClark");
    const ScenePtr scene = f.freeze();
    const OpOutcome one = runOn(*scene, "deduplicateGeometry", {}, false, 1),
                    many = runOn(*scene, "deduplicateGeometry", {}, false, 4);
    ASSERT_EQ(one.edits.edits.size(), many.edits.edits.size());
    EXPECT_EQ(one.counts, many.counts);
    for (size_t i = 0; i < one.edits.edits.size(); ++i) {
        EXPECT_EQ(one.edits.edits[i].path, many.edits.edits[i].path);
        EXPECT_TRUE(sameBytes(one.edits.edits[i].value.value, many.edits.edits[i].value.value));
    }
}

}  // namespace
}  // namespace usdtune
