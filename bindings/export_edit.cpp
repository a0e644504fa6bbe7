// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>

#include "edit_objects.h"
#include "usdtune/edit/asset_metadata.h"
#include "usdtune/edit/path_map.h"
#include "usdtune/edit/preview.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace usdtune::bindings {

namespace {

ScenePtr previewOrRaise(const Scene& scene, const EditList& edits) {
    Result<ScenePtr> result = [&] {
        nb::gil_scoped_release release;
        return preview(scene, edits);
    }();
    if (!result) throw std::invalid_argument(result.error());
    return result.value();
}

nb::list removedPaths(const EditList& list, const Scene& scene) {
    nb::list out;
    for (const Edit& edit : list.edits) {
        if (edit.kind != EditKind::RemovePrim) continue;
        const std::string_view path = scene.text(edit.path);
        out.append(nb::str(path.data(), path.size()));
    }
    return out;
}

}  // namespace

void export_edit(nb::module_& m) {
    nb::class_<Numbers>(m, "Numbers", nb::type_slots(numbersSlots),
                        "The numbers of one value: a read-only buffer that is no copy.");

    nb::class_<Sentences>(m, "Sentences", "Walks an EditList.")
        .def(
            "__iter__", [](nb::handle self) { return self; }, nb::sig("def __iter__(self) -> Sentences"))
        .def("__next__", &Sentences::next,
             nb::sig(
                 "def __next__(self) -> tuple[int, str, str, str, int, object, list[str], list[tuple[str, object]]]"));

    nb::class_<EditList>(m, "EditList", "Ordered edits with the path moves they cause.")
        .def(nb::init<>())
        .def("__len__", [](const EditList& list) { return list.edits.size(); })
        .def(
            "append", [](EditList& list, const EditList& later) { list.append(EditList(later)); }, "later"_a,
            "Adds what is said later; `later` stays as it is.")
        .def(
            "compact", [](const EditList& list, const Scene& scene) { return compact(list, scene.tokens()); },
            "scene"_a, "The same result with fewer sentences.")
        .def_prop_ro("move_count", [](const EditList& list) { return list.moves.size(); })
        .def("removals", &removedPaths, "scene"_a, nb::sig("def removals(self, scene: Scene) -> list[str]"),
             "Paths of the prims that are removed, in order.")
        .def(
            "moves", [](const EditList& list, const Scene& scene) { return moveRows(list.moves, scene); }, "scene"_a,
            nb::sig("def moves(self, scene: Scene) -> list[tuple[str, str | None, str, str, str]]"),
            "Path moves as (old, new or None, fate, reason, step).")
        .def(
            "path_map",
            [](const EditList& list, const Scene& source, const std::map<std::string, int>& steps) {
                nb::gil_scoped_release release;
                const PathMap map(list, source, steps);
                std::map<std::string, size_t> counts;
                for (size_t fate = 0; fate < map.primCounts().size(); ++fate)
                    counts.emplace(pathFateName(static_cast<PathFate>(fate)), map.primCounts()[fate]);
                return std::pair(map.toJsonLines(), std::move(counts));
            },
            "source"_a, "steps"_a,
            "(the lines of pathmap.jsonl, prims per kind); `steps` numbers the operations of the chain.")
        .def(
            "sentences",
            [](const EditList& list, std::shared_ptr<const Scene> scene) { return Sentences(std::move(scene), list); },
            "scene"_a, nb::keep_alive<0, 1>(),
            "One (kind, path, name, type name, flags, value, targets, metadata) per edit; flags are uniform 1, custom "
            "2, connection 4, specifier from bit 3. "
            "Numbers cross without a copy, as Numbers; single ones as Python's own.");

    nb::class_<EditBuilder>(m, "EditBuilder", "Says edits from Python; texts become tokens of the scene given.")
        .def(nb::init<std::shared_ptr<const Scene>>(), "scene"_a)
        .def("add", &EditBuilder::add, "kind"_a, "path"_a, "name"_a = "", "type_name"_a = "", "specifier"_a = 0,
             "flags"_a = 0, "value"_a = nb::none(), "targets"_a = std::vector<std::string>(),
             "metadata"_a = nb::make_tuple())
        .def("move", &EditBuilder::move, "old"_a, "new"_a, "fate"_a, "reason"_a, "step"_a)
        .def("take", &EditBuilder::take, "The edits said so far.");

    m.def(
        "edit_kinds",
        [] {
            std::vector<std::string> names;
            for (int kind = 0; kind <= static_cast<int>(EditKind::SetTargets); ++kind)
                names.emplace_back(editKindName(static_cast<EditKind>(kind)));
            return names;
        },
        "Names of the edit kinds; a kind's number is its place.");
    m.def("properties_with_asset_metadata", &propertiesWithAssetMetadata, "scene"_a,
          "Paths of composed properties whose metadata may hold asset paths.");
    m.def(
        "asset_holders",
        [](const Scene& scene) -> std::optional<std::pair<std::vector<std::string>, std::vector<std::string>>> {
            auto holders = assetHolders(scene);
            if (!holders) return {};
            return std::pair(std::move(holders->specs), std::move(holders->subtrees));
        },
        "scene"_a,
        "(specs that may hold asset paths, prims below which the layer says more than the Scene shows); None when "
        "there are several own layers.");
    m.def("preview", &previewOrRaise, "scene"_a, "edits"_a,
          "The Scene that authoring and extracting would give; ValueError with a sentence when it cannot be.");
}

}  // namespace usdtune::bindings
