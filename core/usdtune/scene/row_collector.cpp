// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/row_collector.h"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace usdtune {

namespace {
constexpr std::string_view kPrototypePrefix = "/__Prototype_";
constexpr size_t kChunkBytes = size_t{1} << 20;
}  // namespace

RowCollector::RowCollector(std::shared_ptr<TokenTable> tokens) { tables_.tokens = std::move(tokens); }

LayerId RowCollector::addLayer(Layer layer) {
    tables_.layers.push_back(layer);
    tables_.layers.back().metadata = {static_cast<uint32_t>(tables_.metadata.size()),
                                      static_cast<uint32_t>(tables_.metadata.size())};
    return LayerId(tables_.layers.size() - 1);
}

void RowCollector::layerMetadatum(LayerId layer, Metadatum datum) {
    Layer& row = tables_.layers[layer.index];
    USDTUNE_ASSERT(row.metadata.end == tables_.metadata.size(), "a layer's metadata follows the layer directly");
    tables_.metadata.push_back(datum);
    row.metadata.end++;
}

TokenId RowCollector::parentOf(TokenId path) {
    const auto [slot, isNew] = parentCache_.try_emplace(path);
    if (isNew) {
        const std::string_view text = tokens().text(path);
        const size_t slash = text.rfind('/');
        const TokenId parent = slash == 0 || slash == std::string_view::npos
                                   ? TokenId()
                                   : tokens().intern(std::string(text.substr(0, slash)));
        parentCache_[path] = parent;
        return parent;
    }
    return slot->second;
}

void RowCollector::addPrim(const Prim& prim, TokenId prototype) {
    PrimRow row;
    row.prim = prim;
    row.prototype = prototype;
    row.composed = composedPass_;
    row.parentPath = parentOf(prim.path);
    prims_.push_back(std::move(row));
    primMetadata_.emplace_back();
    primSchemas_.emplace_back();
}

void RowCollector::apiSchema(TokenId schema) { primSchemas_.back().push_back(schema); }
void RowCollector::primMetadatum(Metadatum datum) { primMetadata_.back().push_back(datum); }

void RowCollector::addProperty(TokenId primPath, const Property& property) {
    PropertyRow row;
    row.property = property;
    row.primPath = primPath;
    row.composed = composedPass_;
    const auto at = [](const auto& pool) {
        return RowRange{static_cast<uint32_t>(pool.size()), static_cast<uint32_t>(pool.size())};
    };
    row.metadata = at(metadataPool_);
    row.samples = at(samplePool_);
    row.targets = at(targetPool_);
    properties_.push_back(row);
}

void RowCollector::sample(TimeSample sample) {
    samplePool_.push_back(sample);
    properties_.back().samples.end++;
}

void RowCollector::target(TokenId path) {
    targetPool_.push_back(path);
    properties_.back().targets.end++;
    properties_.back().property.hasTargets = true;
}

void RowCollector::propertyMetadatum(Metadatum datum) {
    metadataPool_.push_back(datum);
    properties_.back().metadata.end++;
}

void RowCollector::addArc(TokenId primPath, Arc arc) { arcs_.emplace_back(primPath, arc); }

void RowCollector::addVariantSet(TokenId primPath, TokenId name, TokenId selection, std::vector<TokenId> variants) {
    variantSets_.push_back({primPath, name, selection, std::move(variants)});
}

void RowCollector::addPrototype(TokenId internalPath, TokenId firstInstance, TokenId source) {
    prototypeRows_.push_back({internalPath, firstInstance, source});
    canonicalPrefix_[internalPath] = firstInstance;
}

void* RowCollector::allocate(size_t bytes) {
    bytes = (bytes + 15) & ~size_t{15};
    if (bytes > chunkLeft_) {
        const size_t size = std::max(bytes, kChunkBytes);
        std::shared_ptr<std::byte[]> chunk(new std::byte[size]);
        chunk_ = chunk.get();
        chunkLeft_ = size;
        tables_.keepers.push_back(Keeper(chunk, chunk.get()));
    }
    void* out = chunk_;
    chunk_ += bytes;
    chunkLeft_ -= bytes;
    return out;
}

/// `/__Prototype_3/Bolt` becomes `<first instance>/Bolt`; other paths stay.
TokenId RowCollector::canonical(TokenId path) {
    const std::string_view text = tokens().text(path);
    if (!text.starts_with(kPrototypePrefix)) return path;
    const size_t end = text.find_first_of("/.", 1);
    const TokenId root = tokens().find(text.substr(0, end));
    const auto found = root.valid() ? canonicalPrefix_.find(root) : canonicalPrefix_.end();
    if (found == canonicalPrefix_.end()) return path;
    std::string out(tokens().text(found->second));
    if (end != std::string_view::npos) out += text.substr(end);
    return tokens().intern(out);
}

void RowCollector::emit(uint32_t index, PrimId parent, bool inPrototype) {
    // Recursion depth is the depth of the namespace, which Sdf itself walks recursively.
    const PrimId id(tables_.prims.size());
    const auto textLess = [this](TokenId a, TokenId b) { return tokens().text(a) < tokens().text(b); };
    const auto poolMark = [](const auto& pool) { return static_cast<uint32_t>(pool.size()); };

    Prim prim = prims_[index].prim;
    prim.parent = parent;
    prim.flags.inPrototype = inPrototype;
    prim.flags.prototypeRoot = inPrototype && !parent.valid();
    prim.path = canonical(prim.path);
    const PrimFlags* above = parent.valid() ? &tables_.prims[parent.index].flags : nullptr;
    prim.flags.defined = prim.specifier != Specifier::Over && (above == nullptr || above->defined);
    prim.flags.abstract = prim.specifier == Specifier::Class || (above != nullptr && above->abstract);

    auto& metadata = primMetadata_[index];
    std::sort(metadata.begin(), metadata.end(), [&](const auto& a, const auto& b) { return textLess(a.key, b.key); });
    prim.metadata.begin = poolMark(tables_.metadata);
    tables_.metadata.insert(tables_.metadata.end(), metadata.begin(), metadata.end());
    prim.metadata.end = poolMark(tables_.metadata);
    prim.apiSchemas.begin = poolMark(tables_.tokenLists);
    tables_.tokenLists.insert(tables_.tokenLists.end(), primSchemas_[index].begin(), primSchemas_[index].end());
    prim.apiSchemas.end = poolMark(tables_.tokenLists);

    auto& own = prims_[index].properties;
    std::sort(own.begin(), own.end(), [&](uint32_t a, uint32_t b) {
        return textLess(properties_[a].property.name, properties_[b].property.name);
    });
    prim.properties.begin = poolMark(tables_.properties);
    for (const uint32_t propertyIndex : own) {
        const PropertyRow& row = properties_[propertyIndex];
        Property property = row.property;
        property.prim = id;
        const auto metaBegin = metadataPool_.begin() + row.metadata.begin;
        std::sort(metaBegin, metadataPool_.begin() + row.metadata.end,
                  [&](const auto& a, const auto& b) { return textLess(a.key, b.key); });
        property.metadata.begin = poolMark(tables_.metadata);
        tables_.metadata.insert(tables_.metadata.end(), metaBegin, metadataPool_.begin() + row.metadata.end);
        property.metadata.end = poolMark(tables_.metadata);
        property.samples.begin = poolMark(tables_.samples);
        tables_.samples.insert(tables_.samples.end(), samplePool_.begin() + row.samples.begin,
                               samplePool_.begin() + row.samples.end);
        property.samples.end = poolMark(tables_.samples);
        property.targets.begin = poolMark(tables_.tokenLists);
        for (uint32_t t = row.targets.begin; t < row.targets.end; ++t)
            tables_.tokenLists.push_back(canonical(targetPool_[t]));
        property.targets.end = poolMark(tables_.tokenLists);
        tables_.properties.push_back(property);
    }
    prim.properties.end = poolMark(tables_.properties);
    tables_.prims.push_back(prim);
    // A stage does not compose what is below an inactive prim; readers name its targets as latent.
    if (prim.flags.active)
        for (const uint32_t child : prims_[index].children) emit(child, id, inPrototype);
    tables_.prims[id.index].subtreeEnd = poolMark(tables_.prims);
}

SceneTables RowCollector::finish() {
    const std::unordered_set<TokenId> composedRoots(composedRoots_.begin(), composedRoots_.end());

    // The first row of a path holds its place; a composed row for the same path takes that place over.
    std::vector<uint32_t> place;  // rows in the order in which siblings were met
    for (uint32_t i = 0; i < prims_.size(); ++i) {
        const auto [slot, isNew] = rowOfPath_.try_emplace(prims_[i].prim.path, i);
        if (isNew) {
            place.push_back(i);
            continue;
        }
        prims_[slot->second].dropped = true;
        slot->second = i;
    }
    std::vector<uint32_t> roots, prototypeRoots;
    // A prim below a composed root counts only if the composed pass met it; order then is that pass's order.
    const auto belowComposedRoot = [&](TokenId path) {
        for (TokenId p = parentOf(path); p.valid(); p = parentOf(p))
            if (composedRoots.contains(p)) return true;
        return false;
    };
    const bool anyComposed = !composedRoots.empty();
    for (const uint32_t first : place) {
        uint32_t row = rowOfPath_.at(prims_[first].prim.path);
        if (anyComposed && belowComposedRoot(prims_[row].prim.path)) continue;
        const TokenId parent = prims_[row].parentPath;
        if (parent.valid()) {
            if (const auto found = rowOfPath_.find(parent); found != rowOfPath_.end())
                prims_[found->second].children.push_back(row);
        } else if (tokens().text(prims_[row].prim.path).starts_with(kPrototypePrefix)) {
            prototypeRoots.push_back(row);
        } else {
            roots.push_back(row);
        }
    }
    if (anyComposed) {
        for (uint32_t i = 0; i < prims_.size(); ++i) {
            if (!prims_[i].composed || !belowComposedRoot(prims_[i].prim.path)) continue;
            if (const auto found = rowOfPath_.find(prims_[i].parentPath); found != rowOfPath_.end())
                prims_[found->second].children.push_back(i);
        }
    }
    for (uint32_t i = 0; i < properties_.size(); ++i) {
        const auto found = rowOfPath_.find(properties_[i].primPath);
        if (found == rowOfPath_.end() || prims_[found->second].composed != properties_[i].composed) continue;
        prims_[found->second].properties.push_back(i);
    }

    tables_.prims.reserve(prims_.size());
    tables_.properties.reserve(properties_.size());
    for (const uint32_t root : roots) emit(root, PrimId(), false);
    const auto byFirstInstance = [&](uint32_t a, uint32_t b) {
        const auto name = [&](uint32_t row) {
            const auto found = canonicalPrefix_.find(prims_[row].prim.path);
            return found == canonicalPrefix_.end() ? tokens().text(prims_[row].prim.path)
                                                   : tokens().text(found->second);
        };
        return name(a) < name(b);
    };
    std::sort(prototypeRoots.begin(), prototypeRoots.end(), byFirstInstance);
    std::unordered_map<TokenId, PrimId> prototypeRow;
    for (const uint32_t root : prototypeRoots) {
        prototypeRow[prims_[root].prim.path] = PrimId(tables_.prims.size());
        emit(root, PrimId(), true);
    }

    std::unordered_map<TokenId, PrimId> rowAt;  // canonical path -> row; instances before the prototypes they share
    for (uint32_t i = 0; i < tables_.prims.size(); ++i)
        if (!tables_.prims[i].flags.prototypeRoot) rowAt.try_emplace(tables_.prims[i].path, PrimId(i));
    for (const PrimRow& row : prims_) {
        if (!row.prototype.valid() || row.dropped) continue;
        const auto prim = rowAt.find(canonical(row.prim.path));
        const auto named = prototypeOf_.find(row.prototype);
        const auto prototype = prototypeRow.find(named == prototypeOf_.end() ? row.prototype : named->second);
        if (prim != rowAt.end() && prototype != prototypeRow.end())
            tables_.prims[prim->second.index].prototype = prototype->second;
    }
    for (const PrototypeRow& row : prototypeRows_) {
        const auto root = prototypeRow.find(row.internalPath);
        if (root == prototypeRow.end()) continue;
        const auto first = rowAt.find(row.firstInstance);
        tables_.prototypes.push_back({root->second, first == rowAt.end() ? PrimId() : first->second, row.source});
    }
    std::sort(tables_.prototypes.begin(), tables_.prototypes.end(),
              [](const Prototype& a, const Prototype& b) { return a.root.index < b.root.index; });
    for (auto& [path, arc] : arcs_) {
        if (path.valid()) {
            const auto found = rowAt.find(canonical(path));
            if (found == rowAt.end()) continue;
            arc.prim = found->second;
        }
        tables_.arcs.push_back(arc);
    }
    std::stable_sort(tables_.arcs.begin(), tables_.arcs.end(),
                     [](const Arc& a, const Arc& b) { return a.prim.index < b.prim.index; });
    for (VariantRow& row : variantSets_) {
        const auto found = rowAt.find(canonical(row.prim));
        if (found == rowAt.end()) continue;
        std::sort(row.variants.begin(), row.variants.end(),
                  [&](TokenId a, TokenId b) { return tokens().text(a) < tokens().text(b); });
        const auto begin = static_cast<uint32_t>(tables_.tokenLists.size());
        tables_.tokenLists.insert(tables_.tokenLists.end(), row.variants.begin(), row.variants.end());
        tables_.variantSets.push_back(
            {found->second, row.name, row.selection, {begin, static_cast<uint32_t>(tables_.tokenLists.size())}});
    }
    std::stable_sort(tables_.variantSets.begin(), tables_.variantSets.end(),
                     [](const auto& a, const auto& b) { return a.prim.index < b.prim.index; });
    std::sort(latentTargets_.begin(), latentTargets_.end(),
              [&](TokenId a, TokenId b) { return tokens().text(a) < tokens().text(b); });
    latentTargets_.erase(std::unique(latentTargets_.begin(), latentTargets_.end()), latentTargets_.end());
    tables_.latentTargets = std::move(latentTargets_);
    std::stable_sort(tables_.problems.begin(), tables_.problems.end(), [&](const auto& a, const auto& b) {
        return std::make_tuple(tokens().text(a.path), std::string_view(a.code)) <
               std::make_tuple(tokens().text(b.path), std::string_view(b.code));
    });
    return std::move(tables_);
}

}  // namespace usdtune
