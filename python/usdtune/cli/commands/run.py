# SPDX-License-Identifier: Apache-2.0
"""`usdtune run SCENE -o OUT`: the whole flow."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from usdtune.cli.arguments import EXIT_CODES, Parser, add_gates, add_machine, add_scene, add_view, epilog
from usdtune.cli.flow_request import keeps_nothing, request_of
from usdtune.cli.show import show_result
from usdtune.cli.terminal import shown_progress
from usdtune.workflow.stops import FindingsAtLevel, NothingToDo

DESCRIPTION = """\
Measures the scene, finds out why it is slow, repairs what can be repaired without losing anything, proves on the
written files that nothing was lost, measures again and writes a report. The scene's own files are only ever read.

A run that was interrupted is finished by the same command. A question that nobody answered ends the run with exit
code 3 and tells the flag that answers it.
"""

EXAMPLES = (
    "usdtune run plant.usd -o tuned/ --dry-run                          what would be done, and why",
    "usdtune run plant.usd -o tuned/ --approve restructure=optimize-as-is",
    "usdtune run plant.usd -o tuned/ --json > report.json               the report on stdout",
)

WRITES = """\
what OUT holds afterwards:
  <scene>.optimized.usdc              the tuned scene, its own layers beside it
  <scene>_optimization_report.html    the report, also as .md and .json
  pathmap.jsonl                       what became of every prim
  verification_report.json            the laws that were checked
  proof.json                          laws, steps, deviation and pictures, with hashes; pictures in proof/"""

SEVERITIES = ("info", "warning", "failure", "error")


def configure(parser: Parser) -> None:
    parser.description, parser.epilog = DESCRIPTION, epilog(EXAMPLES, tuple(EXIT_CODES), WRITES)
    add_scene(parser)
    parser.add_argument("-o", "--out", metavar="OUT", help="folder for the result and every document")
    parser.add_argument(
        "--dry-run", action="store_true", help="stop after the plan and print it; without -o nothing stays"
    )
    parser.add_argument("--overwrite", action="store_true", help="start anew in a folder that holds another run")
    parser.add_argument("--keep-paths", action="store_true", help="leave out every step that moves or removes a path")
    parser.add_argument(
        "--no-pictures", action="store_true", help="prove by laws alone: no deviation is measured, no picture is taken"
    )
    parser.add_argument(
        "--fail-on",
        metavar="SEVERITY",
        choices=SEVERITIES,
        help="exit 6 when the source has a finding this grave: info, warning, failure or error",
    )
    parser.add_argument("--fail-on-noop", action="store_true", help="exit 7 when there was nothing to do")
    add_gates(parser)
    add_view(parser)
    add_machine(parser)


def run(arguments: argparse.Namespace) -> int:
    from usdtune.workflow import flow
    from usdtune.workflow.plan import response
    from usdtune.workflow.start import opened

    with (
        keeps_nothing(arguments),
        shown_progress(arguments) as progress,
        opened(request_of(arguments, progress.tell)) as run,
    ):
        flow.run_all(run, progress.phase)
        progress.close()
        if arguments.dry_run:
            _show_plan(run.read("optimization_plan"), response(run), arguments.json, run.notes)
            return 0
        report = run.read("optimization_report")
        validation = run.read("validation_report")
    if arguments.json:
        json.dump(report, sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        show_result(report)
    return _exit_code(arguments, report, validation)


def _show_plan(plan: dict[str, object], response: dict[str, object], as_json: bool, notes: list[str]) -> None:
    from usdtune.report.explain import explain

    if as_json:
        json.dump({"plan": plan, "response": response}, sys.stdout, ensure_ascii=False, indent=2)
        print()
        return
    print(explain(plan))
    for note in notes:
        print(f"\n{note}")


def _exit_code(arguments: argparse.Namespace, report: dict[str, Any], validation: dict[str, Any]) -> int:
    """The run is done and its document is out; these two only colour the exit code."""
    from usdtune.workflow.validate import worst_severity

    worst = worst_severity(validation).lower()
    level = arguments.fail_on
    if level and worst in SEVERITIES and SEVERITIES.index(worst) >= SEVERITIES.index(level):
        print(f"usdtune: the source has findings of severity {worst.upper()}.", file=sys.stderr)
        return FindingsAtLevel.exit_code
    if arguments.fail_on_noop and report["workflow_mode"] == "no_op":
        print("usdtune: there was nothing to do.", file=sys.stderr)
        return NothingToDo.exit_code
    return 0
