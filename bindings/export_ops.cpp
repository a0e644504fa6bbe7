// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include "usdtune/ops/op.h"
#include "usdtune/rules/rule.h"
#include "usdtune/scene/reasons.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace usdtune::bindings {

namespace {

Context contextOf(int threads) {
    Context context;
    context.threadCount = threads;
    return context;
}

/// A request that cannot be met becomes ValueError with the core's sentence.
[[noreturn]] void refuse(const std::string& sentence) { throw nb::value_error(sentence.c_str()); }

OpOutcome runOperation(const ScenePtr& scene, const std::string& key, const std::string& arguments, bool analysis,
                       int threads) {
    const Operation* op = findOp(key);
    if (op == nullptr) refuse("There is no operation `" + key + "` in this version.");
    const nlohmann::json given = nlohmann::json::parse(arguments, nullptr, false);
    if (given.is_discarded()) refuse("The arguments of " + key + " are not JSON.");
    Result<OpOutcome> outcome = [&] {
        nb::gil_scoped_release release;
        return runOp(*op, *scene, given, analysis, contextOf(threads));
    }();
    if (!outcome.ok()) refuse(outcome.error());
    return std::move(outcome.value());
}

std::string declinedJson(const OpOutcome& outcome, const ScenePtr& scene) {
    nlohmann::json rows = nlohmann::json::array();
    for (const Declined& row : outcome.declined)
        rows.push_back({{"prim", std::string(scene->text(row.prim))}, {"reason", row.reason}});
    return rows.dump();
}

std::string runRule(const ScenePtr& scene, const std::string& name, const std::vector<std::string>& paths, int threads,
                    size_t limit) {
    const Rule* rule = findRule(name);
    if (rule == nullptr) refuse("There is no rule `" + name + "` in this version.");
    auto selection = Selection::matching(*scene, paths);
    if (!selection.ok()) refuse(selection.error());
    nlohmann::json out = nlohmann::json::array();
    nb::gil_scoped_release release;
    FindingSink sink;
    rule->run(*scene, selection.value(), sink, contextOf(threads));
    for (const Finding& finding : sink.take(*scene))
        out.push_back(out.size() < limit ? toJson(finding, *scene) : toBriefJson(finding, *scene));
    return out.dump();
}

std::string catalogOfOps() {
    nlohmann::json out = nlohmann::json::array();
    for (const Operation& op : opCatalog()) out.push_back(toJson(op.descriptor));
    return out.dump();
}

std::string catalogOfRules() {
    nlohmann::json out = nlohmann::json::array();
    for (const Rule& rule : ruleCatalog()) out.push_back(toJson(rule.descriptor));
    return out.dump();
}

std::string checkedArguments(const std::string& key, const std::string& arguments) {
    const Operation* op = findOp(key);
    if (op == nullptr) refuse("There is no operation `" + key + "` in this version.");
    const nlohmann::json given = nlohmann::json::parse(arguments, nullptr, false);
    if (given.is_discarded()) refuse("The arguments of " + key + " are not JSON.");
    const auto checked = Arguments::check(op->descriptor, given);
    if (!checked.ok()) refuse(checked.error());
    return checked.value().json().dump();
}

}  // namespace

void export_ops(nb::module_& m) {
    nb::class_<OpOutcome>(m, "OpOutcome", "What one operation did: edits, numbers and what it passed over.")
        .def_prop_ro(
            "edits", [](OpOutcome& o) -> EditList& { return o.edits; }, nb::rv_policy::reference_internal)
        .def("declined", &declinedJson, "scene"_a, "JSON rows {prim, reason}.")
        .def_prop_ro("output", [](const OpOutcome& o) { return o.output.dump(); })
        .def_prop_ro("counts", [](const OpOutcome& o) { return o.counts.dump(); })
        .def_prop_ro("surface", [](const OpOutcome& o) { return std::string(promiseName(o.surface)); })
        .def_prop_ro("identity", [](const OpOutcome& o) { return std::string(promiseName(o.identity)); })
        .def_ro("tolerance", &OpOutcome::tolerance);
    m.def("run_op", &runOperation, "scene"_a, "key"_a, "arguments"_a = "{}", "analysis"_a = false, "threads"_a = 0,
          "Runs one operation on a Scene; arguments as JSON. ValueError with one sentence when they are wrong.");
    m.def("check_arguments", &checkedArguments, "key"_a, "arguments"_a,
          "The complete arguments as JSON, defaults filled in.");
    m.def("op_catalog", &catalogOfOps, "Descriptors of all operations as JSON.");
    m.def("rule_catalog", &catalogOfRules, "Descriptors of all rules as JSON.");
    m.def("run_rule", &runRule, "scene"_a, "name"_a, "paths"_a = std::vector<std::string>{}, "threads"_a = 0,
          "limit"_a = std::numeric_limits<size_t>::max(),
          "Findings of one rule as JSON. Those beyond `limit` only tell their path and severity.");
    m.def("in_words", &inWords, "reason"_a, "Why something was left as it is, for people; an unknown code as it is.");
}

}  // namespace usdtune::bindings
