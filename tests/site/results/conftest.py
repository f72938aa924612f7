"""An exam that was sat: run 1 released, then run 2, in which one candidate's answers are other ones."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from examgen.core.exam.names import KEY_CSV
from examgen.core.signing.keys import make_keys
from examgen.scoring.releases import release
from examgen.scoring.score import score
from tests.site.conftest import point
from tests.sittings import small_package, table

UNIT, EXAM = "T-1", "T-EXAM"
AT = f"/exams/{EXAM}/results"
SCRIPT = "<script>alert(1)</script>"
HEAD = "candidate_id,name,form,Q1,Q2,Q3,Q4\n"
FIRST = f"0001,สมหญิง,A,{{right}}\n0002,{SCRIPT},B,A,A,A,A\n"
SECOND = f"0001,สมหญิง,A,,,,\n0002,{SCRIPT},B,A,A,A,A\n"


@pytest.fixture(scope="session")
def sat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the exam, run 1 released, and keys of the body; nobody changes it."""
    folder = tmp_path_factory.mktemp("results") / "workspace"
    (folder / "item_bank").mkdir(parents=True)
    exam = small_package(folder / "output" / EXAM)
    right = ",".join(one["key"] for one in table(exam / KEY_CSV) if one["form"] == "A")
    for name, rows in (("first", FIRST), ("second", SECOND)):
        (folder / f"{name}.csv").write_text(HEAD + rows.format(right=right), "utf-8")
    score(exam, [folder / "first.csv"])
    release(exam, 1, "กรรมการ", "ครบถ้วน", date(2026, 11, 20), open_looks="พิจารณาภายหลัง")
    make_keys(folder / "keys" / "body.pem", "สถาบันทดสอบ")
    return folder


@pytest.fixture
def results(sat: Path, settings: Any, tmp_path: Path, db: None) -> Path:
    """The exam in a workspace of the test's own, which the site serves."""
    folder = Path(shutil.copytree(sat, tmp_path / "workspace"))
    point(settings, folder)
    return folder / "output" / EXAM
