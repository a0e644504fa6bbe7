// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "core/ops/run_op.h"

namespace usdtune::test {

using nlohmann::json;
using testing::HasSubstr;

namespace {

std::string problem(std::string_view key, const json& given) {
    const auto checked = Arguments::check(findOp(key)->descriptor, given);
    return checked.ok() ? std::string() : checked.error();
}

TEST(Arguments, areCompletedWithDefaults) {
    const auto checked = Arguments::check(findOp("pruneLeaves")->descriptor, json{{"pruneMode", 2}});
    ASSERT_TRUE(checked.ok());
    EXPECT_EQ(checked.value().integer("pruneMode"), 2);
    EXPECT_FALSE(checked.value().flag("filterInactive"));
    EXPECT_TRUE(checked.value().texts("paths").empty());
}

TEST(Arguments, unknownNamesAreRefusedWithTheNearestOne) {
    EXPECT_THAT(problem("pruneLeaves", {{"prunemode", 1}}), HasSubstr("did you mean \"pruneMode\"?"));
    EXPECT_THAT(problem("optimizeMaterials", {{"mode", 0}}), HasSubstr("optimizeMaterialsMode"));
}

TEST(Arguments, wrongTypesAreRefusedAndIntegersPromoteToReals) {
    EXPECT_THAT(problem("pruneLeaves", {{"filterInactive", 1}}), HasSubstr("must be true or false"));
    EXPECT_THAT(problem("pruneLeaves", {{"paths", "/A"}}), HasSubstr("must be a list of texts"));
    EXPECT_THAT(problem("countVertices", {{"high", 1.0}}), HasSubstr("must be an integer"));
    EXPECT_EQ(problem("printStats", {{"time", 1}}), "");
}

TEST(Arguments, enumValuesOutsideTheChoicesAreRefused) {
    EXPECT_THAT(problem("pruneLeaves", {{"pruneMode", 0}}), HasSubstr("1 (Delete), 2 (Deactivate), 3 (Hide)"));
}

TEST(Arguments, mustBeAnObject) { EXPECT_THAT(problem("pruneLeaves", json::array()), HasSubstr("one JSON object")); }

TEST(NearestName, ignoresLetterCaseAndSwaps) {
    const std::string_view names[] = {"pruneLeaves", "removePrims"};
    EXPECT_EQ(nearestName("PruneLevaes", names), "pruneLeaves");
    EXPECT_EQ(nearestName("frobnicate", names), "");
}

TEST(Catalog, everyOpIsDescribedAndItsDefaultsPassItsOwnCheck) {
    std::set<std::string_view> keys;
    for (const Operation& op : opCatalog()) {
        EXPECT_TRUE(keys.insert(op.descriptor.key).second) << op.descriptor.key << " stands there twice";
        EXPECT_TRUE(op.run != nullptr || op.analyze != nullptr) << op.descriptor.key;
        EXPECT_EQ(op.descriptor.supportsAnalysis, op.analyze != nullptr) << op.descriptor.key;
        EXPECT_FALSE(op.descriptor.changes.empty() || op.descriptor.notes.empty()) << op.descriptor.key;
        const auto defaults = Arguments::check(op.descriptor, json::object());
        ASSERT_TRUE(defaults.ok());
        EXPECT_EQ(problem(op.descriptor.key, defaults.value().json()), "");
        EXPECT_EQ(toJson(op.descriptor)["arguments"].size(), op.descriptor.arguments.size());
    }
}

TEST(RunOp, aPatternThatMatchesNothingIsDeclinedAndWidensNothing) {
    SceneFixture f;
    f.prim("/A/Empty", "Xform");
    const ScenePtr scene = f.freeze();
    const OpOutcome outcome = run(scene, "pruneLeaves", {{"paths", {"/B"}}});
    EXPECT_TRUE(outcome.edits.empty());
    EXPECT_THAT(declined(scene, outcome), testing::ElementsAre("/B pattern_matches_nothing"));
}

}  // namespace
}  // namespace usdtune::test
