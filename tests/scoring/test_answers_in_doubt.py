"""Files, columns and rows that are not what they seem: refused, set aside or reported, never wrong in silence."""

from __future__ import annotations

import csv
import random
import re
import shutil
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font

from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.package import read_package
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.models.form import Candidate
from examgen.core.problems import Refused
from examgen.scoring import answers_and_key
from examgen.scoring.options import ScoringOptions
from examgen.scoring.score import score
from tests.samples import blueprint, item_data, shelf
from tests.sittings import key_of, print_for, small_package, table

N = 30
QUESTIONS = [f"Q{n}" for n in range(1, N + 1)]
HEAD = ["candidate_id", *QUESTIONS]
PCS = ["E1.01", "E1.02", "E2.01"]
Row = list[str]


def package(folder: Path, options: Sequence[str] = (), forms: int = 1, n_numeric: int = 1) -> Path:
    """An exam of thirty questions, the first of which may have these options."""
    items = [item_data(PCS[n % 3], n + 1) for n in range(N * forms)]
    for item in items[: n_numeric if options else 0]:
        item["options"] = dict(zip("abcd", options, strict=True))
    bank = shelf(items=items)
    exam = assemble([bank], *blueprint(items=N, forms=forms, order={"options": "as_written"}))
    write_package(folder, exam_files(exam, bank_sha256([bank]), {}))
    return folder


@pytest.fixture(scope="module")
def exam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(tmp_path_factory.mktemp("one") / "exam")


@pytest.fixture(scope="module")
def two_forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(tmp_path_factory.mktemp("two") / "exam", forms=2)


def marked(key: Sequence[str], n: int = 24, share: float = 0.65) -> list[Row]:
    """The rows of candidates who know so much."""
    drawn = random.Random(1)
    return [
        [f"69{k:04d}", *(c if drawn.random() < share else drawn.choice("ABCD") for c in key)]
        for k in range(n)
    ]


def outcome(
    folder: Path, head: Sequence[str], rows: Sequence[Sequence[object]], at: Path, **options: Any
) -> str:
    """What becomes of a file: the words of its refusal, or its quarantine and what is reported."""
    text = StringIO()
    csv.writer(text).writerows([head, *rows])
    path = at / "a.csv"
    path.write_text(text.getvalue(), "utf-8")
    return scored(folder, path, **options)


def scored(folder: Path, path: Path, **options: Any) -> str:
    shutil.rmtree(path.parent / "r", ignore_errors=True)
    try:
        done = score(folder, [path], path.parent / "r", options=ScoringOptions(signals=False, **options))
    except Refused as refused:
        return "refused: " + "; ".join(problem.message for problem in refused.problems)
    return "; ".join([str(dict(done.audit["quarantine"])), *done.audit.get("to_check", ())])


def changed(rows: Sequence[Row], change: Callable[[int, Row], Row]) -> list[Row]:
    return [change(n, row) for n, row in enumerate(rows)]


def put(column: int, cell: Callable[[int, str], str]) -> Callable[[int, Row], Row]:
    """Another cell in one column."""
    return lambda n, row: [*row[:column], cell(n, row[column]), *row[column + 1 :]]


# ── columns beside those of the questions ────────────────────────────────────────────────────


@pytest.mark.parametrize("heading", ["{} student", "Answer {n}", "{} reader 2", "ผู้สอบ ข้อ {n}"])
def test_the_key_beside_the_answers_is_asked_about(exam: Path, tmp_path: Path, heading: str) -> None:
    key = key_of(exam)
    others = [heading.format(question, n=n) for n, question in enumerate(QUESTIONS, 1)]
    rows = [[row[0], *key, *row[1:]] for row in marked(key)]
    said = outcome(exam, [*HEAD, *others], rows, tmp_path)
    assert "refused: columns beside those of the questions have answers, too" in said
    assert f"`{others[0]}`" in said
    assert "--columns" in said


@pytest.mark.parametrize("heading", ["{} key", "Right answer {n}"])
def test_the_key_in_columns_of_its_own_changes_nothing(exam: Path, tmp_path: Path, heading: str) -> None:
    key = key_of(exam)
    head = [HEAD[0], *(name for n, q in enumerate(QUESTIONS, 1) for name in (q, heading.format(q, n=n)))]
    rows = [[row[0], *(c for pair in zip(row[1:], key, strict=True) for c in pair)] for row in marked(key)]
    assert outcome(exam, head, rows, tmp_path) == "{}"


@pytest.mark.parametrize("heading", ["second mark Q2", "Q2 (2nd)", "other answer", "ข้อ 2 รอยที่สอง", "Q2b"])
def test_second_marks_in_columns_in_words_wait(exam: Path, tmp_path: Path, heading: str) -> None:
    rows = [[*row[:3], "C" if n in (4, 7) else "", *row[3:]] for n, row in enumerate(marked(key_of(exam)))]
    said = outcome(exam, [*HEAD[:3], heading, *HEAD[3:]], rows, tmp_path)
    assert "{'unreadable_marks': 2}" in said
    assert f"{heading}: 2 rows have a mark in a column of its own" in said


def test_confidence_beside_answers_is_no_answer(exam: Path, tmp_path: Path) -> None:
    head = [HEAD[0], *(name for q in QUESTIONS for name in (q, f"{q} confidence"))]
    rows = [[row[0], *(c for n, mark in enumerate(row[1:]) for c in (mark, str(1 + n % 4)))]
            for row in marked(key_of(exam))]  # fmt: skip
    assert outcome(exam, head, rows, tmp_path) == "{}"


def test_two_columns_of_the_form_that_differ_are_refused(two_forms: Path, tmp_path: Path) -> None:
    rows = marked(key_of(two_forms))
    head = ["candidate_id", "form", "ชุด", *QUESTIONS]
    said = outcome(two_forms, head, [[r[0], "A", "AB"[n % 2], *r[1:]] for n, r in enumerate(rows)], tmp_path)
    assert "`form` and `ชุด` name different forms in 12 rows, for example in line 3 (A, B)" in said
    assert outcome(two_forms, head, [[r[0], "A", "ชุด ก", *r[1:]] for r in rows], tmp_path) == "{}"


def test_another_column_of_candidate_numbers_is_reported(exam: Path, tmp_path: Path) -> None:
    rows = [[row[0], "S" + row[0], *row[1:]] for row in marked(key_of(exam))]
    said = outcome(exam, ["candidate_id", "student_id", *QUESTIONS], rows, tmp_path)
    assert "`candidate_id` is taken as the candidate number, not `student_id`" in said


@pytest.mark.parametrize(("name", "text"), [("status", "void"), ("หมายเหตุ", "ทุจริต"), ("note", "Absent")])
def test_rows_that_are_said_not_to_count_are_reported(
    exam: Path, tmp_path: Path, name: str, text: str
) -> None:
    rows = [[*row, text if n == 3 else "ok"] for n, row in enumerate(marked(key_of(exam)))]
    assert f"`{name}` says {text!r} (line 5)" in outcome(exam, [*HEAD, name], rows, tmp_path)


def test_remarks_and_corrections_in_few_rows_are_reported(exam: Path, tmp_path: Path) -> None:
    texts = {3: "ทุจริต", 5: "ขาดสอบ", 8: "do not count"}
    rows = [[*row, texts.get(n, "")] for n, row in enumerate(marked(key_of(exam)))]
    said = outcome(exam, [*HEAD, "หมายเหตุ"], rows, tmp_path)
    assert "`หมายเหตุ` says 'ทุจริต' (line 5), 'ขาดสอบ' (line 7), but the rows are scored" in said
    assert "`หมายเหตุ` has 1 remark: 'do not count' (line 10)" in said


def test_a_corrected_answer_in_a_column_of_its_own_is_asked_about(exam: Path, tmp_path: Path) -> None:
    key = key_of(exam)
    other = next(letter for letter in "ABCD" if letter != key[3])
    said = outcome(exam, [*HEAD, "Q4 (แก้ไข)"], [[*row, other] for row in marked(key)], tmp_path)
    assert "columns beside those of the questions have answers, too: `Q4 (แก้ไข)`" in said
    few = [[*row, "B" if n == 3 else ""] for n, row in enumerate(marked(key))]
    assert "{'unreadable_marks': 1}" in outcome(exam, [*HEAD, "Q1_2"], few, tmp_path)


def test_a_second_heading_of_the_same_columns_is_no_row(exam: Path, tmp_path: Path) -> None:
    rows = marked(key_of(exam))
    thai = ["เลขประจำตัวสอบ", *(f"ข้อ {n}" for n in range(1, N + 1))]
    assert outcome(exam, thai, [HEAD, *rows], tmp_path) == "{'header_repeated': 1}"
    numbers = ["", *map(str, range(1, N + 1))]
    assert outcome(exam, numbers, [HEAD, *rows], tmp_path) == "{}"


# ── rows that are no candidates, or two of one ───────────────────────────────────────────────


@pytest.mark.parametrize("number", ["guest1", "trial2", "Test-3", "ทดลอง 1", "ห้อง 2", "Printed 30 Nov 2026"])
def test_numbers_of_no_candidates_wait(exam: Path, tmp_path: Path, number: str) -> None:
    rows = marked(key_of(exam))
    blank = number[0] in "หP"
    rows[3] = [number, *([""] * N if blank else rows[3][1:])]
    assert "{'no_candidate': 1}" in outcome(exam, HEAD, rows, tmp_path)


def test_numbers_unlike_all_others_are_reported(exam: Path, tmp_path: Path) -> None:
    rows = marked(key_of(exam))
    rows[3][0] = "69O003"
    assert "1 candidate number is unlike all others: 69O003 (line 5)" in outcome(exam, HEAD, rows, tmp_path)
    assert outcome(exam, HEAD, changed(rows, lambda n, row: [f"guest{n}", *row[1:]]), tmp_path) == "{}"


@pytest.mark.parametrize("other", ["{}", "'{}", "{}.", "0{}"])
def test_one_number_in_two_ways_is_reported(exam: Path, tmp_path: Path, other: str) -> None:
    rows = changed(marked(key_of(exam)), lambda _, row: [f"A{row[0]}", *row[1:]])
    rows[4][0] = other.format(rows[3][0].lower() if other == "{}" else rows[3][0])
    if other == "0{}":
        rows[3][0], rows[4][0] = "7", "007"
    assert "1 candidate may have a number in two ways" in outcome(exam, HEAD, rows, tmp_path)


def test_counts_below_the_answers_wait(exam: Path, tmp_path: Path) -> None:
    rows = marked(key_of(exam))
    counts = [
        [letter, *(str(sum(row[q] == letter for row in rows)) for q in range(1, N + 1))] for letter in "ABCD"
    ]
    assert "{'unreadable_marks': 4}" in outcome(exam, HEAD, [*rows, *counts], tmp_path)
    formulas = [["A", *['=COUNTIF(B2:B25,"A")'] * N]]
    assert "{'unreadable_marks': 1}" in outcome(exam, HEAD, [*rows, *formulas], tmp_path)


def test_candidates_without_any_answer_are_reported(exam: Path, tmp_path: Path) -> None:
    rows = changed(marked(key_of(exam)), lambda n, row: [row[0], *[""] * N] if n in (3, 9) else row)
    assert "2 candidates have no answer at all (lines 5, 11)" in outcome(exam, HEAD, rows, tmp_path)


# ── answers that fit another place ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("step", [1, -1])
def test_rows_that_have_shifted_are_reported(exam: Path, tmp_path: Path, step: int) -> None:
    rows = changed(
        marked(key_of(exam)),
        lambda n, r: r if n not in (3, 4, 5) else [r[0], "", *r[1:-1]] if step == 1 else [r[0], *r[2:], ""],
    )
    said = outcome(exam, HEAD, rows, tmp_path)
    assert "the answers on lines 5, 6, 7 are right far more often when they are moved by a question" in said


def test_of_very_many_rows_none_may_be_at_the_level_of_guessing(
    exam: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers_and_key, "_MOST_LOOKED_AT", 10)
    assert outcome(exam, HEAD, marked(key_of(exam), 40, 0.85), tmp_path) == "{}"


@pytest.mark.parametrize("step", [1, -1])
def test_few_rows_that_have_shifted_from_some_question_on_are_reported(
    exam: Path, tmp_path: Path, step: int
) -> None:
    def shifted(n: int, row: Row) -> Row:
        if n not in (3, 15):
            return row
        return [*row[:10], "", *row[10:-1]] if step == 1 else [*row[:10], *row[11:], ""]

    rows = marked(key_of(exam), 40, 0.85)
    said = outcome(exam, HEAD, changed(rows, shifted), tmp_path)
    assert "the answers on lines 5, 17 are right far more often when they are moved by a question" in said
    assert outcome(exam, HEAD, rows, tmp_path) == "{}"


def test_an_answer_that_has_moved_to_the_next_column_waits(exam: Path, tmp_path: Path) -> None:
    rows = [[*row, row[-1] if n == 5 else "101"] for n, row in enumerate(marked(key_of(exam)))]
    assert "{'unreadable_marks': 1}" in outcome(exam, [*HEAD, "room"], rows, tmp_path)


def test_rows_without_right_answers_or_with_double_marks_are_reported(exam: Path, tmp_path: Path) -> None:
    key, double = key_of(exam), {"A": "AB", "B": "BC", "C": "CD", "D": "DA"}

    def other(n: int, row: Row) -> Row:
        if n == 4:
            return [
                row[0],
                *("" if cell == right else cell for cell, right in zip(row[1:], key, strict=True)),
            ]
        return [row[0], *map(double.get, row[1:])] if n == 6 else row  # type: ignore[list-item]

    said = outcome(exam, HEAD, changed(marked(key, 80), other), tmp_path)
    assert "all answers on lines 6 are wrong, and many between them are blank" in said
    assert "many answers on lines 8 are several marks" in said
    said = outcome(
        exam, HEAD, changed(marked(key, 80), put(7, lambda n, c: double[c] if n % 2 else c)), tmp_path
    )
    assert "many answers to question 7 are several marks" in said


def test_guessing_among_two_options_is_not_taken_for_a_shift(tmp_path: Path) -> None:
    def of_two(n: int) -> dict[str, Any]:
        return item_data(PCS[n % 3], n + 1, key="ab"[n % 2], options={o: f"ตัวเลือก {o} {n}" for o in "ab"},
                         rationale=dict.fromkeys("ab", "–"))  # fmt: skip

    bank = shelf(items=[of_two(n) for n in range(N)])
    exam = assemble([bank], *blueprint(items=N, order={"options": "as_written"}))
    write_package(tmp_path / "exam", exam_files(exam, bank_sha256([bank]), {}))
    key, drawn = key_of(tmp_path / "exam"), random.Random(2)
    guessing = [[f"68{n:04d}", "", *drawn.choices("AB", k=N - 1)] for n in range(20)]
    know = [[f"69{n:04d}", *(c if drawn.random() < 0.95 else "A" for c in key)] for n in range(40)]
    assert "moved by a question" not in outcome(tmp_path / "exam", HEAD, [*know, *guessing], tmp_path)


def test_columns_that_have_shifted_or_are_exchanged_are_reported(exam: Path, tmp_path: Path) -> None:
    key = key_of(exam)
    shifted = changed(marked(key), lambda n, row: [*row[:20], "ABCD"[n % 4], *row[20:-1]])
    assert "if they are taken as answers to the question before each of them" in outcome(
        exam, HEAD, shifted, tmp_path
    )
    one = next(n for n in range(1, N) if key[n - 1] != key[n])
    swapped = changed(marked(key), lambda _, row: [*row[:one], row[one + 1], row[one], *row[one + 2 :]])
    said = outcome(exam, HEAD, swapped, tmp_path)
    assert f"the answers to question {one}, question {one + 1} may be exchanged" in said


def test_columns_exchanged_on_one_form_are_reported(two_forms: Path, tmp_path: Path) -> None:
    head, rows = of_forms(two_forms, 80, is_mixed=True)
    key = key_of(two_forms, "B")
    one = next(n for n in range(5, N) if key[n] != key[20] and n != 20)
    for row in rows[1::2]:
        row[2 + one], row[22] = row[22], row[2 + one]
    said = outcome(two_forms, head, rows, tmp_path)
    shown = ", ".join(f"question {n + 1}" for n in sorted((one, 20)))
    assert f"a.csv, form B: the answers to {shown} may be exchanged" in said


def test_half_a_room_at_the_level_of_guessing_is_reported(exam: Path, tmp_path: Path) -> None:
    drawn = random.Random(5)
    rows = changed(
        marked(key_of(exam)), lambda n, row: row if n < 12 else [row[0], *drawn.choices("ABCD", k=N)]
    )
    said = outcome(exam, HEAD, rows, tmp_path)
    assert "of 24 candidates are no more right than by guessing (lines" in said


def test_columns_of_right_and_wrong_in_letters_are_reported(exam: Path, tmp_path: Path) -> None:
    key = key_of(exam)
    place = 1 + key.index("A")
    rows = marked(key, 100)
    said = outcome(exam, HEAD, changed(rows, put(place, lambda _, c: "A" if c == "A" else "B")), tmp_path)
    assert f"only two different answers of 100 candidates occur at question {place}" in said
    only_right = changed(rows, put(place, lambda _, c: c if c == "A" else ""))
    assert f"every answer to question {place} is right" in outcome(exam, HEAD, only_right, tmp_path)
    only_wrong = changed(rows, put(place, lambda _, c: c if c != "A" else ""))
    assert f"no answer to question {place} is right" in outcome(exam, HEAD, only_wrong, tmp_path)


# ── how answers are written ──────────────────────────────────────────────────────────────────


def test_answers_that_are_no_option_are_named(exam: Path, tmp_path: Path) -> None:
    rows = changed(marked(key_of(exam)), lambda n, row: put(9, lambda *_: "A->B")(n, row) if n == 5 else row)
    assert "line 7, question 9: 'A->B'" in outcome(exam, HEAD, rows, tmp_path)


@pytest.mark.parametrize("letters", ["ABCกABCDDD", "กขคdกขคงงง"])
def test_rows_with_letters_of_two_alphabets_are_reported(exam: Path, tmp_path: Path, letters: str) -> None:
    usual = dict(zip("ABCD", "กขคง" if letters[0] == "ก" else "ABCD", strict=True))
    rows = [
        [row[0], *letters, *([usual[c] for c in row[11:]])]
        if n == 5
        else [row[0], *(usual[c] for c in row[1:])]
        for n, row in enumerate(marked(key_of(exam)))
    ]
    said = outcome(exam, HEAD, rows, tmp_path)
    assert "1 row has Latin and Thai letters (line 7; scored)" in said


NUMBERS = dict(zip("ABCD", "1234", strict=True))
OTHERS = {
    "points": lambda right, cell: "1" if cell == right else "",
    "of two": lambda right, cell: "2" if cell == right else "1",
    "from 0": lambda _, cell: "0123"["ABCD".index(cell)],
    "from 2": lambda _, cell: "2345"["ABCD".index(cell)],
}


@pytest.mark.parametrize("is_numbered", [True, False])
@pytest.mark.parametrize("kind", OTHERS)
def test_rows_of_points_or_counted_otherwise_wait(
    exam: Path, tmp_path: Path, kind: str, is_numbered: bool
) -> None:
    key = key_of(exam)

    def other(n: int, row: Row) -> Row:
        if n in (4, 7):
            return [row[0], *map(OTHERS[kind], key, row[1:])]
        return [row[0], *(NUMBERS[cell] if is_numbered else cell for cell in row[1:])]

    said = outcome(exam, HEAD, changed(marked(key, 40), other), tmp_path)
    assert "{'unreadable_marks': 2}" in said
    assert "2 rows have points (0, 1, 2), figures, or options counted from another number" in said


@pytest.mark.parametrize("wrong", ["0", ""])
def test_points_in_a_part_of_a_row_of_letters_wait(exam: Path, tmp_path: Path, wrong: str) -> None:
    key = key_of(exam)

    def other(n: int, row: Row) -> Row:
        points = ["1" if cell == right else wrong for cell, right in zip(row[1:], key, strict=True)]
        return [*row[:19], *points[18:]] if n == 4 else row

    said = outcome(exam, HEAD, changed(marked(key, 40, 0.8), other), tmp_path)
    assert "{'unreadable_marks': 1}" in said


def test_a_question_counted_from_0_is_asked_about(exam: Path, tmp_path: Path) -> None:
    rows = changed(marked(key_of(exam), 60), lambda _, row: [row[0], *map(NUMBERS.__getitem__, row[1:])])
    said = outcome(exam, HEAD, changed(rows, put(7, lambda _, cell: str(int(cell) - 1))), tmp_path)
    assert "refused: question 7: " in said
    assert "may be options counted from 0" in said


def test_a_letter_and_a_number_are_no_double_mark(exam: Path, tmp_path: Path) -> None:
    rows = changed(marked(key_of(exam)), put(4, lambda n, c: f"{c}{1 + n % 4}"))
    assert "refused: question 4: 24 of 24 answers are not understood" in outcome(exam, HEAD, rows, tmp_path)


def test_double_marks_everywhere_are_reported(exam: Path, tmp_path: Path) -> None:
    double = {"A": "AB", "B": "BC", "C": "CD", "D": "DA"}
    rows = changed(
        marked(key_of(exam)), lambda _, r: [r[0], *(double[c] if n % 2 else c for n, c in enumerate(r[1:]))]
    )
    assert "one answer in 2 is several marks" in outcome(exam, HEAD, rows, tmp_path)


@pytest.mark.parametrize(
    ("is_double", "said"),
    [
        (lambda n, q: (7 * n + q) % 20 == 0, "one answer in 2"),  # 5 % everywhere
        (lambda n, q: q == 17 and n % 8 == 0, "many answers to question 17 are several marks"),
        (lambda n, q: n in (3, 40) and q % 5 == 0, "many answers on lines 5, 42 are several marks"),
        (lambda n, q: (7 * n + q) % 100 == 0, None),  # 1 %
    ],
)
def test_many_double_marks_are_reported(
    exam: Path, tmp_path: Path, is_double: Callable[[int, int], bool], said: str | None
) -> None:
    double = {"A": "AB", "B": "BC", "C": "CD", "D": "DA"}
    rows = [
        [row[0], *(double[c] if is_double(n, q) else c for q, c in enumerate(row[1:], 1))]
        for n, row in enumerate(marked(key_of(exam), 80))
    ]
    found = outcome(exam, HEAD, rows, tmp_path)
    assert said in found if said else "several marks" not in found


@pytest.mark.parametrize(
    ("letters", "point", "none"),
    [("1234", "1", ""), ("1234", "1.0", ""), ("1234", "4", "-"), ("ABCD", "A", ""), ("กขคง", "ก", "-")],
)
@pytest.mark.parametrize("only", ["AB", "B"])
def test_points_as_one_answer_or_none_are_refused(
    two_forms: Path, tmp_path: Path, letters: str, point: str, none: str, only: str
) -> None:
    head, rows = of_forms(two_forms, 40, is_mixed=True)
    keys = {form: key_of(two_forms, form) for form in "AB"}
    place = next(n for n in range(N) if all(keys[form][n] not in "AD" for form in "AB"))
    written = dict(zip("ABCD", letters, strict=True))
    for row in rows:
        is_right = row[2 + place] == keys[row[1]][place]
        row[2:] = map(written.get, row[2:])  # type: ignore[list-item]
        if row[1] in only:
            row[2 + place] = point if is_right else none
    said = outcome(two_forms, head, rows, tmp_path)
    where = f"question {place + 1}{'' if only == 'AB' else ' of form B'}"
    assert f"{where}: all who answered gave the same answer" in said
    assert "These may be points, as 1 or nothing" in said


def test_the_key_in_place_of_some_columns_is_reported(two_forms: Path, tmp_path: Path) -> None:
    head, rows = of_forms(two_forms, 60, is_mixed=True)
    for row in rows:
        row[14:19] = key_of(two_forms, row[1])[12:17]
    said = outcome(two_forms, head, rows, tmp_path)
    assert "all 60 candidates are right at question 13, question 14, question 15, question 16, 1 more" in said


@pytest.mark.parametrize("letter", ["A", "D"])
def test_ends_that_were_filled_in_are_reported(two_forms: Path, tmp_path: Path, letter: str) -> None:
    head, rows = of_forms(two_forms, 60, is_mixed=True)
    for n in (4, 15, 33, 50):
        rows[n][20:] = [letter] * len(rows[n][20:])
    said = outcome(two_forms, head, rows, tmp_path)
    assert "the last answers of 4 candidates are all the same (lines 6, 17, 35, 52)" in said


def test_digits_among_letters_are_reported(exam: Path, tmp_path: Path) -> None:
    rows = changed(
        marked(key_of(exam), 40),
        lambda n, row: ["4" if c == "A" and (n + q) % 9 == 0 else c for q, c in enumerate(row)],
    )
    said = outcome(exam, HEAD, rows, tmp_path)
    assert re.search(r"question \d+.*: '4' \(answers: \d+, scored\)", said)
    assert "neither letters that were misread" in said


def test_a_letter_and_a_point_in_few_rows_are_reported(exam: Path, tmp_path: Path) -> None:
    key = key_of(exam)
    rows = changed(
        marked(key, 40),
        lambda n, r: r if n != 7 else [r[0], *(c + "01"[c == k] for c, k in zip(r[1:], key, strict=True))],
    )
    assert "They are a letter and a number in one cell" in outcome(exam, HEAD, rows, tmp_path)
    one = changed(marked(key, 40), lambda n, r: put(9, lambda *_: "D1")(n, r) if n == 7 else r)
    assert "question 9: 'D1' (answers: 1, scored). They are a letter" in outcome(exam, HEAD, one, tmp_path)


def test_answers_most_of_which_are_no_option_are_refused(exam: Path, tmp_path: Path) -> None:
    rows = changed(marked(key_of(exam), 40), put(9, lambda n, c: "E" if n % 5 else c))
    assert "question 9: 32 of 40 answers are not understood" in outcome(exam, HEAD, rows, tmp_path)


def test_what_is_scored_as_it_is_is_told(exam: Path, tmp_path: Path) -> None:
    rows = changed(marked(key_of(exam)), put(8, lambda n, c: "another text" if n % 2 else c))
    assert "refused: question 8: 12 of 24" in outcome(exam, HEAD, rows, tmp_path)
    said = outcome(exam, HEAD, rows, tmp_path, unreadable="score")
    assert "{}; a.csv: scored as they are: question 8: 12 of 24 answers are not understood" in said
    said = outcome(exam, HEAD, rows, tmp_path, unreadable="aside")
    assert "{'unreadable_marks': 12}; a.csv: set aside: question 8" in said


@pytest.mark.parametrize(
    ("right", "wrong"), [("1 pt", "0 pt"), ("100%", "0%"), ("1/1", "0/1"), ("1", "-0.25"), ("1", "-1")]
)
def test_points_in_other_writings_are_points(exam: Path, tmp_path: Path, right: str, wrong: str) -> None:
    key = key_of(exam)
    rows = [
        [r[0], *(right if c == k else wrong for c, k in zip(r[1:], key, strict=True))] for r in marked(key)
    ]
    assert "refused: these are points, not answers" in outcome(exam, HEAD, rows, tmp_path)


TEXTS = {
    ("001", "010", "100", "000"): "{}", ("010", "001", "100", "011"): "{}", ("-1", "-7", "010", "100"): "{}",
    ("0", "5", "10", "15"): "{}", ("5", "6", "7", "8"): "{}", ("-1", "-7", "7", "0"): "{}",
    ("12", "13", "14", "15"): "may be a double mark or the text of an option",
    ("-", "+", "*", "/"): "The sign is read as a blank, and is the text of an option, too",
    ("-1", "-7", "7", "1"): "the number or letter of one option and the text of another",
    ("0", "1", "2", "3"): "the number or letter of one option and the text of another",
}  # fmt: skip


@pytest.mark.parametrize("options", TEXTS)
def test_options_that_are_numbers_or_signs_are_read_or_asked_about(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    folder = package(tmp_path / "exam", options)
    rows = marked(key_of(folder))
    assert outcome(folder, HEAD, rows, tmp_path) == "{}"
    letters = [(row["candidate_id"], row["score"]) for row in table(tmp_path / "r/candidates.csv")]
    forms = table(folder / "secure/forms.csv")
    place = next(int(row["question"]) for row in forms if row["item"] == f"{PCS[0]}-001")
    said = outcome(folder, HEAD, changed(rows, put(place, lambda _, c: options["ABCD".index(c)])), tmp_path)
    assert TEXTS[options] in said
    if said == "{}":
        assert letters == [
            (row["candidate_id"], row["score"]) for row in table(tmp_path / "r/candidates.csv")
        ]


def test_numbers_that_may_have_lost_their_decimals_are_asked_about(tmp_path: Path) -> None:
    """Shown without decimals, `2.5` and `3.0` are both `3`, the place of another option."""
    folder = package(tmp_path / "exam", ("2.0", "2.5", "3.0", "3.5"))
    forms = table(folder / "secure/forms.csv")
    place = next(int(row["question"]) for row in forms if row["item"] == f"{PCS[0]}-001")
    rows = changed(marked(key_of(folder)), put(place, lambda _, c: "2334"["ABCD".index(c)]))
    assert "the number or letter of one option and the text of another" in outcome(
        folder, HEAD, rows, tmp_path
    )
    rows = changed(marked(key_of(folder)), put(place, lambda _, c: "1234"["ABCD".index(c)]))
    assert outcome(folder, HEAD, rows, tmp_path) == "{}"  # `1` is no option without its decimals


@pytest.mark.parametrize("rounded", [False, True])
def test_below_stems_numbers_are_texts_unless_no_option_reads_so(tmp_path: Path, rounded: bool) -> None:
    """A web form whose options are numbers is read; one that a spreadsheet has rounded is refused by question."""
    options = ("2", "3", "4", "5")
    folder = package(tmp_path / "exam", options, n_numeric=29)
    texts = read_package(folder).texts
    assert texts is not None
    questions = texts.questions("A")
    rows = [
        [row[0], *(one.options["ABCD".index(c)] for one, c in zip(questions, row[1:], strict=True))]
        for row in marked(key_of(folder))
    ]
    said = outcome(folder, [HEAD[0], *(one.stem for one in questions)], rows, tmp_path)
    assert said == "{}"
    if rounded:
        wide = ("0.6", "1.05", "1.5", "2.5")
        other = package(tmp_path / "other", wide, n_numeric=1)
        asked = read_package(other).texts
        assert asked is not None
        questions = asked.questions("A")
        place = next(n for n, one in enumerate(questions) if tuple(one.options) == wide)
        rows = [
            [row[0], *(one.options["ABCD".index(c)] for one, c in zip(questions, row[1:], strict=True))]
            for row in marked(key_of(other))
        ]
        rows = changed(rows, put(place + 1, lambda _, cell: str(round(float(cell)))))
        said = outcome(other, [HEAD[0], *(one.stem for one in questions)], rows, tmp_path)
        assert f"refused: question {place + 1}: 24 of 24 answers are not understood" in said
        assert "A spreadsheet may have rounded them" in said


def test_columns_of_points_with_one_heading_are_named(exam: Path, tmp_path: Path) -> None:
    head = [HEAD[0], *(name for k in range(N) for name in (f"text {k}", "1.0"))]
    rows = [[row[0], *(cell for c in row[1:] for cell in (c, "0.0"))] for row in marked(key_of(exam))]
    said = outcome(exam, head, rows, tmp_path)
    assert "('1.0' is the heading of 3, 5, 7, 9, 11, …)" in said
    assert "--columns" in said


# ── rows that may not be whole, or of somebody else ──────────────────────────────────────────


def blank(rows: Sequence[Row], lines: range, first: int, last: int) -> list[Row]:
    """The rows with these questions blank on some lines."""
    return [
        [cell if n + 2 not in lines or not first <= k <= last else "" for k, cell in enumerate(row)]
        for n, row in enumerate(rows)
    ]


@pytest.mark.parametrize(("first", "last"), [(1, 15), (9, 16), (16, 30)])
def test_a_page_that_several_rows_have_lost_is_reported(
    exam: Path, tmp_path: Path, first: int, last: int
) -> None:
    said = outcome(exam, HEAD, blank(marked(key_of(exam), 100), range(40, 46), first, last), tmp_path)
    assert f"question {first}, question {first + 1}" in said
    assert "are blank in 6 rows one below the other (lines 40, 41, 42, 43, 44, …)" in said


def test_those_who_stop_where_others_do_not_are_no_lost_page(exam: Path, tmp_path: Path) -> None:
    rows = marked(key_of(exam), 100)
    for n in range(40, 60):
        rows = blank(rows, range(n, n + 1), 18 + n % 8, N)
    assert outcome(exam, HEAD, rows, tmp_path) == "{}"


def test_a_page_that_was_captured_twice_is_reported(exam: Path, tmp_path: Path) -> None:
    rows = changed(marked(key_of(exam), 60), lambda n, row: [*row[:16], *row[1:16]] if n in (7, 8) else row)
    said = outcome(exam, HEAD, rows, tmp_path)
    assert "in 2 rows the second half of the answers repeats the first (lines 9, 10)" in said


@pytest.mark.parametrize(
    "name", ["เฉลย", "ทดสอบ ระบบ", "กระดาษคำตอบต้นแบบ", "ครูทดลองสแกน", "Key", "test 2", "Master sheet"]
)
def test_a_row_named_as_the_key_or_a_test_waits(exam: Path, tmp_path: Path, name: str) -> None:
    rows = [
        [row[0], name if n == 5 else "Mark Keyes", *row[1:]] for n, row in enumerate(marked(key_of(exam)))
    ]
    said = outcome(exam, [HEAD[0], "ชื่อ-สกุล", *QUESTIONS], rows, tmp_path)
    assert said == "{'no_candidate': 1}"


def test_names_that_are_not_those_of_the_list_are_reported(tmp_path: Path) -> None:
    folder = small_package(tmp_path / "exam")
    names = ["สมชาย ใจดี", "นางสาวสุดา รักไทย", "วิชัย ทองดี", "กันยา บุญมี", "ธีระ ชูใจ", ""]
    print_for(
        folder,
        [Candidate(candidate_id=f"69000{n}", name=name, room="1", seat="") for n, name in enumerate(names)],
    )
    forms = {row["candidate_id"]: row["form"] for row in table(folder / "secure/candidates.csv")}
    written = ["ใจดี  สมชาย", "สุดา รักไทย", "Wichai Thongdee", "ธีระ ชูใจ", "นายธีระ ชูใจ", "มานะ ศรีสุข"]
    rows = [[f"69000{n}", name, *key_of(folder, forms[f"69000{n}"])] for n, name in enumerate(written)]
    said = outcome(folder, ["candidate_id", "ชื่อ-สกุล", *QUESTIONS[: len(rows[0]) - 2]], rows, tmp_path)
    assert "`ชื่อ-สกุล` of 1 row is not what the list has for its number (line 5)" in said


def test_seats_and_rooms_that_are_not_those_of_the_list_are_reported(tmp_path: Path) -> None:
    folder = small_package(tmp_path / "exam")
    print_for(
        folder,
        [Candidate(candidate_id=f"69000{n}", name="", room="12"[n // 3], seat=f"A{n}") for n in range(6)],
    )
    forms = {row["candidate_id"]: row["form"] for row in table(folder / "secure/candidates.csv")}
    rows = [[who, "", "", *key_of(folder, form)] for who, form in forms.items() if who]
    for n, row in enumerate(rows):
        row[1:3] = f"ห้อง {'12'[n // 3]}", f"a{n ^ 1 if n > 3 else n}"  # the list writes rooms in another way
    head = ["candidate_id", "room", "ที่นั่งสอบ", *QUESTIONS[: len(rows[0]) - 3]]
    said = outcome(folder, head, rows, tmp_path)
    assert "`ที่นั่งสอบ` of 2 rows is not what the list has for their number (lines 6, 7)" in said
    assert "`room`" not in said
    rows[0][1:3], rows[5][1:3] = ("2", "A0"), ("2", "A5")
    for row in rows[1:5]:
        row[1] = "1"
    assert "`room` of 3 rows is not what the list" in outcome(folder, head, rows, tmp_path)


def test_an_address_of_two_numbers_is_reported_and_not_that_of_a_room(exam: Path, tmp_path: Path) -> None:
    def said_of(addresses: Callable[[int], str]) -> str:
        rows = [[row[0], addresses(n), *row[1:]] for n, row in enumerate(marked(key_of(exam)))]
        return outcome(exam, [HEAD[0], "Email Address", *QUESTIONS], rows, tmp_path)

    said = said_of(lambda n: "A5@x.th " if n == 9 else f"a{n}@x.th")
    assert "`Email Address` is the same for several candidate numbers: 690005 = 690009." in said
    assert said_of(lambda n: f"room{n // 12}@x.th") == "{}"


def test_numbers_that_lost_digits_are_unlike_the_others(exam: Path, tmp_path: Path) -> None:
    rows = changed(marked(key_of(exam), 40), lambda n, row: ["6901" if n == 3 else row[0], *row[1:]])
    said = outcome(exam, HEAD, rows, tmp_path)
    assert "1 candidate number is unlike all others: 6901 (line 5)" in said
    rows = [[str(9_999 + n), *row[1:]] for n, row in enumerate(marked(key_of(exam), 40))]
    assert outcome(exam, HEAD, rows, tmp_path) == "{}"


@pytest.mark.parametrize("remark", ["สมศรี (ข้อ 10 แก้เป็น ค)", "Q10 changed to C", "แก้คำตอบจาก ก"])
def test_a_correction_in_any_column_is_reported(exam: Path, tmp_path: Path, remark: str) -> None:
    rows = [[*row, remark if n == 9 else "สมศรี แก้วใจ"] for n, row in enumerate(marked(key_of(exam)))]
    said = outcome(exam, [*HEAD, "ผู้ตรวจ"], rows, tmp_path)
    assert f"`ผู้ตรวจ` has 1 remark: '{remark}' (line 11)" in said


# ── answers of rows and forms, whatever the forms of a file ──────────────────────────────────


def of_forms(folder: Path, n: int, is_mixed: bool, share: float = 0.65) -> tuple[list[str], list[Row]]:
    """The heading and the rows of candidates, whose forms alternate if mixed."""
    drawn = random.Random(8)
    rows = []
    for k in range(n):
        form, known = "AB"[k % 2] if is_mixed else "A", min(0.95, max(0.1, drawn.gauss(share, 0.2)))
        answers = [
            c if drawn.random() < known else drawn.choice("ABCD")
            for c in key_of(folder, *form[: int(is_mixed)])
        ]
        rows.append([f"69{k:04d}", form, *answers])
    return ["candidate_id", "form", *QUESTIONS], rows


def moved_down(rows: Sequence[Row], from_row: int, columns: slice) -> list[Row]:
    """A cell was inserted in some columns."""
    found = [[*row] for row in rows]
    for n in range(from_row, len(rows)):
        cells = rows[n][columns]
        found[n][columns] = rows[n - 1][columns] if n > from_row else [""] * len(cells)
    return found


FOLDERS = pytest.mark.parametrize("is_mixed", [False, True])


@FOLDERS
def test_cells_that_moved_from_a_row_on_are_reported(
    exam: Path, two_forms: Path, tmp_path: Path, is_mixed: bool
) -> None:
    folder = two_forms if is_mixed else exam
    head, rows = of_forms(folder, 36 if is_mixed else 100, is_mixed)
    assert outcome(folder, head, rows, tmp_path) == "{}"
    said = outcome(folder, head, moved_down(rows, 12, slice(14, 32)), tmp_path)
    assert "and those after it fit far better if they are moved by a row (lines " in said
    if is_mixed:
        said = outcome(folder, head, moved_down(rows, 12, slice(2, 32)), tmp_path)
        assert re.search(r"the answers on lines 1\d to 3\d fit far better if they are moved by a row", said)


@FOLDERS
def test_rows_of_one_place_that_guess_are_reported(
    exam: Path, two_forms: Path, tmp_path: Path, is_mixed: bool
) -> None:
    folder, drawn = two_forms if is_mixed else exam, random.Random(3)
    head, rows = of_forms(folder, 36, is_mixed)
    for n in range(0, 36, 4):
        rows[n][2:] = drawn.choices("ABCD", k=N)
    places = [[*row, "Korat" if n % 4 == 0 else "Trang"] for n, row in enumerate(rows)]
    said = outcome(folder, [*head, "centre"], places, tmp_path)
    assert " of 36 candidates are no more right than by guessing (lines 2, 6, 10, 14, 18, …)" in said
    if is_mixed:
        few = [[*row[:2], *drawn.choices("ABCD", k=N)] for row in rows[:12]]
        assert "of the answers of 12 candidates are right, no more than by guessing" in outcome(
            folder, head, few, tmp_path
        )


def test_rows_of_another_form_are_reported_together(two_forms: Path, tmp_path: Path) -> None:
    head, rows = of_forms(two_forms, 40, is_mixed=True, share=0.5)
    exchanged = changed(rows, lambda n, r: [r[0], "BA"[n % 2] if n % 5 < 2 else r[1], *r[2:]])
    assert "candidates have answers that fit another form better (lines" in outcome(
        two_forms, head, exchanged, tmp_path
    )


def test_a_column_filled_down_in_rows_of_two_forms_is_reported(two_forms: Path, tmp_path: Path) -> None:
    head, rows = of_forms(two_forms, 60, is_mixed=True)
    keys = {key_of(two_forms, form)[9] for form in "AB"}
    other = next(letter for letter in "ABCD" if letter not in keys)
    filled = changed(rows, put(11, lambda n, c: other if n >= 30 else c))
    assert "have the same answer to question 10" in outcome(two_forms, head, filled, tmp_path)


def test_a_remark_that_names_a_question_is_reported_under_any_heading(exam: Path, tmp_path: Path) -> None:
    rows = [[*row, "ข้อ 12 ตั้งใจตอบ ง" if n == 9 else ""] for n, row in enumerate(marked(key_of(exam)))]
    said = outcome(exam, [*HEAD, "กรรมการ"], rows, tmp_path)
    assert "`กรรมการ` has 1 remark: 'ข้อ 12 ตั้งใจตอบ ง' (line 11)" in said


@pytest.mark.parametrize("letters", ["กฃฅงจ", "ฟิแก"])
def test_obsolete_letters_and_those_of_a_thai_keyboard_wait(exam: Path, tmp_path: Path, letters: str) -> None:
    typed = dict(zip("ABCD", letters, strict=False))
    rows = changed(
        marked(key_of(exam), 40),
        lambda n, r: [*r[:20], *map(typed.get, r[20:])] if n in (3, 9) else r,  # type: ignore[list-item]
    )
    assert "{'unreadable_marks': 2}" in outcome(exam, HEAD, rows, tmp_path)


def test_causes_of_refusals_are_named(exam: Path, tmp_path: Path) -> None:
    rows = [[row[0], str(n), cell] for row in marked(key_of(exam)) for n, cell in enumerate(row[1:])]
    said = outcome(exam, ["candidate_id", "question", "answer"], rows, tmp_path)
    assert "The questions may be counted from 0" in said
    head = ["เลขประจำตัวสอบ", *(f"ข้อ {n}" for n in range(1, N + 1))]
    misread = [name.encode("cp874").decode("latin-1") for name in head]
    said = outcome(exam, misread, marked(key_of(exam)), tmp_path)
    assert "The headings are Thai that was read in another encoding" in said


# ── candidate numbers that may be others ─────────────────────────────────────────────────────


def renamed(rows: Sequence[Row], name: Callable[[int], str]) -> list[Row]:
    return [[name(n), *row[1:]] for n, row in enumerate(rows)]


@pytest.mark.parametrize(("first", "width"), [(690101, 7), (7100, 7), (101, 4), (97, 5)])
@pytest.mark.parametrize("n_lost", [1, 8])
def test_numbers_without_their_zeros_are_reported(
    exam: Path, tmp_path: Path, first: int, width: int, n_lost: int
) -> None:
    def number(n: int) -> str:
        return str(first + n) if 12 <= n < 12 + n_lost else f"{first + n:0{width}d}"

    said = outcome(exam, HEAD, renamed(marked(key_of(exam), 40), number), tmp_path)
    assert "fewer digits than the others, which begin with 0" in said
    assert f"{first + 12} (line 14)" in said
    rising = renamed(marked(key_of(exam), 40), lambda n: str(9_960 + 2 * n))
    assert outcome(exam, HEAD, rising, tmp_path) == "{}"


def test_dates_and_letters_of_another_script_in_numbers_are_reported(exam: Path, tmp_path: Path) -> None:
    rows = marked(key_of(exam), 40)
    dates = renamed(rows, lambda n: f"2026-03-{n + 1:02d}" if n < 20 else f"14-{n - 19:02d}")
    assert "20 candidate numbers are dates: 2026-03-01 (line 2)" in outcome(exam, HEAD, dates, tmp_path)
    cyrillic = renamed(rows, lambda n: f"{'К' if n == 5 else 'K'}-{n:03d}")
    assert "another script that looks like a Latin one: К-005 = K-005 (line 7)" in outcome(
        exam, HEAD, cyrillic, tmp_path
    )


@pytest.mark.parametrize("heading", ["ยืนยันเลขประจำตัวสอบ", "confirm candidate_id", "candidate_id_2"])
def test_a_column_that_repeats_the_number_is_held_against_it(
    exam: Path, tmp_path: Path, heading: str
) -> None:
    rows = [[row[0], f"69{n + (100 if n in (3, 4) else 0):04d}", *row[1:]]
            for n, row in enumerate(marked(key_of(exam)))]  # fmt: skip
    said = outcome(exam, [HEAD[0], heading, *QUESTIONS], rows, tmp_path)
    assert f"`{heading}` repeats the candidate number, but has another on lines 5, 6" in said
    same = [[row[0], row[0], *row[2:]] for row in rows]
    assert outcome(exam, [HEAD[0], heading, *QUESTIONS], same, tmp_path) == "{}"


def test_numbers_of_records_beside_user_names_are_asked_about(exam: Path, tmp_path: Path) -> None:
    rows = [[str(501 + n), *row] for n, row in enumerate(marked(key_of(exam)))]
    said = outcome(exam, ["id", "username", *QUESTIONS], rows, tmp_path)
    assert "refused: `id` counts the rows, and `username` may be the candidate number" in said


def test_the_key_under_the_name_of_an_office_is_reported(exam: Path, tmp_path: Path) -> None:
    key = key_of(exam)
    rows = [["690400", "ครูผู้สอน", *key], *([row[0], "สมชาย ใจดี", *row[1:]] for row in marked(key))]
    said = outcome(exam, [HEAD[0], "ชื่อ", *QUESTIONS], rows, tmp_path)
    assert "a.csv:2: 690400 has every answer right, and `ครูผู้สอน` is no candidate's" in said


# ── cells that have moved within columns ─────────────────────────────────────────────────────


def able(key: Sequence[str], n: int) -> list[Row]:
    """Candidates of different abilities, some of whom know hardly anything."""
    drawn = random.Random(4)
    rows = []
    for k in range(n):
        share = drawn.uniform(0.2, 1)
        answers = (c if drawn.random() < share else drawn.choice("ABCD") for c in key)
        rows.append([f"69{k:04d}", *answers])
    return rows


def test_columns_that_moved_by_a_row_are_reported(exam: Path, tmp_path: Path) -> None:
    rows = able(key_of(exam), 300)
    assert outcome(exam, HEAD, rows, tmp_path) == "{}"
    half = [[*row[:16], *rows[n - 1][16:]] for n, row in enumerate(rows)]
    said = outcome(exam, HEAD, half, tmp_path)
    assert (
        "the answers up to question 15 and those after it fit far better if they are moved by a row" in said
    )
    one = [[*row[:3], rows[(n + 1) % 300][3], *row[4:]] for n, row in enumerate(rows)]
    assert "the answers to question 3 fit far better" in outcome(exam, HEAD, one, tmp_path)


def test_a_column_that_was_sorted_or_filled_down_is_reported(exam: Path, tmp_path: Path) -> None:
    rows = able(key_of(exam), 60)
    column = sorted(row[7] for row in rows)
    said = outcome(exam, HEAD, changed(rows, put(7, lambda n, _: column[n])), tmp_path)
    assert "the answers to question 7 are sorted, and the rows are not" in said
    other = next(letter for letter in "ABCD" if letter != key_of(exam)[9])
    said = outcome(exam, HEAD, changed(rows, put(10, lambda n, c: other if n >= 20 else c)), tmp_path)
    assert "many rows one below the other have the same answer to question 10" in said
    whole = sorted(rows, key=lambda row: row[7])
    assert outcome(exam, HEAD, whole, tmp_path) == "{}"


def test_rows_of_another_exam_at_the_end_are_reported(exam: Path, tmp_path: Path) -> None:
    drawn = random.Random(3)
    strangers = [[f"70{n:04d}", *drawn.choices("ABCD", k=N)] for n in range(5)]
    said = outcome(exam, HEAD, [*marked(key_of(exam), 36), *strangers], tmp_path)
    assert "5 of 41 candidates are no more right than by guessing (lines 38, 39, 40, 41, 42)" in said


def test_a_file_that_ends_within_its_last_row_is_reported(exam: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = marked(key_of(exam))
    path.write_text("\n".join(map(",".join, [HEAD, *rows]))[:-1], "utf-8")
    assert "the file ends within line 25, whose last answer is missing" in scored(exam, path)
    path.write_text("\n".join(map(",".join, [HEAD, *rows])), "utf-8")
    assert scored(exam, path) == "{}"


@pytest.mark.parametrize(("name", "reason"), [("{} Count", "totals_line"), ("{} จำนวน", "totals_line")])
def test_subtotals_are_lines_of_totals(exam: Path, tmp_path: Path, name: str, reason: str) -> None:
    rows = [each for row in marked(key_of(exam)) for each in (row, [name.format(row[0]), *["1"] * N])]
    assert outcome(exam, HEAD, rows, tmp_path) == f"{{'{reason}': 24}}"


@pytest.mark.parametrize("numbers", [range(N, 0, -1), [*range(2, N + 1), 1]])
def test_a_second_heading_in_another_order_is_refused(
    exam: Path, tmp_path: Path, numbers: Sequence[int]
) -> None:
    rows = marked(key_of(exam))
    second = ["เลขที่", *(str(n).translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")) for n in numbers)]
    said = outcome(exam, HEAD, [*rows[:12], second, *rows[12:]], tmp_path)
    assert "refused: a second header with other columns starts here" in said


def test_one_reading_of_numerals_decides_a_column(tmp_path: Path) -> None:
    """Options 2, 3, 4, 5 of a question: a 5 is a text, so that a 2 beside it may be one, too."""
    folder = package(tmp_path / "exam", ("2", "3", "4", "5"))
    forms = table(folder / "secure/forms.csv")
    place = next(int(row["question"]) for row in forms if row["item"] == f"{PCS[0]}-001")
    numbered = changed(
        marked(key_of(folder), 40), lambda _, row: [row[0], *map(NUMBERS.__getitem__, row[1:])]
    )
    assert outcome(folder, HEAD, numbered, tmp_path) == "{}"
    texts = changed(numbered, put(place, lambda _, cell: str(int(cell) + 1)))
    said = outcome(folder, HEAD, texts, tmp_path)
    assert f"refused: question {place}: " in said
    assert "the number or letter of one option and the text of another" in said


# ── workbooks ────────────────────────────────────────────────────────────────────────────────


def rich(sheet: Any) -> None:
    sheet["C5"] = CellRichText(TextBlock(InlineFont(strike=True), "A"), "B")


def struck(sheet: Any) -> None:
    for cell in sheet[6]:
        cell.font = Font(strike=True)


def hidden(sheet: Any) -> None:
    sheet.row_dimensions[5].hidden = sheet.row_dimensions[7].hidden = True


def commented(sheet: Any) -> None:
    sheet["C5"].comment = Comment("ดูกระดาษแล้ว ตอบ ง", "สมศรี")
    sheet["A1"].comment = Comment("of the heading", "สมศรี")


def of_another_heading(sheet: Any) -> None:
    """Two of the rows stand on a sheet whose number has another heading."""
    other = sheet.parent.create_sheet("Room 2")
    for row in [["ผู้เข้าสอบ", *QUESTIONS], *sheet.iter_rows(min_row=5, max_row=6, values_only=True)]:
        other.append(row)


def of_the_key(sheet: Any) -> None:
    """Sheets that are no answers: the key in a row, and by question; points."""
    key = [cell.value for cell in sheet[5]][1:]
    sheet.parent.create_sheet("Key").append(["KEY", *key])
    by_question, points = sheet.parent.create_sheet("Key 2"), sheet.parent.create_sheet("Points")
    for n, letter in enumerate(key, 1):
        by_question.append([n, letter])
        points.append([f"69{n:04d}", *(k * n % 2 for k in range(N))])


def bold(sheet: Any) -> None:
    sheet["C5"].font = Font(strike=False, bold=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [(rich, "refused: cell C5 contains struck-out text"), (struck, "refused: cell A6 contains struck-out text"),
     (hidden, "2 hidden rows are read like the others (lines 5, 7)"), (bold, "{}"), (of_the_key, "sheets are not read: 'Key', 'Key 2', 'Points'"),
     (commented, "1 cell has a comment: C5 'ดูกระดาษแล้ว ตอบ ง'."),
     (of_another_heading, "refused: sheets are not read: 'Room 2' (2 rows like answers, the first is row 2)")],
)  # fmt: skip
def test_what_a_workbook_has_besides_is_refused_or_reported(
    exam: Path, tmp_path: Path, change: Callable[[Any], None], said: str
) -> None:
    book = openpyxl.Workbook()
    for row in [HEAD, *marked(key_of(exam))]:
        book.worksheets[0].append(row)
    change(book.worksheets[0])
    book.save(tmp_path / "a.xlsx")
    assert said in scored(exam, tmp_path / "a.xlsx")


# ── what honest files have as well ───────────────────────────────────────────────────────────


def test_popular_wrong_answers_are_no_move(two_forms: Path, tmp_path: Path) -> None:
    head, rows = of_forms(two_forms, 40, is_mixed=True, share=0.5)
    keys = {form: key_of(two_forms, form) for form in "AB"}
    place = next(n for n in range(N) if keys["A"][n] != keys["B"][n])
    popular = put(place + 2, lambda n, c: keys["BA"[n % 2]][place] if n % 5 else c)
    assert outcome(two_forms, head, changed(rows, popular), tmp_path) == "{}"


def test_popular_wrong_answers_of_one_form_are_no_exchange(two_forms: Path, tmp_path: Path) -> None:
    head, rows = of_forms(two_forms, 80, is_mixed=True)
    key, other = (key_of(two_forms, form) for form in "AB")
    one, two = next(
        (a, b) for a in range(N) for b in range(a) if key[a] != key[b] and other[a] != other[b]
    )  # fmt: skip
    for row in (row for n, row in enumerate(rows) if n % 2 == 0 and n % 5):
        row[2 + one], row[2 + two] = key[two], key[one]
    assert outcome(two_forms, head, rows, tmp_path) == "{}"


def test_rows_in_the_order_of_their_points_are_neither_moved_nor_filled_down(
    exam: Path, tmp_path: Path
) -> None:
    key = key_of(exam)
    rows = sorted(able(key, 150), key=lambda row: sum(map(str.__eq__, row[1:], key)))
    for row in rows[70:]:
        row[1:4] = key[:3]  # easy questions, which all but the weak have right
    rows.sort(key=lambda row: sum(map(str.__eq__, row[1:], key)))
    assert outcome(exam, HEAD, rows, tmp_path) == "{}"


def test_easy_questions_of_a_file_in_the_order_of_its_forms_are_not_filled_down(
    two_forms: Path, tmp_path: Path
) -> None:
    head, rows = of_forms(two_forms, 120, is_mixed=True)
    rows.sort(key=lambda row: row[1])
    for place, form in ((4, "A"), (11, "B"), (20, "A")):
        own = [row for row in rows if row[1] == form]
        for n, row in enumerate(own):
            row[2 + place] = key_of(two_forms, form)[place] if n not in (0, 3, 6) else ""
    assert "filled down" not in outcome(two_forms, head, rows, tmp_path)


@pytest.mark.parametrize("order", ["drawn", "sorted"])
def test_weak_candidates_are_no_guesses(exam: Path, tmp_path: Path, order: str) -> None:
    key, drawn = key_of(exam), random.Random(4)
    rows = [
        [f"69{n:04d}", *(c if drawn.random() < known else drawn.choice("ABCD") for c in key)]
        for n, known in enumerate(min(0.95, max(0.0, drawn.gauss(0.4, 0.3))) for _ in range(150))
    ]
    if order == "sorted":
        rows.sort(key=lambda row: sum(map(str.__eq__, row[1:], key)))
    assert outcome(exam, HEAD, rows, tmp_path) == "{}"


# ── contradictions within a file ─────────────────────────────────────────────────────────────


def test_a_column_of_totals_that_disagrees_is_reported(exam: Path, tmp_path: Path) -> None:
    key = key_of(exam)
    rows = [[*row, f"{sum(map(str.__eq__, row[1:], key))}/30"] for row in able(key, 30)]
    assert outcome(exam, [*HEAD, "คะแนนรวม"], rows, tmp_path) == "{}"
    for n in (20, 21):
        rows[n][-1] = "31"
    said = outcome(exam, [*HEAD, "คะแนนรวม"], rows, tmp_path)
    assert "`คะแนนรวม` has the points of 28 rows, but other points on lines 22, 23." in said


@pytest.mark.parametrize("last", [30, 18])
def test_columns_copied_over_others_are_reported(two_forms: Path, tmp_path: Path, last: int) -> None:
    head, rows = of_forms(two_forms, 60, is_mixed=True)
    for row in rows[: 2 * last]:
        row[14:16] = row[12:14]
    said = outcome(two_forms, head, rows, tmp_path)
    assert re.search(r"question 1[34].* repeat those to question 1[12].* \(lines 2 to \d+\)", said)


def test_a_small_file_of_guesses_beside_others_is_reported(exam: Path, tmp_path: Path) -> None:
    drawn = random.Random(3)
    for name, rows in (
        ("a", marked(key_of(exam))),
        ("b", [[f"70{n}", *drawn.choices("ABCD", k=N)] for n in range(5)]),
    ):
        (tmp_path / f"{name}.csv").write_text("\n".join(map(",".join, [HEAD, *rows, [""]])), "utf-8")
    done = score(exam, [tmp_path / "a.csv", tmp_path / "b.csv"], tmp_path / "r")
    assert "of the answers of 5 candidates are right, no more than by guessing" in str(done.audit["to_check"])


def test_a_column_filled_down_to_the_end_is_reported(two_forms: Path, tmp_path: Path) -> None:
    head, rows = of_forms(two_forms, 60, is_mixed=True)
    keys = [key_of(two_forms, form) for form in "AB"]
    place = next(n for n in range(N) if keys[0][n] != keys[1][n])
    filled = changed(rows, put(place + 2, lambda n, c: keys[1][place] if n >= 36 else c))
    assert f"have the same answer to question {place + 1}." in outcome(two_forms, head, filled, tmp_path)


@pytest.mark.parametrize("number", ["{}R", "{} ทวน", "T{}", "{}-2", "{}-02", "{} 2", "{}–2", "{}_2"])
def test_copies_of_many_numbers_are_reported(exam: Path, tmp_path: Path, number: str) -> None:
    rows = marked(key_of(exam))
    copies = [[number.format(row[0]), *row[1:-1], "A"] for row in rows[::4]]
    said = outcome(exam, HEAD, [*rows, *copies], tmp_path)
    assert f"6 candidate numbers are unlike all others: {number.format('690000')} (line 26)" in said


@pytest.mark.parametrize("name", ["(ตัวอย่างการกรอก)", "Example Candidate", "สมมติ ทดสอบ"])
def test_names_of_examples_are_reported(exam: Path, tmp_path: Path, name: str) -> None:
    rows = [[row[0], name if n == 3 else f"ก {n}", *row[1:]] for n, row in enumerate(marked(key_of(exam)))]
    said = outcome(exam, ["candidate_id", "ชื่อ-สกุล", *QUESTIONS], rows, tmp_path)
    assert f"`ชื่อ-สกุล` says '{name}' (line 5), but the row is scored" in said


def test_one_name_with_the_same_answers_is_reported(exam: Path, tmp_path: Path) -> None:
    rows = [[row[0], f"ก {n % 12}", *row[1:]] for n, row in enumerate(marked(key_of(exam)))]
    head = ["candidate_id", "ชื่อ-สกุล", *QUESTIONS]
    assert outcome(exam, head, rows, tmp_path) == "{}"
    again = ["690099", *rows[5][1:-1], "A"]
    said = outcome(exam, head, [*rows[:12], again], tmp_path)
    assert "`ชื่อ-สกุล` is the same for several candidate numbers: 690005 = 690099." in said


@pytest.mark.parametrize(
    ("heading", "usual", "other"),
    [
        ("State", "Finished", "In progress"),
        ("State", "Finished", "Never submitted"),
        ("สถานะ", "ส่งแล้ว", "ยังไม่ส่ง"),
    ],
)
def test_states_of_unfinished_rows_are_reported(
    exam: Path, tmp_path: Path, heading: str, usual: str, other: str
) -> None:
    rows = [[*row, other if n == 3 else usual] for n, row in enumerate(marked(key_of(exam)))]
    assert f"`{heading}` says '{other}' (line 5)" in outcome(exam, [*HEAD, heading], rows, tmp_path)


@pytest.mark.parametrize("time", ["{d}/{m}/{y}, 9:04:12", "{m}/{d}/{y} 9:04", "{y}-{m}-{d} 09:04"])
def test_rows_of_another_time_are_reported(exam: Path, tmp_path: Path, time: str) -> None:
    rows = [
        [*row, time.format(d=13 + n // 20, m=3 if n == 2 else 11, y=2568 if n == 1 else 2569)]
        for n, row in enumerate(marked(key_of(exam)))
    ]
    said = outcome(exam, [*HEAD, "ประทับเวลา"], rows, tmp_path)
    assert "`ประทับเวลา` on lines 3, 4 is months from that of the other rows" in said
    same = [[*row[:-1], rows[9][-1]] for row in rows]
    assert outcome(exam, [*HEAD, "ประทับเวลา"], same, tmp_path) == "{}"


def test_a_letter_that_an_editor_has_changed_waits(exam: Path, tmp_path: Path) -> None:
    rows = changed(marked(key_of(exam)), put(3, lambda n, c: "©" if n in (4, 9) else f"({c.lower()})"))
    said = outcome(exam, HEAD, rows, tmp_path)
    assert "'unreadable_marks': 2" in said
    assert "COPYRIGHT SIGN" in said


def test_candidates_of_two_forms_without_answers_are_told_once(two_forms: Path, tmp_path: Path) -> None:
    head, rows = of_forms(two_forms, 40, is_mixed=True)
    blank = changed(rows, lambda n, row: [*row[:2], *[""] * N] if n in (4, 9) else row)
    assert "2 candidates have no answer at all (lines 6, 11)" in outcome(two_forms, head, blank, tmp_path)


# ── answers that fit another place in a part of the file ─────────────────────────────────────


@pytest.mark.parametrize("step", [1, -1])
def test_cells_that_moved_inside_a_block_are_reported(exam: Path, tmp_path: Path, step: int) -> None:
    def moved(n: int, row: Row) -> Row:
        if n not in range(30, 36):
            return row
        own = row[11:21]
        return [*row[:11], *([own[0], *own[:-1]] if step == 1 else [*own[1:], own[-1]]), *row[21:]]

    rows = marked(key_of(exam), 80, 0.8)
    said = outcome(exam, HEAD, changed(rows, moved), tmp_path)
    assert re.search(
        r"answers to question 1[0-3], .* on lines 32 to 37 fit far better if they are taken", said
    )
    assert ("question before", "question after")[step < 0] in said
    assert outcome(exam, HEAD, rows, tmp_path) == "{}"


def test_columns_exchanged_in_some_rows_are_reported(two_forms: Path, tmp_path: Path) -> None:
    head, rows = of_forms(two_forms, 80, is_mixed=True, share=0.8)
    keys = [key_of(two_forms, form) for form in "AB"]
    one = next(n for n in range(5, 19) if all(key[n] != key[20] for key in keys))
    said = outcome(two_forms, head, rows, tmp_path)
    assert said == "{}"
    for row in rows[20:50]:
        row[2 + one], row[22] = row[22], row[2 + one]
    said = outcome(two_forms, head, rows, tmp_path)
    assert re.search(
        rf"question {one + 1}, question 21 may be exchanged on lines 2\d to (49|50|51|52)\.", said
    )


def test_rows_without_time_at_the_end_are_no_answers_to_other_questions(exam: Path, tmp_path: Path) -> None:
    drawn = random.Random(8)
    rows = changed(
        marked(key_of(exam), 120, 0.95),
        lambda n, row: [*row[:13], *drawn.choices("ABCD", k=N - 12)] if n >= 80 else row,
    )
    assert "answers to the question" not in outcome(exam, HEAD, rows, tmp_path)


def test_rows_that_repeat_the_row_above_are_reported(exam: Path, tmp_path: Path) -> None:
    rows = marked(key_of(exam), 40)
    down = changed(rows, lambda n, row: [row[0], *rows[n - 1][1:]] if n >= 25 else row)
    said = outcome(exam, HEAD, down, tmp_path)
    assert "the answers on lines 27 are all those of the row above" in said
    pattern = changed(rows, lambda n, row: [row[0], *"ABCD" * 7, "A", "B"] if n in (7, 8) else row)
    assert "row above" not in outcome(exam, HEAD, pattern, tmp_path)


def test_a_letter_that_was_read_as_a_blank_is_reported(exam: Path, tmp_path: Path) -> None:
    rows = marked(key_of(exam), 60, 0.8)
    lost = changed(
        rows, lambda n, row: [row[0], *("-" if c == "C" else c for c in row[1:])] if 30 <= n < 35 else row
    )
    said = outcome(exam, HEAD, lost, tmp_path)
    assert "on lines 32 to 36, nobody marks option 3, and blanks are where it is likely" in said
    blank = changed(
        rows, lambda n, row: [row[0], *("" if (n * k) % 7 == 3 else c for k, c in enumerate(row[1:]))]
    )
    assert outcome(exam, HEAD, blank, tmp_path) == "{}"


def test_numbers_that_somebody_typed_are_reported(exam: Path, tmp_path: Path) -> None:
    rows = changed(marked(key_of(exam)), lambda n, row: [f"67010{n:02d}", *row[1:]])
    rows[0][0], rows[1][0] = "1111111", "1234567"
    said = outcome(exam, HEAD, rows, tmp_path)
    assert "2 candidate numbers are unlike all others: 1111111 (line 2), 1234567 (line 3)" in said
    near = changed(rows, lambda n, row: [str(1111100 + n), *row[1:]])
    assert outcome(exam, HEAD, near, tmp_path) == "{}"


def test_a_column_counted_from_0_on_one_form_is_refused(tmp_path: Path) -> None:
    """Both forms ask the question; those of the other form write letters."""
    items = [item_data(PCS[n % 3], n + 1) for n in range(N)]
    bank = shelf(items=items)
    made = assemble([bank], *blueprint(items=N, forms=2, overlap=N, order={"options": "as_written"}))
    folder = tmp_path / "exam"
    write_package(folder, exam_files(made, bank_sha256([bank]), {}))
    head, rows = of_forms(folder, 60, is_mixed=True)
    for row in rows[::2]:
        row[5] = "0121"["ABCD".index(row[5])]
    said = outcome(folder, head, rows, tmp_path)
    assert "refused: question 4 of form A" in said


def test_a_second_heading_below_a_column_of_the_form_is_refused(two_forms: Path, tmp_path: Path) -> None:
    head, rows = of_forms(two_forms, 40, is_mixed=True)
    numbers = [*range(2, N + 1), 1]
    second = ["เลขประจำตัวสอบ", "ชุด", *(f"ข้อ {n}" for n in numbers)]
    said = outcome(two_forms, head, [*rows[:12], second, *rows[12:]], tmp_path)
    assert "refused: a second header with other columns starts here" in said
    counts = ["รวม", "", *(str(20 + n % 9) for n in range(N))]
    assert "refused" not in outcome(two_forms, head, [*rows, counts], tmp_path)


def test_strong_candidates_of_one_form_are_not_taken_for_the_key(two_forms: Path, tmp_path: Path) -> None:
    head, rows = of_forms(two_forms, 30, is_mixed=True)
    keys = [key_of(two_forms, form) for form in "AB"]
    right = [[*row[:2], *keys[n % 2]] for n, row in enumerate(rows)]
    right[3][4] = next(letter for letter in "ABCD" if letter != keys[1][2])
    assert "not the key" not in outcome(two_forms, head, right, tmp_path)
    one = [right[n] if n % 2 == 0 else row for n, row in enumerate(rows)]
    assert "form A: all 15 candidates have every answer right" in outcome(two_forms, head, one, tmp_path)
