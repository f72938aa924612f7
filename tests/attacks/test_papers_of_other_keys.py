"""Two banks that differ in keys, rationales or the habit of their authors: `papers/` is the same, byte by byte."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from examgen.assembly import building as exams
from examgen.core.files import sha256_of
from examgen.papers import printing as papers
from tests.commands.conftest import write_blueprint
from tests.samples import PCS, item_data, write_unit

Row = dict[str, Any]
CHANCE = random.Random(5)
ROWS = [
    item_data(pc, n, key=CHANCE.choice("abcd"), anchored=["d"] if n == 3 else [])
    for pc in PCS
    for n in range(1, 7)
]
ROOM = "candidate_id,name,room,seat,accessible\n001,ก,1,A1,x\n002,ข,1,A2,\n003,ค,1,A3,\n"


def other(row: Row) -> Row:
    """Another option is right, the rationales move with it, and the author writes the right option down first
    everywhere, so that every key is `a`; anchored options stay."""
    key = "bcda"["abcd".index(row["key"])]
    why = {"bcda"["abcd".index(option)]: text for option, text in row["rationale"].items()}
    names = "abcd" if row["anchored"] else [key, *(option for option in "abcd" if option != key)]
    new = dict(zip(names, "abcd", strict=True))
    return {
        **row,
        "key": new[key],
        "options": {new[option]: text for option, text in row["options"].items()},
        "rationale": {new[option]: text for option, text in why.items()},
    }


def printed(workspace: Path, rows: list[Row]) -> dict[str, str]:
    """The hashes of papers/ of an exam, each form as it stands and then a booklet for each candidate; and of
    its key."""
    write_unit(workspace / "item_bank", rows)
    write_blueprint(workspace / "bp.yaml", items=5)
    (workspace / "list.csv").write_text(ROOM, "utf-8")
    (workspace / "personal.yaml").write_text("personal: {items: true, options: true}\n", "utf-8")
    folder = exams.build(workspace / "bp.yaml", workspace).folder
    found = {"key": sha256_of(folder / "secure/key.csv")}
    personal = papers.PrintingOptions(workspace / "list.csv", workspace / "personal.yaml", accessible=True)
    for name, asked in (("forms", papers.PrintingOptions(accessible=True)), ("candidates", personal)):
        papers.render(folder, workspace, asked)
        files = [path for path in sorted((folder / "papers").rglob("*")) if path.is_file()]
        found |= {f"{name}: {path.relative_to(folder)}": sha256_of(path) for path in files}
    return found


@pytest.mark.long("two printed packages; test_paper_secrecy holds a small paper of other keys to the same")
def test_papers_are_the_same_whatever_the_keys_are(tmp_path: Path) -> None:
    rows = [other(row) for row in ROWS]
    assert {row["key"] for row in rows if not row["anchored"]} == {"a"}
    was, now = printed(tmp_path / "was", ROWS), printed(tmp_path / "now", rows)
    assert was.pop("key") != now.pop("key")
    assert len(was) > 10
    assert now == was
