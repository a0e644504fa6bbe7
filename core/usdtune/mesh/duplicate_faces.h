// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "usdtune/mesh/remap.h"

namespace usdtune {

/// What must agree, besides the points, for a face to be a duplicate.
struct DuplicateFaceOptions {
    /// A face with the same points in reversed order is a back side: on a single-sided mesh it is seen where the other
    /// is not, so it stays. Set this for double-sided meshes only, where the two coincide from every side.
    bool reversedAreDuplicates = false;
    std::span<const uint32_t> faceLabels = {};    ///< empty, or one per face: subset, material, uniform values
    std::span<const uint32_t> cornerLabels = {};  ///< empty, or one per corner: face-varying values
};

/// 1 for every face that lies exactly on an earlier one ("lamina"): the same points in the same cyclic order with the
/// same face label and, corner by corner, the same corner labels. Faces that only share the set of points differ in
/// shape and are no duplicates. Faces without corners are passed over. `topology` passed validateTopology.
/// Points decide by index: weld first. O(n) expected, whatever the number of duplicates and the size of faces.
std::vector<uint8_t> duplicateFaces(const TopologyView& topology, const DuplicateFaceOptions& options = {});

/// Takes the duplicates out; the first of each kind and all points stay.
MeshRemap removeDuplicateFaces(const TopologyView& topology, const DuplicateFaceOptions& options = {});

}  // namespace usdtune
