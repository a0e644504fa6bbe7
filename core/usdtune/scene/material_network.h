// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "usdtune/scene/scene.h"

namespace usdtune {

/// What an input or output of a shading node reads in the end: connections are followed through node graphs and the
/// interface of the material, loops end.
struct ShadingSource {
    PrimId shader = {};            ///< the shader whose output is read, or invalid
    std::string_view output = {};  ///< name of that output, which the shader need not declare; the Scene's text
    PropertyId value = {};         ///< otherwise the attribute whose value counts; may hold none
    bool several = false;          ///< more than one connection somewhere on the way: nobody can say
};

ShadingSource shadingSource(const Scene& scene, PropertyId property);

/// The shaders that an output of the material reaches, each once, in the order in which a walk meets them.
std::vector<PrimId> reachedShaders(const Scene& scene, PrimId material);

/// `info:id` of a shader, or an empty text.
std::string_view shaderId(const Scene& scene, PrimId shader);

/// Whether two materials are the same network for a renderer: equal outputs, ids, values and connections; names of
/// shaders and the way through node graphs do not matter. Decides what equal hashes only suggest.
/// Values of inputs in `free` (sorted) do not count when both sides' are.
bool sameNetwork(const Scene& scene, PrimId a, PrimId b, std::span<const PropertyId> free = {});

}  // namespace usdtune
