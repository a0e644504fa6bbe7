// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/picture_diff.h"

#include <gtest/gtest.h>

#include "core/render/pictures_of.h"

namespace usdtune {
namespace {

using namespace test;

PictureDifference compared(const RayFixture& a, const RayFixture& b, const Camera& camera = straightDown(3)) {
    return comparePictures(*a.rays, a.take(camera), *b.rays, b.take(camera), camera, a.context);
}

ScenePtr squareAt(double x, double y, double z, const char* path = "/Square") {
    SceneFixture f;
    square(f, path, x, y, z);
    return f.freeze();
}

TEST(PictureDiff, findsNothingInEqualScenes) {
    const RayFixture a(squareAt(0, 0, 0)), b(squareAt(0, 0, 0));
    const PictureDifference difference = compared(a, b);
    EXPECT_GT(difference.compared, 100u);
    EXPECT_EQ(difference.primsDiffer + difference.materialsDiffer + difference.ties + difference.depthsDiffer, 0u);
}

TEST(PictureDiff, countsWhatIsGoneAndWhatIsNew) {
    SceneFixture f;
    square(f, "/Square");
    square(f, "/Screw", 2.5);
    const RayFixture a(f.freeze()), b(squareAt(0, 0, 0));
    EXPECT_GT(compared(a, b).primsDiffer, 50u);
    EXPECT_EQ(compared(a, b).primsDiffer, compared(b, a).primsDiffer);
}

TEST(PictureDiff, aShiftOfATenthOfAPixelIsNoTie) {
    // 48 pixels for 6 units: a pixel is an eighth of a unit.
    const RayFixture a(squareAt(0.06, 0, 0)), b(squareAt(0.0665, 0, 0));
    const PictureDifference difference = compared(a, b);
    EXPECT_GT(difference.primsDiffer, 10u);
}

TEST(PictureDiff, roundingAtAnEdgeIsATie) {
    // Edges exactly through the middles of pixels, moved by a ten-thousandth of a pixel.
    const double middle = 1.0 / 16;
    const RayFixture a(squareAt(middle - 1e-5, middle, 0)), b(squareAt(middle + 1e-5, middle, 0));
    const PictureDifference difference = compared(a, b);
    EXPECT_GT(difference.ties, 0u);
    EXPECT_EQ(difference.primsDiffer, 0u);
}

TEST(PictureDiff, depthsAreMeasured) {
    const RayFixture a(squareAt(0, 0, 0)), b(squareAt(0, 0, 0.002));
    const PictureDifference difference = compared(a, b);
    EXPECT_EQ(difference.primsDiffer, 0u);
    EXPECT_GT(difference.depthsDiffer, 100u);
    EXPECT_NEAR(difference.depthLargest, 0.002, 1e-6);
}

TEST(PictureDiff, namesInCommonDecideAndNotPaths) {
    const RayFixture a(squareAt(0, 0, 0, "/Old")), moved(squareAt(0, 0, 0, "/New"));
    EXPECT_GT(compared(a, moved).primsDiffer, 100u);
    DrawOptions options;
    options.nameOf = [](std::string_view) { return std::string("/New"); };
    EXPECT_EQ(compared(RayFixture(a.scene, options), moved).primsDiffer, 0u);
}

TEST(PictureDiff, anotherMaterialIsToldApart) {
    const auto bound = [](const char* material) {
        SceneFixture f;
        f.previewMaterial("/Red", 0.9, 0, 0);
        f.previewMaterial("/Rot", 0.9, 0, 0);
        square(f, "/Square").relationship("material:binding", {material});
        return f.freeze();
    };
    const PictureDifference difference = compared(RayFixture(bound("/Red")), RayFixture(bound("/Rot")));
    EXPECT_EQ(difference.primsDiffer, 0u);
    EXPECT_GT(difference.materialsDiffer, 100u);
}

TEST(PictureDiff, partsThatLieInOneAnotherDoNotFlicker) {
    const auto twice = [](double a, double b) {
        SceneFixture f;
        square(f, "/Architect", 0, 0, a);
        square(f, "/Contractor", 0, 0, b);
        return f.freeze();
    };
    const PictureDifference difference = compared(RayFixture(twice(0, 1e-7)), RayFixture(twice(1e-7, 0)));
    EXPECT_EQ(difference.primsDiffer + difference.ties, 0u);
}

}  // namespace
}  // namespace usdtune
