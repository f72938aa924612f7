"""`examgen score` decides by whole columns: what is systematically no answer is never wrong in silence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from examgen.assembly.assemble import assemble, bank_sha256
from examgen.capture.cells import read_in_words
from examgen.core.exam.package import PrintedQuestion
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.responses.rows import INVALID
from examgen.scoring.score import score
from tests.commands.conftest import Once, Run, two_forms
from tests.samples import blueprint, item_data, shelf
from tests.sittings import key_of, table, write_table

Rows = list[dict[str, str]]
Cell = Callable[[int, str], str]
"""A row's place and an answer → what the file has instead."""


def sat(run: Run) -> None:
    two_forms(run)
    run.ok("simulate", "output/T-1-L4", "--candidates", 30, "--seed", 1, "--out", "a.csv")


@pytest.fixture
def exam_dir(workspace: Path, run: Run, once: Once) -> Path:
    """An exam of two forms, and answers of thirty candidates."""
    return once(workspace, sat, run)


@pytest.fixture
def answers(exam_dir: Path) -> Rows:
    """These answers, as letters."""
    return table(Path("a.csv"))


def with_cells(answers: Rows, cell: Cell, questions: str = "") -> str:
    """A file of the answers with other cells, in one column or in all."""
    rows = [
        {name: cell(k, text) if name == questions or (not questions and name[0] == "Q") else text
         for name, text in row.items()}
        for k, row in enumerate(answers)
    ]  # fmt: skip
    write_table("b.csv", rows)
    return "b.csv"


def points(right: str, wrong: str, every: int = 3) -> Cell:
    """One answer in some is wrong."""
    seen = iter(range(1 << 20))
    return lambda _row, _text: wrong if next(seen) % every == every - 1 else right


@pytest.mark.parametrize(
    ("right", "wrong", "every"),
    [("1", "0", 3), ("1", "0", 90), ("1.0", "0.0", 3), ("๑", "๐", 90), ("2", "0", 3), ("1", "0.5", 90),
     ("T", "F", 3), ("true", "false", 90), ("ถูก", "ผิด", 3), ("✓", "✗", 90), ("/", "x", 3), ("C", "I", 90),
     ("correct", "incorrect", 3)],
)  # fmt: skip
def test_points_and_right_or_wrong_are_no_answers(
    exam_dir: Path, answers: Rows, run: Run, right: str, wrong: str, every: int
) -> None:
    path = with_cells(answers, points(right, wrong, every))
    if wrong == "0.5":
        path = with_cells(answers, lambda row, _: ("1", "0.5", "0")[row % 3])
    done = run("score", exam_dir, path, "--out", "r")
    assert done.status == 1
    assert "these are points, not answers" in done.err
    assert not Path("r").exists()


def test_one_zero_among_ones_proves_points(exam_dir: Path, answers: Rows, run: Run) -> None:
    path = with_cells(answers[:1], lambda _row, _text: "1")
    answers[0]["Q7"] = "0"
    rows = [{name: "1" if name[0] == "Q" and text != "0" else text for name, text in answers[0].items()}]
    write_table(path, rows)
    assert "these are points" in run("score", exam_dir, path, "--out", "r").err
    done = run("score", exam_dir, path, "--out", "r", "--unreadable", "score", "--json")
    assert json.loads(done.out)["rows"]["scored"] == 1


def test_letters_beside_points_are_named(exam_dir: Path, answers: Rows, run: Run) -> None:
    cell = points("1", "0")
    rows = [
        {**{n: cell(0, t) if n[0] == "Q" else t for n, t in row.items()},
         **{f"answer to {n}": t for n, t in row.items() if n[0] == "Q"}}
        for row in answers
    ]  # fmt: skip
    write_table("b.csv", rows)
    done = run("score", exam_dir, "b.csv", "--out", "r")
    assert done.status == 1
    assert "Letters are in `answer to Q1`" in done.err


def test_a_string_of_points_is_no_string_of_answers(exam_dir: Path, answers: Rows, run: Run) -> None:
    n = sum(name[0] == "Q" for name in answers[0])
    rows = [
        {"candidate_id": row["candidate_id"], "form": row["form"], "answers": "1" * (n - 1 - k % 4) + "0" * (1 + k % 4)}
        for k, row in enumerate(answers)
    ]  # fmt: skip
    write_table("b.csv", rows)
    assert "these are points" in run("score", exam_dir, "b.csv", "--out", "r").err


@pytest.mark.parametrize("letters", ["1234", "กขคง", "ABCD"])
def test_answers_are_no_points(exam_dir: Path, answers: Rows, run: Run, letters: str) -> None:
    path = with_cells(answers, lambda _row, text: letters["ABCD".index(text)] if text in "ABCD" else text)
    run.ok("score", exam_dir, path, "--out", "r")


EDITED = "ทบทวนร่างกับผู้แทนทุกฝ่ายก่อน"


def test_a_slip_of_one_candidate_is_no_doubt(exam_dir: Path, answers: Rows, run: Run) -> None:
    answers[3]["Q7"] = "x"
    answers[4]["Q8"] = answers[5]["Q8"] = EDITED
    write_table("b.csv", answers)
    run.ok("score", exam_dir, "b.csv", "--out", "r")


def test_a_test_student_is_told_by_the_first_cell(exam_dir: Path, answers: Rows, run: Run) -> None:
    rows = [{"name": "Student, Test" if not k else "Key Max", **row} for k, row in enumerate(answers)]
    write_table("b.csv", rows)
    done = run("score", exam_dir, "b.csv", "--out", "r", "--json")
    assert json.loads(done.out)["quarantine"] == {"no_candidate": 1}


def test_columns_without_names_are_asked_for(exam_dir: Path, answers: Rows, run: Run) -> None:
    text = Path("a.csv").read_text("utf-8-sig").split("\n", 1)[1]
    n = len(answers[0])
    Path("b.csv").write_text(",".join(["candidate_id", "form", *[""] * (n - 2)]) + "\n" + text, "utf-8")
    assert "--columns" in run.refused("score", exam_dir, "b.csv", "--out", "r")


# ── points, signs and notations in some columns ──────────────────────────────────────────────

NINE = [f"Q{n}" for n in range(1, 10)]
OPTIONS = (("3", "1", "4", "2"), ("2", "4", "6", "8"), ("1/2", "3/4", "1/4", "2/3"), ("003", "001", "002", "004"),
           ("A", "B", "AB", "O"), ("2.0", "1.0", "2.5", "0.5"))  # fmt: skip
"""Texts of options that are numbers or letters of options, too."""


@pytest.fixture
def nine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of one form of nine questions, of which the first are those above."""
    monkeypatch.chdir(tmp_path)
    criteria = ["E1.01", "E1.02", "E2.01"]
    texts = [dict(zip("abcd", options, strict=True)) for options in OPTIONS]
    items = [
        item_data(criteria[n % 3], n + 1, **({"options": texts[n]} if n < len(texts) else {}))
        for n in range(9)
    ]
    bank = shelf(items=items)
    exam = assemble([bank], *blueprint(items=9, order={"options": "as_written"}))
    write_package(tmp_path / "exam", exam_files(exam, bank_sha256([bank]), {}))
    return Path("exam")


def question_of(folder: Path, options: tuple[str, ...]) -> int:
    """The place from 0 of the question with these options."""
    items = {
        f"{pc}-{n:03d}"
        for n, pc in enumerate(["E1.01", "E1.02", "E2.01"] * 3, 1)
        if n - 1 == OPTIONS.index(options)
    }
    return next(
        int(row["question"]) - 1 for row in table(folder / "secure/forms.csv") if row["item"] in items
    )


def written(folder: Path, cell: Callable[[int, str, str], str], n: int = 24) -> Path:
    """Answers of n candidates, of whom each answers a third wrong: question, letter and key → the cell."""
    key = key_of(folder)
    rows = []
    for k in range(n):
        marked = [right if (k + q) % 3 else "ABCD"[(k + 2 * q) % 4] for q, right in enumerate(key)]
        rows.append([f"69{k:04d}", *(cell(q, mark, key[q]) for q, mark in enumerate(marked))])
    return write_table("a.csv", rows, ["candidate_id", *NINE])


def as_points(right: str, wrong: str) -> Callable[[int, str, str], str]:
    return lambda _q, mark, key: right if mark == key else wrong


def only(places: set[int], cell: Callable[[int, str, str], str]) -> Callable[[int, str, str], str]:
    """Letters but for some questions."""
    return lambda q, mark, key: cell(q, mark, key) if q in places else mark


@pytest.mark.parametrize(
    ("right", "wrong"), [("1", "0"), ("1", ""), ("2", "1"), ("3", "0"), ("C", "I"), ("✓", "✗")]
)
def test_points_in_some_columns_are_no_answers(nine: Path, run: Run, right: str, wrong: str) -> None:
    path = written(nine, only({6, 7, 8}, as_points(right, wrong)))
    said = run.refused("score", nine, path, "--out", "r")
    assert "question 7, question 8, question 9" in said
    assert "These are points, not answers" in said
    aside = run("score", nine, path, "--out", "r", "--unreadable", "aside", "--json")
    assert (
        json.loads(aside.out)["rows"]["scored"] == 0
        or "unreadable_marks" in json.loads(aside.out)["quarantine"]
    )


@pytest.mark.parametrize("points", ["0123", "01234", "0 5 10", "0 0.25 1", "12"])
def test_points_of_several_steps_are_no_answers(nine: Path, run: Run, points: str) -> None:
    steps = points.split() if " " in points else [*points]
    seen = iter(range(1 << 20))
    path = written(nine, lambda *_: steps[next(seen) * 7 % 11 % len(steps)])
    assert "these are points" in run.refused("score", nine, path, "--out", "r")


def test_options_counted_from_0_are_asked_about(nine: Path, run: Run) -> None:
    said = run.refused(
        "score", nine, written(nine, lambda _q, mark, _: str("ABCD".index(mark))), "--out", "r"
    )
    assert "options counted from 0" in said


@pytest.mark.parametrize(
    ("cell", "places"),
    [
        ("*", {6}),
        ("{}*", {*range(9)}),
        ("*{}", {6}),
        ("+", {*range(9)}),
        ("({})!", {6}),
        ("{}-", {*range(9)}),
    ],
)
def test_a_sign_at_or_for_a_letter_is_asked_about(nine: Path, run: Run, cell: str, places: set[int]) -> None:
    path = written(nine, only(places, lambda _q, mark, key: cell.format(mark) if mark == key else mark))
    said = run.refused("score", nine, path, "--out", "r")
    assert ("answers are not understood" if len(places) == 1 else "cannot be understood") in said


def test_one_star_is_a_wrong_answer(nine: Path, run: Run) -> None:
    rows = table(written(nine, lambda _q, mark, _key: mark))
    write_table("b.csv", [rows[0] | {"Q9": "*"}, *rows[1:]])
    assert "1 answer is not an option" in run.ok("score", nine, "b.csv", "--out", "r").out


def test_a_dot_in_place_of_right_answers_is_asked_about(nine: Path, run: Run) -> None:
    path = written(nine, lambda _q, mark, key: "." if mark == key else mark)
    assert "answers is right" in run.refused("score", nine, path, "--out", "r")


def test_letters_that_questions_do_not_have_are_asked_about(nine: Path, run: Run) -> None:
    path = written(nine, lambda _q, mark, _key: "BCDE"["ABCD".index(mark)])
    assert "are not understood, for example 'E'" in run.refused("score", nine, path, "--out", "r")


# ── texts that are numbers of options ────────────────────────────────────────────────────────


@pytest.mark.parametrize("cells", ["ABCD", "กขคง", "1234", ["1.0", "2.0", "3.0", "4.0"]])
def test_letters_and_numbers_of_options_are_decided_by_the_file(
    nine: Path, run: Run, cells: list[str]
) -> None:
    run.ok("score", nine, written(nine, lambda _q, mark, _: mark), "--out", "r")
    run.ok("score", nine, written(nine, lambda _q, mark, _: cells["ABCD".index(mark)]), "--out", "s")
    assert table(Path("r/candidates.csv")) == table(Path("s/candidates.csv"))


CHANGED = ["3-Apr", "2026-04-03 00:00:00", "03/04/2026", "#N/A", '=HYPERLINK("x","A")', "1.0E+00"]


def test_cells_that_a_spreadsheet_has_changed_wait(nine: Path, run: Run) -> None:
    rows = table(written(nine, lambda _q, mark, _key: mark))
    write_table(
        "b.csv",
        [
            row | ({"Q3": cell} if cell else {})
            for row, cell in zip(rows, [*CHANGED, "X", *[""] * 17], strict=True)
        ],
    )
    assert "question 3:" in run.refused("score", nine, "b.csv", "--out", "r")
    done = run("score", nine, "b.csv", "--out", "r", "--unreadable", "aside", "--json")
    assert json.loads(done.out)["quarantine"] == {"unreadable_marks": len(CHANGED) + 1}
    write_table("b.csv", [rows[0] | {"Q3": CHANGED[0]}, *rows[1:]])
    assert "1 answer is not an option" in run.ok("score", nine, "b.csv", "--out", "s").out


# ── rows and files that are none of this exam ────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("number", "cell", "reason"),
    [("เฉลย", "A", "no_candidate"), ("คะแนนเต็ม", "A", "no_candidate"), ("Points Possible", "A", "no_candidate"),
     ("TEST_USER", "A", "no_candidate"), ("KEY - FORM A", "A", "no_candidate"), ("เฉลย ชุดที่ 1", "A", "no_candidate"), ("Master Key", "B", "no_candidate"),
     ("test user 2", "C", "no_candidate"), ("Sample", "C", "no_candidate"), ("ตัวอย่าง", "C", "no_candidate"),
     ("Median", "1", "totals_line"), ("% correct", "65%", "totals_line"), ("ค่าความยาก", "0.6", "totals_line"),
     ("12.5", "A", "candidate_id_damaged"), ("1e5", "A", "candidate_id_damaged"), ("nan", "A", "candidate_id_damaged"),
     ("TRUE", "A", "candidate_id_damaged"), ('=HYPERLINK("http://x","690001")', "A", "candidate_id_damaged")],
)  # fmt: skip
def test_rows_that_are_no_candidates(nine: Path, run: Run, number: str, cell: str, reason: str) -> None:
    rows = table(written(nine, lambda _q, mark, _key: mark))
    write_table("b.csv", [*rows, {"candidate_id": number} | dict.fromkeys(NINE, cell)])
    done = run("score", nine, "b.csv", "--out", "r", "--json")
    assert json.loads(done.out)["quarantine"] == {reason: 1}


@pytest.mark.parametrize("number", ["ANS", "Clave"])
def test_a_row_that_is_the_key_under_any_word_is_no_candidate(nine: Path, run: Run, number: str) -> None:
    rows = table(written(nine, lambda _q, mark, _key: mark))
    write_table("b.csv", [{"candidate_id": number} | dict(zip(NINE, key_of(nine), strict=True)), *rows])
    done = run("score", nine, "b.csv", "--out", "r", "--json")
    assert json.loads(done.out)["quarantine"] == {"no_candidate": 1}


OTHER_EXAM = {
    "no number": "Name,{Q}\nx,{A}\n",
    "title": "Exam of March\nNo.,Name,{Q}\n1,x,{A}\n",
    "long": "candidate_id,question,answer\n{long}\n",
    "string": "candidate_id,answers\nx,{string}\ny,{string}\n",
}


@pytest.mark.parametrize("shape", OTHER_EXAM)
@pytest.mark.parametrize("n", [6, 12])
def test_a_file_of_another_exam_has_another_number_of_questions(
    nine: Path, run: Run, n: int, shape: str
) -> None:
    text = OTHER_EXAM[shape].format(
        Q=",".join(f"Q{k + 1}" for k in range(n)), A=",".join("A" * n), string="A" * n,
        long="\n".join(f"{who},{k + 1},A" for who in "xy" for k in range(n)),
    )  # fmt: skip
    Path("b.csv").write_text(text, "utf-8")
    said = run.refused("score", nine, "b.csv", "--out", "r")
    assert "this exam has 9" in said
    assert f"{n} questions" in said or f"{n} answers" in said


@pytest.mark.parametrize("line", ["690009,n,1", "690008,n,1,2,3", '690009,"n,1,2', "690009,n\0,1,2"])
def test_a_list_with_a_fault_is_told_as_a_list(nine: Path, run: Run, line: str) -> None:
    Path("r.csv").write_text(f"candidate_id,name,room,seat\n690008,n,1,1\n{line}\n", "utf-8")
    assert "the candidate list r.csv has 1 error" in run.refused("take", nine, "r.csv", "--by", "S")


@pytest.mark.parametrize(
    ("head", "message"),
    [("candidate_id,Q1,Q2,Q3", "the answers have 3 questions, but this exam has 9"),
     ("candidate_id,assessor,task,points", "these are ratings of assessors")],
)  # fmt: skip
def test_answers_and_ratings_of_another_exam_are_no_list(
    nine: Path, run: Run, head: str, message: str
) -> None:
    Path("r.csv").write_text(f"{head}\n690001,A,B,1\n690002,A,B,2\n", "utf-8")
    assert message in run.refused("take", nine, "r.csv", "--by", "S")


def test_decisions_before_any_answers_say_what_comes_first(nine: Path, run: Run) -> None:
    write_table("i.csv", [["a.csv", "2", "690001", "", "why", "S", ""]],
                ["file", "line", "candidate_id", "form", "reason", "by", "date"])  # fmt: skip
    assert "Add the answer files before" in run.refused("take", nine, "i.csv", "--by", "S")


# ── few cells and rows among letters, questions without answers ──────────────────────────────


def letters_but(folder: Path, changes: dict[tuple[int, str], str], n: int = 24) -> Path:
    """Answers of letters with some cells changed, by row and heading."""
    rows = table(written(folder, lambda _q, mark, _key: mark, n))
    for (row, heading), text in changes.items():
        rows[row][heading] = text
    return write_table("b.csv", rows)


def lines(head: list[str], rows: list[list[str]]) -> Path:
    Path("b.csv").write_text("\n".join(map(",".join, [head, *rows])) + "\n", "utf-8")
    return Path("b.csv")


def outcome(run: Run, folder: Path, path: Path) -> tuple[dict[str, int], str]:
    """The quarantine of a scoring that is not refused, and what is reported."""
    done = run("score", folder, path, "--out", "r", "--json")
    assert done.status in (0, 3), done.err
    audit = json.loads(done.out)
    return audit["quarantine"], "\n".join(audit.get("to_check", ()))


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize(("options", "text"), [(OPTIONS[2], "3/4"), (OPTIONS[4], "AB")])
def test_a_text_of_an_option_that_may_be_a_double_mark_waits(
    nine: Path, run: Run, options: tuple[str, ...], text: str, n: int
) -> None:
    place = question_of(nine, options)
    quarantine, said = outcome(run, nine, letters_but(nine, {(k, NINE[place]): text for k in range(n)}))
    assert f"question {place + 1}: {text!r}" in said
    assert quarantine == {"unreadable_marks": n}


@pytest.mark.parametrize(("options", "text"), [(OPTIONS[1], "2"), (OPTIONS[5], "1.0")])
def test_a_number_among_letters_that_is_the_text_of_another_option_is_reported(
    nine: Path, run: Run, options: tuple[str, ...], text: str
) -> None:
    place = question_of(nine, options)
    quarantine, said = outcome(run, nine, letters_but(nine, {(3, NINE[place]): text}))
    assert f"question {place + 1}: {text!r} (answers: 1, scored)" in said
    assert not quarantine


@pytest.mark.parametrize("points", ["21", "1 ", "10", "110"])
def test_points_in_part_of_a_column_of_letters_are_refused(nine: Path, run: Run, points: str) -> None:
    first, second, _ = sorted({*range(9)} - {question_of(nine, options) for options in OPTIONS})
    cells = {(k, NINE[q]): points[k % len(points)].strip() for k in range(8) for q in (first, second)}
    said = run.refused("score", nine, letters_but(nine, cells), "--out", "r")
    assert "points in a column of letters" in said
    assert f"question {first + 1}, question {second + 1}" in said


@pytest.mark.parametrize("points", ["101101111", "111211221", "11111 1 1", "220112201"])
def test_rows_of_points_among_rows_of_letters_wait(nine: Path, run: Run, points: str) -> None:
    cells = {(k, q): points[n].strip() for k in (2, 5) for n, q in enumerate(NINE)}
    quarantine, said = outcome(run, nine, letters_but(nine, cells))
    assert quarantine == {"unreadable_marks": 2}
    assert "2 rows have points (0, 1, 2)" in said


def test_rows_of_numbers_and_single_numbers_among_letters_are_answers(nine: Path, run: Run) -> None:
    cells = {(2, q): "132414321"[n] for n, q in enumerate(NINE)}
    cells |= {(k, f"Q{k}"): "1" for k in (7, 8, 9)} | {(11, "Q9"): "4", (12, "Q9"): "1", (13, "Q9"): "2"}
    quarantine, said = outcome(run, nine, letters_but(nine, cells))
    assert not quarantine
    assert "points" not in said


def test_a_question_that_nobody_answered_is_reported(nine: Path, run: Run) -> None:
    quarantine, said = outcome(run, nine, letters_but(nine, {(k, "Q4"): "" for k in range(24)}))
    assert "nobody of 24 candidates answered question 4" in said
    assert not quarantine


def test_candidates_who_stop_together_are_reported(nine: Path, run: Run) -> None:
    cells = {(k, q): "" for k in range(12) for q in NINE[5:]}
    _, said = outcome(run, nine, letters_but(nine, cells))
    assert "12 of 24 candidates have no answer after question 5" in said


def test_a_question_with_one_wrong_answer_for_everybody_is_reported(nine: Path, run: Run) -> None:
    letters = dict(zip(NINE, key_of(nine), strict=True))
    wrong = next(letter for letter in "ABCD" if letter != letters["Q4"])
    quarantine, said = outcome(run, nine, letters_but(nine, {(k, "Q4"): wrong for k in range(24)}))
    assert "all 24 candidates have the same wrong answer to question 4" in said
    assert not quarantine


@pytest.mark.parametrize("by", ["shifted", "the key"])
def test_a_file_that_is_right_throughout_or_no_more_than_by_guessing_is_reported(
    nine: Path, run: Run, by: str
) -> None:
    letters = key_of(nine)
    cells = {
        (k, q): letters[n] if by == "the key" else "ABCD"["ABCD".index(letters[n]) - 1 - (k + n) % 4]
        for k in range(24)
        for n, q in enumerate(NINE)
    }
    quarantine, said = outcome(run, nine, letters_but(nine, cells))
    assert ("every answer right" if by == "the key" else "no more than by guessing") in said
    assert not quarantine


def test_a_blank_beside_a_column_in_doubt_does_not_wait_in_a_large_file(
    nine: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more rows than are examined, those wait that are not understood in the column that is in doubt."""
    for name in ("_SAMPLE", "_MOST_EXAMINED"):
        monkeypatch.setattr(f"examgen.scoring.answers_in_doubt.{name}", 12)
    cells = {(k, "Q4"): "another text" for k in range(20)}
    cells |= {(k, "Q4"): "" for k in (21, 23)} | {(k, "Q6"): f"unlike {k}" for k in (21, 23)}
    path = letters_but(nine, cells)
    done = run("score", nine, path, "--out", "r", "--unreadable", "aside", "--json")
    assert json.loads(done.out)["quarantine"] == {"unreadable_marks": 20}


@pytest.mark.parametrize("number", ["000", "9999"])
def test_a_key_under_a_number_is_reported(nine: Path, run: Run, number: str) -> None:
    cells = {(5, "candidate_id"): number} | dict(zip(((5, q) for q in NINE), key_of(nine), strict=True))
    quarantine, said = outcome(run, nine, letters_but(nine, cells))
    assert f"{number} has every answer right" in said
    assert not quarantine


@pytest.mark.parametrize(("n_right", "is_far"), [((2, 3, 4), True), ((5, 6, 7, 8), False)])
def test_a_row_that_is_right_throughout_far_above_all_others_is_reported(
    nine: Path, run: Run, n_right: tuple[int, ...], is_far: bool
) -> None:
    """A copy of the key under a candidate's number; of able candidates one may have all right."""
    key = key_of(nine)
    cells = {
        (k, q): key[n] if k == 5 or (n + k) % 9 < n_right[k % len(n_right)] else "B" if key[n] == "A" else "A"
        for k in range(24)
        for n, q in enumerate(NINE)
    }
    quarantine, said = outcome(run, nine, letters_but(nine, cells))
    assert ("has every answer right. Check that it is a candidate and not the key" in said) == is_far
    assert not quarantine


def test_a_number_without_its_zeros_is_reported(nine: Path, run: Run) -> None:
    cells = {(3, "candidate_id"): "2249", (4, "candidate_id"): "002249"}
    assert "2249 = 002249" in outcome(run, nine, letters_but(nine, cells))[1]
    assert any("2249 = 002249" in line for line in score(nine, [], "r").audit["to_check"])


def test_letters_of_other_scripts_are_named(nine: Path, run: Run) -> None:
    quarantine, said = outcome(run, nine, letters_but(nine, {(3, "Q7"): "\u0410", (4, "Q8"): "\u0392"}))
    assert quarantine == {"unreadable_marks": 2}
    assert "U+0410 CYRILLIC CAPITAL LETTER A" in said
    assert "U+0392 GREEK CAPITAL LETTER BETA" in said


def test_totals_are_told_by_the_name_of_what_they_count(nine: Path, run: Run) -> None:
    rows = [list(row.values()) for row in table(written(nine, lambda _q, mark, _key: mark))]
    rows += [["Count of A", *"123451234"], ["Total", *["24"] * 9]]
    assert outcome(run, nine, lines(["candidate_id", *NINE], rows))[0] == {"totals_line": 2}


@pytest.mark.parametrize("first", ["\u24b6", "\u24d0", "A"])
def test_letters_in_circles_and_headings_of_items_are_read(nine: Path, run: Run, first: str) -> None:
    run.ok("score", nine, written(nine, lambda _q, mark, _key: mark), "--out", "r")
    path = written(nine, lambda _q, mark, _key: chr(ord(first) + "ABCD".index(mark)))
    path.write_text(path.read_text("utf-8-sig").replace("Q", "Item "), "utf-8")
    run.ok("score", nine, path, "--out", "s")
    r, s = (
        [(one["candidate_id"], one["score"]) for one in table(Path(f"{out}/candidates.csv"))] for out in "rs"
    )
    assert r == s


WORDS = [
    ("D และ A", "(AD)"), ("A and D", "(AD)"), ("-5", "B"), ("2,000", "C"), ("2000 (ก)", "C"), ("45", "D"),
    ("\u0e40\u0e40บบ", "A"), ("แบบ (ก)", "A"), ("แบบ (ข)", "*"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "mark"), WORDS)
def test_texts_and_letters_that_were_refused_are_read(text: str, mark: str) -> None:
    options = ("แบบ", "-5", "2,000", "45")
    assert read_in_words("ก และ ข", PrintedQuestion("", ("x", "y", "ก และ ข")), in_words=False) == 4
    if text == "2000 (ก)":
        options, mark = ("2000", "-5", "1", "45"), "A"
    [bits] = {read_in_words(text, PrintedQuestion("", options), in_words=False)}
    letters = "".join("ABCDE"[k] for k in range(5) if bits >> k & 1) if bits != INVALID else "*"
    assert (letters if len(letters) == 1 else f"({letters})") == mark
