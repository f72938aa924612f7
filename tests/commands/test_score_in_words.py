"""`examgen score` on answers that are not plain letters: web forms, columns without a name, unreadable files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.sittings import table, write_table


@pytest.fixture
def answers(exam_dir: Path, run: Run) -> list[dict[str, str]]:
    """Thirty candidates, in a.csv too."""
    run.ok("simulate", exam_dir, "--candidates", 30, "--seed", 1, "--out", "a.csv")
    return table(Path("a.csv"))


def decided(folder: Path) -> list[tuple[str, ...]]:
    return sorted(tuple(list(row.values())[:10]) for row in table(folder / "candidates.csv"))


def spoiled(answers: list[dict[str, str]], n: int) -> str:
    """The answers, of which the first n rows say what nobody understands."""
    rows = [
        {name: "choice-x" if k < n and name.startswith("Q") else cell for name, cell in row.items()}
        for k, row in enumerate(answers)
    ]
    write_table("b.csv", rows)
    return "b.csv"


def test_a_file_not_understood_is_refused(exam_dir: Path, answers: list[dict[str, str]], run: Run) -> None:
    path = spoiled(answers, 30)
    done = run("score", exam_dir, path, "--out", "r")
    assert done.status == 1
    assert "30 of 30 rows" in done.err
    assert "line 2, `Q1`: 'choice-x'" in done.err
    assert not Path("r").exists()
    aside = run("score", exam_dir, path, "--out", "r", "--unreadable", "aside")
    assert aside.status == 3
    assert "30 × marks not understood" in aside.out
    scored = run("score", exam_dir, path, "--out", "s", "--unreadable", "score", "--json")
    audit = json.loads(scored.out)
    assert audit["rows"]["scored"] == 30
    assert audit["invalid_marks"]["rows"] == 30


def test_invalid_marks_are_told(exam_dir: Path, answers: list[dict[str, str]], run: Run) -> None:
    answers[5]["Q1"] = "*"
    done = run("score", exam_dir, spoiled(answers, 2), "--out", "r")
    assert done.status == 3
    assert "2 × marks not understood" in done.out
    assert "1 answer is not an option of its question" in done.out


COLUMNS = "candidate_id: ใคร\nform: 2\nquestions: [{}]\n"


def test_columns_are_what_a_file_says(exam_dir: Path, answers: list[dict[str, str]], run: Run) -> None:
    text = Path("a.csv").read_text("utf-8-sig")
    head, body = text.split("\n", 1)
    n = sum(name.startswith("Q") for name in head.split(","))
    heads = ["ใคร", "ชุดของใคร", *(f"x{k}" for k in range(n)), *head.split(",")[2 + n :]]
    Path("odd.csv").write_text(",".join(heads) + "\n" + body, "utf-8")
    assert "--columns" in run.refused("score", exam_dir, "odd.csv", "--out", "r")
    Path("cols.yaml").write_text(COLUMNS.format(", ".join(map(str, range(3, 3 + n)))), "utf-8")
    run.ok("score", exam_dir, "odd.csv", "--columns", "cols.yaml", "--out", "r")
    run.ok("score", exam_dir, "a.csv", "--out", "plain")
    assert decided(Path("r")) == decided(Path("plain"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- 1\n", "does not assign columns"),
        ("questions: [1]\n", "add `candidate_id` with its column"),
        ("candidate_id: 1\n", "add the columns of the answers"),
        ("candidate_id: 1\nquestion: 2\n", "add the columns of the answers"),
        ("candidate_id: 1\nanswers: 2\nform: 3\nform_is: A\n", "not both"),
        ("candidate_id: 0\nanswers: 2\n", "candidate_id: is 0"),
        ("candidate_id: 1\nanswers: nobody\nform: 2\n", "'nobody' (no such column)"),
        ("candidate_id: 1\nanswers: 1\nform: 2\n", "one column twice"),
        ("candidate_id: 1\nanswers: 3\n", "Add `form` (a column) or `form_is`"),
        ("candidate_id: 1\nanswers: 3\nwho: 2\n", "who: is not known"),
    ],
)
def test_faults_of_columns(
    text: str, said: str, exam_dir: Path, answers: list[dict[str, str]], run: Run
) -> None:
    Path("cols.yaml").write_text(text, "utf-8")
    assert said in run.refused("score", exam_dir, "a.csv", "--columns", "cols.yaml", "--out", "r")
