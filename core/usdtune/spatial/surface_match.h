// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "usdtune/spatial/triangle_bvh.h"

namespace usdtune {

/// Three right-handed unit axes with the box of the surface along them.
struct SurfaceFrame {
    std::array<Vec3d, 3> axes;
    Vec3d center;  ///< of the box, or of the area for principal axes
    Vec3d size;    ///< of the box
};

/// A surface with what finds its like: none of it depends on how the surface is cut into triangles. Triangles are wound
/// counter-clockwise seen from the front. Read-only once made.
class SurfaceShape {
public:
    /// O(n log n). Without area the shape matches nothing.
    SurfaceShape(std::vector<Vec3d> points, std::vector<TriangleCorners> triangles);

    std::span<const Vec3d> points() const { return points_; }
    std::span<const TriangleCorners> triangles() const { return triangles_; }
    const TriangleBvh& bvh() const { return bvh_; }

    double area() const { return area_; }
    double spread() const { return spread_; }                          ///< root mean square distance from the middle
    const std::array<double, 3>& moments() const { return moments_; }  ///< along the principal axes, largest first
    /// The principal axes of the area, and the box of least volume that turning about box axes finds.
    const std::array<SurfaceFrame, 2>& frames() const { return frames_; }

private:
    std::vector<Vec3d> points_;
    std::vector<TriangleCorners> triangles_;
    TriangleBvh bvh_;
    double area_ = 0, spread_ = 0;
    std::array<double, 3> moments_{};
    std::array<SurfaceFrame, 2> frames_{};
};

struct SurfaceMatchOptions {
    double limit = 0;  ///< every point of either surface lies closer than this to the other, in units of `to`
    bool allowScaling = false;
};

struct SurfaceMatch {
    Matrix4d matrix;  ///< p_to = p_from * matrix: a rotation, perhaps a reflection, with a scale where allowed
    bool scaled = false;
    double distance = 0;  ///< an upper bound of the symmetric distance, below the limit
};

/// Cheap: false for pairs that matchSurfaces is not worth asking about. Areas and spreads may differ by five per cent
/// and what the limit makes of them; surfaces that are near each other and differ more (crumpled ones) are missed.
bool mayMatch(const SurfaceShape& from, const SurfaceShape& to, const SurfaceMatchOptions& options);

/// A map after which both surfaces lie within the limit of each other with their fronts on the same side, by proof (see
/// surfaceWithin). All 48 ways of laying one frame on the other are tried, the best ones refined; fronts decide about
/// reflections. May miss a map; never gives a wrong one.
std::optional<SurfaceMatch> matchSurfaces(const SurfaceShape& from, const SurfaceShape& to,
                                          const SurfaceMatchOptions& options);

}  // namespace usdtune
