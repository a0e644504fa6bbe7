// SPDX-License-Identifier: Apache-2.0
//
// A group keeps the shape of its first member: that one is written down again at the new place, and every input at
// which members differ is connected to a UsdPrimvarReader. The numbers move to the prims that are drawn.
#include "usdtune/ops/primvar_materials.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "usdtune/ops/copy_prims.h"
#include "usdtune/ops/material_edits.h"
#include "usdtune/ops/material_transfer.h"
#include "usdtune/ops/prim_writer.h"
#include "usdtune/scene/editability.h"

namespace usdtune {

namespace {

constexpr std::string_view kInputs = "inputs:";
constexpr std::string_view kPrimvars = "primvars:";

bool isPrimPath(std::string_view path) {
    if (path.size() < 2 || path.front() != '/' || path.back() == '/') return false;
    for (size_t i = 1; i < path.size(); ++i) {
        const bool first = path[i - 1] == '/';
        const auto c = static_cast<unsigned char>(path[i]);
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
        const bool digit = c >= '0' && c <= '9';
        if (!letter && (first || (!digit && c != '/'))) return false;
    }
    return true;
}

std::string joined(std::string_view parent, std::string_view name) {
    return std::string(parent) + "/" + std::string(name);
}

/// `wanted`, or with the first number that makes it free.
template <class Taken>
std::string freeName(const std::string& wanted, const Taken& taken) {
    std::string name = wanted;
    for (int number = 1; taken(name); ++number) name = wanted + std::to_string(number);
    return name;
}

/// Names of primvars that nobody in the scene authors or reads, one per input name and type. An input that occurs in
/// several surfaces of one material gets one per surface.
class PrimvarNames {
public:
    explicit PrimvarNames(const Scene& scene) {
        for (const Property& row : scene.properties()) {
            std::string_view name = scene.text(row.name);
            if (name.starts_with(kPrimvars)) taken_.emplace(name.substr(kPrimvars.size()));
        }
        for (const Material& material : scene.materials().rows)
            for (const TokenId name : material.readPrimvars) taken_.emplace(scene.text(name));
    }

    const std::string& of(std::string_view input, std::string_view typeName, size_t occurrence) {
        std::string& name = names_[{std::string(input), std::string(typeName), occurrence}];
        if (name.empty()) {
            name = freeName(std::string(input), [&](const std::string& one) { return taken_.contains(one); });
            taken_.insert(name);
        }
        return name;
    }

private:
    std::set<std::string> taken_;
    std::map<std::tuple<std::string, std::string, size_t>, std::string> names_;
};

/// One input that members say differently.
struct Differing {
    size_t position;
    std::string input;    ///< without `inputs:`
    std::string primvar;  ///< without `primvars:`
};

std::vector<Differing> differingInputs(const Scene& scene, const SimilarMaterials& group, PrimvarNames& names) {
    std::vector<Differing> out;
    std::map<std::string, size_t> occurrences;
    for (const size_t position : group.differing) {
        const Property& row = scene.property(group.parameters.front()[position]);
        const std::string input(scene.text(row.name).substr(kInputs.size()));
        const size_t occurrence = occurrences[input]++;
        out.push_back({position, input, names.of(input, scene.text(row.typeName), occurrence)});
    }
    return out;
}

TransferredValue valueOf(const Scene& scene, PropertyId id, const std::string& primvar) {
    const Property& row = scene.property(id);
    TransferredValue out;
    out.primvar = scene.tokens().intern(std::string(kPrimvars) + primvar);
    out.typeName = row.typeName;
    out.components = row.value.type.components;
    std::copy_n(static_cast<const float*>(row.value.data), out.components, out.numbers.begin());
    return out;
}

/// Where the new materials go: the prims on the way that are there, and the layer that new ones are written to.
struct Destination {
    std::string path;
    PrimId nearest;  ///< the deepest prim on the way that exists; invalid for none
    LayerId layer;
    std::string_view reason;  ///< why nothing can be written there; empty when it can
};

Destination destinationAt(const Scene& scene, std::string_view path) {
    Destination out;
    out.path = path;
    out.layer = LayerId(size_t{0});
    for (std::string_view at = path; at.size() > 1; at = at.substr(0, at.rfind('/'))) {
        if (!scene.findThroughInstances(at).valid()) continue;
        out.nearest = scene.find(at);
        if (!out.nearest.valid() || scene.prim(out.nearest).flags.instance) {
            out.reason = "materials_path_not_editable";
            return out;
        }
        out.layer = scene.prim(out.nearest).layer;
        if (!whyNotEditable(scene, out.nearest).empty() || !scene.prim(out.nearest).flags.active)
            out.reason = "materials_path_not_editable";
        const std::string_view type = scene.typeName(out.nearest);
        if (type == "Material" || type == "Shader" || type == "NodeGraph") out.reason = "materials_path_in_material";
        return out;
    }
    return out;
}

bool isUnderDefaultPrim(const Scene& scene, std::string_view path) {
    const std::string_view root = path.substr(1, path.find('/', 1) - 1);
    return !scene.stage().defaultPrim.empty() && root == scene.stage().defaultPrim;
}

class PrimvarMaterials {
public:
    PrimvarMaterials(const Scene& scene, Destination destination)
        : scene_(scene), destination_(std::move(destination)), incoming_(scene), sources_(scene), names_(scene) {}

    OpOutcome run(const Selection& selection) {
        SimilarGroups found = similarMaterials(scene_, selection, incoming_, sources_);
        for (const KeptMaterial& kept : found.kept) decline(kept.material, kept.reason);
        std::erase_if(found.groups, [&](const SimilarMaterials& group) {
            const std::string_view reason = whyNotMade(group);
            if (!reason.empty())
                for (const MaterialId member : group.members) decline(member, reason);
            return !reason.empty();
        });
        Transfer transfer = transferWhatStaysShared(found.groups);

        if (!found.groups.empty()) defineDestination();
        std::map<PrimId, TokenId> standInOf;
        size_t made = 0;
        for (const SimilarMaterials& group : found.groups) {
            const std::string path = make(group);
            ++made;
            for (const MaterialId member : group.members) standInOf[primOf(member)] = scene_.tokens().intern(path);
        }
        auto& edits = outcome_.edits.edits;
        std::move(transfer.edits.begin(), transfer.edits.end(), std::back_inserter(edits));
        const Retargeted retargeted = retargetRelationships(scene_, standInOf, incoming_, sources_, outcome_.edits);
        for (const SimilarMaterials& group : found.groups)
            for (const MaterialId member : group.members)
                mergeMaterial(scene_, primOf(member), primOf(group.members.front()),
                              scene_.text(standInOf.at(primOf(member))), outcome_.edits);
        outcome_.counts = {{"groups", found.groups.size()},
                           {"materialsAdded", made},
                           {"materialsRemoved", standInOf.size()},
                           {"primsWithPrimvars", transfer.prims},
                           {"bindingsRetargeted", retargeted.bindings},
                           {"otherRelationshipsRetargeted", retargeted.others}};
        return std::move(outcome_);
    }

private:
    PrimId primOf(MaterialId material) const { return scene_.materials().rows[material.index].prim; }

    void decline(MaterialId material, std::string_view reason) {
        outcome_.declined.push_back({scene_.prim(primOf(material)).path, std::string(reason)});
    }

    std::string_view whyNotMade(const SimilarMaterials& group) const {
        if (!destination_.reason.empty()) return destination_.reason;
        const PrimId first = primOf(group.members.front());
        if (usdtune::isUnderDefaultPrim(scene_, first) && !isUnderDefaultPrim(scene_, destination_.path))
            return "materials_path_outside_default_prim";
        for (const MaterialId member : group.members)
            if (scene_.hasApiSchema(primOf(member), "PhysicsMaterialAPI")) return "physics";
        return whyNotCopied(scene_, first, destination_.layer);
    }

    /// Hands the numbers over; groups of which only one member is left are given up, until all are shared.
    Transfer transferWhatStaysShared(std::vector<SimilarMaterials>& groups) {
        for (;;) {
            TransferRequest request;
            for (const SimilarMaterials& group : groups)
                for (size_t member = 0; member < group.members.size(); ++member)
                    for (const Differing& one : differingInputs(scene_, group, names_))
                        request.values[group.members[member]].push_back(
                            valueOf(scene_, group.parameters[member][one.position], one.primvar));
            Transfer transfer = transferToPrims(scene_, request, sources_);
            if (transfer.kept.empty()) return transfer;
            for (const KeptMaterial& kept : transfer.kept) decline(kept.material, kept.reason);
            leaveOut(groups, transfer.kept);
        }
    }

    void leaveOut(std::vector<SimilarMaterials>& groups, const std::vector<KeptMaterial>& kept) {
        std::set<MaterialId> gone;
        for (const KeptMaterial& one : kept) gone.insert(one.material);
        for (SimilarMaterials& group : groups) {
            for (size_t member = group.members.size(); member-- > 0;) {
                if (!gone.contains(group.members[member])) continue;
                group.members.erase(group.members.begin() + static_cast<ptrdiff_t>(member));
                group.parameters.erase(group.parameters.begin() + static_cast<ptrdiff_t>(member));
            }
            if (group.members.size() == 1) decline(group.members[0], "alone_in_its_group");
        }
        std::erase_if(groups, [](const SimilarMaterials& group) { return group.members.size() < 2; });
    }

    void defineDestination() {
        const std::string_view there = destination_.nearest.valid() ? scene_.path(destination_.nearest) : "";
        for (size_t slash = there.size(); slash < destination_.path.size();) {
            const size_t next = std::min(destination_.path.find('/', slash + 1), destination_.path.size());
            writer_.define(token(destination_.path.substr(0, next)), Specifier::Def, token("Xform"));
            slash = next;
        }
    }

    /// Writes the group's material and gives its path.
    std::string make(const SimilarMaterials& group) {
        const PrimId first = primOf(group.members.front());
        const std::string path =
            freeName(joined(destination_.path, scene_.text(scene_.prim(first).name)) + "_pv",
                     [&](const std::string& one) { return scene_.find(one).valid() || made_.contains(one); });
        made_.insert(path);
        copyPrims(scene_, first, path, outcome_.edits.edits);
        std::set<std::string> readers;
        for (const Differing& one : differingInputs(scene_, group, names_)) {
            const std::string name = freeName("PrimvarReader_" + one.primvar, [&](const std::string& wanted) {
                return scene_.find(joined(scene_.path(first), wanted)).valid() || readers.contains(wanted);
            });
            readers.insert(name);
            connect(scene_.property(group.parameters.front()[one.position]), first, path, joined(path, name),
                    one.primvar);
        }
        return path;
    }

    /// One reader, and the input that reads it. The number itself goes: it was the first member's alone.
    void connect(const Property& input, PrimId first, const std::string& material, const std::string& reader,
                 const std::string& primvar) {
        const uint8_t components = input.value.type.components;
        const std::string type = components == 1 ? "float" : "float" + std::to_string(components);
        const TokenId at = token(reader);
        const auto word = [&](const std::string& text) {
            return OwnedValue::scalar({Element::Text, 1, false}, token(text));
        };
        writer_.define(at, Specifier::Def, token("Shader"));
        writer_.set(at, "info:id", "token", word("UsdPrimvarReader_" + type), true);
        writer_.set(at, "inputs:varname", "string", word(primvar));
        writer_.set(at, "outputs:result", type, {});

        const TokenId shader = token(material + std::string(scene_.path(input.prim).substr(scene_.path(first).size())));
        writer_.say(EditKind::RemoveProperty, shader).name = input.name;
        Edit& declaration = writer_.say(EditKind::SetAttribute, shader);
        declaration.name = input.name;
        declaration.typeName = input.typeName;
        declaration.custom = input.flags.custom;
        declaration.uniform = input.flags.uniform;
        for (const Metadatum& datum : scene_.metadata(input.metadata))
            declaration.metadata.emplace_back(datum.key, OwnedValue{datum.value, nullptr});
        Edit& connection = writer_.say(EditKind::SetTargets, shader);
        connection.name = input.name;
        connection.typeName = input.typeName;
        connection.connection = true;
        connection.targets = {token(reader + ".outputs:result")};
    }

    TokenId token(std::string_view text) const { return scene_.tokens().intern(text); }

    const Scene& scene_;
    Destination destination_;
    IncomingTargets incoming_;
    PrototypeSources sources_;
    PrimvarNames names_;
    std::set<std::string> made_;
    OpOutcome outcome_;
    PrimWriter writer_{scene_, outcome_.edits.edits};
};

}  // namespace

Result<OpOutcome> deduplicateWithPrimvars(const Scene& scene, const Selection& selection,
                                          std::string_view materialsPath) {
    if (!isPrimPath(materialsPath))
        return Error{"materialsPath is \"" + std::string(materialsPath) +
                     "\", but must be the absolute path of a prim, such as /World/Looks."};
    return PrimvarMaterials(scene, destinationAt(scene, materialsPath)).run(selection);
}

}  // namespace usdtune
