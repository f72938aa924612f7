"""A scoring that is killed while it writes a run: old or new, never half; the next one mends it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from examgen.core.exam.checks import check_runs
from examgen.core.exam.new_runs import stage_run
from examgen.core.exam.runs import is_scored
from examgen.core.problems import Refused
from tests.runs import contents, score

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
