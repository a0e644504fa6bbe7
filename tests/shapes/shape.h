// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "usdtune/base/math.h"
#include "usdtune/mesh/topology.h"

namespace usdtune::shapes {

/// One mesh of the zoo. `valid` says whether its topology must pass validateTopology.
struct Shape {
    std::string name;
    std::vector<Vec3f> points;
    std::vector<int> counts;
    std::vector<int> indices;
    bool valid = true;
    bool leftHanded = false;

    TopologyView topology() const { return {counts, indices, points.size()}; }
};

}  // namespace usdtune::shapes
