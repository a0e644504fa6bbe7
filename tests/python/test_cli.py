# SPDX-License-Identifier: Apache-2.0
"""The command line: what is understood, what is refused and with which words."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from usdtune.cli import main as cli
from usdtune.cli.commands import completion
from usdtune.cli.from_descriptor import descriptors
from usdtune.workflow.options import StageView
from usdtune.workflow.stops import BadUsage


def run(*texts: str) -> int:
    return cli.main(list(texts))


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    path = tmp_path / "plant.usda"
    path.write_text('#usda 1.0\n(\n    metersPerUnit = 1\n    upAxis = "Z"\n)\ndef Xform "Plant" {}\n')
    return path


def test_overview_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in cli.commands())
    assert "exit codes" in shown
    assert run() == 2


@pytest.mark.parametrize("name", sorted(set(cli.commands()) - {"op"}))
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(name, "--help") == 0
    assert f"usage: usdtune {name}" in capsys.readouterr().out


def test_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inspct", "a.usd") == 2
    assert "did you mean `inspect`?" in said(capsys)


@pytest.mark.parametrize("name", cli.LATER)
def test_commands_of_later_versions_say_so(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(name, "a.usd") == 2
    assert "not in this version" in said(capsys)


def test_unknown_option_names_the_nearest(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", str(scene), "--aprove", "x=y") == 2
    assert "did you mean --approve?" in said(capsys)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (("run", "--approve", "restructure=optimise-as-is"), "did you mean `optimize-as-is`?"),
        (("run", "--approve", "restructure=extract-as-assets"), "comes with a later version"),
        (("run", "--approve", "publish_regressed=publsh"), "did you mean `publish`?"),
        (("run", "--approve", "destructive:removePrims=aply"), "did you mean `apply`?"),
        (("run", "--approve", "iterate=yes"), "this version never asks that"),
        (("run", "--fail-on", "warnin"), "--fail-on warnin is not one of info, warning, failure, error"),
        (("run", "--threads", "-3"), "a whole number was expected"),
        (("op", "meshCleanup", "--tolerance", "abc"), "--tolerance abc: a number was expected."),
        (("op", "deduplicateGeometry", "--duplicateMethod", "instancable reference"), "`Instanceable Reference`?"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_opened(
    texts: tuple[str, ...], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, *more = texts
    options = [*more, "-o", str(tmp_path / "out")] if command == "run" else more[1:]
    scene = [] if command == "run" else [more[0]]
    assert run(command, *scene, "nowhere.usd", *options) == 2
    message = said(capsys)
    assert words in message
    assert message.count("usdtune") == 1
    assert not (tmp_path / "out").exists()


def test_missing_scene_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inspect", "nowhere.usd") == 4
    message = said(capsys)
    assert "there is no such file" in message
    assert "Traceback" not in message


def test_remote_scene_is_blocked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inspect", "omniverse://server/plant.usd") == 4
    assert "mounted mirror" in said(capsys)


def test_stop_as_json_carries_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inspect", "omniverse://server/plant.usd", "--json") == 4
    document = json.loads(capsys.readouterr().out)
    assert (document["exit_code"], document["code"]) == (4, "blocked_auth")


def test_run_without_a_folder_asks_for_one(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", str(scene)) == 3
    assert "-o OUT" in said(capsys)


def test_run_with_an_unknown_gate_is_refused_before_anything_is_opened(
    scene: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("run", str(scene), "-o", str(tmp_path / "out"), "--approve", "restructur=exit") == 2
    assert "did you mean `restructure`?" in said(capsys)
    assert not (tmp_path / "out").exists()


def test_unknown_operation_names_the_nearest(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("op", "meshCleenup", str(scene)) == 2
    assert "did you mean `meshCleanup`?" in said(capsys)


def test_unknown_argument_names_the_nearest(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("op", "meshCleanup", str(scene), "--tolerence", "0.1") == 2
    assert "did you mean --tolerance?" in said(capsys)


def test_argument_out_of_range_is_refused(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("op", "meshCleanup", str(scene), "--tolerance", "-1") == 2
    assert "tolerance" in said(capsys)


@pytest.mark.parametrize("key", sorted(descriptors()))
def test_help_of_an_operation_has_every_argument(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("op", key, "--help") == 0
    shown = capsys.readouterr().out
    for argument in descriptors()[key]["arguments"]:
        assert argument.get("hidden") or f"--{argument['name']}" in shown


def test_flags_may_be_written_with_dashes(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("op", "meshCleanup", str(scene), "--no-merge-vertices", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["steps"][0]["args"] == {"mergeVertices": False}


def test_stack_is_checked_before_the_scene_is_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack = tmp_path / "stack.json"
    stack.write_text('[{"operation": "pruneLeafs"}]')
    assert run("stack", str(stack), "nowhere.usd") == 2
    assert "pruneLeaves" in said(capsys)


@pytest.mark.parametrize(("text", "words"), [("{", "is not JSON"), ("{}", "no JSON list")])
def test_stack_that_is_no_list_is_refused(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = tmp_path / "stack.json"
    stack.write_text(text)
    assert run("stack", str(stack), "nowhere.usd") == 2
    assert words in said(capsys)


def test_result_never_goes_over_its_source(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("op", "pruneLeaves", str(scene), "-o", str(scene)) == 2
    assert "only ever read" in said(capsys)


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_completion_is_a_script_that_knows_the_operations(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("completion", shell) == 0
    script = capsys.readouterr().out
    assert "meshCleanup" in script
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_catalogue_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ops", "--json") == 0
    assert {entry["key"] for entry in json.loads(capsys.readouterr().out)} == set(descriptors())


def test_variant_text_is_read_or_refused() -> None:
    assert StageView.from_texts(variants=["/A{v}=x", "/A{w}="]).variants == {"/A": {"v": "x", "w": ""}}
    for text in ("/A", "A{v}=x", "/A{v}", "/A{}=x"):
        with pytest.raises(BadUsage, match="expected /Prim"):
            StageView.from_texts(variants=[text])


def test_stack_waits_for_nothing_that_only_run_needs() -> None:
    code = (
        "import sys, usdtune.cli.main, usdtune.cli.commands.stack as s;"
        "print([m for m in ('jsonschema', 'rich', 'jinja2', 'numpy', 'pxr') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    assert done.stdout.strip() == "[]"


def environment() -> dict[str, str]:
    import os

    return dict(os.environ, PYTHONPATH=os.pathsep.join(entry for entry in sys.path if entry))


def test_interrupted_command_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_run", interrupt)
    assert run("ops") == 130
    assert "interrupted" in said(capsys)
