# SPDX-License-Identifier: Apache-2.0
"""The page of a run and the page of a comparison as values for their templates."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from usdtune.report.evidence import Evidence
from usdtune.report.lengths import length, size
from usdtune.report.page.findings import findings_block
from usdtune.report.page.pictures import BUDGET, views_of
from usdtune.report.page.plots import deviations, relative_bars, samples
from usdtune.report.page.steps import step_rows, undo_command
from usdtune.report.render_markdown import amount, change
from usdtune.report.words import proof_sentences

Json = dict[str, Any]

HEADLINES = (
    "prim_count_authored",
    "x_mesh_count",
    "x_unique_triangle_count",
    "x_material_count",
    "total_size_bytes",
    "warm_open_ms",
)
COUNTS = {
    "prim_count": "Prims",
    "mesh_count": "Meshes",
    "material_count": "Materials",
    "triangle_count": "Stored triangles",
    "resolved_bytes": "Bytes on disk",
}
WORST = 12
"""Meshes told one by one on the page."""


def run_page(report: Json, evidence: Evidence | None) -> Json:
    """Values of the page of a run; what a document does not hold is left out of the page."""
    proof = evidence.proof if evidence else None
    folder = evidence.folder if evidence else None
    metrics = {row["name"]: row for row in report["metrics"]}
    headlines = [metrics[name] for name in HEADLINES if name in metrics]
    page = proof_blocks(proof, folder)
    page |= {
        "report": report,
        "headlines": [headline(row) for row in headlines],
        "memory": _memory(report["measurement_context"]),
        "plots": [*_metric_plots(headlines), *_sample_plots(evidence), *page["plots"]],
        "steps": [],
        "gates": [],
        "untapped": [],
        "findings": None,
        "command": None,
        "not_measured": [*_not_measured(report), *page["not_measured"]],
    }
    if evidence:
        if evidence.summary:
            page["steps"] = step_rows(evidence.summary, evidence.plan, proof)
        page["gates"] = [_gate(row) for row in evidence.gates]
        page["untapped"] = _untapped(evidence)
        page["command"] = reproduce(report, evidence)
        if evidence.validation:
            page["findings"] = findings_block(evidence.validation, evidence.plan, evidence.pathmap)
        if evidence.plan and report["output_path"]:
            chain, out = evidence.plan["x_chain_file"], str(Path(report["output_path"]).with_name("without.usdc"))
            for step in page["steps"]:
                step["undo"] = undo_command(chain, str(evidence.source), out, step["order"])
    return page


def comparison_page(document: Json, proof: Json | None, folder: Path | None, counts: tuple[Json, Json] | None) -> Json:
    """Values of the page about two scenes that somebody else may have made."""
    page = proof_blocks(proof, folder)
    rows = _count_rows(*counts) if counts else []
    page["plots"] = [*_metric_plots(rows), *page["plots"]]
    return page | {"document": document, "headlines": [headline(row) for row in rows], "findings": None}


def proof_blocks(proof: Json | None, folder: Path | None) -> Json:
    """Laws, deviation and views of a proof; empty blocks where there is none."""
    views: list[Json] = []
    album = None
    if proof and proof.get("pictures") and folder:
        views, album = views_of(proof["pictures"], folder)
    deviation = proof.get("deviation") if proof else None
    return {
        "proof": proof,
        "proof_sentences": proof_sentences(proof) if proof else [],
        "laws": proof["laws"] if proof else [],
        "views": views,
        "images": album.images if album else {},
        "layer_images": _only_layers(album.images, views) if album else {},
        "pictures_left_out": album.left_out if album else 0,
        "picture_budget": size(BUDGET),
        "deviation": _deviation(deviation) if deviation else None,
        "plots": _deviation_plots(deviation),
        "not_measured": list(proof["not_measured"]) if proof else [],
    }


def _only_layers(images: dict[str, str], views: list[Json]) -> dict[str, str]:
    """Pictures that wait for a reader to choose their layer; colours stand in the page already."""
    colours = [layer for view in views for layer in view["layers"] if layer["layer"] == "colour"]
    there = {layer[side] for layer in colours for side in ("before", "after")}
    return {key: uri for key, uri in images.items() if key not in there}


def headline(row: Json) -> Json:
    unit = row.get("unit") or ""
    return {
        "name": row.get("display_name") or row["name"],
        "before": told(row["before"], unit),
        "after": told(row["after"], unit),
        "change": change(row),
        "verdict": row["verdict"],
    }


def told(value: float, unit: str) -> str:
    """
    >>> told(391745, "bytes"), told(593, ""), told(2.916, "ms")
    ('391.7 kB', '593', '2.92 ms')
    """
    return size(value) if unit == "bytes" else amount(value, unit)


def _memory(context: Json) -> Json | None:
    before, after = context.get("peak_memory_before_bytes"), context.get("peak_memory_after_bytes")
    if not before or not after:
        return None
    return {"before": size(before), "after": size(after), "change": f"{(after / before - 1) * 100:+.1f} %"}


def _not_measured(report: Json) -> list[Json]:
    told = report["measurement_context"].get("not_measured", "")
    what = told.removeprefix("not measured: ").partition(";")[0]
    return [{"what": what, "why": "no renderer of a viewer took part"}] if what else []


def _gate(row: Json) -> Json:
    return {
        "id": row["id"],
        "question": row["question"],
        "answer": row["answer"],
        "source": row["answer_source"],
        "options": row["options"],
        "how": row["how_to_answer"],
        "because": row["evidence"].get("because", []),
    }


def _untapped(evidence: Evidence) -> list[Json]:
    """What could still be done, with the gain that findings predict and how to have it."""
    gates = {row["id"]: row for row in evidence.gates}
    rows = []
    for row in (evidence.plan or {}).get("x_excluded", []):
        gate = gates.get(row.get("gate") or "")
        rows.append(
            {
                "what": row["key"],
                "why": row["reason"],
                "gain": "; ".join(gate["evidence"].get("because", [])) if gate else "",
            }
        )
    for row in (evidence.plan or {}).get("x_manual", []):
        rows.append({"what": row["concept"], "why": row["reason"], "gain": f"{row['count']:,} places, by hand"})
    return rows


def reproduce(report: Json, evidence: Evidence) -> str:
    """The command that does the same again, with every answer that was given."""
    parts = ["usdtune", "run", str(evidence.source)]
    if report["output_path"]:
        parts += ["-o", str(Path(report["output_path"]).parent)]
    for row in evidence.gates:
        if row["answered"]:
            parts += ["--approve", f"{row['id']}={row['answer']}"]
    options = evidence.options
    if options.get("keep_paths"):
        parts.append("--keep-paths")
    if not options.get("pictures", True):
        parts.append("--no-pictures")
    view = options.get("view", {})
    for path in view.get("mask", []):
        parts += ["--mask", path]
    if view.get("unloaded"):
        parts.append("--unloaded")
    for prim, sets in sorted(view.get("variants", {}).items()):
        for name, chosen in sorted(sets.items()):
            parts += ["--variant", f"{prim}{{{name}={chosen}}}"]
    return shlex.join(parts)


def _metric_plots(rows: list[Json]) -> list[Json]:
    bars = [
        (
            row.get("display_name") or row["name"],
            row["before"],
            row["after"],
            told(row["before"], row.get("unit") or ""),
            told(row["after"], row.get("unit") or ""),
        )
        for row in rows
    ]
    return [{"title": "Before and after", "svg": relative_bars(bars)}] if bars else []


def _sample_plots(evidence: Evidence | None) -> list[Json]:
    if not evidence or not evidence.after:
        return []
    before, after = (profile.get("warm_open_samples_ms") for profile in (evidence.baseline, evidence.after))
    return [{"title": "Open time, every sample", "svg": samples(before, after)}] if before and after else []


def _deviation_plots(deviation: Json | None) -> list[Json]:
    metres = [row["max_m"] for row in deviation["meshes"] if row["max_m"]] if deviation else []
    if not metres or not deviation:
        return []
    return [{"title": "How far meshes moved", "svg": deviations(metres, deviation["mesh_count"])}]


def _deviation(deviation: Json) -> Json:
    sides = [
        {"name": name, **{key: length(side[f"{key}_m"]) for key in ("max", "mean", "p99")}, "worst": side["worst_path"]}
        for name, side in (
            ("from the source to the result", deviation["forward"]),
            ("from the result to the source", deviation["backward"]),
        )
    ]
    worst = [
        {
            "path": row["path"] or row["other_path"],
            "max": "not there" if row["max_m"] is None else length(row["max_m"]),
            "mean": "" if row["mean_m"] is None else length(row["mean_m"]),
            "normals": "" if row["normal_max_deg"] is None else f"{row['normal_max_deg']:.2g}°",
            "exact": row["exact"],
        }
        for row in deviation["meshes"][:WORST]
    ]
    return deviation | {"sides": sides, "worst": worst}


def _count_rows(before: Json, after: Json) -> list[Json]:
    rows = []
    for name, words in COUNTS.items():
        if name not in before or name not in after:
            continue
        old, new = before[name], after[name]
        percent = (new / old - 1) * 100 if old else 0.0
        unit = "bytes" if name == "resolved_bytes" else ""
        rows.append(
            {
                "name": name,
                "display_name": words,
                "before": old,
                "after": new,
                "change_pct": percent,
                "unit": unit,
                "verdict": "neutral",
            }
        )
    return rows
