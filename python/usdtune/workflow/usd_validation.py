# SPDX-License-Identifier: Apache-2.0
"""OpenUSD's own validators beside the laws and the second witness: a result may not bring them anything new."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

DIFFERENCE_LIMIT = 1000
UNAVAILABLE = "the OpenUSD at hand has no pxr.UsdValidation"


def add_to(report: Json, said: Json) -> None:
    """Adds what they say to a verification report; something new refuses the result.

    A result that breaks a law is not delivered anyway, and what they say about it leads nowhere.
    """
    if not report["accepted"]:
        return
    report["usd_validation"] = record_of(said)
    if refusal := news(said):
        report["accepted"] = False
        report["refusal"] = refusal


def news(said: Json) -> str:
    """One sentence about the first thing that they report and did not report about the source; empty without any."""
    for first in record_of(said)["differences"][:1]:
        return (
            f"OpenUSD's validator {first['field']} reports what it did not report about the source: "
            f"{first['path']}: {first['message']}"
        )
    return ""


def record_of(said: Json) -> Json:
    if not said["available"]:
        return {"status": "not_checked", "validator_count": 0, "differences": [], "reason": UNAVAILABLE}
    differences = [
        {
            "kind": "usd_validation",
            "path": finding["path"] or "/",
            "field": finding["validator"],
            "message": finding["message"] or finding["validator"],
        }
        for finding in said["new"][:DIFFERENCE_LIMIT]
    ]
    return {
        "status": "broken" if differences else "held",
        "validator_count": said["validators"],
        "findings_before": said["before"],
        "findings_after": said["after"],
        "differences": differences,
    }
