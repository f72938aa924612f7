"""Commands as whole processes: seconds on the clock and of the processors, and the memory they take."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]


class Ran(NamedTuple):
    """A process that has ended: seconds on the clock and of the processors, and the most memory that it and
    its children had together (PSS, in MB; 0 where nobody watched)."""

    seconds: float
    processor: float
    memory_mb: float


def examgen(*words: object) -> list[str]:
    """The command line of an examgen command."""
    return [sys.executable, "-m", "examgen", *map(str, words)]


def run(command: Sequence[str], cwd: Path = ROOT, accepted: Sequence[int] = (0,), watch: bool = False) -> Ran:
    """Run a process to its end; raises AssertionError with what it printed where its status is another."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    start, before = time.perf_counter(), processor_seconds()
    with subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        most = 0.0
        while watch and process.poll() is None:
            most = max(most, sum(map(memory_mb, family(process.pid))))
            time.sleep(0.02)
        errors = process.communicate()[1]
    assert process.returncode in accepted, errors.decode()
    return Ran(time.perf_counter() - start, processor_seconds() - before, most)


def processor_seconds() -> float:
    """Seconds of the processors that ended child processes took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def family(pid: int) -> Iterator[int]:
    """A process and all that it began."""
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from family(int(child))


def memory_mb(pid: int) -> float:
    """The memory that a process has to itself, with its share of what it has with others; 0 once it ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
