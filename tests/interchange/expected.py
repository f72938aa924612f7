"""What a file of the reference folder holds, against what is read of it: the rules of its README."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).parents[2] / "../shared/reference/interchange"


def squeezed(text: str | None) -> str:
    """The words alone: without white space, runs of underscores and the signs of Markdown."""
    return re.sub(r"[\s_*#`\u200b\ufeff\\]+", "", text or "")


def differences(read: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """Where a reading differs from what is expected, each said; empty where they agree."""
    found = []
    items = read["items"]
    wanted = expected["questions"]
    if len(items) != len(wanted):
        optional = [one for one in wanted if one.get("may_be_set_aside") or one["kind"] == "truefalse"]
        if len(items) != len(wanted) - len(optional):
            return [f"{len(items)} items, expected {len(wanted)}"]
        wanted = [one for one in wanted if one not in optional]
    for n, (item, want) in enumerate(zip(items, wanted, strict=True)):
        found += [f"{n}: {one}" for one in _of_question(item, want)]
    aside = len(read["set_aside"])
    if aside != expected["n_set_aside"] + len(expected["questions"]) - len(wanted):
        found.append(f"{aside} set aside, expected {expected['n_set_aside']}")
    return found


def _of_question(item: dict[str, Any], want: dict[str, Any]) -> list[str]:
    found = []
    for mine, theirs in ((item["stem"], want["stem"]), *zip(item["options"], want["options"], strict=False)):
        if squeezed(mine) != squeezed(theirs):
            found.append(f"reads {mine!r}, expected {theirs!r}")
    if len(item["options"]) != len(want["options"]):
        found.append(f"{len(item['options'])} options, expected {len(want['options'])}")
    if item["right"] != want["correct"]:
        found.append(f"right {item['right']}, expected {want['correct']}")
    if "fractions" in want and [round(100 * w, 3) for w in item["weights"]] != [
        round(w, 3) for w in want["fractions"]
    ]:
        found.append(f"weights {item['weights']}, expected {want['fractions']}")
    if want.get("points") is not None and item["points"] != want["points"]:
        found.append(f"points {item['points']}, expected {want['points']}")
    if "feedback" in want and [squeezed(one) for one in item["feedback"]] != [
        squeezed(one) for one in want["feedback"]
    ]:
        found.append(f"feedback {item['feedback']}, expected {want['feedback']}")
    if "images" in want and set(item["images"]) != {one.removeprefix("MISSING:") for one in want["images"]}:
        found.append(f"images {item['images']}, expected {want['images']}")
    if want.get("category") is not None and item["category"] != want["category"]:
        found.append(f"category {item['category']}, expected {want['category']}")
    return found


def expected_of(path: Path) -> dict[str, Any]:
    """The expected reading that stands beside a file."""
    found: dict[str, Any] = json.loads(path.with_name(path.name + ".expected.json").read_text("utf-8"))
    return found
