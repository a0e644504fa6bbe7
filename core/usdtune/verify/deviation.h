// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/edit/edit.h"
#include "usdtune/scene/scene.h"
#include "usdtune/verify/deviation_samples.h"

namespace usdtune {

struct DeviationOptions {
    SamplingDensity density;
    std::vector<std::string> roots;  ///< only what is drawn at or below these paths of A is measured; all when empty
    size_t meshLimit = 1000;         ///< listed; all are counted
};

/// Distances one way, in metres, over every mesh that has a counterpart.
struct DeviationTotal {
    double max = 0, mean = 0, p99 = 0;  ///< mean and 99th percentile by area
    std::string worstPath;              ///< the occurrence (of A) with the largest distance; empty when all are 0
};

/// One mesh occurrence of A and what stands for it in B, or one of B that stands for nothing.
struct MeshDeviation {
    std::string path;                   ///< in A; empty when only B has it
    std::string otherPath;              ///< in B; empty when only A has it
    double max = 0, mean = 0, p99 = 0;  ///< metres, the larger of both ways; infinite without a counterpart
    size_t sampleCount = 0;             ///< both ways
    bool exact = false;                 ///< within ε (see surfaceEpsilon) both ways
    std::optional<double> normalMaxDegrees, uvMax;
    bool materialChanged = false;
};

struct DeviationReport {
    SamplingDensity density;
    size_t sampleCount = 0;
    DeviationTotal forward, backward;                                      ///< A → B and B → A
    std::optional<std::pair<double, double>> normalDriftDegrees, uvDrift;  ///< largest, mean
    size_t materialChangeCount = 0;
    size_t meshCount = 0, exactMeshCount = 0;
    size_t missingCount = 0;                ///< of A without a surface in B that could be measured
    size_t addedCount = 0;                  ///< of B that stand for nothing in A
    size_t measurementCount = 0;            ///< different pairs of geometry and relative transform
    size_t queriedCount = 0;                ///< of these, how many took closest-point queries
    size_t cageCount = 0, movingCount = 0;  ///< occurrences: subdivision surfaces; animated or skinned ones
    std::vector<MeshDeviation> meshes;      ///< worst first, then by path
};

/// How far any surface moved between two scenes, both ways, mesh by mesh.
///
/// A mesh occurrence of A is held against the surface of that of B which stands for it, by the path map, and of no
/// other; several that were merged into one are one surface seen from there. Without moves, paths are taken to be the
/// same (or the only content of an instance at the path): hand in what diffRendered inferred, where that matters.
/// Instances are expanded, but a pair of geometries is measured once per relative transform. Coordinates are float64
/// about the mesh. Time is the default time; subdivision surfaces are compared by their cages, skinned ones unposed.
/// See measureCluster for how distances are found. Same report at any thread count; scenes share a token table.
DeviationReport measureDeviation(const Scene& a, const Scene& b, const std::vector<PathMove>& moves,
                                 const DeviationOptions& options, const Context& context);

nlohmann::json toJson(const DeviationReport& report);

}  // namespace usdtune
