"""`examgen score` decides by whole columns: what is systematically no answer is never wrong in silence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.sittings import table, write_table

Rows = list[dict[str, str]]
Cell = Callable[[int, str], str]
"""A row's place and an answer → what the file has instead."""


@pytest.fixture
def answers(exam_dir: Path, run: Run) -> Rows:
    """The answers of thirty candidates, as letters."""
    run.ok("simulate", exam_dir, "--candidates", 30, "--seed", 1, "--out", "a.csv")
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
    ("right", "wrong"),
    [("1", "0"), ("1.0", "0.0"), ("๑", "๐"), ("2", "0"), ("1", "0.5"), ("T", "F"), ("true", "false"),
     ("ถูก", "ผิด"), ("✓", "✗"), ("/", "x"), ("C", "I"), ("correct", "incorrect")],
)  # fmt: skip
@pytest.mark.parametrize("every", [3, 90])
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


def in_doubt(run: Run, exam_dir: Path, path: str) -> str:
    """What is said of a file that is refused, and how many rows wait when they are set aside."""
    done = run("score", exam_dir, path, "--out", "r", "--json")
    assert done.status == 1
    assert not Path("r").exists()
    return json.loads(done.out)["problems"][0]["message"] if done.out else done.err


@pytest.mark.parametrize("every", [1, 2, 5, 16])
def test_a_question_whose_options_were_edited_is_named(
    exam_dir: Path, answers: Rows, run: Run, every: int
) -> None:
    path = with_cells(answers, lambda row, text: EDITED if row % every == 0 else text, "Q7")
    said = in_doubt(run, exam_dir, path)
    assert "question 7 of form A" in said
    assert EDITED in said
    aside = run("score", exam_dir, path, "--out", "r", "--unreadable", "aside", "--json")
    assert aside.status == 3
    audit = json.loads(aside.out)
    assert audit["quarantine"] == {"unreadable_marks": -(-30 // every)}
    assert "invalid_marks" not in audit or not audit["invalid_marks"]["rows"]
    scored = run("score", exam_dir, path, "--out", "s", "--unreadable", "score", "--json")
    assert json.loads(scored.out)["rows"]["scored"] == 30


def test_a_slip_of_one_candidate_is_no_doubt(exam_dir: Path, answers: Rows, run: Run) -> None:
    answers[3]["Q7"] = "x"
    answers[4]["Q8"] = EDITED
    write_table("b.csv", answers)
    run.ok("score", exam_dir, "b.csv", "--out", "r")


@pytest.mark.parametrize(
    "number",
    ["KEY", "key", "Answer Key", "เฉลย", "(เฉลย)", "คะแนนเต็ม", "Points Possible", "test user", "TEST_USER", "ทดสอบ"],
)  # fmt: skip
def test_the_key_and_test_users_are_no_candidates(
    exam_dir: Path, answers: Rows, run: Run, number: str
) -> None:
    write_table("b.csv", [answers[0] | {"candidate_id": number}, *answers[1:]])
    done = run("score", exam_dir, "b.csv", "--out", "r", "--json")
    assert done.status == 3
    assert json.loads(done.out)["quarantine"] == {"no_candidate": 1}
    assert number not in {row["candidate_id"] for row in table(Path("r/candidates.csv"))}


def test_a_test_student_is_told_by_the_first_cell(exam_dir: Path, answers: Rows, run: Run) -> None:
    rows = [{"name": "Student, Test" if not k else "Key Max", **row} for k, row in enumerate(answers)]
    write_table("b.csv", rows)
    done = run("score", exam_dir, "b.csv", "--out", "r", "--json")
    assert json.loads(done.out)["quarantine"] == {"no_candidate": 1}


def test_columns_may_stand_in_any_order(exam_dir: Path, answers: Rows, run: Run) -> None:
    run.ok("score", exam_dir, "a.csv", "--out", "r")
    names = [*answers[0]]
    write_table("b.csv", [{name: row[name] for name in reversed(names)} for row in answers])
    run.ok("score", exam_dir, "b.csv", "--out", "s")
    scores = [
        [(row["candidate_id"], row["score"]) for row in table(Path(f"{out}/candidates.csv"))] for out in "rs"
    ]
    assert scores[0] == scores[1]


def test_columns_without_names_are_asked_for(exam_dir: Path, answers: Rows, run: Run) -> None:
    text = Path("a.csv").read_text("utf-8-sig").split("\n", 1)[1]
    n = len(answers[0])
    Path("b.csv").write_text(",".join(["candidate_id", "form", *[""] * (n - 2)]) + "\n" + text, "utf-8")
    assert "--columns" in run.refused("score", exam_dir, "b.csv", "--out", "r")


@pytest.mark.parametrize("title", ["", "Results of March\n\n"])
@pytest.mark.parametrize("more", [-3, 3])
def test_a_file_of_another_exam_is_told_as_one(
    exam_dir: Path, answers: Rows, run: Run, more: int, title: str
) -> None:
    n = sum(name[0] == "Q" for name in answers[0])
    head = ["candidate_id", "form", *(f"Q{k}" for k in range(1, n + more + 1))]
    lines = [",".join([f"{k}", "A", *"A" * (n + more)]) for k in range(5)]
    Path("b.csv").write_text("\n".join([title + ",".join(head), *lines]) + "\n", "utf-8")
    said = run.refused("score", exam_dir, "b.csv", "--out", "r")
    assert f"the answers have {n + more} questions, but this exam has {n}" in said
