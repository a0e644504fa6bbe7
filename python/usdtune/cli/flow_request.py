# SPDX-License-Identifier: Apache-2.0
"""From command-line arguments to the request that opens a run."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from usdtune.cli.from_descriptor import descriptors
from usdtune.cli.terminal import prompt_for
from usdtune.workflow.gates import parse_approvals
from usdtune.workflow.options import RunOptions, StageView
from usdtune.workflow.start import Request
from usdtune.workflow.supervise import Progress


def request_of(arguments: argparse.Namespace, progress: Progress) -> Request:
    view = StageView.from_texts(arguments.mask, arguments.unloaded, arguments.variant)
    options = RunOptions(
        view=view,
        keep_paths=arguments.keep_paths,
        threads=arguments.threads,
        pictures=not getattr(arguments, "no_pictures", False),
    )
    asks = sys.stdin.isatty() and sys.stderr.isatty() and not arguments.no_prompt and not arguments.json
    return Request(
        source=arguments.scene,
        out=arguments.out,
        options=options,
        approvals=parse_approvals(arguments.approve, sorted(descriptors())),
        answers=Path(arguments.answers) if arguments.answers else None,
        prompt=prompt_for if asks else None,
        overwrite=arguments.overwrite,
        dry=getattr(arguments, "dry_run", False),
        progress=progress,
    )


@contextmanager
def keeps_nothing(arguments: argparse.Namespace) -> Iterator[None]:
    """A dry run that names no folder works in one that is gone afterwards."""
    if arguments.out is not None or not arguments.dry_run:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="usdtune-") as folder:
        arguments.out = str(Path(folder) / "dry-run")
        yield
