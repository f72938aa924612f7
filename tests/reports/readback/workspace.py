"""A workspace with sittings of two trial units that were really built, scored twice and analysed.

`workspace(folder)` makes it once for a folder. What is odd about it is on purpose: points taken off for wrong
answers, criteria out of scope, absentees, rows in quarantine, signals, corrections, decisions on rows.
"""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from examgen.analysis import exam
from examgen.assembly import building as exams
from examgen.reports.analysis_report import writing as report
from examgen.scoring import score as sittings
from examgen.scoring.sitting_folder import sitting_of
from examgen.sitting.deciding import decide
from tests.reports.readback.reader import rows as table
from tests.samples import blueprint_data, item_data, write_unit

T1 = [
    {
        "code": "E1",
        "title": "สมรรถนะย่อยหนึ่ง",
        "criteria": [
            {"code": "E1.01", "text": "ระบุสาเหตุ 5 ข้อ"},
            {"code": "E1.02", "text": "อธิบายวิธี"},
            {"code": "E1.03", "text": "สาธิตวิธี"},
        ],
    },
    {
        "code": "E2",
        "title": "สมรรถนะย่อยสอง",
        "criteria": [{"code": "E2.01", "text": "ประเมินผล"}, {"code": "E2.02", "text": "เขียนรายงาน"}],
    },
    {"code": "E3", "title": "สมรรถนะย่อยสาม", "criteria": [{"code": "E3.01", "text": "ปรับปรุงแผน"}]},
]
T2 = [{"code": "F1", "title": "สมรรถนะย่อยของอีกหน่วย", "criteria": [{"code": "F1.01", "text": "วางแผนงาน"}]}]
N, ITEMS = 60, 20
CENTRES = ("ศูนย์ 10", "ศูนย์ 2", "ศูนย์กลาง")
Candidate = dict[str, str]


def workspace(folder: Path) -> Path:
    """The bank, the sitting `T-1-L4` with its two runs, and those that `statistics.csv` and others tell of."""
    write_unit(
        folder / "item_bank",
        [one for pc in ("E1.01", "E1.02", "E2.01", "E3.01") for one in _items(pc)],
        elements=T1,
    )
    write_unit(folder / "item_bank", list(_items("F1.01")), code="T-2", elements=T2)
    package = _build(
        folder,
        exam="T-1-L4",
        units=["T-1", "T-2"],
        scope=["E1.*", "E2.*", "F1.*"],
        forms=2,
        items=ITEMS,
        criteria={"E1.01": 7, "E1.02": 6, "E2.01": 5, "F1.01": 2},
        scoring={"wrong": 0.25, "floor": "none"},
        **{"pass": {"percent": 40, "criteria": {"E1.01": 20}}},
    )
    _sit(package, folder)
    _look(package)
    small = _build(
        folder, exam="T-1-SMALL", scope=["E1.01", "E3.*"], items=7, criteria={"E1.01": 5, "E3.01": 2}
    )
    key = key_of(small)["A"]
    rows = [[f"S{n}", "A", *_marks(key, 0.3 + n / 12, random.Random(n))] for n in range(7)]
    sittings.score(small, [_table(folder / "small.csv", ["candidate_id", "form", *_questions(7)], rows)])
    _table(folder / "item_bank" / "T-1" / "statistics.csv", _STATISTICS, list(_statistics()))
    return folder


_STATISTICS = ("item", "item_hash", "administration", "form", "date", "n", "facility")


def _statistics() -> Iterator[tuple[str, ...]]:
    """Eight sittings of the years before, the last day of `T-1-L4`, one without a day, an item long gone."""
    for year in range(2018, 2026):
        for k in range(year - 2016):
            pc = ("E1.01", "E1.02")[k % 2] if year != 2020 else "E3.01"
            for form in "AB":
                yield f"{pc}-{k + 1:03d}", "", f"OLD-{year}", form, f"{year}-03-0{k % 3 + 1}", "50", "0.5"
    yield "E1.01-001", "", "T-1-L4", "A", "2026-11-20", "29", "0.5"
    yield "E2.01-003", "", "UNDATED", "", "", "12", "0.25"
    yield "E9.99-001", "", "GONE", "", "2025-01-01", "12", "0.25"


def _items(pc: str) -> Iterator[dict[str, Any]]:
    return (item_data(pc, n) for n in range(1, 17))


def _build(folder: Path, **asked: Any) -> Path:
    path = folder / f"{asked['exam']}.yaml"
    path.write_text(yaml.safe_dump(blueprint_data(**asked), allow_unicode=True), "utf-8")
    return exams.build(path, folder).folder


def _look(package: Path) -> None:
    """Second looks at three of those near the cut: two upheld the result, one is open again; one appeal."""
    rows = table(package / "results/runs/0002/candidates.csv")
    near = [row["candidate_id"] for row in rows if row["second_look"] == "yes"]
    assert len(near) > 3
    for who, decision in (
        (near[0], "upheld"), (near[2], "upheld"), (near[1], "upheld"), (near[1], "reopened"),
        (near[3], "appeal-dismissed"),
    ):  # fmt: skip
        said = ("คณะกรรมการ 8/2569", f"อ่านซ้ำ {who}", date(2026, 11, 21), "ประธาน", "บันทึก 3")
        decide(sitting_of(package), [who], decision, *said)


def key_of(package: Path) -> dict[str, list[str]]:
    """Form → the right letters in the order of its questions."""
    found: dict[str, list[str]] = {}
    with (package / "secure" / "key.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in sorted(csv.DictReader(file), key=lambda row: (row["form"], int(row["question"]))):
            found.setdefault(row["form"], []).append(row["key"])
    return found


def _questions(n: int) -> list[str]:
    return [f"Q{k}" for k in range(1, n + 1)]


def _marks(key: Sequence[str], ability: float, chance: random.Random) -> list[str]:
    """Right with that chance, else a wrong letter, now and then nothing."""
    return [
        letter
        if chance.random() < ability
        else chance.choice([*(other for other in "ABCD" if other != letter), ""])
        for letter in key
    ]


def _table(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


# ── the sitting ──────────────────────────────────────────────────────────────────────────────


def _sit(package: Path, folder: Path) -> None:
    """60 candidates in two files; a second scoring with corrections and decisions; an analysis of it."""
    key = key_of(package)
    people = [_person(n) for n in range(N)]
    answers = {one["candidate_id"]: _answers(n, one, key) for n, one in enumerate(people)}
    header = ["candidate_id", "form", *_questions(ITEMS), "name", "centre", "room", "seat"]
    rows = [
        [one["candidate_id"], one["form"], *answers[one["candidate_id"]],
         *(one[name] for name in ("name", "centre", "room", "seat"))]
        for one in people
    ]  # fmt: skip
    other = ["B" if mark == "A" else "A" for mark in rows[3][2 : 2 + ITEMS]]
    odd = [
        rows[0],
        [*rows[3][:2], *other, *rows[3][2 + ITEMS :]],
        ["", "A", *answers["00107"], "", "", "", ""],
        ["00201", "Z", *answers["00107"], "นายมาสาย วันสอบ", CENTRES[1], "102", "C91"],
        rows[5][:9],
    ]
    north = _table(folder / "north.csv", header, [*rows[:18], *odd])
    south = _table(folder / "south.csv", header, rows[18:])
    roster = _roster(folder / "roster.csv", people)
    sittings.score(package, [north, south], options=sittings.ScoringOptions(roster=roster, unlisted="score"))
    decided = sittings.ScoringOptions(roster=roster, unlisted="score", identities=[_identities(folder)])
    twin = shutil.copytree(package, folder / "without-corrections" / package.name)
    sittings.score(twin, [north, south], options=decided)
    corrected = decided.model_copy(update={"corrections": _corrections(folder, package)})
    sittings.score(package, [north, south], options=corrected)
    report.write_report(package, exam.analyse_exam(package, min_n=20), folder, pdf=False)


def _person(n: int) -> Candidate:
    """Number n has the id 00100 + n. Two have no centre: one a room, the other nothing at all."""
    names = ("นายกตัญญู ฐานฎีกา", "นางสาวปิ่นแก้ว ใจดี", "นางน้ำทิพย์ โอ่งทอง", "")
    return {
        "candidate_id": f"{n + 100:05d}",
        "form": "AB"[n % 2],
        "name": names[n % 4] and f"{names[n % 4]}{'์' * (n // 4 % 2)}",
        "centre": "" if n in (30, 31) else CENTRES[n % 3],
        "room": "" if n == 31 else f"{n % 3 + 1}01",
        "seat": f"C{n}",
    }


def _answers(n: int, one: Candidate, key: Mapping[str, Sequence[str]]) -> list[str]:
    """Number 8 marks nothing, 9 one letter, 17 nothing right, 12 and 14 the same; 16 everything right. Of
    form A most think another key of question 15 right."""
    own: dict[int, Callable[[], list[str]]] = {
        8: lambda: [""] * ITEMS,
        9: lambda: ["C"] * ITEMS,
        14: lambda: _answers(12, one, key),
        16: lambda: list(key[one["form"]]),
        17: lambda: ["B" if letter == "A" else "A" for letter in key[one["form"]]],
    }
    if n in own:
        return own[n]()
    marks = _marks(key[one["form"]], 0.25 + 0.65 * (n * 7 % N) / N, random.Random(n))
    if one["form"] == "A" and n > 20:
        marks[14] = "B" if key["A"][14] == "A" else "A"
    return marks


def _roster(path: Path, people: Sequence[Candidate]) -> Path:
    """Number 4 is not on it, 6 is said to be absent, 10 was dealt the other form; an absentee, a missing one."""
    rows = [
        [one["candidate_id"], one["name"], one["room"], one["seat"],
         "B" if n == 10 else one["form"], "absent" if n == 6 else "present"]
        for n, one in enumerate(people)
        if n != 4
    ]  # fmt: skip
    rows.append(["00301", "นายขาด สอบ", "101", "F91", "A", "absent"])
    rows.append(["00302", "นางสาวหาย ไป", "101", "F2", "B", "present"])
    return _table(path, ["candidate_id", "name", "room", "seat", "form", "status"], rows)


def _corrections(folder: Path, package: Path) -> Path:
    key = key_of(package)
    with (package / "secure" / "key.csv").open(encoding="utf-8-sig", newline="") as file:
        item = next(
            row["item"] for row in csv.DictReader(file) if row["form"] == "A" and row["question"] == "2"
        )
    said = {"by": "คณะกรรมการ ครั้งที่ 7/2569", "date": "2026-11-20"}
    wrong = next(letter for letter in "ABCD" if letter != key["B"][6])
    entries = [
        {"kind": "drop", "item": item, "reason": "โจทย์ตีความได้ 2 ทาง ดูคำร้องของ 00105", **said},
        {"kind": "rekey", "form": "B", "question": 7, "key": wrong, "reason": "the key was mistyped", **said},
        {"kind": "credit_all", "form": "A", "question": 12, "reason": "printed too dark", **said},
    ]
    path = folder / "corrections.yaml"
    path.write_text(yaml.safe_dump(entries, allow_unicode=True, sort_keys=False), "utf-8")
    return path


def _identities(folder: Path) -> Path:
    """The row of the form Z is of form B; the row of number 2 is nobody's."""
    header = ["file", "line", "candidate_id", "form", "reason", "by", "date"]
    said = ["สมศรี ใจเย็น", "2026-11-20"]
    return _table(
        folder / "identities.csv",
        header,
        [
            ["north.csv", "23", "", "B", "booklet B-12 is with the sheet", *said],
            ["north.csv", "4", "-", "", "a test page, not 00102", *said],
        ],
    )


def sat(places: pytest.TempPathFactory) -> Path:
    """The workspace, made once in a session of tests."""
    return _made(places.getbasetemp() / "readback-b")


@cache
def _made(folder: Path) -> Path:
    folder.mkdir()
    return workspace(folder)
