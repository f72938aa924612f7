"""A list in Thai digits, from the printed sheet to a candidate's report: one person whatever says the number."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.scanning import drawn_sheets as sheets
from tests.scanning.test_scan import serials
from tests.sittings import table

THAI = ["๑๐๐๐๑", "๑๐๐-๐๒", "๑๐๐๐๓"]


def test_sheets_answers_and_decisions_are_of_the_one_on_the_list(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    exam = sheets.exam_with_sheets(Path("exam"), THAI)
    dealt = {row["candidate_id"]: row["form"] for row in table(exam / "secure/candidates.csv")}
    for n, who in enumerate(THAI[:2]):
        sheets.save(sheets.personal(exam, serials(exam)[who], "ABCD"), Path(f"in/{n}.png"))
    ran = run("scan", "in", "--exam", "exam", "--out", "out", "--processes", "1")
    assert ran.status == 0, ran.text
    assert [row["candidate_id"] for row in table(Path("out/responses.csv"))] == THAI[:2]
    # the first once more, typed, with another answer; the third typed with dashes
    Path("typed.csv").write_text(
        f"candidate_id,form,Q1,Q2,Q3,Q4\n10001,{dealt[THAI[0]]},A,B,C,A\n1-0003,{dealt[THAI[2]]},A,B,C,D\n"
    )
    assert run("score", "exam", "out/responses.csv", "typed.csv").status == 3
    aside = table(exam / "results/quarantine.csv")
    assert {(row["candidate_id"], row["reason"]) for row in aside} == {(THAI[0], "candidate_in_two_files")}
    Path("who.csv").write_text(
        "file,line,candidate_id,reason,by,date\ntyped.csv,2,-,typed from another sheet,ก,2026-11-20\n"
    )
    ran = run("score", "exam", "out/responses.csv", "typed.csv", "--identities", "who.csv")
    assert [row["candidate_id"] for row in table(exam / "results/candidates.csv")] == THAI
    assert run("release", "exam", "--run", "2", "--by", "C", "--reason", "minutes").status == 0
    assert run("scan", "annotate", "out", "--candidate", "10002").status == 0
    ran = run(
        "report", "exam", "--kind", "candidate", "--candidate", "10002", "--html", "--no-pdf", "--out", "told"
    )
    assert ran.status == 0, ran.text
    assert (Path("told") / f"{THAI[1]}.html").is_file()
