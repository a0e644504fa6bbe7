// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/deviation_measure.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "usdtune/verify/deviation_spread.h"

namespace usdtune {

namespace {

constexpr size_t kQuantiles = 128;
constexpr double kPi = 3.14159265358979323846;

/// By parts that are sorted by distance.
void addQuantiles(DistanceSummary& out, std::span<const SpreadPart> parts, double whole) {
    double passed = 0;
    size_t quantile = 0;
    const size_t count = std::min(kQuantiles, parts.size());
    out.p99 = parts.back().distance;
    bool isBelow = true;
    for (const SpreadPart& part : parts) {
        passed += part.area;
        for (; quantile < count &&
               passed * static_cast<double>(2 * count) >= static_cast<double>(2 * quantile + 1) * whole;
             ++quantile)
            out.quantiles.push_back(part.distance);
        if (isBelow && passed >= 0.99 * whole) out.p99 = part.distance, isBelow = false;
    }
    out.quantiles.resize(count, parts.back().distance);
}

/// The corners count for the largest distance only, unless there is nothing else.
DistanceSummary summaryOf(DistanceSpread spread) {
    DistanceSummary out;
    out.sampleCount = spread.sampleCount;
    for (const SpreadPart& corner : spread.corners) out.max = std::max(out.max, corner.distance);
    if (spread.parts.empty()) {
        spread.parts = std::move(spread.corners);
        for (SpreadPart& corner : spread.parts) corner.area = 1;
    } else {
        for (const SpreadPart& part : spread.parts) out.area += part.area;
    }
    if (spread.parts.empty()) return out;
    double sum = 0, whole = 0;
    for (const SpreadPart& part : spread.parts) sum += part.area * part.mean, whole += part.area;
    std::sort(spread.parts.begin(), spread.parts.end(), [](const SpreadPart& x, const SpreadPart& y) {
        return x.distance != y.distance ? x.distance < y.distance : x.area < y.area;
    });
    out.max = std::max(out.max, spread.parts.back().distance);
    out.mean = std::clamp(sum / whole, 0.0, out.max);
    addQuantiles(out, spread.parts, whole);
    return out;
}

template <class T>
bool sameSpan(std::span<const T> a, std::span<const T> b) {
    return a.size() == b.size() && (a.data() == b.data() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

double degreesBetween(const Vec3d& a, const Vec3d& b) {
    const double along = dot(a, b), across = length(cross(a, b));
    return std::atan2(across, along) * 180 / kPi;
}

class Cluster {
public:
    Cluster(std::span<const PlacedMesh> parts, const PlacedMesh& target, const SamplingDensity& density,
            const Context& context)
        : parts_(parts), target_(target), density_(density), context_(context), targetFields_(target) {
        for (const PlacedMesh& part : parts) {
            fields_.emplace_back(part);
            epsilons_.push_back(surfaceEpsilon(*part.mesh, part.drawn->world));
        }
        out_.parts.resize(parts.size());
    }

    ClusterMeasure run() {
        if (!broken() && !settledByCorners()) sample();
        return std::move(out_);
    }

private:
    /// What cannot be drawn has no surface; it counts as kept where its arrays are.
    bool broken() {
        const auto valid = [](const PlacedMesh& placed) { return placed.mesh->flags.validTopology; };
        if (valid(target_) && std::all_of(parts_.begin(), parts_.end(), valid)) return false;
        out_.measured = parts_.size() == 1 && sameArrays(parts_[0]);
        out_.facesCorrespond = out_.measured;
        for (PartMeasure& part : out_.parts) part.exact = out_.measured;
        return true;
    }

    bool sameArrays(const PlacedMesh& part) const {
        return sameSpan(part.mesh->points, target_.mesh->points) &&
               sameSpan(part.mesh->faceVertexCounts, target_.mesh->faceVertexCounts) &&
               sameSpan(part.mesh->faceVertexIndices, target_.mesh->faceVertexIndices);
    }

    bool settledByCorners() {
        size_t faces = 0, corners = 0;
        for (const PlacedMesh& part : parts_) {
            const auto counts = part.mesh->faceVertexCounts;
            if (faces + counts.size() > target_.mesh->faceCount()) return false;
            if (!sameSpan(counts, target_.mesh->faceVertexCounts.subspan(faces, counts.size()))) return false;
            faces += counts.size();
            corners += part.mesh->cornerCount();
        }
        if (faces != target_.mesh->faceCount() || corners != target_.mesh->cornerCount()) return false;
        const bool identical = parts_.size() == 1 && parts_[0].toOrigin == target_.toOrigin && sameArrays(parts_[0]);
        size_t firstFace = 0, firstCorner = 0;
        std::vector<DistanceSummary> summaries;
        for (size_t p = 0; p < parts_.size(); ++p) {
            auto summary = compareCorners(parts_[p], firstCorner, identical, epsilons_[p]);
            if (!summary) return false;
            summaries.push_back(std::move(*summary));
            firstFace += parts_[p].mesh->faceCount();
            firstCorner += parts_[p].mesh->cornerCount();
        }
        out_.facesCorrespond = true;
        firstFace = firstCorner = 0;
        for (size_t p = 0; p < parts_.size(); ++p) {
            PartMeasure& part = out_.parts[p];
            part.forward = part.backward = summaries[p];
            part.exact = true;
            driftAtCorners(p, firstFace, firstCorner);
            firstFace += parts_[p].mesh->faceCount();
            firstCorner += parts_[p].mesh->cornerCount();
        }
        out_.backward = joined(summaries);
        return true;
    }

    /// Nothing when a corner lies farther off than ε, or is finite on one side only.
    std::optional<DistanceSummary> compareCorners(const PlacedMesh& part, size_t first, bool identical,
                                                  double epsilon) const {
        DistanceSummary out;
        const Mesh &mesh = *part.mesh, &other = *target_.mesh;
        double sum = 0;
        size_t corner = 0;
        for (size_t face = 0; face < mesh.faceCount(); ++face) {
            const auto count = static_cast<size_t>(mesh.faceVertexCounts[face]);
            Vec3d start{}, before{}, twice{};
            for (size_t k = 0; k < count; ++k, ++corner) {
                const Vec3d p = part.at(static_cast<size_t>(mesh.faceVertexIndices[corner]));
                if (!identical) {
                    const Vec3d q = target_.at(static_cast<size_t>(other.faceVertexIndices[first + corner]));
                    const double distance = length(p - q);
                    if (!(distance <= epsilon) && (isFinite(p) || isFinite(q))) return {};
                    if (std::isfinite(distance)) out.max = std::max(out.max, distance), sum += distance;
                }
                if (k == 0) start = p;
                if (k >= 2) twice = twice + cross(before - start, p - start);
                before = p;
            }
            if (isFinite(twice)) out.area += 0.5 * length(twice);
        }
        out.sampleCount = mesh.cornerCount();
        if (corner != 0) out.mean = std::min(out.max, sum / static_cast<double>(corner));
        out.p99 = out.max;
        out.quantiles = {out.mean};
        return out;
    }

    static DistanceSummary joined(const std::vector<DistanceSummary>& parts) {
        DistanceSummary out;
        double sum = 0;
        for (const DistanceSummary& part : parts) {
            out.max = std::max(out.max, part.max);
            sum += part.mean * part.area;
            out.area += part.area;
            out.sampleCount += part.sampleCount;
        }
        out.mean = out.area > 0 ? std::min(out.max, sum / out.area) : out.max;
        out.p99 = out.max;
        out.quantiles = {out.mean};
        return out;
    }

    void driftAtCorners(size_t p, size_t firstFace, size_t firstCorner) {
        const Mesh& mesh = *parts_[p].mesh;
        PartMeasure& part = out_.parts[p];
        const bool normals = fields_[p].hasNormals() && targetFields_.hasNormals();
        std::vector<std::pair<const CornerField<Vec2f>*, const CornerField<Vec2f>*>> uvs = sharedUvs(p);
        if (!normals && uvs.empty()) return;
        size_t corner = 0;
        for (size_t face = 0; face < mesh.faceCount(); ++face) {
            for (int k = 0; k < mesh.faceVertexCounts[face]; ++k, ++corner) {
                const size_t otherCorner = firstCorner + corner, otherFace = firstFace + face;
                if (normals)
                    addNormals(part.normals, fields_[p].normal(corner, face),
                               targetFields_.normal(otherCorner, otherFace));
                for (const auto& [own, other] : uvs) {
                    const Vec2f* x = own->at(mesh, corner, face);
                    const Vec2f* y = other->at(*target_.mesh, otherCorner, otherFace);
                    if (x != nullptr && y != nullptr) addUvs(part.uvs, toDouble2(*x), toDouble2(*y));
                }
            }
        }
    }

    std::vector<std::pair<const CornerField<Vec2f>*, const CornerField<Vec2f>*>> sharedUvs(size_t p) const {
        std::vector<std::pair<const CornerField<Vec2f>*, const CornerField<Vec2f>*>> out;
        for (const std::string& name : fields_[p].uvNames())
            if (const auto* other = targetFields_.uv(name)) out.emplace_back(fields_[p].uv(name), other);
        return out;
    }

    static Vec2d toDouble2(const Vec2f& v) { return {{v[0], v[1]}}; }
    static void addNormals(Drift& drift, const std::optional<Vec3d>& a, const std::optional<Vec3d>& b) {
        if (!a || !b || !(dot(*a, *a) > 0) || !(dot(*b, *b) > 0)) return;
        if (isFinite(*a) && isFinite(*b)) drift.add(degreesBetween(*a, *b));
    }
    static void addUvs(Drift& drift, const Vec2d& a, const Vec2d& b) {
        if (isFinite(a) && isFinite(b)) drift.add(length(a - b));
    }

    void sample() {
        const PlacedTriangles source(parts_), target(std::span(&target_, 1));
        const TriangleBvh sourceBvh(source.points, source.triangles), targetBvh(target.points, target.triangles);
        if (sourceBvh.size() == 0 || targetBvh.size() == 0) {
            // Where neither side shows anything, nothing was lost.
            const bool empty = sourceBvh.size() == targetBvh.size();
            out_.measured = empty;
            for (PartMeasure& part : out_.parts) part.exact = empty;
            return;
        }
        for (size_t p = 0; p < parts_.size(); ++p) forward(p, target, targetBvh);
        backward(source, target, sourceBvh);
        for (size_t p = 0; p < parts_.size(); ++p) {
            PartMeasure& part = out_.parts[p];
            part.exact = part.forward.max <= epsilons_[p] && part.backward.max <= epsilons_[p];
        }
    }

    void forward(size_t p, const PlacedTriangles& target, const TriangleBvh& bvh) {
        const PlacedTriangles own(parts_.subspan(p, 1));
        const SurfaceSamples samples(own, density_);
        std::vector<TriangleBvh::Closest> found(samples.places.size());
        bvh.closestPoints(samples.places, found, context_);
        PartMeasure& part = out_.parts[p];
        part.forward = summaryOf(spreadOf(own, bvh, density_, epsilons_[p], context_));
        const auto uvs = sharedUvs(p);
        for (size_t i = 0; i < found.size(); ++i) {
            const uint32_t from = samples.triangles[i];
            TriangleBvh::Closest at = found[i];
            // Of two sheets back to back the one that faces the same way corresponds.
            const Vec3d front = own.front(from);
            if (dot(front, target.front(at.triangle)) < 0)
                if (const auto facing = bvh.closestFacing(samples.places[i], front, at.distance + epsilons_[p]);
                    facing.triangle != TriangleBvh::kNone)
                    at = facing;
            part.faces.emplace_back(own.faces[from], target.faces[at.triangle]);
            const Vec3d there = weightsAt(target, at);
            addNormals(part.normals, normalAt(fields_[p], own, from, samples.weights[i]),
                       normalAt(targetFields_, target, at.triangle, there));
            for (const auto& [mine, other] : uvs) {
                const auto x = uvAt(*mine, *parts_[p].mesh, own, from, samples.weights[i]);
                const auto y = uvAt(*other, *target_.mesh, target, at.triangle, there);
                if (x && y) addUvs(part.uvs, *x, *y);
            }
        }
        std::sort(part.faces.begin(), part.faces.end());
        part.faces.erase(std::unique(part.faces.begin(), part.faces.end()), part.faces.end());
    }

    void backward(const PlacedTriangles& source, const PlacedTriangles& target, const TriangleBvh& bvh) {
        const double settled = *std::min_element(epsilons_.begin(), epsilons_.end());
        DistanceSpread whole = spreadOf(target, bvh, density_, settled, context_);
        std::vector<DistanceSpread> ofPart(parts_.size());
        for (const SpreadPart& corner : whole.corners) ofPart[source.meshes[corner.nearest]].corners.push_back(corner);
        for (const SpreadPart& part : whole.parts) ofPart[source.meshes[part.nearest]].parts.push_back(part);
        for (size_t p = 0; p < parts_.size(); ++p) {
            ofPart[p].sampleCount = ofPart[p].corners.size() + ofPart[p].parts.size();
            out_.parts[p].backward = summaryOf(std::move(ofPart[p]));
        }
        out_.backward = summaryOf(std::move(whole));
    }

    /// Barycentric weights of a found point; those of the first corner on a triangle without area.
    static Vec3d weightsAt(const PlacedTriangles& surface, const TriangleBvh::Closest& at) {
        const auto& [ia, ib, ic] = surface.triangles[at.triangle];
        const Vec3d ab = surface.points[ib] - surface.points[ia], ac = surface.points[ic] - surface.points[ia];
        const Vec3d n = cross(ab, ac), ap = at.point - surface.points[ia];
        const double whole = dot(n, n);
        if (!(whole > 0)) return {{1, 0, 0}};
        const double v = dot(cross(ap, ac), n) / whole, w = dot(cross(ab, ap), n) / whole;
        return {{1 - v - w, v, w}};
    }

    static std::optional<Vec3d> normalAt(const ShadingFields& fields, const PlacedTriangles& surface, uint32_t triangle,
                                         const Vec3d& weights) {
        Vec3d sum{};
        for (size_t c = 0; c < 3; ++c) {
            const auto n = fields.normal(surface.corners[triangle][c], surface.faces[triangle]);
            if (!n || !(dot(*n, *n) > 0)) return {};
            sum = sum + *n * (weights[c] / length(*n));
        }
        return sum;
    }

    static std::optional<Vec2d> uvAt(const CornerField<Vec2f>& field, const Mesh& mesh, const PlacedTriangles& surface,
                                     uint32_t triangle, const Vec3d& weights) {
        Vec2d sum{};
        for (size_t c = 0; c < 3; ++c) {
            const Vec2f* uv = field.at(mesh, surface.corners[triangle][c], surface.faces[triangle]);
            if (uv == nullptr) return {};
            sum = sum + toDouble2(*uv) * weights[c];
        }
        return sum;
    }

    std::span<const PlacedMesh> parts_;
    const PlacedMesh& target_;
    const SamplingDensity& density_;
    const Context& context_;
    ShadingFields targetFields_;
    std::vector<ShadingFields> fields_;
    std::vector<double> epsilons_;
    ClusterMeasure out_;
};

}  // namespace

ClusterMeasure measureCluster(std::span<const PlacedMesh> parts, const PlacedMesh& target,
                              const SamplingDensity& density, const Context& context) {
    return Cluster(parts, target, density, context).run();
}

}  // namespace usdtune
