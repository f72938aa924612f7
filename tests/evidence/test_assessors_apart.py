"""Assessors of an interview: whom they trained, what they decide alone, and what they release."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from examgen.evidence.conflicts import conflicts_of
from examgen.evidence.participation import SittingSources, parts_of
from tests.assessing.interviews import rated, write, write_ratings
from tests.commands.conftest import Run, run
from tests.rated import rated_package
from tests.samples import write_unit
from tests.sittings import OPEN_LOOKS

__all__ = ["run"]
DAY = ("--date", "2026-11-26")
WORDS = ("--reason", "minutes 9/2569", *DAY, *OPEN_LOOKS)


@pytest.fixture
def exam_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    """An interview of four candidates whom two assessors rated each; one was trained by an assessor."""
    write_unit(tmp_path / "item_bank")
    (tmp_path / "output").mkdir()
    folder = rated_package(tmp_path / "output" / "int")
    monkeypatch.chdir(tmp_path)
    ratings = rated(folder, ["7001", "7002", "7003", "7004"])
    own = max(name for who, name, _ in ratings if who == "7001")
    rows = [("7001", "ก", f"อาจารย์{own}"), *((f"700{n}", "ข", "") for n in (2, 3, 4))]
    write(Path("list.csv"), rows, ("candidate_id", "name", "trainer"))
    run.ok("take", folder, "list.csv", write_ratings(Path("r.csv"), ratings), "--by", "clerk")
    return folder


def broken(folder: Path) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(one.rule, one.person, one.candidates) for one in conflicts_of(SittingSources(folder)).broken}


def test_an_assessor_has_a_part_in_each_candidate_and_not_in_whom_he_trained(exam_dir: Path) -> None:
    parts = [one for one in parts_of(SittingSources(exam_dir)) if one.role == "assessor"]
    assert len(parts) == 8
    assert {one.candidates for one in parts} == {("7001",), ("7002",), ("7003",), ("7004",)}
    assert all(one.where.startswith("answers/r.csv:") for one in parts)
    [(rule, person, candidates)] = broken(exam_dir)
    trainer = next(one for one in parts_of(SittingSources(exam_dir)) if one.role == "trainer")
    assert (rule, candidates) == ("interest_apart", ("7001",))
    assert person in (trainer.person, trainer.person.removeprefix("อาจารย์"))


def test_an_assessor_neither_decides_nor_releases_alone(exam_dir: Path, run: Run) -> None:
    before = broken(exam_dir)
    one = next(part for part in parts_of(SittingSources(exam_dir)) if part.candidates == ("7003",))
    both = f"{one.person}, คณะกรรมการ"
    run.ok("decide", exam_dir, "7003", "--as", "withheld", "--by", both, "--reason", "x", *DAY)
    assert broken(exam_dir) == before
    run.ok("decide", exam_dir, "7003", "--as", "restored", "--by", one.person, "--reason", "x", *DAY)
    [(rule, _, candidates)] = broken(exam_dir) - before
    assert (rule, candidates) == ("own_work_not_alone", ("7003",))
    run("score", exam_dir)
    done = run.ok("release", exam_dir, "--run", 1, "--by", one.person, *WORDS)
    assert "3 rules on conflicts of interest are broken" in done.out
    assert f"{one.person}: " in done.out
    assert {rule for rule, _, _ in broken(exam_dir)} == {"own_work_not_alone", "interest_apart"}
    Path("examgen.yaml").write_text(yaml.safe_dump({"conflicts": {"own_work_not_alone": False}}))
    assert broken(exam_dir) == before
