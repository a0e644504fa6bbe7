// SPDX-License-Identifier: Apache-2.0
#include "usdtune/example/parts.h"

#include <array>

#include "usdtune/base/assert.h"
#include "usdtune/example/placement.h"

namespace usdtune::example {

namespace {

Shape scaled(Shape shape, double x, double y, double z) { return moved(std::move(shape), scaling({{x, y, z}})); }
Shape at(Shape shape, double x, double y, double z) { return moved(std::move(shape), translation(x, y, z)); }
Shape turned(Shape shape, const Matrix4d& m) { return moved(std::move(shape), m); }

// A thick-walled tube: radius 1, length 1.
Shape pipe() { return lathe({{0.9, 0}, {1, 0}, {1, 1}, {0.9, 1}}, 24, true); }
Shape elbow() { return quarterBend(1, 3, 24, 8); }

// A welding-neck flange for a pipe of radius 1: plate with bolt holes, and the neck.
Shape flange() {
    Shape shape = ringPlate({0.92, 1.9, 1.5, 0.13, 0.35, 6});
    append(shape, lathe({{0.93, 0.36}, {1.25, 0.36}, {1.02, 0.8}, {0.93, 0.8}}, 20, true));
    return shape;
}

// Head at z < 0, shank of radius 0.11 for a pipe of radius 1.
Shape bolt() {
    Shape shape = at(lathe({{0.2, 0}, {0.2, 0.14}}, 6), 0, 0, -0.14);
    append(shape, lathe({{0.11, -0.02}, {0.11, 0.82}, {0.09, 0.86}}, 10));
    return shape;
}

Shape basePlate() { return gridBox(4, 2, 1); }

Shape pumpHousing() {
    Shape shape = turned(lathe({{0.12, -0.16}, {0.3, -0.14}, {0.36, 0}, {0.3, 0.14}, {0.12, 0.16}}, 28, false, true),
                         rotationX(0.25) * translation(0, 0, 0.45));
    append(shape, at(lathe({{0.1, 0}, {0.1, 0.32}}, 16), 0.18, 0, 0.7));
    append(shape, turned(lathe({{0.11, 0}, {0.11, 0.3}}, 18), rotationX(0.25) * translation(0, -0.15, 0.45)));
    append(shape, scaled(gridBox(1, 1, 1), 0.3, 0.22, 0.2));
    return shape;
}

// A finned motor along +y.
Shape motor() {
    Shape shape =
        turned(lathe({{0.05, -0.02}, {0.2, 0}, {0.22, 0.04}, {0.22, 0.5}, {0.18, 0.62}}, 20), rotationX(-0.25));
    for (int fin = 0; fin < 10; ++fin)
        append(shape, turned(at(scaled(gridBox(1, 1, 1), 0.012, 0.4, 0.05), 0, 0.27, 0.215), rotationY(fin / 10.0)));
    return shape;
}

// A half cylinder cover along y.
Shape guard() {
    std::vector<Vec2d> outline;
    for (int k = 0; k <= 10; ++k) outline.push_back({{cosTurn(k * 0.05), sinTurn(k * 0.05)}});
    return turned(prism(outline), rotationX(0.25));
}

// Handed on purpose: it has no mirror plane.
Shape bracket() {
    Shape shape = prism({{{0, 0}}, {{0.4, 0}}, {{0.4, 0.05}}, {{0.15, 0.09}}, {{0.05, 0.5}}, {{0, 0.5}}},
                        {{0, 1, 2, 3}, {0, 3, 4, 5}});
    shape = scaled(std::move(shape), 1, 1, 0.2);
    append(shape, at(scaled(gridBox(1, 2, 1), 0.04, 0.2, 0.06), 0.2, 0.3, 0.03));
    return shape;
}

Shape valveBody() {
    Shape shape =
        turned(lathe({{0.9, -2.2}, {1.1, -1.6}, {1.6, -0.7}, {1.6, 0.7}, {1.1, 1.6}, {0.9, 2.2}}, 22, false, true),
               rotationY(0.25));
    append(shape, lathe({{0.8, 1.2}, {0.8, 2.2}}, 16));
    return shape;
}

Shape bonnet() { return lathe({{1.3, 0}, {1.3, 0.3}, {0.7, 0.5}, {0.5, 1.8}, {0.3, 1.9}}, 18); }
Shape stem() { return lathe({{0.12, 0}, {0.12, 2.4}, {0.05, 2.5}}, 12); }

Shape handWheel() {
    std::vector<ProfilePoint> rim;
    for (int k = 0; k < 8; ++k) rim.push_back({1.5 + 0.12 * cosTurn(k / 8.0), 0.12 * sinTurn(k / 8.0)});
    Shape shape = lathe(rim, 24, true, true);
    for (int spoke = 0; spoke < 3; ++spoke)
        append(shape, turned(lathe({{0.07, 0.2}, {0.07, 1.45}}, 9), rotationY(0.25) * rotationZ(spoke / 3.0)));
    append(shape, at(lathe({{0.25, 0}, {0.25, 0.3}}, 14), 0, 0, -0.15));
    return shape;
}

// An I profile, 1 wide and deep; `stations` cut it along its length so that column, beam and brace differ.
Shape profileI(double flangeThickness, double web) {
    const double f = 0.5 - flangeThickness, w = web / 2;
    return prism({{{-0.5, -0.5}},
                  {{0.5, -0.5}},
                  {{0.5, -f}},
                  {{w, -f}},
                  {{w, f}},
                  {{0.5, f}},
                  {{0.5, 0.5}},
                  {{-0.5, 0.5}},
                  {{-0.5, f}},
                  {{-w, f}},
                  {{-w, -f}},
                  {{-0.5, -f}}},
                 {{0, 1, 2, 3, 10, 11}, {3, 4, 9, 10}, {4, 5, 6, 7, 8, 9}});
}
Shape column() { return profileI(0.1, 0.08); }
Shape beam() {
    // A channel, open to +x.
    return prism({{{-0.5, -0.5}},
                  {{0.5, -0.5}},
                  {{0.5, -0.4}},
                  {{-0.38, -0.4}},
                  {{-0.38, 0.4}},
                  {{0.5, 0.4}},
                  {{0.5, 0.5}},
                  {{-0.5, 0.5}}},
                 {{0, 1, 2, 3}, {0, 3, 4, 7}, {4, 5, 6, 7}});
}
Shape brace() {
    return prism({{{0, 0}}, {{1, 0}}, {{1, 0.12}}, {{0.12, 0.12}}, {{0.12, 1}}, {{0, 1}}},
                 {{0, 1, 2, 3}, {0, 3, 4, 5}});
}
Shape footPlate() { return gridBox(2, 2, 1); }

Shape tankShell() { return lathe({{1, 0}, {1, 0.5}, {1, 1}}, 36, false); }
Shape tankHead() {
    return lathe({{1, 0}, {0.97, 0.12}, {0.85, 0.25}, {0.6, 0.36}, {0.3, 0.42}, {0, 0.44}}, 36, false, true);
}
Shape tankLeg() { return lathe({{1, 0}, {1, 0.05}, {0.5, 0.06}, {0.5, 1}}, 8); }

Shape cabinetHousing() { return gridBox(3, 1, 2); }
Shape cabinetTray() { return openBox(0.04); }
Shape glassPane() { return gridBox(1, 1, 2); }
Shape handle() {
    Shape shape = lathe({{0.012, 0}, {0.012, 0.2}}, 7);
    append(shape, turned(lathe({{0.01, 0}, {0.01, 0.05}}, 5), rotationX(0.25) * translation(0, 0.06, 0.03)));
    append(shape, turned(lathe({{0.01, 0}, {0.01, 0.05}}, 5), rotationX(0.25) * translation(0, 0.06, 0.17)));
    return shape;
}
Shape rail() { return turned(prism({{{-0.5, 0}}, {{0.5, 0}}, {{0.5, 0.2}}, {{-0.5, 0.2}}}), rotationY(0.25)); }
Shape breaker() {
    Shape shape = gridBox(1, 1, 3);
    append(shape, at(scaled(gridBox(1, 1, 1), 0.3, 0.2, 0.15), 0, -0.61, 0.42));
    return shape;
}
Shape screw() { return lathe({{0.5, 0}, {0.5, 0.3}, {0.25, 0.4}, {0.25, 1}}, 6); }

Shape conveyorFrame() {
    Shape shape;
    for (const double y : {-0.5, 0.5}) append(shape, at(scaled(gridBox(5, 1, 1), 1, 0.06, 0.2), 0, y, 0.7));
    for (const double x : {-0.45, 0.45})
        for (const double y : {-0.5, 0.5}) append(shape, at(scaled(gridBox(1, 1, 1), 0.02, 0.05, 0.69), x, y, 0));
    return shape;
}
Shape roller() {
    return turned(lathe({{0.03, 0}, {0.09, 0.02}, {0.09, 0.98}, {0.03, 1}}, 11),
                  rotationX(-0.25) * translation(0, -0.5, 0));
}
Shape carton() { return gridBox(2, 1, 2); }
Shape belt() { return gridBox(12, 1, 1); }
Shape beacon() { return lathe({{0.08, 0}, {0.08, 0.1}, {0.05, 0.18}, {0, 0.2}}, 13); }

// A standing person as rings along z, skinned to a chain of three joints.
Shape figure() {
    return lathe({{0.1, 0},
                  {0.16, 0.2},
                  {0.17, 0.6},
                  {0.2, 0.95},
                  {0.17, 1.1},
                  {0.23, 1.4},
                  {0.1, 1.5},
                  {0.08, 1.54},
                  {0.12, 1.65},
                  {0.1, 1.76},
                  {0, 1.8}},
                 14, false, true);
}

Shape bellows() { return lathe({{0.8, 0}, {1, 0.1}, {0.8, 0.3}, {1, 0.5}, {0.8, 0.7}, {1, 0.9}, {0.8, 1}}, 9); }
Shape panel() { return gridBox(4, 1, 3); }
Shape sign() { return gridBox(3, 1, 1); }
Shape plate() { return gridBox(3, 3, 1); }
Shape support() {
    Shape shape = scaled(gridBox(1, 1, 1), 1, 1, 0.1);
    append(shape, at(lathe({{0.25, 0}, {0.25, 0.8}}, 12), 0, 0, 0.11));
    return shape;
}
Shape tag() { return gridBox(5, 1, 2); }
Shape arrow() { return prism({{{0, -0.3}}, {{0.6, -0.3}}, {{1, 0}}, {{0.6, 0.3}}, {{0, 0.3}}}); }

// Four points at one place: what is left of a face after a careless unit conversion.
Shape collapsed() {
    Shape shape;
    for (int i = 0; i < 4; ++i) shape.addPoint(0, 0, 0);
    shape.addFace({0, 1, 2, 3});
    return shape;
}
Shape ghost() { return gridBox(3, 2, 2); }

std::vector<Vec3d> pipeSizes() {
    std::vector<Vec3d> sizes;
    for (const double r : kPipeRadii)
        for (const double l : kPipeLengths) sizes.push_back({{r, r, l}});
    return sizes;
}
std::vector<Vec3d> nominalSizes() {
    std::vector<Vec3d> sizes;
    for (const double r : kPipeRadii) sizes.push_back({{r, r, r}});
    return sizes;
}

constexpr PartStyle plain{};
constexpr PartStyle withColor{.displayColor = true};
constexpr PartStyle flatPrimvars{.normals = NormalsStyle::PrimvarFlat, .uvSets = 1};
constexpr PartStyle twoUvSets{.normals = NormalsStyle::PrimvarIndexed, .uvSets = 2};
constexpr PartStyle indexedUv{.normals = NormalsStyle::PrimvarIndexed, .uvSets = 1, .uvIndexed = true};
constexpr PartStyle hardEdges{.normals = NormalsStyle::VertexSplit, .displayColor = true};
constexpr PartStyle doubled{.normals = NormalsStyle::FaceVarying, .exploded = true};
constexpr PartStyle openSurface{.normals = NormalsStyle::FaceVarying, .doubleSided = true};
constexpr PartStyle cage{.normals = NormalsStyle::None, .subdivided = true};
constexpr PartStyle bare{.normals = NormalsStyle::None};

const std::array<PartDescriptor, static_cast<size_t>(Part::Count)>& table() {
    using enum Part;
    using R = Role;
    static const std::array<PartDescriptor, static_cast<size_t>(Part::Count)> rows = {{
        {Pipe, "Pipe", R::Steel, flatPrimvars, pipe, pipeSizes()},
        {Elbow, "Elbow", R::Steel, flatPrimvars, elbow, nominalSizes()},
        {Flange, "Flange", R::Steel, twoUvSets, flange, nominalSizes()},
        {Bolt, "Bolt", R::Galvanised, plain, bolt, nominalSizes()},
        {BasePlate, "BasePlate", R::Paint, indexedUv, basePlate, {{{1.6, 0.8, 0.15}}, {{2.0, 1.0, 0.2}}}},
        {PumpHousing, "Housing", R::Paint, flatPrimvars, pumpHousing, {{{1, 1, 1}}, {{1.25, 1.25, 1.25}}}},
        {Motor, "Motor", R::Paint, doubled, motor, {{{1, 1, 1}}, {{1.25, 1.25, 1.25}}}},
        {Guard, "Guard", R::Alarm, withColor, guard, {{{0.12, 0.25, 0.12}}}},
        {Bracket, "Bracket", R::Galvanised, plain, bracket, {{{1, 1, 1}}}},
        {ValveBody, "Body", R::Steel, flatPrimvars, valveBody, nominalSizes()},
        {Bonnet, "Bonnet", R::Steel, plain, bonnet, nominalSizes()},
        {Stem, "Stem", R::Galvanised, withColor, stem, nominalSizes()},
        {HandWheel, "HandWheel", R::Alarm, flatPrimvars, handWheel, nominalSizes()},
        {Column, "Column", R::Galvanised, hardEdges, column, {{{0.2, 0.2, 4.0}}}},
        {Beam, "Beam", R::Galvanised, hardEdges, beam, {{{0.12, 0.2, 11.0}}, {{0.12, 0.2, 2.2}}}},
        {Brace, "Brace", R::Galvanised, hardEdges, brace, {{{0.08, 0.08, 2.8}}}},
        {FootPlate, "FootPlate", R::Galvanised, plain, footPlate, {{{0.4, 0.4, 0.03}}}},
        {TankShell, "Shell", R::Galvanised, flatPrimvars, tankShell, {{{1.2, 1.2, 2.6}}, {{1.5, 1.5, 3.4}}}},
        {TankHead, "Head", R::Galvanised, plain, tankHead, {{{1.2, 1.2, 1.2}}, {{1.5, 1.5, 1.5}}}},
        {TankLeg, "Leg", R::Steel, plain, tankLeg, {{{0.15, 0.15, 0.9}}}},
        {CabinetHousing, "Housing", R::Plastic, withColor, cabinetHousing, {{{0.8, 0.6, 1.9}}}},
        {CabinetTray, "Tray", R::Plastic, withColor, cabinetTray, {{{0.8, 0.6, 1.9}}}},
        {GlassPane, "Pane", R::Glass, openSurface, glassPane, {{{0.79, 0.01, 1.88}}}},
        {Handle, "Handle", R::Steel, plain, handle, {{{1, 1, 1}}}},
        {Rail, "Rail", R::Galvanised, plain, rail, {{{0.6, 0.035, 0.035}}}},
        {Breaker, "Breaker", R::Plastic, doubled, breaker, {{{0.054, 0.07, 0.09}}}},
        {Screw, "Screw", R::Steel, plain, screw, {{{0.0006, 0.0006, 0.0008}}}},
        {ConveyorFrame, "Frame", R::Paint, plain, conveyorFrame, {{{8.0, 0.9, 1.0}}}},
        {Roller, "Roller", R::Rubber, plain, roller, {{{1, 0.8, 1}}}},
        {Carton, "Carton", R::Cloth, flatPrimvars, carton, {{{0.5, 0.4, 0.35}}}},
        {Belt, "Belt", R::Rubber, bare, belt, {{{7.8, 0.7, 0.02}}}},
        {Beacon, "Beacon", R::Alarm, plain, beacon, {{{1, 1, 1}}}},
        {Figure, "Body", R::Cloth, bare, figure, {{{1, 1, 1}}}},
        {Bellows, "Bellows", R::Rubber, cage, bellows, {{{0.3, 0.3, 0.5}}}},
        {Panel, "Panel", R::Paint, flatPrimvars, panel, {{{1.2, 0.1, 0.9}}}},
        {Sign, "Sign", R::Signage, flatPrimvars, sign, {{{0.9, 0.01, 0.4}}}},
        {Plate, "Plate", R::Galvanised, plain, plate, {{{0.5, 0.5, 0.0625}}}},
        {Support, "Support", R::Galvanised, plain, support, {{{0.3, 0.3, 0.5}}, {{0.3, 0.3, 0.7}}}},
        {Tag, "Tag", R::Plastic, withColor, tag, {{{0.12, 0.01, 0.06}}}},
        {Arrow, "Arrow", R::Alarm, plain, arrow, {{{0.3, 0.2, 0.01}}}},
        {Collapsed, "Collapsed", R::Steel, bare, collapsed, {{{1, 1, 1}}}},
        {Ghost, "Ghost", R::Plastic, plain, ghost, {{{0.6, 0.4, 0.4}}}},
    }};
    return rows;
}

}  // namespace

const PartDescriptor& descriptorOf(Part part) {
    const PartDescriptor& row = table()[static_cast<size_t>(part)];
    USDTUNE_ASSERT(row.part == part, "the table of parts must stand in the order of the enumeration");
    return row;
}

std::string_view roleName(Role role) {
    static constexpr std::array<std::string_view, static_cast<size_t>(Role::Count)> names = {
        "Steel", "Galvanised", "Paint", "Rubber", "Plastic", "Copper", "Cloth", "Alarm", "Glass", "Signage"};
    return names[static_cast<size_t>(role)];
}

}  // namespace usdtune::example
