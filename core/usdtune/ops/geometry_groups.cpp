// SPDX-License-Identifier: Apache-2.0
//
// Hash, then a number that the maps keep, then a map whose distances decide. Tried and set aside: frames of extreme
// points, as the reference builds them, which jump between symmetric choices and so miss pairs.
#include "usdtune/ops/geometry_groups.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <numbers>
#include <unordered_map>

#include "usdtune/base/parallel.h"
#include "usdtune/ops/edit_mesh.h"

namespace usdtune {

namespace {

constexpr size_t kMostRepresentatives = 128;
constexpr double kNormalDegrees = 0.01;

constexpr auto kGeometryNames = std::to_array<std::string_view>({
    "accelerations",
    "cornerIndices",
    "cornerSharpnesses",
    "creaseIndices",
    "creaseLengths",
    "creaseSharpnesses",
    "doubleSided",
    "extent",
    "faceVaryingLinearInterpolation",
    "faceVertexCounts",
    "faceVertexIndices",
    "holeIndices",
    "interpolateBoundary",
    "normals",
    "orientation",
    "points",
    "subdivisionScheme",
    "triangleSubdivisionRule",
    "velocities",
});
static_assert(std::is_sorted(kGeometryNames.begin(), kGeometryNames.end()));

/// Compared on their own, by value or under the map.
constexpr auto kComparedElsewhere =
    std::to_array<std::string_view>({"extent", "faceVertexCounts", "faceVertexIndices", "normals", "orientation",
                                     "points", "primvars:normals", "primvars:normals:indices"});
static_assert(std::is_sorted(kComparedElsewhere.begin(), kComparedElsewhere.end()));

template <size_t N>
bool isOneOf(std::string_view name, const std::array<std::string_view, N>& sorted) {
    return std::binary_search(sorted.begin(), sorted.end(), name);
}

constexpr std::string_view kPrimvars = "primvars:", kIndices = ":indices";

/// A list of values in which directions are stored, of which no map but a translation leaves them right.
bool holdsDirections(std::string_view name, std::string_view typeName) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    return typeName.starts_with("normal3") || typeName.starts_with("vector3") ||
           lower.find("tangent") != std::string::npos || lower.find("binormal") != std::string::npos ||
           lower == "velocities" || lower == "accelerations";
}

struct NormalRows {
    bool fromPrimvar = false;
    Interpolation interpolation = Interpolation::Vertex;
    std::vector<std::byte> rows;  ///< Vec3f

    size_t count() const { return rows.size() / sizeof(Vec3f); }
    Vec3d at(size_t i) const {
        Vec3f normal;
        std::memcpy(&normal, rows.data() + i * sizeof(Vec3f), sizeof normal);
        return toDouble(normal);
    }
};

std::vector<std::byte> denseRows(const Primvar& primvar) {
    const std::span<const std::byte> bytes(static_cast<const std::byte*>(primvar.values.data),
                                           primvar.values.byteSize());
    const MeshColumn column{
        primvar.attribute,
        primvar.indicesAttribute,
        MeshElement::point,
        {{bytes, primvar.values.elementSize() * primvar.elementSize}, primvar.indices, primvar.indexed}};
    return column.denseRows();
}

std::vector<NormalRows> normalsOf(const Scene& scene, const Mesh& mesh) {
    std::vector<NormalRows> out;
    if (!mesh.normals.empty()) {
        const auto bytes = std::as_bytes(mesh.normals);
        out.push_back({false, mesh.normalsInterpolation, {bytes.begin(), bytes.end()}});
    }
    for (const Primvar& primvar : mesh.primvars)
        if (scene.text(primvar.name) == "normals" && primvar.values.count != 0)
            out.push_back({true, primvar.interpolation, denseRows(primvar)});
    return out;
}

bool agreeWithin(const Vec3d& a, const Vec3d& b, double sine) {
    const double lengths = length(a) * length(b);
    if (!(lengths > 0)) return !(length(a) > 0) && !(length(b) > 0);
    return dot(a, b) > 0 && length(cross(a, b)) <= sine * lengths;
}

/// `from` under the inverse transpose of `map` against `to`.
bool normalsAgree(const std::vector<NormalRows>& from, const std::vector<NormalRows>& to, const Matrix4d& map) {
    static const double sine = std::sin(kNormalDegrees * std::numbers::pi / 180);
    bool invertible = false;
    const Matrix4d inverse = inverseAffine(map, invertible);
    if (!invertible || from.size() != to.size()) return false;
    for (size_t k = 0; k < from.size(); ++k) {
        if (from[k].count() != to[k].count()) return false;
        for (size_t i = 0; i < from[k].count(); ++i) {
            const Vec3d normal = from[k].at(i);
            Vec3d mapped;
            for (size_t c = 0; c < 3; ++c)
                mapped[c] = normal[0] * inverse[c][0] + normal[1] * inverse[c][1] + normal[2] * inverse[c][2];
            if (!agreeWithin(mapped, to[k].at(i), sine)) return false;
        }
    }
    return true;
}

/// A primvar that reads the same is the same, indexed or not.
void hashPrimvar(Hasher& hasher, const Scene& scene, const Primvar& primvar) {
    hasher.value(primvar.name.index);
    hasher.value(scene.property(primvar.attribute).typeName.index);
    hasher.value(static_cast<uint8_t>(primvar.interpolation));
    hasher.value(primvar.elementSize);
    hasher.span(std::span<const std::byte>(denseRows(primvar)));
    for (const Metadatum& row : scene.metadata(scene.property(primvar.attribute).metadata)) {
        const std::string_view key = scene.text(row.key);
        if (key == "interpolation" || key == "elementSize") continue;
        hasher.value(row.key.index);
        hasher.hash(hashValue(row.value));
    }
}

void hashData(Hasher& hasher, const Scene& scene, const Mesh& mesh, const GroupingOptions& options) {
    std::vector<PropertyId> densePrimvars;
    for (const Primvar& primvar : mesh.primvars) {
        if (primvar.interpolation == Interpolation::Constant || !primvar.wellFormed) continue;
        densePrimvars.push_back(primvar.attribute);
        if (primvar.indexed) densePrimvars.push_back(primvar.indicesAttribute);
        const std::string_view name = scene.text(scene.property(primvar.attribute).name);
        if (name != "primvars:normals" && !isIgnored(name, options.ignoreAttributes))
            hashPrimvar(hasher, scene, primvar);
    }
    for (const Property& row : scene.properties(mesh.prim)) {
        const std::string_view name = scene.text(row.name);
        if (isOneOf(name, kComparedElsewhere) || !isGeometryProperty(scene, mesh, row)) continue;
        if (std::ranges::find(densePrimvars, scene.propertyId(row)) != densePrimvars.end()) continue;
        if (!isIgnored(name, options.ignoreAttributes)) hashProperty(hasher, scene, row);
    }
    for (const Subset& subset : mesh.subsets) {
        const Prim& prim = scene.prim(subset.prim);
        hasher.value(prim.name.index);
        for (const TokenId schema : scene.tokenList(prim.apiSchemas)) hasher.value(schema.index);
        hashMetadata(hasher, scene, prim.metadata);
        for (const Property& row : scene.properties(subset.prim)) hashProperty(hasher, scene, row);
    }
}

/// A mesh with what a comparison needs.
struct Shape {
    const Mesh* mesh = nullptr;
    double tolerance = 0;  ///< in the mesh's own units
    double stretch = 1;
    CongruenceKey key;
    bool onlyTranslations = false;
    std::vector<NormalRows> normals;
};

/// Where points must agree as they stand, the mean of all coordinates tells most meshes apart.
CongruenceKey placeKey(std::span<const Vec3f> points, double tolerance) {
    double sum = 0;
    for (const Vec3f& p : points)
        sum += static_cast<double>(p[0]) + static_cast<double>(p[1]) + static_cast<double>(p[2]);
    const double mean = sum / static_cast<double>(points.size());
    return {{}, mean, 1.7321 * tolerance + 1e-12 * std::abs(mean)};
}

/// The largest distance between points of one index; nothing when one is not below the tolerance (equal ones always
/// are).
std::optional<double> coincide(std::span<const Vec3f> a, std::span<const Vec3f> b, double tolerance) {
    if (a.size() != b.size()) return std::nullopt;
    double largest = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        if (a[i] == b[i]) continue;
        const double distance = length(toDouble(a[i]) - toDouble(b[i]));
        if (!(distance < tolerance)) return std::nullopt;
        largest = std::max(largest, distance);
    }
    return largest;
}

bool onlyRigid(const Mesh& mesh) { return mesh.flags.subdivided || mesh.flags.physics; }

Shape shapeOf(const Scene& scene, const Mesh& mesh, const GroupingOptions& options) {
    Shape shape;
    shape.mesh = &mesh;
    const Matrix4d& world = scene.xforms().world[mesh.prim.index];
    const double tolerance = options.tolerance > 0 ? options.tolerance : surfaceEpsilon(mesh, world);
    shape.stretch = largestStretch(world);
    shape.tolerance = shape.stretch > 0 && std::isfinite(shape.stretch) ? tolerance / shape.stretch : 0;
    shape.normals = normalsOf(scene, mesh);
    const MapKind widest = onlyRigid(mesh) ? MapKind::rigidOrMirrored : MapKind::affine;
    shape.key = options.mapPoints ? congruenceKey(mesh.points, topologyOf(mesh), widest, shape.tolerance)
                                  : placeKey(mesh.points, shape.tolerance);
    if (!options.compareData) return shape;
    for (const Property& row : scene.properties(mesh.prim)) {
        const std::string_view name = scene.text(row.name);
        if (name == "normals" || name.starts_with("primvars:normals") || !isGeometryProperty(scene, mesh, row))
            continue;
        if (row.value.count != 0 && holdsDirections(name, scene.text(row.typeName))) shape.onlyTranslations = true;
    }
    return shape;
}

bool isTranslation(const Matrix4d& map) {
    Matrix4d linear = map;
    for (size_t c = 0; c < 3; ++c) linear[3][c] = 0;
    return linear.isIdentity();
}

std::optional<GroupMember> fit(const Shape& representative, const Shape& shape, MeshId mesh,
                               const GroupingOptions& options) {
    const bool opposite = representative.mesh->flags.leftHanded != shape.mesh->flags.leftHanded;
    const bool mustMirror = options.shareOrientation && opposite;
    if (!options.mapPoints) {
        const auto distance = coincide(representative.mesh->points, shape.mesh->points,
                                       std::min(representative.tolerance, shape.tolerance));
        if (mustMirror || !distance || !normalsAgree(representative.normals, shape.normals, {})) return std::nullopt;
        return GroupMember{mesh, {}, MapKind::rigid, *distance * shape.stretch};
    }
    CongruenceOptions congruence;
    congruence.tolerance = shape.tolerance;
    congruence.inverseTolerance = representative.tolerance;
    congruence.allowed = !onlyRigid(*shape.mesh) ? MapKind::affine
                         : mustMirror            ? MapKind::rigidOrMirrored
                                                 : MapKind::rigid;
    const auto map = congruentMap(representative.mesh->points, shape.mesh->points, congruence);
    if (!map || map->mirrored != mustMirror) return std::nullopt;
    if (shape.onlyTranslations && !isTranslation(map->matrix)) return std::nullopt;
    if (!normalsAgree(representative.normals, shape.normals, map->matrix)) return std::nullopt;
    return GroupMember{mesh, map->matrix, map->kind, map->maxDistance * shape.stretch};
}

/// Representatives of one bucket, found by the number that maps keep.
class Representatives {
public:
    void add(size_t group, const CongruenceKey& key) {
        if (!std::isfinite(key.slack) || !std::isfinite(key.value)) {
            anywhere_.push_back(group);
        } else {
            byValue_.emplace(key.value, group);
            widestSlack_ = std::max(widestSlack_, key.slack);
        }
        keys_.emplace(group, key);
    }

    /// Groups that may fit, first ones first.
    std::vector<size_t> candidates(const CongruenceKey& key) const {
        std::vector<size_t> out = anywhere_;
        const bool anyValue = !std::isfinite(key.slack) || !std::isfinite(key.value);
        const double reach = anyValue ? 0 : (key.slack + widestSlack_) * 1.0001 + std::abs(key.value) * 1e-9;
        auto at = anyValue ? byValue_.begin() : byValue_.lower_bound(key.value - reach);
        for (; at != byValue_.end() && (anyValue || at->first <= key.value + reach); ++at) out.push_back(at->second);
        std::erase_if(out, [&](size_t group) { return !mayBeCongruent(keys_.at(group), key); });
        const size_t kept = std::min(out.size(), kMostRepresentatives);
        std::partial_sort(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(kept), out.end());
        out.resize(kept);
        return out;
    }

private:
    std::multimap<double, size_t> byValue_;
    std::vector<size_t> anywhere_;
    std::unordered_map<size_t, CongruenceKey> keys_;
    double widestSlack_ = 0;
};

/// Meshes with one hash, split by shape. Alone ones are left out.
std::vector<GeometryGroup> groupsOf(const std::vector<MeshId>& meshes, const std::vector<Shape>& shapes,
                                    const GroupingOptions& options) {
    std::vector<GeometryGroup> groups;
    std::vector<const Shape*> representative;
    Representatives known;
    for (size_t i = 0; i < meshes.size(); ++i) {
        bool found = false;
        for (const size_t group : known.candidates(shapes[i].key)) {
            const auto member = fit(*representative[group], shapes[i], meshes[i], options);
            if (!member) continue;
            groups[group].members.push_back(*member);
            found = true;
            break;
        }
        if (found) continue;
        known.add(groups.size(), shapes[i].key);
        representative.push_back(&shapes[i]);
        groups.push_back({{{meshes[i], {}, MapKind::rigid, 0}}});
    }
    std::erase_if(groups, [](const GeometryGroup& group) { return group.members.size() < 2; });
    return groups;
}

}  // namespace

bool isGeometryProperty(const Scene& scene, const Mesh& mesh, const Property& row) {
    const std::string_view name = scene.text(row.name);
    if (row.flags.relationship) return false;
    if (isOneOf(name, kGeometryNames) || name.starts_with("subsetFamily:")) return true;
    if (!name.starts_with(kPrimvars)) return false;
    if (name == "primvars:normals" || name == "primvars:normals:indices") return true;
    const Property* values = &row;
    if (name.ends_with(kIndices))
        if (const PropertyId base = scene.findProperty(mesh.prim, name.substr(0, name.size() - kIndices.size()));
            base.valid())
            values = &scene.property(base);
    const std::string_view interpolation = scene.textOf(scene.metadatum(values->metadata, "interpolation"));
    return !interpolation.empty() && interpolation != "constant";
}

void hashMetadata(Hasher& hasher, const Scene& scene, RowRange range) {
    for (const Metadatum& row : scene.metadata(range)) {
        hasher.value(row.key.index);
        hasher.hash(hashValue(row.value));
    }
}

void hashProperty(Hasher& hasher, const Scene& scene, const Property& row) {
    hasher.value(row.name.index);
    hasher.value(row.typeName.index);
    hasher.value(static_cast<uint8_t>(row.flags.blocked));
    hasher.value(static_cast<uint8_t>(row.flags.relationship));
    hasher.hash(hashValue(row.value));
    hasher.span(scene.tokenList(row.targets));
    hashMetadata(hasher, scene, row.metadata);
}

bool isIgnored(std::string_view name, const std::vector<std::string>& ignored) {
    return std::any_of(ignored.begin(), ignored.end(), [&](const std::string& one) {
        return one.ends_with(':') ? name.starts_with(one) : name == one || name == one + std::string(kIndices);
    });
}

bool normalsAgree(const Scene& scene, const Mesh& from, const Mesh& to, const Matrix4d& map) {
    return normalsAgree(normalsOf(scene, from), normalsOf(scene, to), map);
}

Hash128 geometryHash(const Scene& scene, const Mesh& mesh, const GroupingOptions& options) {
    Hasher hasher;
    hasher.value(static_cast<uint64_t>(mesh.points.size()));
    hasher.span(mesh.faceVertexCounts);
    hasher.span(mesh.faceVertexIndices);
    hasher.value(static_cast<uint8_t>(mesh.flags.subdivided));
    hasher.value(static_cast<uint8_t>(mesh.flags.physics));
    for (const NormalRows& normals : normalsOf(scene, mesh)) {
        hasher.value(static_cast<uint8_t>(normals.fromPrimvar));
        hasher.value(static_cast<uint8_t>(normals.interpolation));
        hasher.value(static_cast<uint64_t>(normals.count()));
    }
    if (options.compareData) hashData(hasher, scene, mesh, options);
    return hasher.finish();
}

std::vector<GeometryGroup> findGeometryGroups(const Scene& scene, const std::vector<MeshId>& candidates,
                                              const std::vector<Hash128>& hashes, const GroupingOptions& options,
                                              const Context& context) {
    std::unordered_map<Hash128, size_t> bucketOf;
    std::vector<std::vector<MeshId>> buckets;
    for (size_t i = 0; i < candidates.size(); ++i) {
        const auto [at, isNew] = bucketOf.try_emplace(hashes[i], buckets.size());
        if (isNew) buckets.emplace_back();
        buckets[at->second].push_back(candidates[i]);
    }
    std::erase_if(buckets, [](const auto& bucket) { return bucket.size() < 2; });

    // Shapes in one flat loop, so that a single large bucket does not wait for one thread.
    std::vector<std::pair<size_t, size_t>> slots;
    std::vector<std::vector<Shape>> shapes(buckets.size());
    for (size_t b = 0; b < buckets.size(); ++b) {
        shapes[b].resize(buckets[b].size());
        for (size_t i = 0; i < buckets[b].size(); ++i) slots.emplace_back(b, i);
    }
    parallelFor(context, slots.size(), [&](size_t s) {
        const auto [b, i] = slots[s];
        shapes[b][i] = shapeOf(scene, scene.meshes()[buckets[b][i].index], options);
    });

    std::vector<std::vector<GeometryGroup>> found(buckets.size());
    parallelFor(context, buckets.size(), [&](size_t b) { found[b] = groupsOf(buckets[b], shapes[b], options); }, 1);

    std::vector<GeometryGroup> groups;
    for (auto& of : found) std::move(of.begin(), of.end(), std::back_inserter(groups));
    std::sort(groups.begin(), groups.end(), [](const GeometryGroup& a, const GeometryGroup& b) {
        return a.members.front().mesh < b.members.front().mesh;
    });
    return groups;
}

}  // namespace usdtune
