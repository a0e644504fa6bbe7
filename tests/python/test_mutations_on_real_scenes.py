# SPDX-License-Identifier: Apache-2.0
"""Defects planted in scenes that nobody wrote for it: each is caught, and a sound chain is never accused.

A defect looks for the first place that has what it breaks. Where a scene has none it is skipped, saying so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from planting import (
    Unsayable,
    accusers,
    authored,
    broken_laws,
    found_by_proof,
    proven,
    session_on,
    spoil,
    whole_difference,
    with_defect,
)
from pxr import Gf, Sdf, Usd, UsdGeom, UsdShade, UsdSkel
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
Found = Callable[[Usd.Stage], Any] | None
"""The defect at the place that was found for it."""


def seen_meshes(stage: Usd.Stage) -> Iterator[UsdGeom.Mesh]:
    """Meshes that draw something and stand still, outside of instances."""
    for prim in stage.Traverse():
        mesh = UsdGeom.Mesh(prim)
        if not mesh or mesh.ComputeVisibility() == "invisible" or mesh.GetPointsAttr().GetNumTimeSamples():
            continue
        if len(mesh.GetFaceVertexCountsAttr().Get() or []) and diagonal(mesh) > 0:
            yield mesh


def diagonal(mesh: UsdGeom.Mesh) -> float:
    box = mesh.ComputeExtent(mesh.GetPointsAttr().Get() or [])
    return float((box[1] - box[0]).GetLength()) if box else 0.0


def with_ancestors(prim: Usd.Prim) -> Iterator[Usd.Prim]:
    while prim:
        yield prim
        prim = prim.GetParent()


def attributes(stage: Usd.Stage) -> Iterator[Usd.Attribute]:
    for prim in stage.Traverse():
        yield from prim.GetAuthoredAttributes()


def changed(stage: Usd.Stage, path: Sdf.Path, change: Callable[[Any], Any]) -> None:
    attribute = stage.GetAttributeAtPath(path)
    attribute.Set(change(attribute.Get()))


def moved_vertex(stage: Usd.Stage) -> Found:
    """A corner of a face, by 2 mm or by a hundredth of the mesh where that is more."""
    for mesh in seen_meshes(stage):
        world = UsdGeom.XformCache().GetLocalToWorldTransform(mesh.GetPrim())
        if scale := abs(world.GetDeterminant3()) ** (1 / 3):
            step = max(0.002 / UsdGeom.GetStageMetersPerUnit(stage) / scale, diagonal(mesh) / 100)
            index = mesh.GetFaceVertexIndicesAttr().Get()[0]
            return partial(changed, path=mesh.GetPointsAttr().GetPath(), change=partial(_moved, index=index, step=step))
    return None


def _moved(points: Any, index: int, step: float) -> list[Any]:
    values = list(points)
    values[index] += Gf.Vec3f(step, step, step)
    return values


def turned_faces(stage: Usd.Stage) -> Found:
    for mesh in seen_meshes(stage):
        return partial(_turn, path=mesh.GetPath())
    return None


def _turn(stage: Usd.Stage, path: Sdf.Path) -> None:
    mesh = UsdGeom.Mesh(stage.GetPrimAtPath(path))
    was = mesh.GetOrientationAttr().Get()
    mesh.CreateOrientationAttr("leftHanded" if was == "rightHanded" else "rightHanded")


def on_first_mesh(defect: Callable[..., Any]) -> Callable[[Usd.Stage], Found]:
    def find(stage: Usd.Stage) -> Found:
        for mesh in seen_meshes(stage):
            if mesh.ComputePurpose() != "guide":
                return partial(defect, path=mesh.GetPath())
        return None

    return find


def _deactivate(stage: Usd.Stage, path: Sdf.Path) -> None:
    stage.GetPrimAtPath(path).SetActive(False)


def _hide(stage: Usd.Stage, path: Sdf.Path) -> None:
    UsdGeom.Imageable(stage.GetPrimAtPath(path)).MakeInvisible()


def _make_guide(stage: Usd.Stage, path: Sdf.Path) -> None:
    UsdGeom.Imageable(stage.GetPrimAtPath(path)).CreatePurposeAttr("guide")


def moved_prim(stage: Usd.Stage) -> Found:
    """By a millimetre, or a hundredth of the mesh that is moved with it."""
    for mesh in seen_meshes(stage):
        for prim in with_ancestors(mesh.GetPrim()):
            translate = prim.GetAttribute("xformOp:translate")
            if translate and translate.Get() is not None and not translate.GetNumTimeSamples():
                step = max(0.001 / UsdGeom.GetStageMetersPerUnit(stage), diagonal(mesh) / 100)
                return partial(changed, path=translate.GetPath(), change=partial(_along_x, step=step))
    return None


def moved_instance(stage: Usd.Stage) -> Found:
    for prim in stage.Traverse():
        translate = prim.GetAttribute("xformOp:translate") if prim.IsInstance() else None
        if translate and translate.Get() is not None:
            return partial(changed, path=translate.GetPath(), change=partial(_along_x, step=0.01))
    return None


def _along_x(place: Any, step: float) -> Any:
    return place + type(place)(step, 0, 0)


def wrong_normals(stage: Usd.Stage) -> Found:
    for mesh in seen_meshes(stage):
        normals = mesh.GetNormalsAttr()
        if mesh.GetSubdivisionSchemeAttr().Get() != "none" or not normals.Get() or normals.GetNumTimeSamples():
            continue
        if not UsdGeom.PrimvarsAPI(mesh).GetPrimvar("normals").HasValue():
            return partial(changed, path=normals.GetPath(), change=_by_one_degree)
    return None


def _by_one_degree(normals: Any) -> list[Any]:
    turn = Gf.Rotation(Gf.Vec3d(1, 2, 3), 1)
    return [Gf.Vec3f(turn.TransformDir(Gf.Vec3d(normal))) for normal in normals]


def dropped_subset(stage: Usd.Stage) -> Found:
    """One that looks different from the rest of its mesh."""
    for prim in stage.Traverse():
        own = UsdShade.MaterialBindingAPI(prim).GetDirectBinding().GetMaterial() if prim.IsA(UsdGeom.Subset) else None
        if own and own.GetPath() != UsdShade.MaterialBindingAPI(prim.GetParent()).ComputeBoundMaterial()[0].GetPath():
            return partial(_deactivate, path=prim.GetPath())
    return None


def lost_binding(stage: Usd.Stage) -> Found:
    for mesh in seen_meshes(stage):
        for prim in with_ancestors(mesh.GetPrim()):
            direct = UsdShade.MaterialBindingAPI(prim).GetDirectBinding()
            if direct.GetMaterial():
                return partial(_unbind, path=direct.GetBindingRel().GetPath())
    return None


def _unbind(stage: Usd.Stage, path: Sdf.Path) -> None:
    stage.GetRelationshipAtPath(path).SetTargets([])


def other_roughness(stage: Usd.Stage) -> Found:
    """A number that the surface of a mesh reads."""
    for mesh in seen_meshes(stage):
        material = UsdShade.MaterialBindingAPI(mesh).ComputeBoundMaterial()[0]
        shader = material.ComputeSurfaceSource()[0] if material else None
        if not shader or shader.GetPrim().IsInstanceProxy():
            continue
        for entry in shader.GetInputs():
            if entry.GetTypeName() == "float" and entry.Get() is not None and not entry.HasConnectedSource():
                return partial(changed, path=entry.GetAttr().GetPath(), change=lambda value: value * 0.5 + 0.1)
    return None


def other_colours(stage: Usd.Stage) -> Found:
    for mesh in seen_meshes(stage):
        colours = UsdGeom.PrimvarsAPI(mesh).GetPrimvar("displayColor")
        if colours.HasAuthoredValue() and colours.Get() and not colours.GetAttr().GetNumTimeSamples():
            change = lambda values: [Gf.Vec3f(0.123, 0.4, 0.5)] * len(values)  # noqa: E731
            return partial(changed, path=colours.GetAttr().GetPath(), change=change)
    return None


def hidden_instance(stage: Usd.Stage) -> Found:
    for prim in stage.Traverse():
        instancer = UsdGeom.PointInstancer(prim)
        if instancer and not instancer.GetPositionsAttr().GetNumTimeSamples() and instancer.GetInstanceCount() > 1:
            return partial(_hide_one, path=prim.GetPath())
    return None


def _hide_one(stage: Usd.Stage, path: Sdf.Path) -> None:
    instancer = UsdGeom.PointInstancer(stage.GetPrimAtPath(path))
    ids = list(instancer.GetIdsAttr().Get() or range(instancer.GetInstanceCount()))
    instancer.CreateInvisibleIdsAttr([*(instancer.GetInvisibleIdsAttr().Get() or []), ids[0]])


def other_weights(stage: Usd.Stage) -> Found:
    for prim in stage.Traverse():
        weights = UsdSkel.BindingAPI(prim).GetJointWeightsAttr()
        if weights and weights.Get():
            return partial(changed, path=weights.GetPath(), change=lambda values: [weight * 0.5 for weight in values])
    return None


def dropped_sample(stage: Usd.Stage) -> Found:
    for attribute in attributes(stage):
        drawn = attribute.GetName().startswith("xformOp") or attribute.GetPrim().IsA(UsdGeom.PointBased)
        if attribute.GetNumTimeSamples() > 1 and drawn:
            return partial(_drop_last_sample, path=attribute.GetPath())
    return None


def _drop_last_sample(stage: Usd.Stage, path: Sdf.Path) -> None:
    attribute = stage.GetAttributeAtPath(path)
    samples = [(time, attribute.Get(time)) for time in attribute.GetTimeSamples()][:-1]
    attribute.Clear()
    for time, value in samples:
        attribute.Set(value, time)


def other_note(stage: Usd.Stage) -> Found:
    for attribute in attributes(stage):
        if attribute.IsCustom() and attribute.GetTypeName() == "string" and attribute.Get():
            return partial(changed, path=attribute.GetPath(), change=lambda _: "planted")
    return None


def other_kind(stage: Usd.Stage) -> Found:
    for prim in stage.Traverse():
        if prim.HasAuthoredMetadata("kind"):
            return partial(_set_kind, path=prim.GetPath())
    return None


def _set_kind(stage: Usd.Stage, path: Sdf.Path) -> None:
    stage.GetPrimAtPath(path).SetMetadata("kind", "planted")


def other_light(stage: Usd.Stage) -> Found:
    for attribute in attributes(stage):
        if attribute.GetName() == "inputs:intensity" and not attribute.GetNumTimeSamples():
            return partial(changed, path=attribute.GetPath(), change=lambda _: 123.0)
    return None


def other_units(stage: Usd.Stage) -> Found:
    units = UsdGeom.GetStageMetersPerUnit(stage) * 2
    return lambda other: other.GetPseudoRoot().SetMetadata("metersPerUnit", units)


def dropped_variant(stage: Usd.Stage) -> Found:
    """One that is not selected."""
    for prim in stage.Traverse():
        spec = stage.GetRootLayer().GetPrimAtPath(prim.GetPath())
        for name in prim.GetVariantSets().GetNames() if spec else []:
            selected = prim.GetVariantSet(name).GetVariantSelection()
            variants = spec.variantSets[name].variants if name in spec.variantSets else []
            for variant in variants:
                if variant.name != selected:
                    return partial(_drop_variant, path=prim.GetPath(), name=name, variant=variant.name)
    return None


def _drop_variant(stage: Usd.Stage, path: Sdf.Path, name: str, variant: str) -> None:
    variants = stage.GetRootLayer().GetPrimAtPath(path).variantSets[name]
    variants.RemoveVariant(variants.variants[variant])


DEFECTS: dict[str, tuple[set[str], Callable[[Usd.Stage], Found]]] = {
    "a vertex moved": ({"surface"}, moved_vertex),
    "orientation flipped": ({"surface"}, turned_faces),
    "a mesh dropped": ({"surface"}, on_first_mesh(_deactivate)),
    "a mesh hidden": ({"surface"}, on_first_mesh(_hide)),
    "a mesh made a guide": ({"surface"}, on_first_mesh(_make_guide)),
    "a prim moved": ({"surface"}, moved_prim),
    "normals off by 1°": ({"normals"}, wrong_normals),
    "a subset dropped": ({"bindings"}, dropped_subset),
    "a binding lost": ({"bindings"}, lost_binding),
    "a material changed": ({"bindings"}, other_roughness),
    "a colour changed": ({"primvars"}, other_colours),
    "an instance of an instancer hidden": ({"surface"}, hidden_instance),
    "an instance moved": ({"surface"}, moved_instance),
    "a skinning weight changed": ({"primvars"}, other_weights),
    "a sample dropped": ({"time_samples"}, dropped_sample),
    "a custom attribute changed": ({"metadata"}, other_note),
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


SLOW = ("bim/schependomlaan_composed/root.usda", "dcc/Teapot/DrawModes.usd", MONOLITH)
SPOILED = [*(scene for scene in ROOTS if scene not in SLOW), PLANT]
SCENES = [*ROOTS, *(scene for scene in edge_cases() if scene not in DO_NOT_OPEN), PLANT]


@pytest.mark.parametrize("scene", [*SCENES, pytest.param(MONOLITH, marks=pytest.mark.slow)])
def test_no_step_of_a_sound_chain_is_accused(scene: str, plant: Path) -> None:
    for step in proven(session_on(place_of(scene, plant)), CHAIN):
        assert not step.get("broken"), step["told"]["sentence"]


@pytest.mark.parametrize("name", DEFECTS)
@pytest.mark.parametrize("scene", [*SPOILED, *(pytest.param(scene, marks=pytest.mark.slow) for scene in SLOW)])
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
    # What a variant that is gone did not draw differently is missed by the witness alone.
    assert found >= laws or (name == "a variant dropped" and "second_witness" in found), found


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
    assert found_by_proof(broken) == whole_difference(source, "computeExtents", defect)


def _declined(reason: str) -> bool:
    """Sentences by which a preview says that an operation may not write there."""
    said = ("not editable", "cannot be edited", "there is no such prim", "already", "is not its own")
    return any(words in reason for words in said)
