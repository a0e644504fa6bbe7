// SPDX-License-Identifier: Apache-2.0
//
// Surfaces moved by known amounts: what is reported is what was done, both ways, mesh by mesh.
#include "usdtune/verify/deviation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/verify/two_scenes.h"

namespace usdtune::test {
namespace {

/// A unit box of quads with its low corner at the given place, appended to the lists.
struct Boxes {
    std::vector<double> points;
    std::vector<int> counts, indices;

    Boxes& add(double x, double y, double z, double size = 1) {
        const int first = static_cast<int>(points.size() / 3);
        for (int i = 0; i < 8; ++i)
            points.insert(points.end(), {x + size * (i & 1), y + size * (i >> 1 & 1), z + size * (i >> 2 & 1)});
        for (const int i : {0, 2, 3, 1, 4, 5, 7, 6, 0, 1, 5, 4, 2, 6, 7, 3, 0, 4, 6, 2, 1, 3, 7, 5})
            indices.push_back(first + i);
        counts.insert(counts.end(), 6, 4);
        return *this;
    }
    PrimFixture& put(SceneFixture& f, std::string_view path) const {
        return f.prim(path, "Mesh")
            .attribute("subdivisionScheme", "token", {"none"})
            .array("faceVertexCounts", "int[]", counts)
            .array("faceVertexIndices", "int[]", indices)
            .attributeNumbers("points", "point3f[]", points);
    }
};

void inMetres(SceneFixture& f) {
    StageInfo stage;
    stage.metersPerUnit = 1;
    f.builder().setStage(stage);
}

DeviationReport measured(const TwoScenes& scenes, int threads = 1) {
    Context context;
    context.threadCount = threads;
    return measureDeviation(*scenes.a, *scenes.b, scenes.moves, {}, context);
}

TwoScenes boxesOf(const Boxes& before, const Boxes& after) {
    const auto build = [](const Boxes& boxes) {
        return [&boxes](SceneFixture& f) {
            inMetres(f);
            boxes.put(f, "/World/Box");
        };
    };
    return {build(before), build(after)};
}

TEST(Deviation, equalScenesAreExactWithoutAQuery) {
    const DeviationReport report = measured(boxesOf(Boxes().add(0, 0, 0), Boxes().add(0, 0, 0)));
    ASSERT_EQ(report.meshes.size(), 1u);
    EXPECT_EQ(report.exactMeshCount, 1u);
    EXPECT_EQ(report.queriedCount, 0u);
    EXPECT_EQ(report.forward.max, 0);
    EXPECT_EQ(report.forward.worstPath, "");
    EXPECT_FALSE(report.meshes[0].materialChanged);
}

TEST(Deviation, aBoxMovedAlongOneAxisLiesThatFarOffAtItsWorst) {
    const DeviationReport report = measured(boxesOf(Boxes().add(0, 0, 0), Boxes().add(0.01, 0, 0)));
    EXPECT_NEAR(report.forward.max, 0.01, 1e-8);
    EXPECT_NEAR(report.backward.max, 0.01, 1e-8);
    EXPECT_NEAR(report.forward.p99, 0.01, 1e-8);
    // Two of six sides are off by all of it; of the others a strip of that width by half of it on average.
    EXPECT_NEAR(report.forward.mean, (2 * 0.01 + 4 * 0.01 * 0.005) / 6, 0.02 * 0.0033);
    EXPECT_EQ(report.forward.worstPath, "/World/Box");
    EXPECT_EQ(report.exactMeshCount, 0u);
}

TEST(Deviation, whatOneSideAloneHasIsSeenFromThatSideOnly) {
    const TwoScenes scenes = boxesOf(Boxes().add(0, 0, 0).add(3, 0, 0), Boxes().add(0, 0, 0));
    const DeviationReport report = measured(scenes);
    EXPECT_NEAR(report.forward.max, 3, 1e-6);
    EXPECT_NEAR(report.backward.max, 0, 1e-9);
    EXPECT_NEAR(report.meshes[0].max, 3, 1e-6) << "a row tells the worse way";
}

TEST(Deviation, metersPerUnitTurnsUnitsIntoMetres) {
    const auto build = [](double x) {
        return [x](SceneFixture& f) {
            f.builder().setStage({});  // centimetres
            Boxes().add(x, 0, 0).put(f, "/Box");
        };
    };
    EXPECT_NEAR(measured({build(0), build(0.5)}).forward.max, 0.005, 1e-8);
}

TEST(Deviation, pointsThatMovedIntoATransformAreExact) {
    const DeviationReport report = measured({[](SceneFixture& f) {
                                                 inMetres(f);
                                                 Boxes().add(7, -2, 3).put(f, "/World/Box");
                                             },
                                             [](SceneFixture& f) {
                                                 inMetres(f);
                                                 f.translate("/World", 7, -2, 3);
                                                 Boxes().add(0, 0, 0).put(f, "/World/Box");
                                             }});
    EXPECT_EQ(report.exactMeshCount, 1u);
    EXPECT_EQ(report.queriedCount, 0u);
    EXPECT_LT(report.forward.max, 1e-9);
}

TEST(Deviation, aMirroredMeshWithItsOrientationIsExactThoughItsCornersRunBackwards) {
    const DeviationReport report =
        measured({[](SceneFixture& f) {
                      inMetres(f);
                      f.mesh("/World/Wedge", {0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3}, {3, 3}, {0, 1, 2, 0, 3, 1});
                  },
                  [](SceneFixture& f) {
                      inMetres(f);
                      f.prim("/World", "Xform")
                          .attribute("xformOp:scale", "float3", {-1, 1, 1})
                          .attribute("xformOpOrder", "token[]", {"xformOp:scale"});
                      f.mesh("/World/Wedge", {0, 0, 0, -2, 0, 0, 0, 1, 0, 0, 0, 3}, {3, 3}, {2, 1, 0, 1, 3, 0});
                  }});
    EXPECT_EQ(report.exactMeshCount, 1u);
    EXPECT_LT(std::max(report.forward.max, report.backward.max), 1e-9);
    EXPECT_EQ(report.queriedCount, 1u) << "corners do not correspond in order";
}

TEST(Deviation, fiveThousandKilometresFromTheOriginAMillimetreIsAMillimetre) {
    const auto build = [](double x) {
        return [x](SceneFixture& f) {
            inMetres(f);
            f.translate("/World", 5e6 + x, -4e6, 120);
            Boxes().add(0, 0, 0).put(f, "/World/Box");
        };
    };
    const DeviationReport moved = measured({build(0), build(0.001)});
    EXPECT_NEAR(moved.forward.max, 0.001, 2e-9) << "float64 holds 1e-9 there";
    const DeviationReport still = measured({build(0), build(0)});
    EXPECT_EQ(still.forward.max, 0);
}

/// Three boxes and one mesh that took them all in.
TwoScenes merged(double shift) {
    TwoScenes scenes(
        [](SceneFixture& f) {
            inMetres(f);
            f.translate("/World/P", 10, 0, 0);
            Boxes().add(0, 0, 0).put(f, "/World/P/A");
            Boxes().add(3, 0, 0).put(f, "/World/P/B");
            Boxes().add(6, 0, 0).put(f, "/World/C");
        },
        [shift](SceneFixture& f) {
            inMetres(f);
            // In another order than the parts, so that corners do not correspond.
            Boxes().add(6, 0, 0).add(10, 0, 0).add(13 + shift, 0, 0).put(f, "/World/All");
        });
    for (const char* path : {"/World/P/A", "/World/P/B", "/World/C"})
        scenes.moved(path, "/World/All", PathFate::Merged);
    return scenes;
}

TEST(Deviation, severalThatBecameOneAreOneSurfaceSeenFromThere) {
    const DeviationReport still = measured(merged(0));
    EXPECT_EQ(still.meshCount, 3u);
    EXPECT_EQ(still.exactMeshCount, 3u);
    EXPECT_EQ(still.missingCount + still.addedCount, 0u);
    EXPECT_LT(std::max(still.forward.max, still.backward.max), 1e-9);

    const DeviationReport moved = measured(merged(0.25));
    EXPECT_NEAR(moved.forward.max, 0.25, 1e-6);
    EXPECT_NEAR(moved.backward.max, 0.25, 1e-6);
    EXPECT_EQ(moved.forward.worstPath, "/World/P/B");
    EXPECT_EQ(moved.backward.worstPath, "/World/P/B");
    EXPECT_EQ(moved.exactMeshCount, 2u);
    EXPECT_EQ(moved.meshes[0].path, "/World/P/B");
}

TEST(Deviation, instancesAreExpandedAndTheirGeometryIsMeasuredOnce) {
    const auto build = [](double x) {
        return [x](SceneFixture& f) {
            inMetres(f);
            f.prim("/__Prototype_1", "Xform");
            Boxes().add(x, 0, 0).put(f, "/__Prototype_1/Box");
            for (int i = 0; i < 4; ++i) {
                const std::string path = "/World/I" + std::to_string(i);
                f.translate(path, 5 * i, 0, 0);
                f.instance(path, "/__Prototype_1");
            }
        };
    };
    const DeviationReport report = measured({build(0), build(0.125)});
    EXPECT_EQ(report.meshCount, 4u);
    EXPECT_EQ(report.measurementCount, 1u);
    EXPECT_NEAR(report.forward.max, 0.125, 1e-6);
    for (const MeshDeviation& row : report.meshes) EXPECT_NEAR(row.max, 0.125, 1e-6) << row.path;
}

TEST(Deviation, whatIsGoneOrNewHasNoDistanceAndComesFirst) {
    const DeviationReport report = measured({[](SceneFixture& f) {
                                                 inMetres(f);
                                                 Boxes().add(0, 0, 0).put(f, "/World/Kept");
                                                 Boxes().add(0, 0, 0).put(f, "/World/Lost");
                                             },
                                             [](SceneFixture& f) {
                                                 inMetres(f);
                                                 Boxes().add(0.5, 0, 0).put(f, "/World/Kept");
                                                 Boxes().add(0, 0, 0).put(f, "/World/New");
                                             }});
    EXPECT_EQ(report.missingCount, 1u);
    EXPECT_EQ(report.addedCount, 1u);
    ASSERT_EQ(report.meshes.size(), 3u);
    EXPECT_EQ(report.meshes[0].otherPath, "/World/New");
    EXPECT_EQ(report.meshes[1].path, "/World/Lost");
    EXPECT_TRUE(std::isinf(report.meshes[1].max));
    EXPECT_TRUE(toJson(report)["meshes"][1]["max_m"].is_null());
    EXPECT_NEAR(report.forward.max, 0.5, 1e-6) << "totals are of what has a counterpart";
}

TEST(Deviation, whatNobodySawIsNotMissedWhereARowSaysThatItWent) {
    const auto build = [](bool both) {
        return [=](SceneFixture& f) {
            inMetres(f);
            Boxes().add(0, 0, 0).put(f, "/World/Kept");
            if (both)
                Boxes()
                    .add(9, 0, 0)
                    .put(f, "/World/Old")
                    .attribute("visibility", "token", {std::string_view("invisible")});
        };
    };
    TwoScenes scenes(build(true), build(false));
    EXPECT_EQ(measureDeviation(*scenes.a, *scenes.b, {}, {}, Context()).missingCount, 1u);
    scenes.moved("/World/Old", "", PathFate::Removed);
    const DeviationReport report = measureDeviation(*scenes.a, *scenes.b, scenes.moves, {}, Context());
    EXPECT_EQ(report.missingCount, 0u);
    EXPECT_EQ(report.meshCount, 1u);
}

TEST(Deviation, brokenPointsAndFlatTrianglesAreSampledWhereTheyCan) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto build = [nan](double x) {
        return [nan, x](SceneFixture& f) {
            inMetres(f);
            f.mesh("/World/Broken", {x, 0, 0, x + 1, 0, 0, x, 1, 0, nan, 0, 0, x + 2, 0, 0}, {3, 3, 3},
                   {0, 1, 2, 0, 1, 3, 0, 1, 4});
            f.mesh("/World/Line", {0, 0, x, 1, 0, x, 2, 0, x}, {3}, {0, 1, 2});
            f.mesh("/World/Empty", {}, {}, {});
            f.mesh("/World/Nowhere", {nan, 0, 0, nan, 0, 0, nan, 1, 0}, {3}, {0, 1, 2});
            f.mesh("/World/Malformed", {0, 0, 0}, {3}, {0, 1, 2});
        };
    };
    const DeviationReport still = measured({build(0), build(0)});
    EXPECT_EQ(still.exactMeshCount, still.meshCount);
    EXPECT_EQ(still.forward.max, 0);

    const DeviationReport moved = measured({build(0), build(0.25)});
    ASSERT_EQ(moved.meshCount, 4u) << "a mesh without faces draws nothing";
    EXPECT_NEAR(moved.forward.max, 0.25, 1e-6);
    EXPECT_EQ(moved.exactMeshCount, 2u) << "what is nowhere on both sides, and what is malformed alike";
    for (const MeshDeviation& row : moved.meshes)
        if (row.path == "/World/Line") {
            EXPECT_NEAR(row.mean, 0.25, 1e-6) << "without area its corners are all there is";
        }
}

TEST(Deviation, aGiantDoesNotHideATinyOne) {
    const auto build = [](double move) {
        return [move](SceneFixture& f) {
            inMetres(f);
            Boxes().add(0, 0, 0, 1e6).put(f, "/World/Giant");
            Boxes().add(0.5 + move, 0, 0, 1e-3).put(f, "/World/Tiny");
        };
    };
    const DeviationReport report = measured({build(0), build(1e-5)});
    EXPECT_EQ(report.forward.worstPath, "/World/Tiny");
    EXPECT_NEAR(report.forward.max, 1e-5, 1e-7);
    EXPECT_LT(report.forward.mean, 1e-12) << "its area is nothing beside the giant's";
    EXPECT_EQ(report.exactMeshCount, 1u);
}

TEST(Deviation, cutIntoOtherFacesASurfaceIsExactStill) {
    const DeviationReport report =
        measured({[](SceneFixture& f) {
                      inMetres(f);
                      f.mesh("/Plate", {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0}, {4}, {0, 1, 2, 3})
                          .primvar("st", "texCoord2f[]", {0, 0, 1, 0, 1, 1, 0, 1}, "vertex");
                  },
                  [](SceneFixture& f) {
                      inMetres(f);
                      f.mesh("/Plate", {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0}, {3, 3}, {0, 1, 3, 1, 2, 3})
                          .primvar("st", "texCoord2f[]", {0, 0, 1, 0, 1, 1, 0, 1}, "vertex");
                  }});
    EXPECT_EQ(report.exactMeshCount, 1u);
    EXPECT_EQ(report.queriedCount, 1u);
    ASSERT_TRUE(report.uvDrift);
    EXPECT_LT(report.uvDrift->first, 1e-6);
}

TEST(Deviation, driftOfNormalsAndUvsIsToldWhereTheSurfaceStays) {
    const auto build = [](double u, double degrees) {
        return [u, degrees](SceneFixture& f) {
            inMetres(f);
            const double s = std::sin(degrees * 3.14159265358979 / 180), c = std::cos(degrees * 3.14159265358979 / 180);
            f.mesh("/Plate", {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0}, {4}, {0, 1, 2, 3})
                .primvar("st", "texCoord2f[]", {u, 0, 1 + u, 0, 1 + u, 1, u, 1}, "vertex")
                .attribute("normals", "normal3f[]", {s, 0, c, s, 0, c, s, 0, c, s, 0, c})
                .interpolation("vertex");
        };
    };
    const DeviationReport report = measured({build(0, 0), build(0.25, 30)});
    EXPECT_EQ(report.exactMeshCount, 1u);
    ASSERT_TRUE(report.normalDriftDegrees && report.uvDrift);
    EXPECT_NEAR(report.normalDriftDegrees->first, 30, 1e-4);
    EXPECT_NEAR(report.uvDrift->first, 0.25, 1e-6);
    EXPECT_NEAR(*report.meshes[0].normalMaxDegrees, 30, 1e-4);
}

TEST(Deviation, anotherMaterialIsCountedByWhatItLooksLike) {
    const auto build = [](const char* name, double red) {
        return [name, red](SceneFixture& f) {
            inMetres(f);
            f.previewMaterial(std::string("/World/") + name, red, 0, 0);
            Boxes().add(0, 0, 0).put(f, "/World/Box").api("MaterialBindingAPI");
            f.prim("/World/Box").relationship("material:binding", {std::string("/World/") + name});
        };
    };
    EXPECT_EQ(measured({build("Red", 1), build("AlsoRed", 1)}).materialChangeCount, 0u);
    EXPECT_EQ(measured({build("Red", 1), build("Dark", 0.25)}).materialChangeCount, 1u);
}

TEST(Deviation, theReportIsTheSameAtAnyThreadCount) {
    const TwoScenes scenes = merged(0.125);
    EXPECT_EQ(toJson(measured(scenes, 1)).dump(), toJson(measured(scenes, 4)).dump());
}

}  // namespace
}  // namespace usdtune::test
