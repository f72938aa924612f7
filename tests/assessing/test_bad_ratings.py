"""Files of ratings and of moderated points that cannot be taken: each fault by file, line and field."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.assessing.interviews import HEAD, UNIT, rated, tasks_of, write, write_ratings
from tests.commands.conftest import Run, run

__all__ = ["run"]
Row = list[object]
MODERATED = ("candidate_id", "task", "points", "by", "date", "reason")


@pytest.fixture
def exam(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    shutil.copytree(root / "item_bank" / UNIT, tmp_path / "item_bank" / UNIT)
    monkeypatch.chdir(tmp_path)
    found = Path("output/exam")
    run.ok("build", f"item_bank/{UNIT}/blueprints/interview-7.yaml", "--out", found)
    return found


def line(exam: Path, form: str = "A") -> Row:
    """A line that can be taken."""
    task = next(iter(tasks_of(exam)[form]))
    return ["70001", "มาลี ทองดี", task, 2, "2026-11-20", "", ""]


def but(place: int, value: object) -> Callable[[Row], list[Row]]:
    """One line with another cell."""
    return lambda own: [[*own[:place], value, *own[place + 1 :]]]


BAD: dict[str, tuple[Callable[[Row], list[Row]], str]] = {
    "no candidate": (but(0, ""), "r.csv:2"),
    "a number that a spreadsheet has spoilt": (but(0, "7.00E+04"), "candidate_id"),
    "nobody": (but(0, "---"), "candidate_id"),
    "no assessor": (but(1, ""), "has no assessor"),
    "no task": (but(2, ""), "has no task"),
    "a task of another exam": (but(2, "A4011.01-i31"), "is not a task of this exam"),
    "an item": (but(2, "A4011.01-001"), "is not a task of this exam"),
    "no points": (but(3, ""), "has no points"),
    "too many points": (but(3, 4), "Write 0, 1, 2, 3"),
    "half a point": (but(3, "1.5"), "Write 0, 1, 2, 3"),
    "less than nothing": (but(3, "-1"), "is below 0"),
    "a letter": (but(3, "B"), "is not a number of points"),
    "a word": (but(3, "ดีมาก"), "is not a number of points"),
    "a day of the Buddhist era": (but(4, "2569-11-20"), "Buddhist era"),
    "can be read as two dates": (but(4, "03/04/2026"), "can be read as two dates"),
    "no day of the calendar": (but(4, "2026-02-30"), "not a date of the calendar"),
    "the same twice, otherwise": (lambda own: [own, [*own[:3], 3, *own[4:]]], "other points"),
    "the same twice, the name written otherwise": (
        lambda own: [own, [own[0], "มาลี  ทองดี", own[2], 3, *own[4:]]],
        "other points",
    ),
    "nothing below the heading": (lambda own: [], "no ratings below it"),
    "a cell too many": (lambda own: [[*own, "x"]], "has 8 fields, but the header has 7"),
    "a cell too few": (lambda own: [own[:4]], "has 4 fields, but the header has 7"),
}


@pytest.mark.parametrize("name", BAD)
def test_ratings_that_cannot_be_taken(exam: Path, run: Run, name: str) -> None:
    change, said = BAD[name]
    write(Path("r.csv"), change(line(exam)))
    ran = run("take", exam, "r.csv", "--as", "ratings")
    assert ran.status == 1, ran.text
    assert said in ran.err
    assert not list((exam / "sitting").glob("answers/*"))


def test_every_fault_of_every_line_is_told_at_once(exam: Path, run: Run) -> None:
    good = line(exam)
    rows = [change(good)[0] for name, (change, _) in BAD.items() if change(good) and "twice" not in name]
    write(Path("r.csv"), rows)
    told = run("take", exam, "r.csv", "--as", "ratings").err
    assert {f"r.csv:{n}" for n in range(2, len(rows) + 2)} <= {
        word.rstrip(":") for word in told.replace(": ", " ").split()
    }


def test_tasks_that_no_form_has_together_are_refused(exam: Path, run: Run) -> None:
    first, second = line(exam, "A"), line(exam, "B")
    write(Path("r.csv"), [first, second])
    assert "on tasks that are together on no form" in run.refused("take", exam, "r.csv")


def test_a_file_of_the_same_ratings_otherwise_is_refused(exam: Path, run: Run) -> None:
    own = line(exam)
    run.ok("take", exam, write(Path("a.csv"), [own]))
    said = run.refused("take", exam, write(Path("b.csv"), [[*own[:3], 1, *own[4:]]]))
    assert "a.csv" in said
    assert "other points" in said


MODERATIONS: dict[str, tuple[Callable[[Row], list[Row]], str]] = {
    "nobody who was rated": (but(0, "99999"), "has no rating"),
    "no task": (but(1, "x"), "is not a task of this exam"),
    "points that cannot be": (but(2, "1.25"), "or the mean of two of them"),
    "no points": (but(2, ""), "is not possible"),
    "nobody decided": (but(3, ""), "Fill in `by`"),
    "no day": (but(4, ""), "Fill in `date`"),
    "a day to come": (but(4, "2199-01-01"), "in the future"),
    "no reason": (but(5, ""), "Fill in `reason`"),
    "decided otherwise twice": (lambda own: [own, [*own[:2], 0, *own[3:]]], "Keep one of the two"),
}


@pytest.mark.parametrize("name", MODERATIONS)
def test_moderated_points_that_cannot_be_taken(exam: Path, run: Run, name: str) -> None:
    run.ok("take", exam, write_ratings(Path("r.csv"), rated(exam, ["70001"], far={"70001": 1})))
    change, said = MODERATIONS[name]
    task = next(iter(tasks_of(exam)["A"]))
    write(Path("m.csv"), change(["70001", task, "1.5", "ประธาน", "2026-11-21", "ฟังเทปแล้ว"]), MODERATED)
    ran = run("take", exam, "m.csv")
    assert ran.status == 1, ran.text
    assert said in ran.err
    assert not list((exam / "sitting").glob("moderation/*"))


def test_an_exam_of_answers_takes_no_ratings(exam: Path, run: Run) -> None:
    other = Path("output/written")
    run.ok("build", f"item_bank/{UNIT}/blueprints/level-5.yaml", "--out", other)
    write(Path("r.csv"), [line(exam)])
    assert "Add answers" in run.refused("take", other, "r.csv", "--as", "ratings")


def test_columns_that_are_missing_are_named(exam: Path, run: Run) -> None:
    write(Path("r.csv"), [["70001", 2]], (HEAD[0], HEAD[3]))
    assert "`assessor`" in run.refused("take", exam, "r.csv", "--as", "ratings")
