// SPDX-License-Identifier: Apache-2.0
#include "usdtune/example/plant.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "usdtune/base/assert.h"
#include "usdtune/example/assemblies.h"

namespace usdtune::example {

namespace {

constexpr uint64_t kAreaMeshes = 200;
constexpr uint64_t kAreasPerTrain = 50;
constexpr double kAreaWidth = 30, kAreaDepth = 20;
constexpr double kRackTop = 4.45;

/// What stands in an area. The first rows show every feature; the rest is more of the usual.
const std::array<Assembly, 20>& areaPlan() {
    static const std::array<Assembly, 20> plan = {{
        {importPallet, 13, {21, 13, 0, 0}},
        {pumpSkid, 16, {3, 8, 0, 0}},
        {switchedValve, 16, {13, 8, 0, 0}},
        {pipeRun, 17, {1, 2.5, kRackTop, 0}},
        {rack, 14, {1, 2, 0, 0}},
        {bakedRun, 7, {15, 2.6, kRackTop, 0}},
        {tank, 8, {25, 8, 0, 0.05}},
        {opaqueCabinet, 10, {2, 14, 0, 0}},
        {glassCabinet, 8, {4, 14, 0, 0}},
        {handedBrackets, 4, {26, 13, 0, 0}},
        {nearPlates, 3, {26, 16, 0, 0}},
        {conveyor, 8, {13, 15, 0, 0}},
        {operatorFigure, 1, {18, 13, 0, 0.125}},
        {bellows, 1, {22, 8, 0, 0}},
        {signPost, 2, {7, 14, 0, 0}},
        {valveStation, 14, {17, 8, 0, 0.25}},
        {pumpSkid, 16, {8, 8, 0, 0.5}},
        {rack, 14, {15, 2, 0, 0}},
        {pipeRun, 17, {1, 3.4, kRackTop, 0}},
        {pipeSupport, 1, {2, 5, 0, 0}},
    }};
    return plan;
}
constexpr size_t kFeatureRows = 15;

/// Digits that the largest number needs, so that names sort as they count.
size_t digitsFor(uint64_t count, size_t least) {
    size_t digits = 1;
    for (uint64_t limit = 10; limit < count; limit *= 10) ++digits;
    return std::max(digits, least);
}

/// Empty groups that a layer import left, one of them needed: the camera looks at it.
void leftovers(Assembler& plant) {
    plant.begin("ImportedLayers", "Xform");
    plant.planted().emptyLeaves.push_back(plant.pathToken());
    plant.empty("Layer_0", "Scope");
    plant.begin("Layer_1", "Scope");
    plant.empty("Sublayer", "Xform");
    plant.end();
    plant.end();
    plant.begin("Datum", "Xform");
    plant.planted().emptyLeaves.push_back(plant.pathToken());
    plant.planted().targetedEmptyLeaves.push_back(plant.pathToken());
    plant.end();
}

/// A camera with a relationship and a collection that point into the area.
void inspectionCamera(Assembler& plant, const std::vector<TokenId>& parts) {
    const std::string area = plant.path();
    plant.begin("InspectionCamera", "Camera");
    plant.attribute("focalLength", "float", plant.number(24));
    plant.attribute("clippingRange", "float2", plant.scalar(Element::Float, 2, Vec2f{{0.1f, 5000}}));
    plant.attribute("xformOp:transform", "matrix4d",
                    plant.scalar(Element::Double, 16, rotationX(0.17) * rotationZ(-0.06) * translation(3, -18, 12)));
    plant.xformOps({"xformOp:transform"});
    plant.relationship("plant:lookAt", {plant.token(area + "/Datum")}, true);
    plant.relationship("plant:watches", parts, true);
    plant.api("CollectionAPI:inspection");
    plant.uniform("collection:inspection:expansionRule", "token", plant.text("expandPrims"));
    plant.relationship("collection:inspection:includes", parts);
    plant.planted().collections.push_back(plant.pathToken());
    plant.end();
}

/// One area of exactly `meshes` meshes.
void area(Assembler& plant, uint64_t number, uint64_t meshes, size_t digits, const PlantOptions& options) {
    const PrimId row = plant.begin(numbered("Area", number, digits), "Xform", "group");
    const uint64_t train = number / kAreasPerTrain, column = number % kAreasPerTrain;
    plant.attribute(
        "xformOp:translate", "double3",
        plant.scalar(Element::Double, 3,
                     Vec3d{{static_cast<double>(column) * kAreaWidth, static_cast<double>(train) * kAreaDepth, 0}}));
    plant.xformOps({"xformOp:translate"});
    plant.setPaint(plant.random().below(4));
    if (number == 0)
        plant.scene().arc({.prim = row,
                           .kind = ArcKind::Inherit,
                           .asset = {},
                           .resolved = {},
                           .target = plant.token("/_class_Area"),
                           .layer = LayerId(0),
                           .internal = true});

    std::vector<TokenId> watched;
    uint64_t left = meshes;
    for (const Assembly& assembly : areaPlan()) {
        if (assembly.meshes > left) continue;
        const size_t before = plant.meshCount();
        assembly.write(plant, assembly.place);
        USDTUNE_ASSERT(plant.meshCount() - before == assembly.meshes,
                       "an assembly writes the meshes that its plan names");
        if (assembly.write == pumpSkid || assembly.write == tank)
            watched.push_back(plant.planted().meshes[before + 1].path);
        left -= assembly.meshes;
    }
    for (uint64_t i = 0; i < left; ++i)
        pipeSupport(plant, {2.6 + 0.6 * static_cast<double>(i % 40), 5 + 0.6 * static_cast<double>(i / 40), 0, 0});
    leftovers(plant);
    if (!watched.empty()) inspectionCamera(plant, watched);
    if (options.broken && number == 0) {
        const PrimId broken = plant.begin("VendorPart", "");
        plant.scene().arc({.prim = broken,
                           .kind = ArcKind::Reference,
                           .asset = plant.token("./vendor/missing_part.usdc"),
                           .resolved = {},
                           .target = plant.token(""),
                           .layer = LayerId(0),
                           .broken = true});
        plant.planted().missingReferences.push_back(plant.pathToken());
        plant.end();
    }
    plant.end();
}

}  // namespace

uint64_t plantMinimumMeshes() {
    uint64_t sum = 0;
    for (size_t i = 0; i < kFeatureRows; ++i) sum += areaPlan()[i].meshes;
    return sum;
}

Result<Plant> makePlant(const PlantOptions& options, std::shared_ptr<TokenTable> tokens) {
    if (options.meshes < plantMinimumMeshes())
        return Error{"A plant that shows every feature once needs at least " + std::to_string(plantMinimumMeshes()) +
                     " meshes, but " + std::to_string(options.meshes) + " were asked for."};
    if (options.meshes > 20'000'000)
        return Error{"A plant has at most 20000000 meshes, but " + std::to_string(options.meshes) + " were asked for."};

    Assembler plant(std::move(tokens), options.seed);
    StageInfo stage;
    stage.identifier = "plant.usdc";
    stage.metersPerUnit = 1;
    stage.upAxis = 'Z';
    stage.metersPerUnitAuthored = stage.upAxisAuthored = true;
    stage.defaultPrim = "Plant";
    stage.startTimeCode = 1;
    stage.endTimeCode = 48;
    plant.scene().setStage(stage);
    plant.scene().layer({plant.token("plant.usdc"), plant.token(""), true, {}});

    const uint64_t areas = std::max<uint64_t>(1, options.meshes / kAreaMeshes);
    const uint64_t rest = options.meshes - std::min(options.meshes, areas * kAreaMeshes);
    const uint64_t allAreas = areas + (rest > 0 ? 1 : 0);
    const size_t digits = digitsFor(allAreas, 3), trainDigits = digitsFor(allAreas / kAreasPerTrain + 1, 2);
    plant.begin("Plant", "Xform", "assembly");
    for (uint64_t number = 0; number < allAreas; ++number) {
        if (number % kAreasPerTrain == 0)
            plant.begin(numbered("Train", number / kAreasPerTrain, trainDigits), "Xform", "group");
        area(plant, number, number < areas ? std::min(options.meshes, kAreaMeshes) : rest, digits, options);
        if (number % kAreasPerTrain == kAreasPerTrain - 1 || number + 1 == allAreas) plant.end();
    }
    plant.end();
    plant.begin("_class_Area", "", {}, Specifier::Class);
    plant.custom("userProperties:operator", "Shift A");
    plant.end();

    Plant made;
    made.variants = std::move(plant.variants());
    made.planted = std::move(plant.planted());
    made.tables = plant.scene().takeTables();
    nlohmann::json truth = truthOf(made.planted, made.tables);
    truth["made"] = {{"kind", "plant"}, {"meshes", options.meshes}, {"seed", options.seed}, {"broken", options.broken}};
    made.truth = truth.dump(1) + "\n";
    return made;
}

}  // namespace usdtune::example
