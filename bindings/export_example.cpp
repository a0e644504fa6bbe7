// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>

#include "usdtune/example/plant_columns.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace usdtune::bindings {

namespace {

using example::Plant;
using example::PlantColumns;
using example::PlantOptions;
using example::PlantValue;

/// A plant with its columns; arrays handed out view its memory and keep it alive.
struct ExamplePlant {
    Plant plant;
    PlantColumns columns;
};

nb::str text(const ExamplePlant& made, TokenId id) {
    const std::string_view content = made.plant.tables.tokens->text(id);
    return nb::str(content.data(), content.size());
}

using Array = nb::ndarray<nb::numpy, nb::ro>;

Array arrayOf(const void* data, std::initializer_list<size_t> shape, nb::dlpack::dtype type, nb::handle owner) {
    return Array(const_cast<void*>(data), shape.size(), shape.begin(), owner, nullptr, type);
}

template <class T, size_t N>
Array table(const std::vector<std::array<T, N>>& rows, nb::handle owner) {
    return arrayOf(rows.data(), {rows.size(), N}, nb::dtype<T>(), owner);
}

template <class T>
Array column(const std::vector<T>& values, nb::handle owner) {
    return arrayOf(values.data(), {values.size()}, nb::dtype<T>(), owner);
}

nb::dlpack::dtype dtypeOf(Element element) {
    switch (element) {
        case Element::Bool:
            return nb::dtype<bool>();
        case Element::UChar:
            return nb::dtype<uint8_t>();
        case Element::Int:
            return nb::dtype<int32_t>();
        case Element::UInt:
            return nb::dtype<uint32_t>();
        case Element::Int64:
            return nb::dtype<int64_t>();
        case Element::UInt64:
            return nb::dtype<uint64_t>();
        case Element::Half:
            return {static_cast<uint8_t>(nb::dlpack::dtype_code::Float), 16, 1};
        case Element::Float:
            return nb::dtype<float>();
        default:
            return nb::dtype<double>();
    }
}

/// Text as str or list of str (of an asset, the authored path); numbers as an array whose rows are elements.
nb::object content(const ExamplePlant& made, const Value& value, nb::handle owner) {
    if (value.type.element == Element::Text || value.type.element == Element::Asset) {
        const size_t stride = value.type.element == Element::Asset ? 2 : 1;
        const auto* ids = static_cast<const TokenId*>(value.data);
        if (!value.type.isArray) return text(made, ids[0]);
        nb::list out;
        for (size_t i = 0; i < value.count; ++i) out.append(text(made, ids[i * stride]));
        return out;
    }
    const nb::dlpack::dtype type = dtypeOf(value.type.element);
    if (value.type.components == 1) return nb::cast(arrayOf(value.data, {value.count}, type, owner));
    return nb::cast(arrayOf(value.data, {value.count, value.type.components}, type, owner));
}

nb::list values(const ExamplePlant& made, nb::handle owner) {
    nb::list out;
    for (const PlantValue& row : made.columns.values)
        out.append(nb::make_tuple(row.typeName.index, row.value.type.isArray, content(made, row.value, owner)));
    return out;
}

nb::list tokens(const ExamplePlant& made) {
    nb::list out;
    for (size_t i = 0; i < made.plant.tables.tokens->size(); ++i) out.append(text(made, TokenId(i)));
    return out;
}

nb::list arcs(const ExamplePlant& made) {
    nb::list out;
    for (const Arc& arc : made.plant.tables.arcs)
        out.append(nb::make_tuple(text(made, made.plant.tables.prims[arc.prim.index].path),
                                  arc.kind == ArcKind::Inherit ? "inherit" : "reference", text(made, arc.asset),
                                  text(made, arc.target)));
    return out;
}

nb::list variants(const ExamplePlant& made, nb::handle owner) {
    nb::list out;
    for (const example::VariantOpinions& row : made.plant.variants) {
        nb::list edits;
        for (const Edit& edit : row.edits) {
            nb::list targets;
            for (const TokenId target : edit.targets) targets.append(text(made, target));
            const nb::object value = edit.value.value.empty() ? nb::none() : content(made, edit.value.value, owner);
            edits.append(nb::make_tuple(static_cast<int>(edit.kind), text(made, edit.path), text(made, edit.name),
                                        text(made, edit.typeName), value, targets));
        }
        out.append(nb::make_tuple(text(made, row.prim), text(made, row.set), text(made, row.variant), edits));
    }
    return out;
}

nb::list selections(const ExamplePlant& made) {
    nb::list out;
    for (const VariantSet& row : made.plant.tables.variantSets)
        out.append(nb::make_tuple(text(made, made.plant.tables.prims[row.prim.index].path), text(made, row.name),
                                  text(made, row.selection)));
    return out;
}

std::shared_ptr<ExamplePlant> makeExample(uint64_t meshes, uint64_t seed, bool broken) {
    nb::gil_scoped_release release;
    Result<Plant> made = example::makePlant({meshes, seed, broken});
    if (!made.ok()) throw std::invalid_argument(made.error());
    auto out = std::make_shared<ExamplePlant>();
    out->plant = std::move(made.value());
    out->columns = example::columnsOf(out->plant);
    // The columns say the same; at a million meshes the rows weigh more than a gigabyte.
    out->plant.tables.properties = {};
    out->plant.tables.metadata = {};
    out->plant.planted = {};
    return out;
}

const PlantColumns& columns(nb::handle self) { return nb::cast<const ExamplePlant&>(self).columns; }

}  // namespace

void export_example(nb::module_& m) {
    nb::class_<ExamplePlant>(m, "ExamplePlant",
                             "A made-up plant as rows to be written; PlantColumns tells what they hold.")
        .def_prop_ro(
            "truth", [](const ExamplePlant& p) { return p.plant.truth; }, "What was planted, as a JSON document.")
        .def_prop_ro("tokens", &tokens)
        .def_prop_ro("values", [](nb::handle self) { return values(nb::cast<const ExamplePlant&>(self), self); })
        .def_prop_ro("prims", [](nb::handle self) { return table(columns(self).prims, self); })
        .def_prop_ro("api_schemas", [](nb::handle self) { return column(columns(self).apiSchemas, self); })
        .def_prop_ro("prim_metadata", [](nb::handle self) { return table(columns(self).primMetadata, self); })
        .def_prop_ro("attributes", [](nb::handle self) { return table(columns(self).attributes, self); })
        .def_prop_ro("connections", [](nb::handle self) { return column(columns(self).connections, self); })
        .def_prop_ro("relationships", [](nb::handle self) { return table(columns(self).relationships, self); })
        .def_prop_ro("targets", [](nb::handle self) { return column(columns(self).targets, self); })
        .def_prop_ro("attribute_metadata", [](nb::handle self) { return table(columns(self).attributeMetadata, self); })
        .def_prop_ro("samples", [](nb::handle self) { return table(columns(self).samples, self); })
        .def_prop_ro("sample_times", [](nb::handle self) { return column(columns(self).sampleTimes, self); })
        .def_prop_ro("arcs", &arcs)
        .def_prop_ro("selections", &selections)
        .def_prop_ro("variants", [](nb::handle self) { return variants(nb::cast<const ExamplePlant&>(self), self); })
        .def_prop_ro("time_range", [](const ExamplePlant& p) {
            return nb::make_tuple(p.plant.tables.stage.startTimeCode, p.plant.tables.stage.endTimeCode);
        });
    m.def("make_example", &makeExample, "meshes"_a, "seed"_a, "broken"_a = false,
          "A plant of so many meshes; ValueError names what is wrong with the request.");
    m.def("example_minimum", &example::plantMinimumMeshes, "Meshes of a plant that shows each feature once.");
}

}  // namespace usdtune::bindings
