// SPDX-License-Identifier: Apache-2.0
//
// Composition facts this rests on, checked with OpenUSD 26.11 (tests/python/test_shared_geometry.py): an internal
// reference keeps relationship targets outside of the referenced prim as they are, so subset bindings survive;
// visibility, purpose, constant primvars and bindings of the instance reach the mesh below; a def below a class is
// defined through the reference.
#include "usdtune/ops/share_geometry.h"

#include <algorithm>
#include <unordered_set>

#include "usdtune/ops/prim_writer.h"
#include "usdtune/scene/composed_elsewhere.h"
#include "usdtune/scene/editability.h"

namespace usdtune {

namespace {

constexpr std::string_view kMapSuffix = "sharedGeometry";

std::string_view apiProblem(const Scene& scene, const Mesh& mesh) {
    for (const TokenId id : scene.tokenList(scene.prim(mesh.prim).apiSchemas)) {
        const std::string_view schema = scene.text(id);
        if (schema.starts_with("Physics") || schema.starts_with("Physx")) return "physics";
        if (schema.starts_with("Skel")) return "skinned";
        if (schema.find("Light") != std::string_view::npos || schema == "ShapingAPI" || schema == "ShadowAPI")
            return "light";
        if (schema.find("Mesh") != std::string_view::npos) return "api_schema";
    }
    return {};
}

/// Collections follow the mesh to its new place below the old one, unless they name it exactly.
std::string_view targetProblem(const Scene& scene, const IncomingTarget& target) {
    const Property& row = scene.property(target.property);
    const std::string_view name = scene.text(row.name);
    const bool collection = row.flags.relationship && name.starts_with("collection:") &&
                            (name.ends_with(":includes") || name.ends_with(":excludes"));
    const std::string_view path = scene.text(target.path);
    if (!collection) {
        // A binding by collection points at a collection that stays where it is.
        return name.starts_with("material:binding:collection") && path.find(".collection:") != std::string_view::npos
                   ? std::string_view()
                   : "is_target";
    }
    if (path.find('.') != std::string_view::npos)
        return path.find(".collection:") != std::string_view::npos ? std::string_view() : "is_target";
    const std::string rule = std::string(name.substr(0, name.rfind(':'))) + ":expansionRule";
    return scene.textOf(scene.value(row.prim, rule)) == "explicitOnly" ? "explicit_collection" : std::string_view();
}

bool hasOpaqueMetadata(const Scene& scene, RowRange range) {
    const auto rows = scene.metadata(range);
    return std::any_of(rows.begin(), rows.end(),
                       [](const Metadatum& row) { return row.value.type.element == Element::Opaque; });
}

/// `float3[] points` reads like points, but a prototype of it would bring the wrong type to every copy.
bool hasSchemaType(const Scene& scene, const Property& row) {
    static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
        {"points", "point3f[]"},         {"normals", "normal3f[]"},     {"velocities", "vector3f[]"},
        {"accelerations", "vector3f[]"}, {"faceVertexCounts", "int[]"}, {"faceVertexIndices", "int[]"}};
    const std::string_view name = scene.text(row.name), type = scene.text(row.typeName);
    return std::none_of(std::begin(kTypes), std::end(kTypes),
                        [&](const auto& known) { return name == known.first && type != known.second; });
}

std::string_view contentProblem(const Scene& scene, const Mesh& mesh) {
    for (const Property& row : scene.properties(mesh.prim)) {
        if (!isGeometryProperty(scene, mesh, row)) continue;
        if (row.flags.animated) return "animated";
        if (row.hasTargets && !row.targets.empty()) return "connected";
        if (row.flags.opaque || row.flags.mismatched) return "opaque";
        if (!hasSchemaType(scene, row)) return "attribute_type";
        if (hasOpaqueMetadata(scene, row.metadata)) return "opaque_metadata";
        if (const std::string_view reason = whyNotEditable(scene, row); !reason.empty()) return reason;
    }
    for (const Primvar& primvar : mesh.primvars)
        if (primvar.interpolation != Interpolation::Constant && !primvar.wellFormed && primvar.values.count != 0)
            return "malformed_primvar";
    for (const Subset& subset : mesh.subsets) {
        if (scene.hasChildren(subset.prim)) return "has_children";
        if (subset.animated) return "animated";
        if (hasOpaqueMetadata(scene, scene.prim(subset.prim).metadata)) return "opaque_metadata";
        for (const Property& row : scene.properties(subset.prim)) {
            if (row.flags.animated) return "animated";
            if (row.flags.opaque || row.flags.mismatched) return "opaque";
            if (hasOpaqueMetadata(scene, row.metadata)) return "opaque_metadata";
        }
    }
    return {};
}

/// Builds edits; everything that a prim of the result needs is said about it in one go.
class Sharing {
public:
    Sharing(const Scene& scene, bool instanceable)
        : scene_(scene), tokens_(scene.tokens()), write_(scene, out_.edits), instanceable_(instanceable) {
        meshType_ = tokens_.intern("Mesh");
        xformType_ = tokens_.intern("Xform");
    }

    EditList share(const std::vector<GeometryGroup>& groups) {
        if (groups.empty()) return {};
        openScope();
        for (const GeometryGroup& group : groups) {
            const TokenId prototype = makePrototype(scene_.meshes()[group.members.front().mesh.index]);
            for (const GroupMember& member : group.members) refer(member, prototype);
        }
        return std::move(out_);
    }

private:
    /// An own class scope of that name is used again; anything else makes way for a numbered one.
    void openScope() {
        for (int number = 0;; ++number) {
            std::string path = "/" + std::string(kPrototypeScope);
            if (number > 0) path += "_" + std::to_string(number);
            const PrimId there = scene_.find(path);
            if (!there.valid()) {
                scope_ = tokens_.intern(path);
                return write_.define(scope_, Specifier::Class, tokens_.intern("Scope"));
            }
            const Prim& prim = scene_.prim(there);
            const bool usable = prim.specifier == Specifier::Class && prim.flags.active && !prim.flags.hasArcs &&
                                scene_.typeName(there) == "Scope" && whyNotEditable(scene_, there).empty();
            if (!usable) continue;
            scope_ = tokens_.intern(path);
            for (const PrimId child : scene_.children(there)) names_.take(scene_.text(scene_.prim(child).name));
            return;
        }
    }

    TokenId makePrototype(const Mesh& mesh) {
        const TokenId prototype = write_.below(scope_, names_.free(scene_.text(scene_.prim(mesh.prim).name)));
        const TokenId geometry = write_.below(prototype, "Geometry");
        write_.define(prototype, Specifier::Def, xformType_);
        write_.define(geometry, Specifier::Def, meshType_);
        for (const Property& row : scene_.properties(mesh.prim))
            if (isGeometryProperty(scene_, mesh, row) && scene_.text(row.name) != "extent") write_.copy(row, geometry);
        write_.extentOf(mesh, geometry);
        for (const Subset& subset : mesh.subsets) write_.copySubset(subset, geometry);
        return prototype;
    }

    void refer(const GroupMember& member, TokenId prototype) {
        const Mesh& mesh = scene_.meshes()[member.mesh.index];
        const TokenId path = scene_.prim(mesh.prim).path;
        const TokenId moved = write_.below(path, "Geometry");
        for (const Subset& subset : mesh.subsets) {
            const Prim& prim = scene_.prim(subset.prim);
            write_.say(EditKind::RemovePrim, prim.path);
            tellMove(prim.path, write_.below(moved, scene_.text(prim.name)), PathFate::Moved);
        }
        for (const Property& row : scene_.properties(mesh.prim))
            if (isGeometryProperty(scene_, mesh, row)) write_.say(EditKind::RemoveProperty, path).name = row.name;
        write_.say(EditKind::SetTypeName, path).typeName = xformType_;
        if (!member.map.isIdentity()) appendInnermostTransform(scene_, mesh.prim, member.map, kMapSuffix, out_.edits);
        write_.say(EditKind::AddReference, path).targets = {prototype};
        Edit& edit = write_.say(EditKind::SetPrimMetadata, path);
        edit.name = tokens_.intern("instanceable");
        edit.typeName = tokens_.intern("bool");
        edit.value = OwnedValue::scalar({Element::Bool, 1, false}, static_cast<uint8_t>(instanceable_ ? 1 : 0));
        tellMove(path, moved, PathFate::Instanced);  // the place stays, its content moves
    }
    void tellMove(TokenId from, TokenId to, PathFate fate) {
        out_.moves.push_back({from, to, fate, "shares_geometry", {}});
    }

    const Scene& scene_;
    TokenTable& tokens_;
    EditList out_;
    PrimWriter write_;
    bool instanceable_;
    TokenId scope_, meshType_, xformType_;
    FreeNames names_;
};

}  // namespace

SharingContext::SharingContext(const Scene& scene) : incoming(scene), elsewhere(composedElsewhere(scene)) {
    for (const Property& row : scene.properties()) {
        const std::string_view name = scene.text(row.name);
        if (name.ends_with(":membershipExpression") && name.starts_with("collection:") &&
            (!row.value.empty() || row.flags.opaque))
            hasCollectionExpressions = true;
    }
}

std::string_view whyNotShareable(const Scene& scene, const Mesh& mesh, const SharingContext& context) {
    const Prim& prim = scene.prim(mesh.prim);
    if (const std::string_view reason = whyNotEditableBelow(scene, mesh.prim); !reason.empty()) return reason;
    if (prim.flags.hasArcs) return "has_arcs";
    if (mesh.flags.hasNonSubsetChildren) return "has_children";
    if (mesh.flags.skinned) return "skinned";
    if (mesh.flags.physics) return "physics";
    if (!mesh.normalsWellFormed) return "malformed_normals";
    if (const std::string_view reason = apiProblem(scene, mesh); !reason.empty()) return reason;
    if (const std::string_view reason = contentProblem(scene, mesh); !reason.empty()) return reason;
    if (isDefaultPrim(scene, mesh.prim)) return "default_prim";
    if (scene.xforms().broken[mesh.prim.index] != 0) return "broken_transform";
    if (context.incoming.nearArcSource(mesh.prim)) return "arc_source";
    if (context.hasCollectionExpressions) return "collection_expression";
    for (const IncomingTarget& target : context.incoming.at(mesh.prim))
        if (const std::string_view reason = targetProblem(scene, target); !reason.empty()) return reason;
    for (const Subset& subset : mesh.subsets)
        if (!context.incoming.at(subset.prim).empty()) return "is_target";
    if (scene.isLatentTarget(scene.path(mesh.prim))) return "latent_target";
    return {};
}

SharingFacts sharingFacts(const Scene& scene, const GeometryGroup& group) {
    SharingFacts facts;
    facts.members = group.members.size();
    // A file holds equal arrays once, whoever has them.
    std::unordered_set<Hash128> held{scene.meshes()[group.members.front().mesh.index].pointsHash};
    for (const GroupMember& member : group.members) {
        const Mesh& mesh = scene.meshes()[member.mesh.index];
        if (held.insert(mesh.pointsHash).second)
            facts.distinctBytes += mesh.points.size_bytes() + mesh.normals.size_bytes();
        size_t specs = mesh.subsets.size();
        for (const Property& row : scene.properties(mesh.prim)) specs += isGeometryProperty(scene, mesh, row) ? 1 : 0;
        facts.removedSpecs += specs;
        if (member.mesh == group.members.front().mesh) facts.addedSpecs += specs + 2;
        if (!member.map.isIdentity()) {
            ++facts.maps;
            facts.addedSpecs += 1;
        }
    }
    return facts;
}

SharingFacts instancingFacts(const Scene& scene, const GeometryGroup& group) {
    constexpr size_t kSpecsOfAnInstancer = 9;  // itself, the prototypes' scope and the arrays
    SharingFacts facts = sharingFacts(scene, group);
    facts.removedSpecs = facts.addedSpecs = 0;
    for (const GroupMember& member : group.members) {
        const Mesh& mesh = scene.meshes()[member.mesh.index];
        const size_t specs = 1 + scene.properties(mesh.prim).size() + mesh.subsets.size();
        facts.removedSpecs += specs;
        if (member.mesh == group.members.front().mesh) facts.addedSpecs = specs + kSpecsOfAnInstancer;
    }
    return facts;
}

EditList shareGeometry(const Scene& scene, const std::vector<GeometryGroup>& groups, bool instanceable) {
    return Sharing(scene, instanceable).share(groups);
}

void appendInnermostTransform(const Scene& scene, PrimId prim, const Matrix4d& map, std::string_view suffix,
                              std::vector<Edit>& edits) {
    TokenTable& tokens = scene.tokens();
    std::string name = "xformOp:transform:" + std::string(suffix);
    for (int number = 1; scene.findProperty(prim, name).valid(); ++number)
        name = "xformOp:transform:" + std::string(suffix) + std::to_string(number);
    const TokenId op = tokens.intern(name);

    Edit value;
    value.kind = EditKind::SetAttribute;
    value.path = scene.prim(prim).path;
    value.name = op;
    value.typeName = tokens.intern("matrix4d");
    value.value = OwnedValue::scalar({Element::Double, 16, false}, map);
    edits.push_back(std::move(value));

    std::vector<TokenId> order;
    if (const PropertyId row = scene.findProperty(prim, "xformOpOrder"); row.valid()) {
        const auto old = scene.property(row).value.as<TokenId>(Element::Text, 1);
        order.assign(old.begin(), old.end());
    }
    order.push_back(op);  // listed last is innermost
    Edit edit;
    edit.kind = EditKind::SetAttribute;
    edit.path = scene.prim(prim).path;
    edit.name = tokens.intern("xformOpOrder");
    edit.typeName = tokens.intern("token[]");
    edit.uniform = true;
    edit.value = OwnedValue::array<TokenId>({Element::Text, 1, true}, std::move(order));
    edits.push_back(std::move(edit));
}

}  // namespace usdtune
