# SPDX-License-Identifier: Apache-2.0
"""`usdtune preflight|profile|assess|validate|decide|plan|optimize|compare|report [SCENE] -o OUT`: one phase."""

from __future__ import annotations

import argparse
import json
import sys

from usdtune.cli.arguments import Parser, add_gates, add_machine, add_scene, add_view, epilog
from usdtune.cli.flow_request import request_of
from usdtune.cli.terminal import shown_progress
from usdtune.report import documents

DOCUMENTS = {
    "preflight": "setup_preflight",
    "profile": "profile",
    "assess": "sa_report",
    "validate": "validation_report",
    "decide": "restructure_decision",
    "plan": "optimization_plan",
    "optimize": "op_summary",
    "compare": "compare_profiles",
    "report": "optimization_report",
}
"""The document that `--json` puts on stdout."""

NEEDS_A_RESULT = ("optimize", "compare", "report")

TEXTS = {
    "preflight": "Asks what runs here: versions, and the operations that the registry offers.",
    "profile": "Measures the scene in a process of its own: open times, traversal, counts, peak memory, bytes.",
    "assess": "Reads the structure of the scene: composition, instancing, layers, units, flagged assets.",
    "validate": "Runs the rules that the assessment selects, and accounts for every planned unit.",
    "decide": "Asks the questions that are the owner's: whether to restructure.",
    "plan": "Builds the chain of operations from the findings, with a reason for each step, and prints it.",
    "optimize": "Runs the plan, writes the result, verifies it in a fresh process and delivers it.",
    "compare": "Measures and validates the result like the source, and compares.",
    "report": "Writes the report as JSON, Markdown and HTML.",
}


def configure(parser: Parser) -> None:
    name = parser.prog.split()[-1]
    parser.description = (
        f"{TEXTS[name]}\n\nWorks over the same folder as `usdtune run`: what it needs and the folder has not got is\n"
        "done first; what is built on it is done again by the next command that needs it."
    )
    written = documents.FILE_NAMES[DOCUMENTS[name]][0].format(asset_name="<scene>", stem="<scene>", hash12="<hash>")
    parser.epilog = epilog(
        [f"usdtune {name} plant.usd -o tuned/", f"usdtune {name} -o tuned/ --json      tuned/ knows its scene already"],
        (0, 2, 3, 4, 5) if name in NEEDS_A_RESULT else (0, 2, 3, 4),
        f"writes:\n  {written}   (what --json prints)",
    )
    add_scene(parser, optional=True)
    parser.add_argument("-o", "--out", metavar="OUT", help="folder of the run")
    parser.add_argument("--overwrite", action="store_true", help="start anew in a folder that holds another run")
    parser.add_argument("--keep-paths", action="store_true", help="leave out every step that moves or removes a path")
    add_gates(parser)
    add_view(parser)
    add_machine(parser)


def run(arguments: argparse.Namespace) -> int:
    name = arguments.command
    from usdtune.workflow import flow
    from usdtune.workflow.start import opened

    with shown_progress(arguments) as progress, opened(request_of(arguments, progress.tell)) as run:
        flow.run_phase(run, name, progress.phase)
        progress.close()
        document = run.read(DOCUMENTS[name]) if run.has(DOCUMENTS[name]) else None
        state = run.state.milestone(flow.COMMANDS[name])
    if arguments.json:
        json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
        print()
        return 0
    if name == "plan" and document is not None:
        from usdtune.report.explain import explain

        print(explain(document))
    elif name == "report" and document is not None:
        from usdtune.cli.show import show_result

        show_result(document)
    elif state["state"] == "skipped":
        print(f"nothing to do: {state['reason']}")
    else:
        for artifact in state["artifacts"]:
            print(artifact["path"])
    return 0
