// SPDX-License-Identifier: Apache-2.0
//
// Bindings and constant primvars both inherit, but not alike: a binding can be stronger than what is bound below, comes
// by purpose and by collection, and stops at no instance. So the places are proposed where the bindings stand and then
// checked where things are drawn; a material that fails takes its proposals back, until nothing fails.
// Set aside: authoring on what is drawn only, which needs no check of inheritance, but cannot tell two instances of one
// prototype apart, and those are what sharing geometry leaves behind.
#include "usdtune/ops/material_transfer.h"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_set>

#include "usdtune/scene/composed_elsewhere.h"
#include "usdtune/scene/editability.h"
#include "usdtune/scene/occurrences.h"
#include "usdtune/scene/schemas.h"
#include "usdtune/scene/winning_binding.h"

namespace usdtune {

namespace {

constexpr std::string_view kPrefix = "primvars:";

/// Faces of one prim that are drawn alike: the whole prim, or a subset.
struct Part {
    std::span<const int> faces;  ///< of a subset
    std::vector<PrimId> chain;   ///< rows that its binding may come from, innermost first
    std::array<const Binding*, 3> winners{};
};

/// One prim as it is drawn at one place.
struct Look {
    PrimId prim;
    std::vector<PrimId> chain;  ///< itself and everything that primvars may be inherited from, innermost first
    std::vector<Part> parts;    ///< the prim first, then its subsets
};

/// A prim that gets primvars, for one material or per face.
struct Site {
    MaterialId constant;
    std::vector<MaterialId> faces;
    bool needsFallbacks = false;
};

bool isDrawn(std::string_view type) {
    return isImageableType(type) && type != "Xform" && type != "Scope" && type != "SkelRoot";
}

class Transferring {
public:
    Transferring(const Scene& scene, const TransferRequest& request, const PrototypeSources& sources)
        : scene_(scene), request_(request), sources_(sources), elsewhere_(composedElsewhere(scene)) {
        collectNames();
        collectLooks();
        subsetsThatDrawNothing();
    }

    Transfer run() {
        do {
            changed_ = false;
            sites_.clear();
            hidden_.clear();
            for (const Look& look : looks_) propose(look);
            for (const Look& look : looks_) check(look);
        } while (changed_);

        Transfer out;
        for (const auto& [material, values] : request_.values)
            if (const auto reason = declined_.find(material); reason == declined_.end())
                out.materials.push_back(material);
            else
                out.kept.push_back({material, reason->second});
        author(out);
        return out;
    }

private:
    std::string text(TokenId id) const { return std::string(scene_.text(id)); }

    void collectNames() {
        for (const auto& [material, values] : request_.values)
            for (const TransferredValue& value : values) names_.push_back(value.primvar);
        std::sort(names_.begin(), names_.end(), [&](TokenId a, TokenId b) { return scene_.text(a) < scene_.text(b); });
        names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
        for (const TokenId name : names_) {
            written_.push_back(name);
            written_.push_back(scene_.tokens().intern(text(name) + ":indices"));
        }
    }

    bool isRead(const Material& material) const {
        return std::any_of(material.readPrimvars.begin(), material.readPrimvars.end(), [&](TokenId name) {
            return std::any_of(names_.begin(), names_.end(), [&](TokenId one) {
                return scene_.text(one).substr(kPrefix.size()) == scene_.text(name);
            });
        });
    }

    // --- What is drawn with what ---------------------------------------------------------------------------

    void collectLooks() {
        std::unordered_set<Hash128> seen;  // the instances of a point instancer are drawn alike
        walkOccurrences(scene_, [&](const Occurrence& here) {
            if (!isDrawn(scene_.typeName(here.prim))) return;
            std::vector<PrimId> chain{here.prim};
            chain.insert(chain.end(), here.ancestors.begin(), here.ancestors.end());
            if (!seen.insert(hashSpan(std::span<const PrimId>(chain))).second) return;
            looks_.push_back(lookAt(here, std::move(chain)));
        });
    }

    Look lookAt(const Occurrence& here, std::vector<PrimId> chain) const {
        Look look;
        look.prim = here.prim;
        look.chain = std::move(chain);
        const std::vector<PrimId> above = aboveThePrototype(scene_, here.prim, here.ancestors);
        look.parts.push_back(partOf(here.prim, {}, look.chain, above));
        if (const MeshId mesh = scene_.meshOf(here.prim); mesh.valid())
            for (const Subset& subset : scene_.meshes()[mesh.index].subsets) {
                if (!drawsFaces(subset)) continue;
                std::vector<PrimId> upwards{subset.prim};
                upwards.insert(upwards.end(), look.chain.begin(), look.chain.end());
                look.parts.push_back(partOf(subset.prim, subset.indices, std::move(upwards), above));
            }
        return look;
    }

    Part partOf(PrimId prim, std::span<const int> faces, std::vector<PrimId> chain,
                const std::vector<PrimId>& above) const {
        Part part;
        part.faces = faces;
        part.chain = std::move(chain);
        for (size_t i = 0; i < part.winners.size(); ++i)
            part.winners[i] = winningBinding(scene_, prim, kBindingPurposes[i], above);
        return part;
    }

    bool drawsFaces(const Subset& subset) const {
        return subset.wellFormed && !subset.animated && scene_.text(subset.elementType) == "face";
    }

    /// Bindings of subsets that this version cannot follow keep their materials.
    void subsetsThatDrawNothing() {
        std::set<PrimId> followed;
        for (const Mesh& mesh : scene_.meshes())
            for (const Subset& subset : mesh.subsets)
                if (drawsFaces(subset)) followed.insert(subset.prim);
        for (const Binding& binding : scene_.materials().bindings)
            if (scene_.typeName(binding.prim) == "GeomSubset" && !followed.contains(binding.prim))
                decline(binding.target, "subset_not_understood");
    }

    bool handsOver(MaterialId material) const {
        return material.valid() && request_.values.contains(material) && !declined_.contains(material);
    }

    void decline(MaterialId material, std::string_view reason) {
        if (!material.valid() || !request_.values.contains(material)) return;
        changed_ = declined_.try_emplace(material, reason).second || changed_;
    }

    /// The one material of all purposes; of several, those that hand over are kept.
    MaterialId materialOf(const Part& part) {
        std::array<MaterialId, 3> found;
        for (size_t i = 0; i < found.size(); ++i)
            if (part.winners[i] != nullptr) found[i] = part.winners[i]->target;
        if (found[0] == found[1] && found[0] == found[2]) return found[0];
        for (const MaterialId material : found) decline(material, "another_purpose");
        return found[0];
    }

    // --- Where the values go -------------------------------------------------------------------------------

    void propose(const Look& look) {
        std::vector<MaterialId> drawn;
        for (const Part& part : look.parts) drawn.push_back(materialOf(part));
        if (std::none_of(drawn.begin(), drawn.end(), [&](MaterialId m) { return handsOver(m); })) return;
        if (std::all_of(drawn.begin(), drawn.end(), [&](MaterialId m) { return m == drawn[0]; })) {
            const Binding& winner = *look.parts[0].winners[0];
            claim(winner.collection.valid() ? look.prim : winner.prim, Site{drawn[0], {}});
            return;
        }
        Site site;
        site.faces = materialsByFace(look, drawn);
        if (request_.unbinds && std::any_of(site.faces.begin(), site.faces.end(), [](MaterialId m) { return !m; }))
            for (const MaterialId material : drawn) decline(material, "read_by_others");
        claim(look.prim, std::move(site));
    }

    std::vector<MaterialId> materialsByFace(const Look& look, const std::vector<MaterialId>& drawn) const {
        const Mesh& mesh = scene_.meshes()[scene_.meshOf(look.prim).index];
        std::vector<MaterialId> faces(mesh.faceCount(), drawn[0]);
        for (size_t part = 1; part < drawn.size(); ++part)
            for (const int face : look.parts[part].faces) faces[static_cast<size_t>(face)] = drawn[part];
        return faces;
    }

    /// The stage's own prim that stands for a row, or an invalid id.
    PrimId own(PrimId row) const { return scene_.prim(row).flags.inPrototype ? sources_.sourceOf(row) : row; }

    void claim(PrimId row, Site site) {
        const PrimId home = own(row);
        const auto refuse = [&](std::string_view reason) {
            decline(site.constant, reason);
            for (const MaterialId material : site.faces) decline(material, reason);
        };
        if (!home.valid()) return refuse("in_prototype");
        if (const std::string_view reason = whyNotAuthored(home); !reason.empty()) return refuse(reason);
        const auto [found, isNew] = sites_.try_emplace(home, site);
        if (isNew || (found->second.constant == site.constant && found->second.faces == site.faces)) return;
        refuse("drawn_with_several");
        site = found->second;
        refuse("drawn_with_several");
    }

    std::string_view whyNotAuthored(PrimId home) const {
        if (const std::string_view reason = whyNotEditable(scene_, home); !reason.empty())
            if (reason != "several_opinions" || !ownsABinding(home)) return reason;
        if (elsewhere_[home.index] != 0) return "composed_elsewhere";
        for (const TokenId name : written_) {
            const PropertyId id = scene_.findProperty(home, name);
            if (!id.valid()) continue;
            const Property& property = scene_.property(id);
            if (property.flags.animated) return "animated_primvar";
            if (const std::string_view reason = whyNotEditable(scene_, property); !reason.empty()) return reason;
        }
        return {};
    }

    /// An instance has its own opinion and that of its source; where its binding is ours alone, a primvar can be, too.
    bool ownsABinding(PrimId home) const {
        const RowRange range = scene_.materials().bindingsOfPrim[home.index];
        for (uint32_t i = range.begin; i < range.end; ++i)
            if (whyNotEditable(scene_, scene_.property(scene_.materials().bindings[i].property)).empty()) return true;
        return false;
    }

    // --- Whether each place reads what its material said ---------------------------------------------------

    void check(const Look& look) {
        for (const Part& part : look.parts) {
            const MaterialId material = materialOf(part);
            if (!handsOver(material)) {
                staysAsItWas(look, material);
                continue;
            }
            readsItsValues(look, part, material);
            if (request_.unbinds) nothingShinesThrough(part, material);
        }
    }

    void readsItsValues(const Look& look, const Part& part, MaterialId material) {
        size_t at = 0;
        Site* site = nullptr;
        for (; at < look.chain.size() && site == nullptr; ++at) {
            const PrimId home = own(look.chain[at]);
            if (const auto found = sites_.find(home); home.valid() && found != sites_.end())
                site = &found->second;
            else
                hideOwnPrimvars(look.chain[at], material);
        }
        if (site == nullptr) return;  // its only site was refused in this round
        if (!speaksFor(*site, part, at - 1, material)) return decline(material, "overridden_nearer");
        site->needsFallbacks = site->needsFallbacks || somebodySpeaks(look, at - 1, material);
    }

    bool speaksFor(const Site& site, const Part& part, size_t distance, MaterialId material) const {
        if (site.faces.empty()) return site.constant == material;
        if (distance != 0) return false;  // per face values are not inherited
        return std::all_of(part.faces.begin(), part.faces.end(),
                           [&](int face) { return site.faces[static_cast<size_t>(face)] == material; });
    }

    /// Whether anything from the site upwards says another value of what the material leaves to the fallback.
    bool somebodySpeaks(const Look& look, size_t from, MaterialId material) const {
        for (size_t at = from; at < look.chain.size(); ++at) {
            const PrimId row = look.chain[at], home = own(row);
            const auto site = home.valid() ? sites_.find(home) : sites_.end();
            for (const TransferredValue& value : request_.values.at(material)) {
                if (!value.isFallback) continue;
                if (scene_.findProperty(row, value.primvar).valid()) return true;
                if (site != sites_.end() && site->second.constant.valid() && site->second.constant != material)
                    for (const TransferredValue& other : request_.values.at(site->second.constant))
                        if (other.primvar == value.primvar && !other.isFallback) return true;
            }
        }
        return false;
    }

    /// Primvars between what is drawn and the site would be read instead.
    void hideOwnPrimvars(PrimId row, MaterialId material) {
        for (const TokenId name : names_) {
            if (!scene_.findProperty(row, name).valid()) continue;
            const PrimId home = own(row);
            if (!home.valid()) return decline(material, "in_prototype");
            if (const std::string_view reason = whyNotAuthored(home); !reason.empty()) return decline(material, reason);
            hidden_[home].insert(material);
        }
    }

    /// Of what does not take part nothing may change: neither a value that it reads, nor the colour of an unbound prim.
    void staysAsItWas(const Look& look, MaterialId material) {
        if (material.valid()) {
            const Material& row = scene_.materials().rows[material.index];
            if (!row.readsUnknownPrimvars && row.understood && !isRead(row)) return;
        }
        for (const PrimId row : look.chain) {
            const PrimId home = own(row);
            if (!home.valid()) continue;
            if (const auto site = sites_.find(home); site != sites_.end()) {
                decline(site->second.constant, "read_by_others");
                for (const MaterialId one : site->second.faces) decline(one, "read_by_others");
                return;
            }
            if (const auto hidden = hidden_.find(home); hidden != hidden_.end())
                for (const MaterialId one : hidden->second) decline(one, "read_by_others");
        }
    }

    void nothingShinesThrough(const Part& part, MaterialId material) {
        for (const PrimId row : part.chain) {
            const RowRange range = scene_.materials().bindingsOfPrim[row.index];
            for (uint32_t i = range.begin; i < range.end; ++i) {
                const Binding& binding = scene_.materials().bindings[i];
                if (binding.target.valid() && !handsOver(binding.target))
                    return decline(material, "another_binding_above");
            }
        }
    }

    // --- Saying it -----------------------------------------------------------------------------------------

    void author(Transfer& out) const {
        std::set<PrimId> rows;
        for (const auto& [row, site] : sites_) rows.insert(row);
        for (const auto& [row, materials] : hidden_) rows.insert(row);
        for (const PrimId row : rows) {
            const auto site = sites_.find(row);
            removeOld(row, out.edits);
            if (site == sites_.end()) continue;
            ++out.prims;
            for (const TokenId name : names_) authorOne(row, site->second, name, out.edits);
        }
    }

    void removeOld(PrimId row, std::vector<Edit>& edits) const {
        for (const TokenId name : written_) {
            if (!scene_.findProperty(row, name).valid()) continue;
            Edit edit;
            edit.kind = EditKind::RemoveProperty;
            edit.path = scene_.prim(row).path;
            edit.name = name;
            edits.push_back(std::move(edit));
        }
    }

    const TransferredValue* valueOf(MaterialId material, TokenId primvar) const {
        const auto found = request_.values.find(material);
        if (found == request_.values.end() || declined_.contains(material)) return nullptr;
        for (const TransferredValue& value : found->second)
            if (value.primvar == primvar) return &value;
        return nullptr;
    }

    void authorOne(PrimId row, const Site& site, TokenId primvar, std::vector<Edit>& edits) const {
        std::vector<const TransferredValue*> values;
        for (const MaterialId material : site.faces) values.push_back(valueOf(material, primvar));
        if (site.faces.empty()) values.push_back(valueOf(site.constant, primvar));
        const auto first =
            std::find_if(values.begin(), values.end(), [](const auto* value) { return value != nullptr; });
        if (first == values.end()) return;
        // Faces of others read nothing here; they repeat what is there.
        for (const TransferredValue*& value : values) value = value == nullptr ? *first : value;
        const bool alike = std::all_of(values.begin(), values.end(), [&](const auto* v) { return *v == **first; });
        if (alike) values.resize(1);
        if (alike && values[0]->isFallback && !site.needsFallbacks) return;
        edits.push_back(setPrimvar(row, values, alike));
    }

    Edit setPrimvar(PrimId row, const std::vector<const TransferredValue*>& values, bool constant) const {
        const TransferredValue& shape = *values[0];
        Edit edit;
        edit.kind = EditKind::SetAttribute;
        edit.path = scene_.prim(row).path;
        edit.name = shape.primvar;
        edit.typeName = scene_.tokens().intern(text(shape.typeName) + "[]");
        auto numbers = std::make_shared<std::vector<float>>();
        for (const TransferredValue* value : values)
            numbers->insert(numbers->end(), value->numbers.begin(), value->numbers.begin() + shape.components);
        edit.value = {{numbers->data(), values.size(), {Element::Float, shape.components, true}}, numbers};
        edit.metadata.emplace_back(
            scene_.tokens().intern("interpolation"),
            OwnedValue::scalar({Element::Text, 1, false}, scene_.tokens().intern(constant ? "constant" : "uniform")));
        return edit;
    }

    const Scene& scene_;
    const TransferRequest& request_;
    const PrototypeSources& sources_;
    std::vector<uint8_t> elsewhere_;
    std::vector<TokenId> names_;    ///< of the primvars, by text
    std::vector<TokenId> written_;  ///< the same and their indices
    std::vector<Look> looks_;
    std::map<MaterialId, std::string_view> declined_;
    std::map<PrimId, Site> sites_;
    std::map<PrimId, std::set<MaterialId>> hidden_;  ///< prims that lose their own primvars, and for whom
    bool changed_ = false;
};

}  // namespace

Transfer transferToPrims(const Scene& scene, const TransferRequest& request, const PrototypeSources& sources) {
    return Transferring(scene, request, sources).run();
}

}  // namespace usdtune
