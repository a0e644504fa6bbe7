// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/picture_diff.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

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

/// The corners of a prism of 20 sides that stands on z = 0, enough for an instance; in steps of a 2048th, so that those
/// of a bolt up to 4096 units off are the same.
std::vector<Vec3f> boltCorners(double radius, double height, const Vec3d& at = {{0, 0, 0}}, int first = 0) {
    std::vector<Vec3f> out;
    for (const double z : {0.0, height})
        for (int i = 0; i < 20; ++i) {
            const double angle = std::numbers::pi * (first + i) / 10;
            const auto step = [](double x) { return std::round(x * 2048) / 2048; };
            out.push_back(toFloat(at + Vec3d{{step(radius * std::cos(angle)), step(radius * std::sin(angle)), z}}));
        }
    return out;
}

/// Degrees that a bolt is turned by.
constexpr double kTurned = 20;
const Vec3d kTurnedX{{std::cos(kTurned * std::numbers::pi / 180), std::sin(kTurned* std::numbers::pi / 180), 0}};

void bolt(SceneFixture& f, std::string_view path, const std::vector<Vec3f>& corners, const Vec3d& at) {
    std::vector<int> counts(20, 4), indices;
    for (int i = 0; i < 20; ++i)
        for (const int corner : {i, (i + 1) % 20, 20 + (i + 1) % 20, 20 + i}) indices.push_back(corner);
    counts.push_back(20);
    for (int i = 0; i < 20; ++i) indices.push_back(20 + i);
    f.mesh(path, {}, counts, indices).array("points", "point3f[]", corners);
    f.translate(path, at[0], at[1], at[2])
        .attribute("xformOp:rotateZ", "float", {kTurned})
        .attribute("xformOpOrder", "token[]", {"xformOp:translate", "xformOp:rotateZ"});
}

/// From beside and above, so that the bolt's rim stands before the flange.
Camera closeTo(const Vec3d& at, double size) {
    const std::array<Vec3d, 2> box{at - Vec3d{{size, size, 0}}, at + Vec3d{{size, size, size}}};
    const Vec3d along{{0.62, 0.55, -0.56}};
    return framing(box, along * (1 / length(along)), {{0, 0, 1}}, 4.0 / 3);
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

TEST(PictureDiff, farFromTheMiddleTheGrainOfRaysIsATie) {
    // Bolts on flanges at both ends of a plant, drawn as copies and as instances: one is rounded otherwise than the
    // other.
    const Vec3d ends[2]{{{-731.123, 3.37, 1.21}}, {{731.377, -2.71, 1.43}}};
    const auto plant = [&](bool shared, double lifted, double baked) {
        SceneFixture f;
        for (size_t i = 0; i < 2; ++i) {
            const std::string name = "/End" + std::to_string(i);
            square(f, name + "/Flange");
            f.translate(name + "/Flange", ends[i][0], ends[i][1], ends[i][2]);
            // From another corner on these are other points of the same bolt.
            const auto corners = boltCorners(0.02, 0.02, {{baked, 0, 0}}, shared || i == 0 ? 0 : 1);
            bolt(f, name + "/Bolt", corners, ends[i] + Vec3d{{0, 0, i == 0 ? lifted : 0}} - kTurnedX * baked);
        }
        return f.freeze();
    };
    const RayFixture copies(plant(false, 0, 0)), instances(plant(true, 0, 0)), baked(plant(true, 0, 4095)),
        lifted(plant(true, 0.0015, 0));
    EXPECT_EQ(copies.rays->instanceCount(), 0u);
    const auto looked = [&](const RayFixture& other, const Camera& camera) {
        EXPECT_EQ(other.rays->instanceCount(), 2u);
        return comparePictures(*copies.rays, copies.take(camera, 320, 240), *other.rays, other.take(camera, 320, 240),
                               camera, copies.context);
    };
    size_t ties = 0;
    for (const RayFixture* const other : {&instances, &baked})
        for (const Vec3d& end : ends) {
            const PictureDifference difference = looked(*other, closeTo(end, 0.03));
            EXPECT_EQ(difference.primsDiffer + difference.materialsDiffer + difference.depthsDiffer, 0u);
            ties += difference.ties;
        }
    EXPECT_GT(ties, 0u);
    EXPECT_GT(looked(lifted, closeTo(ends[0], 0.03)).primsDiffer, 100u);
}

TEST(PictureDiff, whatEpsilonAllowsIsATie) {
    // Baked that far from its origin, corners are as coarse as 1.2e-4, of which four are allowed.
    const double away = 1140;
    const auto baked = [&](double moved) {
        SceneFixture f;
        square(f, "/Flange", 0, 0, 1);
        bolt(f, "/Bolt", boltCorners(0.05, 0.04, {{away + moved, 0, 0}}), Vec3d{{0, 0, 1}} - kTurnedX * away);
        return f.freeze();
    };
    const Camera camera = closeTo({{0, 0, 1}}, 0.08);
    const RayFixture before(baked(0)), within(baked(2.5e-4)), beyond(baked(2.5e-3));
    const auto looked = [&](const RayFixture& after) {
        return comparePictures(*before.rays, before.take(camera, 320, 240), *after.rays, after.take(camera, 320, 240),
                               camera, before.context);
    };
    EXPECT_EQ(looked(within).primsDiffer + looked(within).depthsDiffer, 0u);
    EXPECT_GT(looked(within).ties, 0u);
    EXPECT_GT(looked(beyond).primsDiffer, 100u);
}

TEST(PictureDiff, whatLiesOnAnotherWithinEpsilonIsSeenWithIt) {
    // A sign on a wall, both baked at a national grid's coordinates: half a unit is one step of float32.
    const double away = 5e6;
    const auto baked = [&](double off) {
        SceneFixture f;
        for (const auto& [path, z] : {std::pair("/Wall", away), std::pair("/Sign", away + off)}) {
            f.mesh(path, {-20, -20, z, 20, -20, z, 20, 20, z, -20, 20, z}, {4}, {0, 1, 2, 3});
            f.translate(path, 0, 0, -away);
        }
        return f.freeze();
    };
    const RayFixture before(baked(0.5)), within(baked(-0.5)), beyond(baked(-4));
    const Camera camera = straightDown(0.8);
    EXPECT_EQ(compared(before, within, camera).primsDiffer, 0u);
    EXPECT_EQ(compared(within, before, camera).primsDiffer, 0u);
    EXPECT_GT(compared(before, beyond, camera).primsDiffer, 100u);
}

TEST(PictureDiff, aCrackIsATieAndAnOpeningIsNot) {
    // Two panes that touch, or nearly; before them a hair stands free and is as thin as the crack or wider.
    const auto panes = [](double apart, double hair) {
        SceneFixture f;
        const double middle = 1.0 / 16;
        square(f, "/Left", middle - 1 - apart / 2);
        square(f, "/Right", middle + 1 + apart / 2);
        if (hair > 0)
            f.mesh("/Hair",
                   {static_cast<float>(middle - hair / 2), -1, 1, static_cast<float>(middle + hair / 2), -1, 1,
                    static_cast<float>(middle + hair / 2), 1, 1, static_cast<float>(middle - hair / 2), 1, 1},
                   {4}, {0, 1, 2, 3});
        return f.freeze();
    };
    // A pixel is an eighth of a unit, and a tie a fiftieth of that: 0.0025.
    const RayFixture closed(panes(0, 0)), cracked(panes(5e-4, 0)), open(panes(0.02, 0)), fine(panes(0, 5e-4)),
        thick(panes(0, 0.02));
    EXPECT_GT(compared(closed, cracked).ties, 10u);
    EXPECT_EQ(compared(closed, cracked).primsDiffer + compared(cracked, closed).primsDiffer, 0u);
    EXPECT_GT(compared(closed, open).primsDiffer, 10u);
    EXPECT_EQ(compared(closed, fine).primsDiffer, 0u);
    EXPECT_GT(compared(thick, closed).primsDiffer, 10u);
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
