// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "usdtune/base/math.h"
#include "usdtune/mesh/remap.h"

namespace usdtune {

/// Where normals live. The numbers are those of the `binding` argument.
enum class NormalBinding : uint8_t {
    corners = 0,    ///< faceVarying
    faces = 1,      ///< uniform
    points = 2,     ///< vertex
    automatic = 3,  ///< the cheapest of the three that keeps sharp edges sharp
};

/// What a face weighs in the normal of a corner or point: its angle there, or its area.
enum class NormalWeight : uint8_t { angle = 0, area = 1 };

struct NormalOptions {
    NormalBinding binding = NormalBinding::automatic;
    NormalWeight weight = NormalWeight::angle;
    float sharpnessDegrees =
        60;                   ///< an edge whose faces turn by more than this (by absolute value) is sharp; 0 is flat
    bool leftHanded = false;  ///< faces wind clockwise seen from outside
};

struct Normals {
    NormalBinding binding = NormalBinding::corners;  ///< never automatic
    std::vector<Vec3f> values;                       ///< one unit vector per corner, face or point
};

/// The element of a primvar with that binding (automatic counts as corners).
MeshElement elementOf(NormalBinding binding);

/// Makes normals from the shape alone.
///
/// faces: the direction of the area vector. points: the weighted mean of all faces around. corners: the weighted mean
/// of the faces in the corner's smoothing group, the faces around a point that are linked by smooth edges. An edge is
/// smooth when exactly two faces share it, wind alike along it and turn by no more than the sharpness angle. automatic
/// computes corner normals and takes, in this order of preference for equal counts, points if all corners at each point
/// agree, faces if all corners of each face agree, whichever has fewer values; else corners. Agreement is within 1e-5.
///
/// Every result is a finite unit vector: where the faces around have no area or are not finite, the normal falls back
/// to the face's, then to +Z. Sums run in corner order in float64. `topology` passed validateTopology, `points` has
/// topology.pointCount entries. O(n) expected.
Normals generateNormals(std::span<const Vec3f> points, const TopologyView& topology, const NormalOptions& options = {});

/// How many normals are not unit vectors: length off by more than `tolerance`, or not finite.
size_t countNonUnit(std::span<const Vec3f> normals, double tolerance = 1e-4);

/// Replaces the normals that are not unit vectors, or that point to the back of all faces they belong to, by generated
/// ones of the same binding; the others keep their bits. Returns how many were replaced, all of `normals` after
/// resizing when their number does not fit. `options.binding` must not be automatic. Same guarantees as
/// generateNormals.
size_t repairNormals(std::vector<Vec3f>& normals, std::span<const Vec3f> points, const TopologyView& topology,
                     const NormalOptions& options);

}  // namespace usdtune
