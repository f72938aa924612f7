"""Seconds and memory of what is done with a sitting as it grows to that of a country.

An exam of four forms of a hundred items on fourteen criteria (`benchmarks/scoring.py`), candidates of a 2PL
at 40 centres. Each command is a process of its own, without PDF; its memory is the most that it, or a process
that it began, had at once (`ru_maxrss`). Lines of the table stand in docs/processes.md.

    python benchmarks/national_memory.py                       0.2 and 1 million
    python benchmarks/national_memory.py 5000000               another size; it takes 3 GB in TMPDIR
    python benchmarks/national_memory.py 5000000 score cohort  some of the commands
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scoring import FORMS, N_ITEMS, package

CHUNK, N_CENTRES = 20_000, 40
ROWS = (200_000, 1_000_000)
REPORTS = ("cohort", "centre", "committee", "technical")
COMMANDS = ("score", *REPORTS, "analyse")


def answers(path: Path, folder: Path, n: int) -> Path:
    """A file of answers of so many candidates, each form by every fourth."""
    keys = np.zeros((len(FORMS), N_ITEMS), dtype=np.int64)
    with (folder / "secure" / "key.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            keys[FORMS.index(row["form"]), int(row["question"]) - 1] = ord(row["key"]) - ord("A")
    rng = np.random.default_rng(2569)
    slopes, difficulties = np.exp(0.25 * rng.normal(size=keys.shape)), rng.normal(-0.5, 1.0, keys.shape)
    with path.open("wb") as file:
        questions = ",".join(f"Q{n}" for n in range(1, N_ITEMS + 1))
        file.write(f"candidate_id,form,centre,{questions}\n".encode())
        for start in range(0, n, CHUNK):
            number = np.arange(start, min(start + CHUNK, n))
            form = number % len(FORMS)
            ability = rng.normal(size=(len(number), 1))
            right = rng.random((len(number), N_ITEMS)) < 1 / (
                1 + np.exp(-slopes[form] * (ability - difficulties[form]))
            )
            other = (keys[form] + rng.integers(1, 4, right.shape)) % 4
            marks = np.full((len(number), 2 * N_ITEMS), ord(","), dtype=np.uint8)
            marks[:, ::2] = ord("A") + np.where(right, keys[form], other)
            marks[:, -1] = ord("\n")
            heads = (
                f"{one:08d},{FORMS[of]},Centre {one % N_CENTRES + 1},".encode()
                for one, of in zip(number.tolist(), form.tolist(), strict=True)
            )
            file.write(b"".join(head + own.tobytes() for head, own in zip(heads, marks, strict=True)))
    return path


def command(name: str, folder: Path, file: Path) -> list[str]:
    """The words of a command behind `examgen`."""
    if name == "score":
        return ["score", str(folder), str(file)]
    if name == "analyse":
        return ["analyse", "exam", str(folder), "--no-pdf"]
    return ["report", str(folder), "--kind", name, "--no-pdf"]


def measured(words: Sequence[str]) -> tuple[float, float, float]:
    """Seconds on the clock and of the processor, and MB at most, of a command."""
    start = time.perf_counter()
    with subprocess.Popen([sys.executable, "-m", "examgen", *words], stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(words)} ended with status {process.returncode}")
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def figures(rows: Sequence[int] = ROWS, names: Sequence[str] = COMMANDS) -> Iterator[str]:
    """A line of the table for each command of each size."""
    yield "| candidates | command | seconds | of the processor | MB at most |"
    yield "|---|---|---|---|---|"
    for n in rows:
        with tempfile.TemporaryDirectory() as name:
            folder = package(Path(name, "exam"))
            file = answers(Path(name, "answers.csv"), folder, n)
            for one in dict.fromkeys(("score", *names)):
                seconds, processor, memory = measured(command(one, folder, file))
                yield f"| {n:,} | `{one}` | {seconds:.0f} | {processor:.0f} | {memory:.0f} |"
                file.unlink(missing_ok=True)
    yield f"load of the machine at the end: {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors"


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    named = [word for word in sys.argv[1:] if not word.isdecimal()]
    for line in figures(numbers or ROWS, named or COMMANDS):
        print(line, flush=True)
