"""What the record of a sitting says of second looks, read without examgen's own code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def decisions_in(package: Path) -> list[dict[str, Any]]:
    """The decisions on persons of a package, in their order."""
    record = package / "sitting" / "record.jsonl"
    lines = record.read_text("utf-8").splitlines() if record.is_file() else ()
    return [act for line in lines if (act := json.loads(line))["kind"] == "person"]


def look_of(package: Path, row: Mapping[str, str]) -> tuple[str, str]:
    """What became of the second look at a line of candidates.csv: `open`, `upheld` or `changed`, and when."""
    found = "open", ""
    result = {name: row[name] for name in ("score", "max_score", "decision")}
    for act in decisions_in(package):
        if act["name"] == row["candidate_id"] and act["act"] in ("upheld", "changed", "reopened"):
            is_decided = act["act"] != "reopened" and act.get("result") == result
            found = (act["act"], act["date"]) if is_decided else ("open", "")
    return found
