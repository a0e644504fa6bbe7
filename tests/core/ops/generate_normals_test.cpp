// SPDX-License-Identifier: Apache-2.0
#include "core/ops/run_op.h"

namespace usdtune {
namespace {

using namespace test;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

PrimFixture& flatQuad(SceneFixture& f, std::string_view path, std::string_view scheme = "none") {
    return f.mesh(path, {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0}, {4}, {0, 1, 2, 3}, scheme);
}

TEST(GenerateNormals, aFlatMeshGetsTheCheapestBindingAndASecondRunFindsNothing) {
    SceneFixture f;
    flatQuad(f, "/Quad");
    const ScenePtr scene = f.freeze();
    const ScenePtr done = after(*scene, "generateNormals");
    EXPECT_THAT(arrayAt<Vec3f>(*done, "/Quad", "primvars:normals"), Each(Vec3f{{0, 0, 1}}));
    ASSERT_EQ(meshAt(*done, "/Quad").primvars.size(), 1u);
    EXPECT_EQ(meshAt(*done, "/Quad").primvars[0].interpolation, Interpolation::Uniform);
    EXPECT_TRUE(meshAt(*done, "/Quad").primvars[0].wellFormed);
    EXPECT_THAT(runOn(*done, "generateNormals").edits.edits, IsEmpty());
}

TEST(GenerateNormals, leftHandedFacesPointTheOtherWay) {
    SceneFixture f;
    flatQuad(f, "/Quad").attribute("orientation", "token", {"leftHanded"});
    const ScenePtr done = after(*f.freeze(), "generateNormals");
    EXPECT_THAT(arrayAt<Vec3f>(*done, "/Quad", "primvars:normals"), Each(Vec3f{{0, 0, -1}}));
}

TEST(GenerateNormals, soundNormalsKeepTheirBitsAndBrokenOnesAreReplacedUnderTheirName) {
    SceneFixture f;
    flatQuad(f, "/Quad")
        .attribute("normals", "normal3f[]", {0, 0.6, 0.8, 0, 0, 0, 0, 0, -1, 0, 0, 1})
        .interpolation("vertex");
    flatQuad(f, "/Sound").attribute("normals", "normal3f[]", {0, 0.6, 0.8}).interpolation("uniform");
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "generateNormals");
    const ScenePtr done = after(*scene, outcome);
    EXPECT_THAT(arrayAt<Vec3f>(*done, "/Quad", "normals"),
                ElementsAre(Vec3f{{0, 0.6f, 0.8f}}, Vec3f{{0, 0, 1}}, Vec3f{{0, 0, 1}}, Vec3f{{0, 0, 1}}));
    EXPECT_FALSE(done->findProperty(done->find("/Quad"), "primvars:normals").valid());
    EXPECT_EQ(outcome.edits.edits.size(), 1u);
}

TEST(GenerateNormals, indexedNormalsLoseTheirIndicesOnlyWhenRepaired) {
    SceneFixture f;
    flatQuad(f, "/Broken").primvar("normals", "normal3f[]", {0, 0, 5, 0, 0, 1}, "vertex", {0, 1, 1, 1});
    flatQuad(f, "/Sound").primvar("normals", "normal3f[]", {0, 0, 1}, "vertex", {0, 0, 0, 0});
    const ScenePtr done = after(*f.freeze(), "generateNormals");
    EXPECT_THAT(arrayAt<Vec3f>(*done, "/Broken", "primvars:normals"), testing::SizeIs(4));
    EXPECT_FALSE(done->findProperty(done->find("/Broken"), "primvars:normals:indices").valid());
    EXPECT_THAT(arrayAt<int>(*done, "/Sound", "primvars:normals:indices"), testing::SizeIs(4));
}

TEST(GenerateNormals, anotherBindingMakesThemAnew) {
    SceneFixture f;
    flatQuad(f, "/Quad").attribute("normals", "normal3f[]", {0, 0, 1}).interpolation("uniform");
    const ScenePtr done = after(*f.freeze(), "generateNormals", {{"binding", 0}});
    EXPECT_EQ(meshAt(*done, "/Quad").normalsInterpolation, Interpolation::FaceVarying);
    EXPECT_EQ(meshAt(*done, "/Quad").normals.size(), 4u);
}

TEST(GenerateNormals, cagesAndForeignTypesAreDeclined) {
    SceneFixture f;
    flatQuad(f, "/Cage", "catmullClark");
    flatQuad(f, "/Double")
        .attribute("normals", "normal3d[]", {0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1})
        .interpolation("vertex");
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = runOn(*scene, "generateNormals");
    EXPECT_THAT(outcome.edits.edits, IsEmpty());
    EXPECT_THAT(declinedBy(*scene, outcome), ElementsAre("/Cage: subdivision_surface", "/Double: normals_type"));
}

TEST(GenerateNormals, analysisCountsMeshesWithNormalsOfOtherLengths) {
    SceneFixture f;
    flatQuad(f, "/A").attribute("normals", "normal3f[]", {0, 0, 2}).interpolation("uniform");
    flatQuad(f, "/B").attribute("normals", "normal3f[]", {0, 0, 1}).interpolation("uniform");
    EXPECT_EQ(runOn(*f.freeze(), "generateNormals", {}, true).output["analysis"]["totalNonUnitLengthStrict"], 1);
}

}  // namespace
}  // namespace usdtune
