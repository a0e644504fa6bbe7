// SPDX-License-Identifier: Apache-2.0
#include "usdtune/crate/crate_reader.h"

#include <algorithm>
#include <new>
#include <optional>
#include <unordered_set>
#include <utility>

#include "usdtune/crate/crate_file.h"
#include "usdtune/crate/instance_sources.h"
#include "usdtune/crate/spec_reader.h"
#include "usdtune/crate/spec_rows.h"
#include "usdtune/crate/value_reader.h"

namespace usdtune {

namespace crate {

namespace {

/// Properties that mean the same on a prim and on a group that stands in its place, by how their names begin.
constexpr std::string_view kHoldsAbove[] = {"xformOp", "material:binding", "visibility", "purpose"};

/// A name that may stand alone in a path.
bool isPlainName(std::string_view name) {
    return !name.empty() && std::none_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' ||
               std::string_view("/.{}[]<>=\x7f").find(c) != std::string_view::npos;
    });
}

/// What a prim hands down to its children.
struct Inherited {
    bool defined = true, abstract = false, loaded = true;
};

/// Walks the namespace as its `primChildren` and `properties` fields order it.
class CrateWalk {
public:
    CrateWalk(const CrateFile& file, RowCollector& rows, const CrateOptions& options, uint64_t budget)
        : file_(file),
          rows_(rows),
          options_(options),
          values_(file, rows, budget),
          specs_(file, rows, values_),
          sources_(file, values_, specs_),
          facts_(file, rows, values_, specs_),
          nameChecked_(file.tokens.size()) {
        // Every token is interned by now; later texts are paths.
        childOfName_.resize(rows.tokens().size(), kNoNode);
    }

    std::optional<Error> run(CrateScan& scan) {
        scan_ = &scan;
        const bool good = readLayer() && walkChildren(file_.root, rootChildren_, {}) && everySpecSeen() &&
                          values_.decodeArrays(options_.context);
        scan.assets = facts_.takeAssets();
        if (good && values_.error().empty()) return std::nullopt;
        return Error{values_.error()};
    }

private:
    // --- layer ----------------------------------------------------------------------------------------------------

    bool readLayer() {
        Layer layer;
        layer.identifier = rows_.tokens().intern(options_.identifier);
        layer.realPath = layer.identifier;
        layer.own = options_.own;
        layer_ = scan_->layer = rows_.addLayer(layer);
        facts_.of(layer_, options_.editable);
        StageInfo& stage = rows_.stage();
        stage.identifier = options_.identifier;
        const TokenId root = values_.pathText(file_.root);
        bool hasTimeCodes = false;
        ++specsSeen_;
        return specs_.forFields(file_.nodes[file_.root], [&](uint32_t index, FieldName name, ValueRep rep) {
            switch (name) {
                case FieldName::PrimChildren:
                    return values_.readTokenVector(rep, rootChildren_);
                case FieldName::SubLayers: {
                    Metadatum list;
                    return facts_.metadatum(index, rep, root, list) &&
                           (list.value.count == 0 || values_.unsupported("sublayers"));
                }
                case FieldName::SubLayerOffsets:
                    return true;
                case FieldName::LayerRelocates:
                    return values_.unsupported("relocates");
                case FieldName::OtherComposition:
                    return values_.unsupported("reordered root prims");
                default:
                    break;
            }
            Metadatum datum;
            if (!facts_.metadatum(index, rep, root, datum)) return false;
            rows_.layerMetadatum(layer_, datum);
            fillStage(stage, datum, hasTimeCodes);
            return true;
        });
    }

    static std::optional<double> numberOf(const Value& value) {
        if (value.type.isArray || value.type.components != 1 || value.data == nullptr) return std::nullopt;
        switch (value.type.element) {
            case Element::Double:
                return *static_cast<const double*>(value.data);
            case Element::Float:
                return *static_cast<const float*>(value.data);
            case Element::Int:
                return *static_cast<const int32_t*>(value.data);
            default:
                return std::nullopt;
        }
    }

    void fillStage(StageInfo& stage, const Metadatum& datum, bool& hasTimeCodes) {
        const std::string_view key = rows_.tokens().text(datum.key);
        if (datum.value.type == ValueType{Element::Text, 1, false}) {
            const std::string_view text = rows_.tokens().text(*static_cast<const TokenId*>(datum.value.data));
            if (key == "defaultPrim") stage.defaultPrim = text;
            if (key == "upAxis" && !text.empty()) {
                stage.upAxis = text[0];
                stage.upAxisAuthored = true;
            }
        }
        const std::optional<double> number = numberOf(datum.value);
        if (!number) return;
        if (key == "metersPerUnit") {
            stage.metersPerUnit = *number;
            stage.metersPerUnitAuthored = true;
        }
        if (key == "kilogramsPerUnit") stage.kilogramsPerUnit = *number;
        if (key == "startTimeCode") stage.startTimeCode = *number;
        if (key == "endTimeCode") stage.endTimeCode = *number;
        // Frames per second stand in where time codes per second are not authored.
        if (key == "timeCodesPerSecond" || (key == "framesPerSecond" && !hasTimeCodes))
            stage.timeCodesPerSecond = *number;
        hasTimeCodes = hasTimeCodes || key == "timeCodesPerSecond";
    }

    // --- prims ----------------------------------------------------------------------------------------------------

    bool goodName(uint32_t token) {
        if (nameChecked_[token] == 0) nameChecked_[token] = isPlainName(file_.tokens[token]) ? 1 : 2;
        return nameChecked_[token] == 1 || values_.unsupported("the name \"" + std::string(file_.tokens[token]) + "\"");
    }

    /// The children of one sort, in the order of `names`, which must be exactly the children that have specs.
    bool orderedChildren(uint32_t parent, const std::vector<TokenId>& names, bool properties,
                         std::vector<uint32_t>& out) {
        size_t withSpec = 0;
        for (uint32_t child = file_.nodes[parent].firstChild; child != kNoNode;
             child = file_.nodes[child].nextSibling) {
            const PathNode& node = file_.nodes[child];
            const bool wanted = properties ? node.isProperty : node.spec == SpecType::Prim;
            if (!wanted || node.spec == SpecType::None) continue;
            if (node.isProperty != properties || !goodName(node.element))
                return values_.unsupported("a spec at a path of another kind");
            childOfName_[values_.token(node.element).index] = child;
            ++withSpec;
        }
        out.clear();
        out.reserve(names.size());
        for (const TokenId name : names) {
            // Taken out when found, so a name given twice is missing the second time.
            const uint32_t child = std::exchange(childOfName_[name.index], kNoNode);
            if (child == kNoNode) return values_.unsupported("a list of children that names a missing one");
            out.push_back(child);
        }
        return withSpec == out.size() || values_.unsupported("a prim or property that its parent does not list");
    }

    bool walkChildren(uint32_t parent, const std::vector<TokenId>& names, const Inherited& inherited) {
        std::vector<uint32_t> children;
        if (!orderedChildren(parent, names, false, children)) return false;
        for (const uint32_t child : children)
            if (!walkPrim(child, inherited)) return false;
        return !options_.context.isCancelled() || values_.fail("cancelled");
    }

    bool walkPrim(uint32_t index, const Inherited& inherited) {
        PrimSpec spec;
        if (!specs_.readPrim(index, spec)) return false;
        const Inherited own{inherited.defined && spec.specifier != Specifier::Over,
                            inherited.abstract || spec.specifier == Specifier::Class, inherited.loaded && spec.active};
        Prim prim;
        prim.path = values_.pathText(index);
        prim.name = values_.token(file_.nodes[index].element);
        prim.typeName = spec.typeName;
        prim.specifier = spec.specifier;
        prim.layer = layer_;
        prim.flags.active = spec.active;
        prim.flags.instanceable = spec.instanceable;
        prim.flags.defined = own.defined;
        prim.flags.abstract = own.abstract;
        prim.flags.loaded = own.loaded || !spec.active;  // an inactive prim waits for no payload
        prim.flags.editable = options_.editable;
        prim.flags.hasArcs = spec.composed;
        if (spec.composed) {
            const InstanceSource* source = nullptr;
            if (!sources_.find(index, spec, source)) return false;
            if (source != nullptr) return addInstance(index, prim, spec, *source);
            rows_.addPrim(prim);
            rows_.beginComposedRoot(prim.path);
            scan_->composedRoots.push_back(prim.path);
            return collectLatent(index, Latent::InVariants);
        }
        ++specsSeen_;
        rows_.addPrim(prim);
        return facts_.addFacts(prim.path, spec) && addProperties(index, prim.path, spec.properties) &&
               (spec.active ? walkChildren(index, spec.children, own) : collectLatentChildren(index, Latent::All));
    }

    /// The composed rows of a prim that shows another one of this layer.
    bool addInstance(uint32_t index, Prim& prim, const PrimSpec& spec, const InstanceSource& source) {
        if (rows_.tokens().text(prim.typeName).empty()) prim.typeName = source.spec.typeName;
        prim.flags.instance = true;
        prim.flags.editable = false;
        prim.opinionCount = 2;
        ++specsSeen_;
        rows_.addPrim(prim, source.path);
        if (shown_.insert(source.node).second) scan_->shown.push_back({source.path, prim.path});
        Arc arc;
        arc.asset = arc.resolved = TokenId(size_t{0});
        arc.target = source.path;
        arc.layer = layer_;
        arc.internal = true;
        rows_.addArc(prim.path, arc);
        if (!facts_.addFacts(prim.path, spec) || !facts_.addFacts(prim.path, source.spec) ||
            !addProperties(index, prim.path, spec.properties))
            return false;
        const SpecRows::Shown shown{source.path, prim.path};
        for (const uint32_t property : source.properties)
            if (!facts_.addProperty(property, prim.path, &shown)) return false;
        return true;
    }

    // --- properties -----------------------------------------------------------------------------------------------

    bool addProperties(uint32_t primIndex, TokenId primPath, const std::vector<TokenId>& names) {
        std::vector<uint32_t>& properties = propertyScratch_;
        if (!orderedChildren(primIndex, names, true, properties)) return false;
        for (const uint32_t property : properties)
            if (!countSpecs(file_.nodes[property]) || !facts_.addProperty(property, primPath)) return false;
        return true;
    }

    bool countSpecs(const PathNode& property) {
        ++specsSeen_;
        return property.firstChild == kNoNode || passTargetSpecs(property);
    }

    /// Mappers and target specs hang below a property; OpenUSD keeps no facts in the latter.
    bool passTargetSpecs(const PathNode& node) {
        for (uint32_t child = node.firstChild; child != kNoNode; child = file_.nodes[child].nextSibling) {
            const PathNode& below = file_.nodes[child];
            if (below.firstChild != kNoNode && !passTargetSpecs(below)) return false;
            if (below.spec == SpecType::None) continue;
            if (below.spec != SpecType::Connection && below.spec != SpecType::RelationshipTarget)
                return values_.unsupported("properties of targets");
            ++specsSeen_;
        }
        return true;
    }

    // --- what is not composed here --------------------------------------------------------------------------------

    /// Which of the specs that have no rows here point at something that no stage composes. Of a composed root's specs
    /// the variants do; the rest is in composed rows, and what is inactive there the composed reader knows.
    enum class Latent : uint8_t { InVariants, All };

    bool collectLatentChildren(uint32_t parent, Latent which) {
        for (uint32_t child = file_.nodes[parent].firstChild; child != kNoNode;
             child = file_.nodes[child].nextSibling) {
            const PathNode& node = file_.nodes[child];
            // The prim's own properties have rows.
            if (!node.isProperty && !collectLatent(child, which)) return false;
        }
        return true;
    }

    /// Counts the specs at and below a path, and names what those in question point at, and the prims that variants
    /// speak about.
    bool collectLatent(uint32_t index, Latent which, bool inVariant = false) {
        const PathNode& node = file_.nodes[index];
        if (node.spec == SpecType::Variant || node.spec == SpecType::VariantSet) which = Latent::All;
        inVariant = inVariant || node.spec == SpecType::Variant;
        if (node.spec != SpecType::None) {
            ++specsSeen_;
            std::vector<uint32_t> found;
            bool isOver = node.spec == SpecType::Variant, speaks = false;
            const bool good = specs_.forFields(node, [&](uint32_t, FieldName name, ValueRep rep) {
                if (which != Latent::All) return true;
                if (inVariant && !node.isProperty && !latentOpinion(name, rep, isOver, speaks)) return false;
                if (name == FieldName::References || name == FieldName::Payload)
                    return values_.readInternalArcs(rep, found);
                if (name != FieldName::Targets && name != FieldName::Connections &&
                    name != FieldName::InheritOrSpecialize)
                    return true;
                ListOp<uint32_t> paths;
                if (!values_.readPathListOp(rep, paths)) return false;
                for (const ListPart part :
                     {ListPart::Explicit, ListPart::Added, ListPart::Prepended, ListPart::Appended})
                    found.insert(found.end(), paths[part].begin(), paths[part].end());
                return true;
            });
            if (!good) return false;
            if (isOver && speaks) found.push_back(index);
            for (const uint32_t path : found)
                if (path != file_.root) rows_.addLatentTarget(values_.pathWithoutVariants(path));
        }
        for (uint32_t child = node.firstChild; child != kNoNode; child = file_.nodes[child].nextSibling)
            if (!collectLatent(child, which, inVariant)) return false;
        return true;
    }

    /// What one field of a prim's spec in a variant tells: whether it is an over, and whether it says more about its
    /// prim than what goes on holding when the prim's geometry or network moves below it.
    bool latentOpinion(FieldName name, ValueRep rep, bool& isOver, bool& speaks) {
        if (name == FieldName::Specifier) isOver = rep.kind() == Kind::Specifier && rep.inlined() == 1;
        speaks = speaks || name == FieldName::References || name == FieldName::Payload ||
                 name == FieldName::InheritOrSpecialize || name == FieldName::Instanceable;
        if (name != FieldName::Properties) return true;
        std::vector<TokenId> properties;
        if (!values_.readTokenVector(rep, properties)) return false;
        for (const TokenId property : properties) {
            const std::string_view text = rows_.tokens().text(property);
            speaks = speaks || std::none_of(std::begin(kHoldsAbove), std::end(kHoldsAbove),
                                            [&](std::string_view start) { return text.starts_with(start); });
        }
        return true;
    }

    bool everySpecSeen() { return specsSeen_ == file_.specCount || values_.unsupported("specs that no parent lists"); }

    const CrateFile& file_;
    RowCollector& rows_;
    const CrateOptions& options_;
    ValueReader values_;
    SpecReader specs_;
    InstanceSources sources_;
    SpecRows facts_;
    std::unordered_set<uint32_t> shown_;  ///< sources that have rows in the scan
    CrateScan* scan_ = nullptr;
    LayerId layer_;
    std::vector<uint8_t> nameChecked_;   ///< by token: 0 not yet, 1 good, 2 bad
    std::vector<uint32_t> childOfName_;  ///< by TokenId; empty between uses
    std::vector<TokenId> rootChildren_;
    std::vector<uint32_t> propertyScratch_;
    size_t specsSeen_ = 0;
};

}  // namespace

}  // namespace crate

Result<CrateScan> readCrate(const CrateLayer& layer, RowCollector& rows, const CrateOptions& options) {
    try {
        CrateScan scan;
        scan.version = layer.file().version.text();
        scan.specCount = layer.file().specCount;
        crate::CrateWalk walk(layer.file(), rows, options, layer.memoryBudget(options.memoryBudget));
        if (auto error = walk.run(scan)) return std::move(*error);
        rows.keep(layer.keeper());
        return scan;
    } catch (const std::bad_alloc&) {
        return Error{"not supported: the file needs more memory than there is"};
    }
}

Result<CrateScan> readCrate(const std::filesystem::path& file, RowCollector& rows, const CrateOptions& options) {
    const auto layer = CrateLayer::open(file);
    if (!layer) return Error{layer.error()};
    CrateOptions named = options;
    if (named.identifier.empty()) named.identifier = file.string();
    return readCrate(*layer.value(), rows, named);
}

Result<CrateScan> readCrate(std::span<const std::byte> bytes, Keeper keeper, RowCollector& rows,
                            const CrateOptions& options) {
    const auto layer = CrateLayer::open(bytes, std::move(keeper));
    if (!layer) return Error{layer.error()};
    return readCrate(*layer.value(), rows, options);
}

}  // namespace usdtune
