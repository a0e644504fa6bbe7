// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "usdtune/base/parallel.h"
#include "usdtune/mesh/normals.h"
#include "usdtune/ops/edit_mesh.h"
#include "usdtune/ops/op.h"
#include "usdtune/scene/composed_elsewhere.h"
#include "usdtune/scene/editability.h"

namespace usdtune {

namespace {

OpDescriptor page() {
    return {
        .key = "generateNormals",
        .title = "Generate normals",
        .summary = "Give meshes normals, or repair the ones they have.",
        .lossClass = "lossless",
        .risk = "low",
        .authority = "auto",
        .category = "geometry",
        .needsMeshes = true,
        .supportsAnalysis = true,
        .surface = SurfacePromise::Changes,
        .arguments = {{.name = "paths",
                       .type = ArgumentType::StringList,
                       .defaultValue = nlohmann::json::array(),
                       .description = "Meshes to look at; empty for the whole stage."},
                      {.name = "binding",
                       .type = ArgumentType::Enum,
                       .defaultValue = 3,
                       .description =
                           "Where normals live; Auto keeps what is there or takes the cheapest that keeps sharp edges.",
                       .choices = {{0, "Corners"}, {1, "Faces"}, {2, "Vertices"}, {3, "Auto"}}},
                      {.name = "existingNormals",
                       .type = ArgumentType::Enum,
                       .defaultValue = 0,
                       .description = "Repair the normals that are there, or make all anew.",
                       .choices = {{0, "Fix"}, {1, "Replace"}}},
                      {.name = "sharpnessAngle",
                       .type = ArgumentType::Float,
                       .defaultValue = 60.0,
                       .description = "Edges whose faces turn by more than this are sharp; 0 is flat.",
                       .unit = "degrees",
                       .minimum = -180.0,
                       .maximum = 180.0},
                      {.name = "weightmode",
                       .type = ArgumentType::Enum,
                       .defaultValue = 0,
                       .description = "What a face weighs in a mean normal.",
                       .choices = {{0, "Angle"}, {1, "Area"}}},
                      {.name = "gpuThreshold",
                       .type = ArgumentType::Int,
                       .defaultValue = 500000,
                       .description = "Taken for compatibility; normals are computed on the CPU.",
                       .minimum = 0.0}},
        .changes = R"(
Meshes without normals get some; normals that are no unit vectors or point to the back of all their faces are
replaced. On request all normals are made anew.
)",
        .preserves = "Points and topology; normals that are sound keep their bits; the attribute's name.",
        .loses = R"(
Shading changes, which is the purpose. With existingNormals = 1 the authored normals are lost.
)",
        .example = "`usdtune op generateNormals scene.usd -o out --sharpness-angle 30`",
        .notes = R"(
What is there stays in `normals` or `primvars:normals`; new ones go to `primvars:normals`, which wins over the
other. `orientation` decides what outside is. Fixing keeps the binding that is there unless another is asked for, in
which case all normals are made anew. A single constant normal is left alone if it is a unit vector. Declined:
subdivision cages, whose limit surface has its own normals; animated points; normals of other types than three
floats; content from references. There is no GPU path, so gpuThreshold changes nothing.
)",
    };
}

struct Options {
    NormalOptions normals;
    bool replace = false;
};

/// The normals that a reader of the mesh finds, and where new ones go.
struct Existing {
    PropertyId attribute, indices;  ///< invalid when there are none
    bool readable = false;          ///< three floats each, as many as the interpolation asks for
    Interpolation interpolation = Interpolation::Vertex;
    std::vector<Vec3f> values;
};

struct Work {
    std::string_view declined;
    size_t made = 0;
    bool hadNormals = false;
    Existing existing;
    Normals result;
};

Existing existingOf(const Scene& scene, const Mesh& mesh) {
    Existing out;
    for (const Primvar& primvar : mesh.primvars) {
        if (scene.text(primvar.name) != "normals") continue;
        out.attribute = primvar.attribute;
        out.indices = primvar.indicesAttribute;
        out.interpolation = primvar.interpolation;
        if (!primvar.wellFormed || primvar.values.as<Vec3f>(Element::Float, 3).empty() || primvar.elementSize != 1)
            return out;
        const MeshColumn column{
            primvar.attribute,
            {},
            MeshElement::point,
            {rowsOf(primvar.values.as<Vec3f>(Element::Float, 3)), primvar.indices, primvar.indexed}};
        const std::vector<std::byte> rows = column.denseRows();
        out.values.resize(rows.size() / sizeof(Vec3f));
        std::memcpy(out.values.data(), rows.data(), rows.size());
        out.readable = true;
        return out;
    }
    if (mesh.normalsAttribute.valid() && !scene.property(mesh.normalsAttribute).value.empty()) {
        out.attribute = mesh.normalsAttribute;
        out.interpolation = mesh.normalsInterpolation;
        out.values.assign(mesh.normals.begin(), mesh.normals.end());
        out.readable = !mesh.normals.empty();
    }
    return out;
}

NormalBinding bindingOf(Interpolation interpolation) {
    switch (interpolation) {
        case Interpolation::FaceVarying:
            return NormalBinding::corners;
        case Interpolation::Uniform:
            return NormalBinding::faces;
        case Interpolation::Vertex:
        case Interpolation::Varying:
            return NormalBinding::points;
        case Interpolation::Constant:
            break;
    }
    return NormalBinding::automatic;
}

std::string_view interpolationFor(NormalBinding binding) {
    return binding == NormalBinding::faces ? "uniform" : binding == NormalBinding::points ? "vertex" : "faceVarying";
}

std::string_view whyNot(const Scene& scene, const Mesh& mesh, const Existing& existing, bool seenElsewhere) {
    if (seenElsewhere) return "arc_source";
    if (mesh.flags.animatedPoints) return "animated";
    if (!mesh.flags.validTopology) return "invalid_topology";
    if (existing.attribute.valid()) {
        const Property& row = scene.property(existing.attribute);
        if (row.flags.animated) return "animated";
        if (row.hasTargets && !row.targets.empty()) return "connected";
        if (valueTypeOf(scene.text(row.typeName)) != ValueType{Element::Float, 3, true}) return "normals_type";
        return whyNotEditable(scene, row);
    }
    return whyNotEditable(scene, mesh.prim);
}

/// Repairs what is there; false when it cannot stay as it is.
bool repaired(const Mesh& mesh, const Options& options, Work& work) {
    const Existing& existing = work.existing;
    if (options.replace || !existing.readable) return false;
    if (existing.interpolation == Interpolation::Constant) return countNonUnit(existing.values) == 0;
    const NormalBinding binding = bindingOf(existing.interpolation);
    if (options.normals.binding != NormalBinding::automatic && options.normals.binding != binding) return false;
    NormalOptions own = options.normals;
    own.binding = binding;
    own.leftHanded = mesh.flags.leftHanded;
    work.result = {binding, existing.values};
    work.made = repairNormals(work.result.values, mesh.points, topologyOf(mesh), own);
    return true;
}

Work workOf(const Scene& scene, const Mesh& mesh, const Options& options, bool seenElsewhere) {
    Work work;
    work.existing = existingOf(scene, mesh);
    work.hadNormals = work.existing.readable;
    if (mesh.flags.validTopology && mesh.cornerCount() == 0) return work;
    if (mesh.flags.subdivided) {
        if (!work.hadNormals || options.replace) work.declined = "subdivision_surface";
        return work;
    }
    if (const std::string_view reason = whyNot(scene, mesh, work.existing, seenElsewhere); !reason.empty()) {
        // Sound normals need nobody's permission.
        const bool sound = !options.replace && work.existing.readable && mesh.flags.validTopology &&
                           repaired(mesh, options, work) && work.made == 0;
        work.made = 0;
        if (!sound) work.declined = reason;
        return work;
    }
    if (repaired(mesh, options, work)) return work;
    NormalOptions own = options.normals;
    own.leftHanded = mesh.flags.leftHanded;
    work.result = generateNormals(mesh.points, topologyOf(mesh), own);
    const bool same = work.existing.readable && bindingOf(work.existing.interpolation) == work.result.binding &&
                      std::ranges::equal(work.existing.values, work.result.values);
    work.made = same ? 0 : work.result.values.size();
    return work;
}

void write(const Scene& scene, const Mesh& mesh, Work& work, std::vector<Edit>& edits) {
    TokenTable& tokens = scene.tokens();
    Edit edit;
    edit.kind = EditKind::SetAttribute;
    edit.path = scene.prim(mesh.prim).path;
    edit.name = tokens.intern("primvars:normals");
    edit.typeName = tokens.intern("normal3f[]");
    if (work.existing.attribute.valid()) {
        const Property& row = scene.property(work.existing.attribute);
        edit.name = row.name;
        edit.typeName = row.typeName;
        edit.custom = row.flags.custom;
    }
    edit.value = OwnedValue::array<Vec3f>({Element::Float, 3, true}, std::move(work.result.values));
    edit.metadata.emplace_back(
        tokens.intern("interpolation"),
        OwnedValue::scalar({Element::Text, 1, false}, tokens.intern(interpolationFor(work.result.binding))));
    edits.push_back(std::move(edit));
    if (!work.existing.indices.valid()) return;
    Edit remove;
    remove.kind = EditKind::RemoveProperty;
    remove.path = scene.prim(mesh.prim).path;
    remove.name = scene.property(work.existing.indices).name;
    edits.push_back(std::move(remove));
}

Result<OpOutcome> generateNormalsOp(const Scene& scene, const Selection& selection, const Arguments& arguments,
                                    const Context& context) {
    Options options;
    options.normals.binding = static_cast<NormalBinding>(arguments.integer("binding"));
    options.normals.weight = static_cast<NormalWeight>(arguments.integer("weightmode"));
    options.normals.sharpnessDegrees = static_cast<float>(arguments.real("sharpnessAngle"));
    options.replace = arguments.integer("existingNormals") == 1;

    const auto meshes = scene.meshes();
    std::vector<Work> works(meshes.size());
    const std::vector<uint8_t> elsewhere = composedElsewhere(scene);
    parallelFor(context, meshes.size(), [&](size_t i) {
        if (selection.contains(meshes[i].prim) && scene.prim(meshes[i].prim).flags.active)
            works[i] = workOf(scene, meshes[i], options, elsewhere[meshes[i].prim.index] != 0);
    });

    OpOutcome outcome;
    size_t generated = 0, fixed = 0, values = 0;
    for (size_t i = 0; i < meshes.size(); ++i) {
        if (!works[i].declined.empty())
            outcome.declined.push_back({scene.prim(meshes[i].prim).path, std::string(works[i].declined)});
        if (works[i].made == 0) continue;
        values += works[i].made;
        ++(works[i].hadNormals ? fixed : generated);
        write(scene, meshes[i], works[i], outcome.edits.edits);
    }
    outcome.counts = {{"meshesGenerated", generated}, {"meshesFixed", fixed}, {"normalsMade", values}};
    outcome.surface = outcome.edits.empty() ? SurfacePromise::Exact : SurfacePromise::Changes;
    return outcome;
}

Result<OpOutcome> analyzeNormals(const Scene& scene, const Selection& selection, const Arguments&, const Context&) {
    size_t count = 0;
    for (const Mesh& mesh : scene.meshes()) {
        if (!selection.contains(mesh.prim)) continue;
        const Existing existing = existingOf(scene, mesh);
        if (existing.readable && countNonUnit(existing.values) != 0) ++count;
    }
    OpOutcome outcome;
    outcome.output["analysis"]["totalNonUnitLengthStrict"] = count;
    return outcome;
}

}  // namespace

Operation generateNormalsOperation() { return {page(), "paths", generateNormalsOp, analyzeNormals}; }

}  // namespace usdtune
