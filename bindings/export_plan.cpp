// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>

#include <nlohmann/json.hpp>

#include "usdtune/assess/assessment.h"
#include "usdtune/plan/plan.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace usdtune::bindings {

namespace {

nlohmann::json parsed(const std::string& text, const char* what) {
    nlohmann::json out = nlohmann::json::parse(text, nullptr, false);
    if (out.is_discarded()) throw nb::value_error((std::string(what) + " is not JSON.").c_str());
    return out;
}

std::string textOrRaise(const Result<nlohmann::json>& result) {
    if (!result.ok()) throw nb::value_error(result.error().c_str());
    return result.value().dump();
}

}  // namespace

void export_plan(nb::module_& m) {
    m.def(
        "assess",
        [](const ScenePtr& scene, uint64_t bytes, int threads) {
            nb::gil_scoped_release release;
            Context context;
            context.threadCount = threads;
            return assess(*scene, bytes, context).dump();
        },
        "scene"_a, "resolved_bytes"_a, "threads"_a = 0, "Facts of the structure assessment, as JSON.");
    m.def(
        "stored_counts",
        [](const ScenePtr& scene) {
            const StoredCounts counts = storedCounts(*scene);
            nb::dict out;
            out["prim_count"] = counts.prims;
            out["mesh_count"] = counts.meshes;
            out["material_count"] = counts.materials;
            return out;
        },
        "scene"_a, nb::sig("def stored_counts(scene: Scene) -> dict[str, int]"),
        "What a traversal of the stage meets; meshes and materials with those of each prototype, once.");
    m.def(
        "select_scope",
        [](const std::string& assessment) { return selectScope(parsed(assessment, "The assessment")).dump(); },
        "assessment"_a, "The scope note that an assessment calls for.");
    m.def(
        "plan_chain",
        [](const std::string& assessment, const std::string& report, const std::string& approvals) {
            return textOrRaise(planChain(parsed(assessment, "The assessment"), parsed(report, "The validation report"),
                                         parsed(approvals, "The approvals")));
        },
        "assessment"_a, "validation_report"_a, "approvals"_a = "{}", "The chain that findings call for, with reasons.");
    m.def(
        "check_stack", [](const std::string& stack) { return textOrRaise(checkStack(parsed(stack, "The stack"))); },
        "stack"_a, "Checks a stack against the catalogue; ValueError with one sentence names the first wrong entry.");
}

}  // namespace usdtune::bindings
