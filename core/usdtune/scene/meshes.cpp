// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/meshes.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "usdtune/base/parallel.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

namespace {

constexpr std::string_view kPrimvarPrefix = "primvars:";
constexpr std::string_view kIndicesSuffix = ":indices";
constexpr std::array<std::string_view, 5> kInterpolations = {"constant", "uniform", "vertex", "varying", "faceVarying"};

/// Interned names that every mesh is asked for; invalid where no prim of the scene uses them.
struct Names {
    explicit Names(const TokenTable& t)
        : mesh(t.find("Mesh")),
          geomSubset(t.find("GeomSubset")),
          points(t.find("points")),
          counts(t.find("faceVertexCounts")),
          indices(t.find("faceVertexIndices")),
          normals(t.find("normals")),
          extent(t.find("extent")),
          holes(t.find("holeIndices")),
          corners(t.find("cornerIndices")),
          cornerSharpnesses(t.find("cornerSharpnesses")),
          creases(t.find("creaseIndices")),
          creaseLengths(t.find("creaseLengths")),
          creaseSharpnesses(t.find("creaseSharpnesses")),
          orientation(t.find("orientation")),
          doubleSided(t.find("doubleSided")),
          scheme(t.find("subdivisionScheme")),
          jointIndices(t.find("primvars:skel:jointIndices")),
          blendShapes(t.find("skel:blendShapes")),
          subsetIndices(t.find("indices")) {}

    TokenId mesh, geomSubset, points, counts, indices, normals, extent, holes, corners, cornerSharpnesses, creases,
        creaseLengths, creaseSharpnesses, orientation, doubleSided, scheme, jointIndices, blendShapes, subsetIndices;
};

bool isPrimvarName(std::string_view name) {
    return name.starts_with(kPrimvarPrefix) && name.size() > kPrimvarPrefix.size() && !name.ends_with(kIndicesSuffix);
}

/// The value as an array of T, or an empty span for another shape.
template <class T>
std::span<const T> arrayOf(const Value& value, Element element, uint8_t components) {
    return value.type.isArray ? value.as<T>(element, components) : std::span<const T>();
}

bool allWithin(std::span<const int> indices, size_t count) {
    // Negative ones become huge; one compare per index, no branch.
    unsigned largest = 0;
    for (const int index : indices) largest = std::max(largest, static_cast<unsigned>(index));
    return indices.empty() || largest < count;
}

std::string number(int64_t n) { return std::to_string(n); }

/// Reads one mesh; collects sentences about it.
class MeshReader {
public:
    MeshReader(const Scene& scene, const Names& names, PrimId prim, bool joints, std::vector<ContentProblem>& problems)
        : scene_(scene), names_(names), problems_(problems) {
        mesh_.prim = prim;
        mesh_.flags.skinned = joints || scene.hasApiSchema(prim, "SkelBindingAPI");
        mesh_.flags.subdivided = true;
    }

    Mesh read() {
        for (const Property& row : scene_.properties(mesh_.prim)) readProperty(row);
        readApiSchemas();
        checkTopology();
        checkPoints();
        checkNormals();
        mesh_.primvars = primvarsOf(scene_, mesh_.prim);
        for (Primvar& primvar : mesh_.primvars) checkPrimvar(primvar);
        readChildren();
        hash();
        return std::move(mesh_);
    }

private:
    void say(const char* code, const std::string& what) {
        const TokenId path = scene_.prim(mesh_.prim).path;
        problems_.push_back({code, path, std::string(scene_.text(path)) + ": " + what});
    }

    /// The array behind an attribute; a value of another shape is told, and taken as absent.
    template <class T>
    std::span<const T> read(const Property& row, Element element, uint8_t components, std::string_view expected) {
        const std::span<const T> out = arrayOf<T>(row.value, element, components);
        if (!row.value.empty() && out.size() != row.value.count) {
            say("type_mismatch",
                std::string(scene_.text(row.name)) + " holds " + std::string(scene_.text(row.typeName)) +
                    (row.flags.mismatched ? " by its declaration, but its value is no " : ", which is no ") +
                    std::string(expected));
            return {};
        }
        return out;
    }
    std::span<const int> readInts(const Property& row, bool& readable) {
        const auto out = read<int>(row, Element::Int, 1, "int[]");
        readable = readable && out.size() == row.value.count && (!row.value.empty() || !row.flags.animated) &&
                   !row.flags.opaque;
        topologyAnimated_ = topologyAnimated_ || row.flags.animated;
        return out;
    }

    void readProperty(const Property& row) {
        if (!row.flags.relationship) mesh_.flags.anySamples = mesh_.flags.anySamples || row.flags.animated;
        const TokenId name = row.name;
        const PropertyId id = scene_.propertyId(row);
        if (name == names_.points) {
            mesh_.points = read<Vec3f>(row, Element::Float, 3, "point3f[]");
            mesh_.pointsAttribute = id;
            topologyAnimated_ = topologyAnimated_ || row.flags.animated;
            readable_ = readable_ && mesh_.points.size() == row.value.count &&
                        (!row.value.empty() || !row.flags.animated) && !row.flags.opaque;
        } else if (name == names_.counts) {
            mesh_.faceVertexCounts = readInts(row, readable_);
            mesh_.countsAttribute = id;
        } else if (name == names_.indices) {
            mesh_.faceVertexIndices = readInts(row, readable_);
            mesh_.indicesAttribute = id;
        } else if (name == names_.normals) {
            mesh_.normals = read<Vec3f>(row, Element::Float, 3, "normal3f[]");
            mesh_.normalsAttribute = id;
            mesh_.normalsWellFormed = mesh_.normals.size() == row.value.count;
            topologyAnimated_ = topologyAnimated_ || row.flags.animated;
        } else if (name == names_.extent) {
            mesh_.extentAttribute = id;
            const auto extent = arrayOf<Vec3f>(row.value, Element::Float, 3);
            if (extent.size() == 2) mesh_.extent = extent;
        } else if (name == names_.holes) {
            mesh_.holeIndices = readInts(row, readable_);
        } else if (name == names_.corners) {
            mesh_.cornerIndices = readInts(row, readable_);
        } else if (name == names_.creases) {
            mesh_.creaseIndices = readInts(row, readable_);
        } else if (name == names_.creaseLengths) {
            mesh_.creaseLengths = readInts(row, readable_);
        } else if (name == names_.cornerSharpnesses) {
            mesh_.cornerSharpnesses = read<float>(row, Element::Float, 1, "float[]");
        } else if (name == names_.creaseSharpnesses) {
            mesh_.creaseSharpnesses = read<float>(row, Element::Float, 1, "float[]");
        } else if (name == names_.orientation) {
            mesh_.flags.leftHanded = scene_.textOf(row.value) == "leftHanded";
        } else if (name == names_.doubleSided) {
            const auto flag = row.value.as<uint8_t>(Element::Bool, 1);
            mesh_.flags.doubleSided = flag.size() == 1 && flag[0] != 0;
        } else if (name == names_.scheme) {
            if (const std::string_view scheme = scene_.textOf(row.value); !scheme.empty())
                mesh_.flags.subdivided = scheme != "none";
        } else if (name == names_.blendShapes) {
            mesh_.flags.skinned = true;
        }
    }

    void readApiSchemas() {
        for (const TokenId schema : scene_.tokenList(scene_.prim(mesh_.prim).apiSchemas)) {
            const std::string_view name = scene_.text(schema);
            if (name.starts_with("Physics") || name.starts_with("Physx")) mesh_.flags.physics = true;
        }
    }

    void checkTopology() {
        mesh_.flags.animatedPoints = topologyAnimated_;
        bool valid = true;
        const auto wrong = [&](const std::string& what) {
            if (valid) say("topology_invalid", what);
            valid = false;
        };
        int64_t sum = 0;
        for (size_t face = 0; face < mesh_.faceCount() && valid; ++face) {
            const int count = mesh_.faceVertexCounts[face];
            if (count < 0)
                wrong("faceVertexCounts gives face " + number(static_cast<int64_t>(face)) + " " + number(count) +
                      " vertices, but a count is never negative");
            sum += count;
        }
        if (!readable_) {
            // What is missing was told, or has values at sampled times only.
            valid = false;
        } else {
            if (valid && sum != static_cast<int64_t>(mesh_.cornerCount()))
                wrong("faceVertexCounts sums to " + number(sum) + ", but " +
                      number(static_cast<int64_t>(mesh_.cornerCount())) + " indices are given");
            checkIndices("faceVertexIndices", mesh_.faceVertexIndices, mesh_.points.size(), "points", wrong);
            checkIndices("holeIndices", mesh_.holeIndices, mesh_.faceCount(), "faces", wrong);
            checkIndices("cornerIndices", mesh_.cornerIndices, mesh_.points.size(), "points", wrong);
            checkIndices("creaseIndices", mesh_.creaseIndices, mesh_.points.size(), "points", wrong);
            checkCreases(wrong);
        }
        mesh_.flags.validTopology = valid;
    }

    template <class Wrong>
    void checkIndices(std::string_view name, std::span<const int> indices, size_t count, std::string_view of,
                      const Wrong& wrong) {
        if (allWithin(indices, count)) return;
        const auto outside = std::find_if(indices.begin(), indices.end(),
                                          [&](int i) { return i < 0 || static_cast<size_t>(i) >= count; });
        wrong(std::string(name) + " holds " + number(*outside) + " at place " + number(outside - indices.begin()) +
              ", but there are " + number(static_cast<int64_t>(count)) + " " + std::string(of));
    }

    template <class Wrong>
    void checkCreases(const Wrong& wrong) {
        if (mesh_.cornerSharpnesses.size() != mesh_.cornerIndices.size())
            wrong(number(static_cast<int64_t>(mesh_.cornerIndices.size())) + " cornerIndices are given, but " +
                  number(static_cast<int64_t>(mesh_.cornerSharpnesses.size())) + " cornerSharpnesses");
        int64_t points = 0, edges = 0;
        for (const int creaseLength : mesh_.creaseLengths) {
            if (creaseLength < 2)
                return wrong("creaseLengths holds " + number(creaseLength) + ", but a crease joins at least 2 points");
            points += creaseLength;
            edges += creaseLength - 1;
        }
        if (points != static_cast<int64_t>(mesh_.creaseIndices.size()))
            return wrong("creaseLengths sums to " + number(points) + ", but " +
                         number(static_cast<int64_t>(mesh_.creaseIndices.size())) + " creaseIndices are given");
        const size_t sharpnesses = mesh_.creaseSharpnesses.size();
        if (sharpnesses != mesh_.creaseLengths.size() && static_cast<int64_t>(sharpnesses) != edges)
            wrong(number(static_cast<int64_t>(mesh_.creaseLengths.size())) + " creases with " + number(edges) +
                  " edges are given, but " + number(static_cast<int64_t>(sharpnesses)) + " creaseSharpnesses");
    }

    void checkPoints() {
        mesh_.localBounds = boundsOf(mesh_.points);
        const auto broken =
            std::find_if(mesh_.points.begin(), mesh_.points.end(), [](const Vec3f& p) { return !isFinite(p); });
        mesh_.flags.finitePoints = broken == mesh_.points.end();
        if (!mesh_.flags.finitePoints)
            say("points_not_finite", "point " + number(broken - mesh_.points.begin()) + " is not finite");
    }

    void checkNormals() {
        if (!mesh_.normalsAttribute.valid()) return;
        bool known = true;
        const Property& row = scene_.property(mesh_.normalsAttribute);
        const std::string_view text = scene_.textOf(scene_.metadatum(row.metadata, "interpolation"));
        if (!text.empty()) mesh_.normalsInterpolation = interpolationOf(text, known);
        if (mesh_.normals.empty()) return;
        const size_t required = requiredCount(mesh_.normalsInterpolation, mesh_);
        if (!known || mesh_.normals.size() != required) {
            say("normals_count", known
                                     ? number(static_cast<int64_t>(mesh_.normals.size())) + " normals are given, but " +
                                           std::string(interpolationName(mesh_.normalsInterpolation)) +
                                           " interpolation asks for " + number(static_cast<int64_t>(required))
                                     : "normals have the unknown interpolation " + std::string(text));
            mesh_.normals = {};
            mesh_.normalsWellFormed = false;
        }
    }

    void checkPrimvar(Primvar& primvar) {
        if (!primvar.wellFormed) {
            if (!primvar.values.empty() || !primvar.animated)
                say("primvar_invalid", "primvars:" + std::string(scene_.text(primvar.name)) +
                                           " has an unknown interpolation, an elementSize below 1 or indices that are "
                                           "not int[] within its values");
            return;
        }
        if (primvar.interpolation == Interpolation::Constant) return;
        const size_t required =
            requiredCount(primvar.interpolation, mesh_) * (primvar.indexed ? 1 : primvar.elementSize);
        const size_t given = primvar.indexed ? primvar.indices.size() : primvar.values.count;
        if (given == required) return;
        primvar.wellFormed = false;
        say("primvar_invalid", "primvars:" + std::string(scene_.text(primvar.name)) + " gives " +
                                   number(static_cast<int64_t>(given)) + (primvar.indexed ? " indices" : " values") +
                                   ", but " + std::string(interpolationName(primvar.interpolation)) +
                                   " interpolation asks for " + number(static_cast<int64_t>(required)));
    }

    void readChildren() {
        const Prim& prim = scene_.prim(mesh_.prim);
        for (uint32_t row = mesh_.prim.index + 1; row < prim.subtreeEnd; row = scene_.prims()[row].subtreeEnd) {
            if (scene_.prims()[row].typeName == names_.geomSubset)
                mesh_.subsets.push_back(readSubset(PrimId(row)));
            else
                mesh_.flags.hasNonSubsetChildren = true;
        }
        mesh_.flags.hasSubsets = !mesh_.subsets.empty();
    }

    Subset readSubset(PrimId prim) {
        Subset out;
        out.prim = prim;
        out.elementType = scene_.tokens().find("face");
        const auto textId = [](const Value& v) {
            return v.type.element == Element::Text && v.count == 1 ? *static_cast<const TokenId*>(v.data) : TokenId();
        };
        if (const TokenId type = textId(scene_.value(prim, "elementType")); type.valid()) out.elementType = type;
        out.familyName = textId(scene_.value(prim, "familyName"));
        out.indicesAttribute = scene_.findProperty(prim, names_.subsetIndices);
        bool readable = true;
        if (out.indicesAttribute.valid()) {
            const Property& row = scene_.property(out.indicesAttribute);
            out.animated = row.flags.animated;
            out.indices = arrayOf<int>(row.value, Element::Int, 1);
            readable = out.indices.size() == row.value.count && !row.flags.opaque &&
                       (!row.value.empty() || !row.flags.animated);
        }
        const std::string_view type = scene_.text(out.elementType);
        if (type == "face")
            out.wellFormed = readable && allWithin(out.indices, mesh_.faceCount());
        else if (type == "point")
            out.wellFormed = readable && allWithin(out.indices, mesh_.points.size());
        else if (type == "edge")
            out.wellFormed = readable && out.indices.size() % 2 == 0 && allWithin(out.indices, mesh_.points.size());
        else
            out.wellFormed = false;
        if (!out.wellFormed && !out.animated) {
            const TokenId path = scene_.prim(prim).path;
            problems_.push_back({"subset_invalid", path,
                                 std::string(scene_.text(path)) + ": indices do not name elements of type " +
                                     std::string(type) + " of " + std::string(scene_.path(mesh_.prim))});
        }
        return out;
    }

    void hash() {
        Hasher hasher;
        hasher.span(mesh_.faceVertexCounts);
        hasher.span(mesh_.faceVertexIndices);
        hasher.span(mesh_.holeIndices);
        hasher.span(mesh_.cornerIndices);
        hasher.span(mesh_.cornerSharpnesses);
        hasher.span(mesh_.creaseIndices);
        hasher.span(mesh_.creaseLengths);
        hasher.span(mesh_.creaseSharpnesses);
        hasher.value(static_cast<uint8_t>(mesh_.flags.leftHanded));
        hasher.value(static_cast<uint8_t>(mesh_.flags.subdivided));
        if (mesh_.flags.subdivided) {
            // An absent one and its fallback are the same cage.
            static constexpr std::array<std::array<std::string_view, 2>, 4> rules = {
                {{"subdivisionScheme", "catmullClark"},
                 {"interpolateBoundary", "edgeAndCorner"},
                 {"faceVaryingLinearInterpolation", "cornersPlus1"},
                 {"triangleSubdivisionRule", "catmullClark"}}};
            for (const auto& [name, fallback] : rules) {
                const std::string_view text = scene_.textOf(scene_.value(mesh_.prim, name));
                hasher.text(text.empty() ? fallback : text);
            }
        }
        mesh_.topologyHash = hasher.finish();
        mesh_.pointsHash = hashSpan(mesh_.points);
    }

    const Scene& scene_;
    const Names& names_;
    std::vector<ContentProblem>& problems_;
    Mesh mesh_;
    bool readable_ = true;  ///< points, topology and creases have the right type and a default value
    bool topologyAnimated_ = false;
};

/// Per prim row: 1 when it or an ancestor carries joint indices, which primvar inheritance hands down.
std::vector<uint8_t> carriesJoints(const Scene& scene, const Names& names) {
    std::vector<uint8_t> out(scene.prims().size());
    if (!names.jointIndices.valid()) return out;
    for (size_t i = 0; i < out.size(); ++i) {
        const PrimId parent = scene.prims()[i].parent;
        out[i] =
            (parent.valid() && out[parent.index] != 0) || scene.findProperty(PrimId(i), names.jointIndices).valid();
    }
    return out;
}

/// Interns what readers hand out beyond the authored texts (they run in parallel and may not intern): every
/// primvar's name without its prefix, and the fallback of a subset's element type.
void internNames(const Scene& scene) {
    scene.tokens().intern("face");
    std::vector<bool> seen(scene.tokens().size());
    for (const Property& row : scene.properties()) {
        if (seen[row.name.index]) continue;
        seen[row.name.index] = true;
        const std::string_view name = scene.text(row.name);
        if (isPrimvarName(name)) scene.tokens().intern(std::string(name.substr(kPrimvarPrefix.size())));
    }
}

}  // namespace

std::string_view interpolationName(Interpolation interpolation) {
    return kInterpolations[static_cast<size_t>(interpolation)];
}

Interpolation interpolationOf(std::string_view text, bool& known) {
    const auto found = std::find(kInterpolations.begin(), kInterpolations.end(), text);
    known = found != kInterpolations.end();
    return known ? static_cast<Interpolation>(found - kInterpolations.begin()) : Interpolation::Constant;
}

size_t requiredCount(Interpolation interpolation, const Mesh& mesh) {
    switch (interpolation) {
        case Interpolation::Constant:
            return 1;
        case Interpolation::Uniform:
            return mesh.faceCount();
        case Interpolation::Vertex:
        case Interpolation::Varying:
            return mesh.points.size();
        case Interpolation::FaceVarying:
            return mesh.cornerCount();
    }
    return 0;
}

std::vector<Primvar> primvarsOf(const Scene& scene, PrimId prim) {
    std::vector<Primvar> out;
    for (const Property& row : scene.properties(prim)) {
        const std::string_view name = scene.text(row.name);
        if (row.flags.relationship || !isPrimvarName(name)) continue;
        if (row.value.empty() && !row.flags.animated) continue;
        Primvar primvar;
        primvar.attribute = scene.propertyId(row);
        primvar.name = scene.tokens().find(name.substr(kPrimvarPrefix.size()));
        primvar.values = row.value;
        primvar.animated = row.flags.animated;
        primvar.wellFormed = !row.value.empty() && !row.flags.opaque;
        if (const std::string_view text = scene.textOf(scene.metadatum(row.metadata, "interpolation")); !text.empty()) {
            bool known = true;
            primvar.interpolation = interpolationOf(text, known);
            primvar.wellFormed = primvar.wellFormed && known;
        }
        if (const auto size = scene.metadatum(row.metadata, "elementSize").as<int>(Element::Int, 1); size.size() == 1) {
            primvar.wellFormed = primvar.wellFormed && size[0] >= 1;
            primvar.elementSize = static_cast<uint32_t>(std::max(size[0], 1));
        }
        if (const PropertyId indices = scene.findProperty(prim, std::string(name) + std::string(kIndicesSuffix));
            indices.valid()) {
            const Property& indicesRow = scene.property(indices);
            primvar.animated = primvar.animated || indicesRow.flags.animated;
            if (!indicesRow.value.empty() || indicesRow.flags.animated) {
                primvar.indicesAttribute = indices;
                primvar.indexed = true;
                primvar.indices = arrayOf<int>(indicesRow.value, Element::Int, 1);
                primvar.wellFormed = primvar.wellFormed && !indicesRow.value.empty() &&
                                     primvar.indices.size() == indicesRow.value.count &&
                                     allWithin(primvar.indices, primvar.values.count / primvar.elementSize);
            }
        }
        out.push_back(std::move(primvar));
    }
    return out;
}

std::vector<Mesh> deriveMeshes(const Scene& scene, std::vector<ContentProblem>& problems) {
    internNames(scene);
    const Names names(scene.tokens());
    const std::vector<uint8_t> joints = carriesJoints(scene, names);
    std::vector<PrimId> prims;
    for (size_t i = 0; i < scene.prims().size(); ++i)
        if (names.mesh.valid() && scene.prims()[i].typeName == names.mesh) prims.emplace_back(i);

    std::vector<Mesh> out(prims.size());
    std::vector<std::vector<ContentProblem>> sentences(prims.size());
    parallelFor(Context(), prims.size(), [&](size_t i) {
        out[i] = MeshReader(scene, names, prims[i], joints[prims[i].index] != 0, sentences[i]).read();
    });
    for (const auto& ofMesh : sentences) problems.insert(problems.end(), ofMesh.begin(), ofMesh.end());
    return out;
}

double surfaceEpsilon(const Mesh& mesh, const Matrix4d& world) {
    const Bounds& box = mesh.localBounds;
    if (box.empty()) return 0;
    const Vec3d size = box.max - box.min;
    double diagonal = 0;
    for (int corner = 0; corner < 4; ++corner) {
        const Vec3d across{{size[0], (corner & 1) != 0 ? -size[1] : size[1], (corner & 2) != 0 ? -size[2] : size[2]}};
        diagonal = std::max(diagonal, length(world.transformVector(across)));
    }
    double largest = 0, scale = 0;
    for (size_t axis = 0; axis < 3; ++axis) {
        largest = std::max({largest, std::abs(box.min[axis]), std::abs(box.max[axis])});
        scale = std::max(scale, length(Vec3d{{world[axis][0], world[axis][1], world[axis][2]}}));
    }
    const auto coordinate = static_cast<float>(largest);
    const double ulp = static_cast<double>(std::nextafter(coordinate, std::numeric_limits<float>::infinity())) -
                       static_cast<double>(coordinate);
    return std::max(1e-6 * diagonal, 4 * ulp * scale);
}

}  // namespace usdtune
