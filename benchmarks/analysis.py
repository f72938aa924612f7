"""Item analysis against the R packages of the trade, in one thread each, in turns on the same data.

Where Rscript and a package are there, its call is timed between two measurements of ours, and the ratio is of
the same run. Seconds are the processor's: with one thread those of the clock on a machine that does nothing
else. Elsewhere ours is stated as a multiple of a fixed yardstick, ten products of the 20,000 × 100
matrix with one of 61 columns in numpy, and the published seconds of the package stand beside it.

    python benchmarks/analysis.py               every figure
    python benchmarks/analysis.py conditional   the figures whose case has that name
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from analysis_data import large_set, timing_set, with_missing
from analysis_packages import CALLS, PUBLISHED, Timed, timed
from numpy.typing import NDArray

_HERE = Path(__file__).resolve().parent
_THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
LARGE, N_ITEMS = 1_000_000, 100


class Line(NamedTuple):
    """A figure against a package: its name, case and data, and how many times as fast it should be."""

    title: str
    case: str
    n: int
    k: int
    missing: float
    at_least: int


LINES = (
    Line("2PL", "two_parameters", 20_000, 100, 0.0, 100),
    Line("2PL with exact standard errors", "two_parameters_with_errors", 5_000, 50, 0.0, 100),
    Line("2PL, 10 % of answers missing", "two_parameters", 20_000, 100, 0.1, 30),
    Line("3PL with a prior on c", "three_parameters", 20_000, 100, 0.0, 80),
    Line("Rasch by conditional likelihood with standard errors", "conditional", 5_000, 50, 0.0, 100),
    Line("DIF by Mantel-Haenszel", "dif_mantel_haenszel", 20_000, 100, 0.0, 50),
    Line("DIF by logistic regression", "dif_logistic", 20_000, 100, 0.0, 50),
)


def measured(case: str, path: Path) -> dict[str, float]:
    """A case of ours in a new process with one thread."""
    command = [sys.executable, str(_HERE / "analysis_cases.py"), case, str(path)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **_THREADS})
    return dict(json.loads(ran.stdout))


def against_package(line: Line, scratch: Path, yardstick: float) -> str:
    """One figure against a package."""
    scores = (
        with_missing(timing_set(line.n, line.k), line.missing) if line.missing else timing_set(line.n, line.k)
    )
    ours, theirs = _saved(scores, scratch), scratch / "data.bin"
    theirs.write_bytes(np.asfortranarray(scores).tobytes("F"))
    before = measured(line.case, ours)
    package = timed(line.case, theirs, scores.shape)
    after = measured(line.case, ours)
    seconds = (before["seconds"] + after["seconds"]) / 2
    what = f"{line.title}, {line.n:,} × {line.k}: {seconds:.4f} s ({before['value']:.4f})"
    if package is None:
        return (
            f"{what} = {seconds / yardstick:.2f} × ten products ({yardstick:.3f} s); "
            f"{_published(line, seconds)} (budget: {line.at_least} at least)"
        )
    times = f"{package.seconds / seconds:.0f} times as fast (budget: {line.at_least} at least)"
    return f"{what}; {_said(package)}: {times}"


def _said(package: Timed) -> str:
    return f"{package.package} {package.seconds:.2f} s ({package.value:.4f})"


def _published(line: Line, ours: float) -> str:
    package = CALLS[line.case][0]
    if seconds := PUBLISHED.get((line.case, line.n, line.missing)):
        return (
            f"R's {package} is not here: it took {seconds:.2f} s on the machine of the reference set, "
            f"{seconds / ours:.0f} times ours on this one"
        )
    return f"R's {package} is not here"


def _saved(scores: NDArray[np.int8], scratch: Path) -> Path:
    path = scratch / f"scores-{len(scores)}.npy"
    np.save(path, scores)
    return path


def large_figures(scratch: Path) -> Iterator[str]:
    """A million candidates: time, and memory as it grows."""
    scores = large_set(LARGE, N_ITEMS)
    quarter, whole = _saved(scores[: LARGE // 4], scratch), _saved(scores, scratch)
    megabytes = scores.nbytes / 2**20
    del scores
    for title, case in (
        ("2PL", "two_parameters"),
        ("2PL with standard errors", "two_parameters_with_errors"),
    ):
        part, all_of_them = measured(case, quarter), measured(case, whole)
        yield (
            f"{title}, {LARGE:,} × {N_ITEMS}: {all_of_them['seconds']:.2f} s, "
            f"{all_of_them['memory_mb']:.0f} MB beside the {megabytes:.0f} MB of the matrix; "
            f"a quarter of the candidates: "
            f"{part['seconds']:.2f} s, {part['memory_mb']:.0f} MB"
        )
    ours, yardstick = measured("everything_classical", whole), measured("cross_products", whole)
    ratio, memory = ours["seconds"] / yardstick["seconds"], 1 + ours["memory_mb"] / megabytes
    yield (
        f"classical analysis, {LARGE:,} × {N_ITEMS}: {ours['seconds']:.2f} s = {ratio:.2f} × one XᵀX in "
        f"float64 ({yardstick['seconds']:.2f} s; wanted 3 at most), peak memory {memory:.2f} × the matrix "
        f"(wanted 2 at most)"
    )


def budget_figures() -> Iterator[str]:
    """What the house promises of the 2PL."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        yardstick = measured("ten_products", _saved(timing_set(20_000, 100), scratch))["seconds"]
        yield against_package(LINES[0], scratch, yardstick)


def figures(only: str | None = None) -> Iterator[str]:
    """Every figure, a line each; of one case alone where it is named."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        yardstick = measured("ten_products", _saved(timing_set(20_000, 100), scratch))["seconds"]
        for line in LINES:
            if only in (None, line.case):
                yield against_package(line, scratch, yardstick)
        if only in (None, "large"):
            yield from large_figures(scratch)


if __name__ == "__main__":
    for figure in figures(*sys.argv[1:2]):
        print(figure, flush=True)
