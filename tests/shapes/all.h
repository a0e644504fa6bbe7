// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "shapes/baked_mirror.h"
#include "shapes/bowtie_vertex.h"
#include "shapes/broken_indices.h"
#include "shapes/coincident_cloud.h"
#include "shapes/collinear_points.h"
#include "shapes/concave_ngon.h"
#include "shapes/cube.h"
#include "shapes/degenerate_counts.h"
#include "shapes/degenerate_edge_quad.h"
#include "shapes/duplicated_faces.h"
#include "shapes/empty.h"
#include "shapes/flipped_strip.h"
#include "shapes/georeferenced_cube.h"
#include "shapes/grid.h"
#include "shapes/huge_and_tiny.h"
#include "shapes/isolated_points.h"
#include "shapes/left_handed_cube.h"
#include "shapes/moebius.h"
#include "shapes/nan_point.h"
#include "shapes/negative_counts.h"
#include "shapes/negative_zero.h"
#include "shapes/non_planar_quad.h"
#include "shapes/point_on_edge.h"
#include "shapes/seam_cube.h"
#include "shapes/short_indices.h"
#include "shapes/sliver_fan.h"
#include "shapes/sliver_near_epsilon.h"
#include "shapes/three_fins.h"
#include "shapes/triangle.h"
#include "shapes/two_components.h"
#include "shapes/wedge.h"

namespace usdtune::shapes {

/// The whole zoo. Law tests, fuzzers and benches run over it; a fixed bug adds a shape.
inline std::vector<Shape> all() {
    return {
        empty(),
        triangle(),
        cube(),
        leftHandedCube(),
        seamCube(),
        bowtieVertex(),
        threeFins(),
        flippedStrip(),
        moebius(),
        sliverFan(),
        sliverNearEpsilon(0.9),
        duplicatedFaces(),
        isolatedPoints(),
        twoComponents(),
        nonPlanarQuad(),
        concaveNgon(),
        pointOnEdge(),
        degenerateEdgeQuad(),
        degenerateCounts(),
        brokenIndices(),
        negativeCounts(),
        shortIndices(),
        nanPoint(),
        collinearPoints(),
        hugeAndTiny(),
        negativeZero(),
        georeferencedCube(),
        wedge(),
        bakedMirror(),
        grid(),
        coincidentCloud(),
    };
}

/// The shapes that kernels may be handed.
inline std::vector<Shape> allValid() {
    std::vector<Shape> out;
    for (const Shape& shape : all())
        if (shape.valid) out.push_back(shape);
    return out;
}

}  // namespace usdtune::shapes
