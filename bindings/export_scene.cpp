// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>

#include "usdtune/crate/crate_reader.h"
#include "usdtune/crate/own_specs.h"
#include "usdtune/scene/scene_dump.h"
#include "values.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace usdtune::bindings {

namespace {

/// Python's side of a RowCollector: flat calls with plain arguments, one per row.
class Rows {
public:
    RowCollector rows;

    /// Scenes that are to be compared share one token table.
    explicit Rows(const ScenePtr& share) : rows(share ? share->tables().tokens : std::make_shared<TokenTable>()) {}

    Rows(const Rows&) = delete;

    TokenId token(nb::handle text) { return textToken(text.ptr()); }

    uint32_t layer(std::string_view identifier, std::string_view realPath, bool own) {
        return rows.addLayer({tokens().intern(identifier), tokens().intern(realPath), own, {}}).index;
    }
    void layerMetadatum(uint32_t layer, std::string_view key, std::string_view typeName, nb::handle value) {
        rows.layerMetadatum(LayerId(layer), datum(key, typeName, value));
    }
    void prim(nb::handle path, nb::handle typeName, int specifier, uint32_t flags, uint32_t layer, uint16_t opinions,
              nb::handle prototype) {
        Prim prim;
        prim.path = token(path);
        const std::string_view text = tokens().text(prim.path);
        prim.name = tokens().intern(std::string(text.substr(text.rfind('/') + 1)));
        prim.typeName = token(typeName);
        prim.specifier = static_cast<Specifier>(specifier);
        prim.flags = primFlags(flags);
        prim.layer = LayerId(layer);
        prim.opinionCount = opinions;
        rows.addPrim(prim, prototype.is_none() ? TokenId() : token(prototype));
    }
    void property(nb::handle primPath, nb::handle name, nb::handle typeName, uint32_t flags, uint32_t layer,
                  uint16_t opinions, nb::handle value) {
        Property property;
        property.name = token(name);
        property.typeName = token(typeName);
        property.flags = propertyFlags(flags);
        property.layer = LayerId(layer);
        property.opinionCount = opinions;
        addProperty(token(primPath), property, value);
    }
    /// A plain attribute of a trivially composed layer, by its whole path: the fast lane of extraction.
    void layerAttribute(nb::handle path, nb::handle typeName, bool custom, bool uniform, uint32_t layer,
                        nb::handle value) {
        const auto [primPath, name] = split(path);
        Property property;
        property.name = name;
        property.typeName = token(typeName);
        property.flags.custom = custom;
        property.flags.uniform = uniform;
        property.flags.editable = true;
        property.layer = LayerId(layer);
        addProperty(primPath, property, value);
    }
    void sample(double time, nb::handle value) {
        TimeSample sample;
        sample.time = time;
        sample.blocked = value.is_none();
        bool mismatched = false;
        if (!sample.blocked) sample.value = toValue(value.ptr(), currentType_, rows, mismatched);
        rows.sample(sample);
    }
    void hasTargets() { rows.hasTargets(); }
    void target(nb::handle path) { rows.target(token(path)); }
    void apiSchema(nb::handle schema) { rows.apiSchema(token(schema)); }
    void primMetadatum(std::string_view key, std::string_view typeName, nb::handle value) {
        rows.primMetadatum(datum(key, typeName, value));
    }
    void propertyMetadatum(std::string_view key, std::string_view typeName, nb::handle value) {
        rows.propertyMetadatum(datum(key, typeName, value));
    }
    void arc(nb::handle primPath, int kind, std::string_view asset, std::string_view resolved, std::string_view target,
             uint32_t layer, bool internal, bool broken) {
        Arc arc;
        arc.kind = static_cast<ArcKind>(kind);
        arc.asset = tokens().intern(asset);
        arc.resolved = tokens().intern(resolved);
        arc.target = tokens().intern(target);
        arc.layer = LayerId(layer);
        arc.internal = internal;
        arc.broken = broken;
        rows.addArc(primPath.is_none() ? TokenId() : token(primPath), arc);
    }
    void variantSet(nb::handle primPath, std::string_view name, std::string_view selection,
                    const std::vector<std::string>& variants) {
        std::vector<TokenId> ids;
        for (const std::string& variant : variants) ids.push_back(tokens().intern(variant));
        rows.addVariantSet(token(primPath), tokens().intern(name), tokens().intern(selection), std::move(ids));
    }
    void prototype(std::string_view internalPath, std::string_view firstInstance, std::string_view source) {
        rows.addPrototype(tokens().intern(internalPath), tokens().intern(firstInstance),
                          source.empty() ? TokenId() : tokens().intern(source));
    }
    void namePrototype(std::string_view source, std::string_view internalPath) {
        rows.namePrototype(tokens().intern(source), tokens().intern(internalPath));
    }
    void latentTarget(nb::handle path) { rows.addLatentTarget(token(path)); }
    void problem(std::string code, std::string_view path, std::string message) {
        rows.addProblem({std::move(code), tokens().intern(path), std::move(message)});
    }
    /// Reads a crate file natively. Gives (composed roots, (source, instance) of what instances with rows show,
    /// authored assets by value), or None with `refusal` set when OpenUSD has to read it.
    nb::object readCrateFile(const CrateLayer& crate, const std::string& identifier, int threads) {
        CrateOptions options;
        options.identifier = identifier;
        options.context.threadCount = threads;
        Result<CrateScan> scan = [&] {
            nb::gil_scoped_release release;
            return readCrate(crate, rows, options);
        }();
        if (!scan.ok()) {
            refusal_ = scan.error();
            return nb::none();
        }
        assets_ = std::move(scan.value().assets);
        nb::list roots, shown, owners;
        for (const TokenId root : scan.value().composedRoots) roots.append(pyText(root));
        for (const auto& [source, instance] : scan.value().shown)
            shown.append(nb::make_tuple(pyText(source), pyText(instance)));
        for (const CrateAssets& asset : assets_) {
            nb::list authored;
            for (uint64_t i = 0; i < asset.count; ++i) authored.append(pyText(asset.pairs[2 * i]));
            owners.append(authored);
        }
        return nb::make_tuple(roots, shown, owners);
    }
    /// What the authored texts of asset value `index` resolve to, in order.
    void resolveAssets(size_t index, const std::vector<std::string>& resolved) {
        for (size_t i = 0; i < resolved.size() && i < assets_.at(index).count; ++i)
            assets_[index].pairs[2 * i + 1] = tokens().intern(resolved[i]);
    }
    std::string refusal() const { return refusal_; }
    /// From now on `ownPrim` and `ownProperties` know what this layer says.
    void ownLayer(uint32_t layer, std::shared_ptr<const CrateLayer> crate) {
        own_[layer] = std::make_unique<OwnSpecs>(std::move(crate), rows, LayerId(layer));
    }
    nb::object ownPrim(uint32_t layer, nb::handle path, bool loaded) {
        const auto own = own_.find(layer);
        if (own == own_.end()) return nb::none();
        return names(own->second->addPrim(token(path), loaded));
    }
    nb::object ownProperties(uint32_t layer, nb::handle path, const std::vector<std::string_view>& elsewhere) {
        const auto own = own_.find(layer);
        if (own == own_.end()) return nb::none();
        std::vector<TokenId> ids;
        for (const std::string_view name : elsewhere) ids.push_back(tokens().intern(name));
        return names(own->second->addProperties(token(path), ids));
    }
    void composedPass() { rows.beginComposedPass(); }
    void composedRoot(nb::handle path) { rows.beginComposedRoot(token(path)); }
    ScenePtr freeze() {
        nb::gil_scoped_release release;
        for (const auto& [layer, own] : own_)
            if (const auto error = own->finish({})) throw std::runtime_error(error->message);
        own_.clear();
        SceneTables tables = rows.finish();
        return Scene::freeze(std::move(tables));
    }

private:
    TokenTable& tokens() { return rows.tokens(); }
    nb::str pyText(TokenId id) {
        const std::string_view text = tokens().text(id);
        return nb::str(text.data(), text.size());
    }

    nb::object names(const std::optional<std::vector<TokenId>>& found) {
        if (!found) return nb::none();
        nb::list out;
        for (const TokenId name : *found) out.append(pyText(name));
        return out;
    }

    void addProperty(TokenId primPath, Property& property, nb::handle value) {
        currentType_ = property.flags.relationship ? ValueType{} : typeOf(property.typeName);
        if (!value.is_none()) {
            bool mismatched = false;
            property.value = toValue(value.ptr(), currentType_, rows, mismatched);
            property.flags.mismatched = mismatched;
            if (property.value.type.element == Element::Opaque) property.flags.opaque = true;
        }
        rows.addProperty(primPath, property);
    }

    TokenId textToken(PyObject* text) {
        Py_ssize_t size = 0;
        const char* utf8 = PyUnicode_AsUTF8AndSize(text, &size);
        if (utf8 == nullptr) throw nb::python_error();
        return tokens().intern({utf8, static_cast<size_t>(size)});
    }
    std::pair<TokenId, TokenId> split(nb::handle path) {
        Py_ssize_t size = 0;
        const char* utf8 = PyUnicode_AsUTF8AndSize(path.ptr(), &size);
        if (utf8 == nullptr) throw nb::python_error();
        const std::string_view text(utf8, static_cast<size_t>(size));
        const size_t dot = text.rfind('.');
        const std::string_view prim = text.substr(0, dot);
        // Properties of one prim follow each other, so its path is hashed once.
        if (tokens().text(lastPrim_) != prim) lastPrim_ = tokens().intern(prim);
        return {lastPrim_, tokens().intern(text.substr(dot + 1))};
    }
    ValueType typeOf(TokenId typeName) {
        if (typeName.index >= types_.size()) types_.resize(typeName.index + 64);
        auto& slot = types_[typeName.index];
        if (!slot.known) slot = {valueTypeOf(tokens().text(typeName)), true};
        return slot.type;
    }
    Metadatum datum(std::string_view key, std::string_view typeName, nb::handle value) {
        bool mismatched = false;
        return {tokens().intern(key), tokens().intern(typeName),
                toValue(value.ptr(), valueTypeOf(typeName), rows, mismatched)};
    }
    static PrimFlags primFlags(uint32_t bits) {
        PrimFlags flags;
        flags.active = bits & 1;
        flags.defined = bits & 2;
        flags.abstract = bits & 4;
        flags.loaded = bits & 8;
        flags.instanceable = bits & 16;
        flags.instance = bits & 32;
        flags.editable = bits & 64;
        flags.hasArcs = bits & 128;
        flags.latentOpinions = bits & 256;
        flags.opaque = bits & 512;
        return flags;
    }
    static PropertyFlags propertyFlags(uint32_t bits) {
        PropertyFlags flags;
        flags.relationship = bits & 1;
        flags.custom = bits & 2;
        flags.uniform = bits & 4;
        flags.blocked = bits & 8;
        flags.animated = bits & 16;
        flags.editable = bits & 32;
        flags.opaque = bits & 64;
        return flags;
    }

    struct KnownType {
        ValueType type;
        bool known = false;
    };
    std::vector<KnownType> types_;
    ValueType currentType_;
    TokenId lastPrim_;
    std::vector<CrateAssets> assets_;
    std::map<uint32_t, std::unique_ptr<OwnSpecs>> own_;  ///< by layer
    std::string refusal_;
};

}  // namespace

void export_scene(nb::module_& m) {
    nb::class_<Scene>(m, "Scene", "An immutable columnar snapshot of one target.")
        .def(
            "dump", [](const Scene& scene) { return sceneDump(scene); },
            "Every row as canonical text, one line each; equal scenes give equal text.")
        .def_prop_ro("prim_count", [](const Scene& scene) { return scene.stagePrimCount(); })
        .def_prop_ro(
            "prim_paths",
            [](const Scene& scene) {
                std::vector<std::string_view> paths;
                paths.reserve(scene.stagePrimCount());
                for (uint32_t row = 0; row < scene.stagePrimCount(); ++row) paths.push_back(scene.path(PrimId(row)));
                return paths;
            },
            "Paths of the stage's prims, those of prototypes left out.")
        .def_prop_ro("property_count", [](const Scene& scene) { return scene.properties().size(); })
        .def_prop_ro("meters_per_unit", [](const Scene& scene) { return scene.stage().metersPerUnit; })
        .def_prop_ro("mesh_count", [](const Scene& scene) { return scene.meshes().size(); })
        .def_prop_ro("material_count", [](const Scene& scene) { return scene.materials().rows.size(); });

    nb::class_<CrateLayer>(m, "CrateLayer", "A crate file whose structure is decoded.")
        .def_static(
            "open",
            [](const std::filesystem::path& file) -> std::shared_ptr<const CrateLayer> {
                nb::gil_scoped_release release;
                auto crate = CrateLayer::open(file);
                return crate ? crate.value() : nullptr;
            },
            "file"_a, nb::sig("def open(file: str | os.PathLike[str]) -> CrateLayer | None"),
            "None when OpenUSD has to read it.");

    nb::class_<Rows>(m, "Rows", "Takes the rows of a stage from the bridge and freezes them into a Scene.")
        .def(nb::init<const ScenePtr&>(), "share"_a.none() = nb::none())
        .def(
            "set_stage",
            [](Rows& r, const std::string& identifier, nb::object mpu, nb::object up, const std::string& defaultPrim,
               double start, double end, double tcps, double kpu) {
                StageInfo& s = r.rows.stage();
                s.identifier = identifier;
                if (!mpu.is_none()) s.metersPerUnit = nb::cast<double>(mpu), s.metersPerUnitAuthored = true;
                if (!up.is_none()) s.upAxis = nb::cast<std::string>(up) == "Z" ? 'Z' : 'Y', s.upAxisAuthored = true;
                s.defaultPrim = defaultPrim, s.startTimeCode = start, s.endTimeCode = end, s.timeCodesPerSecond = tcps,
                s.kilogramsPerUnit = kpu;
            },
            "identifier"_a, "meters_per_unit"_a.none(), "up_axis"_a.none(), "default_prim"_a, "start"_a, "end"_a,
            "time_codes_per_second"_a, "kilograms_per_unit"_a)
        .def("layer", &Rows::layer)
        .def("layer_metadatum", &Rows::layerMetadatum)
        .def("prim", &Rows::prim, "path"_a, "type_name"_a, "specifier"_a, "flags"_a, "layer"_a, "opinions"_a,
             "prototype"_a.none())
        .def("add_property", &Rows::property, "prim_path"_a, "name"_a, "type_name"_a, "flags"_a, "layer"_a,
             "opinions"_a, "value"_a.none())
        .def("layer_attribute", &Rows::layerAttribute, "path"_a, "type_name"_a, "custom"_a, "uniform"_a, "layer"_a,
             "value"_a.none())
        .def("sample", &Rows::sample, "time"_a, "value"_a.none())
        .def("has_targets", &Rows::hasTargets)
        .def("target", &Rows::target)
        .def("api_schema", &Rows::apiSchema)
        .def("prim_metadatum", &Rows::primMetadatum)
        .def("property_metadatum", &Rows::propertyMetadatum)
        .def("arc", &Rows::arc, "prim_path"_a.none(), "kind"_a, "asset"_a, "resolved"_a, "target"_a, "layer"_a,
             "internal"_a, "broken"_a)
        .def("variant_set", &Rows::variantSet)
        .def("prototype", &Rows::prototype)
        .def("name_prototype", &Rows::namePrototype)
        .def("latent_target", &Rows::latentTarget)
        .def("problem", &Rows::problem)
        .def("read_crate", &Rows::readCrateFile, "crate"_a, "identifier"_a, "threads"_a = 0,
             nb::sig("def read_crate(self, crate: CrateLayer, identifier: str, threads: int = 0) -> "
                     "tuple[list[str], list[tuple[str, str]], list[list[str]]] | None"))
        .def("resolve_assets", &Rows::resolveAssets)
        .def_prop_ro("refusal", &Rows::refusal)
        .def("composed_pass", &Rows::composedPass)
        .def("composed_root", &Rows::composedRoot)
        .def("own_layer", &Rows::ownLayer, "layer"_a, "crate"_a)
        .def("own_prim", &Rows::ownPrim, "layer"_a, "path"_a, "loaded"_a,
             nb::sig("def own_prim(self, layer: int, path: str, loaded: bool) -> list[str] | None"))
        .def("own_properties", &Rows::ownProperties, "layer"_a, "path"_a, "elsewhere"_a,
             nb::sig("def own_properties(self, layer: int, path: str, elsewhere: Sequence[str]) -> list[str] | None"))
        .def("freeze", &Rows::freeze,
             "The Scene; RuntimeError tells what is damaged in a layer that `own_layer` named.");
}

}  // namespace usdtune::bindings
