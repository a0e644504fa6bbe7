// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "usdtune/example/assemblies.h"

namespace usdtune::example {

namespace {

MeshUse use(Part part, const Matrix4d& place, uint32_t size = 0) {
    MeshUse row;
    row.recipe.part = part;
    row.recipe.size = size;
    row.place = place;
    return row;
}

MeshUse inside(Part part, const Matrix4d& place, bool glass) {
    MeshUse row = use(part, place);
    if (glass)
        row.traits.insideGlass = true;
    else
        row.traits.insideOpaque = true;
    return row;
}

constexpr double kFirstFrame = 1, kMiddleFrame = 24, kLastFrame = 48;

}  // namespace

// The housing is one closed shell; nothing inside can be seen from outside.
void opaqueCabinet(Assembler& plant, const Place& place) {
    plant.beginAssembly({"Cabinet", "", {Role::Plastic, Role::Steel, Role::Galvanised}}, place);
    plant.mesh("Housing", use(Part::CabinetHousing, {}));
    plant.mesh("Handle", use(Part::Handle, translation(0.3, -0.38, 0.9)));
    plant.begin("Interior", "Xform");
    for (const int i : {0, 1})
        plant.mesh("Rail_" + std::to_string(i + 1), inside(Part::Rail, translation(-0.3, 0.1, 0.6 + 0.6 * i), false));
    for (int i = 0; i < 6; ++i)
        plant.mesh("Breaker_" + std::to_string(i + 1),
                   inside(Part::Breaker, translation(-0.2 + 0.2 * (i % 3), 0, 0.6 + 0.6 * (i / 3)), false));
    plant.end();
    plant.endAssembly();
}

void glassCabinet(Assembler& plant, const Place& place) {
    plant.beginAssembly({"GlassCabinet", "", {Role::Plastic, Role::Glass, Role::Steel, Role::Galvanised}}, place);
    plant.mesh("Tray", use(Part::CabinetTray, {}));
    plant.mesh("Pane", use(Part::GlassPane, translation(0, -0.305, 0.01)));
    plant.mesh("Handle", use(Part::Handle, translation(0.3, -0.38, 0.9)));
    plant.begin("Interior", "Xform");
    plant.mesh("Rail_1", inside(Part::Rail, translation(-0.3, 0.1, 1.0), true));
    for (int i = 0; i < 4; ++i)
        plant.mesh("Breaker_" + std::to_string(i + 1),
                   inside(Part::Breaker, translation(-0.2 + 0.13 * i, 0, 1.0), true));
    plant.end();
    plant.endAssembly();
}

void handedBrackets(Assembler& plant, const Place& place) {
    // The last one is baked, so no two of these assemblies are equal.
    plant.beginAssembly({"Brackets", "", {Role::Galvanised}, true}, place);
    plant.mesh("Bracket_1", use(Part::Bracket, translation(0.2, 0, 0)));
    MeshUse mirrored = use(Part::Bracket, translation(-0.2, 0, 0));
    mirrored.mirrorX = true;
    plant.mesh("Bracket_2", mirrored);
    MeshUse leftHanded = use(Part::Bracket, translation(0.2, 0.8, 0));
    leftHanded.recipe.leftHanded = true;
    plant.mesh("Bracket_3", leftHanded);
    MeshUse baked =
        use(Part::Bracket, scaling({{-1, 1, 1}}) * rotationZ(plant.random().unit() * 0.1) * translation(-0.2, 0.8, 0));
    baked.bake = true;
    plant.mesh("Bracket_4", baked);
    plant.endAssembly();
}

void nearPlates(Assembler& plant, const Place& place) {
    const uint32_t first = plant.random().below(kNearVariants),
                   second = (first + 1 + plant.random().below(kNearVariants - 1)) % kNearVariants;
    plant.beginAssembly({"Plates", std::to_string(first) + std::to_string(second), {Role::Galvanised}}, place);
    plant.mesh("Plate_1", use(Part::Plate, {}));
    int number = 1;
    for (const uint32_t near : {first, second}) {
        MeshUse row = use(Part::Plate, translation(0.7 * number, 0, 0));
        row.recipe.near = near + 1;
        plant.mesh("Plate_" + std::to_string(++number), row);
    }
    plant.endAssembly();
}

void importPallet(Assembler& plant, const Place& place) {
    plant.beginAssembly({"ImportPallet", "", {Role::Galvanised, Role::Steel, Role::Plastic, Role::Copper}}, place);
    plant.planted().unboundMaterials.push_back(plant.material(Role::Copper));
    const auto flawed = [&](std::string_view name, Flaw flaw, double x) {
        MeshUse row = use(Part::Plate, translation(x, 0, 0));
        row.recipe.flaw = flaw;
        plant.mesh(name, row);
    };
    flawed("FlatTriangle", Flaw::ZeroAreaFace, 0);
    flawed("RepeatedIndex", Flaw::RepeatedIndex, 0.7);
    flawed("DoubledFace", Flaw::DuplicateFace, 1.4);
    flawed("LoosePoints", Flaw::IsolatedPoints, 2.1);
    const auto footPlate = [&](std::string_view name, ExtentState extent, double x) {
        MeshUse row = use(Part::FootPlate, translation(x, 0.8, 0));
        row.extent = extent;
        plant.mesh(name, row);
    };
    footPlate("NoExtent", ExtentState::Missing, 0);
    footPlate("HugeExtent", ExtentState::TooLarge, 0.6);
    footPlate("ZeroExtent", ExtentState::StaleZero, 1.2);
    MeshUse dangling = use(Part::FootPlate, translation(1.8, 0.8, 0));
    dangling.bind = false;
    dangling.traits.danglingBinding = true;
    plant.beginMesh("LostMaterial", dangling);
    plant.bind(plant.token(plant.path().substr(0, plant.path().rfind('/')) + "/Looks/Deleted"));
    plant.end();
    plant.mesh("Collapsed", use(Part::Collapsed, translation(2.4, 0.8, 0)));
    for (const int i : {0, 1})
        plant.mesh("Screw_" + std::to_string(i + 1), use(Part::Screw, translation(2.6 + 0.01 * i, 0.8, 0)));
    plant.beginMesh("Ghost", use(Part::Ghost, translation(0, 1.8, 0)));
    plant.attribute("visibility", "token", plant.text("invisible"));
    plant.planted().invisible.push_back(plant.pathToken());
    plant.end();
    plant.begin("OldRevision", "Xform");
    plant.attribute("visibility", "token", plant.text("invisible"));
    plant.planted().invisible.push_back(plant.pathToken());
    plant.mesh("Plate", use(Part::FootPlate, translation(1.0, 1.8, 0)));
    plant.end();
    plant.endAssembly();
}

void conveyor(Assembler& plant, const Place& place) {
    plant.beginAssembly({"Conveyor", "", {Role::Paint, Role::Rubber, Role::Cloth, Role::Alarm}}, place);
    plant.mesh("Frame", use(Part::ConveyorFrame, {}));
    for (int i = 0; i < 3; ++i) {
        MeshUse roller = use(Part::Roller, {});
        roller.traits.ownSamples = true;
        plant.beginMesh("Roller_" + std::to_string(i + 1), roller);
        plant.attribute("xformOp:translate", "double3",
                        plant.scalar(Element::Double, 3, Vec3d{{-3.0 + 3.0 * i, 0, 0.85}}));
        plant.animate("xformOp:rotateY", "float", plant.number(0),
                      {{kFirstFrame, plant.number(0)}, {kLastFrame, plant.number(720)}});
        plant.xformOps({"xformOp:translate", "xformOp:rotateY"});
        plant.end();
    }
    for (int i = 0; i < 2; ++i) {
        const auto at = [&](double x) { return plant.scalar(Element::Double, 3, Vec3d{{x, 0, 0.98}}); };
        const double x = -3.5 + 2.0 * i;
        plant.begin("Carton_" + std::to_string(i + 1), "Xform");
        plant.animate("xformOp:translate", "double3", at(x),
                      {{kFirstFrame, at(x)}, {kMiddleFrame, at(x + 2)}, {kLastFrame, at(x + 5)}});
        plant.xformOps({"xformOp:translate"});
        plant.mesh("Carton", use(Part::Carton, {}));
        plant.end();
    }
    MeshUse belt = use(Part::Belt, translation(0, 0, 0.95));
    belt.callerWritesPoints = true;
    belt.traits.ownSamples = true;
    plant.beginMesh("Belt", belt);
    // The belt sags: its points are animated, and so is its extent.
    const std::vector<Vec3f>& flat = plant.lastMesh().cage;
    std::vector<Vec3f> sagging = flat;
    for (Vec3f& p : sagging) p[2] -= 0.03125f * std::max(0.0f, 1 - (p[0] * p[0]) / 16);
    plant.animate("points", "point3f[]", plant.lastMesh().points,
                  {{kFirstFrame, plant.lastMesh().points},
                   {kMiddleFrame, plant.array(Element::Float, 3, sagging)},
                   {kLastFrame, plant.lastMesh().points}});
    plant.animate("extent", "float3[]", plant.lastMesh().extent,
                  {{kFirstFrame, plant.lastMesh().extent},
                   {kMiddleFrame, plant.array(Element::Float, 3, extentOf(sagging))},
                   {kLastFrame, plant.lastMesh().extent}});
    plant.end();
    MeshUse beacon = use(Part::Beacon, translation(3.8, 0.5, 0.9));
    beacon.traits.ownSamples = true;
    plant.beginMesh("Beacon", beacon);
    plant.animate("visibility", "token", {},
                  {{kFirstFrame, plant.text("inherited")},
                   {kMiddleFrame, plant.text("invisible")},
                   {kLastFrame, plant.text("inherited")}});
    plant.end();
    plant.endAssembly();
}

void operatorFigure(Assembler& plant, const Place& place) {
    plant.beginAssembly({"Operator", "", {Role::Cloth}}, place);
    plant.begin("Figure", "SkelRoot");
    const std::string root = plant.path();
    plant.attribute(
        "extent", "float3[]",
        plant.array(Element::Float, 3, std::vector<Vec3f>{{{-0.25f, -0.25f, 0}}, {{0.25f, 0.25f, 1.8125f}}}));
    const std::vector<std::string_view> joints = {"Hip", "Hip/Chest", "Hip/Chest/Head"};

    plant.begin("Rig", "Skeleton");
    plant.api("SkelBindingAPI");
    plant.uniform("joints", "token[]", plant.texts(joints));
    plant.uniform("bindTransforms", "matrix4d[]",
                  plant.array(Element::Double, 16,
                              std::vector{translation(0, 0, 0.9), translation(0, 0, 1.2), translation(0, 0, 1.5)}));
    plant.uniform("restTransforms", "matrix4d[]",
                  plant.array(Element::Double, 16,
                              std::vector{translation(0, 0, 0.9), translation(0, 0, 0.3), translation(0, 0, 0.3)}));
    plant.relationship("skel:animationSource", {plant.token(root + "/Idle")});
    plant.end();

    plant.begin("Idle", "SkelAnimation");
    plant.uniform("joints", "token[]", plant.texts(joints));
    plant.attribute("translations", "float3[]",
                    plant.array(Element::Float, 3, std::vector<Vec3f>{{{0, 0, 0.9f}}, {{0, 0, 0.3f}}, {{0, 0, 0.3f}}}));
    constexpr uint16_t kHalfOne = 0x3C00;
    plant.attribute(
        "scales", "half3[]",
        plant.array(Element::Half, 3, std::vector<std::array<uint16_t, 3>>(3, {kHalfOne, kHalfOne, kHalfOne})));
    // Imaginary part first, as Gf lays quaternions out: a nod of the head by about 12 degrees.
    const std::vector<Vec4f> still(3, {{0, 0, 0, 1}});
    std::vector<Vec4f> nod = still;
    nod[2] = {{static_cast<float>(sinTurn(1.0 / 60)), 0, 0, static_cast<float>(cosTurn(1.0 / 60))}};
    const Value rest = plant.array(Element::Float, 4, still);
    plant.animate("rotations", "quatf[]", rest,
                  {{kFirstFrame, rest}, {kMiddleFrame, plant.array(Element::Float, 4, nod)}, {kLastFrame, rest}});
    plant.end();

    MeshUse body = use(Part::Figure, {});
    body.traits.skinned = true;
    plant.beginMesh("Body", body);
    plant.api("SkelBindingAPI");
    plant.relationship("skel:skeleton", {plant.token(root + "/Rig")});
    std::vector<int> indices;
    std::vector<float> weights;
    for (const Vec3f& p : plant.lastMesh().cage) {
        const float chest = std::clamp((p[2] - 0.9f) / 0.4f, 0.0f, 1.0f),
                    head = std::clamp((p[2] - 1.45f) / 0.1f, 0.0f, 1.0f);
        const bool upper = head > 0;
        indices.insert(indices.end(), {upper ? 1 : 0, upper ? 2 : 1});
        weights.insert(weights.end(), {1 - (upper ? head : chest), upper ? head : chest});
    }
    plant.attribute("primvars:skel:jointIndices", "int[]", plant.array(Element::Int, 1, indices), "vertex", 2);
    plant.attribute("primvars:skel:jointWeights", "float[]", plant.array(Element::Float, 1, weights), "vertex", 2);
    plant.attribute("primvars:skel:geomBindTransform", "matrix4d", plant.scalar(Element::Double, 16, Matrix4d{}),
                    "constant");
    plant.end();
    plant.end();
    plant.endAssembly();
}

void bellows(Assembler& plant, const Place& place) {
    plant.beginAssembly({"Compensator", "", {Role::Rubber}}, place);
    plant.mesh("Bellows", use(Part::Bellows, {}));
    plant.endAssembly();
}

void signPost(Assembler& plant, const Place& place) {
    plant.beginAssembly({"SignPost", "", {Role::Signage, Role::Paint}}, place);
    plant.mesh("Sign", use(Part::Sign, translation(0, 0, 1.2)));
    MeshUse panel = use(Part::Panel, translation(0, 0, 0.1));
    panel.traits.subsets = true;
    panel.traits.uvReadBySubset = true;
    plant.beginMesh("Panel", panel);
    plant.uniform("subsetFamily:materialBind:familyType", "token", plant.text("partition"));
    // Faces are alternately bottom and top, then front and back; 8 of the first kind, 24 of the second.
    constexpr int kFaces = 2 * (4 * 1 + 4 * 3 + 1 * 3);
    std::vector<int> front, others;
    for (int face = 0; face < kFaces; ++face)
        (face >= 8 && face < 32 && face % 2 == 0 ? front : others).push_back(face);
    const auto subset = [&](std::string_view name, const std::vector<int>& faces, Role role) {
        plant.begin(name, "GeomSubset");
        plant.uniform("elementType", "token", plant.text("face"));
        plant.uniform("familyName", "token", plant.text("materialBind"));
        plant.attribute("indices", "int[]", plant.array(Element::Int, 1, faces));
        plant.bind(plant.material(role));
        plant.end();
    };
    subset("Front", front, Role::Signage);
    subset("Others", others, Role::Paint);
    plant.end();
    plant.endAssembly();
}

}  // namespace usdtune::example
