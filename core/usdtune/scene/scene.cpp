// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/scene.h"

#include <algorithm>
#include <tuple>

#include "usdtune/scene/schemas.h"

namespace usdtune {

namespace {

/// Rows of one prim out of a table that is sorted by prim.
template <class Row>
std::span<const Row> rowsOfPrim(const std::vector<Row>& rows, PrimId prim) {
    const auto begin = std::partition_point(rows.begin(), rows.end(), [&](const Row& row) { return row.prim < prim; });
    const auto end = std::partition_point(begin, rows.end(), [&](const Row& row) { return row.prim == prim; });
    return {begin, end};
}

template <class Row>
void sortByPrim(std::vector<Row>& rows) {
    const auto byPrim = [](const Row& a, const Row& b) { return a.prim < b.prim; };
    if (!std::is_sorted(rows.begin(), rows.end(), byPrim)) std::stable_sort(rows.begin(), rows.end(), byPrim);
}

Purpose purposeOf(std::string_view text, Purpose inherited) {
    if (text == "render") return Purpose::Render;
    if (text == "proxy") return Purpose::Proxy;
    if (text == "guide") return Purpose::Guide;
    return text == "default" ? Purpose::Default : inherited;
}

}  // namespace

std::shared_ptr<const Scene> Scene::freeze(SceneTables tables) {
    std::shared_ptr<Scene> scene(new Scene(std::move(tables)));
    scene->problems_ = scene->tables_.problems;
    scene->deriveLookups();
    scene->deriveImageable();
    scene->xforms_ = deriveXforms(*scene, scene->problems_);
    scene->meshes_ = deriveMeshes(*scene, scene->problems_);
    scene->meshOfPrim_.assign(scene->tables_.prims.size(), MeshId());
    for (size_t i = 0; i < scene->meshes_.size(); ++i) scene->meshOfPrim_[scene->meshes_[i].prim.index] = MeshId(i);
    scene->materials_ = deriveMaterials(*scene, scene->problems_);
    scene->sortProblems();
    return scene;
}

void Scene::deriveLookups() {
    const std::vector<Prim>& prims = tables_.prims;
    stagePrimCount_ = prims.size();
    for (size_t i = 0; i < prims.size() && stagePrimCount_ == prims.size(); ++i)
        if (prims[i].flags.prototypeRoot) stagePrimCount_ = i;

    primOfPath_.assign(tokens().size(), PrimId());
    for (size_t i = 0; i < prims.size(); ++i) {
        const TokenId path = prims[i].path;
        // A prototype's root stands at its first instance's path, which belongs to the instance.
        if (prims[i].flags.prototypeRoot || !path.valid() || primOfPath_[path.index].valid()) continue;
        primOfPath_[path.index] = PrimId(i);
    }

    sortByPrim(tables_.arcs);
    sortByPrim(tables_.variantSets);
    const auto byText = [this](TokenId a, TokenId b) { return text(a) < text(b); };
    if (!std::is_sorted(tables_.latentTargets.begin(), tables_.latentTargets.end(), byText))
        std::sort(tables_.latentTargets.begin(), tables_.latentTargets.end(), byText);
}

void Scene::deriveImageable() {
    const std::vector<Prim>& prims = tables_.prims;
    const TokenId visibilityName = tokens().find("visibility");
    const TokenId purposeName = tokens().find("purpose");
    visible_.assign(prims.size(), true);
    purpose_.assign(prims.size(), Purpose::Default);
    for (size_t i = 0; i < prims.size(); ++i) {
        const PrimId id(i), parent = prims[i].parent;
        if (parent.valid()) {
            visible_[i] = visible_[parent.index];
            purpose_[i] = purpose_[parent.index];
        }
        if (prims[i].flags.prototypeRoot || !isImageableType(typeName(id))) continue;
        if (const PropertyId row = findProperty(id, visibilityName); row.valid())
            if (textOf(property(row).value) == "invisible") visible_[i] = false;
        if (const PropertyId row = findProperty(id, purposeName); row.valid())
            purpose_[i] = purposeOf(textOf(property(row).value), purpose_[i]);
    }
}

void Scene::sortProblems() {
    const auto order = [this](const ContentProblem& a, const ContentProblem& b) {
        return std::tuple(text(a.path), std::string_view(a.code), std::string_view(a.message)) <
               std::tuple(text(b.path), std::string_view(b.code), std::string_view(b.message));
    };
    std::stable_sort(problems_.begin(), problems_.end(), order);
}

PrimId Scene::findThroughInstances(std::string_view path) const {
    if (const PrimId found = find(path); found.valid() || prototypes().empty()) return found;
    if (path.empty() || path.front() != '/') return {};
    PrimId at;
    for (size_t begin = 1; begin <= path.size();) {
        const size_t end = std::min(path.find('/', begin), path.size());
        const std::string_view name = path.substr(begin, end - begin);
        if (!at.valid()) {
            at = find(path.substr(0, end));
        } else {
            const PrimId above = prim(at).flags.instance && prim(at).prototype.valid() ? prim(at).prototype : at;
            at = PrimId();
            for (uint32_t row = above.index + 1; row < prim(above).subtreeEnd && !at.valid();
                 row = prims()[row].subtreeEnd)
                if (text(prims()[row].name) == name) at = PrimId(row);
        }
        if (!at.valid()) return {};
        begin = end + 1;
    }
    return at;
}

std::vector<PrimId> Scene::children(PrimId id) const {
    std::vector<PrimId> out;
    for (uint32_t row = id.index + 1; row < prim(id).subtreeEnd; row = prims()[row].subtreeEnd) out.emplace_back(row);
    return out;
}

std::span<const Property> Scene::properties(PrimId id) const {
    const RowRange range = prim(id).properties;
    return {tables_.properties.data() + range.begin, range.size()};
}

PropertyId Scene::findProperty(PrimId prim, TokenId name) const {
    if (!name.valid()) return {};
    const RowRange range = this->prim(prim).properties;
    for (uint32_t row = range.begin; row < range.end; ++row)
        if (tables_.properties[row].name == name) return PropertyId(row);
    return {};
}

Value Scene::value(PrimId prim, std::string_view name) const {
    const PropertyId row = findProperty(prim, name);
    return row.valid() ? property(row).value : Value();
}

Value Scene::metadatum(RowRange range, std::string_view key) const {
    const TokenId id = tokens().find(key);
    if (!id.valid()) return {};
    for (const Metadatum& row : metadata(range))
        if (row.key == id) return row.value;
    return {};
}

std::string_view Scene::textOf(const Value& value) const {
    if (value.type.element != Element::Text || value.type.isArray || value.count == 0) return {};
    return text(*static_cast<const TokenId*>(value.data));
}

bool Scene::hasApiSchema(PrimId prim, std::string_view schema) const {
    for (const TokenId id : tokenList(this->prim(prim).apiSchemas)) {
        const std::string_view applied = text(id);
        if (applied.starts_with(schema) && (applied.size() == schema.size() || applied[schema.size()] == ':'))
            return true;
    }
    return false;
}

std::span<const Arc> Scene::arcs(PrimId prim) const { return rowsOfPrim(tables_.arcs, prim); }
std::span<const VariantSet> Scene::variantSets(PrimId prim) const { return rowsOfPrim(tables_.variantSets, prim); }

bool Scene::isLatentTarget(std::string_view path) const {
    const std::vector<TokenId>& targets = tables_.latentTargets;
    const auto firstFrom = [&](std::string_view wanted) {
        const auto at = std::lower_bound(targets.begin(), targets.end(), wanted,
                                         [this](TokenId a, std::string_view b) { return text(a) < b; });
        return at == targets.end() ? std::string_view() : text(*at);
    };
    if (path.empty() || targets.empty()) return false;
    if (path == "/" || firstFrom(path) == path) return true;
    std::string below(path);
    for (const char separator : {'/', '.', '['}) {
        below.push_back(separator);
        if (firstFrom(below).starts_with(below)) return true;
        below.pop_back();
    }
    return false;
}

}  // namespace usdtune
