// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/value_at.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/scene/scene_fixture.h"

namespace usdtune {
namespace {

using test::SceneFixture;
using testing::ElementsAre;

std::vector<double> numbersAt(const ScenePtr& scene, std::string_view name, TimeCode time) {
    const OwnedValue owned = valueAt(*scene, scene->find("/P"), name, time);
    const Value& v = owned.value;
    std::vector<double> out;
    for (size_t i = 0; i < v.count * v.type.components; ++i) {
        if (v.type.element == Element::Double) out.push_back(static_cast<const double*>(v.data)[i]);
        if (v.type.element == Element::Float) out.push_back(static_cast<double>(static_cast<const float*>(v.data)[i]));
        if (v.type.element == Element::Int) out.push_back(static_cast<const int*>(v.data)[i]);
        if (v.type.element == Element::Half) out.push_back(halfToDouble(static_cast<const uint16_t*>(v.data)[i]));
    }
    return out;
}

TEST(ValueAt, theDefaultTimeKnowsNoSamplesAndTimeCodesPreferThem) {
    SceneFixture f;
    f.prim("/P").attribute("x", "double", {7}).sample(10, {1}).sample(20, {3});
    f.prim("/P").attribute("still", "double", {5});
    f.prim("/P").attribute("sampledOnly", "double").sample(1, {2});
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(numbersAt(scene, "x", {}), ElementsAre(7));
    EXPECT_THAT(numbersAt(scene, "x", 0), ElementsAre(1));
    EXPECT_THAT(numbersAt(scene, "x", 15), ElementsAre(2));
    EXPECT_THAT(numbersAt(scene, "x", 20), ElementsAre(3));
    EXPECT_THAT(numbersAt(scene, "x", 99), ElementsAre(3));
    EXPECT_THAT(numbersAt(scene, "still", 15), ElementsAre(5));
    EXPECT_TRUE(valueAt(*scene, scene->find("/P"), "sampledOnly", {}).value.empty());
    EXPECT_TRUE(valueAt(*scene, scene->find("/P"), "absent", 1.0).value.empty());
}

TEST(ValueAt, linearTypesAreMixedOthersHeld) {
    SceneFixture f;
    f.prim("/P").attribute("half", "half").sample(0, {1}).sample(4, {2});
    f.prim("/P").attribute("vec", "float3[]").sample(0, {0, 0, 0, 1, 1, 1}).sample(4, {4, 8, 12, 1, 1, 1});
    f.prim("/P").attribute("lengths", "float[]").sample(0, {1, 2}).sample(4, {1, 2, 3});
    f.prim("/P").attribute("int", "int").sample(0, {0}).sample(4, {100});
    const ScenePtr scene = f.freeze();
    EXPECT_THAT(numbersAt(scene, "half", 1), ElementsAre(1.25));
    EXPECT_THAT(numbersAt(scene, "vec", 1), ElementsAre(1, 2, 3, 1, 1, 1));
    EXPECT_THAT(numbersAt(scene, "lengths", 3), ElementsAre(1, 2));
    EXPECT_THAT(numbersAt(scene, "int", 3.9), ElementsAre(0));
    EXPECT_THAT(numbersAt(scene, "int", 4), ElementsAre(100));
}

TEST(ValueAt, quaternionsGoAlongTheArcVectorsDoNot) {
    SceneFixture f;
    // No turn and a quarter turn about z, imaginary part first.
    const double h = std::sqrt(0.5);
    f.prim("/P").attribute("q", "quatf").sample(0, {0, 0, 0, 1}).sample(1, {0, 0, h, h});
    f.prim("/P").attribute("far", "quatd").sample(0, {0, 0, 0, 1}).sample(1, {0, 0, -h, -h});
    f.prim("/P").attribute("v", "float4").sample(0, {0, 0, 0, 1}).sample(1, {0, 0, h, h});
    const ScenePtr scene = f.freeze();
    const double eighth = std::acos(-1.0) / 8;
    const auto q = numbersAt(scene, "q", 0.5);
    EXPECT_NEAR(q[2], std::sin(eighth), 1e-7);
    EXPECT_NEAR(q[3], std::cos(eighth), 1e-7);
    const auto far = numbersAt(scene, "far", 0.5);
    EXPECT_NEAR(far[2], std::sin(eighth), 1e-12);  // the short way round
    EXPECT_NEAR(numbersAt(scene, "v", 0.5)[2], h / 2, 1e-7);
}

TEST(ValueAt, aBlockedSampleIsNoValueAndNothingIsMixedWithIt) {
    SceneFixture f;
    f.prim("/P").attribute("x", "double", {7}).sample(0, {1}).sample(2, {3});
    const ScenePtr before = f.freeze();
    SceneTables tables = before->tables();
    tables.samples[1].blocked = true;
    const ScenePtr scene = Scene::freeze(std::move(tables));
    EXPECT_THAT(numbersAt(scene, "x", 1), ElementsAre(1));
    EXPECT_TRUE(valueAt(*scene, scene->find("/P"), "x", 2.0).value.empty());
    EXPECT_EQ(numberAt(*scene, scene->find("/P"), "x", 42, 3.0), 42);
}

TEST(ValueAt, transformsAndVisibilityFollowTheTime) {
    SceneFixture f;
    f.prim("/A", "Xform")
        .attribute("xformOp:translate", "double3", {0, 0, 0})
        .sample(0, {0, 0, 0})
        .sample(10, {10, 0, 0})
        .attribute("xformOpOrder", "token[]", {"xformOp:translate"})
        .attribute("visibility", "token", {"inherited"})
        .sample(0, {"invisible"})
        .sample(5, {"inherited"});
    f.prim("/A/B", "Xform")
        .attribute("xformOp:rotateZ", "float", {0})
        .sample(0, {0})
        .sample(10, {180})
        .attribute("xformOpOrder", "token[]", {"xformOp:rotateZ"});
    f.translate("/A/B/C", 1, 0, 0);
    f.prim("/A/Free", "Xform").attribute("xformOpOrder", "token[]", {"!resetXformStack!"});
    const ScenePtr scene = f.freeze();
    const PrimId leaf = scene->find("/A/B/C");
    const auto origin = [&](PrimId prim, TimeCode time) {
        return worldTransformAt(*scene, prim, time).transformPoint({{0, 0, 0}});
    };
    EXPECT_EQ(origin(leaf, {}), (Vec3d{{1, 0, 0}}));
    EXPECT_NEAR(origin(leaf, 5)[0], 5, 1e-9);
    EXPECT_NEAR(origin(leaf, 5)[1], 1, 1e-9);
    EXPECT_EQ(origin(scene->find("/A/Free"), 5), (Vec3d{{0, 0, 0}}));
    EXPECT_EQ(localTransformAt(*scene, leaf, 5), scene->xforms().local[leaf.index]);
    EXPECT_FALSE(visibleAt(*scene, leaf, 4.0));
    EXPECT_TRUE(visibleAt(*scene, leaf, 5.0));
    EXPECT_TRUE(visibleAt(*scene, leaf, {}));
}

}  // namespace
}  // namespace usdtune
