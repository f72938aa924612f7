"""A small workspace in which people stand in every kind of file: for tests of what is held of a person."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import sys
from pathlib import Path

import polars as pl
import yaml
from openpyxl import Workbook

from examgen.commands import main
from examgen.core.models.form import Candidate
from tests.commands.conftest import write_blueprint
from tests.samples import write_unit
from tests.sittings import RULE, print_for, table, write_table

PERSON, NAME, FIRM, PHONE = "1-1002-00300-14-8", "นายชูใจ ทองคำแท้", "บริษัทแสงทอง", "081-234-5678"
THAI = "๑๑๐๐๒๐๐๓๐๐๑๔๘"
OTHER, OTHER_NAME = "1-1002-00300-11-3", "นางมานี มีนา"
MISREAD = "11002003O0148"
"""What a clerk typed: a letter in the place of a figure, put right by a decision."""
DAY = ("--date", "2026-11-21")


def examgen(folder: Path, *words: object) -> tuple[int, str]:
    """A command in a folder: its exit status, and what it printed; of `--json` the document alone."""
    out, err = io.StringIO(), io.StringIO()
    before, argv = Path.cwd(), sys.argv
    os.chdir(folder)
    sys.argv = ["examgen", *map(str, words)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
        status = 0
    except SystemExit as stop:
        status = int(stop.code or 0)
    finally:
        os.chdir(before)
        sys.argv = argv
    text = out.getvalue() + ("" if "--json" in words else err.getvalue())
    assert "Traceback" not in text + err.getvalue(), err.getvalue()
    return status, text


def ok(folder: Path, *words: object) -> str:
    """What a command printed that ended well."""
    status, text = examgen(folder, *words)
    assert status in (0, 3), text
    return text


def numbers() -> list[str]:
    """Everybody's numbers."""
    others = [f"1-1002-00{n:03}-{n % 90 + 10}-{n % 10}" for n in range(1, 11)]
    return [*others[:5], PERSON, *others[5:], OTHER]


def names() -> dict[str, str]:
    """Everybody's names."""
    found = {number: f"นาย{'กขคง'[n % 4]}อน ใจดี{n}" for n, number in enumerate(numbers())}
    return {**found, PERSON: NAME, OTHER: OTHER_NAME}


def make(folder: Path) -> Path:
    """The workspace: a printing, a sitting of several files, two runs, two releases, what comes of them."""
    write_unit(folder / "item_bank")
    (folder / "output").mkdir()
    write_blueprint(folder / "bp.yaml", forms=2, items=6, exam="X", report={"rank": True})
    ok(folder, "build", "bp.yaml")
    exam = folder / "output/X"
    called = names()
    people = [
        Candidate(
            candidate_id=number,
            name=called[number],
            centre=("เหนือ", "ใต้")[n % 2],
            room="301",
            seat=str(n + 1),
            extra={
                "organisation": FIRM if number == PERSON else f"หน่วย {n}",
                "phone": PHONE if number == PERSON else "",
            },
        )
        for n, number in enumerate(numbers())
    ]
    print_for(exam, people, RULE)
    _give(folder, exam)
    ok(folder, "score", exam)
    ok(folder, "decide", exam, PERSON, "--as", "withheld", "--by", "committee",
       "--reason", f"{NAME} ({THAI}) was ill", "--evidence", f"letter of {PERSON}", *DAY)  # fmt: skip
    ok(folder, "decide", exam, PERSON, "--as", "restored", "--by", "committee", "--reason", "back", *DAY)
    ok(folder, "score", exam)
    ok(
        folder,
        "release",
        exam,
        "--run",
        1,
        "--by",
        "committee",
        "--reason",
        "first",
        *DAY,
        "--open-looks",
        "later",
    )
    right = [{"kind": "credit_all", "form": _forms(exam)[0], "question": 1, "only_here": True, "reason": "two",
              "by": "committee", "date": "2026-11-21"}]  # fmt: skip
    (folder / "corrections.yaml").write_text(yaml.safe_dump(right, allow_unicode=True), "utf-8")
    ok(folder, "take", exam, "corrections.yaml")
    ok(folder, "score", exam)
    ok(
        folder,
        "release",
        exam,
        "--run",
        2,
        "--by",
        "committee",
        "--reason",
        "second",
        *DAY,
        "--open-looks",
        "later",
    )
    ok(folder, "report", exam, "--no-pdf", "--lang", "th", "--kind", "committee", "--kind", "cohort", *DAY)
    ok(folder, "export", exam, "--format", "results")
    ok(folder, "export", exam, "--format", "results", "--pseudonymous", "--out", exam / "exports" / "coded")
    return folder


def _forms(exam: Path) -> list[str]:
    return list(dict.fromkeys(row["form"] for row in table(exam / "secure/key.csv")))


def _give(folder: Path, exam: Path) -> None:
    """Answers in several kinds of files, the roster, the plan, a decision on whose a row is."""
    listed = [row for row in table(exam / "secure/candidates.csv") if row["candidate_id"]]
    key: dict[str, list[str]] = {}
    for row in table(exam / "secure/key.csv"):
        key.setdefault(row["form"], []).append(row["key"].split("|")[0])
    head = ["candidate_id", "form", *(f"Q{n}" for n in range(1, len(key[listed[0]["form"]]) + 1)), "remark"]
    rows: dict[str, list[str]] = {}
    for n, row in enumerate(listed):
        marks = [letter if (n + k) % 3 else "B" for k, letter in enumerate(key[row["form"]])]
        rows[row["candidate_id"]] = [row["candidate_id"], row["form"], *marks, ""]
    theirs = rows.pop(PERSON)
    rest = [*rows.values()]
    write_table(folder / "plain.csv", [[MISREAD, *theirs[1:-1], f"โทร {PHONE}"], *rest[:4]], head)
    (folder / "thai.csv").write_bytes(_csv([head, *rest[4:6]]).encode("cp874"))
    book = Workbook()
    assert book.active is not None
    for cells in [head, *rest[6:8]]:
        book.active.append(cells)
    book.active.append([int(rest[8][0].replace("-", "")), *rest[8][1:]])
    book.save(folder / "book.xlsx")
    pl.DataFrame([dict(zip(head, cells, strict=True)) for cells in rest[9:]]).write_parquet(
        folder / "table.parquet"
    )
    write_table(
        folder / "roster.csv",
        [[row["candidate_id"], row["name"], row["centre"], row["room"], row["seat"], row["organisation"], "present"]
         for row in listed],
        ["candidate_id", "name", "centre", "room", "seat", "organisation", "status"],
    )  # fmt: skip
    write_table(
        folder / "identities.csv",
        [["plain.csv", "2", PERSON, "", "the name on the sheet", "clerk", "2026-11-20"]],
        ["file", "line", "candidate_id", "form", "reason", "by", "date"],
    )
    plan = {
        "date": "2026-11-18",
        "centres": [{"name": name, "rooms": [{"name": "301", "seats": 30}]} for name in ("เหนือ", "ใต้")],
        "accommodation": [
            {"candidate_id": PERSON, "given": "extra time", "extra_minutes": 30, "reason": "สายตา"},
        ],
    }
    (folder / "sitting.yaml").write_text(f"# {NAME}\n{yaml.safe_dump(plan, allow_unicode=True)}", "utf-8")
    ok(
        folder,
        "take",
        exam,
        "sitting.yaml",
        "roster.csv",
        "plain.csv",
        "thai.csv",
        "book.xlsx",
        "table.parquet",
    )
    ok(folder, "take", exam, "identities.csv")


def _csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()
