// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/edit/edit.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

class PathMapping;
struct EditedPrims;

/// One place where two scenes are not the same.
struct Difference {
    std::string law;  ///< `surface`, `binding`, `primvar`, `subset`, `bounds`, `dangling_target`, `asset`,
                      ///< `visibility`, `transform_samples`, `path`, `property`, `metadata`, `arc`, `layer_metadata`, …
    std::string path;       ///< in A; empty when only B has it
    std::string otherPath;  ///< in B; empty when only A has it
    std::string message;    ///< one sentence with both values
    double distance = 0;    ///< in metres, where geometry moved
};

struct DiffOptions {
    double tolerance = 0;            ///< stage units allowed on top of each mesh's ε (for bounded steps)
    size_t differenceLimit = 10000;  ///< listed; all are counted
    std::vector<std::string> roots;  ///< only what is drawn at or below these paths of A is compared; all when empty
    const EditedPrims* edited = nullptr;  ///< only what can have changed is compared; all when null
};

struct DiffReport {
    bool same = true;
    std::vector<Difference> differences;  ///< sorted by law and path
    size_t differenceCount = 0;
    std::vector<std::pair<std::string, size_t>> checked;  ///< per law: how many things were compared; sorted by law
    double largestDistance = 0;                           ///< metres
    std::vector<PathMove> inferredMoves;                  ///< where A's paths were found, because no map was given
};

/// What a renderer draws: instances expanded, indices resolved, materials by network, purposes and visibility,
/// skinning and animation by value at every authored sample. `moves` maps paths of A to paths of B; without any, what
/// is not found at its path is searched for by what it looks like where it stands, and the report tells the moves.
DiffReport diffRendered(const Scene& a, const Scene& b, const std::vector<PathMove>& moves, const DiffOptions& options,
                        const Context& context);

/// What is authored: every path, property, arc, target and piece of metadata of A is in B, at its own or its mapped
/// path, with an equal value or a move that explains the change.
DiffReport diffAuthored(const Scene& a, const Scene& b, const std::vector<PathMove>& moves, const DiffOptions& options,
                        const Context& context);

/// The same by a mapping; by one that says nothing, too: rendered, no path is inferred then.
DiffReport diffRenderedBy(const Scene& a, const Scene& b, const PathMapping& mapping, const DiffOptions& options,
                          const Context& context);
DiffReport diffAuthoredBy(const Scene& a, const Scene& b, const PathMapping& mapping, const DiffOptions& options,
                          const Context& context);

/// `tokens` is the table of the scenes that were compared.
nlohmann::json toJson(const DiffReport& report, const TokenTable& tokens);

}  // namespace usdtune
