// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/xforms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/scene/scene_fixture.h"

namespace usdtune {
namespace {

using test::SceneFixture;

void expectNear(const Matrix4d& actual, const Matrix4d& expected, const std::string& what) {
    for (size_t r = 0; r < 4; ++r)
        for (size_t c = 0; c < 4; ++c)
            EXPECT_NEAR(actual[r][c], expected[r][c], 1e-12) << what << " at " << r << ", " << c;
}

Vec3d originOf(const Scene& scene, std::string_view path) {
    return scene.xforms().world[scene.find(path).index].transformPoint({{0, 0, 0}});
}

// What UsdGeom.Xformable.GetLocalTransformation of usd-core 26.11 answers for the same ops.
TEST(Xforms, localTransformsAgreeWithUsdGeom) {
    SceneFixture f;
    std::map<std::string, Matrix4d> expected;
    f.prim("/nestedPivot", "Xform")
        .attribute("xformOp:translate", "double3", {1, 2, 3})
        .attribute("xformOp:translate:pivot", "float3", {5, -1, 2})
        .attribute("xformOp:rotateXYZ", "float3", {30, 40, 50})
        .attribute("xformOp:scale", "float3", {2, 3, -1})
        .attribute("xformOpOrder", "token[]",
                   {"xformOp:translate", "xformOp:translate:pivot", "xformOp:rotateXYZ", "xformOp:scale",
                    "!invert!xformOp:translate:pivot"});
    expected["/nestedPivot"] = {{{{0.98480775301220802, 1.1736481776669305, -1.2855752193730787, 0},
                                  {-1.3704779777570131, 2.4086170124384139, 1.1490666646784671, 0},
                                  {-0.74084305686149066, -0.10504046113295212, -0.66341394816893851, 0},
                                  {1.187169370904928, -2.2495429536303337, 13.903770657881738, 1}}}};
    f.prim("/rotateZYX", "Xform")
        .attribute("xformOp:rotateZYX", "double3", {10, 20, 30})
        .attribute("xformOpOrder", "token[]", {"xformOp:rotateZYX"});
    expected["/rotateZYX"] = {{{{0.8137976813493738, 0.54383814248232554, -0.2048741287028622, 0},
                                {-0.46984631039295416, 0.82317294464550095, 0.31879577759716787, 0},
                                {0.34202014332566877, -0.16317591116653482, 0.92541657839832336, 0},
                                {0, 0, 0, 1}}}};
    f.prim("/rotateXZY", "Xform")
        .attribute("xformOp:rotateXZY", "half3", {10, 20, 30})
        .attribute("xformOpOrder", "token[]", {"xformOp:rotateXZY"});
    expected["/rotateXZY"] = {{{{0.8137976813493738, 0.49999999999999994, -0.29619813272602391, 0},
                                {-0.40331711458527691, 0.85286853195244328, 0.33158795558326737, 0},
                                {0.41841204441673263, -0.1503837331804353, 0.89572099109138104, 0},
                                {0, 0, 0, 1}}}};
    f.prim("/rotateYXZ", "Xform")
        .attribute("xformOp:rotateYXZ", "float3", {10, 20, 30})
        .attribute("xformOpOrder", "token[]", {"xformOp:rotateYXZ"});
    expected["/rotateYXZ"] = {{{{0.78410209404243147, 0.5212805763691758, -0.33682408883346521, 0},
                                {-0.49240387650610395, 0.85286853195244328, 0.17364817766693033, 0},
                                {0.37778608830929128, 0.029695587306942328, 0.92541657839832336, 0},
                                {0, 0, 0, 1}}}};
    f.prim("/rotateYZX", "Xform")
        .attribute("xformOp:rotateYZX", "float3", {10, 20, 30})
        .attribute("xformOpOrder", "token[]", {"xformOp:rotateYZX"});
    expected["/rotateYZX"] = {{{{0.8137976813493738, 0.52209946381304628, -0.25523613325019778, 0},
                                {-0.49999999999999994, 0.85286853195244328, 0.1503837331804353, 0},
                                {0.29619813272602391, 0.0052361332501977553, 0.95511216570526569, 0},
                                {0, 0, 0, 1}}}};
    f.prim("/rotateZXY", "Xform")
        .attribute("xformOp:rotateZXY", "float3", {10, 20, 30})
        .attribute("xformOpOrder", "token[]", {"xformOp:rotateZXY"});
    expected["/rotateZXY"] = {{{{0.84349326865631613, 0.49240387650610395, -0.21461017714275651, 0},
                                {-0.41841204441673252, 0.85286853195244328, 0.31232455601872638, 0},
                                {0.33682408883346521, -0.17364817766693033, 0.92541657839832336, 0},
                                {0, 0, 0, 1}}}};
    f.prim("/singleAxes", "Xform")
        .attribute("xformOp:rotateX", "float", {33})
        .attribute("xformOp:rotateY:a", "double", {-70})
        .attribute("xformOp:rotateZ", "half", {90})
        .attribute("xformOpOrder", "token[]", {"xformOp:rotateX", "xformOp:rotateY:a", "xformOp:rotateZ"});
    expected["/singleAxes"] = {{{{7.5943727601150656e-17, 0.83867056794542394, 0.54463903501502731, 0},
                                 {-0.34202014332566855, 0.51179328219557929, -0.78809254396864192, 0},
                                 {-0.93969262078590865, -0.18627752081659338, 0.28684222785171376, 0},
                                 {0, 0, 0, 1}}}};
    f.prim("/orient", "Xform")
        .attribute("xformOp:orient", "quatd", {0.1, 0.2, 0.3, 0.9273618495495703})
        .attribute("xformOpOrder", "token[]", {"xformOp:orient"});
    expected["/orient"] = {{{{0.73999999999999988, 0.59641710972974238, -0.31094473981982829, 0},
                             {-0.51641710972974231, 0.79999999999999993, 0.30547236990991422, 0},
                             {0.43094473981982828, -0.065472369909914091, 0.89999999999999991, 0},
                             {0, 0, 0, 1}}}};
    f.prim("/orientNotUnit", "Xform")
        .attribute("xformOp:orient", "quatf", {0.5, 1, 2, 0.5})
        .attribute("xformOpOrder", "token[]", {"xformOp:orient"});
    expected["/orientNotUnit"] = {{{{-0.42857142857142883, 0.89878608887559719, -0.092250187294941388, 0},
                                    {-0.61307180316131138, -0.21428571428571441, 0.76041080793318505, 0},
                                    {0.6636787587235129, 0.38244633492395796, 0.64285714285714279, 0},
                                    {0, 0, 0, 1}}}};
    f.prim("/invertOrient", "Xform")
        .attribute("xformOp:orient", "quatd", {0.5, 1, 2, 0.5})
        .attribute("xformOp:translate", "double3", {1, 2, 3})
        .attribute("xformOpOrder", "token[]", {"xformOp:orient", "xformOp:translate", "!invert!xformOp:orient"});
    expected["/invertOrient"] = {{{{0.99999999999999978, -5.5511151231257827e-17, 5.5511151231257827e-17, 0},
                                   {-5.5511151231257827e-17, 1, 8.3266726846886741e-17, 0},
                                   {5.5511151231257827e-17, 8.3266726846886741e-17, 0.99999999999999978, 0},
                                   {0.3363212412764871, 1.6175536650760423, 3.3571428571428572, 1}}}};
    f.prim("/invertRotateScale", "Xform")
        .attribute("xformOp:rotateXYZ", "float3", {30, 40, 50})
        .attribute("xformOp:scale", "double3", {2, 4, 8})
        .attribute("xformOp:translate", "double3", {1, 2, 3})
        .attribute("xformOpOrder", "token[]",
                   {"xformOp:rotateXYZ", "xformOp:scale", "xformOp:translate", "!invert!xformOp:scale",
                    "!invert!xformOp:rotateXYZ"});
    expected["/invertRotateScale"] = {{{{0.99999999999999989, 1.3877787807814457e-16, -5.5511151231257827e-17, 0},
                                        {9.7144514654701197e-17, 1.0000000000000002, 4.163336342344337e-17, 0},
                                        {0, -1.3877787807814457e-17, 1, 0},
                                        {15.110433177002616, 10.117597944693552, 17.700537309157358, 1}}}};
    f.prim("/transformAndInverse", "Xform")
        .attribute("xformOp:transform", "matrix4d", {0, 2, 0, 0, -1, 0, 0, 0, 0, 0, 3, 0, 7, 8, 9, 1})
        .attribute("xformOp:translate", "double3", {1, 2, 3})
        .attribute("xformOpOrder", "token[]", {"xformOp:transform", "xformOp:translate", "!invert!xformOp:transform"});
    expected["/transformAndInverse"] = {{{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {-2, 2, 9, 1}}}};
    const ScenePtr scene = f.freeze();
    for (const auto& [path, matrix] : expected) {
        const PrimId prim = scene->find(path);
        expectNear(scene->xforms().local[prim.index], matrix, path);
        EXPECT_EQ(scene->xforms().broken[prim.index], 0) << path;
    }
    EXPECT_TRUE(scene->problems().empty());
}

TEST(Xforms, worldChainsParentsAndResetCutsTheChain) {
    SceneFixture f;
    f.translate("/A", 1, 0, 0);
    f.translate("/A/B", 0, 2, 0);
    f.prim("/A/C", "Xform")
        .attribute("xformOp:translate", "double3", {0, 0, 3})
        .attribute("xformOp:translate:before", "double3", {100, 0, 0})
        .attribute("xformOpOrder", "token[]", {"xformOp:translate:before", "!resetXformStack!", "xformOp:translate"});
    f.translate("/A/C/D", 1, 1, 1);
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(originOf(*scene, "/A/B"), (Vec3d{{1, 2, 0}}));
    EXPECT_EQ(originOf(*scene, "/A/C"), (Vec3d{{0, 0, 3}}));
    EXPECT_EQ(originOf(*scene, "/A/C/D"), (Vec3d{{1, 1, 4}}));
    EXPECT_EQ(scene->xforms().resets[scene->find("/A/C").index], 1);
}

TEST(Xforms, mirroredTransformsHaveANegativeDeterminant) {
    SceneFixture f;
    f.prim("/M", "Xform")
        .attribute("xformOp:scale", "float3", {-1, 1, 1})
        .attribute("xformOpOrder", "token[]", {"xformOp:scale"});
    f.prim("/M/Child", "Mesh");
    const ScenePtr scene = f.freeze();
    EXPECT_LT(scene->xforms().world[scene->find("/M/Child").index].determinant3(), 0);
}

TEST(Xforms, opsOutsideTheOrderAndUnderNonXformablePrimsDoNothing) {
    SceneFixture f;
    f.prim("/Unlisted", "Xform").attribute("xformOp:translate", "double3", {1, 2, 3});
    f.prim("/Untyped");
    f.translate("/Untyped", 1, 2, 3);
    f.prim("/Scope", "Scope");
    f.translate("/Scope", 1, 2, 3);
    f.prim("/Scope/Mesh", "Mesh");
    f.prim("/Blocked", "Xform")
        .attribute("xformOp:translate", "double3", {1, 2, 3})
        .attribute("xformOpOrder", "token[]")
        .blocked();
    const ScenePtr scene = f.freeze();
    for (const char* path : {"/Unlisted", "/Untyped", "/Scope/Mesh", "/Blocked"})
        EXPECT_TRUE(scene->xforms().world[scene->find(path).index].isIdentity()) << path;
    EXPECT_TRUE(scene->problems().empty());
}

TEST(Xforms, unreadableOpsAreToldAndPassedOver) {
    SceneFixture f;
    const auto order = [](auto& prim, std::initializer_list<std::string_view> ops) {
        prim.attribute("xformOpOrder", "token[]", ops);
    };
    order(f.prim("/Missing", "Xform"), {"xformOp:translate"});
    order(f.prim("/WrongType", "Xform").attribute("xformOp:rotateX", "float3", {1, 2, 3}), {"xformOp:rotateX"});
    order(f.prim("/WrongKind", "Xform").attribute("xformOp:rotateXXY", "float3", {1, 2, 3}), {"xformOp:rotateXXY"});
    order(f.prim("/Text", "Xform").attribute("xformOp:translate", "string", {"far"}), {"xformOp:translate"});
    order(f.prim("/NaN", "Xform").attribute("xformOp:translate", "double3", {NAN, 0, 0}), {"xformOp:translate"});
    order(f.prim("/Flat", "Xform").attribute("xformOp:scale", "double3", {0, 1, 1}), {"!invert!xformOp:scale"});
    order(f.prim("/Relationship", "Xform").relationship("xformOp:translate", {"/A"}), {"xformOp:translate"});
    order(f.prim("/NoOp", "Xform"), {"translate"});
    f.prim("/NotTokens", "Xform").attribute("xformOpOrder", "int[]", {1});
    f.prim("/Half", "Xform")
        .attribute("xformOp:translate", "half3", {1, 2, 3})
        .attribute("xformOpOrder", "token[]", {"xformOp:scale", "xformOp:translate"});
    const ScenePtr scene = f.freeze();
    for (const char* path :
         {"/Missing", "/WrongType", "/WrongKind", "/Text", "/NaN", "/Flat", "/Relationship", "/NoOp", "/NotTokens"}) {
        const PrimId prim = scene->find(path);
        EXPECT_EQ(scene->xforms().broken[prim.index], 1) << path;
        EXPECT_TRUE(scene->xforms().world[prim.index].isIdentity()) << path;
    }
    EXPECT_EQ(scene->xforms().broken[scene->find("/Half").index], 1);
    EXPECT_EQ(originOf(*scene, "/Half"), (Vec3d{{1, 2, 3}})) << "the readable op still counts";
    EXPECT_EQ(scene->problems().size(), 10u);
    EXPECT_EQ(scene->problems()[0].code, "xform_invalid");
    EXPECT_EQ(scene->problems()[2].message,
              "/Missing: xformOpOrder names xformOp:translate, but there is no such attribute");
}

TEST(Xforms, valuelessOpsAreTheIdentityWithoutBlame) {
    SceneFixture f;
    f.prim("/Blocked", "Xform")
        .attribute("xformOpOrder", "token[]", {"xformOp:translate"})
        .attribute("xformOp:translate", "double3")
        .blocked();
    f.prim("/Sampled", "Xform")
        .attribute("xformOpOrder", "token[]", {"xformOp:translate"})
        .attribute("xformOp:translate", "double3")
        .sample(1, {1, 2, 3});
    f.prim("/Sampled/Below", "Mesh");
    f.prim("/Sampled/Reset", "Xform").attribute("xformOpOrder", "token[]", {"!resetXformStack!"});
    const ScenePtr scene = f.freeze();
    const auto animated = [&](std::string_view path) { return scene->xforms().animated[scene->find(path).index]; };
    EXPECT_TRUE(scene->problems().empty());
    EXPECT_EQ(animated("/Blocked"), 0);
    EXPECT_EQ(animated("/Sampled"), 1);
    EXPECT_EQ(animated("/Sampled/Below"), 1);
    EXPECT_EQ(animated("/Sampled/Reset"), 0);
}

TEST(Xforms, anOpBesideItsInverseCancelsExactly) {
    SceneFixture f;
    f.prim("/A", "Xform")
        .attribute("xformOp:rotateXYZ", "double3", {33, 44, 55})
        .attribute("xformOpOrder", "token[]", {"xformOp:rotateXYZ", "!invert!xformOp:rotateXYZ"});
    const ScenePtr scene = f.freeze();
    EXPECT_TRUE(scene->xforms().local[0].isIdentity());
}

TEST(Xforms, prototypeRootsAreTheIdentityAsTheirInstancesCarryTheOps) {
    SceneFixture f;
    f.translate("/I", 1, 2, 3);
    f.instance("/I", "/__Prototype_1");
    f.prim("/__Prototype_1", "Xform");
    f.translate("/__Prototype_1", 7, 7, 7);
    f.prim("/__Prototype_1/Part", "Xform");
    f.translate("/__Prototype_1/Part", 0, 0, 4);
    f.prim("/I", "Xform");
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(originOf(*scene, "/I/Part"), (Vec3d{{0, 0, 4}}));
    EXPECT_EQ(originOf(*scene, "/I"), (Vec3d{{1, 2, 3}}));
}

TEST(Xforms, localTransformTellsTheSameAsTheTable) {
    SceneFixture f;
    f.prim("/A", "Xform");
    f.translate("/A", 1, 2, 3);
    const ScenePtr scene = f.freeze();
    bool resets = true, animated = true;
    std::string problem;
    EXPECT_EQ(localTransform(*scene, scene->find("/A"), resets, animated, problem), scene->xforms().local[0]);
    EXPECT_FALSE(resets || animated);
    EXPECT_TRUE(problem.empty());
}

}  // namespace
}  // namespace usdtune
