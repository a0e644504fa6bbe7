// SPDX-License-Identifier: Apache-2.0
//
// A node's hash is made of what it says and of the hashes of what it is connected to, so two networks that differ
// only in names get one hash. Hashes are memoised per material; a node inside a loop depends on where the walk came
// from, so it is hashed by its distance to the node it leads back to and not memoised. Set aside: partition
// refinement, which also equates loops entered at different nodes; nobody authors those.
#include "usdtune/scene/networks.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "usdtune/scene/scene.h"

namespace usdtune {

namespace {

/// Beyond these a network is not understood: no authored one comes near, a hostile one must not cost the stack.
constexpr size_t kDepthLimit = 256;
constexpr size_t kVisitLimit = 50'000;

/// Marks what follows in a hash, so that different statements cannot run together.
enum class Mark : uint8_t {
    Literal,
    Connection,
    Dangling,
    Unset,
    Loop,
    Output,
    Info,
    Input,
    Metadata,
    Samples,
    Other,
    Prim,
    Property,
    Arc,
    Variant,
    Parameter
};

bool isInput(std::string_view name) { return name.starts_with("inputs:"); }
bool isOutput(std::string_view name) { return name.starts_with("outputs:"); }

/// Inside one scene, assets are the same when they resolve to the same file. One that resolves nowhere keeps its
/// authored path, with the layer it is relative to where that decides. Two scenes have a naming of their own.
void feedAsset(Hasher& hasher, const Scene& scene, const Value& value, LayerId layer, const AssetNaming* naming) {
    const std::span pairs(static_cast<const TokenId*>(value.data), value.count * 2);
    for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
        const std::string_view authored = scene.text(pairs[i]), resolved = scene.text(pairs[i + 1]);
        if (naming != nullptr) {
            hasher.text((*naming)(authored, resolved, layer));
            continue;
        }
        hasher.text(resolved);
        if (!resolved.empty()) continue;
        hasher.text(authored);
        const bool anchored =
            authored.starts_with("./") || authored.starts_with("../") || authored.find('<') != std::string_view::npos;
        if (anchored && layer.valid() && layer.index < scene.tables().layers.size())
            hasher.text(scene.text(scene.layer(layer).identifier));
    }
}

void feedValue(Hasher& hasher, const Scene& scene, const Value& value, LayerId layer,
               const AssetNaming* naming = nullptr) {
    if (value.type.element != Element::Asset) return hasher.hash(hashContent(value, scene.tokens()));
    hasher.value(Element::Asset);
    hasher.value(static_cast<uint8_t>(value.type.isArray));
    hasher.value(value.count);
    feedAsset(hasher, scene, value, layer, naming);
}

bool isParameterType(std::string_view typeName) {
    static constexpr std::string_view kTypes[] = {"color3f", "color4f", "float", "float2", "float3", "float4"};
    return std::find(std::begin(kTypes), std::end(kTypes), typeName) != std::end(kTypes);
}

bool holdsUnknown(const Property& row) { return row.flags.opaque || row.value.type.element == Element::Opaque; }

/// `/A/B.outputs:x` → `/A/B` and `outputs:x`.
std::pair<std::string_view, std::string_view> splitPropertyPath(std::string_view path) {
    const size_t dot = path.find('.', path.rfind('/') + 1);
    return dot == std::string_view::npos ? std::pair(path, std::string_view())
                                         : std::pair(path.substr(0, dot), path.substr(dot + 1));
}

/// A node's hash, and the depth of the shallowest open node that it leads back to (its own depth or more: none).
struct Hashed {
    Hash128 hash;
    size_t loopsTo = static_cast<size_t>(-1);
    bool unset = false;  ///< nothing is delivered: whoever is connected falls back to its own value
};

}  // namespace

/// One walk over one material.
struct NetworkReader::Walk {
    const NetworkReader& reader;
    const Scene& scene;
    Material& material;
    const AssetNaming* naming = nullptr;
    std::unordered_map<uint32_t, Hash128> nodes = {};  ///< finished shaders
    std::vector<PropertyId> open = {};                 ///< what the walk is inside of, outermost first
    size_t visits = 0;
    std::vector<PropertyId>* parameters = nullptr;  ///< collects plain numbers instead of hashing them
    const PrimvarLookup* drawnAt = nullptr;         ///< replaces primvar readers by what they deliver

    /// The attribute a target path names; its prim alone in `prim` when there is no such attribute.
    PropertyId attributeAt(TokenId path, PrimId& prim) const {
        const auto [primPath, name] = splitPropertyPath(scene.text(path));
        prim = scene.findThroughInstances(primPath);
        return prim.valid() && !name.empty() ? scene.findProperty(prim, name) : PropertyId();
    }

    bool isContainer(PrimId prim) const {
        const std::string_view type = scene.typeName(prim);
        return type == "Material" || type == "NodeGraph";
    }

    void feedSamples(Hasher& hasher, const Property& row) {
        if (!row.flags.animated) return;
        material.animated = true;
        // Splines and clips have no samples of their own here.
        if (row.samples.empty()) material.understood = false;
        hasher.value(Mark::Samples);
        hasher.value(static_cast<uint64_t>(row.samples.size()));
        for (const TimeSample& sample : scene.samples(row)) {
            hasher.value(sample.time);
            hasher.value(static_cast<uint8_t>(sample.blocked));
            if (sample.value.empty() && !sample.blocked) material.understood = false;
            feedValue(hasher, scene, sample.value, row.layer, naming);
        }
    }

    void feedMeaning(Hasher& hasher, const Property& row) const {
        for (const Metadatum& metadatum : scene.metadata(row.metadata)) {
            if (metadatum.key != reader.colorSpace_ && metadatum.key != reader.renderType_ &&
                metadatum.key != reader.sdrMetadata_)
                continue;
            hasher.value(Mark::Metadata);
            hasher.text(scene.text(metadatum.key));
            feedValue(hasher, scene, metadatum.value, row.layer, naming);
        }
    }

    /// What an attribute delivers: a shader's output, a value handed on through interfaces, or its own value.
    Hashed source(PropertyId id) {
        const Property& row = scene.property(id);
        const auto at = std::find(open.begin(), open.end(), id);
        if (at != open.end()) {
            Hasher hasher;
            hasher.value(Mark::Loop);
            hasher.value(static_cast<uint64_t>(open.end() - at));
            return {hasher.finish(), static_cast<size_t>(at - open.begin())};
        }
        if (open.size() >= kDepthLimit || ++visits > kVisitLimit) {
            material.understood = false;
            return {};
        }
        open.push_back(id);
        Hashed out = row.targets.empty() ? literal(row) : connections(row);
        open.pop_back();
        return out;
    }

    Hashed literal(const Property& row) { return literal(row, row.value); }
    Hashed literal(const Property& row, const Value& value) {
        if (holdsUnknown(row)) material.understood = false;
        const bool holdsAsset =
            scene.text(row.typeName).starts_with("asset") && (value.count > 0 || row.flags.animated);
        if (holdsAsset || value.type.element == Element::Asset) material.usesTextures = true;
        const bool unset = value.empty() && !row.flags.animated;
        Hasher hasher;
        hasher.value(unset ? Mark::Unset : Mark::Literal);
        if (!value.empty()) feedValue(hasher, scene, value, row.layer, naming);
        feedSamples(hasher, row);
        feedMeaning(hasher, row);
        return {hasher.finish(), static_cast<size_t>(-1), unset};
    }

    Hashed connections(const Property& row) {
        Hasher hasher;
        Hashed out;
        const auto targets = scene.tokenList(row.targets);
        const bool hasOwnValue = !row.value.empty() || row.flags.animated;
        bool dangles = false;
        for (const TokenId path : targets) {
            PrimId prim;
            const PropertyId attribute = attributeAt(path, prim);
            Hashed delivered;
            if (!prim.valid()) {
                dangles = true;
                Hasher text;
                text.value(Mark::Dangling);
                text.text(scene.text(path));
                delivered.hash = text.finish();
            } else if (isContainer(prim) || !isOutput(splitPropertyPath(scene.text(path)).second)) {
                // Through a node graph's output, an interface input, or an input that another input reads.
                if (attribute.valid()) delivered = source(attribute);
                dangles = dangles || !attribute.valid();
            } else {
                const std::string_view output = splitPropertyPath(scene.text(path)).second;
                if (const Value value = valueAsDrawn(prim, output, row); !value.empty() && targets.size() == 1)
                    return literal(row, value);
                delivered = shader(prim, output);
            }
            // One connection is what it delivers, so an interface input counts as the value that it hands on.
            if (targets.size() == 1 && delivered.unset && hasOwnValue) return literal(row);
            if (targets.size() == 1 && !dangles) return withMeaning(delivered, row);
            dangles = dangles || delivered.unset;
            hasher.hash(delivered.hash);
            out.loopsTo = std::min(out.loopsTo, delivered.loopsTo);
        }
        hasher.value(Mark::Connection);
        // Where a connection leads nowhere, renderers fall back to the value.
        if (dangles && hasOwnValue) hasher.hash(literal(row).hash);
        out.hash = hasher.finish();
        return withMeaning(out, row);
    }

    std::string_view textAt(PrimId prim, TokenId name) const {
        const PropertyId row = scene.findProperty(prim, name);
        return row.valid() ? scene.textOf(scene.property(row).value) : std::string_view();
    }

    /// What a primvar reader hands to the input `row`, where the walk knows the place that is drawn.
    Value valueAsDrawn(PrimId shader, std::string_view output, const Property& row) const {
        if (drawnAt == nullptr || output != "outputs:result") return {};
        if (!textAt(shader, reader.infoId_).starts_with("UsdPrimvarReader_")) return {};
        const PropertyId varname = scene.findProperty(shader, reader.varname_);
        if (!varname.valid() || !scene.property(varname).targets.empty() || scene.property(varname).flags.animated)
            return {};
        const Value value = (*drawnAt)(scene.textOf(scene.property(varname).value));
        return value.type == valueTypeOf(scene.text(row.typeName)) ? value : Value();
    }

    /// A plain number of a preview surface, which a primvar could deliver as well.
    bool isParameter(PrimId prim, const Property& row) const {
        return row.targets.empty() && !row.flags.animated && !row.value.empty() && isInput(scene.text(row.name)) &&
               isParameterType(scene.text(row.typeName)) && row.value.type == valueTypeOf(scene.text(row.typeName)) &&
               textAt(prim, reader.infoId_) == "UsdPreviewSurface";
    }

    Hashed withMeaning(Hashed delivered, const Property& row) const {
        Hasher meaning;
        feedMeaning(meaning, row);
        if (meaning.finish() == Hasher().finish()) return delivered;
        meaning.hash(delivered.hash);
        return {meaning.finish(), delivered.loopsTo, delivered.unset};
    }

    /// One output of a shader.
    Hashed shader(PrimId prim, std::string_view output) {
        // The shader's name attribute stands for the whole node on the stack of open ones.
        Hashed node;
        if (const auto known = nodes.find(prim.index); known != nodes.end()) {
            node.hash = known->second;
        } else {
            node = readNode(prim);
        }
        Hasher hasher;
        hasher.value(Mark::Connection);
        hasher.hash(node.hash);
        hasher.text(output);
        return {hasher.finish(), node.loopsTo};
    }

    Hashed readNode(PrimId prim) {
        const size_t depth = open.size();
        Hasher hasher;
        Hashed out;
        hasher.text(scene.typeName(prim));
        if (scene.prim(prim).flags.opaque) material.understood = false;
        for (const Metadatum& metadatum : scene.metadata(scene.prim(prim).metadata)) {
            if (metadatum.key != reader.sdrMetadata_) continue;
            hasher.value(Mark::Metadata);
            feedValue(hasher, scene, metadatum.value, scene.prim(prim).layer, naming);
        }
        // Properties stand sorted by name.
        for (const Property& row : scene.properties(prim)) {
            const std::string_view name = scene.text(row.name);
            if (row.flags.relationship || isOutput(name)) continue;
            if (!isInput(name) && !name.starts_with("info:")) continue;
            if (row.value.empty() && row.targets.empty() && !row.flags.animated && !row.flags.opaque) continue;
            hasher.value(isInput(name) ? Mark::Input : Mark::Info);
            hasher.text(name);
            hasher.text(scene.text(row.typeName));
            if (parameters != nullptr && isParameter(prim, row)) {
                parameters->push_back(scene.propertyId(row));
                hasher.value(Mark::Parameter);
                feedMeaning(hasher, row);
                continue;
            }
            const Hashed delivered = source(scene.propertyId(row));
            hasher.hash(delivered.hash);
            out.loopsTo = std::min(out.loopsTo, delivered.loopsTo);
        }
        out.hash = hasher.finish();
        if (out.loopsTo >= depth) {
            out.loopsTo = static_cast<size_t>(-1);
            nodes.emplace(prim.index, out.hash);
        }
        readPurpose(prim);
        return out;
    }

    /// What a node reads beyond its inputs.
    void readPurpose(PrimId prim) {
        const std::string_view id = textAt(prim, reader.infoId_),
                               implementation = textAt(prim, reader.implementationSource_);
        const bool known = !id.empty() && (implementation.empty() || implementation == "id");
        if (known && id == "UsdUVTexture") material.usesTextures = true;
        if (known && (id == "UsdPreviewSurface" || id == "UsdUVTexture" || id == "UsdTransform2d")) return;
        if (!known || !id.starts_with("UsdPrimvarReader_")) {
            material.readsUnknownPrimvars = true;
            return;
        }
        const PropertyId varname = scene.findProperty(prim, reader.varname_);
        if (!varname.valid()) return;
        PropertyId at = varname;
        for (size_t step = 0; step < kDepthLimit && !scene.property(at).targets.empty(); ++step) {
            PrimId holder;
            const auto targets = scene.tokenList(scene.property(at).targets);
            const PropertyId next = targets.size() == 1 ? attributeAt(targets[0], holder) : PropertyId();
            if (!next.valid() || (isOutput(scene.text(scene.property(next).name)) && !isContainer(holder))) {
                material.readsUnknownPrimvars = true;
                return;
            }
            at = next;
        }
        const Property& literalRow = scene.property(at);
        const Value& value = literalRow.value;
        if (!literalRow.targets.empty() || literalRow.flags.animated)
            material.readsUnknownPrimvars = true;
        else if (!scene.textOf(value).empty())
            material.readPrimvars.push_back(*static_cast<const TokenId*>(value.data));
        else if (!value.empty() && value.type.element != Element::Text)
            material.readsUnknownPrimvars = true;
    }

    Hash128 network() {
        Hasher hasher;
        for (const TokenId schema : scene.tokenList(scene.prim(material.prim).apiSchemas)) {
            hasher.value(Mark::Other);
            hasher.text(scene.text(schema));
        }
        for (const Property& row : scene.properties(material.prim)) {
            const std::string_view name = scene.text(row.name);
            if (row.flags.relationship || isInput(name) || name.starts_with("ui:")) continue;
            if (row.value.empty() && row.targets.empty() && !row.flags.animated && !row.flags.opaque) continue;
            const Hashed delivered = source(scene.propertyId(row));
            hasher.value(isOutput(name) ? Mark::Output : Mark::Other);
            hasher.text(name);
            hasher.hash(delivered.hash);
        }
        return hasher.finish();
    }
};

NetworkReader::NetworkReader(const Scene& scene)
    : scene_(scene),
      colorSpace_(scene.tokens().find("colorSpace")),
      renderType_(scene.tokens().find("renderType")),
      sdrMetadata_(scene.tokens().find("sdrMetadata")),
      varname_(scene.tokens().find("inputs:varname")),
      infoId_(scene.tokens().find("info:id")),
      implementationSource_(scene.tokens().find("info:implementationSource")) {}

Material NetworkReader::read(PrimId prim) const {
    Material out;
    out.prim = prim;
    Walk walk{*this, scene_, out};
    out.networkHash = walk.network();
    for (uint32_t row = prim.index; row < scene_.prim(prim).subtreeEnd; ++row) {
        if (scene_.prims()[row].flags.opaque) out.understood = false;
        for (const Property& property : scene_.properties(PrimId(row)))
            if (holdsUnknown(property)) out.understood = false;
    }
    std::sort(out.readPrimvars.begin(), out.readPrimvars.end(),
              [&](TokenId a, TokenId b) { return scene_.text(a) < scene_.text(b); });
    out.readPrimvars.erase(std::unique(out.readPrimvars.begin(), out.readPrimvars.end()), out.readPrimvars.end());
    out.authoredHash = authoredHash(prim);
    return out;
}

ParametricNetwork NetworkReader::readParametric(PrimId prim) const {
    ParametricNetwork out;
    Material unused;
    unused.prim = prim;
    Walk walk{*this, scene_, unused};
    walk.parameters = &out.parameters;
    out.hash = walk.network();
    return out;
}

Hash128 NetworkReader::hashAsDrawn(PrimId prim, const PrimvarLookup& lookup, const AssetNaming& naming) const {
    Material unused;
    unused.prim = prim;
    Walk walk{*this, scene_, unused, &naming};
    walk.drawnAt = &lookup;
    return walk.network();
}

Hash128 NetworkReader::networkHash(PrimId prim, const AssetNaming& naming) const {
    Material unused;
    unused.prim = prim;
    return Walk{*this, scene_, unused, &naming}.network();
}

Hash128 NetworkReader::authoredHash(PrimId material) const {
    const Scene& scene = scene_;
    const std::string_view root = scene.path(material);
    // Paths inside the material are told from its root, others in full.
    const auto feedPath = [&](Hasher& hasher, TokenId path) {
        const std::string_view text = scene.text(path);
        const bool inside = text.starts_with(root) &&
                            (text.size() == root.size() || text[root.size()] == '/' || text[root.size()] == '.');
        hasher.value(static_cast<uint8_t>(inside));
        hasher.text(inside ? text.substr(root.size()) : text);
    };
    const auto feedMetadata = [&](Hasher& hasher, RowRange range, LayerId layer) {
        hasher.value(static_cast<uint64_t>(range.size()));
        for (const Metadatum& row : scene.metadata(range)) {
            hasher.text(scene.text(row.key));
            hasher.text(scene.text(row.typeName));
            feedValue(hasher, scene, row.value, layer);
        }
    };
    // Siblings in the order of their names: the order they were authored in says nothing.
    std::vector<PrimId> prims;
    for (uint32_t row = material.index; row < scene.prim(material).subtreeEnd; ++row) prims.emplace_back(row);
    std::sort(prims.begin(), prims.end(), [&](PrimId a, PrimId b) { return scene.path(a) < scene.path(b); });

    Hasher hasher;
    for (const PrimId id : prims) {
        const Prim& prim = scene.prim(id);
        hasher.value(Mark::Prim);
        hasher.text(scene.path(id).substr(root.size()));
        hasher.text(scene.text(prim.typeName));
        hasher.value(prim.specifier);
        hasher.value(static_cast<uint8_t>(prim.flags.active | prim.flags.loaded << 1 | prim.flags.instanceable << 2 |
                                          prim.flags.instance << 3));
        if (prim.flags.instance && prim.prototype.valid()) hasher.text(scene.path(prim.prototype));
        for (const TokenId schema : scene.tokenList(prim.apiSchemas)) hasher.text(scene.text(schema));
        feedMetadata(hasher, prim.metadata, prim.layer);
        for (const Property& row : scene.properties(id)) {
            hasher.value(Mark::Property);
            hasher.text(scene.text(row.name));
            hasher.text(scene.text(row.typeName));
            hasher.value(static_cast<uint8_t>(row.flags.relationship | row.flags.custom << 1 | row.flags.uniform << 2 |
                                              row.flags.blocked << 3 | row.flags.animated << 4 | row.hasTargets << 5));
            feedValue(hasher, scene, row.value, row.layer);
            hasher.value(static_cast<uint64_t>(row.samples.size()));
            for (const TimeSample& sample : scene.samples(row)) {
                hasher.value(sample.time);
                hasher.value(static_cast<uint8_t>(sample.blocked));
                feedValue(hasher, scene, sample.value, row.layer);
            }
            hasher.value(static_cast<uint64_t>(row.targets.size()));
            for (const TokenId target : scene.tokenList(row.targets)) feedPath(hasher, target);
            feedMetadata(hasher, row.metadata, row.layer);
        }
        for (const Arc& arc : scene.arcs(id)) {
            hasher.value(Mark::Arc);
            hasher.value(arc.kind);
            hasher.text(scene.text(arc.resolved).empty() ? scene.text(arc.asset) : scene.text(arc.resolved));
            feedPath(hasher, arc.target);
        }
        for (const VariantSet& set : scene.variantSets(id)) {
            hasher.value(Mark::Variant);
            hasher.text(scene.text(set.name));
            hasher.text(scene.text(set.selection));
            for (const TokenId variant : scene.tokenList(set.variants)) hasher.text(scene.text(variant));
        }
    }
    return hasher.finish();
}

}  // namespace usdtune
