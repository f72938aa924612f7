"""The pages of the record: searched, taken away."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from examgen.site.audit.models import record
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


def test_a_file_of_the_record_has_all_of_it_and_no_cell_runs(served: Path, browser: Browser) -> None:
    auditor = browser("auditor")
    for n in range(3):
        record(None, "exam.build", ODD, n=n)
    lines = b"".join(auditor.get("/record/record.jsonl")).decode().splitlines()  # type: ignore[arg-type]
    entries = [json.loads(line) for line in lines]
    assert [one["detail"] for one in entries if one["what"] == "exam.build"] == [{"n": n} for n in range(3)]
    text = b"".join(auditor.get("/record/record.csv")).decode("utf-8-sig")  # type: ignore[arg-type]
    rows = [*csv.DictReader(io.StringIO(text))]
    assert len(rows) >= 4
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
