"""What became of the sheets of a list: decisions of people, attendance and later scans counted in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from examgen.core.problems import Refused
from examgen.scanning.gallery.commands import take_decisions
from examgen.scanning.gallery.in_doubt import crop_code
from examgen.sitting.tray import tray_of
from tests.commands.conftest import Run, run
from tests.scanning import drawn_sheets as sheets
from tests.sittings import table, write_table

__all__ = ["run"]
IDS = ("10001", "10002", "10003", "10004")


@pytest.fixture
def exam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An exam for four candidates, and scans: the sheet of the first, and a spare sheet without a number."""
    monkeypatch.chdir(tmp_path)
    exam = sheets.exam_with_sheets(Path("exam"), IDS)
    sheets.save(own(exam, "10001"), Path("tray/1.png"))
    spare = next(serial for serial, row in sheets.dealt(exam).items() if not row["candidate_id"])
    sheet = sheets.sheet_of(exam)
    marks = {("form", 0): "A", **sheets.answers("ABCD")}
    sheets.save(sheets.drawn(sheet, marks, sheets.code_text(sheet, spare)), Path("tray/2.png"))
    return exam


def own(exam: Path, who: str, answers: str = "ABCD") -> Any:
    serial = next(serial for serial, row in sheets.dealt(exam).items() if row["candidate_id"] == who)
    return sheets.personal(exam, serial, answers)


def counts(said: dict[str, Any]) -> dict[str, int]:
    names = ("listed", "absent", "expected", "read", "set_aside", "missing", "not_recorded", "of_absent")
    return dict(zip(names, (said["sheets"][name] for name in names), strict=True))


def state(folder: Path) -> dict[str, str]:
    return {sheet.candidate_id: sheet.state for sheet in tray_of(folder).sheets}


def test_a_sheet_whose_owner_somebody_names_is_read_and_one_that_is_nobodys_is_asked_no_more(
    run: Run, exam: Path
) -> None:
    read = run("scan", "tray", "--exam", exam, "--out", "out", "--processes", "1").out
    assert "4 sheets expected = 1 read + 0 set aside + 3 missing" in read
    assert "missing: 10002 (1, seat 1); 10003 (1, seat 2); 10004 (1, seat 3)" in read
    said = tray_of(Path("out")).as_dict()
    assert counts(said) == {
        **{"listed": 4, "absent": 0, "expected": 4, "read": 1, "set_aside": 0},
        **{"missing": 3, "not_recorded": 3, "of_absent": 0},
    }
    assert [(one["page"], one["reason"]) for one in said["nobodys"]] == [("tray/2.png:1", "number-blank")]
    run.ok("scan", "gallery", "out", "--share", "0")
    [digest] = json.loads(Path("out/review/gallery.json").read_text("utf-8"))["scans"]
    [page] = [row for row in table(Path("out/pages.csv")) if row["reason"]]
    line = [
        digest,
        crop_code(page["sha256"], 1, 0),
        1,
        "",
        "first",
        f"– {page['form']}",
        "10002",
        "A",
        "me",
        "2026-11-20",
    ]
    heads = ["scan", "code", "page", "question", "task", "read", "decided", "form", "by", "time"]
    form = next(row["form"] for row in sheets.dealt(exam).values() if row["candidate_id"] == "10002")
    line[heads.index("form")] = form
    write_table("d.csv", [line], heads)
    take_decisions(Path("out"), [Path("d.csv")])
    assert state(Path("out")) == {"10001": "read", "10002": "read", "10003": "missing", "10004": "missing"}
    line[heads.index("decided")], line[heads.index("time")] = "-", "2026-11-21"
    write_table("d.csv", [line], heads)
    take_decisions(Path("out"), [Path("d.csv")])
    said = tray_of(Path("out")).as_dict()
    assert (said["sheets"]["read"], said["nobodys"]) == (1, [])


def test_a_sitting_counts_all_its_scans_and_expects_nobody_who_was_absent(run: Run, exam: Path) -> None:
    taken = run("take", exam, "tray", "--by", "มานี").out
    assert "4 sheets expected = 1 read + 0 set aside + 3 missing" in taken
    sheets.save(own(exam, "10002"), Path("late/1.png"))
    sheets.save(own(exam, "10003"), Path("late/2.png"))
    run("take", exam, "late", "--by", "มานี")
    people = [
        {"candidate_id": one, "room": "1", "status": "absent" if one in ("10003", "10004") else "present"}
        for one in IDS
    ]
    run.ok("take", exam, write_table("who.csv", people), "--by", "มานี")
    done = run("returns", exam)
    assert "2 sheets expected = 2 read + 0 set aside + 0 missing" in done.out
    assert done.status == 3
    said = run.json("returns", exam)["sheets"]
    assert counts(said) == {
        **{"listed": 4, "absent": 2, "expected": 2, "read": 2, "set_aside": 0},
        **{"missing": 0, "not_recorded": 0, "of_absent": 1},
    }
    assert [(one["candidate_id"], one["pages"]) for one in said["of_absent"]] == [
        ("10003", ["2/late/2.png:1"])
    ]
    assert said["pages"] == {"all": 4, "read": 3, "set_aside": 1, "blank": 0, "repeated": 0}


def test_a_folder_that_is_no_scan_and_no_exam_is_refused(exam: Path) -> None:
    with pytest.raises(Refused, match="contains no finished scan"):
        tray_of(Path("tray"))
