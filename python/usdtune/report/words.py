# SPDX-License-Identifier: Apache-2.0
"""Codes of the documents as people read them: the JSON keeps the code, pages and terminal show these.

Reasons to leave a prim as it is have their words in the core, beside those who give them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from usdtune.report.lengths import length

WORDS: Final[Mapping[str, str]] = {
    # workflow_mode
    "full": "a result was written and compared",
    "structural_only": "structure only, no operation ran",
    "no_op": "nothing was written",
    # measurement
    "quick": "quick, without a renderer",
    "fresh_process": "in a process that had opened nothing else",
    "same_process_warm": "in a process that had opened the scene before",
    # roles and dispositions of targets
    "monolith": "the scene as it is",
    "assembly_root": "root of the assembly",
    "prototype": "shared part",
    "shared_layer": "shared file",
    "loadable_subasset": "part that can be loaded alone",
    "optimized": "worked on",
    "skipped_zero_meshes": "left out, it has no meshes",
    "skipped_user_declined": "left out, as the owner said",
    "blocked": "could not be worked on",
    # footprint
    "repack_normalized": "the same content written again as crate files",
    "sharing": "equal parts are shared",
    "sharing_only": "equal parts are shared, nothing else",
    "repack": "the encoding alone",
    "mesh_merge": "meshes were merged",
    "dead_data_removal": "what nothing uses is gone",
    "unused_primvar_removal": "primvars that nothing reads are gone",
    "primvar_indexing": "repeated primvar values are stored once",
    "layer_consolidation": "fewer layers",
    "lossy_reduction": "detail was given up",
    "decimation": "meshes have fewer faces",
    "fit_primitive": "meshes became primitives",
    "vertex_weld": "coincident points are stored once",
    # safety_gate and runtime_profiling
    "passed": "passed: no worse than the source",
    "not_required": "not required: nothing was written",
    "unresolved": "not resolved",
    "not_run": "did not run",
}


def in_words(value: Any) -> Any:
    """A code's words; anything else as it is.

    >>> in_words("no_op"), in_words("/World/full"), in_words(7)
    ('nothing was written', '/World/full', 7)
    """
    return WORDS.get(value, value) if isinstance(value, str) else value


def spaced(name: str) -> str:
    """A name made of parts as words.

    >>> spaced("pointsMerged"), spaced("predictedOpenSeconds")
    ('points merged', 'predicted open seconds')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()


def sentence(text: str) -> str:
    """With a capital letter in front and a full stop behind; a name of an operation or rule in front stays as it is.

    >>> sentence("a single sample"), sentence("pruneLeaves left 2."), sentence("not_done: 1")
    ('A single sample.', 'pruneLeaves left 2.', 'not_done: 1.')
    """
    if not text:
        return text
    first = re.split(r"[ :;,.]", text, maxsplit=1)[0]
    is_name = "_" in first or first != first.lower()
    start = text[0] if is_name else text[0].upper()
    return f"{start}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}"


def proof_sentences(proof: Mapping[str, Any]) -> list[str]:
    """What a proof found, in whole sentences: laws, distances, pictures, and what was not looked at."""
    told = [laws_in_words(proof["laws"])] if proof["laws"] else []
    if deviation := proof["deviation"]:
        farthest = max(deviation["forward"]["max_m"], deviation["backward"]["max_m"])
        told.append(f"No surface moved by more than {length(farthest)}.")
    if (pictures := proof["pictures"]) and pictures["views"]:
        differ = sum(view["id_pixels"]["differ"] for view in pictures["views"] if view["id_pixels"])
        views = count_of(len(pictures["views"]), "view")
        told.append(
            f"No pixel of {views} shows another prim or material."
            if not differ
            else f"{differ:,} pixels of {views} show another prim or material."
        )
    return told


def laws_in_words(laws: Sequence[Mapping[str, Any]]) -> str:
    """
    >>> laws_in_words([{"law": "path", "status": "held", "checked": count} for count in (3, 0)])
    '1 law held; 1 more had nothing to check.'
    """
    held = sum(law["status"] == "held" and law["checked"] > 0 for law in laws)
    idle = sum(law["status"] == "held" and law["checked"] == 0 for law in laws)
    broken = [law["law"].replace("_", " ") for law in laws if law["status"] == "broken"]
    told = count_of(held, "law") + " held" + (f"; {idle:,} more had nothing to check." if idle else ".")
    return f"{told} Broken: {', '.join(broken)}." if broken else told


def count_of(count: int, noun: str) -> str:
    """
    >>> count_of(1, "law"), count_of(1200, "law")
    ('1 law', '1,200 laws')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
