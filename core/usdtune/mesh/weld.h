// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "usdtune/base/math.h"
#include "usdtune/mesh/topology.h"

namespace usdtune {

/// Which points of a mesh may take part in a weld; needs the topology.
struct WeldOptions {
    bool mergeBoundaries = true;  ///< otherwise points on an edge with a single face stay as they are
    bool mergeNeighbors = true;   ///< otherwise no two points of one face ever become one
};

/// Maps each point to its first equal within `tolerance`; returns how many remain.
///
/// Points are taken in order. A point joins the earliest kept point within `tolerance` of it, or else is kept itself.
/// So every point lies within `tolerance` of the one it became: clusters never chain beyond it, kept points are more
/// than `tolerance` apart, and welding the result again changes nothing.
///
/// `tolerance` is in the points' own units; distances are decided in float64. 0 merges exact coincidence (-0 equals 0),
/// a negative or NaN tolerance merges nothing. Points that are not finite stay apart.
/// `labels`, empty or one per point, keeps points with different labels apart: give points whose vertex data differ
/// different labels (see refineLabels in unique_values.h).
/// `remap` holds one entry per point. The result has no gaps and keeps first-occurrence order. O(n) expected.
size_t weldRemap(std::span<uint32_t> remap, std::span<const Vec3f> points, float tolerance,
                 std::span<const uint32_t> labels = {});

/// The same, where options hold points back. `topology` passed validateTopology and has points.size() points.
/// Without mergeNeighbors a point passes over kept points that already stand for a point of one of its faces and joins
/// the next earliest; the result is then only stable under a second weld if no face was removed in between.
size_t weldRemap(std::span<uint32_t> remap, std::span<const Vec3f> points, float tolerance,
                 std::span<const uint32_t> labels, const TopologyView& topology, const WeldOptions& options);

}  // namespace usdtune
