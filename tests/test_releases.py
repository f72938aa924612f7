"""Releases on record: which run a results folder shows, what is found of them that was touched, and kills."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from examgen.core.changes import changing
from examgen.core.exam.new_runs import settle
from examgen.core.exam.releases import all_releases, put_release, released_run, state_of
from examgen.core.exam.runs import find_run, read_run, run_folders
from examgen.core.problems import ExamgenError, Refused
from tests.runs import codes, contents, put, score, top

SAID = {"by": "คณะกรรมการ", "reason": "minutes 7/2569", "date": None}


def release(results: Path, run: int) -> str:
    """Puts that run on record; the fingerprint of its release."""
    with changing(results):
        return put_release(results, read_run(run, find_run(results, str(run))), SAID).sha256


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Three runs; released was run 1, then run 2."""
    folder = tmp_path / "results"
    score(folder, "10")
    release(folder, 1)
    score(folder, "11", extra="of this run alone")
    release(folder, 2)
    score(folder, "12")
    return folder


def shows(results: Path) -> int:
    said = json.loads((results / "audit.json").read_bytes())["run"]
    assert isinstance(said, int)
    return said


def test_a_results_folder_shows_the_released_run_until_another_is(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    score(folder, "10")
    score(folder, "11")
    assert shows(folder) == 2
    release(folder, 1)
    assert shows(folder) == 1
    score(folder, "12")
    assert shows(folder) == 1
    assert top(folder) == contents(folder / "runs/0001")
    release(folder, 3)
    assert top(folder) == contents(folder / "runs/0003")
    releases = all_releases(folder)
    runs = (state_of(read_run(n, place), releases) for n, place in run_folders(folder).items())
    assert [one.state for one in runs] == ["superseded", "unreleased", "released"]
    assert codes(folder) == set()


def test_the_same_scoring_again_makes_no_run_whatever_was_released(results: Path) -> None:
    assert not score(results, "12").is_new
    release(results, 3)
    assert not score(results, "12").is_new
    assert shows(results) == 3
    assert codes(results) == set()


def test_a_release_is_found_by_its_fingerprint(results: Path) -> None:
    fingerprint = all_releases(results)[0].sha256[:16]
    assert codes(results, fingerprint) == set()
    assert codes(results, fingerprint[::-1]) == {"fingerprint-differs"}


def record(results: Path) -> Path:
    return results.parent / "sitting/record.jsonl"


def lines(results: Path) -> list[bytes]:
    return record(results).read_bytes().splitlines(keepends=True)


def edited(old: str, new: str) -> Callable[[Path], None]:
    """An edit of the first release."""

    def edit(results: Path) -> None:
        first, *others = lines(results)
        assert old.encode() in first
        put(record(results), b"".join([first.replace(old.encode(), new.encode()), *others]))

    return edit


def show_run_3(results: Path) -> None:
    for name in ("candidates.csv", "quarantine.csv", "audit.json"):
        put(results / name, (results / "runs/0003" / name).read_bytes())
    (results / "extra.csv").unlink()


TOUCHED: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "who": (edited("คณะกรรมการ", "ใคร"), {"record-changed"}),
    "why": (edited("minutes 7", "minutes 8"), {"record-changed"}),
    "which run": (edited('"run": 1', '"run": 3'), {"record-changed"}),
    "a blank": (edited('"run": 1', '"run":  1'), {"record-changed"}),
    "no text": (lambda r: put(record(r), b"{\n"), {"record-changed"}),
    "the first removed": (lambda r: put(record(r), lines(r)[1]), {"record-changed"}),
    "the last removed": (lambda r: put(record(r), lines(r)[0]), {"release-missing", "not-released"}),
    "all removed": (lambda r: record(r).unlink(), {"release-missing", "not-newest"}),
    "copied": (lambda r: put(record(r), b"".join([*lines(r), lines(r)[0]])), {"record-changed"}),
    "a folder of releases": (lambda r: (r / "releases").mkdir(), {"file-foreign"}),
    "the released run's result": (lambda r: put(r / "runs/0002/candidates.csv", b"x"), {"file-changed", "not-released"}),
    "the released run removed": (lambda r: shutil.rmtree(r / "runs/0002"), {"run-missing", "released-run-missing", "file-foreign"}),
    "another run shown": (show_run_3, {"not-released"}),
    "a shown result": (lambda r: put(r / "candidates.csv", b"x"), {"not-released"}),
}  # fmt: skip


@pytest.mark.parametrize("what", TOUCHED)
def test_what_is_touched_is_found(results: Path, what: str) -> None:
    touch, expected = TOUCHED[what]
    touch(results)
    assert codes(results) == expected


def test_a_release_that_does_not_say_which_run_is_none(results: Path) -> None:
    said = json.loads(lines(results)[1])
    del said["run"]
    put(record(results), lines(results)[0] + json.dumps(said, ensure_ascii=False).encode() + b"\n")
    assert codes(results) == {"record-changed"}
    with pytest.raises(Refused, match="was changed"):
        all_releases(results)


def test_an_unreadable_newest_run_is_not_as_if_there_were_none(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "results"
    assert released_run(folder) is None
    for text in ("10", "11"):
        score(folder, text)
    put(folder / "runs/0002/audit.json", b"{")
    with pytest.raises(Refused, match="damaged"):
        released_run(folder)
    put(folder / "runs/0002/audit.json", (folder / "audit.json").read_bytes())
    release(folder, 1)
    put(folder / "runs/0002/audit.json", b"{")
    told = released_run(folder)
    assert told is not None
    assert told.number == 1, "it is known which run is told"


def test_nothing_is_told_of_runs_where_the_record_is_not_sure(results: Path) -> None:
    for what in ("who", "which run", "the last removed", "all removed", "the released run removed"):
        copy = copied(results, what.replace(" ", "-"))
        TOUCHED[what][0](copy)
        with pytest.raises(Refused):
            released_run(copy)
        with pytest.raises(ExamgenError):
            score(copy, "13")
        assert not (copy / "runs/0004").exists()


def copied(results: Path, name: str) -> Path:
    """A copy of the results with their record."""
    copy = results.parent / name
    shutil.copytree(results, copy / "results")
    shutil.copytree(results.parent / "sitting", copy / "sitting")
    return copy / "results"


def test_what_somebody_put_into_the_shown_files_is_not_wiped_by_looking(results: Path) -> None:
    put(results / "candidates.csv", b"mine")
    settle(results)
    assert (results / "candidates.csv").read_bytes() == b"mine"
    assert codes(results) == {"not-released"}
    score(results, "12")
    assert codes(results) == set()
