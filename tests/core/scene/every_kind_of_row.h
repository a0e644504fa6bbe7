// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/scene/scene_fixture.h"

namespace usdtune::test {

/// A small scene with at least one row of every table and a value of every element kind.
inline ScenePtr everyKindOfRow(std::shared_ptr<TokenTable> tokens = std::make_shared<TokenTable>()) {
    SceneFixture f(std::move(tokens));
    StageInfo stage;
    stage.identifier = "every.usda";
    stage.metersPerUnit = 0.5;
    stage.metersPerUnitAuthored = true;
    stage.upAxis = 'Z';
    stage.defaultPrim = "Rack";
    f.builder().setStage(stage);
    f.builder().latentTarget(f.tokens().intern("/Rack/Tri.points"));
    f.builder().problem({"unresolved_reference", f.tokens().intern("/Rack"), "/Rack: gone.usd is not found"});
    f.translate("/Rack", 1, 2, 3)
        .metadata("kind", "token", {"assembly"})
        .variantSet("look", "red", {"red", "blue"})
        .arc(ArcKind::Payload, "/P", "p.usd");
    f.mesh("/Rack/Tri", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {3}, {0, 1, 2})
        .primvar("st", "texCoord2f[]", {0, 0, 1, 0}, "faceVarying", {0, 1, 1})
        .relationship("material:binding:collection:c", {"/Rack.collection:c", "/Red"})
        .attribute("a", "bool[]", {1, 0})
        .attribute("b", "uchar", {7})
        .attribute("c", "int64", {-1})
        .attribute("d", "uint64[]", {1})
        .attribute("e", "half3", {1, 2, 3})
        .attribute("f", "matrix4d", {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1})
        .attribute("g", "asset", {"./t.png", "/t.png"})
        .attribute("h", "string[]", {"x", "y"})
        .attribute("i", "uint", {1})
        .emptyArray("j", "double[]");
    f.prim("/Rack/Tri").attribute("k", "double", {1}).sample(1, {2}).sample(2, {3});
    f.subset("/Rack/Tri/front", {0});
    f.prim("/Rack").relationship("collection:c:includes", {"/Rack/Tri"});
    f.previewMaterial("/Red", 1, 0, 0);
    f.instance("/I", "/__Prototype_1");
    f.instance("/J", "/__Prototype_1");
    f.instance("/__Prototype_1/Inner", "/__Prototype_2");
    f.mesh("/__Prototype_2/Leaf", {0, 0, 0, 1, 0, 0, 0, 1, 0}, {4}, {0, 1, 2});
    return f.freeze();
}

}  // namespace usdtune::test
