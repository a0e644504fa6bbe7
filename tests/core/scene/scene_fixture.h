// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "usdtune/scene/scene_builder.h"

/// Small scenes, written where they are read:
///
///     SceneFixture f;
///     f.prim("/Rack", "Xform").attribute("xformOp:translate", "double3", {1, 2, 3})
///                             .attribute("xformOpOrder", "token[]", {"xformOp:translate"});
///     f.mesh("/Rack/Tri", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2})
///         .primvar("st", "texCoord2f[]", {0, 0, 1, 0, 0, 1}, "faceVarying")
///         .relationship("material:binding", {"/Red"});
///     f.subset("/Rack/Tri/front", {0}, "materialBind");
///     ScenePtr scene = f.freeze();
///
/// Numbers take the shape that the type name says: `point3f[]` reads three per element. Missing ancestors become
/// Xforms; children keep the order in which they were first named. Everything is editable, with one opinion, in the
/// first layer, unless said otherwise through `facts()` and `flags()`. A root named `/__Prototype_…` is a prototype:
/// its rows go behind the stage's own and its paths lead through its first instance.
namespace usdtune::test {

class PrimFixture {
public:
    PrimFixture(SceneBuilder& builder, std::string path) : builder_(builder), path_(std::move(path)) {
        facts_.typeName = builder.token("");
        facts_.flags.editable = true;
        facts_.layer = LayerId(size_t{0});
    }

    /// Values by plain numbers, laid out as the type name says; one group for a scalar.
    PrimFixture& attribute(std::string_view name, std::string_view type, std::initializer_list<double> numbers) {
        return attributeOf(name, type, pack(type, {numbers.begin(), numbers.end()}));
    }
    /// Texts (string, token) or, for `asset`, pairs of authored and resolved path.
    PrimFixture& attribute(std::string_view name, std::string_view type,
                           std::initializer_list<std::string_view> texts) {
        return attributeOf(name, type, packTexts(type, {texts.begin(), texts.end()}));
    }
    PrimFixture& attributeNumbers(std::string_view name, std::string_view type, const std::vector<double>& numbers) {
        return attributeOf(name, type, pack(type, numbers));
    }
    PrimFixture& attributeTexts(std::string_view name, std::string_view type, const std::vector<std::string>& texts) {
        return attributeOf(name, type, packTexts(type, {texts.begin(), texts.end()}));
    }
    PrimFixture& emptyArray(std::string_view name, std::string_view type) {
        return attributeOf(name, type, {nullptr, 0, valueTypeOf(type)});
    }
    /// A ready array of T, whose size must be that of the type's element.
    template <class T>
    PrimFixture& array(std::string_view name, std::string_view type, std::vector<T> elements) {
        return attributeOf(name, type, builder_.own(OwnedValue::array(valueTypeOf(type), std::move(elements))));
    }
    /// An attribute that is declared and holds no value.
    PrimFixture& attribute(std::string_view name, std::string_view type) { return attributeOf(name, type, Value()); }
    PrimFixture& attributeOf(std::string_view name, std::string_view type, const Value& value) {
        Property facts;
        facts.typeName = builder_.token(type);
        facts.value = value;
        return add(name, facts);
    }
    PrimFixture& relationship(std::string_view name, std::initializer_list<std::string_view> targets) {
        Property facts;
        facts.flags.relationship = true;
        facts.hasTargets = true;
        add(name, facts);
        return connect(targets);
    }
    /// A primvar with its indices, where some are given.
    PrimFixture& primvar(std::string_view name, std::string_view type, std::initializer_list<double> numbers,
                         std::string_view interpolation, const std::vector<int>& indices = {}, int elementSize = 1) {
        const std::string full = "primvars:" + std::string(name);
        if (!indices.empty()) array(full + ":indices", "int[]", indices);
        attribute(full, type, numbers).with("interpolation", "token", {interpolation});
        if (elementSize != 1) with("elementSize", "int", {static_cast<double>(elementSize)});
        return *this;
    }

    // About the property named last.
    PrimFixture& with(std::string_view key, std::string_view type, std::initializer_list<double> numbers) {
        last().metadata.push_back(
            {builder_.token(key), builder_.token(type), pack(type, {numbers.begin(), numbers.end()})});
        return *this;
    }
    PrimFixture& with(std::string_view key, std::string_view type, std::initializer_list<std::string_view> texts) {
        last().metadata.push_back(
            {builder_.token(key), builder_.token(type), packTexts(type, {texts.begin(), texts.end()})});
        return *this;
    }
    PrimFixture& interpolation(std::string_view name) { return with("interpolation", "token", {name}); }
    PrimFixture& connect(std::initializer_list<std::string_view> paths) {
        last().facts.hasTargets = true;
        for (const std::string_view path : paths) last().targets.push_back(builder_.token(path));
        return *this;
    }
    PrimFixture& sample(double time, std::initializer_list<double> numbers) {
        last().samples.push_back({time, pack(text(last().facts.typeName), {numbers.begin(), numbers.end()}), false});
        return *this;
    }
    PrimFixture& sample(double time, std::initializer_list<std::string_view> texts) {
        last().samples.push_back({time, packTexts(text(last().facts.typeName), {texts.begin(), texts.end()}), false});
        return *this;
    }
    PrimFixture& blocked() {
        last().facts.value = Value();
        last().facts.flags.blocked = true;
        return *this;
    }
    /// The row itself, for flags and whatever else has no word of its own here.
    Property& property() { return last().facts; }

    // About the prim.
    PrimFixture& api(std::string_view schema) {
        schemas_.push_back(builder_.token(schema));
        return *this;
    }
    PrimFixture& metadata(std::string_view key, std::string_view type, std::initializer_list<double> numbers) {
        metadata_.push_back({builder_.token(key), builder_.token(type), pack(type, {numbers.begin(), numbers.end()})});
        return *this;
    }
    PrimFixture& metadata(std::string_view key, std::string_view type, std::initializer_list<std::string_view> texts) {
        metadata_.push_back({builder_.token(key), builder_.token(type), packTexts(type, {texts.begin(), texts.end()})});
        return *this;
    }
    /// What this version keeps as one canonical text: dictionaries, arrays in metadata.
    PrimFixture& opaqueMetadata(std::string_view key, std::string_view text) {
        const ValueType type{Element::Opaque, 1, false};
        metadata_.push_back(
            {builder_.token(key), builder_.token("opaque"), builder_.scalar(type, builder_.token(text))});
        return *this;
    }
    PrimFixture& arc(ArcKind kind, std::string_view target, std::string_view asset = "", bool broken = false) {
        arcs_.push_back({PrimId(), kind, builder_.token(asset), builder_.token(broken ? "" : asset),
                         builder_.token(target), LayerId(size_t{0}), asset.empty(), broken});
        facts_.flags.hasArcs = true;
        return *this;
    }
    PrimFixture& variantSet(std::string_view name, std::string_view selection,
                            std::initializer_list<std::string_view> variants) {
        variantSets_.push_back({builder_.token(name), builder_.token(selection), {}});
        for (const std::string_view variant : variants) variantSets_.back().variants.push_back(builder_.token(variant));
        facts_.flags.hasArcs = true;
        return *this;
    }
    PrimFixture& specifier(Specifier specifier) {
        facts_.specifier = specifier;
        return *this;
    }
    Prim& facts() { return facts_; }
    PrimFlags& flags() { return facts_.flags; }

    /// A value of that type from plain numbers.
    Value pack(std::string_view typeName, const std::vector<double>& numbers) {
        const ValueType type = valueTypeOf(typeName);
        USDTUNE_ASSERT(numbers.size() % type.components == 0, "the numbers must fill whole elements");
        switch (type.element) {
            case Element::Bool:
            case Element::UChar:
                return packAs<uint8_t>(type, numbers);
            case Element::Int:
                return packAs<int32_t>(type, numbers);
            case Element::UInt:
                return packAs<uint32_t>(type, numbers);
            case Element::Int64:
                return packAs<int64_t>(type, numbers);
            case Element::UInt64:
                return packAs<uint64_t>(type, numbers);
            case Element::Float:
                return packAs<float>(type, numbers);
            case Element::Double:
                return packAs<double>(type, numbers);
            case Element::Half: {
                std::vector<double> bits;
                for (const double number : numbers) bits.push_back(halfBits(number));
                return packAs<uint16_t>(type, bits);
            }
            default:
                USDTUNE_ASSERT(numbers.empty(), "numbers fit numeric types only");
                return {nullptr, 0, type};
        }
    }

private:
    friend class SceneFixture;
    struct PropertyFixture {
        Property facts;
        std::vector<Metadatum> metadata;
        std::vector<TimeSample> samples;
        std::vector<TokenId> targets;
    };
    struct VariantSetFixture {
        TokenId name, selection;
        std::vector<TokenId> variants;
    };

    std::string_view text(TokenId id) { return builder_.tokens().text(id); }
    PropertyFixture& last() {
        USDTUNE_ASSERT(!properties_.empty(), "name a property first");
        return properties_.back();
    }
    /// Naming a property again replaces it.
    PrimFixture& add(std::string_view name, Property facts) {
        facts.name = builder_.token(name);
        facts.flags.editable = facts_.flags.editable;
        facts.layer = facts_.layer;
        std::erase_if(properties_, [&](const PropertyFixture& p) { return p.facts.name == facts.name; });
        properties_.push_back({facts, {}, {}, {}});
        return *this;
    }
    template <class T>
    Value packAs(ValueType type, const std::vector<double>& numbers) {
        std::vector<T> elements;
        for (const double number : numbers) elements.push_back(static_cast<T>(number));
        return builder_.copy(type, elements.data(), numbers.size() / type.components);
    }
    Value packTexts(std::string_view typeName, const std::vector<std::string_view>& texts) {
        const ValueType type = valueTypeOf(typeName);
        std::vector<TokenId> ids;
        for (const std::string_view one : texts) ids.push_back(builder_.token(one));
        const size_t perElement = type.element == Element::Asset ? 2 : 1;
        USDTUNE_ASSERT(ids.size() % perElement == 0, "an asset is a pair of authored and resolved path");
        return builder_.copy(type, ids.data(), ids.size() / perElement);
    }
    /// Exact for the small numbers that tests use.
    static double halfBits(double number) {
        for (uint32_t bits = 0; bits < 0x10000; ++bits)
            if (halfToDouble(static_cast<uint16_t>(bits)) == number) return bits;
        USDTUNE_ASSERT(false, "the number has no half");
        return 0;
    }

    SceneBuilder& builder_;
    std::string path_;
    Prim facts_;
    std::vector<PropertyFixture> properties_;
    std::vector<Metadatum> metadata_;
    std::vector<TokenId> schemas_;
    std::vector<Arc> arcs_;
    std::vector<VariantSetFixture> variantSets_;
    std::vector<PrimFixture*> children_;
    std::string instanceOf_;
};

class SceneFixture {
public:
    /// Scenes that are compared by TokenId share a token table.
    explicit SceneFixture(std::shared_ptr<TokenTable> tokens = std::make_shared<TokenTable>(),
                          std::string_view layer = "/scene.usda")
        : builder_(std::move(tokens)) {
        builder_.layer({builder_.token("scene.usda"), builder_.token(layer), true, {}});
    }

    /// The prim at that path, made when it is new; a type name given later replaces the first.
    PrimFixture& prim(std::string_view path, std::string_view type = {}) {
        PrimFixture& found = at(std::string(path));
        if (!type.empty()) found.facts_.typeName = builder_.token(type);
        return found;
    }
    PrimFixture& mesh(std::string_view path, std::initializer_list<double> points, std::vector<int> counts,
                      std::vector<int> indices, std::string_view scheme = "none") {
        return prim(path, "Mesh")
            .attribute("subdivisionScheme", "token", {scheme})
            .array("faceVertexCounts", "int[]", std::move(counts))
            .array("faceVertexIndices", "int[]", std::move(indices))
            .attribute("points", "point3f[]", points);
    }
    PrimFixture& subset(std::string_view path, std::vector<int> indices, std::string_view family = "materialBind",
                        std::string_view elementType = "face") {
        return prim(path, "GeomSubset")
            .attribute("elementType", "token", {elementType})
            .attribute("familyName", "token", {family})
            .array("indices", "int[]", std::move(indices));
    }
    /// A Material with one UsdPreviewSurface called `name` of that diffuse colour.
    PrimFixture& previewMaterial(const std::string& path, double red, double green, double blue,
                                 const std::string& name = "Surface") {
        prim(path + "/" + name, "Shader")
            .attribute("info:id", "token", {"UsdPreviewSurface"})
            .attribute("inputs:diffuseColor", "color3f", {red, green, blue})
            .attribute("outputs:surface", "token");
        return prim(path, "Material")
            .attribute("outputs:surface", "token")
            .connect({path + "/" + name + ".outputs:surface"});
    }
    /// Ops that move the prim; a new one becomes an Xform.
    PrimFixture& translate(std::string_view path, double x, double y, double z) {
        const bool isNew = !prims_.contains(std::string(path));
        return prim(path, isNew ? "Xform" : "")
            .attribute("xformOp:translate", "double3", {x, y, z})
            .attribute("xformOpOrder", "token[]", {"xformOp:translate"});
    }
    /// Makes `path` an instance of the prototype that is described at `/__Prototype_…`.
    PrimFixture& instance(std::string_view path, std::string_view prototypeRoot) {
        PrimFixture& found = prim(path);
        prim(prototypeRoot);
        found.instanceOf_ = prototypeRoot;
        found.facts_.flags.instance = found.facts_.flags.instanceable = true;
        found.facts_.flags.hasArcs = true;
        return found;
    }

    SceneBuilder& builder() { return builder_; }
    TokenTable& tokens() { return builder_.tokens(); }

    /// The Scene; the fixture is spent afterwards.
    ScenePtr freeze() {
        for (PrimFixture* root : roots_)
            if (!isPrototype(root->path_)) emit(*root, root->path_);
        for (PrimFixture* root : roots_)
            if (isPrototype(root->path_)) emit(*root, throughFirstInstance(root->path_));
        for (const auto& [path, prim] : prims_)
            if (!prim->instanceOf_.empty()) builder_.instanceOf(rows_.at(path), rows_.at(prim->instanceOf_));
        return builder_.freeze();
    }

private:
    static bool isPrototype(std::string_view path) { return path.starts_with("/__Prototype_"); }

    PrimFixture& at(const std::string& path) {
        if (const auto found = prims_.find(path); found != prims_.end()) return *found->second;
        PrimFixture& made = *prims_.emplace(path, std::make_unique<PrimFixture>(builder_, path)).first->second;
        if (const size_t slash = path.rfind('/'); slash == 0) {
            roots_.push_back(&made);
        } else {
            const std::string parent = path.substr(0, slash);
            const bool isNew = !prims_.contains(parent);
            PrimFixture& above = at(parent);
            if (isNew && !isPrototype(parent)) above.facts_.typeName = builder_.token("Xform");
            above.children_.push_back(&made);
        }
        return made;
    }

    /// The path as the Scene names it: below a prototype, through the instance whose path sorts first.
    std::string throughFirstInstance(const std::string& path) {
        if (!isPrototype(path)) return path;
        const size_t rootEnd = std::min(path.find('/', 1), path.size());
        const std::string root = path.substr(0, rootEnd);
        std::string first;
        for (const auto& [instancePath, prim] : prims_) {
            if (prim->instanceOf_ != root) continue;
            const std::string candidate = throughFirstInstance(instancePath);
            if (first.empty() || candidate < first) first = candidate;
        }
        USDTUNE_ASSERT(!first.empty(), "a prototype has at least one instance");
        return first + path.substr(rootEnd);
    }

    void emit(PrimFixture& prim, const std::string& path) {
        Prim facts = prim.facts_;
        facts.path = builder_.token(path);
        const bool isRoot = isPrototype(prim.path_) && prim.path_.find('/', 1) == std::string::npos;
        const PrimId row = isRoot ? builder_.beginPrototype(facts) : builder_.beginPrim(facts);
        rows_[prim.path_] = row;
        for (const TokenId schema : prim.schemas_) builder_.apiSchema(schema);
        for (const Metadatum& metadatum : prim.metadata_) builder_.primMetadata(metadatum);
        for (const auto& property : prim.properties_) {
            builder_.beginProperty(property.facts);
            for (const TimeSample& sample : property.samples) builder_.sample(sample);
            for (const TokenId target : property.targets) builder_.target(target);
            for (const Metadatum& metadatum : property.metadata) builder_.propertyMetadata(metadatum);
        }
        for (Arc arc : prim.arcs_) {
            arc.prim = row;
            builder_.arc(arc);
        }
        for (const auto& set : prim.variantSets_) builder_.variantSet(row, set.name, set.selection, set.variants);
        for (PrimFixture* child : prim.children_) emit(*child, path + child->path_.substr(prim.path_.size()));
        builder_.endPrim();
    }

    SceneBuilder builder_;
    std::map<std::string, std::unique_ptr<PrimFixture>> prims_;
    std::vector<PrimFixture*> roots_;
    std::map<std::string, PrimId> rows_;
};

}  // namespace usdtune::test
