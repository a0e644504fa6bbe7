# SPDX-License-Identifier: Apache-2.0
"""A plan as text, in the manner of EXPLAIN: every step with its reason, its place and what proves it."""

from __future__ import annotations

import json
from typing import Any

from usdtune.report.compare import title_of

Json = dict[str, Any]


def explain(plan: Json) -> str:
    """The plan for people.

    >>> print(explain({"stage": {"identifier": "a.usd"}, "operations": [], "x_excluded": [], "x_manual": []}))
    Plan for a.usd: nothing to do
    """
    steps = plan["operations"]
    lines = [f"Plan for {plan['stage']['identifier']}: {_headline(steps)}"]
    for step in steps:
        lines += ["", *_step(step)]
    left_out, manual = plan.get("x_excluded", []), plan.get("x_manual", [])
    for title, rows in (("left out", left_out), ("for a person, or another file", manual)):
        if rows:
            lines += ["", f"{title}:"]
        for row in rows:
            lines.append(f"  {row.get('key') or row['concept']}: {row['reason']}")
            if row.get("gate"):
                lines.append(f"    asked at {row['gate']}: --approve {row['gate']}=apply")
            if row.get("paths"):
                lines.append(f"    such as {', '.join(row['paths'][:3])}")
    return "\n".join(lines)


def _headline(steps: list[Json]) -> str:
    if not steps:
        return "nothing to do"
    lossless = all(step["loss_class"] == "lossless" for step in steps)
    surfaces = {step["surface"] for step in steps}
    surface = "changes" if "changes" in surfaces else "bounded" if "bounded" in surfaces else "exact"
    count = f"{len(steps)} step" + ("s" if len(steps) > 1 else "")
    return f"{count}, {'lossless' if lossless else 'with approved losses'}, surface {surface}"


def _step(step: Json) -> list[str]:
    lines = [
        f"{step['order']:>3}  {step['key']}    surface {step['surface']} · paths {step['identity']} · "
        f"{step['loss_class']} · {step['apply_authority']}"
    ]
    if step["args"]:
        lines.append(f"       with     {', '.join(f'{name}={_short(value)}' for name, value in step['args'].items())}")
    for text in step["evidence"]:
        lines.append(f"       because  {text}")
    if step.get("order_reason"):
        lines.append(f"       here     {step['order_reason']}")
    if step.get("proving_metric"):
        lines.append(f"       proof    {title_of(step['proving_metric'])}")
    return lines


def _short(value: Any) -> str:
    if isinstance(value, list):
        shown = ", ".join(str(item) for item in value[:2])
        return f"[{shown}{f', … {len(value):,} in all' if len(value) > 2 else ''}]"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
