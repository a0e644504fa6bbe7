// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/picture.h"

#include <gtest/gtest.h>

#include "core/render/pictures_of.h"

namespace usdtune {
namespace {

using namespace test;

bool redder(const Vec3f& c) { return c[0] > 2 * c[1] && c[0] > 2 * c[2]; }
bool bluer(const Vec3f& c) { return c[2] > 2 * c[0] && c[2] > 2 * c[1]; }

TEST(Picture, isTheSameWhoeverTakesItsTiles) {
    SceneFixture f;
    for (int i = 0; i < 30; ++i) square(f, "/S" + std::to_string(i), 0.3 * i, 0.1 * i, -0.2 * i);
    const ScenePtr scene = f.freeze();
    const RayFixture one(scene, {}, 1), four(scene, {}, 4);
    const Camera camera = straightDown(4, {{3, 2, 0}});
    const Picture a = one.take(camera, 160, 120), b = four.take(camera, 160, 120);
    EXPECT_EQ(colourImage(a).pixels, colourImage(b).pixels);
    EXPECT_EQ(a.prim, b.prim);
    EXPECT_EQ(a.depth, b.depth);
}

TEST(Picture, showsDisplayColorAtEveryRate) {
    SceneFixture f;
    square(f, "/Constant").primvar("displayColor", "color3f[]", {1, 0, 0}, "constant");
    square(f, "/Vertex", 3).primvar("displayColor", "color3f[]", {1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0}, "vertex");
    square(f, "/Uniform", 6).primvar("displayColor", "color3f[]", {0, 0, 1}, "uniform");
    square(f, "/Parent/Inherits", 9);
    f.prim("/Parent", "Xform").primvar("displayColor", "color3f[]", {0, 0, 1}, "constant");
    const RayFixture rays(f);
    const auto colourOf = [&](double x) { return colourAt(rays.take(straightDown(0.1, {{x, 0, 0}})), 32, 24); };
    EXPECT_TRUE(redder(colourOf(0)));
    EXPECT_TRUE(redder(colourOf(2.1)));
    EXPECT_TRUE(bluer(colourOf(3.9)));
    EXPECT_TRUE(bluer(colourOf(6)));
    EXPECT_TRUE(bluer(colourOf(9)));
}

TEST(Picture, aMaterialWithoutASurfaceLeavesTheColourToDisplayColor) {
    SceneFixture f;
    f.prim("/Empty", "Material");
    square(f, "/Wall")
        .primvar("displayColor", "color3f[]", {1, 0, 0}, "constant")
        .relationship("material:binding", {"/Empty"});
    const RayFixture rays(f);
    EXPECT_TRUE(redder(colourAt(rays.take(straightDown(0.1)), 32, 24)));
}

TEST(Picture, whatIsDrawnOtherwiseIsTold) {
    SceneFixture f;
    square(f, "/Wall").attribute("normals", "normal3f[]", {0, 0, 1});
    f.prim("/Model", "Xform").attribute("model:applyDrawMode", "bool", {1});
    f.prim("/Plain", "Xform")
        .attribute("model:applyDrawMode", "bool", {1})
        .attribute("model:drawMode", "token", {"default"});
    f.prim("/Patch", "NurbsPatch");
    const RayFixture rays(f);
    EXPECT_THAT(rays.list.notes, testing::ElementsAre(testing::HasSubstr("/Model: draw modes are not applied; 1 model"),
                                                      testing::HasSubstr("/Patch: a NurbsPatch is not drawn"),
                                                      testing::HasSubstr("/Wall: its normals do not fit")));
}

TEST(Picture, subsetsHaveTheirOwnMaterial) {
    SceneFixture f;
    f.previewMaterial("/Red", 0.9, 0.02, 0.02);
    f.previewMaterial("/Blue", 0.02, 0.02, 0.9);
    f.mesh("/Two", {-1, -1, 0, 0, -1, 0, 0, 1, 0, -1, 1, 0, 1, -1, 0, 1, 1, 0}, {4, 4}, {0, 1, 2, 3, 1, 4, 5, 2})
        .relationship("material:binding", {"/Red"});
    f.subset("/Two/right", {1}).relationship("material:binding", {"/Blue"});
    const RayFixture rays(f);
    const Picture picture = rays.take(straightDown(1));
    EXPECT_TRUE(redder(colourAt(picture, 24, 24)));
    EXPECT_TRUE(bluer(colourAt(picture, 40, 24)));
    const auto materialAt = [&](uint32_t x) {
        return rays.list.materialNameTexts[picture.material[picture.at(x, 24)] - 1];
    };
    EXPECT_EQ(materialAt(24), "/Red");
    EXPECT_EQ(materialAt(40), "/Blue");
}

TEST(Picture, whatCanBeSeenThroughLetsThroughWhatIsBehind) {
    SceneFixture f;
    f.prim("/Glass/S", "Shader")
        .attribute("info:id", "token", {"UsdPreviewSurface"})
        .attribute("inputs:diffuseColor", "color3f", {0.9, 0.02, 0.02})
        .attribute("inputs:opacity", "float", {0.5})
        .attribute("outputs:surface", "token");
    f.prim("/Glass", "Material").attribute("outputs:surface", "token").connect({"/Glass/S.outputs:surface"});
    square(f, "/Pane", 0, 0, 1).relationship("material:binding", {"/Glass"});
    square(f, "/Wall").primvar("displayColor", "color3f[]", {0, 0, 1}, "constant");
    const RayFixture rays(f);
    const Picture picture = rays.take(straightDown(1));
    const Vec3f through = colourAt(picture, 30, 20);
    EXPECT_GT(through[0], 0.1f);
    EXPECT_GT(through[2], 0.1f);
    EXPECT_EQ(rays.nameAt(picture, 30, 20), "/Pane");
    // Along the diagonal both triangles are met, and the pane must not count twice.
    const Vec3f diagonal = colourAt(rays.take(straightDown(0.5), 63, 63), 31, 31);
    EXPECT_NEAR(diagonal[2], through[2], 0.02f);
}

TEST(Picture, opacityThresholdCutsOut) {
    SceneFixture f;
    f.prim("/Leaf/S", "Shader")
        .attribute("info:id", "token", {"UsdPreviewSurface"})
        .attribute("inputs:opacity", "float", {0.3})
        .attribute("inputs:opacityThreshold", "float", {0.5})
        .attribute("outputs:surface", "token");
    f.prim("/Leaf", "Material").attribute("outputs:surface", "token").connect({"/Leaf/S.outputs:surface"});
    square(f, "/Cut", 0, 0, 1).relationship("material:binding", {"/Leaf"});
    square(f, "/Wall");
    const RayFixture rays(f);
    EXPECT_EQ(rays.nameAt(rays.take(straightDown(1)), 32, 24), "/Wall");
}

TEST(Picture, theBackOfAOneSidedSurfaceIsTold) {
    SceneFixture f;
    square(f, "/Front");
    square(f, "/LeftHanded", 3).attribute("orientation", "token", {"leftHanded"});
    square(f, "/Both", 6).attribute("orientation", "token", {"leftHanded"}).attribute("doubleSided", "bool", {1});
    const RayFixture rays(f);
    const auto normalOf = [&](double x) {
        const Picture picture = rays.take(straightDown(0.1, {{x, 0, 0}}));
        return picture.normal[picture.at(32, 24)][2];
    };
    EXPECT_NEAR(normalOf(0), 1, 1e-5);
    EXPECT_NEAR(normalOf(3), -1, 1e-5);
    EXPECT_NEAR(normalOf(6), 1, 1e-5);
}

TEST(Picture, depthIsAlongTheView) {
    SceneFixture f;
    square(f, "/Square", 0, 0, 3);
    const RayFixture rays(f);
    Camera camera = straightDown(1);
    const Picture flat = rays.take(camera);
    EXPECT_FLOAT_EQ(flat.depth[flat.at(5 + 27, 24)], 7);
    camera.orthographic = false;
    camera.halfWidth = camera.halfHeight = 0.1;
    const Picture wide = rays.take(camera);
    EXPECT_FLOAT_EQ(wide.depth[wide.at(0, 0)], 7) << "a plane across the view is everywhere equally deep";
    EXPECT_TRUE(std::isinf(rays.take(straightDown(1, {{50, 0, 0}})).depth[0]));
}

TEST(Picture, aMissingTextureIsSeen) {
    SceneFixture f;
    f.prim("/M/T", "Shader")
        .attribute("info:id", "token", {"UsdUVTexture"})
        .attribute("inputs:file", "asset", {"nowhere.png", ""})
        .attribute("outputs:rgb", "float3");
    f.previewMaterial("/M", 0, 0, 0);
    f.prim("/M/Surface").attribute("inputs:diffuseColor", "color3f").connect({"/M/T.outputs:rgb"});
    square(f, "/Square").relationship("material:binding", {"/M"});
    const RayFixture rays(f);
    ASSERT_FALSE(rays.list.notes.empty());
    EXPECT_NE(rays.list.notes.front().find("nowhere.png"), std::string::npos);
}

TEST(Picture, idColoursComeFromTheName) {
    const std::vector<std::string> here{"/A", "/B"}, there{"/0", "/A", "/B"};
    const Image8 a = idImage({1, 2, 0}, here, 3, 1), b = idImage({2, 3, 0}, there, 3, 1);
    EXPECT_EQ(a.pixels, b.pixels);
    EXPECT_NE(std::vector(a.pixels.begin(), a.pixels.begin() + 3),
              std::vector(a.pixels.begin() + 3, a.pixels.begin() + 6));
    EXPECT_EQ(a.pixels[6] + a.pixels[7] + a.pixels[8], 0);
}

TEST(Picture, wireframeDrawsOutlinesOfAuthoredFacesOnly) {
    SceneFixture f;
    square(f, "/Square");
    const RayFixture rays(f);
    Picture picture = rays.take(straightDown(1.2));
    const Image8 plain = colourImage(picture);
    picture.wireframe = true;
    const Image8 lines = colourImage(picture);
    const size_t middle = 3 * picture.at(32, 24);
    EXPECT_EQ(plain.pixels[middle], lines.pixels[middle]) << "the diagonal is no edge";
    EXPECT_NE(plain.pixels, lines.pixels);
}

TEST(Picture, handlesEmptyScenesAndCamerasInsideWalls) {
    SceneFixture empty;
    const RayFixture nothing(empty);
    const Picture blank = nothing.take(straightDown(1));
    EXPECT_EQ(blank.prim, std::vector<uint32_t>(64 * 48, 0));
    SceneFixture f;
    f.prim("/Wall", "Cube");
    const RayFixture rays(f);
    Camera inside;
    inside.halfWidth = inside.halfHeight = 0.5;
    const Picture picture = rays.take(inside);
    EXPECT_EQ(rays.nameAt(picture, 32, 24), "/Wall");
    for (const float c : picture.colour.pixels) EXPECT_TRUE(std::isfinite(c));
}

}  // namespace
}  // namespace usdtune
