# SPDX-License-Identifier: Apache-2.0
"""Every law is tried: a defect is planted, the law that is there for it has to say so, and the rest goes on.

Each defect is planted twice where it can be: as what a broken operation does, and in what was written of a sound chain.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mutation_scene import make_scene
from planting import (
    KIND,
    Unsayable,
    WorkerHere,
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
from pxr import Gf, Sdf, Usd, UsdGeom, UsdShade, Vt
from usdtune import _core
from usdtune._core import EditBuilder, edit_kinds
from usdtune.report import documents
from usdtune.workflow import flow
from usdtune.workflow.diff import delivered_pathmap
from usdtune.workflow.options import StageView
from usdtune.workflow.stack import apply_stack
from usdtune.workflow.start import Request, opened
from usdtune.workflow.step_proof import proof_of, steps_block
from usdtune.workflow.stops import Refused
from usdtune.workflow.verify import Promise

BROKEN = "computeExtents"
"""The operation that is broken; it also has something of its own to do in the scene."""
CLEAN = "meshCleanup"


@dataclass(frozen=True)
class Planted:
    """A defect, and who has to accuse it: of the step, and of what was written."""

    law: str
    defect: Callable[[Usd.Stage], Any]
    written: str = ""
    """Who accuses what was written, where that is another one."""
    by: str = BROKEN
    """The operation that does it."""
    rows: tuple[tuple[str, str, str], ...] = ()
    """What it says in the path map besides."""
    only_written: bool = False
    """No operation can do it."""
    only_step: bool = False
    """It is about what an operation promises, and means nothing for what was written."""


def nothing(stage: Usd.Stage) -> None: ...


def attribute(path: str, value: Any) -> Callable[[Usd.Stage], Any]:
    return lambda stage: stage.GetAttributeAtPath(path).Set(value)


def item(path: str, index: int, value: Any) -> Callable[[Usd.Stage], Any]:
    """One entry of an array."""

    def change(stage: Usd.Stage) -> None:
        values = list(stage.GetAttributeAtPath(path).Get())
        values[index] = value
        stage.GetAttributeAtPath(path).Set(values)

    return change


def without(path: str) -> Callable[[Usd.Stage], Any]:
    """A property, or a prim, that is gone."""
    if "." not in path:
        return lambda stage: stage.RemovePrim(path)
    return lambda stage: stage.GetPrimAtPath(path.partition(".")[0]).RemoveProperty(path.partition(".")[2])


def targets(path: str, *paths: str) -> Callable[[Usd.Stage], Any]:
    return lambda stage: stage.GetRelationshipAtPath(path).SetTargets([Sdf.Path(text) for text in paths])


def metadata(path: str, key: str, value: Any) -> Callable[[Usd.Stage], Any]:
    return lambda stage: stage.GetPrimAtPath(path).SetMetadata(key, value)


def cleared(path: str, key: str) -> Callable[[Usd.Stage], Any]:
    return lambda stage: stage.GetPrimAtPath(path).ClearMetadata(key)


def unbound_in_variant(stage: Usd.Stage) -> None:
    spec = stage.GetRootLayer().GetPrimAtPath("/World/Door{finish=painted}Leaf")
    spec.RemoveProperty(spec.relationships["material:binding"])


def variant_gone(stage: Usd.Stage) -> None:
    sets = stage.GetRootLayer().GetPrimAtPath("/World/Door").variantSets
    sets["finish"].RemoveVariant(sets["finish"].variants["painted"])


def textures_swapped(stage: Usd.Stage) -> None:
    wood, stone = (stage.GetAttributeAtPath(f"/World/Looks/{name}/Image.inputs:file") for name in ("Wood", "Stone"))
    values = wood.Get().path, stone.Get().path
    wood.Set(Sdf.AssetPath(values[1], stone.Get().resolvedPath))
    stone.Set(Sdf.AssetPath(values[0], ""))


def one_instance_with_another_screw(stage: Usd.Stage) -> None:
    """The prototype of one instance is a copy that differs by 2 mm."""
    Sdf.CopySpec(stage.GetRootLayer(), "/Protos/Screw", stage.GetRootLayer(), "/Protos/Other")
    item("/Protos/Other/Body.points", 1, Gf.Vec3f(1.002, 0, 0))(stage)
    stage.GetPrimAtPath("/World/Screw_2").GetReferences().SetReferences([Sdf.Reference("", "/Protos/Other")])


def instance_index_dropped(stage: Usd.Stage) -> None:
    for name in ("protoIndices", "positions", "ids"):
        whole = stage.GetAttributeAtPath(f"/World/Field.{name}")
        whole.Set(type(whole.Get())(list(whole.Get())[:2]))


def sample_dropped(path: str, time: float) -> Callable[[Usd.Stage], Any]:
    return lambda stage: stage.GetAttributeAtPath(path).ClearAtTime(time)


def wrong_normals(stage: Usd.Stage) -> None:
    """By one degree."""
    item("/World/Plate.normals", 0, Gf.Vec3f(0.017452, 0, 0.999848))(stage)


def rebound(path: str, material: str) -> Callable[[Usd.Stage], Any]:
    return targets(f"{path}.material:binding", material)


def layer_fact(key: str, value: Any) -> Callable[[Usd.Stage], Any]:
    return lambda stage: stage.GetPseudoRoot().SetMetadata(key, value)


PLANTED: dict[str, Planted] = {
    # What a mesh is
    "a vertex moved by 2 mm": Planted("surface", item("/World/Plate.points", 2, Gf.Vec3f(2.002, 0, 0))),
    "a vertex of a prototype moved by 2 mm": Planted(
        "surface", item("/Protos/Screw/Body.points", 1, Gf.Vec3f(1.002, 0, 0))
    ),
    "a vertex of one instance's prototype moved by 2 mm": Planted(
        "surface", one_instance_with_another_screw, only_written=True
    ),
    "a vertex of an instancer's prototype moved by 2 mm": Planted(
        "surface", item("/World/Field/Kinds/Bar.points", 1, Gf.Vec3f(2.002, 0, 0))
    ),
    "a winding flipped": Planted("surface", attribute("/World/Group/Pin.faceVertexIndices", [0, 2, 1])),
    "orientation flipped": Planted(
        "surface",
        lambda stage: UsdGeom.Mesh(stage.GetPrimAtPath("/World/Group/Pin")).CreateOrientationAttr("leftHanded"),
    ),
    "a face dropped": Planted(
        "surface",
        lambda stage: (
            attribute("/World/Smooth.faceVertexCounts", [4, 4, 4, 4, 4])(stage),
            attribute("/World/Smooth.faceVertexIndices", [0, 1, 3, 2, 4, 6, 7, 5, 0, 4, 5, 1, 2, 3, 7, 6, 0, 2, 6, 4])(
                stage
            ),
        ),
    ),
    "doubleSided lost": Planted("surface", attribute("/World/Plate.doubleSided", False)),
    "a subset dropped": Planted("bindings", without("/World/Plate/Left"), written="identity"),
    "a face left out of a subset": Planted("bindings", attribute("/World/Plate/Left.indices", Vt.IntArray())),
    "a subset with other faces": Planted("bindings", attribute("/World/Plate/Left.indices", [1])),
    "normals dropped": Planted("normals", without("/World/Plate.normals")),
    "normals off by 1°": Planted("normals", wrong_normals),
    "the scheme of a cage changed": Planted("surface", attribute("/World/Smooth.subdivisionScheme", "loop")),
    "a crease changed": Planted("surface", attribute("/World/Smooth.creaseSharpnesses", [1.0])),
    "a corner dropped": Planted("surface", attribute("/World/Smooth.cornerIndices", Vt.IntArray())),
    "a hole dropped": Planted("surface", attribute("/World/Smooth.holeIndices", Vt.IntArray())),
    "an extent too small": Planted("bounds", attribute("/World/Plate.extent", [(0, 0, 0), (1, 1, 0)])),
    # Primvars
    "an index of a primvar changed": Planted("primvars", item("/World/Plate.primvars:st:indices", 0, 1)),
    "UVs of a seam swapped": Planted(
        "primvars",
        lambda stage: (
            item("/World/Plate.primvars:st", 4, Gf.Vec2f(0.5, 1))(stage),
            item("/World/Plate.primvars:st", 5, Gf.Vec2f(0.5, 0))(stage),
        ),
    ),
    "a colour changed": Planted("primvars", item("/World/Plate.primvars:displayColor", 1, Gf.Vec3f(0, 0.9, 0))),
    "an interpolation changed": Planted(
        "primvars",
        lambda stage: UsdGeom.Primvar(stage.GetAttributeAtPath("/World/Plate.primvars:displayColor")).SetInterpolation(
            "constant"
        ),
    ),
    "an inherited colour changed": Planted(
        "primvars", item("/World/Group.primvars:displayColor", 0, Gf.Vec3f(0.3, 0.2, 0.2))
    ),
    "a primvar dropped": Planted("primvars", without("/World/Plate.primvars:displayColor")),
    # Where and whether it is drawn
    "a transform changed by 1 mm": Planted("surface", attribute("/World/Group.xformOp:translate", (0, 10.001, 0))),
    "the transform of one instance changed by 1 mm": Planted(
        "surface", attribute("/World/Screw_2.xformOp:translate", (3.001, 20, 0))
    ),
    "an op left out of the order": Planted("surface", attribute("/World/Group.xformOpOrder", Vt.TokenArray())),
    "visibility toggled": Planted(
        "surface", lambda stage: UsdGeom.Imageable(stage.GetPrimAtPath("/World/Group")).MakeInvisible()
    ),
    "purpose changed": Planted(
        "surface", lambda stage: UsdGeom.Imageable(stage.GetPrimAtPath("/World/Group/Pin")).CreatePurposeAttr("guide")
    ),
    "a mesh dropped": Planted("surface", without("/World/Tile")),
    "a mesh dropped with a row": Planted(
        "surface", without("/World/Tile"), by="pruneLeaves", rows=(("/World/Tile", "", "removed"),), only_step=True
    ),
    "a mesh deactivated": Planted("surface", lambda stage: stage.GetPrimAtPath("/World/Tile").SetActive(False)),
    "a mesh doubled": Planted(
        "surface",
        lambda stage: Sdf.CopySpec(stage.GetRootLayer(), "/World/Boxless", stage.GetRootLayer(), "/World/Boxless2"),
        written="surface",
    ),
    "an instance forgotten": Planted("surface", without("/World/Screw_2"), only_written=True),
    "an index of an instancer dropped": Planted("surface", instance_index_dropped),
    "an instance of an instancer moved": Planted("surface", item("/World/Field.positions", 1, Gf.Vec3f(3.001, 30, 0))),
    "another prototype for an instance": Planted("surface", attribute("/World/Field.protoIndices", [0, 0, 0])),
    "an instance of an instancer hidden": Planted(
        "surface",
        lambda stage: UsdGeom.PointInstancer(stage.GetPrimAtPath("/World/Field")).CreateInvisibleIdsAttr([12]),
    ),
    "a curve moved": Planted("metadata", item("/World/Cable.points", 1, Gf.Vec3f(1, 50.002, 0))),
    "a curve thinner": Planted("metadata", attribute("/World/Cable.widths", [0.09])),
    "a light dimmed": Planted("metadata", attribute("/World/Lamp.inputs:intensity", 499.0)),
    "another lens": Planted("metadata", attribute("/World/Eye.focalLength", 36.0)),
    # What it looks like
    "a binding lost": Planted("bindings", targets("/World/Tile.material:binding")),
    "a binding lost with its property": Planted("bindings", without("/World/Tile.material:binding")),
    "bound to a material that hardly differs": Planted("bindings", rebound("/World/Tile", "/World/Looks/RedToo")),
    "a binding by a stronger ancestor": Planted(
        "bindings",
        lambda stage: UsdShade.MaterialBindingAPI.Apply(stage.GetPrimAtPath("/World/Group")).Bind(
            UsdShade.Material(stage.GetPrimAtPath("/World/Looks/Red"))
        ),
    ),
    "a colour of a material changed": Planted(
        "bindings", attribute("/World/Looks/Red/S.inputs:diffuseColor", (0.99, 0, 0))
    ),
    "two textures swapped": Planted("bindings", textures_swapped),
    "a wrap mode changed": Planted("bindings", attribute("/World/Looks/Wood/Image.inputs:wrapS", "clamp")),
    "a colour space changed": Planted("bindings", attribute("/World/Looks/Wood/Image.inputs:sourceColorSpace", "raw")),
    "a reader of another primvar": Planted("bindings", attribute("/World/Looks/Wood/Reader.inputs:varname", "st1")),
    "a connection dropped": Planted(
        "bindings", lambda stage: stage.GetAttributeAtPath("/World/Looks/Wood/S.inputs:diffuseColor").ClearConnections()
    ),
    "an asset path re-anchored wrongly": Planted(
        "resolved_assets", attribute("/World/Looks/Wood/Image.inputs:file", Sdf.AssetPath("./wood.png"))
    ),
    # Time
    "a time sample dropped": Planted("time_samples", sample_dropped("/World/Moving.points", 5), only_written=True),
    "a sample of a transform dropped": Planted(
        "time_samples", sample_dropped("/World/Moving.xformOp:translate", 10), only_written=True
    ),
    # Skinning
    "a skinning weight changed": Planted("primvars", item("/World/Robot/Skin.primvars:skel:jointWeights", 1, 0.9)),
    "another joint": Planted("primvars", item("/World/Robot/Skin.primvars:skel:jointIndices", 1, 0)),
    "a bone moved": Planted(
        "metadata", lambda stage: item("/World/Robot/Bones.restTransforms", 1, Gf.Matrix4d(1))(stage)
    ),
    "a blend shape changed": Planted("metadata", attribute("/World/Robot/Skin/Bend.offsets", [(0, 0, 0.4)])),
    "a weight of a blend shape changed": Planted("metadata", attribute("/World/Robot/Wave.blendShapeWeights", [0.4])),
    "a blend shape dropped": Planted("surface", without("/World/Robot/Skin/Bend")),
    "the skeleton lost": Planted("dangling_targets", targets("/World/Robot/Skin.skel:skeleton")),
    # What others need
    "a prim that a relationship needs": Planted("dangling_targets", without("/World/Group/Pin")),
    "a material that only a variant needs": Planted(
        "dangling_targets",
        without("/World/Looks/Paint"),
        by="pruneLeaves",
        rows=(("/World/Looks/Paint", "", "removed"), ("/World/Looks/Paint/S", "", "removed")),
    ),
    "a prim that an inactive one needs": Planted(
        "dangling_targets", without("/World/Kept"), by="pruneLeaves", rows=(("/World/Kept", "", "removed"),)
    ),
    "a relationship that points elsewhere": Planted(
        "dangling_targets", targets("/World/Plate.friend", "/World/Boxless")
    ),
    "a member of a collection dropped": Planted(
        "dangling_targets", targets("/World.collection:parts:includes", "/World/Plate")
    ),
    # Variants
    "a binding lost under a variant": Planted("variants", unbound_in_variant, only_written=True),
    "a variant dropped": Planted("variants", variant_gone, only_written=True),
    "another selection": Planted(
        "variants",
        lambda stage: stage.GetPrimAtPath("/World/Door").GetVariantSet("finish").SetVariantSelection("painted"),
        only_written=True,
    ),
    # What is written down
    "a custom attribute changed": Planted("metadata", attribute("/World/Plate.note", "lose")),
    "a custom attribute dropped": Planted("metadata", without("/World/Plate.note")),
    "kind changed": Planted("metadata", metadata("/World", "kind", "group")),
    "kind dropped": Planted("metadata", cleared("/World", "kind")),
    "a doc dropped": Planted("metadata", cleared("/World/Plate", "documentation")),
    "assetInfo changed": Planted("metadata", metadata("/World/Plate", "assetInfo", {"identifier": "plate-2"})),
    "assetInfo dropped": Planted("metadata", cleared("/World/Plate", "assetInfo")),
    "customData changed": Planted("metadata", metadata("/World/Plate", "customData", {"price": 12.0})),
    "customData dropped": Planted("metadata", cleared("/World/Plate", "customData")),
    "an applied schema dropped": Planted(
        "metadata", lambda stage: stage.GetPrimAtPath("/World/Robot/Skin").RemoveAPI("SkelBindingAPI")
    ),
    "an inherit dropped": Planted(
        "resolved_assets",
        lambda stage: stage.GetPrimAtPath("/World/Group/Norm").GetInherits().ClearInherits(),
        only_written=True,
    ),
    "metersPerUnit changed": Planted("stage_metadata", layer_fact("metersPerUnit", 0.01), only_written=True),
    "upAxis changed": Planted("stage_metadata", layer_fact("upAxis", "Y"), only_written=True),
    "defaultPrim dropped": Planted("stage_metadata", lambda stage: stage.ClearDefaultPrim(), only_written=True),
    "layer data changed": Planted("metadata", layer_fact("customLayerData", {"project": "8"}), only_written=True),
    "an end time changed": Planted("stage_metadata", layer_fact("endTimeCode", 9.0), only_written=True),
    # What it says about itself
    "a row that lies about a move": Planted(
        "surface",
        nothing,
        rows=(("/World/Tile", "/World/Plate", "moved"),),
        by="deduplicateGeometry",
        only_step=True,
    ),
    "a row that lies about a removal": Planted(
        "identity", nothing, rows=(("/World/Kept", "", "removed"),), by="pruneLeaves", only_step=True
    ),
    "a removal that is not promised": Planted(
        "identity", without("/World/Kept"), rows=(("/World/Kept", "", "removed"),), only_step=True
    ),
    "a removal without a row": Planted("identity", without("/World/Kept")),
}

CHAIN = (BROKEN, CLEAN)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_scene(tmp_path_factory.mktemp("mutations") / "scene")


@pytest.mark.parametrize("name", [name for name, planted in PLANTED.items() if not planted.only_written])
def test_a_broken_step_is_caught_and_left_out_and_the_rest_goes_on(name: str, scene: Path) -> None:
    planted = PLANTED[name]
    session = session_on(scene, run_op=with_defect(scene, planted.by, planted.defect, planted.rows))
    broken, clean = proven(session, [planted.by, CLEAN])
    assert broken["broken"], name
    assert planted.law in broken_laws(broken), broken["told"]["sentence"]
    assert not clean["broken"] and clean["edit_count"]
    assert len(session._edits) == clean["edit_count"]


@pytest.mark.parametrize("name", [name for name, planted in PLANTED.items() if not planted.only_written])
def test_comparing_what_was_edited_finds_what_comparing_everything_finds(name: str, scene: Path) -> None:
    planted = PLANTED[name]
    session = session_on(scene, run_op=with_defect(scene, planted.by, planted.defect, planted.rows))
    [step] = proven(session, [planted.by])
    assert found_by_proof(step) == whole_difference(scene, planted.by, planted.defect, planted.rows)


@pytest.mark.parametrize("name", [name for name, planted in PLANTED.items() if planted.only_written])
def test_what_no_operation_can_say_is_only_tried_in_what_was_written(name: str, scene: Path) -> None:
    session = session_on(scene, run_op=with_defect(scene, BROKEN, PLANTED[name].defect))
    with pytest.raises((Unsayable, ValueError, AssertionError)):
        proven(session, [BROKEN])


@pytest.mark.parametrize("name", [name for name, planted in PLANTED.items() if not planted.only_step])
def test_a_defect_in_what_was_written_is_refused(name: str, scene: Path, tmp_path: Path) -> None:
    planted = PLANTED[name]
    staged, pathmap = authored(session_on(scene), list(CHAIN), tmp_path / "out")
    spoil(staged, planted.defect)
    found = accusers(scene, staged, pathmap)
    assert found >= {planted.written or planted.law}
    within = Promise("bounded", "moved", 1e-4)
    assert accusers(scene, staged, pathmap, within) == found, "a tolerance hides nothing that is larger"


def test_a_sound_chain_is_not_accused(scene: Path, tmp_path: Path) -> None:
    chain = [
        "computeExtents",
        "meshCleanup",
        "deduplicateGeometry",
        "optimizePrimvars",
        "optimizeMaterials",
        "pruneLeaves",
    ]
    assert not any(step.get("broken") for step in proven(session_on(scene), chain))
    staged, pathmap = authored(session_on(scene), chain, tmp_path / "out")
    assert accusers(scene, staged, pathmap) == set()


# --- Instances that an operation makes ----------------------------------------------------------------------------


def instance_of(outcome: Any, scene: Any) -> tuple[str, str]:
    """(path, source) of an instance that was made, the last in the list."""
    kinds = edit_kinds()
    made = [sentence for sentence in outcome.edits.sentences(scene) if kinds[sentence[0]] == "addReference"]
    return made[-1][1], made[-1][6][0]


def forget(builder: EditBuilder, instance: str, source: str) -> None:
    builder.add(KIND["removePrim"], instance)


def push(builder: EditBuilder, instance: str, source: str) -> None:
    """By a millimetre."""
    builder.add(KIND["setAttribute"], instance, "xformOp:translate", "double3", value=Gf.Vec3d(0.001, 0, 0))
    builder.add(KIND["setAttribute"], instance, "xformOpOrder", "token[]", value=["xformOp:translate"], flags=1)


def hide(builder: EditBuilder, instance: str, source: str) -> None:
    builder.add(KIND["setAttribute"], instance, "visibility", "token", value="invisible")


@pytest.mark.parametrize("defect", [forget, push, hide])
def test_an_instance_that_is_made_wrongly_is_caught(defect: Any, scene: Path) -> None:
    def run_op(before: Any, key: str, *arguments: Any) -> Any:
        outcome = _core.run_op(before, key, *arguments)
        if key == "deduplicateGeometry":
            builder = EditBuilder(before)
            defect(builder, *instance_of(outcome, before))
            outcome.edits.append(builder.take())
        return outcome

    broken, clean = proven(session_on(scene, run_op=run_op), ["deduplicateGeometry", CLEAN])
    assert "surface" in broken_laws(broken), broken["told"]["sentence"]
    assert clean["edit_count"] and not clean["broken"]


# --- A whole run --------------------------------------------------------------------------------------------------


def run(scene: Path, out: Path, run_op: Any = _core.run_op, spoils: dict[str, Any] | None = None) -> tuple[Any, Any]:
    """The summary and the verification report of a run in this process."""
    approvals = {"restructure": "optimize-as-is"}
    request = Request(scene, out, approvals=approvals, new_worker=lambda *_: WorkerHere(run_op, spoils))
    with opened(request) as current:
        flow.run_all(current)
    summary = documents.load(next(out.glob("*.summary.json")), "op_summary")
    return summary, documents.load(out / documents.FILE_NAMES["verification_report"][0], "verification_report")


def statuses(summary: Any) -> dict[str, str]:
    return {row["operation"]: row["status"] for row in steps_block(summary["operations"])}


def test_a_run_delivers_without_the_step_that_is_broken(scene: Path, tmp_path: Path) -> None:
    defect = PLANTED["a vertex moved by 2 mm"].defect
    sound, _ = run(scene, tmp_path / "sound")
    assert statuses(sound)["meshCleanup"] == "kept"
    summary, report = run(scene, tmp_path / "out", with_defect(scene, "meshCleanup", defect))
    assert statuses(summary) == {**statuses(sound), "meshCleanup": "rolled_back"}
    assert report["accepted"]
    assert [row["operation"] for row in report["rolled_back"]] == ["meshCleanup"]
    assert "/World/Plate" in report["rolled_back"][0]["reason"]
    [row] = [row for row in steps_block(summary["operations"]) if row["status"] == "rolled_back"]
    assert [law["law"] for law in row["laws"] if law["status"] == "broken"] == ["surface", "bounds", "pictures"]
    assert row["max_deviation_m"] == pytest.approx(0.002, rel=1e-3)
    assert row["promised"] == {"surface": "exact", "identity": "kept", "tolerance_m": 0.0}
    assert accusers(scene, Path(summary["output_path"]), tmp_path / "out" / "pathmap.jsonl") == set()


def test_a_run_finds_the_step_that_only_what_was_written_accuses(scene: Path, tmp_path: Path) -> None:
    summary, report = run(scene, tmp_path / "out", spoils={"meshCleanup": PLANTED["a light dimmed"].defect})
    assert report["accepted"]
    assert [row["operation"] for row in report["rolled_back"]] == ["meshCleanup"]
    assert "/World/Lamp" in report["rolled_back"][0]["reason"]
    assert "kept" in statuses(summary).values()


# --- Loss within a tolerance --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("moved", "kept"), [(0.0005, True), (0.002, False)])
def test_a_lossy_step_may_move_the_surface_as_far_as_it_says(
    scene: Path, tmp_path: Path, moved: float, kept: bool
) -> None:
    defect = item("/World/Plate.points", 2, Gf.Vec3f(2 + moved, 0, 0))
    session = session_on(scene, run_op=with_defect(scene, CLEAN, defect))
    done = session.operate([{"operation": CLEAN, "tolerance": 0.001}], 0, prove=True)
    [step] = done["steps"]
    told = proof_of(step)
    assert step["surface"] == "bounded"
    assert told["tolerance_m"] == pytest.approx(0.001)
    assert step["broken"] is not kept
    if not kept:
        assert told["max_deviation_m"] == pytest.approx(moved, rel=1e-3)
        assert "surface" in told["sentence"]


# --- Rows that lie ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("/World/Tile", {"new": "/World/Plate", "kind": "moved"}),
        ("/World/Kept", {"new": None, "kind": "removed"}),
        ("/World/Looks/Red", {"new": "/World/Looks/RedToo", "kind": "merged"}),
    ],
)
def test_a_path_map_that_lies_is_refused(path: str, row: Any, scene: Path, tmp_path: Path) -> None:
    staged, pathmap = authored(session_on(scene), list(CHAIN), tmp_path / "out")
    rows = [json.loads(line) for line in pathmap.read_text().splitlines()]
    [lies] = [entry for entry in rows if entry["old"] == path]
    lies.update(row, reason="planted", step=1)
    pathmap.write_text("".join(json.dumps(entry) + "\n" for entry in rows))
    assert accusers(scene, staged, pathmap)


# --- A stack ------------------------------------------------------------------------------------------------------


def apply(scene: Path, out: Path, worker: WorkerHere, others: Any = WorkerHere) -> Any:
    chain = [{"operation": key} for key in CHAIN]
    return apply_stack(
        worker, scene, chain, out, view=StageView(), threads=0, prove=True, new_worker=lambda _: others()
    )


def test_a_stack_with_a_broken_step_is_refused_before_anything_is_written(scene: Path, tmp_path: Path) -> None:
    defect = PLANTED["a vertex moved by 2 mm"].defect
    with pytest.raises(Refused, match=r"meshCleanup breaks surface.*/World/Plate.*s\.usdc was not written\."):
        apply(scene, tmp_path / "s.usdc", WorkerHere(with_defect(scene, CLEAN, defect)))
    assert list(tmp_path.iterdir()) == []


def test_a_stack_whose_result_is_not_what_its_steps_said_is_refused(scene: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="/World/Lamp"):
        apply(scene, tmp_path / "s.usdc", WorkerHere(spoils={CLEAN: PLANTED["a light dimmed"].defect}))
    assert list(tmp_path.iterdir()) == []


def test_a_stack_of_whose_result_openusd_reports_something_new_is_refused(scene: Path, tmp_path: Path) -> None:
    class Complaining(WorkerHere):
        def call(self, job: str, **arguments: Any) -> Any:
            answer = super().call(job, **arguments)
            if job == "ask_others":
                answer["validation"]["new"] = [{"validator": "usdGeom:Bad", "path": "/World/Tile", "message": "bad"}]
            return answer

    with pytest.raises(Refused, match=r"usdGeom:Bad reports what it did not report about the source: /World/Tile: bad"):
        apply(scene, tmp_path / "s.usdc", WorkerHere(), Complaining)
    answer = apply(scene, tmp_path / "s.usdc", WorkerHere())
    assert answer["verified"]
    assert [step["proof"]["edited_prim_count"] for step in answer["steps"]] == [1, 1]


def test_a_path_map_that_was_changed_after_delivery_is_not_gone_by(scene: Path, tmp_path: Path) -> None:
    out = tmp_path / "s.usdc"
    pathmap = Path(apply(scene, out, WorkerHere())["pathmap"])
    assert delivered_pathmap(scene, out) == pathmap
    pathmap.write_text(pathmap.read_text() + "\n")
    assert delivered_pathmap(scene, out) is None
