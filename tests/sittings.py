"""Small sittings with personal booklets, recorded as a printing records them, without any page."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from examgen.assembly.assemble import assemble, bank_sha256
from examgen.assembly.booklets import deal
from examgen.core.csv_files import csv_bytes
from examgen.core.exam.names import CANDIDATES_CSV, FORMS_CSV, KEY_CSV, room_folders
from examgen.core.exam.package import read_package
from examgen.core.exam.printing import new_printing
from examgen.core.exam.tables import candidates_table, write_tables
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.files import write_file
from examgen.core.models.form import Candidate
from examgen.core.models.papers import PapersRule
from tests.samples import blueprint, item_data, shelf

ASKED = {"forms": 2, "items": 14, "pilot": 2}
RULE = PapersRule.model_validate({"spare": 1, "personal": {"items": True, "options": True, "max_shift": 6}})
Rows = list[dict[str, str]]
HEAD = ["candidate_id", "form", *(f"Q{n}" for n in range(1, 5))]
"""The heading of answers to `small_package`."""
OPEN_LOOKS = ("--open-looks", "the committee looks later")
"""Words by which a release does not wait for second looks."""
DECISION = ["file", "line", "candidate_id", "form", "reason", "by", "date"]
"""That of decisions on whose a row is."""


def bank_items() -> list[dict[str, object]]:
    """Single items, pilot items, one with two right answers, one with an anchored option."""
    plain = [item_data(pc, n) for pc in ("E1.01", "E1.02", "E2.01") for n in range(1, 16)]
    pilot = [item_data("E1.02", n, status="pilot") for n in range(61, 66)]
    return [*plain, *pilot, item_data("E1.01", 31, key=["a", "c"]), item_data("E2.01", 32, anchored=["d"])]


def list_of(n: int, room_size: int = 12) -> list[Candidate]:
    """Candidates in rooms, with names that a spreadsheet would run."""
    return [
        Candidate(
            candidate_id=f"{k:04d}", name="=สมชาย", room=f"ห้อง/{k // room_size}", seat=str(k % room_size + 1)
        )
        for k in range(n)
    ]


def build(folder: Path) -> Path:
    """A package of two forms, 14 items and two pilot items each."""
    write_package(folder, _assembled("personal"))
    return folder


@cache
def _assembled(kind: Literal["personal", "small"]) -> Mapping[str, bytes]:
    """The files of a package, assembled once in a process."""
    if kind == "personal":
        bank, asked = shelf(items=bank_items()), ASKED
    else:
        plain = [item_data(pc, n) for pc in ("E1.01", "E1.02", "E2.01") for n in range(1, 6)]
        bank, asked = shelf(items=plain), {"forms": 2, "items": 4}
    return exam_files(assemble([bank], *blueprint(**asked)), bank_sha256([bank]), {})


def print_for(
    folder: Path,
    candidates: list[Candidate],
    rule: PapersRule = RULE,
    replace: bool = False,
    also: Callable[[Path], None] = lambda staged: None,
) -> None:
    """The records of a printing, and a paper in each room."""
    package = read_package(folder)
    sat = package.exam
    with new_printing(package, rule, personal=True, replace=replace) as staged:
        table = candidates_table(deal(sat, candidates, rule))
        write_file(staged / CANDIDATES_CSV, csv_bytes(table))
        with (staged / FORMS_CSV).open("wb") as forms, (staged / KEY_CSV).open("wb") as key:
            write_tables(sat, deal(sat, candidates, rule), forms, key)
        for place in room_folders(one.exam_room for one in candidates).values():
            write_file(staged / place / "booklets.pdf", b"%PDF " + place.encode())
        also(staged)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a package."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def write_record_anew(path: Path, old: str, new: str) -> None:
    """The last act of a record that has some words with others, and all digests as examgen writes them."""
    said = path.read_text("utf-8").splitlines()
    last = max(n for n, line in enumerate(said) if old in line)
    said[last] = said[last].replace(old, new)
    before, lines = "", list[str]()
    for n, act in enumerate(map(json.loads, said), 1):
        del act["digest"]
        act |= {"n": n, "before": before}
        before = hashlib.sha256(json.dumps(act, ensure_ascii=False).encode()).hexdigest()
        lines.append(json.dumps({**act, "digest": before}, ensure_ascii=False) + "\n")
    path.write_text("".join(lines), "utf-8")


def releases_of(exam: Path) -> list[dict[str, Any]]:
    """The releases on record, as their lines have them."""
    path = exam / "sitting/record.jsonl"
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return [act for act in map(json.loads, lines) if act["kind"] == "release"]


def table(path: Path) -> Rows:
    """A CSV file, read without examgen."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_table(path: Path | str, rows: Sequence[Any], head: Sequence[str] = ()) -> Path:
    """A CSV file of rows below their heading, or of rows that name their columns."""
    cells = rows if head else [one.values() for one in rows]
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head or list(rows[0]), *cells])
    return Path(path)


def key_of(folder: Path, form: str = "A") -> list[str]:
    """The right answers of a form, question by question."""
    return [row["key"] for row in table(folder / "secure/key.csv") if row["form"] == form]


def small_package(folder: Path) -> Path:
    """A package of forms A and B, of four questions of four options each."""
    write_package(folder, _assembled("small"))
    return folder
