// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "usdtune/scene/value_at.h"

namespace usdtune {

/// Imaginary part first, real part last, as the scene description keeps quaternions.
using Quaternion = std::array<double, 4>;

/// Scale, then rotation, then translation. The quaternion is taken as it stands: OpenUSD does not normalize it either.
Matrix4d instanceTransform(const Vec3f& position, const Quaternion& orientation, const Vec3f& scale);

/// The nearest half float, ties to even.
uint16_t halfOf(double value);

/// One instance that a PointInstancer draws.
struct PointInstance {
    uint32_t prototype = 0;  ///< of PointInstances::prototypes
    Matrix4d transform;      ///< from the space around the prototype's root into the instancer's own space
};

/// What a PointInstancer prim draws, by UsdGeomPointInstancer's rules.
struct PointInstances {
    std::vector<PrimId> prototypes;   ///< invalid where a target leads nowhere
    std::vector<PointInstance> rows;  ///< in index order; invisibleIds and inactiveIds left out
    bool animated =
        false;  ///< an array has time samples; where it has no default the first one counts at the default time
    /// Arrays agree in length and indices are in range. Where they do not, nothing is drawn and `rows` is empty.
    bool wellFormed = true;
};

/// `instancer` is a prim of type PointInstancer. `orientationsf` win over `orientations` where both hold values.
/// O(instances).
PointInstances pointInstances(const Scene& scene, PrimId instancer, TimeCode time = {});

}  // namespace usdtune
