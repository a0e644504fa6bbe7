"""The C++ core of usdtune."""

from collections.abc import Mapping, Sequence
import os
from typing import Annotated

import numpy
from numpy.typing import NDArray

version: str = "0.1.0"

class Scene:
    """An immutable columnar snapshot of one target."""

    def dump(self) -> str:
        """
        Every row as canonical text, one line each; equal scenes give equal text.
        """

    @property
    def prim_count(self) -> int: ...
    @property
    def prim_paths(self) -> list[str]:
        """Paths of the stage's prims, those of prototypes left out."""

    @property
    def property_count(self) -> int: ...
    @property
    def meters_per_unit(self) -> float: ...
    @property
    def mesh_count(self) -> int: ...
    @property
    def material_count(self) -> int: ...

class CrateLayer:
    """A crate file whose structure is decoded."""

    @staticmethod
    def open(file: str | os.PathLike[str]) -> CrateLayer | None:
        """None when OpenUSD has to read it."""

class Rows:
    """
    Takes the rows of a stage from the bridge and freezes them into a Scene.
    """

    def __init__(self, share: Scene | None = None) -> None: ...
    def set_stage(
        self,
        identifier: str,
        meters_per_unit: object | None,
        up_axis: object | None,
        default_prim: str,
        start: float,
        end: float,
        time_codes_per_second: float,
        kilograms_per_unit: float,
    ) -> None: ...
    def layer(self, arg0: str, arg1: str, arg2: bool, /) -> int: ...
    def layer_metadatum(self, arg0: int, arg1: str, arg2: str, arg3: object, /) -> None: ...
    def prim(
        self,
        path: object,
        type_name: object,
        specifier: int,
        flags: int,
        layer: int,
        opinions: int,
        prototype: object | None,
    ) -> None: ...
    def add_property(
        self,
        prim_path: object,
        name: object,
        type_name: object,
        flags: int,
        layer: int,
        opinions: int,
        value: object | None,
    ) -> None: ...
    def layer_attribute(
        self, path: object, type_name: object, custom: bool, uniform: bool, layer: int, value: object | None
    ) -> None: ...
    def sample(self, time: float, value: object | None) -> None: ...
    def has_targets(self) -> None: ...
    def target(self, arg: object, /) -> None: ...
    def api_schema(self, arg: object, /) -> None: ...
    def prim_metadatum(self, arg0: str, arg1: str, arg2: object, /) -> None: ...
    def property_metadatum(self, arg0: str, arg1: str, arg2: object, /) -> None: ...
    def arc(
        self,
        prim_path: object | None,
        kind: int,
        asset: str,
        resolved: str,
        target: str,
        layer: int,
        internal: bool,
        broken: bool,
    ) -> None: ...
    def variant_set(self, arg0: object, arg1: str, arg2: str, arg3: Sequence[str], /) -> None: ...
    def prototype(self, arg0: str, arg1: str, arg2: str, /) -> None: ...
    def name_prototype(self, arg0: str, arg1: str, /) -> None: ...
    def latent_target(self, arg: object, /) -> None: ...
    def problem(self, arg0: str, arg1: str, arg2: str, /) -> None: ...
    def read_crate(
        self, crate: CrateLayer, identifier: str, threads: int = 0
    ) -> tuple[list[str], list[tuple[str, str]], list[list[str]]] | None: ...
    def resolve_assets(self, arg0: int, arg1: Sequence[str], /) -> None: ...
    @property
    def refusal(self) -> str: ...
    def composed_pass(self) -> None: ...
    def composed_root(self, arg: object, /) -> None: ...
    def own_layer(self, layer: int, crate: CrateLayer) -> None: ...
    def own_prim(self, layer: int, path: str, loaded: bool) -> list[str] | None: ...
    def own_properties(self, layer: int, path: str, elsewhere: Sequence[str]) -> list[str] | None: ...
    def freeze(self) -> Scene:
        """
        The Scene; RuntimeError tells what is damaged in a layer that `own_layer` named.
        """

class Numbers:
    """The numbers of one value: a read-only buffer that is no copy."""

class Sentences:
    """Walks an EditList."""

    def __iter__(self) -> Sentences: ...
    def __next__(self) -> tuple[int, str, str, str, int, object, list[str], list[tuple[str, object]]]: ...

class EditList:
    """Ordered edits with the path moves they cause."""

    def __init__(self) -> None: ...
    def __len__(self) -> int: ...
    def append(self, later: EditList) -> None:
        """Adds what is said later; `later` stays as it is."""

    def compact(self, scene: Scene) -> EditList:
        """The same result with fewer sentences."""

    @property
    def move_count(self) -> int: ...
    def removals(self, scene: Scene) -> list[str]:
        """Paths of the prims that are removed, in order."""

    def moves(self, scene: Scene) -> list[tuple[str, str | None, str, str, str]]:
        """Path moves as (old, new or None, fate, reason, step)."""

    def path_map(self, source: Scene, steps: Mapping[str, int]) -> tuple[str, dict[str, int]]:
        """
        (the lines of pathmap.jsonl, prims per kind); `steps` numbers the operations of the chain.
        """

    def sentences(self, scene: Scene) -> Sentences:
        """
        One (kind, path, name, type name, flags, value, targets, metadata) per edit; flags are uniform 1, custom 2, connection 4, specifier from bit 3. Numbers cross without a copy, as Numbers; single ones as Python's own.
        """

class EditBuilder:
    """Says edits from Python; texts become tokens of the scene given."""

    def __init__(self, scene: Scene) -> None: ...
    def add(
        self,
        kind: int,
        path: str,
        name: str = "",
        type_name: str = "",
        specifier: int = 0,
        flags: int = 0,
        value: object | None = None,
        targets: Sequence[str] = [],
        metadata: object = (),
    ) -> None: ...
    def move(self, old: str, new: str, fate: int, reason: str, step: str) -> None: ...
    def take(self) -> EditList:
        """The edits said so far."""

def edit_kinds() -> list[str]:
    """Names of the edit kinds; a kind's number is its place."""

def properties_with_asset_metadata(scene: Scene) -> list[str]:
    """Paths of composed properties whose metadata may hold asset paths."""

def asset_holders(scene: Scene) -> tuple[list[str], list[str]] | None:
    """
    (specs that may hold asset paths, prims below which the layer says more than the Scene shows); None when there are several own layers.
    """

def preview(scene: Scene, edits: EditList) -> Scene:
    """
    The Scene that authoring and extracting would give; ValueError with a sentence when it cannot be.
    """

def crate_dump(file: str | os.PathLike) -> str:
    """
    All rows of a crate file as one JSON text; RuntimeError tells why it cannot be read.
    """

def crate_summary(file: str | os.PathLike) -> str:
    """Counts and seconds of reading a crate file, as JSON."""

def content_hash(data: bytes) -> str:
    """
    The hash that canonical texts give for an array, of the bytes of its elements.
    """

class ExamplePlant:
    """
    A made-up plant as rows to be written; PlantColumns tells what they hold.
    """

    @property
    def truth(self) -> str:
        """What was planted, as a JSON document."""

    @property
    def tokens(self) -> list: ...
    @property
    def values(self) -> list: ...
    @property
    def prims(self) -> Annotated[NDArray, dict(writable=False)]: ...
    @property
    def api_schemas(self) -> Annotated[NDArray, dict(writable=False)]: ...
    @property
    def prim_metadata(self) -> Annotated[NDArray, dict(writable=False)]: ...
    @property
    def attributes(self) -> Annotated[NDArray, dict(writable=False)]: ...
    @property
    def connections(self) -> Annotated[NDArray, dict(writable=False)]: ...
    @property
    def relationships(self) -> Annotated[NDArray, dict(writable=False)]: ...
    @property
    def targets(self) -> Annotated[NDArray, dict(writable=False)]: ...
    @property
    def attribute_metadata(self) -> Annotated[NDArray, dict(writable=False)]: ...
    @property
    def samples(self) -> Annotated[NDArray, dict(writable=False)]: ...
    @property
    def sample_times(self) -> Annotated[NDArray, dict(writable=False)]: ...
    @property
    def arcs(self) -> list: ...
    @property
    def selections(self) -> list: ...
    @property
    def variants(self) -> list: ...
    @property
    def time_range(self) -> tuple: ...

def make_example(meshes: int, seed: int, broken: bool = False) -> ExamplePlant:
    """
    A plant of so many meshes; ValueError names what is wrong with the request.
    """

def example_minimum() -> int:
    """Meshes of a plant that shows each feature once."""

class OpOutcome:
    """What one operation did: edits, numbers and what it passed over."""

    @property
    def edits(self) -> EditList: ...
    def declined(self, scene: Scene) -> str:
        """JSON rows {prim, reason}."""

    @property
    def output(self) -> str: ...
    @property
    def counts(self) -> str: ...
    @property
    def surface(self) -> str: ...
    @property
    def identity(self) -> str: ...
    @property
    def tolerance(self) -> float: ...

def run_op(scene: Scene, key: str, arguments: str = "{}", analysis: bool = False, threads: int = 0) -> OpOutcome:
    """
    Runs one operation on a Scene; arguments as JSON. ValueError with one sentence when they are wrong.
    """

def check_arguments(key: str, arguments: str) -> str:
    """The complete arguments as JSON, defaults filled in."""

def op_catalog() -> str:
    """Descriptors of all operations as JSON."""

def rule_catalog() -> str:
    """Descriptors of all rules as JSON."""

def run_rule(
    scene: Scene, name: str, paths: Sequence[str] = [], threads: int = 0, limit: int = 18446744073709551615
) -> str:
    """
    Findings of one rule as JSON. Those beyond `limit` only tell their path and severity.
    """

def in_words(reason: str) -> str:
    """Why something was left as it is, for people; an unknown code as it is."""

def assess(scene: Scene, resolved_bytes: int, threads: int = 0) -> str:
    """Facts of the structure assessment, as JSON."""

def stored_counts(scene: Scene) -> dict[str, int]:
    """
    What a traversal of the stage meets; meshes and materials with those of each prototype, once.
    """

def select_scope(assessment: str) -> str:
    """The scope note that an assessment calls for."""

def plan_chain(assessment: str, validation_report: str, approvals: str = "{}") -> str:
    """The chain that findings call for, with reasons."""

def check_stack(stack: str) -> str:
    """
    Checks a stack against the catalogue; ValueError with one sentence names the first wrong entry.
    """

def posed_points(
    scene: Scene, path: str, time: float | None = None
) -> tuple[
    Annotated[NDArray[numpy.float32], dict(shape=(None, None), writable=False)],
    Annotated[NDArray[numpy.float32], dict(shape=(None, None), writable=False)],
    str,
]:
    """
    Where a skeleton and blend shapes move a mesh at a time: points, normals, and why not. Empty where nothing does.
    """

def world_transform(scene: Scene, path: str, time: float | None = None) -> list[float] | None:
    """
    The transform of a prim into its stage at a time, row by row; None where there is no such prim.
    """

def diff_rendered(
    a: Scene,
    b: Scene,
    moves: Sequence[tuple[str, str | None, str, str, str]] = [],
    tolerance: float = 0.0,
    threads: int = 0,
    roots: Sequence[str] = [],
) -> str:
    """
    What a renderer draws, compared; a JSON report. `tolerance` in stage units, on top of each mesh's ε. `roots` narrows the comparison to what is drawn at or below these paths of `a`.
    """

def diff_authored(
    a: Scene,
    b: Scene,
    moves: Sequence[tuple[str, str | None, str, str, str]] = [],
    tolerance: float = 0.0,
    threads: int = 0,
    roots: Sequence[str] = [],
) -> str:
    """What is written down, compared through the path map; a JSON report."""

def deviation(
    a: Scene,
    b: Scene,
    moves: Sequence[tuple[str, str | None, str, str, str]] = [],
    threads: int = 0,
    roots: Sequence[str] = [],
) -> str:
    """
    How far any surface moved, both ways, in metres; a JSON report, the worst meshes first. `moves` tells what stands for what; without any, what has the same path. `roots` narrows it to what is drawn at or below these paths of `a`.
    """

def prove_step(
    before: Scene,
    after: Scene,
    edits: EditList,
    tolerance: float,
    surface_changes: bool,
    identity: str,
    threads: int = 0,
    pictures: bool = False,
) -> str:
    """
    Both relations between the scenes before and after one step, as far as it can have changed anything; a JSON report. `tolerance` in stage units, `identity` is what the operation promises about paths. With `pictures` what was edited is looked at as well, unless its surface may change.
    """

def variant_groups(scene: Scene) -> str:
    """
    What has to be composed to see every selection of every variant set, as JSON.
    """

class Picture:
    """What was seen through each pixel of one view."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    def png(self, layer: str = "color", transparent: bool = False) -> bytes:
        """A layer as PNG: `color`, `depth` or `normal`."""

    def rgb(self) -> bytes:
        """
        The colours before the background as bytes: 8 bits, sRGB, three to a pixel, rows from the top.
        """

class PictureDifference:
    """Where two pictures of one view are not the same."""

    def to_json(self) -> str: ...
    def marks_png(self, under: Picture) -> bytes:
        """Pixels that show something else, over a dimmed picture."""

    def depth_png(self, under: Picture, full: float) -> bytes:
        """Differences in depth as a heat map; `full` stage units are white."""

class RenderScene:
    """A scene made ready for taking pictures."""

    def __init__(
        self,
        scene: Scene,
        purposes: Sequence[str] = ["proxy"],
        time: float | None = None,
        roots: Sequence[str] = [],
        moves: Sequence[tuple[str, str | None, str, str, str]] = [],
        textures: bool = True,
        threads: int = 0,
    ) -> None:
        """
        `purposes` are drawn beside `default`. `moves` names prims by where they are in another scene.
        """

    def facts(self) -> str:
        """What is drawn, counted, and what could not be, as JSON."""

    def views(self, aspect: float, closeups: Sequence[str] = [], ring: int = 4, cameras: int = 4) -> str:
        """
        Views that show the scene, as JSON: through up to `cameras` of its cameras, else `ring` of them around it, and close-ups of the prims of these names.
        """

    def camera(self, path: str, aspect: float | None = None) -> str:
        """The camera at a path, as JSON."""

    def take(
        self,
        camera: str,
        width: int,
        height: int,
        lights: str = "default",
        smooth: bool = True,
        wireframe: bool = False,
    ) -> Picture:
        """
        Takes a picture. `lights`: `default`, or `stage` for the stage's own where it has any.
        """

    def id_png(self, picture: Picture, materials: bool = False) -> bytes:
        """One colour for each prim (or material), by its name, as PNG."""

def compare_pictures(
    scene_a: RenderScene, a: Picture, scene_b: RenderScene, b: Picture, camera: str
) -> PictureDifference:
    """
    Compares what two pictures through one camera show, by the names of prims and materials.
    """

def surface_drift(scene_a: RenderScene, a: Picture, scene_b: RenderScene, camera: str, names: Sequence[str]) -> bytes:
    """
    Float32 of each pixel: how far the surface that it shows lies from that of the same name in the other scene, in stage units, for prims of these names.
    """

def heat_png(values: bytes, under: Picture, full: float) -> bytes:
    """Float32 values of each pixel as a heat map over a dimmed picture."""
