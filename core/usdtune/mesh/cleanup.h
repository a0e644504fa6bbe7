// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "usdtune/base/math.h"
#include "usdtune/mesh/remap.h"

namespace usdtune {

/// What to repair, in the order in which it is done. The defaults keep the surface and every corner's values.
struct CleanupOptions {
    bool mergePoints = true;
    float tolerance = 0;  ///< in the points' own units; see weldRemap
    bool mergeBoundaries = true;
    bool mergeNeighbors = true;
    bool contractDegenerateEdges = true;
    bool removeDegenerateFaces = true;
    bool removeDuplicateFaces = true;
    bool reversedAreDuplicates = false;  ///< for double-sided meshes only; see duplicate_faces.h
    bool removeIsolatedPoints = true;
    bool coorientFaces = false;
    bool makeManifold = false;
};

/// What the repair has to respect. Empty spans respect nothing of their kind.
struct CleanupData {
    std::span<const uint32_t> pointLabels = {};   ///< one per point: only equal ones merge
    std::span<const uint32_t> faceLabels = {};    ///< one per face: only equal ones are duplicates
    std::span<const uint32_t> cornerLabels = {};  ///< one per corner: likewise
    /// Where coorientFaces is on and these oppose the winding, the whole mesh is reversed.
    std::span<const Vec3f> normals = {};
    MeshElement normalsElement = MeshElement::corner;
    bool leftHanded = false;
};

/// How much each step did.
struct CleanupCounts {
    size_t mergedPoints = 0;
    size_t contractedCorners = 0;
    size_t degenerateFaces = 0;
    size_t duplicateFaces = 0;
    size_t isolatedPoints = 0;
    size_t flippedFaces = 0;
    size_t nonOrientableComponents = 0;
    bool reversedMesh = false;
    size_t splitPoints = 0;

    bool nothingDone() const {
        return mergedPoints + contractedCorners + degenerateFaces + duplicateFaces + isolatedPoints + flippedFaces +
                       splitPoints ==
                   0 &&
               !reversedMesh;
    }
};

struct Cleanup {
    MeshRemap remap;
    CleanupCounts counts;
};

/// Runs the selected repairs, each on the result of the one before, and answers with the one remap that does them all.
/// A second run with the same options and moved data changes nothing, as long as mergeBoundaries and mergeNeighbors are
/// on. (With makeManifold, copies of points that are not finite may change places, since nothing welds them back.)
/// `topology` passed validateTopology, `points` has topology.pointCount entries, labels have their counts.
/// O(n) expected; steps that find nothing cost a scan.
Cleanup cleanupMesh(std::span<const Vec3f> points, const TopologyView& topology, const CleanupOptions& options = {},
                    const CleanupData& data = {});

}  // namespace usdtune
