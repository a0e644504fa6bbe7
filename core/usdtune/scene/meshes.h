// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "usdtune/base/bounds.h"
#include "usdtune/base/hash.h"
#include "usdtune/base/ids.h"
#include "usdtune/base/math.h"
#include "usdtune/scene/value.h"

namespace usdtune {

class Scene;
struct ContentProblem;

enum class Interpolation : uint8_t { Constant, Uniform, Vertex, Varying, FaceVarying };

std::string_view interpolationName(Interpolation interpolation);
/// Constant for unknown texts, with `known` false.
Interpolation interpolationOf(std::string_view text, bool& known);

/// A primvar of one prim: its values and, where indexed, its indices. One that holds neither a value nor samples
/// (declared only, or blocked) says nothing and is not listed.
struct Primvar {
    PropertyId attribute;
    PropertyId indicesAttribute;  ///< invalid when not indexed (a blocked one counts as none)
    TokenId name;                 ///< without `primvars:`
    Interpolation interpolation = Interpolation::Constant;
    uint32_t elementSize = 1;
    Value values;
    std::span<const int> indices;
    bool indexed = false;
    bool animated = false;
    /// Counts agree with the topology, indices are in range, interpolation is known: safe to index by either.
    /// A constant one may hold any number of values. False without a default value (samples only).
    bool wellFormed = true;
};

/// Everything that is wrong with a mesh, at a glance; the sentences stand in Scene::problems.
struct MeshFlags {
    bool validTopology : 1 = false;  ///< counts ≥ 0, sums agree, all indices (of holes, creases, corners too) in range
    bool finitePoints : 1 = false;
    bool animatedPoints : 1 = false;  ///< time samples on points, topology or normals
    bool anySamples : 1 = false;      ///< any authored attribute of the prim has time samples
    bool leftHanded : 1 = false;
    bool doubleSided : 1 = false;
    bool subdivided : 1 = false;  ///< subdivisionScheme other than none (the fallback is catmullClark)
    bool skinned : 1 = false;     ///< skel joint primvars or blend shapes are tied to the points
    bool physics : 1 = false;     ///< a UsdPhysics collision, rigid body or deformable schema applies
    bool hasSubsets : 1 = false;
    bool hasNonSubsetChildren : 1 = false;
};

struct Subset {
    PrimId prim;
    TokenId familyName;
    TokenId elementType;  ///< `face` is the one with meaning for face remaps
    PropertyId indicesAttribute;
    std::span<const int> indices;
    bool wellFormed = true;  ///< indices are in range for the element type; false for types we do not know
    bool animated = false;
};

/// Typed view of one Mesh prim: spans into the Scene's columns.
struct Mesh {
    PrimId prim;
    MeshFlags flags;
    std::span<const Vec3f> points;
    std::span<const int> faceVertexCounts;
    std::span<const int> faceVertexIndices;
    std::span<const int> holeIndices;
    std::span<const int> cornerIndices, creaseIndices, creaseLengths;
    std::span<const float> cornerSharpnesses, creaseSharpnesses;
    std::span<const Vec3f> normals;  ///< the `normals` attribute (not primvars:normals); empty when absent or malformed
    Interpolation normalsInterpolation = Interpolation::Vertex;
    bool normalsWellFormed = true;  ///< false when normals are authored that do not fit the topology
    PropertyId pointsAttribute, countsAttribute, indicesAttribute, normalsAttribute, extentAttribute;
    std::span<const Vec3f> extent;  ///< two entries when authored and well formed
    std::vector<Primvar> primvars;  ///< authored on this prim, sorted by name text
    std::vector<Subset> subsets;    ///< in child order
    Hash128
        topologyHash;    ///< counts, indices, holes, creases, scheme, orientation; subdivision rules where they matter
    Hash128 pointsHash;  ///< bytes of the points
    Bounds localBounds;  ///< of the finite points

    size_t faceCount() const { return faceVertexCounts.size(); }
    size_t cornerCount() const { return faceVertexIndices.size(); }
};

/// Values that an interpolation needs on this mesh: 1, faces, points or corners.
size_t requiredCount(Interpolation interpolation, const Mesh& mesh);

/// Views of every Mesh prim, in row order. Appends sentences for broken ones to `problems`. Parallel over meshes.
std::vector<Mesh> deriveMeshes(const Scene& scene, std::vector<ContentProblem>& problems);

/// The primvars authored on any prim, sorted by name text; counts are not held against a topology.
std::vector<Primvar> primvarsOf(const Scene& scene, PrimId prim);

/// ε of the design, in stage units: max(1e-6 × the longest space diagonal of the mesh's own box in world space,
/// 4 float32 ulp of its largest local coordinate, as large as `world` makes them). World coordinates do not count:
/// they are float64, and a bolt far from the origin is no coarser than one at it.
double surfaceEpsilon(const Mesh& mesh, const Matrix4d& world);

}  // namespace usdtune
