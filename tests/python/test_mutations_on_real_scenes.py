# SPDX-License-Identifier: Apache-2.0
"""Defects planted in scenes that nobody wrote for it: each is caught, and a sound chain is never accused.

A defect looks for the first place that has what it breaks. Where a scene has none it is skipped, saying so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from planting import (
    Unsayable,
    accusers,
    authored,
    broken_laws,
    differences,
    proven,
    session_on,
    spoil,
    whole_difference,
    with_defect,
)
from pxr import Gf, Usd, UsdGeom, UsdShade, UsdSkel
from test_real_scenes import DATA, DO_NOT_OPEN, MONOLITH, ROOTS, edge_cases

CHAIN = [
    "meshCleanup",
    "deduplicateGeometry",
    "optimizePrimvars",
    "removeUnusedUVs",
    "optimizeMaterials",
    "pruneLeaves",
    "computeExtents",
]
PLANT = "the generated plant"
Found = Callable[[Usd.Stage], None] | None


def everything(stage: Usd.Stage) -> Iterator[Usd.Prim]:
    """Prims that are drawn, outside of instances."""
    return iter(stage.Traverse())


def seen_meshes(stage: Usd.Stage) -> Iterator[UsdGeom.Mesh]:
    """Meshes that draw something and stand still."""
    for prim in everything(stage):
        mesh = UsdGeom.Mesh(prim)
        if not mesh or mesh.ComputeVisibility() == "invisible" or mesh.GetPointsAttr().GetNumTimeSamples():
            continue
        box = mesh.ComputeExtent(mesh.GetPointsAttr().Get() or [])
        if box and len(mesh.GetFaceVertexCountsAttr().Get() or []) and (box[1] - box[0]).GetLength() > 0:
            yield mesh


def largest_edge(mesh: UsdGeom.Mesh) -> float:
    low, high = mesh.ComputeExtent(mesh.GetPointsAttr().Get())
    return float(max(high - low))


def moved_vertex(stage: Usd.Stage) -> Found:
    """A corner of a face, by 2 mm or by a hundredth of the mesh where that is more."""
    for mesh in seen_meshes(stage):
        world = UsdGeom.XformCache().GetLocalToWorldTransform(mesh.GetPrim())
        scale = abs(world.GetDeterminant3()) ** (1 / 3)
        if not scale:
            continue
        step = max(0.002 / UsdGeom.GetStageMetersPerUnit(stage) / scale, largest_edge(mesh) / 100)
        path, index = mesh.GetPath(), mesh.GetFaceVertexIndicesAttr().Get()[0]

        def change(other: Usd.Stage) -> None:
            points = UsdGeom.Mesh(other.GetPrimAtPath(path)).GetPointsAttr()
            values = list(points.Get())
            values[index] = Gf.Vec3f(values[index]) + Gf.Vec3f(step, step, step)
            points.Set(values)

        return change
    return None


def turned_faces(stage: Usd.Stage) -> Found:
    for mesh in seen_meshes(stage):
        path = mesh.GetPath()

        def change(other: Usd.Stage) -> None:
            mesh = UsdGeom.Mesh(other.GetPrimAtPath(path))
            was = mesh.GetOrientationAttr().Get()
            mesh.CreateOrientationAttr("leftHanded" if was == "rightHanded" else "rightHanded")

        return change
    return None


def dropped_mesh(stage: Usd.Stage) -> Found:
    for mesh in seen_meshes(stage):
        return lambda other, path=mesh.GetPath(): other.GetPrimAtPath(path).SetActive(False)
    return None


def hidden_mesh(stage: Usd.Stage) -> Found:
    for mesh in seen_meshes(stage):
        return lambda other, path=mesh.GetPath(): UsdGeom.Imageable(other.GetPrimAtPath(path)).MakeInvisible()
    return None


def guide_mesh(stage: Usd.Stage) -> Found:
    for mesh in seen_meshes(stage):
        if mesh.ComputePurpose() != "guide":
            return lambda other, path=mesh.GetPath(): UsdGeom.Imageable(other.GetPrimAtPath(path)).CreatePurposeAttr(
                "guide"
            )
    return None


def moved_prim(stage: Usd.Stage) -> Found:
    """By a millimetre, or a hundredth of the mesh that is moved with it."""
    for mesh in seen_meshes(stage):
        for prim in (mesh.GetPrim(), *_above(mesh.GetPrim())):
            translate = prim.GetAttribute("xformOp:translate")
            if not translate or translate.Get() is None or translate.GetNumTimeSamples():
                continue
            step = max(0.001 / UsdGeom.GetStageMetersPerUnit(stage), largest_edge(mesh) / 100)

            def change(other: Usd.Stage) -> None:
                op = other.GetAttributeAtPath(translate.GetPath())
                op.Set(op.Get() + type(op.Get())(step, 0, 0))

            return change
    return None


def _above(prim: Usd.Prim) -> Iterator[Usd.Prim]:
    while prim := prim.GetParent():
        yield prim


def wrong_normals(stage: Usd.Stage) -> Found:
    for mesh in seen_meshes(stage):
        normals = mesh.GetNormalsAttr()
        if mesh.GetSubdivisionSchemeAttr().Get() != "none" or not normals.Get() or normals.GetNumTimeSamples():
            continue
        if UsdGeom.PrimvarsAPI(mesh).GetPrimvar("normals").HasValue():
            continue

        def change(other: Usd.Stage) -> None:
            attribute = UsdGeom.Mesh(other.GetPrimAtPath(mesh.GetPath())).GetNormalsAttr()
            turn = Gf.Rotation(Gf.Vec3d(1, 2, 3), 1)
            attribute.Set([Gf.Vec3f(turn.TransformDir(Gf.Vec3d(normal))) for normal in attribute.Get()])

        return change
    return None


def dropped_subset(stage: Usd.Stage) -> Found:
    for prim in everything(stage):
        if prim.IsA(UsdGeom.Subset) and UsdShade.MaterialBindingAPI(prim).GetDirectBindingRel().GetTargets():
            return lambda other, path=prim.GetPath(): other.GetPrimAtPath(path).SetActive(False)
    return None


def lost_binding(stage: Usd.Stage) -> Found:
    for mesh in seen_meshes(stage):
        for prim in (mesh.GetPrim(), *_above(mesh.GetPrim())):
            direct = UsdShade.MaterialBindingAPI(prim).GetDirectBindingRel()
            if direct.GetTargets() and UsdShade.MaterialBindingAPI(prim).GetDirectBinding().GetMaterial():
                return lambda other, path=direct.GetPath(): other.GetRelationshipAtPath(path).SetTargets([])
    return None


def other_colour(stage: Usd.Stage) -> Found:
    """Of the material of a mesh."""
    for mesh in seen_meshes(stage):
        material = UsdShade.MaterialBindingAPI(mesh).ComputeBoundMaterial()[0]
        shader = material.ComputeSurfaceSource()[0] if material else None
        if not shader or shader.GetPrim().IsInstanceProxy():
            continue
        for entry in shader.GetInputs():
            if entry.GetTypeName() in ("color3f", "float") and entry.GetAttr().Get() is not None:
                if entry.HasConnectedSource():
                    continue

                def change(other: Usd.Stage) -> None:
                    attribute = other.GetAttributeAtPath(entry.GetAttr().GetPath())
                    attribute.Set(attribute.Get() * 0.5 + type(attribute.Get())(0.1) * 1.0)

                if entry.GetTypeName() == "float":
                    return change
    return None


def other_primvar(stage: Usd.Stage) -> Found:
    for mesh in seen_meshes(stage):
        colours = UsdGeom.PrimvarsAPI(mesh).GetPrimvar("displayColor")
        if not colours.HasAuthoredValue() or colours.GetAttr().GetNumTimeSamples() or not colours.Get():
            continue

        def change(other: Usd.Stage) -> None:
            attribute = other.GetAttributeAtPath(colours.GetAttr().GetPath())
            attribute.Set([Gf.Vec3f(0.123, 0.4, 0.5)] * len(attribute.Get()))

        return change
    return None


def dropped_instance(stage: Usd.Stage) -> Found:
    for prim in everything(stage):
        instancer = UsdGeom.PointInstancer(prim)
        if not instancer or instancer.GetPositionsAttr().GetNumTimeSamples():
            continue
        if instancer.GetInstanceCount() > 1:

            def change(other: Usd.Stage) -> None:
                which = UsdGeom.PointInstancer(other.GetPrimAtPath(prim.GetPath()))
                ids = list(which.GetIdsAttr().Get() or range(which.GetInstanceCount()))
                which.CreateInvisibleIdsAttr([*(which.GetInvisibleIdsAttr().Get() or []), ids[0]])

            return change
    return None


def moved_instance(stage: Usd.Stage) -> Found:
    for prim in everything(stage):
        if prim.IsInstance() and (translate := prim.GetAttribute("xformOp:translate")) and translate.Get() is not None:

            def change(other: Usd.Stage) -> None:
                op = other.GetAttributeAtPath(translate.GetPath())
                op.Set(op.Get() + type(op.Get())(0.01, 0, 0))

            return change
    return None


def other_weight(stage: Usd.Stage) -> Found:
    for prim in everything(stage):
        weights = UsdSkel.BindingAPI(prim).GetJointWeightsAttr()
        if weights and weights.Get():

            def change(other: Usd.Stage) -> None:
                attribute = other.GetAttributeAtPath(weights.GetPath())
                attribute.Set([weight * 0.5 for weight in attribute.Get()])

            return change
    return None


def dropped_sample(stage: Usd.Stage) -> Found:
    for prim in everything(stage):
        for attribute in prim.GetAuthoredAttributes():
            name = attribute.GetName()
            if attribute.GetNumTimeSamples() > 1 and (name.startswith("xformOp") or prim.IsA(UsdGeom.PointBased)):

                def change(other: Usd.Stage) -> None:
                    where = other.GetAttributeAtPath(attribute.GetPath())
                    samples = [(time, where.Get(time)) for time in where.GetTimeSamples()][:-1]
                    where.Clear()
                    for time, value in samples:
                        where.Set(value, time)

                return change
    return None


def other_custom_data(stage: Usd.Stage) -> Found:
    for prim in everything(stage):
        for attribute in prim.GetAuthoredAttributes():
            if attribute.IsCustom() and attribute.GetTypeName() == "string" and attribute.Get():
                return lambda other, path=attribute.GetPath(): other.GetAttributeAtPath(path).Set("planted")
    return None


def other_kind(stage: Usd.Stage) -> Found:
    for prim in everything(stage):
        if prim.HasAuthoredMetadata("kind"):
            return lambda other, path=prim.GetPath(): other.GetPrimAtPath(path).SetMetadata("kind", "planted")
    return None


def other_light(stage: Usd.Stage) -> Found:
    for prim in everything(stage):
        intensity = prim.GetAttribute("inputs:intensity")
        if intensity and intensity.HasAuthoredValue() and not intensity.GetNumTimeSamples():
            return lambda other, path=intensity.GetPath(): other.GetAttributeAtPath(path).Set(123.0)
    return None


def other_units(stage: Usd.Stage) -> Found:
    units = UsdGeom.GetStageMetersPerUnit(stage) * 2
    return lambda other: other.GetPseudoRoot().SetMetadata("metersPerUnit", units)


def dropped_variant(stage: Usd.Stage) -> Found:
    """One that is not selected and says something."""
    root = stage.GetRootLayer()
    for prim in everything(stage):
        spec = root.GetPrimAtPath(prim.GetPath())
        for name in prim.GetVariantSets().GetNames() if spec else []:
            if name not in spec.variantSets:
                continue
            selected = prim.GetVariantSet(name).GetVariantSelection()
            for variant in spec.variantSets[name].variants:
                if variant.name != selected:
                    place = (prim.GetPath(), name, variant.name)

                    def change(other: Usd.Stage) -> None:
                        sets = other.GetRootLayer().GetPrimAtPath(place[0]).variantSets
                        sets[place[1]].RemoveVariant(sets[place[1]].variants[place[2]])

                    return change
    return None


DEFECTS: dict[str, tuple[set[str], Callable[[Usd.Stage], Found]]] = {
    "a vertex moved": ({"surface"}, moved_vertex),
    "orientation flipped": ({"surface"}, turned_faces),
    "a mesh dropped": ({"surface"}, dropped_mesh),
    "a mesh hidden": ({"surface"}, hidden_mesh),
    "a mesh made a guide": ({"surface"}, guide_mesh),
    "a prim moved": ({"surface"}, moved_prim),
    "normals off by 1°": ({"normals"}, wrong_normals),
    "a subset dropped": ({"bindings"}, dropped_subset),
    "a binding lost": ({"bindings"}, lost_binding),
    "a material changed": ({"bindings"}, other_colour),
    "a colour changed": ({"primvars"}, other_primvar),
    "an instance of an instancer hidden": ({"surface"}, dropped_instance),
    "an instance moved": ({"surface"}, moved_instance),
    "a skinning weight changed": ({"primvars"}, other_weight),
    "a sample dropped": ({"time_samples"}, dropped_sample),
    "a custom attribute changed": ({"metadata"}, other_custom_data),
    "kind changed": ({"metadata"}, other_kind),
    "a light changed": ({"metadata"}, other_light),
    "metersPerUnit changed": ({"stage_metadata"}, other_units),
    "a variant dropped": ({"variants"}, dropped_variant),
}
"""What is planted, and the law that has to accuse it."""

WRITTEN_ONLY = {"a sample dropped", "metersPerUnit changed", "a variant dropped"}

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"there are no real scenes at {DATA}")


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plant") / "plant.usda"
    from usdtune.cli.main import main

    assert main(["example", "plant", "-o", str(path), "--meshes", "300", "--seed", "1"]) == 0
    return path


def place_of(scene: str, plant: Path) -> Path:
    return plant if scene == PLANT else DATA / scene


SCENES = [*ROOTS, *(scene for scene in edge_cases() if scene not in DO_NOT_OPEN), PLANT]


@pytest.mark.parametrize("scene", [*SCENES, pytest.param(MONOLITH, marks=pytest.mark.slow)])
def test_no_step_of_a_sound_chain_is_accused(scene: str, plant: Path) -> None:
    for step in proven(session_on(place_of(scene, plant)), CHAIN):
        assert not step.get("broken"), step["told"]["sentence"]


@pytest.mark.parametrize("name", DEFECTS)
@pytest.mark.parametrize("scene", [*ROOTS, PLANT, pytest.param(MONOLITH, marks=pytest.mark.slow)])
def test_a_planted_defect_is_caught(scene: str, name: str, plant: Path, tmp_path: Path) -> None:
    source = place_of(scene, plant)
    laws, find = DEFECTS[name]
    if find(Usd.Stage.Open(str(source))) is None:
        pytest.skip("the scene has nothing of that kind")
    if name not in WRITTEN_ONLY:
        assert_step_is_caught(source, laws, find)
    staged, pathmap = authored(session_on(source), ["computeExtents"], tmp_path / "out")
    spoil(staged, find(Usd.Stage.Open(str(staged))))
    found = accusers(source, staged, pathmap)
    assert found >= laws, found


def assert_step_is_caught(source: Path, laws: set[str], find: Callable[[Usd.Stage], Any]) -> None:
    """Where an operation could do it: the place is written in the root layer alone."""
    defect = find(Usd.Stage.Open(str(source)))
    run_op = with_defect(source, "computeExtents", defect)
    try:
        run_op(session_on(source)._scene, "computeExtents", "{}", False, 0)
        [broken] = proven(session_on(source, run_op=run_op), ["computeExtents"])
    except (Unsayable, AssertionError) as reason:
        assert isinstance(reason, Unsayable) or _declined(str(reason)), reason
        return
    assert broken_laws(broken) >= laws, broken["told"]["sentence"]
    assert differences(broken["proof"]["rendered"]) == whole_difference(source, "computeExtents", defect)


def _declined(reason: str) -> bool:
    """Sentences by which a preview says that an operation may not write there."""
    said = ("not editable", "cannot be edited", "there is no such prim", "already", "is not its own")
    return any(words in reason for words in said)
