// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "usdtune/render/picture.h"

namespace usdtune {

/// Where two pictures through one camera are not the same, by what is seen and not by its colour.
struct PictureDifference {
    size_t compared = 0;         ///< pixels in which either picture shows something
    size_t primsDiffer = 0;      ///< pixels that show another prim, or none
    size_t materialsDiffer = 0;  ///< pixels that show the same prim with another material
    size_t ties = 0;             ///< pixels that differ only by on which side of an edge, or of two surfaces that lie
                                 ///< in one another, a ray happens to fall
    double depthLargest = 0;     ///< stage units, where both show the same
    size_t depthsDiffer = 0;     ///< pixels that show the same prim farther off or nearer by more than rays' grain
    std::vector<uint8_t> marks;  ///< per pixel: 0 the same, 1 a tie, 2 another material, 3 another prim
    std::vector<float> depth;    ///< per pixel: difference in stage units; 0 where another prim is seen
};

/// Names are compared as texts, so the pictures' scenes must have been given names in common. A pixel that differs is
/// asked again around its middle, as far as what is seen there may have been moved within ε (see surfaceEpsilon; of the
/// first scene) and as rays' grain is wide, but at least a fiftieth of a pixel: it counts as a tie when each scene also
/// shows there what the other showed in the middle. That is what rounding can do to an edge; a moved or lost thing it
/// is not.
PictureDifference comparePictures(const RayScene& sceneA, const Picture& a, const RayScene& sceneB, const Picture& b,
                                  const Camera& camera, const Context& context);

/// The counts, and the largest difference in depth in stage units.
nlohmann::json toJson(const PictureDifference& difference);

/// Grey: a tie; yellow: another material; magenta: another prim; elsewhere the picture `under`, dimmed.
Image8 markImage(const PictureDifference& difference, const Picture& under);
/// From black over violet and orange to white at `full`; exact zeros show the picture `under` dimmed.
Image8 heatImage(const std::vector<float>& values, double full, const Picture& under);

}  // namespace usdtune
