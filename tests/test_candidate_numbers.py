"""Which candidate numbers are one number, and how a list's writing of them is what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from examgen.analysis.copying import copying_of_files
from examgen.analysis.options import CopyingOptions, ResponseSource
from examgen.capture.candidate_lists import read_roster
from examgen.core.candidate_numbers import (
    canonical_number,
)
from examgen.core.models.form import Candidate
from examgen.core.models.papers import CandidateNumber, PapersRule
from examgen.core.problems import Refused
from examgen.papers.sheet.printing import number_marks
from examgen.scoring import score as sittings
from tests.sittings import HEAD, key_of, print_for, small_package, table, write_table

PLAIN = PapersRule.model_validate({"spare": 1})
WRITINGS = (
    "690001", "๖๙๐๐๐๑", "６９０００１", "69-0001", "๖๙–๐๐๐๑", "69 0001", "69\u00a00001", "69\u200b0001", "６９－０００１",
    "69๐๐๐๑",
)  # fmt: skip


def listed(*lines: str) -> bytes:
    return "\n".join(["candidate_id,name", *lines, ""]).encode()


def test_the_bubbles_of_a_sheet_say_the_number_however_it_is_written() -> None:
    number = CandidateNumber(length=6)
    said = {number_marks(number, one) for one in WRITINGS}
    assert said == {tuple(("number", n, char) for n, char in enumerate("690001", 1))}
    assert read_roster("list.csv", listed("๖๙-๐๐๐๑,ก"), number)[0].candidate_id == "๖๙-๐๐๐๑"
    with pytest.raises(Refused, match="error"):
        read_roster("list.csv", listed("๖๙๐๐๑,ก"), number)


# ── scored ───────────────────────────────────────────────────────────────────────────────────

PEOPLE = [f"6900{n:02d}" for n in range(90)]


def exam_for(folder: Path, people: Sequence[str]) -> Path:
    exam = small_package(folder / "exam")
    if people:
        print_for(exam, [Candidate(candidate_id=one, name="x", room="1") for one in people], PLAIN)
    return exam


def dealt(exam: Path) -> dict[str, str]:
    rows = table(exam / "secure/candidates.csv")
    return {canonical_number(row["candidate_id"]): row["form"] for row in rows if row["candidate_id"]}


def wide(folder: Path, exam: Path, written: dict[str, str]) -> Path:
    key, forms = {form: key_of(exam, form) for form in "AB"}, dealt(exam)
    rows = [[one, forms[who], *key[forms[who]]] for who, one in written.items()]
    return write_table(folder / "wide.csv", rows, HEAD)


def test_the_ledger_by_form_has_those_without_a_row_where_the_papers_were_dealt(tmp_path: Path) -> None:
    """The roster says no form; the package knows what everybody was dealt."""
    exam = exam_for(tmp_path, PEOPLE[:6])
    roster = write_table(tmp_path / "roster.csv", [[one] for one in PEOPLE[:7]], ["candidate_id"])
    answers = wide(tmp_path, exam, {one: one for one in PEOPLE[:2]})
    done = sittings.score(
        exam, [answers], options=sittings.ScoringOptions(roster=roster, signals=False, processes=1)
    )
    rows = table(done.folder / "ledger.csv")
    by_form = {row["name"]: int(row["registered"]) for row in rows if row["by"] == "form"}
    forms = list(dealt(exam).values())
    assert by_form == {"A": forms.count("A"), "B": forms.count("B"), "": 1}


def test_abilities_and_pairs_in_another_writing_are_those_candidates(tmp_path: Path) -> None:
    candidates = ["๖๙๐๐๐๐", "69-0001", "690002"]
    abilities = write_table(
        tmp_path / "theta.csv", [["690000", "1.5"], ["๖๙๐๐๐๑", "-1"]], ["candidate_id", "theta"]
    )
    pairs = write_table(tmp_path / "pairs.csv", [["690000", "690001"]], ["source", "copier"])
    cells = [[one, "1", "0", "1"] for one in candidates]
    scores = write_table(tmp_path / "scores.csv", cells, ["candidate_id", "i1", "i2", "i3"])
    items = write_table(tmp_path / "items.csv", [[f"i{n}", "1", "0"] for n in (1, 2, 3)], ["item", "a", "b"])
    options = CopyingOptions(pairs=pairs, abilities=abilities, items=items)
    found = copying_of_files(ResponseSource(files=(scores,)), options).result
    ends = ("first", "second", "theta_first", "theta_second")
    assert found.pairs.select(ends).rows() == [("๖๙๐๐๐๐", "69-0001", 1.5, -1)]
    assert "abilities-estimated" in [one.code for one in found.notes]
