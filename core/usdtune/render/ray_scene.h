// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/render/camera.h"
#include "usdtune/render/draw_list.h"

namespace usdtune {

/// Where a ray meets what is drawn.
struct SurfaceHit {
    uint32_t item = 0;       ///< of DrawList::items
    uint32_t element = 0;    ///< triangle of the surface, segment or sphere of strands
    double u = 0, v = 0;     ///< weights of the triangle's second and third corner; u along a segment
    double distance = 0;     ///< along the ray
    Vec3d front{{0, 0, 1}};  ///< unit normal to the side that counter-clockwise corners (after mirroring) look to
};

/// A hierarchy of everything that is drawn, for rays. Small shapes lie in one flat hierarchy in world space; big ones
/// that are drawn several times exist once and are placed by instances. Built once, then safe to ask from any thread.
///
/// Rays run in float32 about the middle of what is drawn (the median, so that an outlier does not blur the rest), and
/// what they hit is computed again in float64: places far from the world's origin lose nothing, only what stands far
/// off the rest is as coarse as float32 is there. Surfaces that lie in one another (a part modelled twice, a decal on a
/// wall) are met in the order of their names, not of rounding errors: equal scenes give equal pictures.
class RayScene {
public:
    RayScene(const DrawList& list, const Context& context);
    ~RayScene();
    RayScene(const RayScene&) = delete;
    RayScene& operator=(const RayScene&) = delete;

    /// The nearest hit beyond ray.nearest with everything that lies in it, front-most name first; empty for none.
    /// `hits` is emptied before. What lies up to `apart` stage units behind the nearest surface lies in it, too.
    void nearest(const CameraRay& ray, std::vector<SurfaceHit>& hits, double apart = 0) const;
    /// Where the next layer behind these hits begins.
    double behind(const CameraRay& ray, const std::vector<SurfaceHit>& hits) const;
    /// Whether anything stands in the way. What is transparent counts as well.
    bool blocked(const CameraRay& ray) const;

    /// How far apart two surfaces on a ray may be to count as one: float32's grain at that place.
    double grain(double distance) const;
    /// How far to the side of a surface at that distance a ray may still meet it, or miss it beside its edge.
    double sideGrain(const CameraRay& ray, double distance) const;

    Vec3d middle() const;   ///< the median of what is drawn
    double radius() const;  ///< within which nine tenths of it lie

    size_t memoryBytes() const;    ///< of the hierarchy, as its builder reports it, and of our copies of points
    size_t triangleCount() const;  ///< instances not counted again
    size_t instanceCount() const;
    const DrawList& list() const { return list_; }

private:
    struct State;
    const DrawList& list_;
    std::unique_ptr<State> state_;
};

}  // namespace usdtune
