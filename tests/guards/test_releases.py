"""Releases: what people are told moves only by another release, and whatever is touched is noticed."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.guards import plain_scorer
from tests.guards.commands import Examgen
from tests.guards.plain_scorer import read_forms
from tests.guards.small_exams import answers, codes, contents, corrections, two_forms, wide, with_answers

QUIET = "--no-signals"
RELEASE = ("--by", "คณะกรรมการ", "--date", "2026-11-25")
LOOKS = ("--open-looks", "minutes 7/2569")


@pytest.fixture(scope="module")
def package(examgen: Examgen, starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_forms(examgen, starter, tmp_path_factory.mktemp("bank"))


@pytest.fixture
def folder(package: Path, tmp_path: Path) -> Path:
    return with_answers(package, tmp_path)


def runs(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "results/runs").glob("[0-9]*"))


def shown(folder: Path) -> int:
    """The run whose results people see."""
    return int(json.loads((folder / "results/audit.json").read_text("utf-8"))["run"])


@pytest.fixture
def released(examgen: Examgen, folder: Path) -> Path:
    """Run 1, which is released, and run 2, in which the key was corrected."""
    path = corrections(folder, [{"kind": "credit_all", "item": read_forms(folder)["A"][0].item}])
    examgen("score", folder, *answers(folder), QUIET, cwd=folder.parent)
    examgen(
        "release", folder, "--run", "1", *RELEASE, *LOOKS, "--reason", "minutes 7/2569", cwd=folder.parent
    )
    examgen("score", folder, "--corrections", path, QUIET, cwd=folder.parent)
    return folder


def test_a_later_scoring_cannot_move_what_was_released(examgen: Examgen, released: Path) -> None:
    cwd, results = released.parent, released / "results"
    assert runs(released) == ["0001", "0002"]
    path = released / "sitting/record.jsonl"
    record = path.read_bytes()
    top = {path.name: path.read_bytes() for path in results.iterdir() if path.is_file()}
    assert top == contents(results / "runs/0001")
    examgen("score", released, *answers(released), "--without", "corrections", QUIET, cwd=cwd)
    assert top == {path.name: path.read_bytes() for path in results.iterdir() if path.is_file()}
    assert path.read_bytes() == record
    said = next(act for act in map(json.loads, record.splitlines()) if act["act"] == "released")
    assert (said["run"], said["by"]) == (1, RELEASE[1])
    assert (said["reason"], said["date"]) == ("minutes 7/2569", "2026-11-25")

    examgen("release", released, "--run", "2", *RELEASE, *LOOKS, "--reason", "minutes 8/2569", cwd=cwd)
    assert shown(released) == 2
    top = {path.name: path.read_bytes() for path in results.iterdir() if path.is_file()}
    assert top == contents(results / "runs/0002")
    *before, last = path.read_bytes().splitlines(keepends=True)
    assert b"".join(before) == record
    assert json.loads(last)["before"] == json.loads(before[-1])["digest"]
    state = {
        run["run"]: run["release"]["state"]
        for run in examgen("verify", released, "--json", cwd=cwd).json["runs"]
    }
    assert state == {1: "superseded", 2: "released", 3: "unreleased"}


def test_a_release_needs_a_run_a_name_and_a_reason(examgen: Examgen, released: Path) -> None:
    cwd, before = released.parent, contents(released)
    reason = ("--reason", "minutes 8/2569")
    for words in (
        ("--run", "2", *RELEASE, *LOOKS),
        ("--run", "2", *RELEASE, *LOOKS, "--reason", " "),
        ("--run", "2", "--by", "", *LOOKS, *reason),
        (*RELEASE, *LOOKS, *reason),
        ("--run", "9", *RELEASE, *LOOKS, *reason),
        ("--run", "2", *RELEASE, *reason),
        ("--run", "1", *RELEASE, *LOOKS, *reason),
    ):
        assert examgen("release", released, *words, cwd=cwd, status=None).status in (1, 2), words
        assert contents(released) == before, words


def test_a_release_waits_for_second_looks_unless_it_says_why_not(examgen: Examgen, folder: Path) -> None:
    examgen("score", folder, *answers(folder), cwd=folder.parent)  # with signals, which mark rows
    words = ("release", folder, "--run", "1", *RELEASE, "--reason", "minutes 7/2569")
    before = contents(folder)
    refused = examgen(*words, "--json", cwd=folder.parent, status=1).json
    assert {one["code"] for one in refused["problems"]} == {"second-look-open"}
    assert contents(folder) == before
    examgen(*words, *LOOKS, cwd=folder.parent)
    assert shown(folder) == 1


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edited(results: Path) -> None:
        path = results / name
        text = path.read_text("utf-8")
        assert old in text
        replace(path, text.replace(old, new, 1))

    return edited


def replace(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text, "utf-8")


RECORD = ("who released", "which run", "the record is gone", "the released run is gone")
"""After these nobody can be sure which run people are told, and nothing more is scored."""
TOUCHED: dict[str, Callable[[Path], object]] = {
    "who released": edit("../sitting/record.jsonl", "คณะกรรมการ", "ใคร"),
    "which run": edit("../sitting/record.jsonl", '"run": 1', '"run": 2'),
    "the record is gone": lambda results: (results / "../sitting/record.jsonl").unlink(),
    "the released run is gone": lambda results: shutil.rmtree(results / "runs/0001"),
    "a result of the released run": edit("runs/0001/candidates.csv", ",fail,", ",pass,"),
    "a result of another run": edit("runs/0002/candidates.csv", ",fail,", ",pass,"),
    "what is shown": edit("candidates.csv", ",fail,", ",pass,"),
    "its audit": edit("runs/0001/audit.json", '"pass": ', '"pass": 1'),
    "another run is shown": lambda results: shutil.copytree(
        results / "runs/0002", results, dirs_exist_ok=True
    ),
}


@pytest.mark.parametrize("what", TOUCHED)
def test_what_is_touched_after_a_release_is_found(examgen: Examgen, released: Path, what: str) -> None:
    cwd = released.parent
    assert not codes(examgen("verify", released, "--json", cwd=cwd))
    for path in (released / "results").rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    TOUCHED[what](released / "results")
    assert codes(examgen("verify", released, "--json", cwd=cwd, status=1))
    if "record" in what or (what.startswith("wh") and what != "what is shown"):
        path = corrections(released, [{"kind": "drop", "item": read_forms(released)["A"][1].item}])
        examgen("score", released, "--corrections", path, "--without", "corrections", cwd=cwd, status=1)
        assert runs(released) == ["0001", "0002"]


def test_the_fingerprint_in_the_minutes_tells_of_results_that_were_all_written_again(
    examgen: Examgen, released: Path
) -> None:
    cwd = released.parent
    audit = (released / "results/runs/0001/audit.json").read_bytes()
    minutes = hashlib.sha256(audit).hexdigest()[:16]
    examgen("verify", released, "--fingerprint", minutes, cwd=cwd)
    for name in ("results", "sitting"):
        shutil.rmtree(released / name)
    rows = [[c, form, *cells] for c, form, cells in plain_scorer.read_answers(answers(released)[0])]
    wide(
        answers(released)[0],
        [[*rows[0][:2], *("A" if cell != "A" else "B" for cell in rows[0][2:])], *rows[1:]],
    )
    examgen("score", released, *answers(released), QUIET, cwd=cwd)
    assert not codes(examgen("verify", released, "--json", cwd=cwd))
    ran = examgen("verify", released, "--fingerprint", minutes, "--json", cwd=cwd, status=1)
    assert codes(ran) == {"fingerprint-differs"}
