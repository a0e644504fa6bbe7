// SPDX-License-Identifier: Apache-2.0
#include "core/ops/run_op.h"

namespace usdtune {
namespace {

using namespace test;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

json fuzzy(json more = json::object()) {
    json all = {{"fuzzy", true}};
    all.update(more);
    return all;
}

/// A box of n × n quads per side, joined at no edge; `map` is baked into its points.
PrimFixture& crate(SceneFixture& f, std::string_view path, int n, const Matrix4d& map = {}, double height = 3) {
    static constexpr int kSides[6][3][3] = {{{0, 0, 0}, {0, 1, 0}, {1, 0, 0}}, {{0, 0, 1}, {1, 0, 0}, {0, 1, 0}},
                                            {{0, 0, 0}, {1, 0, 0}, {0, 0, 1}}, {{0, 1, 0}, {0, 0, 1}, {1, 0, 0}},
                                            {{0, 0, 0}, {0, 0, 1}, {0, 1, 0}}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    std::vector<double> points;
    std::vector<int> counts, indices;
    for (const auto& side : kSides)
        for (int j = 0; j <= n; ++j)
            for (int i = 0; i <= n; ++i) {
                Vec3d p;
                for (size_t c = 0; c < 3; ++c)
                    p[c] =
                        side[0][c] + side[1][c] * static_cast<double>(i) / n + side[2][c] * static_cast<double>(j) / n;
                p[1] *= 2;
                p[2] *= height;
                for (const double x : map.transformPoint(p).v) points.push_back(x);
            }
    for (int s = 0; s < 6; ++s)
        for (int j = 0; j < n; ++j)
            for (int i = 0; i < n; ++i) {
                const int at = s * (n + 1) * (n + 1) + j * (n + 1) + i;
                counts.push_back(4);
                indices.insert(indices.end(), {at, at + 1, at + n + 2, at + n + 1});
            }
    return f.mesh(path, {}, counts, indices).attributeNumbers("points", "point3f[]", points);
}
Matrix4d turnedAndMoved(double x) {
    Matrix4d m;
    m[0] = {0.6, 0.8, 0, 0};
    m[1] = {-0.8, 0.6, 0, 0};
    m[3] = {x, 5, -2, 1};
    return m;
}
size_t shared(const ScenePtr& scene, const json& given) {
    return runOn(*scene, "deduplicateGeometry", given).counts["meshesShared"].get<size_t>();
}

TEST(FuzzyGeometry, copiesOfOtherTessellationShareWhereAsked) {
    SceneFixture f;
    crate(f, "/Coarse", 1);
    crate(f, "/Fine", 3, turnedAndMoved(7));
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(shared(scene, json::object()), 0u);
    const OpOutcome outcome = runOn(*scene, "deduplicateGeometry", fuzzy());
    EXPECT_EQ(outcome.counts["meshesShared"], 2);
    EXPECT_EQ(outcome.counts["reshaped"], 1);
    EXPECT_EQ(outcome.surface, SurfacePromise::Bounded) << "other triangles are never called exact";
    EXPECT_FLOAT_EQ(static_cast<float>(outcome.tolerance), 0.001f);
    const ScenePtr done = after(*scene, outcome);
    EXPECT_EQ(meshAt(*done, "/Fine/Geometry").faceCount(), 6u) << "it shows the first one's faces";
    Bounds before, now;
    const Mesh& fine = meshAt(*scene, "/Fine");
    for (const Vec3f& p : fine.points) before.add(toDouble(p));
    for (const Vec3f& p : meshAt(*done, "/Fine/Geometry").points)
        now.add(done->xforms().world[done->find("/Fine").index].transformPoint(toDouble(p)));
    EXPECT_LT(length(before.min - now.min), 1e-5);
    EXPECT_LT(length(before.max - now.max), 1e-5);
    EXPECT_THAT(runOn(*done, "deduplicateGeometry", fuzzy()).edits.edits, IsEmpty()) << "twice equals once";
}

TEST(FuzzyGeometry, theToleranceDecides) {
    SceneFixture f;
    crate(f, "/A", 1);
    crate(f, "/B", 2, {}, 3.01);
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(shared(scene, fuzzy()), 0u);
    EXPECT_EQ(shared(scene, fuzzy({{"tolerance", 0.02}})), 2u);
    EXPECT_EQ(shared(scene, fuzzy({{"tolerance", 0}})), 0u);
}

TEST(FuzzyGeometry, withoutATolerancePlanesCutInAnotherWayStillAgree) {
    SceneFixture f;
    crate(f, "/A", 1);
    crate(f, "/B", 2);
    const OpOutcome outcome = runOn(*f.freeze(), "deduplicateGeometry", fuzzy({{"tolerance", 0}}));
    EXPECT_EQ(outcome.counts["meshesShared"], 2);
    EXPECT_EQ(outcome.surface, SurfacePromise::Bounded);
    EXPECT_LT(outcome.tolerance, 4e-6) << "the ε of a box of that size";
}

TEST(FuzzyGeometry, scaledCopiesOnlyWhereAllowed) {
    Matrix4d large;
    for (size_t c = 0; c < 3; ++c) large[c][c] = 1.5;
    SceneFixture f;
    crate(f, "/A", 1);
    crate(f, "/B", 2, large * turnedAndMoved(3));
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(shared(scene, fuzzy()), 0u);
    EXPECT_EQ(shared(scene, fuzzy({{"allowScaling", true}})), 2u);
}

TEST(FuzzyGeometry, groupsOfTheExactComparisonJoinWholeAndCanBeLeftOut) {
    SceneFixture f;
    crate(f, "/A1", 1);
    crate(f, "/A2", 1, turnedAndMoved(1));
    crate(f, "/B1", 2);
    crate(f, "/B2", 2, turnedAndMoved(9));
    crate(f, "/C1", 3, {}, 5);
    crate(f, "/C2", 3, {}, 5);
    const ScenePtr scene = f.freeze();
    const auto all = runOn(*scene, "deduplicateGeometry", fuzzy(), true).output["analysis"];
    EXPECT_EQ(all, json::parse(R"([["/A1", "/A2", "/B1", "/B2"], ["/C1", "/C2"]])"));
    const auto only = runOn(*scene, "deduplicateGeometry", fuzzy({{"fuzzyOnly", true}}), true).output["analysis"];
    EXPECT_EQ(only, json::parse(R"([["/A1", "/A2", "/B1", "/B2"]])"));
}

TEST(FuzzyGeometry, whatIsTiedToItsOwnFacesKeepsThem) {
    SceneFixture f;
    crate(f, "/A", 1);
    crate(f, "/Painted", 2).primvar("st", "texCoord2f[]", {0, 0}, "constant");
    crate(f, "/Uv", 2).array<float>("primvars:st", "float[]", std::vector<float>(24, 0.5f)).interpolation("uniform");
    crate(f, "/Subdivided", 2).attribute("subdivisionScheme", "token", {"catmullClark"});
    crate(f, "/Parts", 2);
    f.subset("/Parts/Lid", {0, 1});
    const ScenePtr scene = f.freeze();
    EXPECT_EQ(runOn(*scene, "deduplicateGeometry", fuzzy(), true).output["analysis"],
              json::parse(R"([["/A", "/Painted"]])"));
}

TEST(FuzzyGeometry, copiedValuesBringTheirFaces) {
    SceneFixture f;
    crate(f, "/A", 1);
    crate(f, "/B", 3, turnedAndMoved(2));
    const ScenePtr scene = f.freeze();
    const ScenePtr done = after(*scene, "deduplicateGeometry", fuzzy({{"duplicateMethod", 0}}));
    EXPECT_EQ(meshAt(*done, "/B").faceCount(), 6u);
    EXPECT_TRUE(meshAt(*done, "/B").flags.validTopology);
    EXPECT_EQ(meshAt(*done, "/B").pointsHash, meshAt(*done, "/A").pointsHash);
}

TEST(FuzzyGeometry, saysWhatItDoesNotDo) {
    SceneFixture f;
    crate(f, "/A", 1);
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(refusal(scene, "deduplicateGeometry", fuzzy({{"duplicateMethod", 4}})),
                HasSubstr("duplicateMethod is 4"));
    const OpOutcome outcome = runOn(*scene, "deduplicateGeometry", fuzzy({{"useGpu", true}}));
    EXPECT_THAT(outcome.output["note"].get<std::string>(), HasSubstr("useGpu"));
}

TEST(FuzzyGeometry, groupsAreDeterministicAtAnyThreadCount) {
    SceneFixture f;
    for (int i = 0; i < 24; ++i) crate(f, "/C" + std::to_string(i), 1 + i % 3, turnedAndMoved(i), 3 + i / 6);
    const ScenePtr scene = f.freeze();
    const json one = runOn(*scene, "deduplicateGeometry", fuzzy(), true, 1).output["analysis"];
    EXPECT_EQ(one.size(), 1u) << "stretched boxes are exact copies under affine maps, and so join, too";
    EXPECT_EQ(runOn(*scene, "deduplicateGeometry", fuzzy(), true, 4).output["analysis"], one);
}

}  // namespace
}  // namespace usdtune
