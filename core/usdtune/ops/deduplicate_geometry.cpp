// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_map>

#include "usdtune/base/parallel.h"
#include "usdtune/ops/fuzzy_groups.h"
#include "usdtune/ops/geometry_groups.h"
#include "usdtune/ops/op.h"
#include "usdtune/ops/point_instancing.h"
#include "usdtune/ops/share_geometry.h"
#include "usdtune/scene/editability.h"

namespace usdtune {

namespace {

enum Method { CopyValues = 0, Reference = 1, InstanceableReference = 2, SetAttributeOnly = 3, PointInstancer = 4 };

std::vector<ArgumentDescriptor> deduplicateArguments() {
    using nlohmann::json;
    return {
        {.name = "meshPrimPaths",
         .type = ArgumentType::StringList,
         .defaultValue = json::array(),
         .description = "Meshes to look at; empty for the whole stage."},
        {.name = "tolerance",
         .type = ArgumentType::Float,
         .defaultValue = 0.001,
         .description =
             "How far a point may move, in world space, strictly less. 0 takes each mesh's own rounding error.",
         .unit = "stage units",
         .minimum = 0.0},
        {.name = "duplicateMethod",
         .type = ArgumentType::Enum,
         .defaultValue = InstanceableReference,
         .description = "What becomes of the copies.",
         .choices = {{CopyValues, "Copy Values"},
                     {Reference, "Reference"},
                     {InstanceableReference, "Instanceable Reference"},
                     {SetAttributeOnly, "Set Attribute"},
                     {PointInstancer, "Point Instancer"}}},
        {.name = "pointInstancerLocation",
         .type = ArgumentType::Enum,
         .defaultValue = 0,
         .description = "For duplicateMethod 4: point instancers go under the nearest common ancestor of their copies, "
                        "or under pointInstancerParentPath.",
         .choices = {{0, "Common Root"}, {1, "Custom Path"}}},
        {.name = "pointInstancerParentPath",
         .type = ArgumentType::String,
         .defaultValue = "",
         .description = "The parent of point instancers for Custom Path; made where it is not there."},
        {.name = "minimumDuplicates",
         .type = ArgumentType::Int,
         .defaultValue = 2,
         .description = "Smaller groups are left alone.",
         .minimum = 2.0},
        {.name = "ignoreAttributes",
         .type = ArgumentType::StringList,
         .defaultValue = json::array(),
         .description = "Attributes, or namespaces ending in a colon, that may differ; the first copy's values win."},
        {.name = "fuzzy",
         .type = ArgumentType::Bool,
         .defaultValue = false,
         .description = "Compare surfaces instead of points, so that copies of another tessellation share."},
        {.name = "allowScaling",
         .type = ArgumentType::Bool,
         .defaultValue = false,
         .description = "With fuzzy: match uniformly scaled copies, too."},
        {.name = "considerDeepTransforms",
         .type = ArgumentType::Bool,
         .defaultValue = true,
         .description = "Match copies into whose points a transform was baked."},
        {.name = "useGpu",
         .type = ArgumentType::Bool,
         .defaultValue = false,
         .description = "Accepted and told about; surfaces are compared on the CPU.",
         .hidden = true},
        {.name = "fuzzyOnly",
         .type = ArgumentType::Bool,
         .defaultValue = false,
         .description = "With fuzzy: leave out groups that the exact comparison finds as they are.",
         .hidden = true},
        {.name = "minimumGain",
         .type = ArgumentType::Double,
         .defaultValue = nullptr,
         .description = "Leave groups alone whose predicted saving is smaller; not given for no limit.",
         .unit = "bytes",
         .hidden = true},
    };
}

OpDescriptor page() {
    return {
        .key = "deduplicateGeometry",
        .title = "Deduplicate geometry",
        .summary = "Let meshes of one shape share it, also where a transform was baked into their points.",
        .lossClass = "lossless",
        .risk = "low",
        .authority = "auto",
        .category = "geometry",
        .needsMeshes = true,
        .supportsAnalysis = true,
        .identity = IdentityPromise::Moved,
        .proofMetric = "x_unique_triangle_count",
        .arguments = deduplicateArguments(),
        .changes = R"(
Meshes that show one shape, also where a transform was baked into their points, share it. By default each becomes an
instance of one prototype; it may also refer to it, take over its values, be drawn by a point instancer, or only be
numbered.
)",
        .preserves = R"(
What is seen (within the tolerance, faces keep their side), place, visibility, purpose, bindings of every purpose,
constant primvars, custom data, metadata and schemas of every copy.
)",
        .loses = R"(
With a tolerance, points move by less than it. Paths of meshes move from `/P` to `/P/Geometry`; those of a
point instancer have one path left. With fuzzy, copies take the first one's faces and normals.
)",
        .example = R"(
`usdtune op deduplicateGeometry plant.usd -o out` makes 60,000 bolts instances of a few dozen.
)",
        .notes = R"(
- Shared meshes live in a class prim at the root, `/GeometryPrototypes`, and every copy refers to it, so no copy is
  special and none can be deleted from under the others. The reference makes the last copy the prototype.
- The tolerance is in world space and strict; 0 takes each mesh's own ε, which counts as exact. A mirrored map is
  taken only between meshes of opposite orientation, since elsewhere it would turn faces inside out; the reference
  does not look at that. Normals agree within 0.01° (the reference: 1.8°). Subdivision cages share under rigid maps
  only.
- Materials, constant primvars and custom attributes never keep copies apart: they stay at the place. GeomSubsets
  move with the mesh when they are equal, bindings included. ignoreAttributes drops differences on purpose; the
  first copy's values win, and the result is labelled as changed.
- A point instancer has one look and holds nothing of single instances, so its groups are split until copies differ
  in nothing but their transform. The instancer never leaves what moves or carries its copies. Mirrored copies get an
  instancer of their own, sheared ones stay. Orientations are written as floats (`orientationsf`) wherever half floats
  would turn a copy visibly.
- Declined, by reason: what others point at, meshes with children, skinned and animated ones, colliders, light
  meshes, sources of references and what they bring in, collections that name a mesh exactly, variants that are not
  selected but speak of it.
- A shader that reads object space sees the prototype's space afterwards.
- `fuzzy` compares surfaces instead of points, so that copies of another tessellation share; that each lies within the
  tolerance of the other is proven, not sampled. They take the first copy's faces and normals, so the result is bounded
  at best. What is tied to its own faces (subdivision, physics, subsets, holes, varying primvars) is compared point by
  point all the same. It is refused with point instancers, whose instances are held to the points that they stand for.
  No GPU is used.
)",
    };
}

struct Request {
    int method = InstanceableReference;
    GroupingOptions grouping;
    size_t minimumDuplicates = 2;
    double minimumGain = 0;  ///< NaN for no filter
    bool fuzzy = false;
    bool asksForGpu = false;
    FuzzyOptions joining;
    PointInstancingOptions instancing;
};

Result<Request> requestOf(const Arguments& arguments) {
    Request request;
    request.method = arguments.integer("duplicateMethod");
    request.fuzzy = arguments.flag("fuzzy");
    if (request.fuzzy && request.method == PointInstancer)
        return Error{
            "fuzzy is true, but duplicateMethod is 4 (Point Instancer), whose instances are held to the points that "
            "they "
            "stand for; use 2 (Instanceable Reference)."};
    request.joining.allowScaling = arguments.flag("allowScaling");
    request.joining.onlyReshaped = arguments.flag("fuzzyOnly");
    request.asksForGpu = request.fuzzy && arguments.flag("useGpu");
    const bool byReference = request.method != CopyValues && request.method != SetAttributeOnly;
    request.grouping.tolerance = arguments.real("tolerance");
    request.grouping.mapPoints = arguments.flag("considerDeepTransforms");
    request.grouping.compareData = byReference;
    request.grouping.shareOrientation = byReference;
    request.grouping.ignoreAttributes = arguments.texts("ignoreAttributes");
    request.minimumDuplicates = static_cast<size_t>(arguments.integer("minimumDuplicates"));
    request.minimumGain = arguments.real("minimumGain");
    if (request.method != PointInstancer) return request;
    request.instancing.tolerance = request.grouping.tolerance;
    request.instancing.minimumDuplicates = request.minimumDuplicates;
    if (arguments.integer("pointInstancerLocation") == 1) {
        request.instancing.parentPath = arguments.text("pointInstancerParentPath");
        if (request.instancing.parentPath.empty())
            return Error{
                "pointInstancerParentPath is empty, but pointInstancerLocation is 1 (Custom Path) and needs the path "
                "of a prim."};
    }
    return request;
}

bool isStatic(const Mesh& mesh) {
    return mesh.flags.validTopology && mesh.flags.finitePoints && !mesh.flags.animatedPoints && !mesh.points.empty() &&
           mesh.faceCount() != 0;
}

bool isDrawn(const Scene& scene, const Mesh& mesh) {
    const PrimFlags& flags = scene.prim(mesh.prim).flags;
    return flags.active && flags.defined && !flags.abstract;
}

/// Copying points moves the frame in which they are read, so whoever else reads it must not be there.
std::string_view whyNotCopyable(const Scene& scene, const Mesh& mesh, const SharingContext& context) {
    if (const std::string_view reason = whyNotEditable(scene, mesh.prim); !reason.empty()) return reason;
    if (const std::string_view reason = whyNotEditable(scene, scene.property(mesh.pointsAttribute)); !reason.empty())
        return reason;
    if (mesh.flags.skinned) return "skinned";
    if (mesh.flags.physics) return "physics";
    if (mesh.flags.hasNonSubsetChildren) return "has_children";
    if (!mesh.normalsWellFormed) return "malformed_normals";
    if (scene.xforms().broken[mesh.prim.index] != 0) return "broken_transform";
    if (context.incoming.nearArcSource(mesh.prim)) return "arc_source";
    for (const Property& row : scene.properties(mesh.prim))
        if (row.flags.animated && isGeometryProperty(scene, mesh, row)) return "animated";
    return {};
}

std::string_view whyNot(const Scene& scene, const Mesh& mesh, int method, const SharingContext& context,
                        const std::optional<InstancingPlaces>& places) {
    switch (method) {
        case PointInstancer:
            return places->whyNot(mesh);
        case CopyValues:
            return whyNotCopyable(scene, mesh, context);
        case SetAttributeOnly:
            if (context.elsewhere[mesh.prim.index] != 0) return "arc_source";
            return whyNotEditable(scene, mesh.prim);
        default:
            return whyNotShareable(scene, mesh, context);
    }
}

struct Found {
    std::vector<MeshId> candidates;
    std::vector<GeometryGroup> groups;
    std::vector<InstancedGroup> instanced;  ///< the same groups, for point instancers
    std::vector<Declined> declined;
};

/// Meshes that may not take part are told about where some other mesh has their hash, be it one that nobody draws
/// where it stands: what an arc brings in has its twin at the source.
void tellDeclined(const Scene& scene, const std::vector<MeshId>& meshes, const std::vector<Hash128>& hashes,
                  const std::vector<std::string_view>& reasons, Found& found) {
    std::unordered_map<Hash128, uint32_t> count;
    for (const Hash128& hash : hashes) ++count[hash];
    for (size_t i = 0; i < meshes.size(); ++i)
        if (isDrawn(scene, scene.meshes()[meshes[i].index]) && !reasons[i].empty() && count.at(hashes[i]) > 1)
            found.declined.push_back({scene.prim(scene.meshes()[meshes[i].index].prim).path, std::string(reasons[i])});
}

SharingGain predictedGain(const Scene& scene, const GeometryGroup& group, int method) {
    return method == PointInstancer ? predictInstancing(instancingFacts(scene, group))
                                    : predictSharing(sharingFacts(scene, group));
}

/// What can be point instanced of the groups takes their place.
std::string instanceGroups(const Scene& scene, const InstancingPlaces& places, const Request& request,
                           const Context& context, Found& found) {
    auto placed = placePointInstances(scene, places, found.groups, request.instancing, context);
    if (!placed) return placed.error();
    found.instanced = std::move(placed.value().groups);
    found.groups.clear();
    for (const InstancedGroup& group : found.instanced) found.groups.push_back(group.group);
    for (Declined& row : placed.value().declined) found.declined.push_back(std::move(row));
    return {};
}

Result<Found> find(const Scene& scene, const Selection& selection, const Request& request, const Context& context) {
    std::vector<MeshId> meshes;
    for (size_t i = 0; i < scene.meshes().size(); ++i)
        if (selection.contains(scene.meshes()[i].prim) && isStatic(scene.meshes()[i]) &&
            !scene.prim(scene.meshes()[i].prim).flags.inPrototype)
            meshes.emplace_back(i);

    const SharingContext sharing(scene);
    std::optional<InstancingPlaces> places;
    if (request.method == PointInstancer) places.emplace(scene, sharing);
    std::vector<Hash128> hashes(meshes.size());
    std::vector<std::string_view> reasons(meshes.size());
    parallelFor(context, meshes.size(), [&](size_t i) {
        const Mesh& mesh = scene.meshes()[meshes[i].index];
        hashes[i] = geometryHash(scene, mesh, request.grouping);
        reasons[i] = whyNot(scene, mesh, request.method, sharing, places);
    });

    Found found;
    tellDeclined(scene, meshes, hashes, reasons, found);
    std::vector<Hash128> candidateHashes;
    for (size_t i = 0; i < meshes.size(); ++i) {
        if (!reasons[i].empty() || !isDrawn(scene, scene.meshes()[meshes[i].index])) continue;
        found.candidates.push_back(meshes[i]);
        candidateHashes.push_back(hashes[i]);
    }
    if (places)
        parallelFor(context, found.candidates.size(), [&](size_t i) {
            const Hash128 place = places->placeHash(scene.meshes()[found.candidates[i].index]);
            Hasher both;
            both.hash(candidateHashes[i]);
            both.hash(place);
            candidateHashes[i] = both.finish();
        });
    found.groups = findGeometryGroups(scene, found.candidates, candidateHashes, request.grouping, context);
    if (request.fuzzy)
        found.groups = joinFuzzyGroups(scene, found.candidates, std::move(found.groups), request.grouping,
                                       request.joining, context);
    std::erase_if(found.groups, [&](const GeometryGroup& group) {
        return group.members.size() < request.minimumDuplicates ||
               predictedGain(scene, group, request.method).bytes < request.minimumGain;
    });
    if (places)
        if (std::string problem = instanceGroups(scene, *places, request, context, found); !problem.empty())
            return Error{std::move(problem)};
    return found;
}

Edit setAttribute(const Scene& scene, const Property& like, PrimId prim, const Value& value) {
    Edit edit;
    edit.kind = EditKind::SetAttribute;
    edit.path = scene.prim(prim).path;
    edit.name = like.name;
    edit.typeName = like.typeName;
    edit.custom = like.flags.custom;
    edit.uniform = like.flags.uniform;
    edit.value = {value, nullptr};
    return edit;
}

/// The source's value of one attribute, where it differs; what only the member has goes.
void copyAttribute(const Scene& scene, PrimId from, PrimId to, std::string_view name, std::vector<Edit>& edits) {
    const PropertyId source = scene.findProperty(from, name), target = scene.findProperty(to, name);
    if (!source.valid() || scene.property(source).value.empty()) {
        if (!target.valid() || scene.property(target).value.empty()) return;
        Edit edit;
        edit.kind = EditKind::RemoveProperty;
        edit.path = scene.prim(to).path;
        edit.name = scene.property(target).name;
        edits.push_back(std::move(edit));
        return;
    }
    const Property& row = scene.property(source);
    if (target.valid() && sameBytes(row.value, scene.property(target).value)) return;
    edits.push_back(setAttribute(scene, row, to, row.value));
}

void copyValues(const Scene& scene, const GeometryGroup& group, std::vector<Edit>& edits) {
    const Mesh& source = scene.meshes()[group.members.front().mesh.index];
    for (size_t i = 1; i < group.members.size(); ++i) {
        const GroupMember& member = group.members[i];
        const Mesh& mesh = scene.meshes()[member.mesh.index];
        if (!member.map.isIdentity())
            appendInnermostTransform(scene, mesh.prim, member.map, "deduplicatedGeometry", edits);
        copyAttribute(scene, source.prim, mesh.prim, "points", edits);
        if (mesh.extentAttribute.valid() || source.extentAttribute.valid())
            copyAttribute(scene, source.prim, mesh.prim, "extent", edits);
        for (const std::string_view name : {"normals", "primvars:normals", "primvars:normals:indices"})
            copyAttribute(scene, source.prim, mesh.prim, name, edits);
        if (!member.reshaped) continue;
        for (const std::string_view name : {"faceVertexCounts", "faceVertexIndices", "orientation"})
            copyAttribute(scene, source.prim, mesh.prim, name, edits);
    }
}

void numberSets(const Scene& scene, const Found& found, std::vector<Edit>& edits) {
    std::vector<int> setOf(scene.meshes().size(), 0);
    for (size_t g = 0; g < found.groups.size(); ++g)
        for (const GroupMember& member : found.groups[g].members) setOf[member.mesh.index] = static_cast<int>(g + 1);
    const TokenId name = scene.tokens().intern("duplicationSet"), type = scene.tokens().intern("int");
    for (const MeshId mesh : found.candidates) {
        const PrimId prim = scene.meshes()[mesh.index].prim;
        const PropertyId there = scene.findProperty(prim, name);
        const auto old = there.valid() ? scene.property(there).value.as<int>(Element::Int, 1) : std::span<const int>();
        if (old.size() == 1 && old[0] == setOf[mesh.index]) continue;
        Edit edit;
        edit.kind = EditKind::SetAttribute;
        edit.path = scene.prim(prim).path;
        edit.name = name;
        edit.typeName = type;
        edit.custom = true;
        edit.value = OwnedValue::scalar({Element::Int, 1, false}, setOf[mesh.index]);
        edits.push_back(std::move(edit));
    }
}

void promise(const Request& request, const Found& found, OpOutcome& outcome) {
    if (request.method == SetAttributeOnly || found.groups.empty()) return;
    if (request.grouping.compareData && !request.grouping.ignoreAttributes.empty()) {
        outcome.surface = SurfacePromise::Changes;
    } else if (request.grouping.tolerance > 0) {
        outcome.surface = SurfacePromise::Bounded;
        outcome.tolerance = request.grouping.tolerance;
    } else if (request.fuzzy) {
        // Within ε, but by other triangles: no correspondence shows that it is exact.
        outcome.surface = SurfacePromise::Bounded;
        for (const GeometryGroup& group : found.groups)
            for (const GroupMember& member : group.members)
                outcome.tolerance = std::max(outcome.tolerance, member.worldDistance);
    }
}

/// A tolerance that happens to move nothing beyond ε leaves the surface exact.
bool staysExact(const Scene& scene, const Found& found) {
    for (const GeometryGroup& group : found.groups)
        for (const GroupMember& member : group.members) {
            const Mesh& mesh = scene.meshes()[member.mesh.index];
            if (member.reshaped || member.worldDistance > surfaceEpsilon(mesh, scene.xforms().world[mesh.prim.index]))
                return false;
        }
    return true;
}

void count(const Scene& scene, const Found& found, const Request& request, OpOutcome& outcome) {
    size_t members = 0, rigid = 0, stretched = 0, placed = 0, reshaped = 0;
    SharingGain gain;
    for (const GeometryGroup& group : found.groups) {
        const SharingGain of = predictedGain(scene, group, request.method);
        gain.bytes += of.bytes;
        gain.openSeconds += of.openSeconds;
        for (const GroupMember& member : group.members) {
            ++members;
            reshaped += member.reshaped ? 1 : 0;
            if (member.map.isIdentity())
                ++placed;
            else
                ++(member.kind == MapKind::rigid ? rigid : stretched);
        }
    }
    outcome.counts = {{"groups", found.groups.size()},
                      {"meshesShared", members},
                      {"meshesRemoved", members - found.groups.size()},
                      {"identityMaps", placed},
                      {"rigidMaps", rigid},
                      {"otherMaps", stretched},
                      {"predictedBytesSaved", static_cast<int64_t>(gain.bytes)},
                      {"predictedOpenSeconds", -gain.openSeconds}};
    if (request.method == PointInstancer) outcome.counts["pointInstancers"] = found.instanced.size();
    if (request.fuzzy) outcome.counts["reshaped"] = reshaped;
    if (request.asksForGpu) outcome.output["note"] = "useGpu changes nothing: surfaces are compared on the CPU.";
}

Result<OpOutcome> deduplicateGeometry(const Scene& scene, const Selection& selection, const Arguments& arguments,
                                      const Context& context) {
    auto request = requestOf(arguments);
    if (!request) return Error{request.error()};
    const int method = request.value().method;
    auto result = find(scene, selection, request.value(), context);
    if (!result) return Error{result.error()};
    Found& found = result.value();

    OpOutcome outcome;
    if (method == Reference || method == InstanceableReference)
        outcome.edits = shareGeometry(scene, found.groups, method == InstanceableReference);
    if (method == PointInstancer)
        outcome.edits = writePointInstancers(scene, found.instanced, request.value().instancing);
    if (method == CopyValues)
        for (const GeometryGroup& group : found.groups) copyValues(scene, group, outcome.edits.edits);
    if (method == SetAttributeOnly) numberSets(scene, found, outcome.edits.edits);
    promise(request.value(), found, outcome);
    if (outcome.surface == SurfacePromise::Bounded && staysExact(scene, found)) {
        outcome.surface = SurfacePromise::Exact;
        outcome.tolerance = 0;
    }
    count(scene, found, request.value(), outcome);
    outcome.declined = std::move(found.declined);
    return outcome;
}

Result<OpOutcome> analyzeGeometry(const Scene& scene, const Selection& selection, const Arguments& arguments,
                                  const Context& context) {
    auto request = requestOf(arguments);
    if (!request) return Error{request.error()};
    auto result = find(scene, selection, request.value(), context);
    if (!result) return Error{result.error()};
    Found& found = result.value();
    std::vector<std::vector<std::string>> sets;
    for (const GeometryGroup& group : found.groups) {
        sets.emplace_back();
        for (const GroupMember& member : group.members)
            sets.back().emplace_back(scene.path(scene.meshes()[member.mesh.index].prim));
        std::sort(sets.back().begin(), sets.back().end());
    }
    std::sort(sets.begin(), sets.end());
    OpOutcome outcome;
    outcome.output["analysis"] = sets;
    count(scene, found, request.value(), outcome);
    outcome.declined = std::move(found.declined);
    return outcome;
}

}  // namespace

Operation deduplicateGeometryOperation() { return {page(), "meshPrimPaths", deduplicateGeometry, analyzeGeometry}; }

}  // namespace usdtune
