// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <nlohmann/json.hpp>

#include "moves.h"
#include "usdtune/verify/deviation.h"
#include "usdtune/verify/scene_diff.h"
#include "usdtune/verify/step_proof.h"
#include "usdtune/verify/variant_groups.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace usdtune::bindings {

namespace {

using Diff = DiffReport (*)(const Scene&, const Scene&, const std::vector<PathMove>&, const DiffOptions&,
                            const Context&);

void requireSharedTokens(const Scene& a, const Scene& b) {
    if (&a.tokens() != &b.tokens())
        throw nb::value_error("Two scenes are compared over one token table: extract the second with share=first.");
}

template <Diff diff>
std::string run(const ScenePtr& a, const ScenePtr& b, const std::vector<MoveRow>& rows, double tolerance, int threads,
                const std::vector<std::string>& roots) {
    requireSharedTokens(*a, *b);
    const std::vector<PathMove> moves = movesOf(rows, a->tokens());
    nb::gil_scoped_release release;
    Context context;
    context.threadCount = threads;
    DiffOptions options;
    options.tolerance = tolerance;
    options.roots = roots;
    return toJson(diff(*a, *b, moves, options, context), a->tokens()).dump();
}

std::string deviation(const ScenePtr& a, const ScenePtr& b, const std::vector<MoveRow>& rows, int threads,
                      const std::vector<std::string>& roots) {
    requireSharedTokens(*a, *b);
    const std::vector<PathMove> moves = movesOf(rows, a->tokens());
    nb::gil_scoped_release release;
    Context context;
    context.threadCount = threads;
    DeviationOptions options;
    options.roots = roots;
    return toJson(measureDeviation(*a, *b, moves, options, context)).dump();
}

std::string stepProof(const ScenePtr& before, const ScenePtr& after, const EditList& edits, double tolerance,
                      bool surfaceChanges, const std::string& identity, int threads, bool pictures) {
    StepPromise promise{tolerance, surfaceChanges, PathFate::Kept, pictures};
    if (identity == "moved") promise.loosestFate = PathFate::Merged;
    if (identity == "removed") promise.loosestFate = PathFate::Removed;
    nb::gil_scoped_release release;
    Context context;
    context.threadCount = threads;
    return toJson(proveStep(*before, *after, edits, promise, context), before->tokens()).dump();
}

}  // namespace

void export_verify(nb::module_& m) {
    m.def(
        "diff_rendered", &run<&diffRendered>, "a"_a, "b"_a, "moves"_a = std::vector<MoveRow>{}, "tolerance"_a = 0.0,
        "threads"_a = 0, "roots"_a = std::vector<std::string>{},
        "What a renderer draws, compared; a JSON report. `tolerance` in stage units, on top of each mesh's ε. `roots` "
        "narrows the comparison to what is drawn at or below these paths of `a`.");
    m.def("diff_authored", &run<&diffAuthored>, "a"_a, "b"_a, "moves"_a = std::vector<MoveRow>{}, "tolerance"_a = 0.0,
          "threads"_a = 0, "roots"_a = std::vector<std::string>{},
          "What is written down, compared through the path map; a JSON report.");
    m.def("deviation", &deviation, "a"_a, "b"_a, "moves"_a = std::vector<MoveRow>{}, "threads"_a = 0,
          "roots"_a = std::vector<std::string>{},
          "How far any surface moved, both ways, in metres; a JSON report, the worst meshes first. `moves` tells what "
          "stands for what; without any, what has the same path. `roots` narrows it to what is drawn at or below these "
          "paths of `a`.");
    m.def("prove_step", &stepProof, "before"_a, "after"_a, "edits"_a, "tolerance"_a, "surface_changes"_a, "identity"_a,
          "threads"_a = 0, "pictures"_a = false,
          "Both relations between the scenes before and after one step, as far as it can have changed anything; a JSON "
          "report. `tolerance` in stage units, `identity` is what the operation promises about paths. With `pictures` "
          "what was edited is looked at as well, unless its surface may change.");
    m.def(
        "variant_groups", [](const ScenePtr& scene) { return toJson(variantGroups(*scene)).dump(); }, "scene"_a,
        "What has to be composed to see every selection of every variant set, as JSON.");
}

}  // namespace usdtune::bindings
