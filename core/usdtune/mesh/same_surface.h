// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "usdtune/base/math.h"
#include "usdtune/mesh/remap.h"

namespace usdtune {

/// A mesh in the space in which two are compared. `backwards` reads every face from its last corner to its first: set
/// it when the orientation is leftHanded or the transform into that space mirrors, but not when both.
struct SurfaceView {
    std::span<const Vec3d> points;
    TopologyView topology;
    bool backwards = false;
};

struct SameSurfaceOptions {
    double epsilon = 0;        ///< how far a corner may lie from its counterpart, in units of the common space
    size_t maxMismatches = 8;  ///< how many unmatched faces to list per side
};

/// A face without counterpart. `distance` is how far the nearest face of as many corners that shares its neighborhood
/// misses, at its worst corner; infinite where there is none.
struct SurfaceMismatch {
    uint32_t face = 0;
    bool inFirst = true;
    double distance = 0;
};

struct SameSurfaceReport {
    size_t matchedFaces = 0;    ///< pairs, one to one
    size_t duplicateFaces = 0;  ///< faces of either mesh that lie on a matched face of the same mesh
    size_t exemptFaces = 0;     ///< faces of either mesh with a height below epsilon
    size_t unmatchedFirst = 0;
    size_t unmatchedSecond = 0;
    double maxCornerDistance = 0;  ///< over all matched pairs
    std::vector<uint32_t>
        partnerOfFirst;  ///< per face of `first`: its counterpart, or kRemoved where it has none of its own
    std::vector<uint32_t> exemptPairs;  ///< faces of `first` that are exempt, or whose counterpart is
    /// Per face of `first`: whether more than one face was in reach, or the counterpart was found by all corners only.
    std::vector<uint8_t> ambiguous;
    std::vector<SurfaceMismatch> mismatches;  ///< the first of either side, by face

    bool same() const { return unmatchedFirst + unmatchedSecond == 0; }
};

/// Decides whether two meshes show the same surface: every face of one has its own counterpart in the other.
///
/// Faces are counterparts when their corners, in cyclic order and after corners within epsilon of the one before are
/// taken as one, lie within epsilon of each other one by one. So winding matters, the first corner does not. Faces
/// whose corners all lie within epsilon of one line show nothing and are exempt: they may be missing on the other side.
/// Where the other side shows a face that has no counterpart yet, an exempt one can be it, when all their corners lie
/// within epsilon of each other in order. Several faces of one mesh that are counterparts of each other count once.
/// Faces with a corner that is not finite are exempt too.
///
/// `cornerMap` (empty, or one entry per corner of `first`: a corner of `second` or kRemoved) proposes counterparts;
/// whatever it proposes is measured, and faces it leaves open or proposes wrongly are searched for. The search pairs
/// faces in order, the nearest free candidate first. Both topologies passed validateTopology, `points` have their
/// pointCount entries. O(n) expected.
SameSurfaceReport sameSurface(const SurfaceView& first, const SurfaceView& second, const SameSurfaceOptions& options,
                              std::span<const uint32_t> cornerMap = {});

}  // namespace usdtune
