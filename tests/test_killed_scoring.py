"""A scoring that is killed while it writes a run: old or new, never half; the next one mends it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from blake3 import blake3

from examgen.core.exam.checks import check_runs
from examgen.core.exam.new_runs import stage_run
from examgen.core.exam.runs import is_scored
from examgen.core.problems import Refused
from tests.runs import codes, contents, score

WAITING = """
import sys
from pathlib import Path
from examgen.core.exam.new_runs import stage_run
with stage_run(Path(sys.argv[1])) as staged:
    print("staged", flush=True)
    sys.stdin.read()
    (staged.folder / "candidates.csv").write_text("x")
    staged.commit({})
"""


def process(code: str, results: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, str(results)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def line(running: subprocess.Popen[str]) -> str:
    assert running.stdout
    return running.stdout.readline().strip()


def test_of_two_scorings_at_a_time_the_one_that_ends_first_stands(tmp_path: Path) -> None:
    """The lock is held for the switch alone; who comes second is refused, for it has not seen the other."""
    results = tmp_path / "results"
    for text in ("10", "11", "12"):
        score(results, text)
    before = contents(results)
    with process(WAITING, results) as other:
        assert line(other) == "staged"
        assert check_runs(results) == []
        assert score(results, "13").run.number == 4
        other.communicate()
    assert other.returncode == 1
    assert {name: contents(results)[name] for name in before if "/" in name} == {
        name: data for name, data in before.items() if "/" in name
    }
    assert score(results, "14").run.number == 5
    assert check_runs(results) == []


def test_of_two_scorings_of_one_process_the_one_that_ends_first_stands(tmp_path: Path) -> None:
    results = tmp_path / "results"
    with stage_run(results) as staged:
        (staged.folder / "candidates.csv").write_text("x")
        for _ in range(2):
            assert score(results, "13").run.number == 1
        with pytest.raises(Refused, match="new run 1"):
            staged.commit({})
    assert score(results, "14").run.number == 2


def test_what_a_first_scoring_leaves_that_is_killed_is_no_result(tmp_path: Path) -> None:
    results = tmp_path / "results"
    assert not is_scored(results)
    (results / "runs" / ".examgen-tmp/tmpx/new/run").mkdir(parents=True)
    assert not is_scored(results)
    score(results, "10")
    assert is_scored(results)


class Killed(BaseException):
    """The process is no more."""


CHANGES = ("rename", "replace", "mkdir", "unlink", "rmdir", "link", "chmod", "open")
"""What changes a disk."""


def killed_at(change: int, doing: Callable[[], object]) -> bool:
    """Whether it was killed before that change of the disk; no clean-up changes it afterwards."""
    left = change

    def of(original: Callable[..., object]) -> Callable[..., object]:
        def counted(*arguments: object, **named: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return original(*arguments, **named)

        return counted

    with pytest.MonkeyPatch.context() as patched:
        for name in CHANGES:
            patched.setattr(os, name, of(getattr(os, name)))
        try:
            doing()
        except Killed:
            return True
    return False


def whole_as(results: Path) -> str | None:
    """What a results folder that is whole says; None where it is not: where it has no audit."""
    if not (results / "audit.json").is_file():
        return None
    audit = json.loads((results / "audit.json").read_bytes())
    for name, said in audit.get("files", {}).items():
        assert blake3((results / name).read_bytes()).hexdigest() == said["blake3"]
    return (results / "candidates.csv").read_text().splitlines()[-1][:20]


def begun(tmp_path: Path, state: str) -> Iterator[Path]:
    """Results in that state, again and again."""
    for n in range(1000):
        folder = tmp_path / f"{state}-{n}"
        if state == "runs":
            score(folder, "10", elements="x")
        yield folder
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("state", ["new", "runs"])
def test_whichever_change_of_the_disk_was_the_last_runs_are_whole(tmp_path: Path, state: str) -> None:
    expected = tmp_path / "expected"
    if state == "runs":
        score(expected, "10", elements="x")
    score(expected, "11")
    seen = set()
    for change, folder in enumerate(begun(tmp_path, state)):
        was_killed = killed_at(change, lambda folder=folder: score(folder, "11"))  # type: ignore[misc]
        said = whole_as(folder)
        seen.add(said)
        assert codes(folder) <= {"scoring-left", "not-newest"}, change
        score(folder, "11")
        assert contents(folder) == contents(expected), change
        assert check_runs(folder) == [], change
        if not was_killed:
            break
    assert change > 10
    assert seen == {None, "001,A,11"} | {"new": set(), "runs": {"001,A,10"}}[state]
