// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "usdtune/example/assemblies.h"

namespace usdtune::example {

namespace {

/// Size and origin of an assembly: which nominal pipe, and which of the two exporters wrote it.
struct Make {
    uint32_t size = 0;
    bool secondExporter = false;

    double radius() const { return kPipeRadii[size]; }
    std::string text() const { return "DN " + std::to_string(size) + (secondExporter ? " exploded" : ""); }
};

Make randomMake(Assembler& plant) {
    const uint32_t size = plant.random().below(kPipeRadiusCount);
    return {size, plant.random().oneIn(4)};
}

MeshUse use(Part part, uint32_t size, const Make& make, const Matrix4d& place) {
    MeshUse row;
    row.recipe.part = part;
    row.recipe.size = size;
    row.recipe.secondExporter = make.secondExporter && !descriptorOf(part).style.exploded;
    row.place = place;
    return row;
}

/// Four bolts in the holes of a flange that looks along +z of `place`, in a group of their own.
void fixings(Assembler& plant, std::string_view name, const Make& make, const Matrix4d& place) {
    plant.begin(name, "Xform");
    int number = 0;
    for (const int hole : {0, 1, 3, 4}) {
        const double turns = (hole + 0.5) / 6, r = 1.5 * make.radius();
        const Matrix4d where = translation(r * cosTurn(turns), r * sinTurn(turns), 0) * place;
        plant.mesh("Bolt_" + std::to_string(++number), use(Part::Bolt, make.size, make, where));
    }
    plant.end();
}

/// An empty group that some exporters leave behind.
bool leavesAnnotations(Assembler& plant) { return plant.random().oneIn(4); }

void annotations(Assembler& plant) {
    plant.empty("Annotations", "Scope");
    plant.planted().emptyLeaves.push_back(plant.token(plant.path() + "/Annotations"));
}

/// The meshes that both valves have: 14 of them.
void valve(Assembler& plant, const Make& make) {
    const double r = make.radius();
    const Matrix4d left = rotationY(-0.25) * translation(-2.2 * r, 0, 0),
                   right = rotationY(0.25) * translation(2.2 * r, 0, 0);
    const Matrix4d up = translation(0, 0, 1.0);
    plant.mesh("Body", use(Part::ValveBody, make.size, make, up));
    plant.mesh("Bonnet", use(Part::Bonnet, make.size, make, translation(0, 0, 1.0 + 2.2 * r)));
    plant.mesh("Stem", use(Part::Stem, make.size, make, translation(0, 0, 1.0 + 4.1 * r)));
    plant.mesh("HandWheel", use(Part::HandWheel, make.size, make, translation(0, 0, 1.0 + 6.2 * r)));
    plant.mesh("Flange_1", use(Part::Flange, make.size, make, left * up));
    plant.mesh("Flange_2", use(Part::Flange, make.size, make, right * up));
    fixings(plant, "Fixings_1", make, left * up);
    fixings(plant, "Fixings_2", make, right * up);
}

const std::vector<Role> kValveRoles = {Role::Steel, Role::Galvanised, Role::Alarm};

}  // namespace

void pumpSkid(Assembler& plant, const Place& place) {
    const uint32_t big = plant.random().below(2);
    const Make make{big + 1, plant.random().oneIn(4)};
    const bool notes = leavesAnnotations(plant);
    plant.beginAssembly({"PumpSkid",
                         std::to_string(big) + make.text() + (notes ? " notes" : ""),
                         {Role::Paint, Role::Steel, Role::Galvanised, Role::Alarm}},
                        place);
    const double s = big == 0 ? 1 : 1.25, deck = big == 0 ? 0.15 : 0.2;
    plant.mesh("BasePlate", use(Part::BasePlate, big, make, {}));
    plant.mesh("Housing", use(Part::PumpHousing, big, make, translation(-0.45 * s, 0, deck)));
    plant.mesh("Motor", use(Part::Motor, big, make, rotationZ(-0.25) * translation(0.05 * s, 0, deck + 0.45 * s)));
    plant.mesh("Guard", use(Part::Guard, 0, make, rotationZ(0.25) * translation(-0.1 * s, 0, deck + 0.45 * s)));
    const Matrix4d suction = rotationX(0.25) * translation(-0.45 * s, -0.5 * s, deck + 0.45 * s);
    const Matrix4d discharge = translation(-0.27 * s, 0, deck + 1.05 * s);
    plant.mesh("Flange_1", use(Part::Flange, make.size, make, suction));
    plant.mesh("Flange_2", use(Part::Flange, make.size, make, discharge));
    fixings(plant, "Fixings_1", make, suction);
    fixings(plant, "Fixings_2", make, discharge);
    for (const int i : {0, 1})
        plant.mesh(
            "Lug_" + std::to_string(i + 1),
            use(Part::Bracket, 0, make, rotationX(0.25) * translation(0.6 * s * (i == 0 ? -1 : 1), 0.35 * s, deck)));
    if (notes) annotations(plant);
    plant.endAssembly();
}

void valveStation(Assembler& plant, const Place& place) {
    const Make make = randomMake(plant);
    const bool notes = leavesAnnotations(plant);
    plant.beginAssembly({"Valve", make.text() + (notes ? " notes" : ""), kValveRoles}, place);
    valve(plant, make);
    if (notes) annotations(plant);
    plant.endAssembly();
}

// `state` = open | closed | locked. The selected one, open, says nothing; the others rebind the tag and hide the flow
// arrow, so a material and a mesh are needed only by variants that are not selected.
void switchedValve(Assembler& plant, const Place& place) {
    const Make make = randomMake(plant);
    const PrimId row = plant.beginAssembly(
        {"SwitchedValve", make.text(), {Role::Steel, Role::Galvanised, Role::Alarm, Role::Plastic}}, place);
    const TokenId root = plant.pathToken();
    const TokenId alarm = plant.material(Role::Alarm);
    valve(plant, make);
    MeshUse tag = use(Part::Tag, 0, {}, translation(0, -0.3, 1.0));
    tag.bind = false;
    tag.traits.latentOpinions = true;
    plant.begin("Label", "Xform");
    plant.bind(plant.material(Role::Plastic));  // the tag inherits it, as long as no variant binds it itself
    const TokenId tagPath = plant.token(plant.path() + "/Tag");
    plant.mesh("Tag", tag);
    plant.end();
    MeshUse arrow = use(Part::Arrow, 0, {}, translation(0, -0.3, 1.3));
    arrow.traits.latentOpinions = true;
    plant.mesh("Arrow", arrow);

    const TokenId arrowPath = plant.token(plant.path() + "/Arrow");
    Edit schema, binding, hidden;
    schema.kind = EditKind::SetApiSchemas;
    schema.path = tagPath;
    schema.targets = {plant.token("MaterialBindingAPI")};
    binding.kind = EditKind::SetTargets;
    binding.path = tagPath;
    binding.name = plant.token("material:binding");
    binding.targets = {alarm};
    hidden.kind = EditKind::SetAttribute;
    hidden.path = arrowPath;
    hidden.name = plant.token("visibility");
    hidden.typeName = plant.token("token");
    hidden.value.value = plant.text("invisible");
    const TokenId set = plant.token("state");
    plant.variants().push_back({root, set, plant.token("closed"), {schema, binding, hidden}});
    plant.variants().push_back({root, set, plant.token("locked"), {schema, binding}});
    plant.variants().push_back({root, set, plant.token("open"), {}});
    plant.scene().variantSet(row, set, plant.token("open"),
                             {plant.token("closed"), plant.token("locked"), plant.token("open")});
    plant.scene().latentTarget(alarm);
    plant.planted().variantSets.push_back(root);
    plant.endAssembly();
}

void pipeRun(Assembler& plant, const Place& place) {
    const Make make = randomMake(plant);
    plant.beginAssembly({"PipeRun", make.text(), {Role::Steel, Role::Galvanised}}, place);
    const double r = make.radius(), neck = 0.8 * r, bend = 3 * r;
    const Matrix4d alongX = rotationY(0.25), againstX = rotationY(-0.25);
    const auto pipe = [&](std::string_view name, uint32_t lengthRow, const Matrix4d& where) {
        plant.mesh(name, use(Part::Pipe, make.size * kPipeLengthCount + lengthRow, make, where));
    };
    // Two long pipes meet at a pair of flanges; a bend leads up, a short pipe follows, another bend leads on.
    double x = 0;
    plant.mesh("Flange_1", use(Part::Flange, make.size, make, alongX * translation(x, 0, 0)));
    x += neck;
    pipe("Pipe_1", 0, alongX * translation(x, 0, 0));
    x += kPipeLengths[0] + neck;
    const Matrix4d joint = againstX * translation(x, 0, 0);
    plant.mesh("Flange_2", use(Part::Flange, make.size, make, joint));
    plant.mesh("Flange_3", use(Part::Flange, make.size, make, alongX * translation(x, 0, 0)));
    fixings(plant, "Fixings_1", make, translation(0, 0, -0.35 * r) * joint);
    x += neck;
    pipe("Pipe_2", 0, alongX * translation(x, 0, 0));
    x += kPipeLengths[0];
    plant.mesh("Elbow_1", use(Part::Elbow, make.size, make, translation(x, 0, 0)));
    x += bend;
    pipe("Pipe_3", 1, translation(x, 0, bend));
    const double top = bend + kPipeLengths[1];
    plant.mesh("Elbow_2",
               use(Part::Elbow, make.size, make, rotationY(-0.25) * rotationZ(0.5) * translation(x, 0, top)));
    const Matrix4d lastFlange = againstX * translation(x + bend + neck, 0, top + bend);
    plant.mesh("Flange_4", use(Part::Flange, make.size, make, lastFlange));
    fixings(plant, "Fixings_2", make, translation(0, 0, -0.35 * r) * lastFlange);
    plant.endAssembly();
}

// One exporter writes every part in the coordinates of its area: same shapes, other numbers.
void bakedRun(Assembler& plant, const Place& place) {
    const Make make{plant.random().below(kPipeRadiusCount), false};
    const Matrix4d area = rotationZ(plant.random().unit() * 0.04 - 0.02) * translation(place.x, place.y, place.z);
    plant.beginAssembly({"BakedRun", "", {Role::Steel, Role::Galvanised}, true}, {});
    const double r = make.radius();
    const auto baked = [&](std::string_view name, Part part, uint32_t size, const Matrix4d& where) {
        MeshUse row = use(part, size, make, where * area);
        row.bake = true;
        plant.mesh(name, row);
    };
    const Matrix4d alongX = rotationY(0.25);
    const double x = 0.8 * r;
    baked("Flange_1", Part::Flange, make.size, alongX);
    baked("Pipe_1", Part::Pipe, make.size * kPipeLengthCount, alongX * translation(x, 0, 0));
    baked("Elbow_1", Part::Elbow, make.size, translation(x + kPipeLengths[0], 0, 0));
    baked("Pipe_2", Part::Pipe, make.size * kPipeLengthCount + 1, translation(x + kPipeLengths[0] + 3 * r, 0, 3 * r));
    baked("Flange_2", Part::Flange, make.size,
          rotationX(0.5) * translation(x + kPipeLengths[0] + 3 * r, 0, 3 * r + kPipeLengths[1] + 0.8 * r));
    for (const int i : {0, 1})
        baked("Bolt_" + std::to_string(i + 1), Part::Bolt, make.size,
              translation(1.5 * r * cosTurn(0.5 * i), 1.5 * r * sinTurn(0.5 * i), 0) * alongX);
    plant.endAssembly();
}

void rack(Assembler& plant, const Place& place) {
    const Make make{0, plant.random().oneIn(4)};
    const Make bought;  // braces come from elsewhere, whoever wrote the rack
    plant.beginAssembly({"Rack", make.text(), {Role::Galvanised}}, place);
    constexpr double length = 11, width = 2.2, height = 4;
    int number = 0;
    for (const double x : {0.0, length})
        for (const double y : {0.0, width}) {
            const std::string name = std::to_string(++number);
            plant.mesh("FootPlate_" + name, use(Part::FootPlate, 0, make, translation(x, y, 0)));
            plant.mesh("Column_" + name, use(Part::Column, 0, make, translation(x, y, 0.03)));
        }
    for (const int i : {0, 1}) {
        const std::string name = std::to_string(i + 1);
        plant.mesh("Beam_" + name, use(Part::Beam, 0, make, rotationY(0.25) * translation(0, i * width, height + 0.1)));
        plant.mesh("Tie_" + name,
                   use(Part::Beam, 1, make, rotationX(-0.25) * translation(i * length, 0, height + 0.1)));
        plant.mesh("Brace_" + name, use(Part::Brace, 0, bought, rotationX(-0.1) * translation(i * length, 0.1, 1.5)));
    }
    plant.endAssembly();
}

void tank(Assembler& plant, const Place& place) {
    const uint32_t big = plant.random().below(2);
    const Make make{big + 2, false};
    plant.beginAssembly({"Tank", std::to_string(big), {Role::Galvanised, Role::Steel}}, place);
    const double radius = big == 0 ? 1.2 : 1.5, height = big == 0 ? 2.6 : 3.4, deck = 0.9 + 0.44 * radius;
    plant.mesh("Shell", use(Part::TankShell, big, make, translation(0, 0, deck)));
    plant.mesh("Head_1", use(Part::TankHead, big, make, translation(0, 0, deck + height)));
    plant.mesh("Head_2", use(Part::TankHead, big, make, rotationX(0.5) * translation(0, 0, deck)));
    for (int i = 0; i < 4; ++i)
        plant.mesh("Leg_" + std::to_string(i + 1), use(Part::TankLeg, 0, make,
                                                       translation(0.75 * radius * cosTurn(0.25 * i + 0.125),
                                                                   0.75 * radius * sinTurn(0.25 * i + 0.125), 0)));
    plant.mesh("Nozzle",
               use(Part::Flange, make.size, make, rotationY(-0.25) * translation(radius + 0.3, 0, deck + 0.5)));
    plant.endAssembly();
}

void pipeSupport(Assembler& plant, const Place& place) {
    const uint32_t size = plant.random().below(2);
    plant.beginAssembly({"PipeSupport", std::to_string(size), {Role::Galvanised}}, place);
    plant.mesh("Support", use(Part::Support, size, {}, {}));
    plant.endAssembly();
}

}  // namespace usdtune::example
