// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "usdtune/base/math.h"
#include "usdtune/mesh/remap.h"

namespace usdtune {

/// Cuts one face after another by the rules of `triangulate`, with one workspace for all of them.
class FaceCutter {
public:
    /// 3 · (n - 2) positions in `face`, which lists points in range; valid until the next call. No allocation for
    /// triangles and, once warm, for any face up to the largest so far.
    std::span<const uint32_t> cut(std::span<const Vec3f> points, std::span<const int> face);

private:
    void clipEars();
    uint32_t findEar(uint32_t start, uint32_t left) const;
    bool isEmpty(uint32_t ear) const;

    std::vector<Vec2d> ring_;  ///< the corners on the plane of the face, wound counter-clockwise
    std::vector<uint32_t> next_, previous_, triangles_;
};

/// Cuts every face of n corners into n - 2 triangles; faces with fewer than 3 corners vanish. Points stay, winding
/// stays, corners keep their values, and `faceSource` names the polygon each triangle comes from (in face order).
///
/// Convex faces are cut as a fan from their first corner, which is what Hydra draws, so nothing visible changes;
/// concave ones by clipping ears on the plane of the face, in float64. A face without area or with points that are not
/// finite is cut as a fan. Triangles of a planar simple face add up to its area. Always terminates, whatever the shape.
/// `topology` passed validateTopology, `points` has topology.pointCount entries. O(n) for convex faces; for a concave
/// one with k corners O(k²) in the worst case.
MeshRemap triangulate(std::span<const Vec3f> points, const TopologyView& topology);

}  // namespace usdtune
