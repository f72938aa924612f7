"""Reading simulated scans: sheets a minute, and what was read wrongly.

Answer sheets of a real exam of forty items, filled and scanned by the simulator at levels 0 to 3, as JPEG.
The whole command is inside: `examgen scan` finds the files, keeps them by hash, decodes, reads code, number,
form and answers, and writes every table. It runs on one processor, in a process of its own; what it takes for
one sheet alone is its start, and is left out of sheets a minute. CPU seconds, the median of the turns. A row
is silently wrong where an answer is given without a flag that is not what was marked.

    python benchmarks/scanning.py 200          so many sheets a level

Scans of another hand are read, too: folders that somebody else has made for an exam, each with its pages in
`scans/` and, in `truth.csv` (`source, question, answer, clear`), what stands on them. Sheets a minute and
processor with the start of the command and without, of the best turn, in one process and in two, and the most
memory that the command and each of its workers had. Of the rows that `truth.csv` calls clear the reader
should read each; the others are counted by themselves.

    OTHER_HAND=EXAM:FOLDER:FOLDER make bench           the package of the exam, and the folders
    python benchmarks/scanning.py EXAM FOLDER FOLDER   these alone
"""

from __future__ import annotations

import csv
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import psutil

from examgen.assembly.building import build
from examgen.papers.printing import render

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.scanning.simulated.pages import SimulationOptions  # noqa: E402
from tests.scanning.simulated.scans import simulate_scans  # noqa: E402

BLUEPRINT = ROOT / "item_bank" / "ASM-REE-5-059ZB" / "blueprints" / "level-4.yaml"
LEVELS, N, TURNS, SEED = (0, 1, 2, 3), 50, 3, 2569
SAMPLE_SECONDS = 0.25
"""Between two looks at the memory of a command."""


class Taken(NamedTuple):
    """What a command took."""

    cpu: float
    wall: float
    command_mb: float
    """The most memory that it was seen to have itself."""
    worker_mb: float
    """The most that one of the processes had that it began."""


class Errors(NamedTuple):
    """What a reader made of a level: pages not read; rows silently wrong and flagged, of those read."""

    pages: int
    lost: int
    rows: int
    wrong: int
    flagged: int

    def told(self) -> str:
        share = f"{100 * self.wrong / self.rows:.2f} %" if self.rows else "–"
        flagged = f", {100 * self.flagged / self.rows:.1f} % flagged" if self.flagged else ""
        refused = f"{self.lost} of {self.pages} sheets refused"
        return f"{refused}, {self.wrong} of {self.rows:,} rows ({share}) wrong{flagged}"


Row = tuple[str, int]
"""File and question."""


def run(words: Sequence[str | Path], cwd: Path, processors: int = 1, first: int = 0) -> Taken:
    """A command on so many processors, from that one on."""
    allowed = sorted(os.sched_getaffinity(0))[first : first + processors]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    mb = [0.0, 0.0]
    on = ("taskset", "--cpu-list", ",".join(map(str, allowed)))
    with subprocess.Popen(
        [*on, *map(str, words)], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        said = None
        while said is None:
            try:
                said, _ = process.communicate(timeout=SAMPLE_SECONDS)
            except subprocess.TimeoutExpired:
                for at, each in enumerate(_memory(process.pid)):
                    mb[at] = max(mb[at], each)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode not in (0, 3):
        raise RuntimeError(f"{words[:4]} failed: {said[-600:]}")
    return Taken(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall, *mb)


def _memory(pid: int) -> tuple[float, float]:
    """MB of a process, and of the largest of those that it began, now."""
    try:
        process = psutil.Process(pid)
        workers = [one.memory_info().rss / 1e6 for one in process.children(recursive=True)]
        return process.memory_info().rss / 1e6, max(workers, default=0.0)
    except psutil.NoSuchProcess:
        return 0.0, 0.0


# ── the files ────────────────────────────────────────────────────────────────────────────────


def simulated(folder: Path, n: int) -> tuple[Path, Path, dict[Row, str]]:
    """An exam, a folder of scans of all levels, and what is marked on them."""
    package, scans = folder / "exam", folder / "scans"
    build(BLUEPRINT, ROOT, package)
    render(package, ROOT)
    scans.mkdir()
    truth: dict[Row, str] = {}
    for level in LEVELS:
        made = folder / f"level-{level}"
        simulate_scans(package, ROOT, made, SimulationOptions(level, SEED + level), n, "jpeg")
        for path in (made / "scans").iterdir():
            path.rename(scans / f"{level}-{path.name}")
        for row in table(made / "truth-marks.csv"):
            if row["group"] == "item":
                key = f"{level}-{row['source']}", int(row["place"])
                truth[key] = truth.get(key, "") + (row["value"] if row["counts"] == "1" else "")
    return package, scans, truth


def table(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def only(scans: Path, folder: Path, n: int | None) -> Path:
    """A folder with the first scans, or all, as links."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in sorted(scans.iterdir())[:n]:
        os.link(path, folder / path.name)
    return folder


# ── ours ─────────────────────────────────────────────────────────────────────────────────────


def read_by_us(package: Path, scans: Path, out: Path, processes: int = 1, first: int = 0) -> Taken:
    shutil.rmtree(out, ignore_errors=True)
    words = (sys.executable, "-m", "examgen", "scan", scans, "--exam", package, "--out", out)
    return run((*words, "--processes", str(processes)), ROOT, processes, first)


def our_answers(out: Path) -> dict[Row, str]:
    return {
        (Path(row["source"]).name, int(row["question"])): row["read"].replace("|", "")
        for row in table(out / "rows.csv")
    }


# ── figures ──────────────────────────────────────────────────────────────────────────────────


def errors(mine: dict[Row, str], read: dict[Row, str]) -> Errors:
    """Of the rows in `mine`, with what is marked there."""
    sheets = {name for name, _ in mine}
    there = {key: value for key, value in read.items() if key in mine}
    states = Counter(
        "flagged" if value == "?" else "right" if value == mine[key] else "wrong"
        for key, value in there.items()
    )
    lost = len(sheets) - len({name for name, _ in there})
    return Errors(len(sheets), lost, len(there), states["wrong"], states["flagged"])


def figures(n: int = N) -> Iterator[str]:
    """Every line."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        package, scans, truth = simulated(folder, n)
        yield _rate(package, scans, folder)
        yield from _of_two(package, scans, folder)
        for level in LEVELS:
            mine = {key: value for key, value in truth.items() if key[0].startswith(f"{level}-")}
            yield f"  level {level}: examgen: {errors(mine, our_answers(folder / 'ours')).told()}"
    if given := os.environ.get("OTHER_HAND"):
        package, *made = map(Path, given.split(os.pathsep))
        yield from of_another_hand(package, made)
    else:
        yield "another hand: OTHER_HAND=EXAM:FOLDER has its scans measured"


def _rate(package: Path, scans: Path, folder: Path) -> str:
    """Sheets a minute."""
    taken: dict[str, list[float]] = {}
    n = len(list(scans.iterdir()))
    for _ in range(TURNS):
        for what, n_given in (("one", 1), ("all", None)):
            given = only(scans, folder / what, n_given)
            taken.setdefault(what, []).append(read_by_us(package, given, folder / "ours").cpu)
    start, whole = (statistics.median(taken[what]) for what in ("one", "all"))
    rate = 60 * (n - 1) / (whole - start)
    took = f"{n} sheets in {whole:.1f} CPU s on one processor, {start:.1f} s of it to start"
    return f"examgen scan: {took}: {rate:,.0f} sheets a minute"


def _of_two(package: Path, scans: Path, folder: Path) -> Iterator[str]:
    if len(os.sched_getaffinity(0)) < 2:
        yield "two processors: this machine has one"
        return
    every = sorted(scans.iterdir())
    taken: dict[str, list[float]] = {}
    for _ in range(TURNS):
        for processes in (2, 1):
            for what, n in (("one sheet", 1), ("all", None)):
                given = only(scans, folder / what.replace(" ", "-"), n)
                wall = read_by_us(package, given, folder / "ours", processes).wall
                taken.setdefault(f"{what} {processes}", []).append(wall)
        taken.setdefault("apart", []).append(_apart(package, every, folder))
    wall = {name: statistics.median(own) for name, own in taken.items()}
    slow, quick, apart = (wall[name] for name in ("all 1", "all 2", "apart"))
    rate = (slow - wall["one sheet 1"]) / (quick - wall["one sheet 2"])
    yield (
        f"two processors: {quick:.1f} s by the clock, one {slow:.1f} s: {slow / quick:.2f} × as fast, "
        f"without the start {rate:.2f} ×; two commands of half each: {slow / apart:.2f} ×"
    )


def _apart(package: Path, every: Sequence[Path], folder: Path) -> float:
    """Seconds in which two commands that know nothing of each other read half of the sheets each: as well
    as this machine's processors can be shared."""
    halves = [folder / "first-half", folder / "second-half"]
    for number, half in enumerate(halves):
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        for path in every[number::2]:
            os.link(path, half / path.name)
    begun = time.perf_counter()
    with ThreadPoolExecutor(2) as both:
        list(
            both.map(
                lambda n: read_by_us(package, halves[n], folder / f"read-{n}", first=n), range(len(halves))
            )
        )
    return time.perf_counter() - begun


# ── another hand ─────────────────────────────────────────────────────────────────────────────


def of_another_hand(package: Path, made: Sequence[Path]) -> Iterator[str]:
    """The lines of scans that somebody else has made: folders with `scans/` and `truth.csv`."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        scans = folder / "scans"
        scans.mkdir()
        truth: dict[bool, dict[Row, str]] = {True: {}, False: {}}
        for number, one in enumerate(made):
            for path in (one / "scans").iterdir():
                shutil.copyfile(path, scans / f"{number}-{path.name}")
            for row in table(one / "truth.csv"):
                key = f"{number}-{row['source']}", int(row["question"])
                truth[row["clear"] == "1"][key] = row["answer"].replace("|", "")
        every = [only(scans, folder / "one", 1), only(scans, folder / "all", None)]
        n = len(list(scans.iterdir()))
        for processes in (1, 2)[: len(os.sched_getaffinity(0))]:
            turns = [
                [read_by_us(package.resolve(), given, folder / "ours", processes) for given in every]
                for _ in range(TURNS)
            ]
            start, cpu = (min(turn[k].cpu for turn in turns) for k in (0, 1))
            first, wall = (min(turn[k].wall for turn in turns) for k in (0, 1))
            command_mb, worker_mb = (max(turn[1][k] for turn in turns) for k in (2, 3))
            yield (
                f"another hand, {n} pages, processes: {processes}: {cpu:.1f} CPU s, {start:.2f} s of it to "
                f"start: {60 * n / cpu:,.0f} pages a minute and processor, "
                f"{60 * (n - 1) / (cpu - start):,.0f} without the start; by the clock {60 * n / wall:,.0f} "
                f"and {60 * (n - 1) / (wall - first):,.0f} a minute; the command has {command_mb:.0f} MB at "
                f"most, a worker {worker_mb:.0f} MB"
            )
        read = our_answers(folder / "ours")
        yield f"  clear rows: {errors(truth[True], read).told()}"
        yield f"  other rows: {errors(truth[False], read).told()}"


if __name__ == "__main__":
    given = sys.argv[1:]
    if given and not given[0].isdecimal():
        lines = of_another_hand(Path(given[0]), [Path(one) for one in given[1:]])
    else:
        lines = figures(int(given[0]) if given else N)
    for line in lines:
        print(line, flush=True)
