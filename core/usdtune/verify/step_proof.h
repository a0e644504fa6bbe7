// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "usdtune/verify/scene_diff.h"
#include "usdtune/verify/step_pictures.h"

namespace usdtune {

/// What one step says that it leaves of a scene.
struct StepPromise {
    double tolerance = 0;                   ///< stage units on top of each mesh's ε
    bool surfaceChanges = false;            ///< what is drawn may change
    PathFate loosestFate = PathFate::Kept;  ///< the worst that may become of a path
    bool pictures = false;                  ///< whether to look at pictures too, unless what is drawn may change
};

struct StepProof {
    DiffReport rendered;  ///< empty when the surface may change
    DiffReport authored;
    std::optional<StepPictures> pictures;  ///< where they were wanted and something that is drawn was edited
    double toleranceMetres = 0;            ///< what was allowed on top of each mesh's ε
    size_t editedPrims = 0;                ///< prims that the step changed, took away or made
    size_t comparedPrims = 0;              ///< prims of `before` that could be drawn or written differently for it
};

/// Compares the scenes before and after one step, as far as the step can have changed anything. The rows of its path
/// map explain, as they do for a whole chain; a row about a fate that the step did not promise is a difference of law
/// `path`.
StepProof proveStep(const Scene& before, const Scene& after, const EditList& edits, const StepPromise& promise,
                    const Context& context);

nlohmann::json toJson(const StepProof& proof, const TokenTable& tokens);

}  // namespace usdtune
