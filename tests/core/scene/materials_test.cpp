// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/materials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/scene/scene_fixture.h"
#include "usdtune/scene/material_network.h"

namespace usdtune {
namespace {

using test::PrimFixture;
using test::SceneFixture;
using testing::ElementsAre;

const Material& materialAt(const Scene& scene, std::string_view path) {
    return scene.materials().rows[scene.materials().ofPrim[scene.find(path).index].index];
}
Hash128 networkOf(const Scene& scene, std::string_view path) { return materialAt(scene, path).networkHash; }

std::vector<std::string> readPrimvars(const Scene& scene, std::string_view path) {
    std::vector<std::string> out;
    for (const TokenId name : materialAt(scene, path).readPrimvars) out.emplace_back(scene.text(name));
    return out;
}

/// Surface ← texture ← primvar reader; `names` spells the three prims.
void texturedMaterial(SceneFixture& f, const std::string& root, const std::vector<std::string>& names,
                      std::string_view file, std::string_view varname = "st") {
    const std::string surface = root + "/" + names[0], texture = root + "/" + names[1], reader = root + "/" + names[2];
    f.prim(root, "Material").attribute("outputs:surface", "token").connect({surface + ".outputs:surface"});
    f.prim(surface, "Shader")
        .attribute("info:id", "token", {"UsdPreviewSurface"})
        .attribute("inputs:diffuseColor", "color3f")
        .connect({texture + ".outputs:rgb"});
    f.prim(surface).attribute("inputs:roughness", "float", {0.5});
    f.prim(texture, "Shader")
        .attribute("info:id", "token", {"UsdUVTexture"})
        .attribute("inputs:file", "asset", {"./t.png", file});
    f.prim(texture).attribute("inputs:st", "float2").connect({reader + ".outputs:result"});
    f.prim(reader, "Shader")
        .attribute("info:id", "token", {"UsdPrimvarReader_float2"})
        .attribute("inputs:varname", "string", {varname});
}

TEST(Networks, equalNetworksUnderOtherNamesAndOrderAreTheSame) {
    SceneFixture f;
    texturedMaterial(f, "/A", {"Surface", "Texture", "Reader"}, "/t.png");
    texturedMaterial(f, "/Looks/Other", {"zz", "aa", "mm"}, "/t.png");
    // The same again, children named in another order.
    f.prim("/B/Reader");
    texturedMaterial(f, "/B", {"Surface", "Texture", "Reader"}, "/t.png");
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(networkOf(*scene, "/A"), networkOf(*scene, "/Looks/Other"));
    EXPECT_EQ(networkOf(*scene, "/A"), networkOf(*scene, "/B"));
    EXPECT_NE(materialAt(*scene, "/A").authoredHash, materialAt(*scene, "/Looks/Other").authoredHash)
        << "names are authored";
    EXPECT_EQ(materialAt(*scene, "/A").authoredHash, materialAt(*scene, "/B").authoredHash);
    EXPECT_TRUE(materialAt(*scene, "/A").usesTextures);
    EXPECT_THAT(readPrimvars(*scene, "/A"), ElementsAre("st"));
    EXPECT_FALSE(materialAt(*scene, "/A").readsUnknownPrimvars);
}

TEST(Networks, channelsThatNoTextureDeclaresAreToldApart) {
    SceneFixture f;
    for (const std::string root : {"/A", "/B"}) {
        texturedMaterial(f, root, {"s", "t", "r"}, "/one.png");
        f.prim(root + "/s")
            .attribute("inputs:metallic", "float")
            .connect({root + "/t.outputs:" + (root == "/A" ? "r" : "g")});
    }
    const ScenePtr scene = f.freeze();
    EXPECT_FALSE(sameNetwork(*scene, scene->find("/A"), scene->find("/B")));
}

TEST(Networks, texturesAreTheSameByResolvedFile) {
    SceneFixture f;
    texturedMaterial(f, "/A", {"s", "t", "r"}, "/one.png");
    texturedMaterial(f, "/B", {"s", "t", "r"}, "/two.png");
    texturedMaterial(f, "/C", {"s", "t", "r"}, "/one.png");
    f.prim("/C/t").attribute("inputs:file", "asset", {"../elsewhere/one.png", "/one.png"});
    const ScenePtr scene = f.freeze();
    EXPECT_NE(networkOf(*scene, "/A"), networkOf(*scene, "/B"));
    EXPECT_EQ(networkOf(*scene, "/A"), networkOf(*scene, "/C"));
}

TEST(Networks, anUnresolvedRelativePathBelongsToItsLayer) {
    SceneFixture f;
    f.builder().layer({f.tokens().intern("other.usda"), f.tokens().intern("/x/other.usda"), true, {}});
    for (const char* path : {"/A", "/B", "/C"}) texturedMaterial(f, path, {"s", "t", "r"}, "");
    for (const char* path : {"/A", "/B", "/C"})
        f.prim(std::string(path) + "/t").attribute("inputs:file", "asset", {"./t.<UDIM>.png", ""});
    f.prim("/B/t").property().layer = LayerId(size_t{1});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(networkOf(*scene, "/A"), networkOf(*scene, "/C"));
    EXPECT_NE(networkOf(*scene, "/A"), networkOf(*scene, "/B"));
}

TEST(Networks, everyValueThatReachesAnOutputCounts) {
    SceneFixture f;
    f.previewMaterial("/Red", 1, 0, 0);
    f.previewMaterial("/AlsoRed", 1, 0, 0, "Shader");
    f.previewMaterial("/Green", 0, 1, 0);
    f.previewMaterial("/Volume", 1, 0, 0);
    f.prim("/Volume").attribute("outputs:ri:volume", "token").connect({"/Volume/Surface.outputs:surface"});
    f.previewMaterial("/Linear", 1, 0, 0);
    f.prim("/Linear/Surface")
        .attribute("inputs:diffuseColor", "color3f", {1, 0, 0})
        .with("colorSpace", "token", {"raw"});
    f.previewMaterial("/Stray", 1, 0, 0);
    f.prim("/Stray/Unconnected", "Shader")
        .attribute("info:id", "token", {"UsdUVTexture"})
        .attribute("inputs:file", "asset", {"a", "/a"});
    f.prim("/Stray/Surface").attribute("ui:nodegraph:node:pos", "float2", {3, 4});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(networkOf(*scene, "/Red"), networkOf(*scene, "/AlsoRed"));
    for (const char* path : {"/Green", "/Volume", "/Linear"})
        EXPECT_NE(networkOf(*scene, "/Red"), networkOf(*scene, path)) << path;
    EXPECT_EQ(networkOf(*scene, "/Red"), networkOf(*scene, "/Stray"));
    EXPECT_NE(materialAt(*scene, "/Red").authoredHash, materialAt(*scene, "/Stray").authoredHash);
    EXPECT_FALSE(materialAt(*scene, "/Stray").usesTextures) << "what reaches no output is not used";
}

TEST(Networks, interfaceInputsAndNodeGraphsCountAsWhatTheyHandOn) {
    SceneFixture f;
    f.previewMaterial("/Plain", 1, 0, 0);
    f.previewMaterial("/Interface", 0, 0, 0);
    f.prim("/Interface").attribute("inputs:tint", "color3f", {1, 0, 0});
    f.prim("/Interface/Surface").attribute("inputs:diffuseColor", "color3f").connect({"/Interface.inputs:tint"});
    f.prim("/Graph/G/Surface", "Shader")
        .attribute("info:id", "token", {"UsdPreviewSurface"})
        .attribute("inputs:diffuseColor", "color3f", {1, 0, 0});
    f.prim("/Graph/G", "NodeGraph").attribute("outputs:out", "token").connect({"/Graph/G/Surface.outputs:surface"});
    f.prim("/Graph", "Material").attribute("outputs:surface", "token").connect({"/Graph/G.outputs:out"});
    f.previewMaterial("/OtherTint", 0, 0, 0);
    f.prim("/OtherTint").attribute("inputs:tint", "color3f", {0, 0, 1});
    f.prim("/OtherTint/Surface").attribute("inputs:diffuseColor", "color3f").connect({"/OtherTint.inputs:tint"});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(networkOf(*scene, "/Plain"), networkOf(*scene, "/Interface"));
    EXPECT_EQ(networkOf(*scene, "/Plain"), networkOf(*scene, "/Graph"));
    EXPECT_NE(networkOf(*scene, "/Plain"), networkOf(*scene, "/OtherTint"));
}

TEST(Networks, aConnectionThatDeliversNothingLeavesTheOwnValueInForce) {
    SceneFixture f;
    f.previewMaterial("/Plain", 1, 0, 0);
    for (const auto& [path, blue] : {std::pair("/A", 0.0), std::pair("/B", 1.0)}) {
        f.previewMaterial(path, 1, 0, 0);
        f.prim(path).attribute("inputs:tint", "color3f");
        f.prim(std::string(path) + "/Surface")
            .attribute("inputs:diffuseColor", "color3f", {1, 0, blue})
            .connect({std::string(path) + ".inputs:tint"});
    }
    f.previewMaterial("/Dangling", 1, 0, 0);
    f.prim("/Dangling/Surface")
        .attribute("inputs:diffuseColor", "color3f", {1, 0, 0})
        .connect({"/Nowhere.outputs:rgb"});
    f.previewMaterial("/DanglingGreen", 1, 0, 0);
    f.prim("/DanglingGreen/Surface")
        .attribute("inputs:diffuseColor", "color3f", {0, 1, 0})
        .connect({"/Nowhere.outputs:rgb"});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(networkOf(*scene, "/Plain"), networkOf(*scene, "/A"));
    EXPECT_NE(networkOf(*scene, "/A"), networkOf(*scene, "/B"));
    EXPECT_NE(networkOf(*scene, "/Dangling"), networkOf(*scene, "/DanglingGreen"));
}

TEST(Networks, loopsEndAndIsomorphicLoopsAreTheSame) {
    SceneFixture f;
    for (const std::string root : {"/A", "/B"}) {
        const std::string x = root + (root == "/A" ? "/x" : "/q"), y = root + (root == "/A" ? "/y" : "/p");
        f.prim(root, "Material").attribute("outputs:surface", "token").connect({x + ".outputs:o"});
        f.prim(x, "Shader")
            .attribute("info:id", "token", {"Mix"})
            .attribute("inputs:i", "float")
            .connect({y + ".outputs:o"});
        f.prim(y, "Shader")
            .attribute("info:id", "token", {"Mix"})
            .attribute("inputs:i", "float")
            .connect({x + ".outputs:o"});
    }
    f.prim("/Self", "Material").attribute("outputs:surface", "token").connect({"/Self.outputs:surface"});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(networkOf(*scene, "/A"), networkOf(*scene, "/B"));
    EXPECT_TRUE(materialAt(*scene, "/A").understood);
    EXPECT_TRUE(materialAt(*scene, "/A").readsUnknownPrimvars);
    EXPECT_NE(networkOf(*scene, "/Self"), Hash128());
}

TEST(Networks, hostileNetworksEndNotUnderstood) {
    SceneFixture f;
    f.prim("/Deep", "Material").attribute("outputs:surface", "token").connect({"/Deep/n0.outputs:o"});
    for (int i = 0; i < 2000; ++i)
        f.prim("/Deep/n" + std::to_string(i), "Shader")
            .attribute("inputs:i", "float")
            .connect({"/Deep/n" + std::to_string(i + 1) + ".outputs:o"});
    // Every node leads to every node: the number of ways through is astronomic.
    f.prim("/Dense", "Material").attribute("outputs:surface", "token").connect({"/Dense/n0.outputs:o"});
    for (int i = 0; i < 20; ++i)
        for (int j = 0; j < 20; ++j)
            f.prim("/Dense/n" + std::to_string(i), "Shader")
                .attribute("inputs:i" + std::to_string(j), "float")
                .connect({"/Dense/n" + std::to_string(j) + ".outputs:o"});
    const ScenePtr scene = f.freeze();
    EXPECT_FALSE(materialAt(*scene, "/Deep").understood);
    EXPECT_FALSE(materialAt(*scene, "/Dense").understood);
}

TEST(Networks, samplesOpaqueContentAndArcsAreMarked) {
    SceneFixture f;
    f.previewMaterial("/Still", 1, 0, 0);
    f.previewMaterial("/Moving", 1, 0, 0);
    f.prim("/Moving/Surface").attribute("inputs:diffuseColor", "color3f", {1, 0, 0}).sample(1, {0, 1, 0});
    f.previewMaterial("/Spline", 1, 0, 0);
    f.prim("/Spline/Surface").attribute("inputs:opacity", "float").property().flags.opaque = true;
    f.previewMaterial("/Derived", 1, 0, 0).arc(ArcKind::Specialize, "/Base");
    f.previewMaterial("/Base", 1, 0, 0);
    f.previewMaterial("/_class/Below", 1, 0, 0);
    f.prim("/User").arc(ArcKind::Inherit, "/_class");
    f.prim("/Refers").arc(ArcKind::Reference, "/Still");
    const ScenePtr scene = f.freeze();
    EXPECT_TRUE(materialAt(*scene, "/Moving").animated);
    EXPECT_NE(networkOf(*scene, "/Moving"), networkOf(*scene, "/Still"));
    EXPECT_FALSE(materialAt(*scene, "/Spline").understood);
    for (const char* path : {"/Derived", "/Base", "/_class/Below"})
        EXPECT_TRUE(materialAt(*scene, path).specializes) << path;
    EXPECT_FALSE(materialAt(*scene, "/Still").specializes || materialAt(*scene, "/Still").animated);
    EXPECT_TRUE(materialAt(*scene, "/Still").understood);
}

TEST(Networks, varnamesAreFollowedThroughInterfacesOnly) {
    SceneFixture f;
    texturedMaterial(f, "/Token", {"s", "t", "r"}, "/t.png");
    f.prim("/Token/r").attribute("inputs:varname", "token", {"uv"});
    texturedMaterial(f, "/Interface", {"s", "t", "r"}, "/t.png");
    f.prim("/Interface").attribute("inputs:frame:stPrimvarName", "token", {"map1"});
    f.prim("/Interface/r").attribute("inputs:varname", "string").connect({"/Interface.inputs:frame:stPrimvarName"});
    texturedMaterial(f, "/Computed", {"s", "t", "r"}, "/t.png");
    f.prim("/Computed/r").attribute("inputs:varname", "string").connect({"/Computed/s.outputs:surface"});
    texturedMaterial(f, "/Unconnected", {"s", "t", "r"}, "/t.png");
    f.prim("/Unconnected/t").attribute("inputs:st", "float2", {0, 0});
    f.previewMaterial("/Mdl", 1, 0, 0);
    f.prim("/Mdl/Surface")
        .attribute("info:implementationSource", "token", {"sourceAsset"})
        .attribute("info:mdl:sourceAsset", "asset", {"OmniPBR.mdl", ""});
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(readPrimvars(*scene, "/Token"), ElementsAre("uv"));
    EXPECT_THAT(readPrimvars(*scene, "/Interface"), ElementsAre("map1"));
    EXPECT_FALSE(materialAt(*scene, "/Interface").readsUnknownPrimvars);
    EXPECT_TRUE(materialAt(*scene, "/Computed").readsUnknownPrimvars);
    EXPECT_THAT(readPrimvars(*scene, "/Unconnected"), ElementsAre());
    EXPECT_FALSE(materialAt(*scene, "/Unconnected").readsUnknownPrimvars);
    EXPECT_TRUE(materialAt(*scene, "/Mdl").readsUnknownPrimvars);
}

TEST(Networks, hashesDoNotDependOnTheTokenTable) {
    SceneFixture f, g;
    g.tokens().intern("something else first");
    texturedMaterial(f, "/A", {"s", "t", "r"}, "/t.png");
    texturedMaterial(g, "/A", {"s", "t", "r"}, "/t.png");
    const ScenePtr one = f.freeze(), other = g.freeze();
    EXPECT_EQ(networkOf(*one, "/A"), networkOf(*other, "/A"));
    EXPECT_EQ(materialAt(*one, "/A").authoredHash, materialAt(*other, "/A").authoredHash);
}

// --- Bindings ---

std::string bound(const Scene& scene, std::string_view path, BindingPurpose purpose = BindingPurpose::AllPurpose) {
    return std::string(scene.text(resolveBinding(scene, scene.find(path), purpose)));
}

SceneFixture withMaterials() {
    SceneFixture f;
    for (const char* path : {"/M/red", "/M/green", "/M/blue"}) f.prim(path, "Material");
    return f;
}

TEST(Bindings, theClosestOneWinsUnlessAnAncestorIsStronger) {
    SceneFixture f = withMaterials();
    f.prim("/A").relationship("material:binding", {"/M/red"});
    f.prim("/A/B").relationship("material:binding", {"/M/green"});
    f.prim("/A/C", "Mesh");
    f.prim("/S")
        .relationship("material:binding", {"/M/red"})
        .with("bindMaterialAs", "token", {"strongerThanDescendants"});
    f.prim("/S/B")
        .relationship("material:binding", {"/M/green"})
        .with("bindMaterialAs", "token", {"strongerThanDescendants"});
    f.prim("/Free", "Mesh");
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(bound(*scene, "/A/B"), "/M/green");
    EXPECT_EQ(bound(*scene, "/A/C"), "/M/red");
    EXPECT_EQ(bound(*scene, "/S/B"), "/M/red");
    EXPECT_EQ(bound(*scene, "/Free"), "");
}

TEST(Bindings, purposesAreAskedOnTheWholeWayUpBeforeTheFallback) {
    SceneFixture f = withMaterials();
    f.prim("/A").relationship("material:binding:preview", {"/M/red"});
    f.prim("/A/B").relationship("material:binding", {"/M/green"});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(bound(*scene, "/A/B", BindingPurpose::Preview), "/M/red");
    EXPECT_EQ(bound(*scene, "/A/B", BindingPurpose::Full), "/M/green");
    EXPECT_EQ(bound(*scene, "/A"), "");
}

TEST(Bindings, thoseThatLeadToNoMaterialCountAsAbsent) {
    SceneFixture f = withMaterials();
    f.prim("/A").relationship("material:binding", {"/M/red"});
    f.prim("/A/Dangling").relationship("material:binding", {"/Nowhere"});
    f.prim("/A/NotOne").relationship("material:binding", {"/A"});
    f.prim("/A/Emptied").relationship("material:binding", {});
    f.prim("/A/Two").relationship("material:binding", {"/M/green", "/M/blue"});
    f.prim("/A/Physics").relationship("material:binding:physics", {"/M/green"});
    const ScenePtr scene = f.freeze();
    for (const char* path : {"/A/Dangling", "/A/NotOne", "/A/Emptied", "/A/Two", "/A/Physics"})
        EXPECT_EQ(bound(*scene, path), "/M/red") << path;
    ASSERT_EQ(scene->problems().size(), 1u);
    EXPECT_EQ(scene->problems()[0].message, "/A/Two: material:binding has 2 targets, but one material is expected");
    EXPECT_EQ(scene->materials().bindings.size(), 5u);
    EXPECT_EQ(scene->text(scene->materials().bindings[1].material), "/Nowhere") << "bindings stand in row order";
    EXPECT_FALSE(scene->materials().bindings[1].target.valid());
}

void collection(PrimFixture& prim, std::string_view name, std::initializer_list<std::string_view> includes,
                std::initializer_list<std::string_view> excludes = {}, std::string_view rule = "expandPrims") {
    const std::string stem = "collection:" + std::string(name);
    prim.api("CollectionAPI:" + std::string(name))
        .relationship(stem + ":includes", includes)
        .relationship(stem + ":excludes", excludes)
        .attribute(stem + ":expansionRule", "token", {rule});
}

TEST(Bindings, collectionsBeatDirectBindingsOfTheSamePrimOnly) {
    SceneFixture f = withMaterials();
    collection(f.prim("/A"), "c", {"/A/B", "/A/C"}, {"/A/B/Not"});
    f.prim("/A")
        .relationship("material:binding", {"/M/red"})
        .relationship("material:binding:collection:c", {"/A.collection:c", "/M/green"});
    f.prim("/A/B/Deep");
    f.prim("/A/B/Not/Deep");
    f.prim("/A/C").relationship("material:binding", {"/M/blue"});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(bound(*scene, "/A/B/Deep"), "/M/green");
    EXPECT_EQ(bound(*scene, "/A/B/Not/Deep"), "/M/red");
    EXPECT_EQ(bound(*scene, "/A/C"), "/M/blue");
    EXPECT_EQ(bound(*scene, "/A"), "/M/red");
}

TEST(Bindings, strongerCollectionsBeatDescendantsAndTheFirstByNameWins) {
    SceneFixture f = withMaterials();
    collection(f.prim("/A"), "all", {"/A"});
    f.prim("/A").relationship("material:binding:collection:z", {"/A.collection:all", "/M/green"});
    f.prim("/A")
        .relationship("material:binding:collection:b", {"/M/red", "/A.collection:all"})
        .with("bindMaterialAs", "token", {"strongerThanDescendants"});
    f.prim("/A/B").relationship("material:binding", {"/M/blue"});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(bound(*scene, "/A/B"), "/M/red");
}

TEST(Bindings, collectionPurposesAreReadFromTheirNames) {
    SceneFixture f = withMaterials();
    collection(f.prim("/A"), "all", {"/A"});
    f.prim("/A").relationship("material:binding:collection:preview:look", {"/A.collection:all", "/M/green"});
    f.prim("/A").relationship("material:binding:collection:full", {"/A.collection:all", "/M/red"});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(bound(*scene, "/A", BindingPurpose::Preview), "/M/green");
    EXPECT_EQ(bound(*scene, "/A", BindingPurpose::Full), "/M/red") << "with one name, full is the binding's name";
    EXPECT_EQ(bound(*scene, "/A"), "/M/red");
}

TEST(Collections, explicitOnlyTakesNoDescendantsAndIncludeRootTakesAll) {
    SceneFixture f = withMaterials();
    collection(f.prim("/A"), "only", {"/A/B"}, {}, "explicitOnly");
    collection(f.prim("/A"), "root", {}, {"/A/C"});
    f.prim("/A").attribute("collection:root:includeRoot", "bool", {1});
    f.prim("/A").relationship("material:binding:collection:only", {"/A.collection:only", "/M/green"});
    f.prim("/A").relationship("material:binding:collection:root", {"/A.collection:root", "/M/red"});
    f.prim("/A/B/Deep");
    f.prim("/A/C");
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(bound(*scene, "/A/B"), "/M/green");
    EXPECT_EQ(bound(*scene, "/A/B/Deep"), "/M/red");
    EXPECT_EQ(bound(*scene, "/A/C"), "");
}

TEST(Collections, includedCollectionsKeepTheirOwnRuleAndCirclesEnd) {
    SceneFixture f = withMaterials();
    collection(f.prim("/A"), "outer", {"/A.collection:inner", "/A/X"}, {"/A/X/Not"});
    collection(f.prim("/A"), "inner", {"/A/Y", "/A.collection:outer"}, {}, "explicitOnly");
    f.prim("/A").relationship("material:binding:collection:o", {"/A.collection:outer", "/M/green"});
    f.prim("/A/X/Yes");
    f.prim("/A/X/Not");
    f.prim("/A/Y/Deep");
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(bound(*scene, "/A/X/Yes"), "/M/green");
    EXPECT_EQ(bound(*scene, "/A/X/Not"), "");
    EXPECT_EQ(bound(*scene, "/A/Y"), "/M/green");
    EXPECT_EQ(bound(*scene, "/A/Y/Deep"), "");
    EXPECT_EQ(scene->problems().size(), 1u);
}

TEST(Collections, missingOnesAndExpressionsHaveNoMembersAndSaySo) {
    SceneFixture f = withMaterials();
    f.prim("/A").attribute("collection:e:membershipExpression", "pathExpression").property().flags.opaque = true;
    f.prim("/A").relationship("material:binding:collection:e", {"/A.collection:e", "/M/green"});
    f.prim("/A").relationship("material:binding:collection:m", {"/Gone.collection:m", "/M/green"});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(bound(*scene, "/A"), "");
    EXPECT_EQ(scene->problems().size(), 2u);
    EXPECT_FALSE(scene->materials().collections[0].understood);
}

TEST(Bindings, occurrencesGoOnAboveTheirPrototype) {
    SceneFixture f = withMaterials();
    collection(f.prim("/W"), "b", {"/W/b/Part"});
    f.prim("/W").relationship("material:binding:collection:c", {"/W.collection:b", "/M/blue"});
    f.instance("/W/a", "/__Prototype_1").relationship("material:binding", {"/M/red"});
    f.instance("/W/b", "/__Prototype_1");
    f.prim("/__Prototype_1/Part", "Mesh");
    f.prim("/__Prototype_1/Own", "Mesh").relationship("material:binding", {"/W/b/Looks/own"});
    f.prim("/__Prototype_1/Looks/own", "Material");
    const ScenePtr scene = f.freeze();
    const PrimId part = scene->find("/W/a/Part"), world = scene->find("/W");
    const auto at = [&](std::string_view instance) {
        return std::string(
            scene->text(resolveBinding(*scene, part, BindingPurpose::AllPurpose, {scene->find(instance), world})));
    };
    EXPECT_EQ(at("/W/a"), "/M/red");
    EXPECT_EQ(at("/W/b"), "/M/blue") << "the collection names the second occurrence only";
    EXPECT_EQ(scene->text(resolveBinding(*scene, part, BindingPurpose::AllPurpose)), "");
    EXPECT_EQ(bound(*scene, "/W/a/Own"), "/W/b/Looks/own") << "found through any instance";
}

}  // namespace
}  // namespace usdtune
