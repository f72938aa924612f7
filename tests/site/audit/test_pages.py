"""The pages of the record: searched, checked, taken away."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

from examgen.site.audit.record import record
from tests.site.conftest import Browser

ODD = '=HYPERLINK("x")<script>alert(1)</script>'


def test_a_search_finds_by_parts_of_names_and_shows_no_markup(served: Path, browser: Browser) -> None:
    auditor = browser("auditor")
    record(None, "item.save", "A4011.01-001")
    record(None, "exam.build", ODD)
    record(None, "build.done", "an-exam")
    page = auditor.page("/record/", {"what": "build"})
    assert "A4011.01-001" not in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "Build the exam: done" in page


def test_a_file_of_the_record_proves_itself_and_no_cell_runs(served: Path, browser: Browser) -> None:
    auditor = browser("auditor")
    for n in range(3):
        record(None, "exam.build", ODD, n=n)
    lines = b"".join(auditor.get("/record/record.jsonl")).decode().splitlines()  # type: ignore[arg-type]
    before = "0" * 64
    for line in map(json.loads, lines):
        names = ("number", "at", "who", "what", "about", "detail", "before")
        said = json.dumps(
            [line[name] for name in names], ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        assert line["before"] == before
        assert line["hash"] == hashlib.sha256(said.encode()).hexdigest()
        before = line["hash"]
    text = b"".join(auditor.get("/record/record.csv")).decode("utf-8-sig")  # type: ignore[arg-type]
    rows = [*csv.DictReader(io.StringIO(text))]
    assert len(rows) >= 4
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_the_check_says_that_all_is_whole(served: Path, browser: Browser) -> None:
    auditor = browser("auditor")
    record(None, "exam.build", "x")
    assert b"none is missing" in auditor.get("/record/check/").content
