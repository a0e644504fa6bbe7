// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "usdtune/render/ray_scene.h"

namespace usdtune {

/// A camera and why it was chosen.
struct View {
    std::string name;   ///< file-name friendly: `ring-1`, `camera-2`, `closeup-3`
    std::string title;  ///< for a person: `From the south-east, above`
    std::string why;
    std::string path;  ///< of the Camera prim, where it is one
    Camera camera;
};

struct ViewOptions {
    double aspect = 4.0 / 3;
    size_t cameraLimit = 4;   ///< cameras of the stage, in stage order
    size_t ringCount = 4;     ///< views around all, where the stage has no camera to look through
    size_t closeupLimit = 4;  ///< of `closeups`, the first ones that are drawn
    /// Paths to be looked at from near by, most important first: of drawn prims (as in DrawList::names) or above them.
    std::vector<std::string> closeups;
    TimeCode time;
};

/// Chooses views from which a difference would be seen: the stage's cameras, else a ring of framed views from above;
/// then close-ups. What stands far off the rest does not shrink the ring's views: it gets one of its own. A close-up
/// looks from the side on which most of the prim is seen; where something stands in the way from everywhere, it is cut
/// away. The same scene gives the same views. O(items) and a few thousand rays for each close-up.
std::vector<View> chooseViews(const Scene& scene, const RayScene& rays, const ViewOptions& options);

/// A list with name, title, why, path (null where it is no prim's) and camera of each.
nlohmann::json toJson(const std::vector<View>& views);

}  // namespace usdtune
