// SPDX-License-Identifier: Apache-2.0
#include "core/ops/run_op.h"

namespace usdtune::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const nlohmann::json kColor = {{"optimizeMaterialsMode", 1}};
const nlohmann::json kPrimvars = {{"optimizeMaterialsMode", 3}};

PrimFixture& triangle(SceneFixture& f, std::string_view path) {
    return f.mesh(path, {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
}

/// Two flat materials, red and blue, at /World/Looks.
SceneFixture& redAndBlue(SceneFixture& f) {
    f.previewMaterial("/World/Looks/Red", 1, 0, 0);
    f.previewMaterial("/World/Looks/Blue", 0, 0, 1);
    return f;
}

std::vector<float> numbers(const ScenePtr& scene, std::string_view prim, std::string_view name) {
    const Value value = scene->value(scene->find(prim), name);
    const auto* first = static_cast<const float*>(value.data);
    return {first, first + value.count * value.type.components};
}

TEST(ConvertToColor, inheritsFromWhereTheBindingStandsAndHidesNearerColours) {
    SceneFixture f;
    redAndBlue(f);
    f.prim("/World/Group", "Xform").relationship("material:binding", {"/World/Looks/Red"});
    triangle(f, "/World/Group/Mesh").primvar("displayColor", "color3f[]", {0, 1, 0}, "constant");
    triangle(f, "/World/Group/Blue").relationship("material:binding", {"/World/Looks/Blue"});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(run(scene, "optimizeMaterials", kColor).surface, SurfacePromise::Changes);
    const ScenePtr result = runTwice(scene, "optimizeMaterials", kColor);
    EXPECT_THAT(numbers(result, "/World/Group", "primvars:displayColor"), ElementsAre(1, 0, 0));
    EXPECT_FALSE(has(result, "/World/Group/Mesh", "primvars:displayColor"));
    EXPECT_THAT(numbers(result, "/World/Group/Blue", "primvars:displayColor"), ElementsAre(0, 0, 1));
    EXPECT_FALSE(has(result, "/World/Group", "material:binding"));
    EXPECT_FALSE(has(result, "/World/Looks/Red"));
}

TEST(ConvertToColor, opacityIsWrittenOnlyWhereSomebodySaysAnother) {
    SceneFixture f;
    redAndBlue(f);
    f.prim("/World/Looks/Red/Surface").attribute("inputs:opacity", "float", {0.5});
    f.prim("/World/Group", "Xform").relationship("material:binding", {"/World/Looks/Red"});
    triangle(f, "/World/Group/Blue").relationship("material:binding", {"/World/Looks/Blue"});
    triangle(f, "/World/Alone").relationship("material:binding", {"/World/Looks/Blue"});
    triangle(f, "/World/Group/Red");
    const ScenePtr result = runTwice(f.freeze(), "optimizeMaterials", kColor);
    EXPECT_THAT(numbers(result, "/World/Group", "primvars:displayOpacity"), ElementsAre(0.5F));
    EXPECT_THAT(numbers(result, "/World/Group/Blue", "primvars:displayOpacity"), ElementsAre(1));
    EXPECT_FALSE(has(result, "/World/Alone", "primvars:displayOpacity"));
}

TEST(ConvertToColor, bindingsStrongerThanDescendantsWinBeforeAndAfter) {
    SceneFixture f;
    redAndBlue(f);
    f.prim("/World/Group", "Xform")
        .relationship("material:binding", {"/World/Looks/Red"})
        .with("bindMaterialAs", "token", {"strongerThanDescendants"});
    triangle(f, "/World/Group/Mesh").relationship("material:binding", {"/World/Looks/Blue"});
    triangle(f, "/World/Other").relationship("material:binding", {"/World/Looks/Blue"});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "optimizeMaterials", kColor);
    const ScenePtr result = after(scene, outcome);
    // The weaker binding below draws nothing, so it gets no colour that would win now.
    EXPECT_THAT(numbers(result, "/World/Group", "primvars:displayColor"), ElementsAre(1, 0, 0));
    EXPECT_FALSE(has(result, "/World/Group/Mesh", "primvars:displayColor"));
    EXPECT_THAT(numbers(result, "/World/Other", "primvars:displayColor"), ElementsAre(0, 0, 1));
}

TEST(ConvertToColor, aBindingForOnePurposeKeepsBothMaterials) {
    SceneFixture f;
    redAndBlue(f);
    triangle(f, "/World/Mesh")
        .relationship("material:binding", {"/World/Looks/Red"})
        .relationship("material:binding:preview", {"/World/Looks/Blue"});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "optimizeMaterials", kColor);
    EXPECT_TRUE(outcome.edits.empty());
    EXPECT_THAT(declined(scene, outcome),
                UnorderedElementsAre("/World/Looks/Red another_purpose", "/World/Looks/Blue another_purpose"));
}

TEST(ConvertToColor, whatWouldShineThroughKeepsTheMaterial) {
    SceneFixture f;
    redAndBlue(f);
    f.prim("/World/Looks/Blue/Surface")
        .attribute("inputs:diffuseColor", "color3f")
        .connect({"/World/Looks/Blue/T.outputs:rgb"});
    f.prim("/World/Looks/Blue/T", "Shader")
        .attribute("info:id", "token", {"UsdUVTexture"})
        .attribute("outputs:rgb", "float3");
    f.prim("/World/Group", "Xform").relationship("material:binding", {"/World/Looks/Blue"});
    triangle(f, "/World/Group/Mesh").relationship("material:binding", {"/World/Looks/Red"});
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(declined(scene, run(scene, "optimizeMaterials", kColor)),
                UnorderedElementsAre("/World/Looks/Red another_binding_above", "/World/Looks/Blue color_not_constant"));
}

TEST(ConvertToColor, keepsWhatIsNamedByOthersAnimatedOrSpokenOfByAVariant) {
    SceneFixture f;
    redAndBlue(f);
    f.previewMaterial("/World/Looks/Green", 0, 1, 0);
    f.builder().latentTarget(f.builder().token("/World/Looks/Green"));
    for (const char* name : {"Red", "Blue", "Green"})
        triangle(f, std::string("/World/") + name)
            .relationship("material:binding", {std::string("/World/Looks/") + name});
    f.prim("/World").relationship("favourites", {"/World/Looks/Red"});
    f.prim("/World/Blue")
        .primvar("displayColor", "color3f[]", {0, 1, 0}, "constant")
        .sample(1, {1, 1, 1})
        .property()
        .flags.animated = true;
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "optimizeMaterials", kColor);
    EXPECT_TRUE(outcome.edits.empty());
    EXPECT_THAT(declined(scene, outcome),
                UnorderedElementsAre("/World/Looks/Red named_by_others", "/World/Looks/Blue animated_primvar",
                                     "/World/Looks/Green latent_target"));
}

TEST(ConvertToColor, aCollectionColoursItsMembers) {
    SceneFixture f;
    redAndBlue(f);
    triangle(f, "/World/In");
    triangle(f, "/World/Out");
    f.prim("/World")
        .relationship("collection:c:includes", {"/World/In"})
        .relationship("material:binding:collection:c", {"/World.collection:c", "/World/Looks/Red"});
    const ScenePtr result = runTwice(f.freeze(), "optimizeMaterials", kColor);
    EXPECT_THAT(numbers(result, "/World/In", "primvars:displayColor"), ElementsAre(1, 0, 0));
    EXPECT_FALSE(has(result, "/World/Out", "primvars:displayColor"));
    EXPECT_FALSE(has(result, "/World", "material:binding:collection:c"));
}

TEST(ConvertToColor, instancesTakeTheirColourAtTheirSite) {
    SceneFixture f;
    redAndBlue(f);
    for (const char* name : {"Red", "Blue"})
        f.instance(std::string("/World/") + name, "/__Prototype_1")
            .relationship("material:binding", {std::string("/World/Looks/") + name});
    triangle(f, "/__Prototype_1/Mesh");
    const ScenePtr result = runTwice(f.freeze(), "optimizeMaterials", kColor);
    EXPECT_THAT(numbers(result, "/World/Red", "primvars:displayColor"), ElementsAre(1, 0, 0));
    EXPECT_THAT(numbers(result, "/World/Blue", "primvars:displayColor"), ElementsAre(0, 0, 1));
}

TEST(ConvertToColor, aColourInsideAPrototypeWithoutSourceKeepsTheMaterial) {
    SceneFixture f;
    redAndBlue(f);
    f.instance("/World/Red", "/__Prototype_1").relationship("material:binding", {"/World/Looks/Red"});
    triangle(f, "/__Prototype_1/Mesh").primvar("displayColor", "color3f[]", {0, 1, 0}, "constant");
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(declined(scene, run(scene, "optimizeMaterials", kColor)), ElementsAre("/World/Looks/Red in_prototype"));
}

TEST(ConvertToColor, leavesUnboundMaterialsToMode2) {
    SceneFixture f;
    const ScenePtr scene = redAndBlue(f).freeze();
    const OpOutcome outcome = run(scene, "optimizeMaterials", kColor);
    EXPECT_TRUE(outcome.edits.empty());
    EXPECT_THAT(outcome.declined, IsEmpty());
}

TEST(ShareWithPrimvars, makesOneMaterialThatReadsWhatDiffers) {
    SceneFixture f;
    redAndBlue(f);
    triangle(f, "/World/A").relationship("material:binding", {"/World/Looks/Red"});
    triangle(f, "/World/B").relationship("material:binding", {"/World/Looks/Blue"});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "optimizeMaterials", kPrimvars);
    EXPECT_EQ(outcome.surface, SurfacePromise::Exact);
    EXPECT_THAT(moves(scene, outcome), Contains("/World/Looks/Blue/Surface -> /World/Looks/Red_pv/Surface"));
    const ScenePtr result = runTwice(scene, "optimizeMaterials", kPrimvars);
    EXPECT_FALSE(has(result, "/World/Looks/Red"));
    EXPECT_THAT(targets(result, "/World/B", "material:binding"), ElementsAre("/World/Looks/Red_pv"));
    EXPECT_THAT(targets(result, "/World/Looks/Red_pv/Surface", "inputs:diffuseColor"),
                ElementsAre("/World/Looks/Red_pv/PrimvarReader_diffuseColor.outputs:result"));
    EXPECT_TRUE(result->value(result->find("/World/Looks/Red_pv/Surface"), "inputs:diffuseColor").empty());
    EXPECT_THAT(targets(result, "/World/Looks/Red_pv", "outputs:surface"),
                ElementsAre("/World/Looks/Red_pv/Surface.outputs:surface"));
    EXPECT_THAT(numbers(result, "/World/B", "primvars:diffuseColor"), ElementsAre(0, 0, 1));
}

TEST(ShareWithPrimvars, takesAnotherNameWhereTheInputsIsTaken) {
    SceneFixture f;
    redAndBlue(f);
    triangle(f, "/World/A")
        .primvar("diffuseColor", "color3f[]", {0, 1, 0}, "constant")
        .relationship("material:binding", {"/World/Looks/Red"});
    triangle(f, "/World/B").relationship("material:binding", {"/World/Looks/Blue"});
    const ScenePtr result = runTwice(f.freeze(), "optimizeMaterials", kPrimvars);
    EXPECT_THAT(numbers(result, "/World/A", "primvars:diffuseColor"), ElementsAre(0, 1, 0));
    EXPECT_THAT(numbers(result, "/World/A", "primvars:diffuseColor1"), ElementsAre(1, 0, 0));
}

TEST(ShareWithPrimvars, writesWhereMaterialsPathSaysAndMakesTheWayThere) {
    SceneFixture f;
    redAndBlue(f);
    triangle(f, "/World/A").relationship("material:binding", {"/World/Looks/Red"});
    triangle(f, "/World/B").relationship("material:binding", {"/World/Looks/Blue"});
    const ScenePtr scene = f.freeze();
    const nlohmann::json there = {{"optimizeMaterialsMode", 3}, {"materialsPath", "/World/Shared/Looks"}};
    const ScenePtr result = runTwice(scene, "optimizeMaterials", there);
    EXPECT_EQ(result->typeName(result->find("/World/Shared")), "Xform");
    EXPECT_TRUE(has(result, "/World/Shared/Looks/Red_pv/Surface"));
    for (const char* wrong : {"", "Looks", "/World/", "/World/9", "/World.x"})
        EXPECT_THAT(refusal(scene, "optimizeMaterials", {{"optimizeMaterialsMode", 3}, {"materialsPath", wrong}}),
                    HasSubstr("absolute path of a prim"));
}

TEST(ShareWithPrimvars, staysInsideTheDefaultPrim) {
    SceneFixture f;
    StageInfo stage;
    stage.defaultPrim = "World";
    f.builder().setStage(stage);
    redAndBlue(f);
    triangle(f, "/World/A").relationship("material:binding", {"/World/Looks/Red"});
    triangle(f, "/World/B").relationship("material:binding", {"/World/Looks/Blue"});
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome =
        run(scene, "optimizeMaterials", {{"optimizeMaterialsMode", 3}, {"materialsPath", "/Looks"}});
    EXPECT_TRUE(outcome.edits.empty());
    EXPECT_THAT(declined(scene, outcome), Contains("/World/Looks/Red materials_path_outside_default_prim"));
}

TEST(ShareWithPrimvars, aMaterialThatCannotHandOverLeavesItsPartnerAlone) {
    SceneFixture f;
    redAndBlue(f);
    triangle(f, "/World/A").relationship("material:binding", {"/World/Looks/Red"});
    triangle(f, "/World/B").relationship("material:binding", {"/World/Looks/Blue"});
    f.prim("/World/B").flags().latentOpinions = true;
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "optimizeMaterials", kPrimvars);
    EXPECT_TRUE(outcome.edits.empty());
    EXPECT_THAT(declined(scene, outcome), ElementsAre("/World/Looks/Blue bound_by_uneditable"));
}

TEST(ShareWithPrimvars, differentNodesOrInputsAreNoGroup) {
    SceneFixture f;
    redAndBlue(f);
    f.prim("/World/Looks/Blue/Surface").attribute("inputs:metallic", "float", {1});
    f.previewMaterial("/World/Looks/Node", 0, 1, 0);
    f.prim("/World/Looks/Node/Surface").attribute("info:id", "token", {"Other"});
    const ScenePtr scene = f.freeze();
    EXPECT_TRUE(run(scene, "optimizeMaterials", kPrimvars).edits.empty());
}

}  // namespace
}  // namespace usdtune::test
