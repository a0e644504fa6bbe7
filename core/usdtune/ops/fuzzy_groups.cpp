// SPDX-License-Identifier: Apache-2.0
//
// The exact comparison goes first: it is cheap and finds nearly everything. What it leaves, one mesh of every group and
// all single ones, is compared by surface. All pairs worth a look are decided in parallel, then dealt out in order.
#include "usdtune/ops/fuzzy_groups.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <unordered_map>

#include "usdtune/base/parallel.h"
#include "usdtune/mesh/triangulate.h"
#include "usdtune/ops/edit_mesh.h"
#include "usdtune/spatial/surface_match.h"

namespace usdtune {

namespace {

constexpr size_t kMostEarlier = 64;

/// What the surface says itself, or what is compared under a map.
bool belongsToTheSurface(std::string_view name) {
    static constexpr std::string_view kNames[] = {
        "extent",      "faceVertexCounts", "faceVertexIndices", "normals",
        "orientation", "points",           "primvars:normals",  "primvars:normals:indices"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

Hash128 fuzzyHash(const Scene& scene, const Mesh& mesh, const GroupingOptions& options) {
    Hasher hasher;
    hasher.value(static_cast<uint8_t>(mesh.flags.doubleSided));
    hasher.value(static_cast<uint8_t>(mesh.normals.empty() ? 0xFF : static_cast<uint8_t>(mesh.normalsInterpolation)));
    for (const Primvar& primvar : mesh.primvars)
        if (scene.text(primvar.name) == "normals") hasher.value(primvar.interpolation);
    if (!options.compareData) return hasher.finish();
    for (const Property& row : scene.properties(mesh.prim)) {
        const std::string_view name = scene.text(row.name);
        if (belongsToTheSurface(name) || !isGeometryProperty(scene, mesh, row)) continue;
        if (!isIgnored(name, options.ignoreAttributes)) hashProperty(hasher, scene, row);
    }
    return hasher.finish();
}

/// Triangles wound counter-clockwise from the front.
SurfaceShape shapeOf(const Mesh& mesh) {
    std::vector<Vec3d> points;
    points.reserve(mesh.points.size());
    for (const Vec3f& p : mesh.points) points.push_back(toDouble(p));
    const MeshRemap cut = triangulate(mesh.points, topologyOf(mesh));
    std::vector<TriangleCorners> triangles;
    triangles.reserve(cut.cornerSource.size() / 3);
    for (size_t i = 0; i + 2 < cut.cornerSource.size(); i += 3) {
        TriangleCorners t;
        for (size_t k = 0; k < 3; ++k) t[k] = static_cast<uint32_t>(mesh.faceVertexIndices[cut.cornerSource[i + k]]);
        if (mesh.flags.leftHanded) std::swap(t[1], t[2]);
        triangles.push_back(t);
    }
    return SurfaceShape(std::move(points), std::move(triangles));
}

/// A group of the exact comparison, or one mesh.
struct Unit {
    GeometryGroup group;
    Hash128 hash;
    std::unique_ptr<SurfaceShape> shape;
    double limit = 0;     ///< what is left of the tolerance, in the first mesh's own units
    double likeness = 0;  ///< what neighbors are looked for by
};

class Joining {
public:
    Joining(const Scene& scene, const GroupingOptions& grouping, const FuzzyOptions& options, const Context& context)
        : scene_(scene), grouping_(grouping), options_(options), context_(context) {}

    std::vector<GeometryGroup> run(const std::vector<MeshId>& candidates, std::vector<GeometryGroup> groups) {
        unitsOf(candidates, std::move(groups));
        parallelFor(context_, units_.size(), [&](size_t u) { measure(units_[u]); }, 4);
        const auto pairs = pairsToAsk();
        std::vector<std::optional<SurfaceMatch>> matches(pairs.size());
        parallelFor(
            context_, pairs.size(),
            [&](size_t p) {
                const Unit &from = units_[pairs[p].first], &to = units_[pairs[p].second];
                matches[p] = matchSurfaces(*from.shape, *to.shape, matchOptions(to));
            },
            1);
        return joined(pairs, matches);
    }

private:
    const Mesh& meshOf(const GroupMember& member) const { return scene_.meshes()[member.mesh.index]; }

    void unitsOf(const std::vector<MeshId>& candidates, std::vector<GeometryGroup> groups) {
        std::vector<uint8_t> grouped(scene_.meshes().size(), 0);
        for (GeometryGroup& group : groups) {
            for (const GroupMember& member : group.members) grouped[member.mesh.index] = 1;
            units_.emplace_back().group = std::move(group);
        }
        for (const MeshId mesh : candidates)
            if (grouped[mesh.index] == 0) units_.emplace_back().group.members.push_back({mesh, {}, MapKind::rigid, 0});
        std::sort(units_.begin(), units_.end(), [](const Unit& a, const Unit& b) {
            return a.group.members.front().mesh < b.group.members.front().mesh;
        });
    }

    void measure(Unit& unit) const {
        const Mesh& first = meshOf(unit.group.members.front());
        if (!whyNotFuzzy(scene_, first).empty()) return;
        double limit = std::numeric_limits<double>::infinity();
        for (const GroupMember& member : unit.group.members) {
            const Mesh& mesh = meshOf(member);
            const Matrix4d& world = scene_.xforms().world[mesh.prim.index];
            const double allowed = grouping_.tolerance > 0 ? grouping_.tolerance : surfaceEpsilon(mesh, world);
            const double stretch = largestStretch(member.map * world);
            limit =
                stretch > 0 && std::isfinite(stretch) ? std::min(limit, (allowed - member.worldDistance) / stretch) : 0;
        }
        if (!(limit > 0)) return;
        unit.limit = limit;
        unit.hash = fuzzyHash(scene_, first, grouping_);
        unit.shape = std::make_unique<SurfaceShape>(shapeOf(first));
        const double spread = unit.shape->spread();
        unit.likeness = options_.allowScaling ? (spread > 0 ? std::sqrt(unit.shape->area()) / spread : 0) : spread;
        if (!(unit.likeness > 0)) unit.shape.reset();
    }

    SurfaceMatchOptions matchOptions(const Unit& to) const { return {to.limit, options_.allowScaling}; }

    /// Earlier and later unit of one hash and of like size, later ones ascending, then earlier ones.
    std::vector<std::pair<size_t, size_t>> pairsToAsk() const {
        std::unordered_map<Hash128, std::vector<size_t>> byHash;
        for (size_t u = 0; u < units_.size(); ++u)
            if (units_[u].shape) byHash[units_[u].hash].push_back(u);
        std::vector<std::pair<size_t, size_t>> out;
        for (auto& [hash, members] : byHash) {
            std::stable_sort(members.begin(), members.end(),
                             [&](size_t a, size_t b) { return units_[a].likeness < units_[b].likeness; });
            double widest = 0;
            for (const size_t u : members) widest = std::max(widest, units_[u].limit);
            for (size_t i = 0; i < members.size(); ++i)
                askAround(members, i, options_.allowScaling ? 0 : 4 * widest, out);
        }
        std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
            return std::pair(a.second, a.first) < std::pair(b.second, b.first);
        });
        return out;
    }
    void askAround(const std::vector<size_t>& sorted, size_t i, double slack,
                   std::vector<std::pair<size_t, size_t>>& out) const {
        const size_t later = sorted[i];
        const double value = units_[later].likeness;
        std::vector<size_t> earlier;
        const auto look = [&](size_t u) {
            if (u < later && mayMatch(*units_[u].shape, *units_[later].shape, matchOptions(units_[later])))
                earlier.push_back(u);
        };
        for (size_t k = i; k-- > 0 && units_[sorted[k]].likeness >= value * 0.85 - slack;) look(sorted[k]);
        for (size_t k = i + 1; k < sorted.size() && units_[sorted[k]].likeness <= value * 1.15 + slack; ++k)
            look(sorted[k]);
        std::sort(earlier.begin(), earlier.end());
        if (earlier.size() > kMostEarlier) earlier.resize(kMostEarlier);
        for (const size_t u : earlier) out.emplace_back(u, later);
    }

    /// Each unit joins the first one it matches that has joined none itself.
    std::vector<GeometryGroup> joined(const std::vector<std::pair<size_t, size_t>>& pairs,
                                      const std::vector<std::optional<SurfaceMatch>>& matches) {
        std::vector<uint8_t> gone(units_.size(), 0), grown(units_.size(), 0);
        for (size_t p = 0; p < pairs.size(); ++p) {
            const auto [earlier, later] = pairs[p];
            if (!matches[p] || gone[later] != 0 || gone[earlier] != 0 || grown[later] != 0) continue;
            gone[later] = grown[earlier] = 1;
            join(units_[earlier].group, units_[later].group, *matches[p]);
        }
        std::vector<GeometryGroup> out;
        for (size_t u = 0; u < units_.size(); ++u) {
            if (gone[u] != 0 || units_[u].group.members.size() < 2) continue;
            if (options_.onlyReshaped && grown[u] == 0) continue;
            out.push_back(std::move(units_[u].group));
        }
        return out;
    }

    void join(GeometryGroup& into, const GeometryGroup& group, const SurfaceMatch& match) const {
        const MapKind kind = match.scaled                      ? MapKind::similarity
                             : match.matrix.determinant3() < 0 ? MapKind::rigidOrMirrored
                                                               : MapKind::rigid;
        for (const GroupMember& old : group.members) {
            GroupMember member = old;
            const Matrix4d onward = old.map * scene_.xforms().world[meshOf(old).prim.index];
            member.map = match.matrix * old.map;
            member.kind = std::max(kind, old.kind);
            member.worldDistance = old.worldDistance + match.distance * largestStretch(onward);
            member.reshaped = true;
            into.members.push_back(member);
        }
        std::sort(into.members.begin() + 1, into.members.end(),
                  [](const GroupMember& a, const GroupMember& b) { return a.mesh < b.mesh; });
    }

    const Scene& scene_;
    const GroupingOptions& grouping_;
    const FuzzyOptions& options_;
    const Context& context_;
    std::vector<Unit> units_;
};

}  // namespace

std::string_view whyNotFuzzy(const Scene& scene, const Mesh& mesh) {
    if (mesh.flags.subdivided) return "subdivided";
    if (mesh.flags.physics) return "physics";
    if (!mesh.subsets.empty()) return "has_subsets";
    if (!mesh.holeIndices.empty()) return "has_holes";
    for (const Primvar& primvar : mesh.primvars)
        if (primvar.interpolation != Interpolation::Constant && primvar.values.count != 0 &&
            scene.text(primvar.name) != "normals")
            return "varying_primvar";
    return {};
}

std::vector<GeometryGroup> joinFuzzyGroups(const Scene& scene, const std::vector<MeshId>& candidates,
                                           std::vector<GeometryGroup> groups, const GroupingOptions& grouping,
                                           const FuzzyOptions& options, const Context& context) {
    return Joining(scene, grouping, options, context).run(candidates, std::move(groups));
}

}  // namespace usdtune
