// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "usdtune/base/math.h"
#include "usdtune/mesh/remap.h"

namespace usdtune {

struct Coorientation {
    MeshRemap remap;  ///< flipped faces keep their first corner and run backwards from there
    size_t flippedFaceCount = 0;
    size_t nonOrientableComponentCount = 0;  ///< left as they were: no choice of flips makes them agree (moebius)
};

/// Makes the faces of every edge-connected component wind alike by flipping the minority; of two equal halves the one
/// with the lowest face stays. Only edges with exactly two half-edges, of two faces, connect. Points and the order of
/// faces stay. A second run flips nothing. `topology` passed validateTopology. O(n) expected.
Coorientation coorientFaces(const TopologyView& topology);

/// Reverses every face in the same manner.
MeshRemap reverseFaces(const TopologyView& topology);

/// How far authored normals agree with the winding: the area-weighted sum of their cosines, positive when the faces
/// turn to the side the normals point to. Under `leftHanded` orientation faces wind the other way round. 0 when
/// `normals` does not have one entry per `element`; values that are not finite count nothing. Same guarantee, and
/// `points` has topology.pointCount entries.
double windingAgreement(std::span<const Vec3f> points, const TopologyView& topology, std::span<const Vec3f> normals,
                        MeshElement element, bool leftHanded);

}  // namespace usdtune
