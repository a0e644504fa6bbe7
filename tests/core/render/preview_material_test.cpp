// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/preview_material.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/render/encoded_images.h"
#include "core/render/packages.h"
#include "core/scene/scene_fixture.h"

namespace usdtune {
namespace {

using test::PrimFixture;
using test::SceneFixture;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Vec3f kNeutral{{0.35f, 0.38f, 0.45f}}, kMagenta{{1, 0, 1}};

/// `/M` with a preview surface `/M/S`, whose inputs the tests add.
PrimFixture& material(SceneFixture& f, std::string_view id = "UsdPreviewSurface") {
    f.prim("/M", "Material").attribute("outputs:surface", "token").connect({"/M/S.outputs:surface"});
    return f.prim("/M/S", "Shader").attribute("info:id", "token", {id});
}

/// `/M/T` reads `file` by `/M/R`, which reads `st`.
PrimFixture& texture(SceneFixture& f, std::string_view file) {
    f.prim("/M/R", "Shader")
        .attribute("info:id", "token", {"UsdPrimvarReader_float2"})
        .attribute("inputs:varname", "string", {"st"});
    return f.prim("/M/T", "Shader")
        .attribute("info:id", "token", {"UsdUVTexture"})
        .attribute("inputs:file", "asset", {"./a.png", file})
        .attribute("inputs:sourceColorSpace", "token", {"raw"})
        .attribute("inputs:wrapS", "token", {"clamp"})
        .attribute("inputs:wrapT", "token", {"clamp"})
        .attribute("inputs:st", "float2")
        .connect({"/M/R.outputs:result"});
}

std::shared_ptr<const PreviewMaterial> compiled(const ScenePtr& scene, std::optional<double> time = std::nullopt,
                                                bool reads = true) {
    return PreviewMaterial::compile(*scene, scene->find("/M"), std::make_shared<TextureStore>(reads), time);
}

/// The look where every primvar delivers `numbers`.
SurfaceLook lookAt(const PreviewMaterial& material, std::vector<float> numbers = {}) {
    const auto primvar = [&](TokenId, float* out) {
        std::copy(numbers.begin(), numbers.end(), out);
        return static_cast<int>(numbers.size());
    };
    return material.evaluate(primvar);
}

/// Lower left texel (51, 102, 153), lower right (255, 0, 0), both alpha 128; above them white.
test::Bytes fourTexels() {
    return test::png(2, 2, {8, PNG_COLOR_TYPE_RGB_ALPHA},
                     {{255, 255, 255, 255, 255, 255, 255, 255}, {51, 102, 153, 128, 255, 0, 0, 128}});
}

TEST(PreviewMaterial, literalInputsAreTheLook) {
    SceneFixture f;
    material(f)
        .attribute("inputs:diffuseColor", "color3f", {0.1, 0.2, 0.3})
        .attribute("inputs:emissiveColor", "color3f", {2, 3, 4})
        .attribute("inputs:useSpecularWorkflow", "int", {1})
        .attribute("inputs:specularColor", "color3f", {0.5, 0.6, 0.7})
        .attribute("inputs:metallic", "float", {0.25})
        .attribute("inputs:roughness", "float", {0.75})
        .attribute("inputs:clearcoat", "float", {0.5})
        .attribute("inputs:clearcoatRoughness", "float", {0.125})
        .attribute("inputs:opacity", "float", {0.5})
        .attribute("inputs:opacityThreshold", "float", {0.25})
        .attribute("inputs:opacityMode", "token", {"presence"})
        .attribute("inputs:ior", "float", {1.25})
        .attribute("inputs:occlusion", "float", {0.5});
    const auto made = compiled(f.freeze());
    const SurfaceLook look = lookAt(*made);
    EXPECT_EQ(look.baseColor, (Vec3f{{0.1f, 0.2f, 0.3f}}));
    EXPECT_EQ(look.emissive, (Vec3f{{2, 3, 4}}));
    EXPECT_TRUE(look.usesSpecular);
    EXPECT_EQ(look.specularColor, (Vec3f{{0.5f, 0.6f, 0.7f}}));
    EXPECT_EQ(look.metallic, 0.25f);
    EXPECT_EQ(look.roughness, 0.75f);
    EXPECT_EQ(look.clearcoat, 0.5f);
    EXPECT_EQ(look.clearcoatRoughness, 0.125f);
    EXPECT_EQ(look.opacity, 0.5f);
    EXPECT_EQ(look.opacityThreshold, 0.25f);
    EXPECT_TRUE(look.opacityIsPresence);
    EXPECT_EQ(look.ior, 1.25f);
    EXPECT_EQ(look.occlusion, 0.5f);
    EXPECT_FALSE(look.hasNormalMap);
    EXPECT_TRUE(made->understood());
    EXPECT_TRUE(made->mayBeTransparent());
    EXPECT_THAT(made->reasons(), IsEmpty());
    EXPECT_THAT(made->primvarsRead(), IsEmpty());
}

TEST(PreviewMaterial, nothingAuthoredIsTheSpecificationsDefault) {
    SceneFixture f;
    material(f);
    const SurfaceLook look = lookAt(*compiled(f.freeze()));
    EXPECT_EQ(look.baseColor, (Vec3f{{0.18f, 0.18f, 0.18f}}));
    EXPECT_EQ(look.roughness, 0.5f);
}

TEST(PreviewMaterial, valuesThatAreNoNumbersAreDefaults) {
    SceneFixture f;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    material(f)
        .attribute("inputs:diffuseColor", "color3f", {nan, 0, 0})
        .attribute("inputs:roughness", "string", {"rough"})
        .attribute("inputs:metallic", "float", {7});
    const SurfaceLook look = lookAt(*compiled(f.freeze()));
    EXPECT_EQ(look.baseColor, (Vec3f{{0.18f, 0.18f, 0.18f}}));
    EXPECT_EQ(look.roughness, 0.5f);
    EXPECT_EQ(look.metallic, 1) << "bounded";
}

TEST(PreviewMaterial, textureFeedsColourAlphaAndOneChannel) {
    const TemporaryFolder folder;
    SceneFixture f;
    material(f).attribute("inputs:diffuseColor", "color3f").connect({"/M/T.outputs:rgb"});
    f.prim("/M/S").attribute("inputs:opacity", "float").connect({"/M/T.outputs:a"});
    f.prim("/M/S").attribute("inputs:roughness", "float").connect({"/M/T.outputs:g"});
    texture(f, folder.write("a.png", fourTexels()));
    const ScenePtr scene = f.freeze();
    const auto made = compiled(scene);
    const SurfaceLook look = lookAt(*made, {0.25f, 0.25f});
    EXPECT_EQ(look.baseColor, (Vec3f{{0.2f, 0.4f, 0.6f}}));
    EXPECT_FLOAT_EQ(look.opacity, 128 / 255.0f);
    EXPECT_FLOAT_EQ(look.roughness, 0.4f);
    EXPECT_EQ(lookAt(*made, {0.75f, 0.25f}).baseColor, (Vec3f{{1, 0, 0}}));
    EXPECT_THAT(made->primvarsRead(), ElementsAre(scene->tokens().find("st")));
    EXPECT_EQ(made->textureCoordinates(), scene->tokens().find("st"));
    EXPECT_TRUE(made->mayBeTransparent());
}

TEST(PreviewMaterial, scaleAndBiasMakeANormalOfATexture) {
    const TemporaryFolder folder;
    SceneFixture f;
    material(f).attribute("inputs:normal", "normal3f").connect({"/M/T.outputs:rgb"});
    texture(f, folder.write("a.png", fourTexels()))
        .attribute("inputs:scale", "float4", {2, 2, 2, 1})
        .attribute("inputs:bias", "float4", {-1, -1, -1, 0});
    const SurfaceLook look = lookAt(*compiled(f.freeze()), {0.25f, 0.25f});
    EXPECT_TRUE(look.hasNormalMap);
    EXPECT_NEAR(look.normal[0], -0.6f, 1e-6);
    EXPECT_NEAR(look.normal[1], -0.2f, 1e-6);
    EXPECT_NEAR(look.normal[2], 0.2f, 1e-6);
}

TEST(PreviewMaterial, nodeGraphsAndInterfacesAreFollowed) {
    const TemporaryFolder folder;
    SceneFixture f;
    material(f).attribute("inputs:diffuseColor", "color3f").connect({"/M/G.outputs:color"});
    f.prim("/M").attribute("inputs:rough", "float", {0.125});
    f.prim("/M").attribute("inputs:name", "string", {"uv7"});
    f.prim("/M/S").attribute("inputs:roughness", "float").connect({"/M.inputs:rough"});
    texture(f, folder.write("a.png", fourTexels()));
    f.prim("/M/R").attribute("inputs:varname", "string").connect({"/M.inputs:name"});
    f.prim("/M/G", "NodeGraph").attribute("outputs:color", "color3f").connect({"/M/T.outputs:rgb"});
    const ScenePtr scene = f.freeze();
    const auto made = compiled(scene);
    EXPECT_EQ(lookAt(*made, {0.25f, 0.25f}).baseColor, (Vec3f{{0.2f, 0.4f, 0.6f}}));
    EXPECT_EQ(lookAt(*made).roughness, 0.125f);
    EXPECT_THAT(made->primvarsRead(), ElementsAre(scene->tokens().find("uv7")));
}

TEST(PreviewMaterial, transformScalesThenRotatesThenMoves) {
    const TemporaryFolder folder;
    SceneFixture f;
    material(f).attribute("inputs:diffuseColor", "color3f").connect({"/M/T.outputs:rgb"});
    texture(f, folder.write("a.png", fourTexels())).attribute("inputs:st", "float2").connect({"/M/X.outputs:result"});
    f.prim("/M/X", "Shader")
        .attribute("info:id", "token", {"UsdTransform2d"})
        .attribute("inputs:scale", "float2", {2, 4})
        .attribute("inputs:rotation", "float", {90})
        .attribute("inputs:translation", "float2", {1.25, 0.25})
        .attribute("inputs:in", "float2")
        .connect({"/M/R.outputs:result"});
    const ScenePtr scene = f.freeze();
    const auto made = compiled(scene);
    // (0, 0.25) becomes (0, 1), then (-1, 0), then (0.25, 0.25).
    EXPECT_NEAR(lookAt(*made, {0, 0.25f}).baseColor[0], 0.2f, 1e-5);
    // (0, 0.125) becomes (0, 0.5), then (-0.5, 0), then (0.75, 0.25).
    EXPECT_NEAR(lookAt(*made, {0, 0.125f}).baseColor[0], 1, 1e-5);
    EXPECT_EQ(made->textureCoordinates(), scene->tokens().find("st"));
}

TEST(PreviewMaterial, primvarReaderDeliversThePrimvarOrItsFallback) {
    SceneFixture f;
    material(f).attribute("inputs:diffuseColor", "color3f").connect({"/M/R.outputs:result"});
    f.prim("/M/R", "Shader")
        .attribute("info:id", "token", {"UsdPrimvarReader_float3"})
        .attribute("inputs:varname", "string", {"displayColor"})
        .attribute("inputs:fallback", "float3", {0.7, 0.8, 0.9});
    const auto made = compiled(f.freeze());
    EXPECT_EQ(lookAt(*made, {0.1f, 0.2f, 0.3f}).baseColor, (Vec3f{{0.1f, 0.2f, 0.3f}}));
    EXPECT_EQ(lookAt(*made).baseColor, (Vec3f{{0.7f, 0.8f, 0.9f}}));
    EXPECT_EQ(lookAt(*made, {0.5f}).baseColor, (Vec3f{{0.5f, 0.5f, 0.5f}})) << "one number is grey";
}

TEST(PreviewMaterial, missingTextureIsItsFallbackElseAChecker) {
    SceneFixture f;
    material(f).attribute("inputs:diffuseColor", "color3f").connect({"/M/T.outputs:rgb"});
    f.prim("/M/S").attribute("inputs:opacity", "float").connect({"/M/T.outputs:a"});
    texture(f, "/no/such/a.png");
    const ScenePtr scene = f.freeze();
    const auto made = compiled(scene);
    EXPECT_EQ(lookAt(*made, {0.01f, 0.01f}).baseColor, kMagenta);
    EXPECT_NE(lookAt(*made, {0.15f, 0.01f}).baseColor, kMagenta);
    EXPECT_EQ(lookAt(*made, {0.15f, 0.01f}).opacity, 1) << "no holes";
    EXPECT_TRUE(made->understood());
    EXPECT_THAT(made->reasons(), ElementsAre(HasSubstr("/no/such/a.png cannot be read")));
    const auto unread = compiled(scene, std::nullopt, false);
    EXPECT_EQ(lookAt(*unread, {0.01f, 0.01f}).baseColor, (Vec3f{{0.18f, 0.18f, 0.18f}}));
    EXPECT_THAT(unread->reasons(), IsEmpty());

    SceneFixture g;
    material(g).attribute("inputs:diffuseColor", "color3f").connect({"/M/T.outputs:rgb"});
    texture(g, "").attribute("inputs:fallback", "float4", {0.1, 0.2, 0.3, 1});
    const auto fallen = compiled(g.freeze());
    EXPECT_EQ(lookAt(*fallen, {0.01f, 0.01f}).baseColor, (Vec3f{{0.1f, 0.2f, 0.3f}}));
    EXPECT_THAT(fallen->reasons(), ElementsAre("/M/T reads ./a.png, which cannot be found."));
}

TEST(PreviewMaterial, unresolvedTilesAreFoundBesideTheirLayer) {
    const TemporaryFolder folder;
    folder.write("a.1002.png", fourTexels());
    SceneFixture f;
    const LayerId layer =
        f.builder().layer({f.tokens().intern("s.usda"), f.tokens().intern(folder.path("s.usda")), true, {}});
    material(f).attribute("inputs:diffuseColor", "color3f").connect({"/M/T.outputs:rgb"});
    texture(f, "").attribute("inputs:file", "asset", {"./a.<UDIM>.png", ""}).property().layer = layer;
    const auto made = compiled(f.freeze());
    EXPECT_EQ(lookAt(*made, {1.25f, 0.25f}).baseColor, (Vec3f{{0.2f, 0.4f, 0.6f}}));
    EXPECT_EQ(lookAt(*made, {0.25f, 0.25f}).baseColor, (Vec3f{{0, 0, 0}})) << "no such tile: the texture's fallback";
    EXPECT_THAT(made->reasons(), IsEmpty());
}

TEST(PreviewMaterial, loopsEnd) {
    SceneFixture f;
    material(f).attribute("inputs:diffuseColor", "color3f").connect({"/M/T.outputs:rgb"});
    texture(f, "").attribute("inputs:st", "float2").connect({"/M/X.outputs:result"});
    f.prim("/M/X", "Shader")
        .attribute("info:id", "token", {"UsdTransform2d"})
        .attribute("inputs:in", "float2")
        .connect({"/M/X.outputs:result"});
    f.prim("/M/S").attribute("inputs:roughness", "float").connect({"/M/S.inputs:roughness"});
    const auto made = compiled(f.freeze());
    EXPECT_EQ(lookAt(*made).roughness, 0.5f);
    EXPECT_THAT(made->reasons(), testing::Contains(HasSubstr("/M/X reads itself in a loop")));
}

TEST(PreviewMaterial, moreNodesThanAreRunAreLeftOutAndTold) {
    SceneFixture f;
    material(f).attribute("inputs:roughness", "float").connect({"/M/X0.outputs:result"});
    for (int i = 0; i < 60; ++i)
        f.prim("/M/X" + std::to_string(i), "Shader")
            .attribute("info:id", "token", {"UsdTransform2d"})
            .attribute("inputs:in", "float2")
            .connect({"/M/X" + std::to_string(i + 1) + ".outputs:result"});
    material(f).attribute("inputs:metallic", "float", {1});
    const auto made = compiled(f.freeze());
    EXPECT_EQ(lookAt(*made).metallic, 1);
    EXPECT_THAT(made->reasons(), testing::Contains(HasSubstr("more than 32 nodes")));
}

TEST(PreviewMaterial, whatIsNotUnderstoodIsNeutralAndTold) {
    SceneFixture f;
    material(f, "PxrDisneyBsdf");
    const auto other = compiled(f.freeze());
    EXPECT_FALSE(other->understood());
    EXPECT_EQ(lookAt(*other).baseColor, kNeutral);
    EXPECT_THAT(other->reasons(), ElementsAre(HasSubstr("/M/S is of kind PxrDisneyBsdf, which is not drawn")));

    SceneFixture g;
    g.prim("/M", "Material");
    const auto none = compiled(g.freeze());
    EXPECT_FALSE(none->understood());
    EXPECT_FALSE(none->hasSurface());
    EXPECT_TRUE(other->hasSurface());
    EXPECT_THAT(none->reasons(), ElementsAre(HasSubstr("/M has no surface output")));

    SceneFixture h;
    material(h).attribute("inputs:roughness", "float").connect({"/M/Noise.outputs:out"});
    h.prim("/M/Noise", "Shader").attribute("info:id", "token", {"ND_noise2d_float"});
    const auto partly = compiled(h.freeze());
    EXPECT_TRUE(partly->understood());
    EXPECT_EQ(lookAt(*partly).roughness, 0.5f);
    EXPECT_THAT(partly->reasons(), ElementsAre(HasSubstr("ND_noise2d_float")));
}

TEST(PreviewMaterial, otherRenderersMaterialsAreApproximated) {
    SceneFixture f;
    f.prim("/M", "Material").attribute("outputs:mtlx:surface", "token").connect({"/M/S.outputs:out"});
    f.prim("/M/S", "Shader")
        .attribute("info:id", "token", {"ND_standard_surface_surfaceshader"})
        .attribute("inputs:base_color", "color3f", {0.1, 0.2, 0.3})
        .attribute("inputs:metalness", "float", {1});
    const auto standard = compiled(f.freeze());
    EXPECT_TRUE(standard->understood());
    EXPECT_EQ(lookAt(*standard).baseColor, (Vec3f{{0.1f, 0.2f, 0.3f}}));
    EXPECT_EQ(lookAt(*standard).metallic, 1);
    EXPECT_EQ(lookAt(*standard).roughness, 0.2f) << "its own default";
    EXPECT_THAT(standard->reasons(), ElementsAre(HasSubstr("ND_standard_surface_surfaceshader")));

    SceneFixture g;
    g.prim("/M", "Material").attribute("outputs:mdl:surface", "token").connect({"/M/S.outputs:out"});
    g.prim("/M/S", "Shader")
        .attribute("info:mdl:sourceAsset:subIdentifier", "token", {"OmniPBR"})
        .attribute("inputs:diffuse_color_constant", "color3f", {0.4, 0.5, 0.6});
    EXPECT_EQ(lookAt(*compiled(g.freeze())).baseColor, (Vec3f{{0.4f, 0.5f, 0.6f}}));
}

TEST(PreviewMaterial, universalSurfaceIsPreferredToOthers) {
    SceneFixture f;
    material(f).attribute("inputs:diffuseColor", "color3f", {0, 1, 0});
    f.prim("/M").attribute("outputs:mtlx:surface", "token").connect({"/M/Other.outputs:out"});
    f.prim("/M/Other", "Shader")
        .attribute("info:id", "token", {"ND_standard_surface_surfaceshader"})
        .attribute("inputs:base_color", "color3f", {1, 0, 0});
    EXPECT_EQ(lookAt(*compiled(f.freeze())).baseColor, (Vec3f{{0, 1, 0}}));
}

TEST(PreviewMaterial, animatedInputsHaveTheirFirstSampleOrThatOfTheTime) {
    SceneFixture f;
    material(f).attribute("inputs:roughness", "float").sample(1, {0.25}).sample(3, {0.75});
    f.prim("/M/S").attribute("inputs:metallic", "float", {0.5}).sample(1, {1.0});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(lookAt(*compiled(scene)).roughness, 0.25f);
    EXPECT_EQ(lookAt(*compiled(scene)).metallic, 0.5f);
    EXPECT_EQ(lookAt(*compiled(scene, 2.0)).roughness, 0.5f);
    EXPECT_EQ(lookAt(*compiled(scene, 2.0)).metallic, 1);
}

TEST(PreviewMaterial, instancedMaterialsHaveTheirOwnInterface) {
    SceneFixture f;
    int number = 0;
    for (const char* path : {"/A", "/M"}) {
        f.instance(path, "/__Prototype_1")
            .attribute("inputs:rough", "float", {0.25 * ++number})
            .attribute("outputs:surface", "token")
            .connect({std::string(path) + "/S.outputs:surface"})
            .facts()
            .typeName = f.builder().token("Material");
    }
    f.prim("/__Prototype_1/S", "Shader")
        .attribute("info:id", "token", {"UsdPreviewSurface"})
        .attribute("inputs:metallic", "float", {1})
        .attribute("inputs:roughness", "float")
        .connect({"/A.inputs:rough"});
    const ScenePtr scene = f.freeze();
    for (const char* path : {"/A", "/M"}) {
        const auto made = PreviewMaterial::compile(*scene, scene->find(path), std::make_shared<TextureStore>());
        EXPECT_TRUE(made->understood()) << path;
        EXPECT_EQ(lookAt(*made).metallic, 1) << path;
        EXPECT_EQ(lookAt(*made).roughness, std::string(path) == "/A" ? 0.25f : 0.5f) << path;
    }
}

TEST(PreviewMaterial, displacementIsToldAndNotDrawn) {
    SceneFixture f;
    material(f).attribute("inputs:displacement", "float", {0.5});
    EXPECT_THAT(compiled(f.freeze())->reasons(), ElementsAre(HasSubstr("has a displacement, which is not drawn")));
}

}  // namespace
}  // namespace usdtune
