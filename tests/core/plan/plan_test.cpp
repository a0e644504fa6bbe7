// SPDX-License-Identifier: Apache-2.0
#include "usdtune/plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "usdtune/plan/order.h"

namespace usdtune {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

json finding(const char* concept_, const char* path) {
    return {{"concept", concept_}, {"path", path}, {"op", {{"operation", "x"}}}, {"metrics", {{"wasted_bytes", 10}}}};
}

std::vector<std::string> operations(const json& plan) {
    std::vector<std::string> out;
    for (const json& step : plan.at("steps")) out.push_back(step.at("operation").get<std::string>());
    return out;
}

json planned(const json& findings) {
    const Result<json> plan = planChain(json::object(), {{"findings", findings}}, json::object());
    EXPECT_TRUE(plan.ok()) << plan.error();
    return plan.ok() ? plan.value() : json::object();
}

TEST(PlanChain, withoutFindingsThereIsNothingToDo) { EXPECT_THAT(operations(planned(json::array())), IsEmpty()); }

TEST(PlanChain, stepsStandInTheirOrderWhateverOrderFindingsHave) {
    const json plan = planned({finding("extents_zero", "/A"), finding("structure_empty_leaf", "/B"),
                               finding("geom_duplicates", "/C"), finding("vertex_weld", "/D")});
    EXPECT_THAT(operations(plan), ElementsAre("meshCleanup", "deduplicateGeometry", "pruneLeaves", "computeExtents"));
    EXPECT_THAT(brokenInvariants(operations(plan)), IsEmpty());
}

TEST(PlanChain, eachStepSaysWhyAndHowItIsProven) {
    const json plan = planned({finding("geom_duplicates", "/C"), finding("geom_duplicates", "/D")});
    ASSERT_THAT(plan.at("steps"), SizeIs(1));
    const json& step = plan["steps"][0];
    EXPECT_EQ(step["evidence"][0]["count"], 2);
    EXPECT_THAT(step["evidence"][0]["message"].get<std::string>(), HasSubstr("20"));
    EXPECT_FALSE(step["reason"].get<std::string>().empty());
    EXPECT_FALSE(step["proofMetric"].get<std::string>().empty());
    EXPECT_EQ(step["args"]["tolerance"], 0.0) << "a run shares what is equal within ε, unless asked otherwise";
}

TEST(PlanChain, evidenceNamesFindingsThatTheReportOnlyCounts) {
    const json rows = {{{"name", "openability"}, {"kind", "openability"}, {"issues", 0}},
                       {{"name", "geom_duplicates /A"}, {"canonical_name", "geom_duplicates"}, {"issues", 4}},
                       {{"name", "geom_duplicates /B"}, {"canonical_name", "geom_duplicates"}, {"issues", 3}}};
    const json report = {{"findings", {finding("geom_duplicates", "/A"), finding("geom_duplicates", "/B")}},
                         {"validators", rows}};
    const Result<json> plan = planChain(json::object(), report, json::object());
    ASSERT_TRUE(plan.ok()) << plan.error();
    EXPECT_EQ(plan.value()["steps"][0]["evidence"][0]["message"],
              "20 bytes to be saved, and 5 more findings that the report only counts");
}

TEST(PlanChain, whatOnlyAPersonCanRepairIsNoStep) {
    json broken = finding("vertex_weld", "/A");
    broken["op"] = nullptr;
    EXPECT_THAT(operations(planned(json::array({broken}))), IsEmpty());
}

TEST(PlanChain, removalWaitsForItsGate) {
    const json plan = planned(json::array({finding("structure_invisible", "/Hidden")}));
    ASSERT_THAT(plan.at("steps"), SizeIs(1));
    EXPECT_EQ(plan["steps"][0]["gate"], "destructive:removePrims");
    EXPECT_THAT(plan["steps"][0]["args"]["explicitInvisiblePaths"], ElementsAre("/Hidden"));
}

TEST(CheckStack, namesTheFirstWrongEntryAndTheNearestName) {
    const Result<json> wrong = checkStack({{{"operation", "pruneLeaves"}}, {{"operation", "pruneLeafs"}}});
    ASSERT_FALSE(wrong.ok());
    EXPECT_THAT(wrong.error(), HasSubstr("Entry 2"));
    EXPECT_THAT(wrong.error(), HasSubstr("pruneLeaves"));
    EXPECT_FALSE(checkStack({{"operation", "pruneLeaves"}}).ok()) << "an object is no stack";
    EXPECT_FALSE(checkStack({{{"operation", "meshCleanup"}, {"tolerance", "wide"}}}).ok());
    EXPECT_FALSE(checkStack({{{"operation", "meshCleanup"}, {"tolerence", 1}}}).ok());
}

TEST(CheckStack, warnsOfAnOrderThatWastesWork) {
    const Result<json> stack = checkStack({{{"operation", "computeExtents"}}, {{"operation", "meshCleanup"}}});
    ASSERT_TRUE(stack.ok());
    ASSERT_THAT(stack.value().at("warnings"), SizeIs(1));
    EXPECT_THAT(stack.value()["warnings"][0].get<std::string>(),
                HasSubstr("meshCleanup belongs before computeExtents"));
}

TEST(Order, invariantsAgreeWithTheCanonicalPlaces) {
    for (const OrderInvariant& invariant : orderInvariants())
        EXPECT_LT(canonicalPlace(invariant.earlier), canonicalPlace(invariant.later)) << invariant.because;
    EXPECT_GT(canonicalPlace("somethingElse"), canonicalPlace("computeExtents"));
}

}  // namespace
}  // namespace usdtune
