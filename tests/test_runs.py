"""Scored runs: numbered, chained, shown; whatever is touched is noticed, nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from blake3 import blake3

from examgen.core.exam.checks import check_runs
from examgen.core.exam.new_runs import stage_run
from examgen.core.exam.runs import digest_of, newest_run
from examgen.core.files import sha256
from examgen.core.problems import Refused, WrongUsage
from tests.runs import AUDIT, codes, contents, put, score, top


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A results folder with three runs."""
    folder = tmp_path / "exam" / "results"
    for text in ("10", "11", "12"):
        score(folder, text)
    return folder


# ── what a run is ────────────────────────────────────────────────────────────────────────────


def test_the_folder_shows_the_newest_of_numbered_chained_runs(results: Path) -> None:
    runs = [json.loads((results / "runs" / f"000{n}" / "audit.json").read_bytes()) for n in (1, 2, 3)]
    assert [run["run"] for run in runs] == [1, 2, 3]
    hashes = [sha256((results / "runs" / f"000{n}" / "audit.json").read_bytes()) for n in (1, 2, 3)]
    assert [run["previous"] for run in runs] == [None, *hashes[:2]]
    for n, run in enumerate(runs, 1):
        folder = results / "runs" / f"000{n}"
        written = {name: data for name, data in contents(folder).items() if name != "audit.json"}
        assert run["files"] == {
            name: {"blake3": blake3(data).hexdigest(), "size": len(data)} for name, data in written.items()
        }
        assert run["passing"] == [50, 60]
    assert top(results) == contents(results / "runs" / "0003")
    assert check_runs(results) == []
    newest = newest_run(results)
    assert newest
    assert (newest.number, newest.sha256) == (3, hashes[2])


def test_a_scoring_that_says_nothing_new_makes_no_run(results: Path) -> None:
    before = contents(results)
    done = score(results, "12")
    assert (done.run.number, done.is_new) == (3, False)
    assert contents(results) == before
    assert score(results, "10").run.number == 4  # as run 1, but not as the newest
    assert score(results, "10", {**AUDIT, "key": {"version": 2}}).run.number == 5
    assert check_runs(results) == []


def test_a_digest_is_the_one_that_was_published(tmp_path: Path) -> None:
    """Test vectors of BLAKE3: bytes 0 … 250 over and over (github.com/BLAKE3-team/BLAKE3, test_vectors)."""
    for n, digest in PUBLISHED.items():
        (tmp_path / "x").write_bytes(bytes(k % 251 for k in range(n)))
        assert digest_of(tmp_path / "x") == digest


PUBLISHED = {
    0: "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    1: "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
    102400: "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085",
}


def test_a_scoring_without_results_makes_no_run(tmp_path: Path) -> None:
    with stage_run(tmp_path / "results") as staged, pytest.raises(ValueError, match="that were written"):
        staged.commit(AUDIT)
    assert not (tmp_path / "results").exists()


def test_a_file_that_only_the_run_before_had_is_shown_no_more(results: Path) -> None:
    score(results, "13", elements="x")
    assert (results / "elements.csv").is_file()
    score(results, "14")
    assert not (results / "elements.csv").exists()
    assert (results / "runs/0004/elements.csv").is_file()
    assert check_runs(results) == []


def test_a_run_that_is_not_committed_leaves_nothing(tmp_path: Path, results: Path) -> None:
    before = contents(results)
    for folder in (results, tmp_path / "new" / "results"):
        with stage_run(folder) as staged:
            (staged.folder / "candidates.csv").write_text("x")
        with pytest.raises(FileNotFoundError), stage_run(folder) as staged:
            (staged.folder / "nowhere" / "candidates.csv").write_text("x")
    assert contents(results) == before
    assert not list(results.rglob(".*"))
    assert not (tmp_path / "new").exists()


def test_a_folder_that_was_there_before_stays_where_no_run_is_made(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    with pytest.raises(FileNotFoundError), stage_run(tmp_path / "results") as staged:
        (staged.folder / "nowhere" / "candidates.csv").write_text("x")
    assert list((tmp_path / "results").iterdir()) == []


def test_a_folder_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results").chmod(0o755)
    score(tmp_path / "results", "10")
    assert (tmp_path / "results").stat().st_mode & 0o777 == 0o700


def test_a_link_is_no_result_file(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("x")
    with stage_run(tmp_path / "results") as staged:
        (staged.folder / "candidates.csv").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(ValueError, match="is not a result file"):
            staged.commit(AUDIT)


def test_a_folder_that_cannot_show_links_has_copies(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", unknown)
    score(results, "13")
    assert top(results) == contents(results / "runs/0004")
    assert not score(results, "13").is_new
    assert check_runs(results) == []


def test_runs_are_kept_from_editors(results: Path) -> None:
    files = [path for path in results.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o400}


# ── what lies there already ──────────────────────────────────────────────────────────────────


def test_a_folder_that_holds_other_things_is_refused_and_left_alone(tmp_path: Path, results: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    for folder, name in (
        (mine, "thesis.odt"),
        (results, "corrected.csv"),
        (results, "pc_coverage.csv"),
        (results, "runs/notes.txt"),
    ):
        (folder / name).write_text("x")
        before = contents(folder)
        with pytest.raises(WrongUsage, match=Path(name).name):
            score(folder, "13")
        assert contents(folder) == before
        (folder / name).unlink()
    (results / ".~lock.candidates.csv#").write_text("x")  # of a spreadsheet that is open
    assert score(results, "13").is_new


@pytest.mark.parametrize("name", ["file", "link", "file/results"])
def test_a_name_that_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WrongUsage, match=r"is a file|is a link"):
        score(tmp_path / name, "10")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]


def test_runs_that_were_taken_away_are_asked_for(results: Path) -> None:
    shutil.rmtree(results / "runs")
    assert codes(results) == {"run-missing"}
    before = contents(results)
    with pytest.raises(Refused, match="Restore the runs"):
        score(results, "13")
    assert contents(results) == before


def test_no_run_follows_an_audit_that_cannot_be_read(results: Path) -> None:
    put(results / "runs/0003/audit.json", b"{")
    with pytest.raises(Refused, match=r"0003/audit\.json is missing or damaged"):
        score(results, "13")
    assert "audit-damaged" in codes(results)


# ── what was touched ─────────────────────────────────────────────────────────────────────────


def rename_runs(results: Path) -> None:
    for old, new in (("0001", "x"), ("0002", "0001"), ("x", "0002")):
        (results / "runs" / old).rename(results / "runs" / new)


def link_shown(results: Path) -> None:
    (results / "candidates.csv").rename(results / "x")
    (results / "candidates.csv").symlink_to(results / "x")


DAMAGE: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "a file removed": (lambda r: (r / "runs/0001/candidates.csv").unlink(), {"file-missing"}),
    "a file added": (lambda r: (r / "runs/0002/more.csv").write_text("x"), {"file-foreign"}),
    "a folder added": (lambda r: (r / "runs/0002/more").mkdir(), {"file-foreign"}),
    "a file among the runs": (lambda r: (r / "runs/more.csv").write_text("x"), {"file-foreign"}),
    "a file beside the results": (lambda r: (r / "more.csv").write_text("x"), {"file-foreign"}),
    "a first run removed": (
        lambda r: shutil.rmtree(r / "runs/0001"), {"run-missing"},
    ),
    "a run between removed": (
        lambda r: shutil.rmtree(r / "runs/0002"), {"run-missing"},
    ),
    "the newest run removed": (lambda r: shutil.rmtree(r / "runs/0003"), {"not-newest"}),
    "a run copied to the end": (
        lambda r: shutil.copytree(r / "runs/0001", r / "runs/0004"),
        {"run-renamed", "chain-broken", "not-newest"},
    ),
    "two runs swapped": (rename_runs, {"run-renamed", "chain-broken"}),
    "a shown file removed": (lambda r: (r / "candidates.csv").unlink(), {"not-newest"}),
    "a shown audit removed": (lambda r: (r / "audit.json").unlink(), {"not-newest"}),
    "an audit removed": (lambda r: (r / "runs/0002/audit.json").unlink(), {"audit-damaged"}),
    "an audit that is none": (lambda r: put(r / "runs/0002/audit.json", b"[]"), {"audit-damaged"}),
    "an audit that leads out": (
        lambda r: put(r / "runs/0002/audit.json", b'{"files": {"../a": {"sha256": "", "size": 1}}}'),
        {"audit-damaged"},
    ),
    "an audit of no known digest": (
        lambda r: put(r / "runs/0002/audit.json", b'{"files": {"a": {"md5": "", "size": 1}}}'),
        {"audit-damaged"},
    ),
    "a link in place of a file": (link_shown, {"not-newest", "file-foreign"}),
}  # fmt: skip


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_named(results: Path, what: str) -> None:
    damage, expected = DAMAGE[what]
    damage(results)
    problems = check_runs(results)
    assert {problem.code for problem in problems} == expected
    assert all(problem.source.startswith("results") for problem in problems)


def test_the_fingerprint_of_an_earlier_run_stays_good(results: Path) -> None:
    newest = newest_run(results)
    assert newest
    score(results, "13")
    assert check_runs(results, [newest.sha256]) == []


@pytest.mark.parametrize("text", ["", "abc", "x" * 16, "a" * 65])
def test_what_is_no_fingerprint_is_refused(results: Path, text: str) -> None:
    with pytest.raises(WrongUsage, match="not a fingerprint"):
        check_runs(results, [text])


def test_a_newest_run_that_was_damaged_is_made_again(results: Path) -> None:
    was = (results / "runs/0003/candidates.csv").read_bytes()
    put(results / "runs/0003/candidates.csv", b"touched")
    done = score(results, "12")
    assert (done.run.number, done.is_new) == (4, True)
    assert (results / "candidates.csv").read_bytes() == was
    assert codes(results) == {"file-changed"}


@pytest.mark.parametrize("lost", ["0002", ""])
def test_a_newest_run_that_is_lost_is_never_scored_over(tmp_path: Path, lost: str) -> None:
    results = tmp_path / "results"
    score(results, "10")
    score(results, "11", elements="x")
    before = contents(results)
    shutil.rmtree(results / "runs" / lost)
    with pytest.raises(Refused, match="shows run 2"):
        score(results, "12")
    assert "run-missing" in codes(results) or "not-newest" in codes(results)
    assert contents(results).items() <= before.items()


def test_what_windows_leaves_in_a_folder_is_no_fault(tmp_path: Path) -> None:
    results = tmp_path / "results"
    score(results, "10")
    for name in ("Thumbs.db", "desktop.ini"):
        (results / name).write_bytes(b"\0")
    assert codes(results) == set()
    assert score(results, "11").run.number == 2
