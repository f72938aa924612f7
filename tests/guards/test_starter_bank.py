"""The starter bank stays as it is: every file to the byte, every item with its hash, status, reviews and history, and
how many items each criterion has at each level. `FROZEN` is what `python -m tests.guards.test_starter_bank` prints."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.guards.commands import CODE, Examgen

FROZEN = Path(__file__).parent / "data" / "starter-bank.json"
HASH, HISTORY = "hash", ("reviews", "statistics", "exposure")
"""Where `bank show --json` has an item's hash, and what happened to it."""
COUNTED = ("pc", "level", "items", "by_status", "by_cognitive")
"""What `bank coverage --json` says of a criterion at a level."""


def files(folder: Path) -> dict[str, str]:
    """SHA-256 by path of all files below a folder but the page about them."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / "README.md"
    }


def ids(folder: Path) -> list[str]:
    """The items of a unit, as its YAML has them."""
    return sorted(
        row["id"]
        for path in (folder / "items").glob("*.yaml")
        for row in yaml.safe_load(path.read_text("utf-8"))
    )


def unit(examgen: Examgen, workspace: Path, code: str) -> dict[str, Any]:
    """What commands say of a unit."""
    shown = examgen("bank", "show", *ids(workspace / "item_bank" / code), "--json", cwd=workspace).json[
        "items"
    ]
    coverage = examgen("bank", "coverage", code, "--json", cwd=workspace).json["coverage"]
    return {
        "items": {row["id"]: row[HASH] for row in shown},
        "statuses": dict(sorted(Counter(row["status"] for row in shown).items())),
        "with_history": [row["id"] for row in shown if any(row[part] for part in HISTORY)],
        "criteria": {row["id"]: row["pcs"] for row in shown if len(row["pcs"]) > 1},
        "usable": [[row[part] for part in COUNTED] for row in coverage],
    }


def units(folder: Path) -> list[str]:
    """The units of a bank."""
    return sorted(path.parent.name for path in folder.glob("*/unit.yaml"))


@pytest.fixture(scope="module")
def frozen() -> dict[str, Any]:
    """What was frozen."""
    data: dict[str, Any] = json.loads(FROZEN.read_text("utf-8"))
    return data


def test_no_byte_of_the_starter_bank_moves(frozen: dict[str, Any]) -> None:
    assert files(CODE / "item_bank") == frozen["files"]


def test_a_new_workspace_has_the_starter_bank_to_the_byte(frozen: dict[str, Any], starter: Path) -> None:
    assert files(starter / "item_bank") == frozen["files"]


@pytest.mark.parametrize("code", ["ASM-REE-5-059ZB", "DG-TWRT-007"])
def test_items_have_their_hashes_statuses_history_and_counts(
    examgen: Examgen, starter: Path, frozen: dict[str, Any], code: str
) -> None:
    assert units(starter / "item_bank") == sorted(frozen["units"])
    assert unit(examgen, starter, code) == frozen["units"][code]


@pytest.mark.parametrize("code", ["ASM-REE-5-059ZB", "DG-TWRT-007"])
def test_a_hash_is_of_what_the_item_says_and_not_of_its_status(
    examgen: Examgen, workspace: Path, frozen: dict[str, Any], code: str
) -> None:
    known = frozen["units"][code]["items"]
    first, second = sorted(known)[:2]
    examgen(
        "bank", "status", code, first, "--to", "review", "--by", "ก", "--date", "2026-11-20", cwd=workspace
    )
    for path in (workspace / "item_bank" / code / "items").glob("*.yaml"):
        rows = yaml.safe_load(path.read_text("utf-8"))
        for row in rows:
            if row["id"] == second:
                row["stem"] += "?"
        path.write_text(yaml.safe_dump(rows, allow_unicode=True), "utf-8")
    now = unit(examgen, workspace, code)
    assert now["items"][first] == known[first]
    assert now["items"][second] != known[second]
    assert {i: h for i, h in now["items"].items() if i != second} == {
        i: h for i, h in known.items() if i != second
    }
    assert now["with_history"] == [first]


if __name__ == "__main__":
    folder = Path(tempfile.mkdtemp())
    running = Examgen(folder)
    running("init", "workspace", cwd=folder)
    workspace = folder / "workspace"
    known = {code: unit(running, workspace, code) for code in units(CODE / "item_bank")}
    running.close()
    print(json.dumps({"files": files(CODE / "item_bank"), "units": known}, ensure_ascii=False, indent=1))
