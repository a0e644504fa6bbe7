// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/verify/deviation_samples.h"

namespace usdtune {

/// Distances of one surface from another, in stage units.
struct DistanceSummary {
    double max = 0;
    double mean = 0;  ///< weighted by area
    double p99 = 0;   ///< 99 hundredths of the area lie no farther
    double area = 0;
    size_t sampleCount = 0;
    std::vector<double> quantiles;  ///< of equal parts of the area, ascending; what totals are made of
};

/// How far a quantity that shading reads turned or slid at places that correspond.
struct Drift {
    double max = 0, sum = 0;
    size_t count = 0;

    void add(double value) {
        max = value > max ? value : max;
        sum += value;
        ++count;
    }
    void add(const Drift& other) {
        max = other.max > max ? other.max : max;
        sum += other.sum;
        count += other.count;
    }
};

/// What became of one occurrence.
struct PartMeasure {
    DistanceSummary forward, backward;  ///< backward: from those places of the target that this part is nearest to
    Drift normals, uvs;                 ///< degrees; lengths in UV space
    bool exact = false;                 ///< both ways within ε of the part
    /// Faces of the part and of the target at the same places, ascending; empty when `facesCorrespond`.
    std::vector<std::pair<uint32_t, uint32_t>> faces;
};

/// One occurrence of B against the occurrences of A that it stands for.
struct ClusterMeasure {
    std::vector<PartMeasure> parts;  ///< one per occurrence of A
    DistanceSummary backward;        ///< of the target as a whole
    bool facesCorrespond = false;    ///< faces of the parts, one part after another, are those of the target in order
    bool measured = true;            ///< false when either side has no surface that could be measured
};

/// Measures `parts` against `target`, all placed about the same origin.
///
/// Corners that correspond one to one in order within ε settle the matter without a query: the largest distance of
/// corners bounds that of the faces between them, and is what is reported. Everything else is looked up in the
/// triangles of the other side, both ways (see spreadOf); the parts are one surface then. What shading reads is held
/// against each other at SurfaceSamples. Same result at any thread count.
ClusterMeasure measureCluster(std::span<const PlacedMesh> parts, const PlacedMesh& target,
                              const SamplingDensity& density, const Context& context);

}  // namespace usdtune
