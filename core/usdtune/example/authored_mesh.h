// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "usdtune/example/parts.h"
#include "usdtune/scene/scene_builder.h"

namespace usdtune::example {

/// A flaw planted into one mesh.
enum class Flaw : uint8_t {
    None,
    ZeroAreaFace,    ///< a triangle whose third corner lies on its opposite edge; three distinct points
    RepeatedIndex,   ///< a triangle that names one point twice
    DuplicateFace,   ///< the first face once more
    IsolatedPoints,  ///< three points that no face uses
    Count
};

/// How far a near duplicate's one odd point is away from where its twin has it, in metres.
inline constexpr double kNearOffset = 0.008;
inline constexpr uint32_t kNearVariants = 4;

/// Everything that decides a mesh's arrays, transforms baked into the points left out.
struct Recipe {
    Part part = Part::Count;
    uint32_t size = 0;            ///< row of PartDescriptor::sizes
    bool secondExporter = false;  ///< written by the other converter: every corner has a point of its own
    bool leftHanded = false;      ///< faces wound the other way, with `orientation = leftHanded`
    Flaw flaw = Flaw::None;
    uint32_t near = 0;  ///< 0, or which near duplicate

    /// Equal keys give equal bytes; different keys different ones.
    uint64_t key() const;
};

/// What was planted into a mesh, to be counted in the truth.
struct MeshFacts {
    uint32_t points = 0, faces = 0, corners = 0;
    uint32_t weldablePoints = 0;      ///< points that a weld at tolerance 0 saves
    uint32_t hardEdgePoints = 0;      ///< points doubled along hard edges, whose normals differ: must not be welded
    uint32_t zeroAreaFaces = 0;       ///< geometric, repeated indices included
    uint32_t repeatedIndexFaces = 0;  ///< fewer than three distinct points
    uint32_t duplicateFaces = 0;      ///< faces beyond the first with the same points
    uint32_t isolatedPoints = 0;
    uint32_t uvSets = 0;
    uint32_t indexablePrimvars = 0;  ///< non-constant primvars without indices whose values repeat
};

/// A mesh as the converter writes it: values for each attribute, empty where it writes none.
struct AuthoredMesh {
    PartStyle style;
    bool leftHanded = false;
    Value points, counts, indices, extent;
    Value normals, normalIndices;
    Value st, stIndices;
    std::vector<Vec3f> cage;  ///< the points again, for callers that animate or skin them
    MeshFacts facts;
};

/// The mesh of a recipe, its arrays in the builder's memory. `bake` moves the points (and normals); a mirroring one
/// turns the orientation over.
AuthoredMesh writeMesh(const Recipe& recipe, const Matrix4d& bake, SceneBuilder& memory);

/// Lower and upper corner, as `extent` wants it.
std::vector<Vec3f> extentOf(std::span<const Vec3f> points);

}  // namespace usdtune::example
