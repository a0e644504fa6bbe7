// SPDX-License-Identifier: Apache-2.0
#include "core/ops/run_op.h"

namespace usdtune::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PrimFixture& triangleWithUvs(SceneFixture& f, std::string_view path) {
    return f.mesh(path, {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2})
        .primvar("st", "texCoord2f[]", {0, 0, 1, 0, 0, 1}, "faceVarying");
}

/// A material whose texture reads `primvar`, or leaves open what it reads when that is empty.
void texturedMaterial(SceneFixture& f, const std::string& path, const std::string& primvar) {
    auto& texture = f.prim(path + "/Texture", "Shader")
                        .attribute("info:id", "token", {"UsdUVTexture"})
                        .attribute("inputs:file", "asset", {"wood.png", "/wood.png"})
                        .attribute("outputs:rgb", "float3");
    if (!primvar.empty()) {
        texture.attribute("inputs:st", "float2").connect({path + "/Reader.outputs:result"});
        f.prim(path + "/Reader", "Shader")
            .attribute("info:id", "token", {"UsdPrimvarReader_float2"})
            .attribute("inputs:varname", "string", {primvar})
            .attribute("outputs:result", "float2");
    }
    f.prim(path + "/Surface", "Shader")
        .attribute("info:id", "token", {"UsdPreviewSurface"})
        .attribute("inputs:diffuseColor", "color3f")
        .connect({path + "/Texture.outputs:rgb"});
    f.prim(path + "/Surface").attribute("outputs:surface", "token");
    f.prim(path, "Material").attribute("outputs:surface", "token").connect({path + "/Surface.outputs:surface"});
}

TEST(RemoveUnusedUVs, removesSetsNobodyReads) {
    SceneFixture f;
    triangleWithUvs(f, "/Unbound");
    triangleWithUvs(f, "/Plain").relationship("material:binding", {"/Looks/Red"});
    triangleWithUvs(f, "/Wood").relationship("material:binding", {"/Looks/Wood"});
    f.prim("/Wood").primvar("st1", "texCoord2f[]", {0, 0}, "faceVarying", {0, 0, 0});
    f.previewMaterial("/Looks/Red", 1, 0, 0);
    texturedMaterial(f, "/Looks/Wood", "st");
    const ScenePtr result = runTwice(f.freeze(), "removeUnusedUVs");
    EXPECT_FALSE(has(result, "/Unbound", "primvars:st"));
    EXPECT_FALSE(has(result, "/Plain", "primvars:st"));
    EXPECT_TRUE(has(result, "/Wood", "primvars:st"));
    EXPECT_FALSE(has(result, "/Wood", "primvars:st1"));
    EXPECT_FALSE(has(result, "/Wood", "primvars:st1:indices"));
}

TEST(RemoveUnusedUVs, asksSubsetsPurposesCollectionsAndAncestors) {
    SceneFixture f;
    texturedMaterial(f, "/Looks/Wood", "st");
    triangleWithUvs(f, "/BySubset");
    f.subset("/BySubset/part", {0}).relationship("material:binding", {"/Looks/Wood"});
    triangleWithUvs(f, "/ByPurpose").relationship("material:binding:full", {"/Looks/Wood"});
    triangleWithUvs(f, "/Above/ByAncestor");
    f.prim("/Above").relationship("material:binding", {"/Looks/Wood"});
    triangleWithUvs(f, "/Group/ByCollection");
    f.prim("/Group")
        .relationship("collection:c:includes", {"/Group/ByCollection"})
        .relationship("material:binding:collection:c", {"/Group.collection:c", "/Looks/Wood"});
    EXPECT_TRUE(run(f.freeze(), "removeUnusedUVs").edits.empty());
}

TEST(RemoveUnusedUVs, aConstantOnAGroupIsReadBelow) {
    SceneFixture f;
    texturedMaterial(f, "/Looks/Wood", "st");
    f.prim("/Group", "Xform").primvar("st", "texCoord2f[]", {0.5, 0.5}, "constant");
    f.mesh("/Group/Mesh", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2})
        .relationship("material:binding", {"/Looks/Wood"});
    EXPECT_TRUE(run(f.freeze(), "removeUnusedUVs").edits.empty());
}

TEST(RemoveUnusedUVs, keepsWhatNobodyCanTell) {
    SceneFixture f;
    texturedMaterial(f, "/Looks/Open", "");
    triangleWithUvs(f, "/Open").relationship("material:binding", {"/Looks/Open"});
    triangleWithUvs(f, "/Dangling").relationship("material:binding", {"/Looks/Lost"});
    f.prim("/Looks/Mdl/S", "Shader")
        .attribute("info:id", "token", {"SomeRenderersOwn"})
        .attribute("outputs:out", "token");
    f.prim("/Looks/Mdl", "Material").attribute("outputs:mdl:surface", "token").connect({"/Looks/Mdl/S.outputs:out"});
    triangleWithUvs(f, "/Mdl").relationship("material:binding", {"/Looks/Mdl"});
    EXPECT_TRUE(run(f.freeze(), "removeUnusedUVs").edits.empty());
}

TEST(RemoveUnusedUVs, asksWhereAnInstanceShowsTheSource) {
    SceneFixture f;
    texturedMaterial(f, "/Looks/Wood", "st");
    triangleWithUvs(f, "/Lib/Part/Mesh");
    f.instance("/World/I", "/__Prototype_1").relationship("material:binding", {"/Looks/Wood"});
    f.prim("/World/I").arc(ArcKind::Reference, "/Lib/Part");
    triangleWithUvs(f, "/__Prototype_1/Mesh");
    const ScenePtr scene = f.freeze();
    EXPECT_TRUE(run(scene, "removeUnusedUVs").edits.empty());
}

TEST(RemoveUnusedUVs, declinesAnimatedTargetedAndLatent) {
    SceneFixture f;
    triangleWithUvs(f, "/Animated").property().flags.animated = true;
    triangleWithUvs(f, "/Latent").flags().latentOpinions = true;
    triangleWithUvs(f, "/Read");
    f.prim("/Reader", "Xform").attribute("x", "float2[]").connect({"/Read.primvars:st"});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "removeUnusedUVs");
    EXPECT_TRUE(outcome.edits.empty());
    EXPECT_THAT(declined(scene, outcome),
                ElementsAre("/Animated animated", "/Latent latent_opinions", "/Read targeted"));
}

TEST(RemoveUnusedUVs, otherNamesMustBePrimvars) {
    SceneFixture f;
    triangleWithUvs(f, "/A").primvar("map1", "texCoord2f[]", {0, 0, 0, 0, 0, 0}, "faceVarying");
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(run(scene, "removeUnusedUVs", {{"attributes", {"primvars:map1"}}}).counts["uvSetsRemoved"], 2);
    EXPECT_THAT(refusal(scene, "removeUnusedUVs", {{"attributes", {"points"}}}), testing::HasSubstr("primvars:uv"));
}

TEST(RemoveUnusedUVs, analysisListsAttributesAndIndices) {
    SceneFixture f;
    f.mesh("/A", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2})
        .primvar("st", "texCoord2f[]", {0, 0}, "faceVarying", {0, 0, 0});
    EXPECT_EQ(run(f.freeze(), "removeUnusedUVs", {}, true).output,
              nlohmann::json::parse(R"({"analysis": ["/A.primvars:st", "/A.primvars:st:indices"]})"));
}

}  // namespace
}  // namespace usdtune::test
