"""Reading simulated scans: sheets a minute, and what was read wrongly.

Answer sheets of a real exam of forty items, filled and scanned by the simulator at levels 0 to 3, as JPEG.
The whole command is inside: `examgen scan` finds the files, keeps them by hash, decodes, reads code, number,
form and answers, and writes every table. It runs on one processor, in a process of its own; what it takes for
one sheet alone is its start, and is left out of sheets a minute. CPU seconds, the median of the turns. A row
is silently wrong where an answer is given without a flag that is not what was marked.

    python benchmarks/scanning.py 200          so many sheets a level
"""

from __future__ import annotations

import csv
import os
import shutil
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from processes import ROOT, examgen, run

from examgen.assembly.building import build
from examgen.papers.printing import render

sys.path.insert(0, str(ROOT))

from tests.scanning.simulated.pages import SimulationOptions
from tests.scanning.simulated.scans import simulate_scans

BLUEPRINT = ROOT / "item_bank" / "ASM-REE-5-059ZB" / "blueprints" / "level-4.yaml"
LEVELS, N, TURNS, SEED = (0, 1, 2, 3), 50, 3, 2569
Row = tuple[str, int]
"""File and question."""


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


def read(package: Path, scans: Path, out: Path) -> float:
    """Read a folder of scans, and return the seconds of the processor."""
    shutil.rmtree(out, ignore_errors=True)
    words = examgen("scan", scans, "--exam", package, "--out", out, "--processes", 1)
    return run(words, accepted=(0, 3)).processor


def errors(truth: dict[Row, str], answers: dict[Row, str]) -> str:
    """What a reader made of a level: sheets not read; rows silently wrong and flagged, of those read."""
    n_sheets, n_read = (len({name for name, _ in rows}) for rows in (truth, truth.keys() & answers.keys()))
    states = Counter(
        "flagged" if answers[key] == "?" else "right" if answers[key] == truth[key] else "wrong"
        for key in truth.keys() & answers.keys()
    )
    n = max(states.total(), 1)
    wrong, flagged = (f"{100 * states[state] / n:.2f} % {state}" for state in ("wrong", "flagged"))
    return f"{n_sheets - n_read} of {n_sheets} sheets refused, of {n:,} rows {wrong}, {flagged}"


def figures(n: int = N) -> Iterator[str]:
    """Every line."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        package, scans, truth = simulated(folder, n)
        single = folder / "single"
        single.mkdir()
        first, *others = sorted(scans.iterdir())
        os.link(first, single / first.name)
        start, whole = (
            statistics.median(read(package, given, folder / "read") for _ in range(TURNS))
            for given in (single, scans)
        )
        rate = 60 * len(others) / (whole - start)
        yield f"examgen scan: {whole:.1f} CPU s, {start:.1f} s of it to start: {rate:,.0f} sheets a minute"
        answers = {
            (Path(row["source"]).name, int(row["question"])): row["read"].replace("|", "")
            for row in table(folder / "read" / "rows.csv")
        }
        for level in LEVELS:
            of_level = {key: marks for key, marks in truth.items() if key[0].startswith(f"{level}-")}
            yield f"  level {level}: {errors(of_level, answers)}"


if __name__ == "__main__":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for line in figures(*map(int, sys.argv[1:2])):
        print(line, flush=True)
