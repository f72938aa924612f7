"""Tasks over worker processes: whatever becomes of the workers, every task is done and told in its order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from examgen.core import subprocess_sandbox
from examgen.core.files import sha256_of
from examgen.core.hashing import Hashing
from examgen.core.problems import Refused
from examgen.core.processes import pool, results


def double(n: int) -> int:
    return 2 * n


def die_once(n: int, parent: int) -> int:
    """Kills the worker that does it; the process that began the tasks does it itself."""
    if os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * n


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_calls(processes: int) -> None:
    with pool(processes) as workers:
        assert list(results(workers, double, [(n,) for n in range(40)])) == [2 * n for n in range(40)]


def test_lost_workers_leave_their_tasks_to_this_process() -> None:
    with pool(2) as workers:
        assert workers is not None
        calls = [(n, os.getpid()) for n in range(6)]
        assert list(results(workers, die_once, calls)) == [2 * n for n in range(6)]
        with pytest.raises(BrokenExecutor):
            workers.submit(double, 1)
        assert list(results(workers, double, [(n,) for n in range(3)])) == [0, 2, 4]


def test_a_fault_of_a_task_is_told() -> None:
    with pool(2) as workers, pytest.raises(TypeError):
        list(results(workers, double, [(1,), (2, 3)]))


def rows_of(name: str) -> int:
    """A task that needs the threads of polars."""
    import polars as pl

    return pl.DataFrame({name: list(range(5000))}).lazy().filter(pl.col(name) % 2 == 0).collect().height


def test_workers_of_a_process_that_has_threads_do_not_wait_for_ever() -> None:
    assert rows_of("warm") == 2500
    with pool(2) as workers:
        assert workers is not None
        found = [workers.submit(rows_of, f"c{n}").result(timeout=60) for n in range(6)]
    assert found == [2500] * 6


def test_files_are_hashed_once_they_are_read(tmp_path: Path) -> None:
    paths = [tmp_path / "answers.csv", tmp_path / "คำตอบ.csv"]
    for n, path in enumerate(paths, 6):
        path.write_bytes(b"ABCD" * n)
    hashing = Hashing(paths)
    assert hashing.done() == hashing.done() == list(map(sha256_of, paths))
    paths[0].write_bytes(b"ABCDE")
    with pytest.raises(Refused, match="1 of 2 answer files changed"):
        hashing.done()


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes(b"ABCD" * (3 << 20))
    hashing = Hashing([path])
    path.unlink()
    with pytest.raises((OSError, Refused), match=r"answers\.csv|changed"):
        hashing.done()
    with pytest.raises(OSError, match="not a file"):
        Hashing([Path("/dev/null")]).done()


ENDS_IN_A_HURRY = """
import sys
from examgen import commands as cli
from examgen.core.processes import pool

def command():
    with pool(2) as workers:
        list(workers.map(abs, range(3)))
        sys.setswitchinterval(1000)  # no other thread is heard before this one waits for something
    sys.exit(0)

if __name__ == "__main__":
    cli.main = command
    cli.program()
"""


def test_a_command_ends_though_the_thread_that_sends_its_workers_home_is_slow(tmp_path: Path) -> None:
    (tmp_path / "command.py").write_text(ENDS_IN_A_HURRY, "utf-8")
    subprocess.run([sys.executable, "command.py"], cwd=tmp_path, check=True, timeout=60)


# ── workers that read what anybody may have made ────────────────────────────────────────────


class Doubled(NamedTuple):
    numbers: tuple[int, ...]

    def results(self, means: int) -> Iterator[int]:
        for number in self.numbers:
            yield means * number

    def lost(self, n: int, reason: str) -> tuple[int | None, Doubled | None]:
        raise AssertionError(f"{self.numbers[n]}: {reason}")


def _two() -> int:
    return 2


def test_workers_end_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Any] = []
    worker = subprocess_sandbox._worker

    def remembered(*means: Any) -> Any:
        begun.append(worker(*means))
        return begun[-1]

    monkeypatch.setattr(subprocess_sandbox, "_worker", remembered)
    monkeypatch.setattr(subprocess_sandbox, "_LAST_SECONDS", 10.0)
    tasks = [Doubled((1, 2)), Doubled((3,)), Doubled((4,))]
    assert sorted(subprocess_sandbox.run(tasks, _two, (), processes=2)) == [2, 4, 6, 8]
    assert [one.process.exitcode for one in begun] == [0, 0], "killed, for nobody told them to end"
