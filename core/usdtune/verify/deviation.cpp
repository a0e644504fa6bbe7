// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/deviation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <unordered_map>

#include "usdtune/base/assert.h"
#include "usdtune/base/parallel.h"
#include "usdtune/verify/deviation_clusters.h"
#include "usdtune/verify/deviation_measure.h"
#include "usdtune/verify/look_as_drawn.h"

namespace usdtune {

namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
/// Corners of a cluster that are worth all threads at once.
constexpr size_t kLarge = 300'000;
/// Samples that all meshes share when there are many, and what each of them gets at least.
constexpr size_t kSamplesInAll = 8'000'000, kFewest = 500;

/// Distances of equal parts of areas, gathered over meshes.
class TotalBuilder {
public:
    void add(const DistanceSummary& summary, const std::string& path) {
        if (summary.max > max_) max_ = summary.max, worst_ = path;
        sum_ += summary.mean * summary.area;
        area_ += summary.area;
        for (const double quantile : summary.quantiles)
            parts_.emplace_back(quantile, summary.area / static_cast<double>(summary.quantiles.size()));
    }
    DeviationTotal finish(double metersPerUnit) {
        DeviationTotal out;
        out.max = max_ * metersPerUnit;
        out.worstPath = worst_;
        if (!(area_ > 0)) return out;
        out.mean = sum_ / area_ * metersPerUnit;
        std::sort(parts_.begin(), parts_.end());
        double above = 0;
        size_t i = parts_.size();
        while (i > 1 && above + parts_[i - 1].second <= 0.01 * area_) above += parts_[--i].second;
        if (i > 0) out.p99 = parts_[i - 1].first * metersPerUnit;
        return out;
    }

private:
    double max_ = 0, sum_ = 0, area_ = 0;
    std::string worst_;
    std::vector<std::pair<double, double>> parts_;
};

class Deviation {
public:
    Deviation(const Scene& a, const Scene& b, const std::vector<PathMove>& moves, const DeviationOptions& options,
              const Context& context)
        : a_(a), b_(b), options_(options), context_(context), pairs_(a, b, moves, options.roots, context) {}

    DeviationReport run() {
        context_.report("measure surfaces", 0.3);
        findMeasurements();
        measure();
        context_.report("compare materials", 0.8);
        compareMaterials();
        return report();
    }

private:
    /// The same geometry under the same relative transform, turned the same way, gives the same distances.
    std::string keyOf(const MeshCluster& cluster) const {
        std::string key;
        const auto add = [&](const auto& value) { key.append(reinterpret_cast<const char*>(&value), sizeof value); };
        const Drawn& target = pairs_.drawnB[cluster.target];
        const Vec3d origin = originOf(target);
        const auto addPlaced = [&](const Scene& scene, const Drawn& drawn) {
            const PlacedMesh placed(scene, drawn, origin);
            add(scene.meshOf(drawn.prim).index);
            add(placed.toOrigin);
        };
        addPlaced(b_, target);
        for (const size_t part : cluster.parts) addPlaced(a_, pairs_.drawnA[part]);
        return key;
    }

    void findMeasurements() {
        std::vector<std::string> keys(pairs_.clusters.size());
        parallelFor(context_, keys.size(), [&](size_t i) { keys[i] = keyOf(pairs_.clusters[i]); }, 256);
        std::unordered_map<std::string_view, size_t> seen;
        for (size_t i = 0; i < keys.size(); ++i) {
            const auto [found, isNew] = seen.try_emplace(keys[i], firstOf_.size());
            if (isNew) firstOf_.push_back(i);
            measureOf_.push_back(found->second);
        }
    }

    void measure() {
        measures_.resize(firstOf_.size());
        std::vector<size_t> small, large;
        for (size_t i = 0; i < firstOf_.size(); ++i) {
            const MeshCluster& cluster = pairs_.clusters[firstOf_[i]];
            size_t corners = meshB(cluster).cornerCount();
            for (const size_t part : cluster.parts) corners += meshA(part).cornerCount();
            (corners < kLarge ? small : large).push_back(i);
        }
        density_ = options_.density;
        density_.atMost = std::clamp(kSamplesInAll / std::max<size_t>(measures_.size(), 1),
                                     std::min(kFewest, density_.atMost), density_.atMost);
        Context alone;
        alone.threadCount = 1;
        alone.cancelled = context_.cancelled;
        for (const size_t i : large) measures_[i] = measureOne(pairs_.clusters[firstOf_[i]], context_);
        parallelFor(
            context_, small.size(),
            [&](size_t i) { measures_[small[i]] = measureOne(pairs_.clusters[firstOf_[small[i]]], alone); }, 4);
    }

    ClusterMeasure measureOne(const MeshCluster& cluster, const Context& context) const {
        const Drawn& target = pairs_.drawnB[cluster.target];
        const Vec3d origin = originOf(target);
        std::vector<PlacedMesh> parts;
        for (const size_t part : cluster.parts) parts.emplace_back(a_, pairs_.drawnA[part], origin);
        return measureCluster(parts, PlacedMesh(b_, target, origin), density_, context);
    }

    const Mesh& meshA(size_t row) const { return a_.meshes()[a_.meshOf(pairs_.drawnA[row].prim).index]; }
    const Mesh& meshB(const MeshCluster& cluster) const {
        return b_.meshes()[b_.meshOf(pairs_.drawnB[cluster.target].prim).index];
    }

    void compareMaterials() {
        materialChanged_.resize(pairs_.clusters.size());
        parallelFor(
            context_, pairs_.clusters.size(),
            [&](size_t i) {
                const MeshCluster& cluster = pairs_.clusters[i];
                size_t firstFace = 0;
                for (size_t p = 0; p < cluster.parts.size(); ++p) {
                    materialChanged_[i].push_back(looksChanged(i, p, firstFace) ? 1 : 0);
                    firstFace += meshA(cluster.parts[p]).faceCount();
                }
            },
            64);
    }

    bool looksChanged(size_t clusterIndex, size_t p, size_t firstFace) const {
        const MeshCluster& cluster = pairs_.clusters[clusterIndex];
        const ClusterMeasure& measured = measures_[measureOf_[clusterIndex]];
        const Drawn &a = pairs_.drawnA[cluster.parts[p]], &b = pairs_.drawnB[cluster.target];
        const Mesh &mesh = meshA(cluster.parts[p]), &other = meshB(cluster);
        if (!measured.measured || !mesh.flags.validTopology || !other.flags.validTopology) return a.look != b.look;
        if (mesh.subsets.empty() && other.subsets.empty() && a.look == b.look) return false;
        LookAsDrawn lookA(a_, a, pairs_.assets.naming(true)), lookB(b_, b, pairs_.assets.naming(false));
        if (!measured.facesCorrespond) {
            const auto& faces = measured.parts[p].faces;
            return std::any_of(faces.begin(), faces.end(),
                               [&](const auto& pair) { return lookA.onFace(pair.first) != lookB.onFace(pair.second); });
        }
        for (size_t face = 0; face < mesh.faceCount(); ++face)
            if (lookA.onFace(face) != lookB.onFace(firstFace + face)) return true;
        return false;
    }

    DeviationReport report() {
        DeviationReport out;
        out.density = density_;
        out.measurementCount = measures_.size();
        for (const ClusterMeasure& measured : measures_) out.queriedCount += measured.facesCorrespond ? 0 : 1;
        TotalBuilder forward, backward;
        Drift normals, uvs;
        for (size_t i = 0; i < pairs_.clusters.size(); ++i) {
            const MeshCluster& cluster = pairs_.clusters[i];
            const ClusterMeasure& measured = measures_[measureOf_[i]];
            backward.add(measured.backward, pairs_.drawnA[worstPart(cluster, measured)].path);
            for (size_t p = 0; p < cluster.parts.size(); ++p) {
                const PartMeasure& part = measured.parts[p];
                addRow(out, cluster, p, measured, materialChanged_[i][p] != 0);
                forward.add(part.forward, pairs_.drawnA[cluster.parts[p]].path);
                normals.add(part.normals);
                uvs.add(part.uvs);
            }
        }
        for (const size_t i : pairs_.missing)
            out.meshes.push_back(unpaired(pairs_.drawnA[i].path, "")), out.missingCount += 1;
        for (const size_t i : pairs_.added) out.meshes.push_back(unpaired("", pairs_.drawnB[i].path));
        out.addedCount = pairs_.added.size();
        out.meshCount = pairs_.drawnA.size();
        const double metres = a_.stage().metersPerUnit;
        out.forward = forward.finish(metres);
        out.backward = backward.finish(metres);
        if (normals.count != 0)
            out.normalDriftDegrees = {normals.max, normals.sum / static_cast<double>(normals.count)};
        if (uvs.count != 0) out.uvDrift = {uvs.max, uvs.sum / static_cast<double>(uvs.count)};
        std::stable_sort(out.meshes.begin(), out.meshes.end(), worseFirst);
        if (out.meshes.size() > options_.meshLimit) out.meshes.resize(options_.meshLimit);
        return out;
    }

    static bool worseFirst(const MeshDeviation& x, const MeshDeviation& y) {
        if (x.max != y.max) return x.max > y.max;
        if (x.materialChanged != y.materialChanged) return x.materialChanged;
        return std::tie(x.path, x.otherPath) < std::tie(y.path, y.otherPath);
    }

    static MeshDeviation unpaired(std::string path, std::string otherPath) {
        MeshDeviation row;
        row.path = std::move(path);
        row.otherPath = std::move(otherPath);
        row.max = row.mean = row.p99 = kInfinite;
        return row;
    }

    size_t worstPart(const MeshCluster& cluster, const ClusterMeasure& measured) const {
        size_t worst = 0;
        for (size_t p = 1; p < measured.parts.size(); ++p)
            if (measured.parts[p].backward.max > measured.parts[worst].backward.max) worst = p;
        return cluster.parts[worst];
    }

    void addRow(DeviationReport& out, const MeshCluster& cluster, size_t p, const ClusterMeasure& measured,
                bool materialChanged) {
        const Drawn& a = pairs_.drawnA[cluster.parts[p]];
        const Mesh& mesh = meshA(cluster.parts[p]);
        const PartMeasure& part = measured.parts[p];
        MeshDeviation row = unpaired(a.path, pairs_.drawnB[cluster.target].path);
        if (measured.measured) {
            const double metres = a_.stage().metersPerUnit;
            row.max = std::max(part.forward.max, part.backward.max) * metres;
            row.mean = std::max(part.forward.mean, part.backward.mean) * metres;
            row.p99 = std::max(part.forward.p99, part.backward.p99) * metres;
        } else {
            out.missingCount += 1;
        }
        row.sampleCount = part.forward.sampleCount + part.backward.sampleCount;
        row.exact = part.exact;
        if (part.normals.count != 0) row.normalMaxDegrees = part.normals.max;
        if (part.uvs.count != 0) row.uvMax = part.uvs.max;
        row.materialChanged = materialChanged;
        out.sampleCount += row.sampleCount;
        out.exactMeshCount += row.exact ? 1 : 0;
        out.materialChangeCount += materialChanged ? 1 : 0;
        out.cageCount += mesh.flags.subdivided ? 1 : 0;
        out.movingCount += a.animated || mesh.flags.animatedPoints || mesh.flags.skinned ? 1 : 0;
        out.meshes.push_back(std::move(row));
    }

    const Scene& a_;
    const Scene& b_;
    const DeviationOptions& options_;
    SamplingDensity density_;
    const Context& context_;
    MeshClusters pairs_;
    std::vector<size_t> firstOf_;    ///< per measurement: a cluster that it is of
    std::vector<size_t> measureOf_;  ///< per cluster
    std::vector<ClusterMeasure> measures_;
    std::vector<std::vector<uint8_t>> materialChanged_;  ///< per cluster and part
};

}  // namespace

DeviationReport measureDeviation(const Scene& a, const Scene& b, const std::vector<PathMove>& moves,
                                 const DeviationOptions& options, const Context& context) {
    USDTUNE_ASSERT(&a.tokens() == &b.tokens(), "scenes are compared over one token table");
    return Deviation(a, b, moves, options, context).run();
}

}  // namespace usdtune
