// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/strands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "core/scene/scene_fixture.h"
#include "usdtune/render/curve_places.h"

namespace usdtune {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

PrimFixture& curves(SceneFixture& f, std::string_view path, std::string_view type, std::string_view basis,
                    std::string_view wrap, std::vector<int> counts, std::initializer_list<double> points) {
    return f.prim(path, "BasisCurves")
        .attribute("type", "token", {type})
        .attribute("basis", "token", {basis})
        .attribute("wrap", "token", {wrap})
        .array("curveVertexCounts", "int[]", std::move(counts))
        .attribute("points", "point3f[]", points);
}

Strands tessellated(const ScenePtr& scene, std::string_view path, const std::vector<TokenId>& wanted = {}) {
    const Strands out = tessellateStrands(*scene, scene->find(path), wanted, {});
    for (const uint32_t segment : out.segments) EXPECT_LT(segment + 1, out.points.size());
    EXPECT_TRUE(out.segments.empty() || out.segments.size() == out.segmentPrims.size());
    return out;
}

Vec3d placeOf(const Vec4f& p) { return {{p[0], p[1], p[2]}}; }

TEST(Strands, pointsAreSpheresWithTheirWidths) {
    SceneFixture f;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    f.prim("/Wide", "Points")
        .attribute("points", "point3f[]", {0, 0, 0, nan, 0, 0, 2, 0, 0})
        .attribute("widths", "float[]", {1, 2, 3})
        .primvar("displayColor", "color3f[]", {1, 0, 0, 0, 1, 0, 0, 0, 1}, "vertex");
    f.prim("/Plain", "Points").attribute("points", "point3f[]", {0, 0, 0});
    f.prim("/Same", "Points")
        .attribute("points", "point3f[]", {0, 0, 0, 1, 0, 0})
        .attribute("widths", "float[]", {4})
        .interpolation("constant");
    const ScenePtr scene = f.freeze();
    const Strands wide = tessellated(scene, "/Wide", {scene->tokens().find("displayColor")});
    EXPECT_THAT(wide.points, ElementsAre(Vec4f{{0, 0, 0, 0.5f}}, Vec4f{{2, 0, 0, 1.5f}}));
    EXPECT_TRUE(wide.segments.empty());
    EXPECT_THAT(wide.segmentPrims, ElementsAre(0u, 2u));
    ASSERT_EQ(wide.primvars.size(), 1u);
    EXPECT_THAT(wide.primvars[0].values, ElementsAre(1, 0, 0, 0, 0, 1));
    EXPECT_EQ(tessellated(scene, "/Plain").points[0][3], 0.5f);
    EXPECT_EQ(tessellated(scene, "/Same").points[1][3], 2.0f);
}

TEST(Strands, linearCurvesRunThroughTheirPoints) {
    SceneFixture f;
    curves(f, "/Open", "linear", "bezier", "nonperiodic", {3, 2}, {0, 0, 0, 1, 0, 0, 1, 1, 0, 5, 0, 0, 6, 0, 0})
        .attribute("widths", "float[]", {2, 4})
        .interpolation("uniform")
        .primvar("displayColor", "color3f[]", {1, 0, 0, 0, 1, 0}, "uniform");
    curves(f, "/Closed", "linear", "bezier", "periodic", {3}, {0, 0, 0, 1, 0, 0, 1, 1, 0});
    const ScenePtr scene = f.freeze();
    const Strands open = tessellated(scene, "/Open", {scene->tokens().find("displayColor")});
    EXPECT_THAT(open.segments, ElementsAre(0u, 1u, 3u));
    EXPECT_THAT(open.segmentPrims, ElementsAre(0u, 0u, 1u));
    EXPECT_EQ(open.points[1], (Vec4f{{1, 0, 0, 1}}));
    EXPECT_EQ(open.points[4], (Vec4f{{6, 0, 0, 2}}));
    EXPECT_EQ(open.primvars.at(0).rate, PrimvarRate::Face);
    const Strands closed = tessellated(scene, "/Closed");
    EXPECT_EQ(closed.segments.size(), 3u);
    EXPECT_EQ(closed.points.front(), closed.points.back());
    EXPECT_NEAR(closed.points[0][3], std::sqrt(2.0) / 1000, 1e-9);  // thin, as no width is given
}

TEST(Strands, everyBasisAndWrapReachesItsEnds) {
    SceneFixture f;
    const std::initializer_list<double> line = {0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0, 0, 5, 0, 0, 6, 0, 0};
    struct Case {
        const char *basis, *wrap;
        double begin, end;
        size_t segments;
    };
    const Case cases[] = {{"bezier", "nonperiodic", 0, 6, 2},  {"bezier", "pinned", 0, 6, 2},
                          {"bspline", "nonperiodic", 1, 5, 4}, {"catmullRom", "nonperiodic", 1, 5, 4},
                          {"bspline", "pinned", 0, 6, 6},      {"catmullRom", "pinned", 0, 6, 6}};
    for (const Case& c : cases) curves(f, std::string("/") + c.basis + c.wrap, "cubic", c.basis, c.wrap, {7}, line);
    const ScenePtr scene = f.freeze();
    for (const Case& c : cases) {
        const Strands s = tessellated(scene, std::string("/") + c.basis + c.wrap);
        EXPECT_EQ(s.segments.size(), c.segments * kPiecesPerSegment) << c.basis << c.wrap;
        EXPECT_NEAR(s.points.front()[0], c.begin, 1e-6) << c.basis << c.wrap;
        EXPECT_NEAR(s.points.back()[0], c.end, 1e-6) << c.basis << c.wrap;
        for (size_t i = 1; i < s.points.size(); ++i) EXPECT_GT(s.points[i][0], s.points[i - 1][0]);
    }
}

TEST(Strands, periodicCurvesClose) {
    SceneFixture f;
    curves(f, "/Ring", "cubic", "bspline", "periodic", {4}, {1, 0, 0, 0, 1, 0, -1, 0, 0, 0, -1, 0});
    curves(f, "/Loop", "cubic", "bezier", "periodic", {6}, {1, 0, 0, 1, 1, 0, -1, 1, 0, -1, 0, 0, -1, -1, 0, 1, -1, 0});
    const ScenePtr scene = f.freeze();
    for (const char* path : {"/Ring", "/Loop"}) {
        const Strands s = tessellated(scene, path);
        EXPECT_EQ(s.points.size(), s.segments.size() + 1) << path;
        EXPECT_LT(length(placeOf(s.points.front()) - placeOf(s.points.back())), 1e-6) << path;
    }
    EXPECT_EQ(tessellated(scene, "/Ring").segments.size(), 4 * kPiecesPerSegment);
    EXPECT_EQ(tessellated(scene, "/Loop").segments.size(), 2 * kPiecesPerSegment);
}

TEST(Strands, primvarsFollowTheCurve) {
    SceneFixture f;
    curves(f, "/C", "cubic", "bezier", "nonperiodic", {7},
           {0, 0, 0, 0, 1, 0, 3, 1, 0, 3, 0, 0, 3, -1, 0, 6, -1, 0, 6, 0, 0})
        .attribute("widths", "float[]", {2, 4, 6})
        .interpolation("varying")
        .primvar("place", "point3f[]", {0, 0, 0, 0, 1, 0, 3, 1, 0, 3, 0, 0, 3, -1, 0, 6, -1, 0, 6, 0, 0}, "vertex")
        .primvar("along", "float[]", {0, 1, 2}, "varying");
    const ScenePtr scene = f.freeze();
    const Strands s = tessellated(scene, "/C", {scene->tokens().find("place"), scene->tokens().find("along")});
    ASSERT_EQ(s.primvars.size(), 2u);
    for (size_t i = 0; i < s.points.size(); ++i) {
        for (size_t c = 0; c < 3; ++c) EXPECT_EQ(s.primvars[0].values[3 * i + c], s.points[i][c]);
        EXPECT_NEAR(s.primvars[1].values[i], static_cast<double>(i) / kPiecesPerSegment, 1e-6);
        EXPECT_NEAR(s.points[i][3], 1 + static_cast<double>(i) / kPiecesPerSegment, 1e-6);
    }
}

TEST(Strands, rationalCurvesDrawACircle) {
    SceneFixture f;
    const double h = std::sqrt(0.5);
    f.prim("/Quarter", "NurbsCurves")
        .array("curveVertexCounts", "int[]", std::vector<int>{3})
        .array("order", "int[]", std::vector<int>{3})
        .attribute("points", "point3f[]", {1, 0, 0, 1, 1, 0, 0, 1, 0})
        .attribute("knots", "double[]", {0, 0, 0, 1, 1, 1})
        .attribute("pointWeights", "double[]", {1, h, 1})
        .attribute("widths", "float[]", {0.5})
        .interpolation("constant");
    f.prim("/Broken", "NurbsCurves")
        .array("curveVertexCounts", "int[]", std::vector<int>{3})
        .array("order", "int[]", std::vector<int>{3})
        .attribute("points", "point3f[]", {1, 0, 0, 1, 1, 0, 0, 1, 0})
        .attribute("knots", "double[]", {0, 0, 1, 1});
    const ScenePtr scene = f.freeze();
    const Strands s = tessellated(scene, "/Quarter");
    EXPECT_EQ(s.segments.size(), kPiecesPerSegment);
    for (const Vec4f& p : s.points) {
        EXPECT_NEAR(length(placeOf(p)), 1, 1e-6);
        EXPECT_EQ(p[3], 0.25f);
    }
    EXPECT_NEAR(s.points.back()[1], 1, 1e-6);
    const Strands broken = tessellated(scene, "/Broken");
    EXPECT_TRUE(broken.points.empty());
    EXPECT_THAT(broken.problem, HasSubstr("its knots do not describe one"));
}

TEST(Strands, hermiteCurvesFollowTheirTangents) {
    SceneFixture f;
    f.prim("/H", "HermiteCurves")
        .array("curveVertexCounts", "int[]", std::vector<int>{2})
        .attribute("points", "point3f[]", {0, 0, 0, 1, 0, 0})
        .attribute("tangents", "vector3f[]", {0, 4, 0, 0, -4, 0});
    const ScenePtr scene = f.freeze();
    const Strands s = tessellated(scene, "/H");
    ASSERT_EQ(s.segments.size(), kPiecesPerSegment);
    // The middle of a cubic: the mean of the ends, and an eighth of the difference of the tangents.
    EXPECT_NEAR(s.points[kPiecesPerSegment / 2][0], 0.5, 1e-6);
    EXPECT_NEAR(s.points[kPiecesPerSegment / 2][1], 1, 1e-6);
}

TEST(Strands, whatDoesNotFitIsToldAndNeverDrawnAsSomethingElse) {
    SceneFixture f;
    curves(f, "/TooFew", "cubic", "bezier", "nonperiodic", {3}, {0, 0, 0, 1, 0, 0, 2, 0, 0});
    curves(f, "/TooMany", "linear", "bezier", "nonperiodic", {9}, {0, 0, 0, 1, 0, 0, 2, 0, 0});
    curves(f, "/Widths", "linear", "bezier", "nonperiodic", {3}, {0, 0, 0, 1, 0, 0, 2, 0, 0})
        .attribute("widths", "float[]", {1, 2});
    const ScenePtr scene = f.freeze();
    const Strands few = tessellated(scene, "/TooFew");
    EXPECT_TRUE(few.points.empty());
    EXPECT_THAT(few.problem, HasSubstr("a curve of 3 points is passed over"));
    const Strands many = tessellated(scene, "/TooMany");
    EXPECT_TRUE(many.points.empty());
    EXPECT_THAT(many.problem, HasSubstr("curveVertexCounts sums to 9, but there are 3 points"));
    const Strands widths = tessellated(scene, "/Widths");
    EXPECT_EQ(widths.segments.size(), 2u);
    EXPECT_THAT(widths.problem, HasSubstr("2 widths do not fit their vertex interpolation"));
}

}  // namespace
}  // namespace usdtune
