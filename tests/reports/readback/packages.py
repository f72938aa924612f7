"""Scored packages whose reports are read back, and what makes a report of them."""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import yaml

from examgen.assembly.assemble import assemble, bank_sha256
from examgen.commands import main
from examgen.core.exam.writing import exam_files, write_package
from tests.samples import blueprint, item_data, shelf
from tests.sittings import OPEN_LOOKS

BANK = Path(__file__).parents[3] / "item_bank"
CENTRES = ("ศูนย์ 10", "ศูนย์ 2", "Chiang Mai", "ขอนแก่น", "ห้องเล็ก")
SAID = {"by": "คณะกรรมการ ครั้งที่ 7/2569", "date": "2026-11-20"}
DATED = ("--date", "2026-11-21", *OPEN_LOOKS)
Rows = Sequence[Sequence[object]]


def examgen(*words: object) -> None:
    """A command, as a user types it; status 3 is a sitting with something to attend to."""
    with mock.patch.object(sys, "argv", ["examgen", *map(str, words)]):
        status = 0
        try:
            main()
        except SystemExit as stop:
            status = int(stop.code or 0)
    assert status in (0, 3), words


def write_csv(path: Path, rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def keys(package: Path) -> dict[str, list[dict[str, str]]]:
    """Form → its lines of the key, in the order of the questions."""
    found: dict[str, list[dict[str, str]]] = {}
    with (package / "secure" / "key.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in sorted(csv.DictReader(file), key=lambda row: int(row["question"])):
            found.setdefault(row["form"], []).append(row)
    return found


# ── a few people ─────────────────────────────────────────────────────────────────────────────


def small(folder: Path) -> Path:
    """Nine people of two rooms, one form: all right, all blank, several marks, what cannot be read; with names,
    quarantine, a roster that does not add up; a criterion of two items, one that nothing asks, several units
    of the pass rule, everything that may be told of a score, and points in halves."""
    unit: dict[str, Any] = {
        "elements": [
            {
                "code": "E1",
                "title": "สมรรถนะย่อยหนึ่ง",
                "criteria": [{"code": f"E1.0{n}", "text": f"เกณฑ์ข้อ {n}"} for n in (1, 2)],
            },
            {
                "code": "E2",
                "title": "สมรรถนะย่อยสอง",
                "criteria": [{"code": f"E2.0{n}", "text": f"เกณฑ์ {n} ของ 2"} for n in (1, 2)],
            },
        ],
        "skills": ["ทักษะ 5 ส"],
        "knowledge": ["พ.ร.บ. 2562 มาตรา 7"],
    }
    items = [item_data("E1.01", n, key=["a", "c"] if n < 3 else "b") for n in range(1, 6)]
    items += [item_data("E1.02", n) for n in range(1, 6)]
    items += [item_data("E2.01", n) for n in range(1, 3)]
    asked = {
        "pass": {"percent": 55, "criteria": {"E1.*": 30}, "at_least": {"met": 2, "percent": 50}},
        "judgement": {"min_items": 3, "percent": 50, "confidence": 90},
        "scoring": {"several": "partial"},
        "report": {
            "rank": True, "percentile": True, "t_score": "linear", "coverage": True,
            "scaled": {"slope": 12.5, "intercept": -20, "decimals": 1},
        },
    }  # fmt: skip
    bank = shelf(items=items, **unit)
    built = assemble([bank], *blueprint(items=12, **asked))
    write_package(folder, exam_files(built, bank_sha256([bank]), {}))
    (key,) = keys(folder).values()
    right = [row["key"] for row in key]
    off = ["B" if "A" in letters else "A" for letters in right]
    sheets = {
        "007": right,
        "008": [""] * 12,
        "009": [*right[:7], *off[7:]],
        "010": [*right[:5], "", "", *right[7:10], "*", "A|B|C"],
        "011": [*off[:6], *right[6:]],
        "012": [right[0][0], right[1][0], *right[2:8], "", *off[9:]],
        "013": [*right[:6], *off[6:9], "", "", ""],
        "014": off,
        "015": [*off[:2], *right[2:7], *off[7:11], ""],
    }
    place = {name: ("ห้อง 2" if n % 3 else "ห้อง 10", f"A{n + 1}") for n, name in enumerate(sheets)}
    rows = [[name, "A", *sheet, f"นางสาวทดสอบ ที่ {name}", *place[name]] for name, sheet in sheets.items()]
    head = ["candidate_id", "form", *(f"Q{n}" for n in range(1, 13)), "name", "room", "seat"]
    set_aside = [
        ["016", "Z", *right, "x", "ห้อง 2", "A9"],
        ["", "A", *off, "y", "ห้อง 2", "A10"],
        ["017", "A", "B"],
    ]
    answers = write_csv(folder.parent / "small.csv", [head, *rows, rows[0], *set_aside])
    listed = [[name, "x", *place[name], "present", "เทศบาล ก"] for name in sheets if name != "015"]
    listed += [["016", "x", "ห้อง 2", "B1", "present", ""], ["018", "x", "ห้อง 10", "B2", "absent", ""]]
    listed += [["019", "x", "ห้อง 10", "B3", "present", ""]]
    roster = write_csv(
        folder.parent / "roster.csv", [["candidate_id", "name", "room", "seat", "status", "สังกัด"], *listed]
    )
    examgen("score", folder, answers, "--roster", roster, "--unlisted", "score")
    return folder


def middle(folder: Path) -> Path:
    """Thirty people on two forms, each large enough to be compared; then scored again without a question of
    form A, so that the forms have other points."""
    items = [item_data(pc, n) for pc in ("E1.01", "E1.02", "E2.01") for n in range(1, 21)]
    bank = shelf(items=items)
    built = assemble(
        [bank], *blueprint(items=12, forms=2, **{"pass": {"percent": 60, "second_look": {"sem": 1.5}}})
    )
    write_package(folder, exam_files(built, bank_sha256([bank]), {}))
    chance = random.Random(8)
    rows = []
    for n in range(30):
        form = "AB"[n % 5 % 2]
        able = 0.3 + 0.7 * chance.random()
        sheet = [
            row["key"] if chance.random() < able else chance.choice(["A", "B", "C", "D", ""])
            for row in keys(folder)[form]
        ]
        rows.append([f"M-{n + 1:02d}", form, *sheet, CENTRES[n % 2]])
    head = ["candidate_id", "form", *(f"Q{n}" for n in range(1, 13)), "centre"]
    answers = write_csv(folder.parent / "middle.csv", [head, *rows])
    examgen("score", folder, answers)
    entry = [{"kind": "drop", "form": "A", "question": 3, "reason": "ตีความได้สองทาง", **SAID}]
    corrected = folder.parent / "corrections.yaml"
    corrected.write_text(yaml.safe_dump(entry, allow_unicode=True), "utf-8")
    examgen("score", folder, answers, "--corrections", corrected)
    return folder


def marked(folder: Path) -> Path:
    """Nine people on two forms where a wrong answer costs a third, scores below 0 are told, and others are
    scaled; run 1 was released, then a question of form A dropped and the key of one of form B changed, and
    that was released."""
    items = [item_data(pc, n) for pc in ("E1.01", "E1.02", "E2.01") for n in range(1, 21)]
    bank = shelf(items=items)
    asked = {
        "pass": {"percent": 50, "criteria": {"E1.*": 25}},
        "scoring": {"wrong": "by_options", "floor": "none"},
        "report": {
            "rank": True, "percentile": True, "t_score": "linear", "coverage": True,
            "scaled": {"slope": 10, "intercept": 100, "floor": 60, "forms": {"B": {"slope": 9, "intercept": 104}}},
        },
    }  # fmt: skip
    built = assemble([bank], *blueprint(items=12, forms=2, **asked))
    write_package(folder, exam_files(built, bank_sha256([bank]), {}))
    sheets = []
    for n in range(9):
        form = "AB"[n % 2]
        right = [row["key"] for row in keys(folder)[form]]
        off = ["B" if key == "A" else "A" for key in right]
        k = (12, 8, 6, 3, 0, 10, 7, 9, 0)[n]
        gap = (0, 2, 0, 5, 0, 1, 3, 0, 12)[n]
        sheets.append([f"K-{n + 1}", form, *right[:k], *[""] * gap, *off[k + gap :]])
    head = ["candidate_id", "form", *(f"Q{n}" for n in range(1, 13))]
    answers = write_csv(folder.parent / "marked.csv", [head, *sheets])
    examgen("score", folder, answers)
    examgen("release", folder, "--run", 1, "--by", "สมศรี", "--reason", "ครั้งที่ 7/2569", *DATED)
    entries = [
        {"kind": "drop", "form": "A", "question": 2, "reason": "ตีความได้สองทาง", **SAID},
        {"kind": "credit_all", "form": "A", "question": 12, "reason": "พิมพ์ไม่ชัด", **SAID},
        {
            "kind": "rekey",
            "form": "B",
            "question": 4,
            "key": other_letter(folder),
            "reason": "เฉลยผิด",
            **SAID,
        },
    ]
    corrected = folder.parent / "corrections.yaml"
    corrected.write_text(yaml.safe_dump(entries, allow_unicode=True), "utf-8")
    examgen("score", folder, answers, "--corrections", corrected)
    examgen("release", folder, "--run", 2, "--by", "สมศรี", "--reason", "ครั้งที่ 8/2569", *DATED)
    return folder


def other_letter(package: Path) -> str:
    """A letter that is not the key of question 4 of form B."""
    return "B" if keys(package)["B"][3]["key"] == "A" else "A"


def one(folder: Path) -> Path:
    """One candidate, of no centre that is known but the file of the answers."""
    return few(folder, [["0001", "A", *"ABCDABCDABCD"]])


def none(folder: Path) -> Path:
    """Nobody: the only row is set aside."""
    return few(folder, [["0001", "Z", *"ABCDABCDABCD"]])


def few(folder: Path, rows: Rows) -> Path:
    """An exam of 12 questions with these rows of answers."""
    bank = shelf()
    built = assemble([bank], *blueprint())
    write_package(folder, exam_files(built, bank_sha256([bank]), {}))
    head = ["candidate_id", "form", *(f"Q{n}" for n in range(1, 13))]
    examgen("score", folder, write_csv(folder.parent / "few.csv", [head, *rows]))
    return folder


# ── many ─────────────────────────────────────────────────────────────────────────────────────


PASSING = (30, 2, 7, 16, 3)
"""How many pass in each centre, as far as it has so many: what is said of a centre hangs on that, and it shall
not hang on which items of the bank the exam has and how they are worded."""


def large(folder: Path) -> Path:
    """The starter exam, sat by 120 synthetic candidates of five centres: one far better than the others, one
    far worse, one a little worse, one small; with dirt in the answers, and a roster."""
    examgen("build", BANK / "DG-TWRT-007" / "blueprints" / "standard.yaml", "--out", folder)
    answers = folder.parent / "large.csv"
    examgen("simulate", folder, "--candidates", 120, "--seed", 2570, "--dirty", 12, "--out", answers)
    (key,) = keys(folder).values()
    with answers.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    ids = [row[0] for row in rows if len(row) == len(header) and row[0] and row != header]
    whole = {name: n for n, name in enumerate(dict.fromkeys(ids))}
    right = [one["key"] for one in key]
    centre_of = [4 if n < 6 else n % 4 for n in range(len(whole))]

    def placed(row: list[str]) -> list[str]:
        if row == header:
            return [*header, "centre"]
        if len(row) != len(header) or row[0] not in whole:
            return row
        n = whole[row[0]]
        centre = centre_of[n]
        passes = centre_of[:n].count(centre) < PASSING[centre]
        sheet = _brought(_sat(row[2:-1], right, centre, n), right, passes, n)
        return [*row[:2], *sheet, row[-1], CENTRES[centre]]

    write_csv(answers, [placed(row) for row in [header, *rows]])
    listed = [[name, f"{n % 7 + 101}", "present"] for name, n in whole.items()]
    listed += [["ABSENT-01", "101", "absent"], ["MISSING-01", "107", "present"]]
    roster = write_csv(folder.parent / "large-roster.csv", [["candidate_id", "room", "status"], *listed])
    examgen("score", folder, answers, "--roster", roster)
    return folder


def _sat(sheet: list[str], key: list[str], centre: int, n: int) -> list[str]:
    """The answers of candidate n: much better in one centre, worse in two others."""
    if centre == 0:
        return [right if q % 3 else own for q, (right, own) in enumerate(zip(key, sheet, strict=True))]
    if centre in (1, 2):
        return ["" if (q + n) % 5 < (3 if centre == 1 else 1) else own for q, own in enumerate(sheet)]
    return sheet


def _brought(sheet: list[str], key: list[str], passes: bool, n: int) -> list[str]:
    """The answers of candidate n, so many of them made right, or left blank, that 60 % are right, or are not;
    what is no plain letter may be right or wrong, and stays as long as others do."""
    mark, places = -(-6 * len(key) // 10), [(q * 7 + n) % len(key) for q in range(len(key))]
    right = [q for q in places if sheet[q] == key[q]]
    unclear = [q for q in places if sheet[q] and sheet[q] not in "ABCD"]
    if passes:
        wrong = [q for q in places if q not in right and q not in unclear] + unclear
        changed = dict.fromkeys(wrong[: max(0, mark + n % 5 - len(right))], True)
    else:
        changed = dict.fromkeys((right + unclear)[: max(0, len(right + unclear) - (mark - 1 - n % 7))], False)
    return [key[q] if changed.get(q) else "" if q in changed else own for q, own in enumerate(sheet)]


# ── reports ──────────────────────────────────────────────────────────────────────────────────

MADE: dict[str, Callable[[Path], Path]] = {
    "none": none, "one": one, "small": small, "middle": middle, "large": large, "marked": marked,
}  # fmt: skip


def report(package: Path, kind: str, out: Path, *words: object) -> Path:
    """A report of a package, without its PDF."""
    examgen("report", package, "--kind", kind, "--no-pdf", "--out", out, *words)
    return out
