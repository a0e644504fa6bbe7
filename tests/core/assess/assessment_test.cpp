// SPDX-License-Identifier: Apache-2.0
#include "usdtune/assess/assessment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/scene/scene_fixture.h"
#include "usdtune/plan/plan.h"

namespace usdtune::test {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

void triangle(SceneFixture& f, std::string_view path) { f.mesh(path, {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2}); }

json assessed(SceneFixture& f, uint64_t bytes = 1000) { return assess(*f.freeze(), bytes, Context()); }

TEST(Assess, countsWhatADefaultTraversalMeets) {
    SceneFixture f;
    triangle(f, "/World/A");
    triangle(f, "/World/Off");
    f.prim("/World/Off").flags().active = false;
    f.prim("/Kind", "Xform").specifier(Specifier::Class);
    f.prim("/Kind").flags().abstract = true;
    f.previewMaterial("/World/Red", 1, 0, 0);
    triangle(f, "/__Prototype_1/Shared");
    f.instance("/World/I", "/__Prototype_1");
    f.instance("/World/J", "/__Prototype_1");
    const json counts = assessed(f).at("summary_counts");
    EXPECT_EQ(counts["prim_count"], 6) << "World, A, Red with its shader, I and J";
    EXPECT_EQ(counts["mesh_count"], 1);
    EXPECT_EQ(counts["material_count"], 1);
    EXPECT_EQ(counts["instance_count"], 2);
    EXPECT_EQ(counts["prototype_count"], 1);
}

TEST(Assess, rendersWhatInstancesOfInstancesHold) {
    SceneFixture f;
    triangle(f, "/World/A");
    triangle(f, "/__Prototype_1/Shared");
    f.instance("/__Prototype_2/Inner", "/__Prototype_1");
    f.instance("/World/I", "/__Prototype_2");
    f.instance("/World/J", "/__Prototype_2");
    const json instancing = assessed(f).at("instancing");
    EXPECT_EQ(instancing["x_rendered_mesh_count"], 3) << "A, and Shared through each of I and J";
    EXPECT_EQ(instancing["x_rendered_triangle_count"], 3);
    EXPECT_EQ(instancing["x_instance_proxy_prim_count"], 4) << "Inner and Shared, twice";
}

TEST(Assess, saysWhetherArcsAreCountedAsAuthored) {
    SceneFixture once, varied;
    once.prim("/World/A", "Xform").arc(ArcKind::Reference, "", "./pump.usd");
    varied.prim("/World/A", "Xform").arc(ArcKind::Reference, "", "./pump.usd");
    varied.prim("/World/B", "Xform").variantSet("look", "red", {"red", "blue"});
    EXPECT_EQ(assessed(once).at("composition").at("counting_method"), "authored_list_op_items");
    EXPECT_EQ(assessed(varied).at("composition").at("counting_method"), "mixed_or_unknown")
        << "what the blue one brings in was not seen";
}

TEST(Assess, manyPrimsAloneAreNoReuse) {
    SceneFixture different, repeated;
    for (int i = 0; i < 10'001; ++i) {
        different.prim("/World/G" + std::to_string(i), "Xform");
        repeated.prim("/World/G" + std::to_string(i), "Xform");
    }
    triangle(repeated, "/World/A");
    triangle(repeated, "/World/B");
    const auto interpretation = [](SceneFixture& f) {
        return assessed(f).at("scale_assessment").at("prim_count_interpretation").get<std::string>();
    };
    EXPECT_EQ(interpretation(different), "acceptable");
    EXPECT_EQ(interpretation(repeated), "structural_reuse_needed");
}

TEST(Assess, duplicatesAreMeshesWithEqualArrays) {
    SceneFixture f;
    triangle(f, "/World/A");
    triangle(f, "/World/B");
    f.mesh("/World/C", {0, 0, 0, 2, 0, 0, 0, 1, 0}, {3}, {0, 1, 2});
    EXPECT_EQ(assessed(f).at("x_duplicate_geometry").at("duplicate_mesh_count"), 1);
}

TEST(Assess, saysWhatItHasNotLookedAt) {
    SceneFixture f;
    triangle(f, "/World/A");
    const json report = assessed(f);
    EXPECT_FALSE(report.at("hierarchy_dedupe").at("x_assessed").get<bool>());
    EXPECT_THAT(report.at("x_not_assessed"), Not(IsEmpty()));
    EXPECT_EQ(report.at("phase_recommendation"), "optimization");
}

TEST(Assess, unresolvedArcsAndMissingUnitsAreFindings) {
    SceneFixture f;
    f.prim("/World", "Xform").arc(ArcKind::Reference, "", "./gone.usd", true);
    const json report = assessed(f);
    EXPECT_THAT(report.at("composition").at("unresolved_asset_paths"), ElementsAre("./gone.usd"));
    std::vector<std::string> tags;
    for (const json& finding : report.at("findings")) tags.push_back(finding.at("tag").get<std::string>());
    EXPECT_THAT(tags, Contains("unresolved_asset"));
    EXPECT_THAT(report.at("findings"),
                Contains(testing::ResultOf([](const json& row) { return row.at("path"); }, json("/World"))))
        << "a missing file is told where it is asked for";
    EXPECT_THAT(tags, Contains("default_prim"));
    EXPECT_THAT(tags, Contains("unauthored_unit"));
}

TEST(Assess, sizeAndOriginMakeAStageLarge) {
    SceneFixture small, heavy, converted;
    triangle(small, "/World/A");
    triangle(heavy, "/World/A");
    triangle(converted, "/World/A");
    converted.prim("/World/A").attribute("ifc:GlobalId", "string", {"3xY"});
    EXPECT_FALSE(assessed(small).at("x_posture").at("large_for_validation").get<bool>());
    EXPECT_TRUE(assessed(heavy, 200'000'000).at("x_posture").at("large_for_validation").get<bool>());
    const json posture = assessed(converted).at("x_posture");
    EXPECT_TRUE(posture.at("converted").get<bool>());
    EXPECT_THAT(posture.at("evidence")[0].get<std::string>(), HasSubstr("ifc:GlobalId"));
}

TEST(Assess, flagsTheAssetThatHoldsAnUntidyMesh) {
    SceneFixture f;
    f.prim("/World/Pump", "Xform").metadata("kind", "string", {"component"});
    f.mesh("/World/Pump/Body/Shell", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2})
        .primvar("st", "texCoord2f[]", {0, 0, 1, 0, 0, 1}, "faceVarying");
    const json report = assessed(f);
    EXPECT_THAT(report.at("flagged_assets"), Contains(testing::ResultOf(
                                                 [](const json& flag) {
                                                     return flag.at("asset").get<std::string>() + " " +
                                                            flag.at("reason").get<std::string>();
                                                 },
                                                 "/World/Pump primvar_uv")));
}

TEST(SelectScope, followsTheAssessmentAndPromisesOnlyWhatCanRun) {
    SceneFixture f;
    triangle(f, "/World/A");
    triangle(f, "/World/B");
    const json scope = selectScope(assessed(f));
    EXPECT_EQ(scope.at("scope"), "targeted");
    EXPECT_THAT(scope.at("concepts"), Contains("geom_duplicates"));
    EXPECT_EQ(scope.at("concepts").size(), scope.at("targets").size());
    EXPECT_EQ(scope, selectScope([] {
                  SceneFixture again;
                  triangle(again, "/World/A");
                  triangle(again, "/World/B");
                  return assessed(again);
              }()))
        << "two runs over one scene give one note";
    SceneFixture single;
    triangle(single, "/World/A");
    EXPECT_THAT(selectScope(assessed(single)).at("concepts"), Not(Contains("geom_duplicates")));
}

}  // namespace
}  // namespace usdtune::test
