// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/uv_usage.h"

#include <algorithm>

#include "usdtune/base/parallel.h"
#include "usdtune/scene/composed_elsewhere.h"
#include "usdtune/scene/editability.h"
#include "usdtune/scene/material_network.h"
#include "usdtune/scene/prototype_sources.h"

namespace usdtune {

namespace {

/// One bit per candidate name.
using NameSet = uint64_t;
constexpr NameSet kEverything = ~NameSet{0};
constexpr size_t kMostNames = 60;

/// True when every texture of the network says by connection which coordinates it reads.
bool texturesNameTheirUvs(const Scene& scene, PrimId material) {
    for (const PrimId shader : reachedShaders(scene, material)) {
        const bool isTexture = shaderId(scene, shader) == "UsdUVTexture";
        for (const Property& property : scene.properties(shader))
            if (!isTexture && property.value.type.element == Element::Asset) return false;
        if (!isTexture) continue;
        const PropertyId st = scene.findProperty(shader, "inputs:st");
        if (!st.valid() || !shadingSource(scene, st).shader.valid()) return false;
    }
    return true;
}

class UvUsage {
public:
    UvUsage(const Scene& scene, const std::vector<std::string>& names, const Context& context) : scene_(scene) {
        for (const std::string& name : names)
            names_.push_back(std::string_view(name).substr(std::string_view("primvars:").size()));
        readMaterials(context);
        readRows(context);
        addInstances();
        addUpwards();
        addSources();
    }

    /// What is read of a primvar that this prim authors.
    NameSet of(PrimId prim) const {
        NameSet set = ofRow_[prim.index];
        for (PrimId above = prim; above.valid(); above = scene_.prim(above).parent) set |= ofImages_[above.index];
        return set;
    }

private:
    void readMaterials(const Context& context) {
        const auto& rows = scene_.materials().rows;
        ofMaterial_.assign(rows.size(), 0);
        parallelFor(context, rows.size(), [&](size_t i) {
            const Material& material = rows[i];
            const bool tells = material.understood && !material.readsUnknownPrimvars &&
                               (!material.usesTextures || texturesNameTheirUvs(scene_, material.prim));
            if (!tells) {
                ofMaterial_[i] = kEverything;
                return;
            }
            for (const TokenId primvar : material.readPrimvars)
                for (size_t name = 0; name < names_.size(); ++name)
                    if (scene_.text(primvar) == names_[name]) ofMaterial_[i] |= NameSet{1} << name;
        });
    }

    NameSet readBy(TokenId materialPath) const {
        if (!materialPath.valid()) return 0;
        const PrimId prim = scene_.find(materialPath);
        const MaterialId material = prim.valid() ? scene_.materials().ofPrim[prim.index] : MaterialId();
        return material.valid() ? ofMaterial_[material.index] : kEverything;
    }

    /// What materials bound on each prim itself read, whoever they shade in the end; everything where a binding leads
    /// nowhere or nobody can tell whom it is for.
    NameSet ofOwnBindings(PrimId prim) const {
        NameSet set = 0;
        const auto& materials = scene_.materials();
        const RowRange range = materials.bindingsOfPrim[prim.index];
        for (uint32_t i = range.begin; i < range.end; ++i) {
            const Binding& binding = materials.bindings[i];
            const bool isCollection = binding.collectionRow != TokenId::kInvalid;
            const bool clear =
                binding.target.valid() && (!isCollection || materials.collections[binding.collectionRow].understood);
            set |= clear ? ofMaterial_[binding.target.index] : kEverything;
        }
        return set;
    }

    void readRows(const Context& context) {
        const size_t count = scene_.prims().size();
        ofRow_.assign(count, 0);
        ofImages_.assign(count, 0);
        context_.assign(count, 0);
        for (size_t i = 0; i < count; ++i) {
            const PrimId parent = scene_.prims()[i].parent;
            context_[i] = ofOwnBindings(PrimId(i)) | (parent.valid() ? context_[parent.index] : 0);
        }
        parallelFor(context, count, [&](size_t i) {
            if (context_[i] == 0) return;  // nothing is bound here or above
            for (const BindingPurpose purpose : kBindingPurposes)
                ofRow_[i] |= readBy(resolveBinding(scene_, PrimId(i), purpose));
            // A binding that cannot be resolved may still be meant.
            if (context_[i] == kEverything) ofRow_[i] = kEverything;
        });
    }

    /// What a prototype's rows read in the context of their instances is read at the instance.
    void addInstances() {
        std::vector<NameSet> ofPrototype(scene_.prims().size(), 0);  // by root row: everything below it
        std::vector<NameSet> around(scene_.prims().size(), 0);       // by root row: what instances are bound to
        const size_t count = scene_.prims().size();
        // Instances nest: what is around an outer one is around the inner ones. The depth of nesting bounds the rounds.
        for (bool changed = true; changed;) {
            changed = false;
            PrimId root;
            for (size_t i = 0; i < count; ++i) {
                const Prim& row = scene_.prims()[i];
                if (row.flags.prototypeRoot) root = PrimId(i);
                const NameSet outer = context_[i] | (row.flags.inPrototype && root.valid() ? around[root.index] : 0);
                if (row.flags.instance && row.prototype.valid() &&
                    (around[row.prototype.index] | outer) != around[row.prototype.index]) {
                    around[row.prototype.index] |= outer;
                    changed = true;
                }
            }
        }
        PrimId root;
        for (size_t i = 0; i < count; ++i) {
            if (scene_.prims()[i].flags.prototypeRoot) root = PrimId(i);
            if (!scene_.prims()[i].flags.inPrototype || !root.valid()) continue;
            ofRow_[i] |= around[root.index];
            ofPrototype[root.index] |= ofRow_[i];
        }
        for (bool changed = true; changed;) {
            changed = false;
            root = PrimId();
            for (size_t i = 0; i < count; ++i) {
                const Prim& row = scene_.prims()[i];
                if (row.flags.prototypeRoot) root = PrimId(i);
                if (!row.flags.instance || !row.prototype.valid()) continue;
                const NameSet inside = ofPrototype[row.prototype.index];
                ofRow_[i] |= inside;
                if (!row.flags.inPrototype || !root.valid() ||
                    (ofPrototype[root.index] | inside) == ofPrototype[root.index])
                    continue;
                ofPrototype[root.index] |= inside;
                changed = true;
            }
        }
    }

    void addUpwards() {
        for (size_t i = scene_.prims().size(); i-- > 0;)
            if (const PrimId parent = scene_.prims()[i].parent; parent.valid()) ofRow_[parent.index] |= ofRow_[i];
    }

    void addSources() {
        std::vector<std::pair<PrimId, PrimId>> arcs;  // from, to
        for (const Arc& arc : scene_.tables().arcs)
            if (arc.internal && arc.prim.valid())
                if (const PrimId to = scene_.find(primPathOf(scene_.text(arc.target))); to.valid())
                    arcs.emplace_back(arc.prim, to);
        for (const Prototype& prototype : scene_.prototypes())
            if (const PrimId to = scene_.find(prototype.source); prototype.source.valid() && to.valid())
                arcs.emplace_back(prototype.root, to);
        for (bool changed = true; changed;) {
            changed = false;
            for (const auto& [from, to] : arcs) {
                const NameSet set = ofImages_[to.index] | of(from);
                changed = changed || set != ofImages_[to.index];
                ofImages_[to.index] = set;
            }
        }
    }

    const Scene& scene_;
    std::vector<std::string_view> names_;
    std::vector<NameSet> ofMaterial_;
    std::vector<NameSet> context_;   ///< per row: read by materials bound here or above
    std::vector<NameSet> ofRow_;     ///< per row: read here or below
    std::vector<NameSet> ofImages_;  ///< per row: read where an arc shows this prim
};

bool isPointedAt(const Scene& scene, const Property& property, const IncomingTargets& incoming) {
    for (const IncomingTarget& target : incoming.at(property.prim))
        if (scene.text(target.path).ends_with("." + std::string(scene.text(property.name)))) return true;
    return false;
}

std::string_view whyStays(const Scene& scene, const Property& property, const IncomingTargets& incoming) {
    if (property.flags.animated) return "animated";
    if (const std::string_view reason = whyNotEditable(scene, property); !reason.empty()) return reason;
    return isPointedAt(scene, property, incoming) ? "targeted" : std::string_view();
}

}  // namespace

std::vector<std::string> defaultUvNames() { return {"primvars:st", "primvars:st0", "primvars:st1", "primvars:st2"}; }

std::vector<UnusedUvs> unusedUvs(const Scene& scene, const Selection& selection, const std::vector<std::string>& names,
                                 const IncomingTargets& incoming, const Context& context) {
    USDTUNE_ASSERT(names.size() <= kMostNames, "one bit per name");
    const UvUsage usage(scene, names, context);
    const PrototypeSources sources(scene);
    const std::vector<uint8_t> elsewhere = composedElsewhere(scene);
    std::vector<std::vector<UnusedUvs>> found(scene.prims().size());
    parallelFor(context, scene.prims().size(), [&](size_t i) {
        const PrimId prim(i);
        if (!selection.contains(prim) || sources.follows(prim)) return;
        NameSet read = 0;
        bool asked = false;
        for (size_t name = 0; name < names.size(); ++name) {
            const PropertyId attribute = scene.findProperty(prim, names[name]);
            if (!attribute.valid()) continue;
            const Property& property = scene.property(attribute);
            if (property.flags.relationship || (property.value.empty() && !property.flags.animated)) continue;
            if (!asked) read = usage.of(prim);
            asked = true;
            if ((read >> name & 1) != 0) continue;
            const PropertyId indices = scene.findProperty(prim, names[name] + ":indices");
            std::string_view reason = whyStays(scene, property, incoming);
            if (reason.empty() && indices.valid()) reason = whyStays(scene, scene.property(indices), incoming);
            if (reason.empty() && elsewhere[i] != 0) reason = "arc_source";
            found[i].push_back({attribute, indices, reason});
        }
    });
    std::vector<UnusedUvs> out;
    for (const auto& ofPrim : found) out.insert(out.end(), ofPrim.begin(), ofPrim.end());
    return out;
}

}  // namespace usdtune
