// SPDX-License-Identifier: Apache-2.0
//
// The order matters: welding creates degenerate edges and duplicates, contraction makes duplicates comparable, removal
// of faces isolates points, and cutting must come last because welding would undo it.
#include "usdtune/mesh/cleanup.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "usdtune/mesh/degenerate_faces.h"
#include "usdtune/mesh/duplicate_faces.h"
#include "usdtune/mesh/isolated_points.h"
#include "usdtune/mesh/manifold.h"
#include "usdtune/mesh/orient.h"
#include "usdtune/mesh/weld.h"

namespace usdtune {

namespace {

size_t countSet(std::span<const uint8_t> flags) {
    return static_cast<size_t>(std::count_if(flags.begin(), flags.end(), [](uint8_t f) { return f != 0; }));
}

/// The mesh as it stands between two steps.
class Workpiece {
public:
    Workpiece(std::span<const Vec3f> points, const TopologyView& topology, const CleanupOptions& options,
              const CleanupData& data)
        : points_(points), options_(options), data_(data) {
        out_.remap = identityRemap(topology);
    }

    Cleanup run() {
        if (options_.mergePoints) weld();
        if (options_.contractDegenerateEdges) contract();
        if (options_.removeDegenerateFaces) dropFaces(degenerateFaces(mesh()), out_.counts.degenerateFaces);
        if (options_.removeDuplicateFaces) dropDuplicates();
        if (options_.removeIsolatedPoints) dropPoints();
        if (options_.coorientFaces) orient();
        if (options_.makeManifold) cut();
        return std::move(out_);
    }

private:
    TopologyView mesh() const { return out_.remap.topology(); }
    void then(const MeshRemap& step) { out_.remap = compose(out_.remap, step); }

    /// `values` of the mesh as it came, for the mesh as it stands.
    template <class T>
    std::vector<T> moved(std::span<const T> values, MeshElement element) const {
        if (values.empty()) return {};
        return applyRemap(out_.remap, element, values).value_or(std::vector<T>{});
    }

    void weld() {
        // The first step, so points and labels are still those of the mesh as it came.
        std::vector<uint32_t> pointOf(points_.size());
        const bool restricted = !options_.mergeBoundaries || !options_.mergeNeighbors;
        const size_t count = restricted ? weldRemap(pointOf, points_, options_.tolerance, data_.pointLabels, mesh(),
                                                    {options_.mergeBoundaries, options_.mergeNeighbors})
                                        : weldRemap(pointOf, points_, options_.tolerance, data_.pointLabels);
        out_.counts.mergedPoints = points_.size() - count;
        if (count != points_.size()) then(fromPointRemap(mesh(), pointOf, count));
    }

    void contract() {
        out_.counts.contractedCorners = countDegenerateEdges(mesh());
        if (out_.counts.contractedCorners != 0) then(contractDegenerateEdges(mesh()));
    }

    void dropFaces(std::vector<uint8_t> drop, size_t& dropped) {
        dropped = countSet(drop);
        if (dropped == 0) return;
        for (uint8_t& d : drop) d = d == 0;
        then(fromKeptFaces(mesh(), drop));
    }

    void dropDuplicates() {
        const std::vector<uint32_t> faceLabels = moved(data_.faceLabels, MeshElement::face);
        const std::vector<uint32_t> cornerLabels = moved(data_.cornerLabels, MeshElement::corner);
        const DuplicateFaceOptions same{options_.reversedAreDuplicates, faceLabels, cornerLabels};
        dropFaces(duplicateFaces(mesh(), same), out_.counts.duplicateFaces);
    }

    void dropPoints() {
        out_.counts.isolatedPoints = countIsolatedPoints(mesh());
        if (out_.counts.isolatedPoints != 0) then(removeIsolatedPoints(mesh()));
    }

    void orient() {
        const Coorientation oriented = coorientFaces(mesh());
        out_.counts.flippedFaces = oriented.flippedFaceCount;
        out_.counts.nonOrientableComponents = oriented.nonOrientableComponentCount;
        if (oriented.flippedFaceCount != 0) then(oriented.remap);
        if (data_.normals.empty()) return;

        const std::vector<Vec3f> points = moved(points_, MeshElement::point);
        const std::vector<Vec3f> normals = moved(data_.normals, data_.normalsElement);
        out_.counts.reversedMesh =
            windingAgreement(points, mesh(), normals, data_.normalsElement, data_.leftHanded) < 0;
        if (out_.counts.reversedMesh) then(reverseFaces(mesh()));
    }

    void cut() {
        const MeshRemap split = makeManifold(mesh());
        out_.counts.splitPoints = split.pointSource.size() - split.pointOf.size();
        if (out_.counts.splitPoints != 0) then(split);
    }

    std::span<const Vec3f> points_;
    const CleanupOptions& options_;
    const CleanupData& data_;
    Cleanup out_;
};

}  // namespace

Cleanup cleanupMesh(std::span<const Vec3f> points, const TopologyView& topology, const CleanupOptions& options,
                    const CleanupData& data) {
    return Workpiece(points, topology, options, data).run();
}

}  // namespace usdtune
