// SPDX-License-Identifier: Apache-2.0
//
// Bindings and collections by the rules of UsdShadeMaterialBindingAPI and UsdCollectionAPI.
#include "usdtune/scene/materials.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>

#include "usdtune/base/parallel.h"
#include "usdtune/scene/networks.h"
#include "usdtune/scene/scene.h"
#include "usdtune/scene/winning_binding.h"

namespace usdtune {

namespace {

constexpr std::string_view kBinding = "material:binding";
constexpr std::string_view kCollectionMark = ".collection:";
constexpr int kForwardingLimit = 32;

struct BindingName {
    BindingPurpose purpose = BindingPurpose::AllPurpose;
    bool collection = false;
};

std::optional<BindingPurpose> purposeNamed(std::string_view name) {
    if (name == "preview") return BindingPurpose::Preview;
    if (name == "full") return BindingPurpose::Full;
    return {};
}

/// Reads `material:binding[:PURPOSE]` and `material:binding:collection[:PURPOSE]:NAME`; nothing for another purpose.
std::optional<BindingName> parseBindingName(std::string_view name) {
    if (!name.starts_with(kBinding)) return {};
    std::string_view rest = name.substr(kBinding.size());
    if (rest.empty()) return BindingName{};
    if (rest.front() != ':') return {};
    rest.remove_prefix(1);
    constexpr std::string_view collection = "collection:";
    if (!rest.starts_with(collection)) {
        const auto purpose = purposeNamed(rest);
        return purpose ? std::optional(BindingName{*purpose, false}) : std::nullopt;
    }
    rest.remove_prefix(collection.size());
    const size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return BindingName{BindingPurpose::AllPurpose, true};
    const auto purpose = purposeNamed(rest.substr(0, colon));
    return purpose ? std::optional(BindingName{*purpose, true}) : std::nullopt;
}

bool isCollectionPath(std::string_view path) { return path.find(kCollectionMark) != std::string_view::npos; }
bool isPrimPath(std::string_view path) { return path.starts_with('/') && path.find('.') == std::string_view::npos; }

/// Targets of a relationship, those that name another relationship replaced by its targets.
void forwardTargets(const Scene& scene, const Property& relationship, int depth, std::vector<TokenId>& out) {
    if (depth > kForwardingLimit) return;
    for (const TokenId target : scene.tokenList(relationship.targets)) {
        const std::string_view text = scene.text(target);
        const size_t dot = text.find('.', text.rfind('/') + 1);
        const PrimId prim = dot == std::string_view::npos ? PrimId() : scene.findThroughInstances(text.substr(0, dot));
        const PropertyId row = prim.valid() ? scene.findProperty(prim, text.substr(dot + 1)) : PropertyId();
        if (row.valid() && scene.property(row).flags.relationship)
            forwardTargets(scene, scene.property(row), depth + 1, out);
        else
            out.push_back(target);
    }
}

/// Reads bound collections; included ones are folded in once.
class CollectionReader {
public:
    CollectionReader(const Scene& scene, std::vector<ContentProblem>& problems) : scene_(scene), problems_(problems) {}

    uint32_t rowOf(TokenId path) {
        const auto [found, isNew] = rows_.try_emplace(path, static_cast<uint32_t>(collections.size()));
        if (isNew) {
            Collection made;
            made.path = path;
            std::vector<TokenId> open;
            std::unordered_map<TokenId, MembershipRule> rules;
            made.understood = read(path, open, rules);
            if (!made.understood) rules.clear();
            made.rules.assign(rules.begin(), rules.end());
            std::sort(made.rules.begin(), made.rules.end());
            collections.push_back(std::move(made));
        }
        return found->second;
    }

    std::vector<Collection> collections;

private:
    bool problem(TokenId path, const std::string& what) {
        problems_.push_back({"collection_invalid", path, std::string(scene_.text(path)) + ": " + what});
        return false;
    }

    bool read(TokenId path, std::vector<TokenId>& open, std::unordered_map<TokenId, MembershipRule>& rules) {
        if (std::find(open.begin(), open.end(), path) != open.end())
            return problem(path, "the collection includes itself, which adds nothing"), true;
        const std::string_view text = scene_.text(path);
        const size_t mark = text.find(kCollectionMark);
        const PrimId prim = scene_.findThroughInstances(text.substr(0, mark));
        if (!prim.valid()) return problem(path, "the collection's prim does not exist");
        const std::string stem(text.substr(mark + 1));
        const auto property = [&](std::string_view name) {
            return scene_.findProperty(prim, stem + std::string(name));
        };
        const PropertyId includes = property(":includes"), excludes = property(":excludes"),
                         expression = property(":membershipExpression");

        std::string_view ruleText = scene_.textOf(scene_.value(prim, stem + ":expansionRule"));
        const auto rootFlag = scene_.value(prim, stem + ":includeRoot").as<uint8_t>(Element::Bool, 1);
        const bool includesRoot = rootFlag.size() == 1 && rootFlag[0] != 0;
        const bool isEmpty = (!includes.valid() || scene_.property(includes).targets.empty()) && !includesRoot;
        if (isEmpty && expression.valid() &&
            (!scene_.property(expression).value.empty() || scene_.property(expression).flags.opaque))
            return problem(path, "members are chosen by an expression, which this version does not evaluate");
        const MembershipRule rule =
            ruleText == "explicitOnly" ? MembershipRule::ExplicitOnly : MembershipRule::ExpandPrims;

        open.push_back(path);
        if (includesRoot && rule == MembershipRule::ExpandPrims) rules[scene_.tokens().intern("/")] = rule;
        std::vector<TokenId> targets;
        if (includes.valid()) forwardTargets(scene_, scene_.property(includes), 0, targets);
        for (const TokenId target : targets) {
            if (isCollectionPath(scene_.text(target)))
                read(target, open, rules);
            else
                rules[target] = rule;
        }
        targets.clear();
        if (excludes.valid()) forwardTargets(scene_, scene_.property(excludes), 0, targets);
        for (const TokenId target : targets) rules[target] = MembershipRule::Exclude;
        open.pop_back();
        return true;
    }

    const Scene& scene_;
    std::vector<ContentProblem>& problems_;
    std::unordered_map<TokenId, uint32_t> rows_;
};

/// Fills in target and collection; tells what does not fit.
void readTargets(const Scene& scene, Binding& binding, bool collection, CollectionReader& collections,
                 std::vector<ContentProblem>& problems) {
    const Property& row = scene.property(binding.property);
    std::vector<TokenId> targets;
    forwardTargets(scene, row, 0, targets);
    if (collection) {
        const auto isPrim = [&](TokenId id) { return isPrimPath(scene.text(id)); };
        const auto isCollection = [&](TokenId id) { return isCollectionPath(scene.text(id)); };
        if (targets.size() == 2 && isPrim(targets[0]) && isCollection(targets[1])) std::swap(targets[0], targets[1]);
        if (targets.size() == 2 && isCollection(targets[0]) && isPrim(targets[1])) {
            binding.collection = targets[0];
            binding.material = targets[1];
            binding.collectionRow = collections.rowOf(binding.collection);
        }
    } else if (targets.size() == 1 && isPrimPath(scene.text(targets[0]))) {
        binding.material = targets[0];
    }
    // An empty list is how a binding is taken back.
    if (!binding.material.valid() && !targets.empty())
        problems.push_back({"binding_invalid", scene.prim(binding.prim).path,
                            std::string(scene.path(binding.prim)) + ": " + std::string(scene.text(row.name)) + " has " +
                                std::to_string(targets.size()) + " targets, but " +
                                (collection ? "a collection and a material are" : "one material is") + " expected"});
}

void deriveBindings(const Scene& scene, Materials& out, std::vector<ContentProblem>& problems) {
    // Few names, many rows: each name is read once.
    std::vector<uint8_t> kinds(scene.tokens().size());
    enum : uint8_t {
        Unread,
        NoBinding,
        DirectAll,
        DirectPreview,
        DirectFull,
        CollectionAll,
        CollectionPreview,
        CollectionFull
    };
    const auto kindOf = [&](TokenId name) {
        uint8_t& kind = kinds[name.index];
        if (kind == Unread) {
            const auto parsed = parseBindingName(scene.text(name));
            kind = NoBinding;
            if (parsed)
                kind = static_cast<uint8_t>((parsed->collection ? CollectionAll : DirectAll) +
                                            static_cast<uint8_t>(parsed->purpose));
        }
        return kind;
    };
    CollectionReader collections(scene, problems);
    const TokenId bindAs = scene.tokens().find("bindMaterialAs");
    out.bindingsOfPrim.resize(scene.prims().size());
    for (size_t i = 0; i < scene.prims().size(); ++i) {
        out.bindingsOfPrim[i].begin = static_cast<uint32_t>(out.bindings.size());
        for (const Property& row : scene.properties(PrimId(i))) {
            if (!row.flags.relationship) continue;
            const uint8_t kind = kindOf(row.name);
            if (kind == NoBinding) continue;
            const bool collection = kind >= CollectionAll;
            Binding binding;
            binding.prim = PrimId(i);
            binding.property = scene.propertyId(row);
            binding.purpose = static_cast<BindingPurpose>(kind - (collection ? CollectionAll : DirectAll));
            if (bindAs.valid())
                binding.strongerThanDescendants =
                    scene.textOf(scene.metadatum(row.metadata, "bindMaterialAs")) == "strongerThanDescendants";
            readTargets(scene, binding, collection, collections, problems);
            if (binding.material.valid())
                if (const PrimId prim = scene.findThroughInstances(scene.text(binding.material)); prim.valid())
                    binding.target = out.ofPrim[prim.index];
            out.bindings.push_back(binding);
        }
        out.bindingsOfPrim[i].end = static_cast<uint32_t>(out.bindings.size());
    }
    out.collections = std::move(collections.collections);
}

/// Marks materials that take part in an inherits or specializes arc: by their own subtree, or below a target of one.
void markArcs(const Scene& scene, Materials& out) {
    std::vector<bool> holds(scene.prims().size()), isTarget(scene.prims().size());
    bool any = false;
    for (const Arc& arc : scene.tables().arcs) {
        if (arc.kind != ArcKind::Inherit && arc.kind != ArcKind::Specialize) continue;
        any = true;
        if (arc.prim.valid()) holds[arc.prim.index] = true;
        if (const PrimId target = scene.find(arc.target); target.valid())
            holds[target.index] = isTarget[target.index] = true;
    }
    if (!any) return;
    for (Material& material : out.rows) {
        for (uint32_t row = material.prim.index; row < scene.prim(material.prim).subtreeEnd; ++row)
            material.specializes = material.specializes || holds[row];
        for (PrimId above = scene.prim(material.prim).parent; above.valid(); above = scene.prim(above).parent)
            material.specializes = material.specializes || isTarget[above.index];
    }
}

/// The rows from a prim upwards: its own ancestors, then those given.
template <class Visit>
void walkUp(const Scene& scene, PrimId prim, const std::vector<PrimId>& proxyAncestors, const Visit& visit) {
    for (PrimId row = prim; row.valid(); row = scene.prim(row).parent) visit(row);
    for (const PrimId row : proxyAncestors) visit(row);
}

/// The prim's path in the occurrence that `proxyAncestors` describes.
std::string occurrencePath(const Scene& scene, PrimId prim, const std::vector<PrimId>& proxyAncestors) {
    if (proxyAncestors.empty()) return std::string(scene.path(prim));
    std::string out;
    walkUp(scene, prim, proxyAncestors, [&](PrimId row) {
        if (!scene.prim(row).flags.prototypeRoot) out = "/" + std::string(scene.text(scene.prim(row).name)) + out;
    });
    return out;
}

}  // namespace

bool Collection::contains(const TokenTable& tokens, std::string_view primPath) const {
    if (rules.empty()) return false;
    for (std::string_view at = primPath; !at.empty();) {
        if (const TokenId id = tokens.find(at); id.valid()) {
            const auto rule =
                std::lower_bound(rules.begin(), rules.end(), id, [](const auto& a, TokenId b) { return a.first < b; });
            if (rule != rules.end() && rule->first == id) {
                if (rule->second == MembershipRule::Exclude) return false;
                if (rule->second == MembershipRule::ExpandPrims || at.size() == primPath.size()) return true;
            }
        }
        const size_t slash = at.rfind('/');
        if (at == "/" || slash == std::string_view::npos) return false;
        at = slash == 0 ? std::string_view("/") : at.substr(0, slash);
    }
    return false;
}

Materials deriveMaterials(const Scene& scene, std::vector<ContentProblem>& problems) {
    Materials out;
    out.ofPrim.assign(scene.prims().size(), MaterialId());
    const TokenId type = scene.tokens().find("Material");
    std::vector<PrimId> prims;
    for (size_t i = 0; i < scene.prims().size(); ++i) {
        if (!type.valid() || scene.prims()[i].typeName != type) continue;
        out.ofPrim[i] = MaterialId(prims.size());
        prims.emplace_back(i);
    }
    out.rows.resize(prims.size());
    const NetworkReader reader(scene);
    parallelFor(Context(), prims.size(), [&](size_t i) { out.rows[i] = reader.read(prims[i]); });
    markArcs(scene, out);
    deriveBindings(scene, out, problems);
    return out;
}

const Binding* winningBinding(const Scene& scene, PrimId prim, BindingPurpose purpose,
                              const std::vector<PrimId>& proxyAncestors) {
    const Materials& materials = scene.materials();
    std::string path;  // made only when a collection asks for it
    const auto resolve = [&](BindingPurpose wanted) {
        const Binding* winner = nullptr;
        walkUp(scene, prim, proxyAncestors, [&](PrimId row) {
            const RowRange range = materials.bindingsOfPrim[row.index];
            const std::span rows(materials.bindings.data() + range.begin, range.size());
            for (const Binding& binding : rows)
                if (binding.purpose == wanted && !binding.collection.valid() && binding.target.valid() &&
                    (winner == nullptr || binding.strongerThanDescendants))
                    winner = &binding;
            for (const Binding& binding : rows) {
                if (binding.purpose != wanted || !binding.collection.valid() || !binding.target.valid()) continue;
                if (winner != nullptr && winner->prim != row && !binding.strongerThanDescendants) continue;
                if (path.empty()) path = occurrencePath(scene, prim, proxyAncestors);
                if (!materials.collections[binding.collectionRow].contains(scene.tokens(), path)) continue;
                winner = &binding;
                break;
            }
        });
        return winner;
    };
    if (purpose != BindingPurpose::AllPurpose)
        if (const Binding* found = resolve(purpose); found != nullptr) return found;
    return resolve(BindingPurpose::AllPurpose);
}

TokenId resolveBinding(const Scene& scene, PrimId prim, BindingPurpose purpose,
                       const std::vector<PrimId>& proxyAncestors) {
    const Binding* winner = winningBinding(scene, prim, purpose, proxyAncestors);
    return winner == nullptr ? TokenId() : winner->material;
}

}  // namespace usdtune
