// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "usdtune/base/math.h"
#include "usdtune/mesh/remap.h"

namespace usdtune {

// Degeneracy by index: what welding leaves behind. In all functions `topology` passed validateTopology; O(n).

/// How many corners repeat the point of the corner before them, around their face. Of a face that uses a single point
/// all corners but one count.
size_t countDegenerateEdges(const TopologyView& topology);

/// Takes such corners out; the first of a run of equal corners stays, and with it its face-varying values. All faces
/// and points stay, also a face that is left with one or two corners. Face order, corner order and winding are kept.
MeshRemap contractDegenerateEdges(const TopologyView& topology);

/// 1 for every face with fewer than 3 distinct points.
std::vector<uint8_t> degenerateFaces(const TopologyView& topology);

/// Takes those faces out; all points stay.
MeshRemap removeDegenerateFaces(const TopologyView& topology);

// Degeneracy by shape: a finding, not part of cleanup, because removing such a face can open a crack at a T-junction.

/// Faces whose area (float64, Newell) is at most `maxArea`, in the points' own units squared; ascending. Faces with a
/// point that is not finite are passed over. `points` has topology.pointCount entries.
std::vector<uint32_t> zeroAreaFaces(std::span<const Vec3f> points, const TopologyView& topology, double maxArea = 0);

}  // namespace usdtune
