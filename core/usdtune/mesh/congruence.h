// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "usdtune/base/hash.h"
#include "usdtune/base/math.h"
#include "usdtune/mesh/topology.h"

namespace usdtune {

/// Which maps may carry one mesh onto another. Each kind includes the ones before it.
enum class MapKind : uint8_t {
    rigid,            ///< rotation and translation
    rigidOrMirrored,  ///< and a reflection
    similarity,       ///< and one scale for all directions
    affine,           ///< and any stretch and shear
};

struct CongruenceOptions {
    /// A mapped point must lie closer than this to its counterpart (or exactly on it), in local units of `to`.
    double tolerance = 0;
    /// The same for the way back, in local units of `from`; 0 takes the number of `tolerance`. A caller with one
    /// tolerance in world space divides it by the world scale of either mesh.
    double inverseTolerance = 0;
    MapKind allowed = MapKind::rigid;
};

struct CongruentMap {
    Matrix4d matrix;                ///< p_to = p_from * matrix
    MapKind kind = MapKind::rigid;  ///< the least kind that was needed
    bool mirrored = false;          ///< the determinant is negative: winding turns over
    double maxDistance = 0;         ///< largest distance of a mapped point from its counterpart, in units of `to`
    double maxInverseDistance = 0;  ///< the same on the way back, in units of `from`
};

/// Finds a map that carries every point of `from` onto the point of `to` with the same index, within the tolerance both
/// ways. Nothing when there is none, when the sizes differ, or when a point is not finite (unless both arrays are equal
/// bit by bit).
///
/// The least kind of map wins: identity, translation, rotation, reflection, similarity, affine. Distances are decided
/// in float64 with the returned matrix itself. A translation within the tolerance is never missed, and a pair is only
/// refused early by a proof; in between the least-squares map decides, so a pair whose best map stays just within the
/// tolerance while its least-squares map leaves it may be refused. Where the points do not tell (flat, straight or
/// single-point meshes, or meshes thinner than the tolerance) the map is completed without mirroring.
/// O(n); most refusals take a few points.
std::optional<CongruentMap> congruentMap(std::span<const Vec3f> from, std::span<const Vec3f> to,
                                         const CongruenceOptions& options);

/// What finds candidates for congruentMap without comparing every pair. No hash of positions can do that: whatever is
/// rounded, some pair within the tolerance falls on two sides of a step. So the key is a hash of the topology and one
/// number that the allowed maps keep, together with how much the tolerance may move it:
///   rigid, rigidOrMirrored: root mean square distance from the centroid;
///   similarity: fourth-moment radius over that;
///   affine: fourth moment of the Mahalanobis distances (the fourth root of Mardia's kurtosis).
/// Sort by topology and value and compare neighbors as far as mayBeCongruent says yes.
struct CongruenceKey {
    Hash128 topology;  ///< counts, indices, number of points, kind
    double value = 0;
    double slack = 0;  ///< infinite where the points do not determine the value: then topology alone decides
};

/// The key of a mesh for maps up to `allowed` and a tolerance in its own units (the larger of both where a pair has
/// two). `topology` passed validateTopology and has points.size() points. O(n).
CongruenceKey congruenceKey(std::span<const Vec3f> points, const TopologyView& topology, MapKind allowed,
                            double tolerance);

/// True for every pair that congruentMap could accept; false proves that it would not.
bool mayBeCongruent(const CongruenceKey& a, const CongruenceKey& b);

}  // namespace usdtune
