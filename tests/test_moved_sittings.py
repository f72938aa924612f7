"""Sittings that the site kept beside the exams: moved into the packages, and scored as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from examgen.scoring.options import ScoringOptions
from examgen.scoring.score import score
from examgen.scoring.sitting_folder import sitting_of
from examgen.sitting.moving import move_into_packages
from examgen.sitting.taking import on_record
from tests.commands.conftest import Run, exam_dir, run, workspace

__all__ = ["exam_dir", "run", "workspace"]


@pytest.fixture
def kept_beside(workspace: Path, exam_dir: Path, run: Run) -> Path:
    """A workspace as the site had it: answers, a decision and a roster in `sittings/`, and a run of them."""
    run.ok("simulate", exam_dir, "--candidates", 20, "--seed", 1, "--out", "a.csv")
    place = workspace / "sittings" / exam_dir.name
    (place / "answers").mkdir(parents=True)
    Path("a.csv").rename(place / "answers/a.csv")
    people = "".join(f"SYN-{n:05},,101,present\n" for n in range(1, 21))
    (place / "roster.csv").write_text(f"candidate_id,name,room,status\n{people}", "utf-8")
    asked = ScoringOptions(roster=place / "roster.csv", with_paths_from=workspace)
    assert score(exam_dir, [place / "answers/a.csv"], options=asked).is_new
    return workspace


def test_a_sitting_is_moved_once_and_its_next_scoring_says_nothing_new(
    kept_beside: Path, exam_dir: Path, run: Run
) -> None:
    assert move_into_packages(kept_beside) == (exam_dir.name,)
    assert move_into_packages(kept_beside) == ()
    assert not (kept_beside / "sittings").exists()
    place = exam_dir / "sitting"
    assert {path.name for path in place.iterdir()} == {"answers", "roster.csv"}
    assert place.stat().st_mode & 0o777 == 0o700
    sitting = sitting_of(exam_dir)
    again = score(exam_dir, sitting.answers, options=sitting.options(), acts=sitting.acts())
    assert (again.run, again.is_new) == (1, False)
    run.ok("verify", exam_dir)
    said = run.json("take", exam_dir)["files"]
    assert [(one["file"], one["kind"]) for one in said] == [
        ("answers/a.csv", "answers"),
        ("roster.csv", "roster"),
    ]


def test_one_whose_exam_is_gone_or_has_a_sitting_stays(kept_beside: Path, exam_dir: Path) -> None:
    (exam_dir / "sitting").mkdir()
    (kept_beside / "sittings/gone").mkdir()
    assert move_into_packages(kept_beside) == ()
    assert (kept_beside / "sittings" / exam_dir.name / "answers/a.csv").is_file()
    assert (kept_beside / "sittings/gone").is_dir()


def test_what_was_moved_is_on_record_with_the_first_act_and_its_run_may_be_released(
    kept_beside: Path, exam_dir: Path, run: Run
) -> None:
    move_into_packages(kept_beside)
    Path("sitting.yaml").write_text("date: 2026-11-18\n", "utf-8")
    run.ok("take", exam_dir, "sitting.yaml")
    acts = sitting_of(exam_dir).acts()
    assert [(one.file, one.by, one.reason) for one in acts[:1]] == [
        ("answers/a.csv", "?", "before the record began")
    ]
    words = ("--by", "c", "--reason", "r", "--date", "2026-11-20", "--open-looks", "r")
    run.ok("release", exam_dir, "--run", 1, *words)
    run.ok("verify", exam_dir)
    assert "already says this" in run.ok("score", exam_dir).out


def test_a_slip_that_is_put_right_does_not_stop_the_release_of_a_run_of_before(
    kept_beside: Path, exam_dir: Path, run: Run
) -> None:
    move_into_packages(kept_beside)
    place, words = (
        sitting_of(exam_dir),
        ("--by", "c", "--reason", "r", "--date", "2026-11-20", "--open-looks", "r"),
    )
    roster = exam_dir / "sitting/roster.csv"
    whole = roster.read_bytes()
    for data, status in ((whole.replace(b"00001,,101,present", b"00001,,101,absent"), 1), (whole, 0)):
        with place.changing(), on_record(place, "grader"):
            roster.write_bytes(data)
        said = run("release", exam_dir, "--run", 1, *words)
        assert (said.status, "given-since" in said.text) == (status, status == 1)
    assert [(one.act, one.by) for one in place.acts() if one.file == "roster.csv"] == [
        ("taken", "?"), ("replaced", "grader"), ("replaced", "grader"),
    ]  # fmt: skip
    run.ok("verify", exam_dir)
