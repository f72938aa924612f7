"""Which candidate numbers are one number, and how a list's writing of them is what comes out."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import openpyxl
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from examgen.analysis.copying import copying_of_files
from examgen.analysis.options import CopyingOptions, ResponseSource
from examgen.capture.candidate_lists import read_register, read_roster
from examgen.core.candidate_numbers import (
    canonical_bytes,
    canonical_column,
    canonical_number,
    canonical_numbers,
    writing_of,
)
from examgen.core.models.form import Candidate
from examgen.core.models.papers import CandidateNumber, PapersRule
from examgen.core.problems import Refused
from examgen.papers.sheet.printing import number_marks
from examgen.scoring import score as sittings
from tests.sittings import HEAD, key_of, print_for, small_package, table, write_table

THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
PLAIN = PapersRule.model_validate({"spare": 1})
WRITINGS = (
    "690001", "๖๙๐๐๐๑", "６９０００１", "69-0001", "๖๙–๐๐๐๑", "69 0001", "69\u00a00001", "69\u200b0001", "６９－０００１",
    "69๐๐๐๑",
)  # fmt: skip


@pytest.mark.parametrize("written", WRITINGS)
def test_kinds_of_digits_blanks_dashes_and_what_is_not_seen_do_not_count(written: str) -> None:
    assert canonical_number(written) == "690001"


@pytest.mark.parametrize(
    ("one", "other"),
    [("690001", "0690001"), ("a1", "A1"), ("6.9", "69"), ("6/9", "69"), ("6_9", "69"), ("กข1", "ขก1")],
)
def test_all_else_counts(one: str, other: str) -> None:
    assert canonical_number(one) != canonical_number(other)


@pytest.mark.parametrize("written", [("69-0001", "A 7", "--", "", " "), ("690001", "A7"), WRITINGS])
def test_a_column_is_compared_as_its_numbers_are(written: Sequence[str]) -> None:
    column = pl.Series(written)
    assert canonical_column(column).to_list() == [*map(canonical_number, written)]


WRITTEN = st.text(
    "0179๐๑๗๙０１\U0001d7d9aéB-–－− \u00a0\t_/.กขา\u0e38\u0e48\u0e4d\u0301\u200b\ufeff\n", max_size=12
)
MALFORMED = st.lists(
    st.sampled_from([b"69", b"-", b"\xe0", b"\xb9", b"\x90", b"\xed\xa0\x80", b"\xff", b" ", b"\0"])
)


@given(st.lists(WRITTEN.map(str.encode) | MALFORMED.map(b"".join) | st.binary(max_size=6), max_size=20))
@example([b"--", b"-/"])
@example(["๖๙-1".encode(), "ไ–".encode(), "–/".encode(), b""])
@example([b"1", "\u0e38\u0e48–1".encode(), "ก\u0e48\u0e38-๑".encode(), b"e", "\u0301–".encode()])
def test_many_are_compared_as_one_by_one(numbers: list[bytes]) -> None:
    given = np.array(numbers or [b""], np.bytes_)
    one_by_one = np.array([canonical_bytes(one) for one in given.tolist()], np.bytes_)
    assert canonical_numbers(given).tolist() == one_by_one.tolist()


def test_the_writing_of_a_list_is_given_and_only_where_it_is_one() -> None:
    writing = writing_of(["๖๙๐๐๐๑", "12-3", "77"])
    assert [writing(one) for one in ("690001", "123", "๗๗", "1-23", "78")] == [
        "๖๙๐๐๐๑", "12-3", "77", "12-3", "78",
    ]  # fmt: skip
    old = writing_of(["1-11", "11-1"])  # of a printing by an earlier version
    assert [old(one) for one in ("1-11", "11-1", "111")] == ["1-11", "11-1", "111"]


def listed(*lines: str) -> bytes:
    return "\n".join(["candidate_id,name", *lines, ""]).encode()


@pytest.mark.parametrize("other", [one for one in WRITINGS[1:] if "６" not in one])
def test_a_list_that_has_a_number_twice_is_refused_with_both_lines(other: str) -> None:
    data = listed("690001,ก", "690002,ข", f"{other},ค")
    for read in (
        lambda: read_roster("list.csv", data),
        lambda: read_register("list.csv", data, ("A",), None),
    ):
        with pytest.raises(Refused) as refused:
            read()
        [problem] = [one for one in refused.value.problems if one.code == "candidate-twice"]
        assert problem.source == "list.csv:4"
        assert "690001" in problem.message
        assert {"2", "4"} <= {*problem.message.translate(str.maketrans(":,.", "   ")).split()}


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


def one_string(folder: Path, exam: Path, written: dict[str, str]) -> Path:
    key, forms = {form: key_of(exam, form) for form in "AB"}, dealt(exam)
    rows = [[one, forms[who], "".join(key[forms[who]])] for who, one in written.items()]
    return write_table(folder / "string.csv", rows, ["candidate_id", "form", "answers"])


def long(folder: Path, exam: Path, written: dict[str, str]) -> Path:
    key, forms = {form: key_of(exam, form) for form in "AB"}, dealt(exam)
    rows = [
        [one, forms[who], str(n), letter]
        for who, one in written.items()
        for n, letter in enumerate(key[forms[who]], 1)
    ]
    return write_table(folder / "long.csv", rows, ["candidate_id", "form", "question", "answer"])


def workbook(folder: Path, exam: Path, written: dict[str, str]) -> Path:
    book = openpyxl.Workbook()
    with wide(folder, exam, written).open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            book.worksheets[0].append(row)
    book.save(folder / "wide.xlsx")
    return folder / "wide.xlsx"


@pytest.mark.parametrize("shape", [wide, one_string, long, workbook])
@pytest.mark.parametrize("unlisted", [None, "score"])
@pytest.mark.parametrize(("in_list", "in_answers"), [(THAI, {}), ({}, THAI), (THAI, WIDE), ({}, "dashes")])
def test_answers_in_another_writing_are_those_of_the_list(
    shape: object, unlisted: str | None, in_list: dict[int, int], in_answers: object, tmp_path: Path
) -> None:
    exam = exam_for(tmp_path, [one.translate(in_list) for one in PEOPLE])
    written = {
        one: f"{one[:2]}-{one[2:]}" if in_answers == "dashes" else one.translate(in_answers)  # type: ignore[arg-type]
        for one in PEOPLE
    }
    answers = shape(tmp_path, exam, written)  # type: ignore[operator]
    wanted = sittings.ScoringOptions(signals=False, processes=1, unlisted=unlisted)
    scored = sittings.score(exam, [answers], tmp_path / "out", options=wanted)
    assert scored.audit["rows"] == {"read": 90, "scored": 90, "identical_repeats": 0, "quarantined": 0}
    assert [row["candidate_id"] for row in table(scored.folder / "candidates.csv")] == [
        one.translate(in_list) for one in PEOPLE
    ]


def test_a_list_that_writes_numbers_otherwise_forgets_nobody(tmp_path: Path) -> None:
    """A first scoring without any list, and one by a roster that writes the numbers otherwise."""
    exam = exam_for(tmp_path, [])
    first = write_table(tmp_path / "a.csv", [["690000", "A", *"ABCD"]], HEAD)
    wanted = sittings.ScoringOptions(signals=False, processes=1)
    assert sittings.score(exam, [first], options=wanted).run == 1
    again = write_table(tmp_path / "b.csv", [["690000", "A", *"ABCC"]], HEAD)
    roster = write_table(tmp_path / "roster.csv", [["๖๙๐๐๐๐"]], ["candidate_id"])
    done = sittings.score(
        exam, [again], options=wanted.model_copy(update={"roster": roster, "without": ("answers",)})
    )
    assert [row["candidate_id"] for row in table(done.folder / "candidates.csv")] == ["๖๙๐๐๐๐"]
    assert "left_out" not in done.audit


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
    ends = ("source", "copier", "theta_source", "theta_copier")
    assert found.pairs.select(ends).rows() == [("๖๙๐๐๐๐", "69-0001", 1.5, -1)]
    assert "abilities-estimated" in [one.code for one in found.notes]
