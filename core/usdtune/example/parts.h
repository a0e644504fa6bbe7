// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "usdtune/example/shape.h"

namespace usdtune::example {

/// Every kind of part. Two kinds never have the same topology, so a duplicate is always one that was planted.
enum class Part : uint8_t {
    Pipe,
    Elbow,
    Flange,
    Bolt,
    BasePlate,
    PumpHousing,
    Motor,
    Guard,
    Bracket,
    ValveBody,
    Bonnet,
    Stem,
    HandWheel,
    Column,
    Beam,
    Brace,
    FootPlate,
    TankShell,
    TankHead,
    TankLeg,
    CabinetHousing,
    CabinetTray,
    GlassPane,
    Handle,
    Rail,
    Breaker,
    Screw,
    ConveyorFrame,
    Roller,
    Carton,
    Belt,
    Beacon,
    Figure,
    Bellows,
    Panel,
    Sign,
    Plate,
    Support,
    Tag,
    Arrow,
    Collapsed,
    Ghost,
    Count
};

/// What a part is made of; a material network each.
enum class Role : uint8_t { Steel, Galvanised, Paint, Rubber, Plastic, Copper, Cloth, Alarm, Glass, Signage, Count };

/// How the converter writes normals.
enum class NormalsStyle : uint8_t {
    None,            ///< none at all
    FaceVarying,     ///< `normals`, one per corner
    PrimvarFlat,     ///< `primvars:normals`, one per corner, without indices
    PrimvarIndexed,  ///< `primvars:normals`, face-varying with indices
    VertexSplit,     ///< `normals`, one per point; points are doubled along hard edges and cannot be welded
};

/// How the converter writes a kind of part.
struct PartStyle {
    NormalsStyle normals = NormalsStyle::FaceVarying;
    uint8_t uvSets = 0;  ///< `primvars:st`, then `primvars:st1`, face-varying
    bool uvIndexed = false;
    bool exploded = false;      ///< every corner has a point of its own (vertex data agree: can be welded)
    bool displayColor = false;  ///< constant
    bool doubleSided = false;
    bool subdivided = false;  ///< catmullClark, no normals
};

struct PartDescriptor {
    Part part = Part::Count;
    std::string_view name;
    Role role = Role::Steel;
    PartStyle style;
    Shape (*make)() = nullptr;
    std::vector<Vec3d> sizes;  ///< factors of the shape, in metres; all sizes of a kind are affine copies
};

const PartDescriptor& descriptorOf(Part part);
std::string_view roleName(Role role);

/// Nominal pipe sizes; flanges, bolts and elbows follow them.
inline constexpr double kPipeRadii[] = {0.06, 0.08, 0.11, 0.15};
inline constexpr uint32_t kPipeRadiusCount = 4;
/// Size rows of Part::Pipe: `radius * kPipeLengthCount + length`.
inline constexpr double kPipeLengths[] = {4.0, 1.2};
inline constexpr uint32_t kPipeLengthCount = 2;

}  // namespace usdtune::example
