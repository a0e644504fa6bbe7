// SPDX-License-Identifier: Apache-2.0
//
// For each law of the rendered relation one defect that this law alone accuses, and pairs that look different on paper
// and must not be accused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/verify/two_scenes.h"

namespace usdtune::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Plate {
    std::vector<double> points = {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0};
    std::vector<int> counts = {3, 3}, indices = {0, 1, 2, 0, 2, 3};
    std::function<void(PrimFixture&)> more = [](PrimFixture&) {};
    std::string scheme = "none";

    PrimFixture& put(SceneFixture& f, std::string_view path = "/World/Plate") const {
        PrimFixture& mesh = f.prim(path, "Mesh");
        mesh.attribute("subdivisionScheme", "token", {std::string_view(scheme)})
            .array("faceVertexCounts", "int[]", counts)
            .array("faceVertexIndices", "int[]", indices)
            .attributeNumbers("points", "point3f[]", points);
        more(mesh);
        return mesh;
    }
};

void materials(SceneFixture& f) {
    f.previewMaterial("/World/Red", 1, 0, 0);
    f.previewMaterial("/World/Blue", 0, 0, 1);
}

/// Laws that accuse B when A is a plate as `before` makes it and B one as `after` does.
std::set<std::string> accused(const Plate& before, const Plate& after) {
    const auto build = [](const Plate& plate) {
        return [&plate](SceneFixture& f) {
            materials(f);
            plate.put(f);
        };
    };
    return laws(TwoScenes(build(before), build(after)).rendered());
}
std::set<std::string> accused(const std::function<void(PrimFixture&)>& before,
                              const std::function<void(PrimFixture&)>& after) {
    Plate a, b;
    a.more = before;
    b.more = after;
    return accused(a, b);
}

TEST(RenderedLaws, equalScenesAreTheSame) { EXPECT_THAT(accused(Plate{}, Plate{}), IsEmpty()); }

TEST(RenderedLaws, surfaceAccusesACornerThatMoved) {
    Plate moved;
    moved.points[5] = 0.001;
    EXPECT_THAT(accused(Plate{}, moved), ElementsAre("surface"));
}

TEST(RenderedLaws, surfaceForgivesWhatLiesWithinTheTolerance) {
    Plate moved;
    moved.points[5] = 0.001;
    TwoScenes scenes([](SceneFixture& f) { Plate{}.put(f); }, [&](SceneFixture& f) { moved.put(f); });
    scenes.options.tolerance = 0.002;
    EXPECT_TRUE(scenes.rendered().same);
    EXPECT_FALSE(scenes.rendered().differenceCount);
}

TEST(RenderedLaws, withinAToleranceASurfaceMayBeCutIntoOtherFaces) {
    const auto held = [](const Plate& after, double tolerance) {
        TwoScenes scenes([](SceneFixture& f) { Plate{}.put(f); }, [&](SceneFixture& f) { after.put(f); });
        scenes.options.tolerance = tolerance;
        return laws(scenes.rendered());
    };
    Plate bent;  // about a point beside its middle, so that none of its faces is one of the plate's
    bent.points = {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0.4, 0.5, 0.002};
    bent.counts = {3, 3, 3, 3};
    bent.indices = {0, 1, 4, 1, 2, 4, 2, 3, 4, 3, 0, 4};
    EXPECT_THAT(held(bent, 0.003), IsEmpty());
    EXPECT_THAT(held(bent, 0.001), ElementsAre("surface")) << "it lies farther off";
    Plate turned = bent;
    std::swap(turned.indices[1], turned.indices[2]);
    EXPECT_THAT(held(turned, 0.003), ElementsAre("surface")) << "one face shows its back";
    Plate open = bent;
    open.counts.pop_back();
    open.indices.resize(9);
    EXPECT_THAT(held(open, 0.003), ElementsAre("surface")) << "one face is gone";
    Plate more = bent;
    more.counts.push_back(3);
    more.indices.insert(more.indices.end(), {1, 0, 4});
    EXPECT_THAT(held(more, 0.003), ElementsAre("surface")) << "another looks the other way";
}

TEST(RenderedLaws, withinAToleranceMaterialsAreComparedWhereFacesShow) {
    const auto with = [](bool cut, bool swapped) {
        return [=](SceneFixture& f) {
            materials(f);
            Plate plate;
            if (cut) {
                plate.points.insert(plate.points.end(), {0.5, 0.5, 0.0005});
                plate.counts = {3, 3, 3, 3};
                plate.indices = {0, 1, 4, 1, 2, 4, 2, 3, 4, 3, 0, 4};
            }
            plate.put(f).relationship("material:binding", {"/World/Red"});
            const std::vector<int> lower = swapped ? std::vector<int>{0, 3} : std::vector<int>{0, 1};
            f.subset("/World/Plate/half", cut ? lower : std::vector<int>{0})
                .relationship("material:binding", {"/World/Blue"});
        };
    };
    for (const bool swapped : {false, true}) {
        TwoScenes scenes(with(false, false), with(true, swapped));
        scenes.options.tolerance = 0.001;
        EXPECT_EQ(laws(scenes.rendered()).contains("binding"), swapped);
    }
}

TEST(RenderedLaws, withinAToleranceANormalMayTurnAsFarAsItsFaceMayTilt) {
    const auto tilted = [](double slope) {
        return [=](SceneFixture& f) {
            Plate plate;
            plate.more = [=](PrimFixture& mesh) {
                mesh.attributeNumbers("normals", "normal3f[]", {slope, 0, 1, slope, 0, 1, slope, 0, 1, slope, 0, 1})
                    .with("interpolation", "token", {"vertex"});
            };
            plate.put(f);
        };
    };
    for (const double slope : {0.001, 0.1}) {
        TwoScenes scenes(tilted(0), tilted(slope));
        EXPECT_THAT(laws(scenes.rendered()), ElementsAre("normals"));
        scenes.options.tolerance = 0.005;
        EXPECT_EQ(scenes.rendered().same, slope < 0.01) << slope;
    }
}

TEST(RenderedLaws, surfaceAccusesAFaceThatIsGone) {
    Plate less;
    less.counts = {3};
    less.indices = {0, 1, 2};
    EXPECT_THAT(accused(Plate{}, less), ElementsAre("surface"));
}

TEST(RenderedLaws, surfaceAccusesAMeshThatIsGone) {
    const auto report =
        TwoScenes([](SceneFixture& f) { Plate{}.put(f); }, [](SceneFixture& f) { f.prim("/World", "Xform"); })
            .rendered();
    EXPECT_THAT(laws(report), ElementsAre("surface"));
}

TEST(RenderedLaws, surfaceSeesABoltBesideAHugeMesh) {
    // ε is each mesh's own: a terrain in the same stage makes nobody blind.
    const auto build = [](double bolt) {
        return [bolt](SceneFixture& f) {
            Plate terrain;
            for (double& x : terrain.points) x *= 1e5;
            terrain.put(f, "/World/Terrain");
            Plate small;
            for (double& x : small.points) x *= 0.01;
            small.points[4] += bolt;
            small.put(f, "/World/Bolt");
        };
    };
    EXPECT_THAT(laws(TwoScenes(build(0), build(1e-5)).rendered()), ElementsAre("surface"));
    EXPECT_TRUE(TwoScenes(build(0), build(0)).rendered().same);
}

TEST(RenderedLaws, facingAccusesAnOrientationThatFlipped) {
    EXPECT_THAT(
        accused([](PrimFixture&) {}, [](PrimFixture& m) { m.attribute("orientation", "token", {"leftHanded"}); }),
        ElementsAre("facing"));
}

TEST(RenderedLaws, facingAccusesDoubleSidedness) {
    EXPECT_THAT(accused([](PrimFixture&) {}, [](PrimFixture& m) { m.attribute("doubleSided", "bool", {1}); }),
                ElementsAre("facing"));
}

TEST(RenderedLaws, aMirroredTransformMeetsMirroredPointsAndTheOtherHand) {
    const auto plain = [](SceneFixture& f) {
        f.prim("/World/Site", "Xform")
            .attribute("xformOp:scale", "float3", {-1, 1, 1})
            .attribute("xformOpOrder", "token[]", {"xformOp:scale"});
        Plate{}.put(f, "/World/Site/Plate");
    };
    const auto baked = [](SceneFixture& f) {
        f.prim("/World/Site", "Xform");
        Plate plate;
        for (size_t i = 0; i < plate.points.size(); i += 3) plate.points[i] *= -1;
        plate.more = [](PrimFixture& m) { m.attribute("orientation", "token", {"leftHanded"}); };
        plate.put(f, "/World/Site/Plate");
    };
    const auto bakedWithoutHand = [](SceneFixture& f) {
        f.prim("/World/Site", "Xform");
        Plate plate;
        for (size_t i = 0; i < plate.points.size(); i += 3) plate.points[i] *= -1;
        plate.put(f, "/World/Site/Plate");
    };
    EXPECT_TRUE(TwoScenes(plain, baked).rendered().same);
    EXPECT_THAT(laws(TwoScenes(plain, bakedWithoutHand).rendered()), ElementsAre("facing"));
}

TEST(RenderedLaws, anotherOrderOfPointsAndFacesDrawsTheSame) {
    Plate turned;
    turned.points = {1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0};
    turned.indices = {3, 1, 2, 3, 0, 1};
    EXPECT_THAT(accused(Plate{}, turned), IsEmpty());
}

TEST(RenderedLaws, aSeamOfPrimvarsSurvivesWeldingAndNothingElseDoes) {
    // Points apart with vertex values against welded points with face-varying ones.
    Plate apart;
    apart.points = {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0};
    apart.indices = {0, 1, 2, 3, 4, 5};
    apart.more = [](PrimFixture& m) {
        m.primvar("displayColor", "color3f[]", {1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1}, "vertex");
    };
    Plate welded;
    welded.more = [](PrimFixture& m) {
        m.primvar("displayColor", "color3f[]", {1, 0, 0, 0, 0, 1}, "faceVarying", {0, 0, 0, 1, 1, 1});
    };
    Plate smeared;
    smeared.more = [](PrimFixture& m) {
        m.primvar("displayColor", "color3f[]", {1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1}, "vertex");
    };
    EXPECT_THAT(accused(apart, welded), IsEmpty());
    EXPECT_THAT(accused(apart, smeared), ElementsAre("primvar"));
}

TEST(RenderedLaws, normalsAccuseATurnOfMoreThanAHundredthOfADegree) {
    const auto with = [](double x) {
        return [x](PrimFixture& m) {
            m.attribute("normals", "normal3f[]", {x, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1}).interpolation("vertex");
        };
    };
    EXPECT_THAT(accused(with(0), with(0.001)), ElementsAre("normals"));
    EXPECT_THAT(accused(with(0), with(0.0001)), IsEmpty());
    EXPECT_THAT(accused(with(0), [](PrimFixture&) {}), ElementsAre("normals"));
}

TEST(RenderedLaws, normalsMayGoWithAllFacesThatShow) {
    Plate speck, nothing;
    for (double& x : speck.points) x *= 1e-4;
    speck.more = [](PrimFixture& m) {
        m.attribute("normals", "normal3f[]", {0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1}).interpolation("vertex");
    };
    nothing.counts = nothing.indices = {};
    nothing.points = {};
    TwoScenes scenes([&](SceneFixture& f) { speck.put(f); }, [&](SceneFixture& f) { nothing.put(f); });
    EXPECT_THAT(laws(scenes.rendered()), ElementsAre("surface"));
    scenes.options.tolerance = 0.002;
    EXPECT_THAT(laws(scenes.rendered()), IsEmpty());
}

TEST(RenderedLaws, normalsOfASliverAreReadCornerByCornerNotByDistance) {
    const auto sliver = [](double shift, std::vector<int> indices, std::vector<double> normals) {
        Plate out;
        out.points = {shift, 0, 0, 0.0015 + shift, 0, 0, shift, 3, 0};
        out.counts = {3};
        out.indices = std::move(indices);
        out.more = [normals](PrimFixture& m) {
            m.attributeNumbers("normals", "normal3f[]", normals).interpolation("faceVarying");
        };
        return out;
    };
    const Plate before = sliver(0, {0, 1, 2}, {1, 0, 0, 0, 1, 0, 0, 0, 1});
    const Plate turned = sliver(0.0008, {1, 2, 0}, {0, 1, 0, 0, 0, 1, 1, 0, 0});
    const Plate swapped = sliver(0.0008, {1, 2, 0}, {1, 0, 0, 0, 0, 1, 0, 1, 0});
    const auto told = [&](const Plate& after) {
        TwoScenes scenes([&](SceneFixture& f) { before.put(f); }, [&](SceneFixture& f) { after.put(f); });
        scenes.options.tolerance = 0.001;
        return laws(scenes.rendered());
    };
    EXPECT_THAT(told(turned), IsEmpty());
    EXPECT_THAT(told(swapped), ElementsAre("normals"));
}

TEST(RenderedLaws, primvarReadsIndicesAndInheritance) {
    const auto own = [](PrimFixture& m) { m.primvar("displayColor", "color3f[]", {1, 0, 0}, "constant"); };
    EXPECT_THAT(accused(own, [](PrimFixture& m) { m.primvar("displayColor", "color3f[]", {1, 0.1, 0}, "constant"); }),
                ElementsAre("primvar"));
    EXPECT_THAT(accused(own,
                        [](PrimFixture& m) {
                            m.primvar("displayColor", "color3f[]", {0, 0, 1, 1, 0, 0}, "vertex", {1, 1, 1, 1});
                        }),
                IsEmpty());
    const auto inherits = [](double red) {
        return [red](SceneFixture& f) {
            f.prim("/World", "Xform").primvar("displayColor", "color3f[]", {red, 0, 0}, "constant");
            Plate{}.put(f);
        };
    };
    const auto authors = [&](SceneFixture& f) {
        Plate plate;
        plate.more = own;
        plate.put(f);
    };
    EXPECT_TRUE(TwoScenes(authors, inherits(1)).rendered().same);
    EXPECT_THAT(laws(TwoScenes(authors, inherits(0.5)).rendered()), ElementsAre("primvar"));
}

TEST(RenderedLaws, primvarsNobodyReadsMayGo) {
    EXPECT_THAT(accused([](PrimFixture& m) { m.primvar("st", "texCoord2f[]", {0, 0, 1, 0, 1, 1, 0, 1}, "vertex"); },
                        [](PrimFixture&) {}),
                IsEmpty());
}

TEST(RenderedLaws, bindingComparesNetworksNotNames) {
    const auto bound = [](const char* to) {
        return [to](PrimFixture& m) { m.api("MaterialBindingAPI").relationship("material:binding", {to}); };
    };
    EXPECT_THAT(accused(bound("/World/Red"), bound("/World/Blue")), ElementsAre("binding"));
    const auto build = [&](const char* name) {
        return [name, bound](SceneFixture& f) {
            f.previewMaterial(name, 1, 0, 0, "Called" + std::string(name).substr(7));
            Plate plate;
            plate.more = bound(name);
            plate.put(f);
        };
    };
    EXPECT_TRUE(TwoScenes(build("/World/Red"), build("/World/Rot")).rendered().same);
}

TEST(RenderedLaws, bindingIsComparedByPurpose) {
    const auto bound = [](const char* full) {
        return [full](PrimFixture& m) {
            m.api("MaterialBindingAPI")
                .relationship("material:binding", {"/World/Red"})
                .relationship("material:binding:full", {full});
        };
    };
    EXPECT_THAT(accused(bound("/World/Red"), bound("/World/Blue")), ElementsAre("binding"));
    // A purpose of its own that says the same as the fallback is no difference.
    EXPECT_THAT(
        accused(bound("/World/Red"),
                [](PrimFixture& m) { m.api("MaterialBindingAPI").relationship("material:binding", {"/World/Red"}); }),
        IsEmpty());
}

TEST(RenderedLaws, bindingByCollectionMeetsADirectOne) {
    const auto collected = [](const char* member) {
        return [member](SceneFixture& f) {
            materials(f);
            Plate{}.put(f);
            f.prim("/World", "Xform")
                .api("CollectionAPI:paint")
                .relationship("collection:paint:includes", {member})
                .relationship("material:binding:collection:paint", {"/World.collection:paint", "/World/Red"});
        };
    };
    const auto direct = [](SceneFixture& f) {
        materials(f);
        Plate plate;
        plate.more = [](PrimFixture& m) { m.relationship("material:binding", {"/World/Red"}); };
        plate.put(f);
    };
    EXPECT_TRUE(TwoScenes(direct, collected("/World/Plate")).rendered().same);
    EXPECT_THAT(laws(TwoScenes(direct, collected("/World/Blue")).rendered()), ElementsAre("binding"));
}

TEST(RenderedLaws, subsetsMayBeReorderedButNotRedrawn) {
    const auto split = [](int redFace, bool blueFirst) {
        return [=](SceneFixture& f) {
            materials(f);
            Plate{}.put(f);
            const auto add = [&](const char* name, int face, const char* material) {
                f.subset(std::string("/World/Plate/") + name, {face}).relationship("material:binding", {material});
            };
            if (blueFirst) add("b", 1 - redFace, "/World/Blue");
            add("a", redFace, "/World/Red");
            if (!blueFirst) add("b", 1 - redFace, "/World/Blue");
        };
    };
    EXPECT_TRUE(TwoScenes(split(0, false), split(0, true)).rendered().same);
    EXPECT_THAT(laws(TwoScenes(split(0, false), split(1, false)).rendered()), ElementsAre("binding"));
}

TEST(RenderedLaws, subsetIsAccusedWhenOneIsGone) {
    const auto with = [](bool subset) {
        return [subset](SceneFixture& f) {
            Plate{}.put(f);
            if (subset) f.subset("/World/Plate/part", {0}, "parts");
        };
    };
    EXPECT_THAT(laws(TwoScenes(with(true), with(false)).rendered()), ElementsAre("subset"));
}

TEST(RenderedLaws, subdivisionWantsTheSameCage) {
    Plate cage, other;
    cage.scheme = other.scheme = "catmullClark";
    EXPECT_THAT(accused(cage, other), IsEmpty());
    other.counts = {4};
    other.indices = {0, 1, 2, 3};
    EXPECT_THAT(accused(cage, other), ElementsAre("subdivision"));
    EXPECT_THAT(accused(cage, Plate{}), ElementsAre("subdivision"));
    const auto creased = [](double sharpness) {
        Plate plate;
        plate.scheme = "catmullClark";
        plate.more = [sharpness](PrimFixture& m) {
            m.array("creaseIndices", "int[]", std::vector<int>{0, 2})
                .array("creaseLengths", "int[]", std::vector<int>{2})
                .attributeNumbers("creaseSharpnesses", "float[]", {sharpness});
        };
        return plate;
    };
    EXPECT_THAT(accused(creased(1), creased(2)), ElementsAre("subdivision"));
}

TEST(RenderedLaws, visibilityAndPurposeAreInherited) {
    const auto above = [](const char* name, const char* type, const char* value) {
        return [=](SceneFixture& f) {
            if (value != nullptr) f.prim("/World", "Xform").attribute(name, type, {std::string_view(value)});
            Plate{}.put(f);
        };
    };
    EXPECT_THAT(laws(TwoScenes(above("", "", nullptr), above("visibility", "token", "invisible")).rendered()),
                ElementsAre("visibility"));
    EXPECT_THAT(laws(TwoScenes(above("", "", nullptr), above("purpose", "token", "guide")).rendered()),
                ElementsAre("purpose"));
    EXPECT_TRUE(TwoScenes(above("", "", nullptr), above("visibility", "token", "inherited")).rendered().same);
}

TEST(RenderedLaws, whatNobodyEverSeesMayGoWhereARowSaysSo) {
    const auto hidden = [](std::string_view later, bool atAbove) {
        return [=](SceneFixture& f) {
            Plate().put(f);
            PrimFixture& group = f.prim("/World/Old", "Xform");
            PrimFixture& plate = Plate().put(f, "/World/Old/Plate");
            PrimFixture& at = atAbove ? group : plate;
            PrimFixture& visibility = at.attribute("visibility", "token", {std::string_view("invisible")});
            if (!later.empty()) visibility.sample(1, {std::string_view("invisible")}).sample(2, {later});
        };
    };
    const auto without = [](SceneFixture& f) { Plate().put(f); };
    for (const bool above : {true, false}) {
        TwoScenes scenes(hidden("", above), without);
        EXPECT_THAT(laws(scenes.rendered()), ElementsAre("surface"));
        EXPECT_TRUE(scenes.moved("/World/Old", "", PathFate::Removed).rendered().same);
        TwoScenes shown(hidden("inherited", above), without);
        EXPECT_FALSE(shown.moved("/World/Old", "", PathFate::Removed).rendered().same) << "it shows at time 2";
    }
}

TEST(RenderedLaws, aHiddenCameraIsMissedAllTheSame) {
    TwoScenes scenes(
        [](SceneFixture& f) {
            Plate().put(f);
            f.prim("/World/Rig", "Xform").attribute("visibility", "token", {std::string_view("invisible")});
            f.prim("/World/Rig/Eye", "Camera");
        },
        [](SceneFixture& f) { Plate().put(f); });
    EXPECT_THAT(laws(scenes.moved("/World/Rig", "", PathFate::Removed).rendered()), ElementsAre("surface"));
}

TEST(RenderedLaws, samplesOfPointsAreComparedAtEveryTime) {
    const auto animated = [](double last) {
        return [last](PrimFixture& m) {
            m.attributeNumbers("points", "point3f[]", {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0})
                .sample(1, {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0})
                .sample(2, {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, last, 0});
        };
    };
    EXPECT_THAT(accused(animated(2), animated(2)), IsEmpty());
    EXPECT_THAT(accused(animated(2), animated(3)), ElementsAre("samples"));
}

TEST(RenderedLaws, samplesOfTransformsAreComparedAboveWhatIsDrawn) {
    const auto moving = [](double to) {
        return [to](SceneFixture& f) {
            f.translate("/World/Belt", 0, 0, 0);
            f.prim("/World/Belt")
                .attribute("xformOp:translate", "double3", {0, 0, 0})
                .sample(1, {0, 0, 0})
                .sample(2, {to, 0, 0});
            f.prim("/World/Belt").property().flags.animated = true;
            Plate{}.put(f, "/World/Belt/Plate");
        };
    };
    EXPECT_TRUE(TwoScenes(moving(1), moving(1)).rendered().same);
    EXPECT_THAT(laws(TwoScenes(moving(1), moving(2)).rendered()), ElementsAre("transform_samples"));
}

TEST(RenderedLaws, skinnedMeshesKeepTheirWeights) {
    const auto skinned = [](double weight) {
        return [weight](PrimFixture& m) {
            m.api("SkelBindingAPI");
            m.primvar("skel:jointIndices", "int[]", {0, 0, 0, 0}, "vertex");
            m.attributeNumbers("primvars:skel:jointWeights", "float[]", {1, 1, 1, weight})
                .with("interpolation", "token", {std::string_view("vertex")});
        };
    };
    EXPECT_THAT(accused(skinned(1), skinned(1)), IsEmpty());
    EXPECT_THAT(accused(skinned(1), skinned(0.5)), ElementsAre("primvar"));
}

TEST(RenderedLaws, transformAndAttributesOfWhatIsNoMesh) {
    const auto light = [](double x, double intensity) {
        return [=](SceneFixture& f) {
            f.translate("/World/Lamp", x, 0, 0).attribute("inputs:intensity", "float", {intensity});
            f.prim("/World/Lamp", "SphereLight");
        };
    };
    EXPECT_TRUE(TwoScenes(light(0, 1), light(0, 1)).rendered().same);
    EXPECT_THAT(laws(TwoScenes(light(0, 1), light(1, 1)).rendered()), ElementsAre("transform"));
    EXPECT_THAT(laws(TwoScenes(light(0, 1), light(0, 2)).rendered()), ElementsAre("attribute"));
}

TEST(RenderedLaws, stageAccusesUnits) {
    const auto units = [](double metres) {
        return [metres](SceneFixture& f) {
            StageInfo stage;
            stage.metersPerUnit = metres;
            f.builder().setStage(stage);
            Plate{}.put(f);
        };
    };
    EXPECT_THAT(laws(TwoScenes(units(1), units(0.01)).rendered()), ElementsAre("stage"));
}

TEST(RenderedLaws, danglingTargetAccusesOnlyWhatLedSomewhere) {
    const auto pointing = [](bool there) {
        return [there](SceneFixture& f) {
            if (there) f.prim("/World/Goal", "Scope");
            f.prim("/World", "Xform").relationship("goal", {"/World/Goal"}).relationship("lost", {"/Never"});
        };
    };
    EXPECT_TRUE(TwoScenes(pointing(false), pointing(false)).rendered().same);
    EXPECT_THAT(laws(TwoScenes(pointing(true), pointing(false)).rendered()), ElementsAre("dangling_target"));
}

TEST(RenderedLaws, variantsAccuseAnotherSelection) {
    const auto set = [](const char* selection) {
        return [selection](SceneFixture& f) { f.prim("/World", "Xform").variantSet("look", selection, {"a", "b"}); };
    };
    EXPECT_THAT(laws(TwoScenes(set("a"), set("b")).rendered()), ElementsAre("variants"));
}

TEST(RenderedLaws, instancesAreDrawnWhereTheyStand) {
    const auto own = [](SceneFixture& f) {
        for (const double x : {0.0, 5.0, 9.0}) {
            const std::string path = "/World/Bolt" + std::to_string(static_cast<int>(x));
            f.translate(path, x, 0, 0);
            Plate{}.put(f, path + "/Geometry");
        }
    };
    const auto shared = [](double last) {
        return [last](SceneFixture& f) {
            Plate{}.put(f, "/__Prototype_1/Geometry");
            for (const double x : {0.0, 5.0, 9.0}) {
                const std::string path = "/World/Bolt" + std::to_string(static_cast<int>(x));
                f.translate(path, x == 9.0 ? last : x, 0, 0);
                f.instance(path, "/__Prototype_1");
            }
        };
    };
    EXPECT_TRUE(TwoScenes(own, shared(9)).rendered().same);
    EXPECT_THAT(laws(TwoScenes(own, shared(9.5)).rendered()), ElementsAre("surface"));
}

TEST(RenderedLaws, subdivisionAccusesAnotherRule) {
    Plate cage, other;
    cage.scheme = "catmullClark";
    other.scheme = "loop";
    EXPECT_THAT(accused(cage, other), ElementsAre("subdivision"));
    other.scheme = "catmullClark";
    other.more = [](PrimFixture& mesh) { mesh.attribute("interpolateBoundary", "token", {"edgeOnly"}); };
    EXPECT_THAT(accused(cage, other), ElementsAre("subdivision"));
    other.more = [](PrimFixture& mesh) { mesh.attribute("interpolateBoundary", "token", {"edgeAndCorner"}); };
    EXPECT_THAT(accused(cage, other), IsEmpty());
}

TEST(RenderedLaws, boundsAccusesAnExtentThatNoLongerHoldsThePoints) {
    const auto extent = [](double x) {
        return [x](PrimFixture& mesh) { mesh.attribute("extent", "float3[]", {0, 0, 0, x, 1, 0}); };
    };
    EXPECT_THAT(accused(extent(1), extent(0.5)), ElementsAre("bounds"));
    EXPECT_THAT(accused([](PrimFixture&) {}, extent(0.5)), ElementsAre("bounds"));
    EXPECT_THAT(accused(extent(1), extent(3)), IsEmpty());
    EXPECT_THAT(accused(extent(0.5), extent(0.6)), IsEmpty());  // it was wrong before
}

TEST(RenderedLaws, primvarAccusesWhatNobodyReadsWhereItStays) {
    const auto heat = [](double x) {
        return [x](PrimFixture& mesh) { mesh.primvar("heat", "float[]", {1, 2, 3, x}, "vertex"); };
    };
    EXPECT_THAT(accused(heat(4), heat(5)), ElementsAre("primvar"));
    EXPECT_THAT(accused(heat(4), [](PrimFixture&) {}), IsEmpty());
}

}  // namespace
}  // namespace usdtune::test
