// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "usdtune/scene/value_at.h"

namespace usdtune {

/// Where a value of a primvar on a tessellated surface is found.
enum class PrimvarRate : uint8_t { Constant, Face, Point, Corner };

/// Values that shading reads, as floats, whatever they were authored as. Indices of the primvar are resolved by
/// `indices` where there are any: value = values[indices[place]].
struct RenderPrimvar {
    TokenId name;  ///< without `primvars:`
    PrimvarRate rate = PrimvarRate::Constant;
    uint8_t width = 1;              ///< floats per value, 1 to 4
    std::span<const float> values;  ///< width × count; borrowed from the Scene or from Tessellation::keepers
    std::span<const int> indices;   ///< empty when not indexed
};

/// Where the values of an interpolation are found.
PrimvarRate rateOf(Interpolation interpolation);

/// The values of a primvar at a time, to be looked up at that rate: float32 ones borrowed, halfs, doubles and integers
/// converted into what `keepers` takes. The first element counts where elementSize is above 1. Nothing where the
/// primvar is malformed, empty, or no numbers of one to four components. Indices are in range; how many there are is
/// for the caller to hold against the topology (see placeCount).
std::optional<RenderPrimvar> renderPrimvar(const Scene& scene, const Primvar& primvar, PrimvarRate rate, TimeCode time,
                                           std::vector<Keeper>& keepers);

/// How many places a primvar serves: its indices, else its values.
inline size_t placeCount(const RenderPrimvar& primvar) {
    return primvar.indices.empty() ? primvar.values.size() / primvar.width : primvar.indices.size();
}

/// One gprim as rays meet it, in its own space: triangles whose front is counter-clockwise, and where each comes from.
/// Left-handed meshes are wound about already, so nothing after this knows of orientation but mirrored transforms.
/// Every index is in range: those of triangles in `points`, and those of normals and primvars in their values.
struct Tessellation {
    std::span<const Vec3f> points;  ///< borrowed from the Scene or from `keepers`
    std::vector<std::array<uint32_t, 3>> triangles;
    std::vector<uint32_t> faces;  ///< per triangle: the authored face, for uniform primvars and subsets; empty: face 0
    /// Per triangle: where its corners are in values of rate Corner; empty when they lie in order, 3 × triangle + k,
    /// and when nothing here has that rate.
    std::vector<std::array<uint32_t, 3>> corners;
    /// Shading normals in the same order as PrimvarRate says; empty values mean the flat normal of each triangle.
    /// As authored where they are: not normalized, perhaps of no length or not finite (shade flat there). Those of
    /// left-handed meshes look to the front as the triangles do.
    RenderPrimvar normals;
    std::vector<RenderPrimvar> primvars;  ///< those asked for that are there, in the order in which they were asked for
    bool doubleSided = false;
    std::vector<Keeper> keepers;
    std::string problem;  ///< why there is nothing, or not all that was asked for; a full sentence, or empty
};

/// Spheres and tubes: points in a prim's own space, with radii.
struct Strands {
    std::vector<Vec4f> points;       ///< x, y, z and radius
    std::vector<uint32_t> segments;  ///< first point of each piece of a tube, the second is the next; empty: spheres
    std::vector<uint32_t> segmentPrims;   ///< per segment (or sphere): curve (or point), for uniform primvars
    std::vector<RenderPrimvar> primvars;  ///< rate Constant, Face (per curve) or Point (per entry of `points`)
    std::vector<Keeper> keepers;
    std::string problem;  ///< why there is nothing, or not all that was asked for; a full sentence, or empty
};

}  // namespace usdtune
