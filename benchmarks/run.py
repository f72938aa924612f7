"""Speed against named yardsticks in the same run: prints ratios, asserts nothing.

Times on a shared machine are noisy; the ratio to a yardstick that suffers the same noise is not.
Each figure is the median of several runs.

    python benchmarks/run.py            every figure
    python benchmarks/run.py budgets    those that own machinery must hold (docs/own-machinery.md), each with
                                        its budget
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import analysis
import assembly
import bank_size
import papers
import reports
import scanning
import scoring
import yaml

from examgen.assembly.building import build
from examgen.bank.loading import load_unit

ROOT = Path(__file__).resolve().parents[1]
UNIT = ROOT / "item_bank" / "ASM-REE-5-059ZB"


def seconds(run: Callable[[], object], times: int = 5) -> float:
    """Median time of `run`."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def compare(
    what: str, run: Callable[[], object], yardstick: str, measure: Callable[[], object], times: int = 5
) -> None:
    """One line: how many times the yardstick's time something takes."""
    ours, theirs = seconds(run, times), seconds(measure, times)
    print(f"{what}: {ours:.3f} s = {ours / theirs:.2f} × {yardstick} ({theirs:.3f} s)", flush=True)


def python(*arguments: str) -> Callable[[], object]:
    """A run of this Python in a new process."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def load_bank_with_plain_yaml() -> None:
    """The yardstick of loading: every item file read by PyYAML's C loader, unchecked."""
    for path in UNIT.glob("items/*.yaml"):
        yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)


def help_seconds(times: int = 11) -> float:
    """Median of the processor's seconds of `examgen --help`: on a machine that does nothing else, those of
    the clock."""
    taken = []
    for _ in range(times):
        words = [sys.executable, "-m", "examgen", "--help"]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        taken.append(used.ru_utime + used.ru_stime)
    return statistics.median(taken)


def budgets() -> Iterator[str]:
    """What own machinery must hold."""
    yield f"examgen --help: {help_seconds():.3f} s of processor (budget: 0.15 s)"
    yield from scoring.budget_figures()
    yield from papers.budget_figures()
    with tempfile.TemporaryDirectory() as scratch:
        yield from reports.budget_figures(reports.package(Path(scratch, "exam")))
    yield from analysis.budget_figures()


def main() -> None:
    """Every figure."""
    if sys.argv[1:] == ["budgets"]:
        for line in budgets():
            print(line, flush=True)
        return
    print(f"examgen --help: {help_seconds():.3f} s of processor (budget: 0.15 s)", flush=True)
    compare(
        "examgen --help",
        python("-m", "examgen", "--help"),
        "import click, pydantic",
        python("-c", "import click, pydantic"),
        11,
    )
    compare(
        "load and check the items of ASM-REE-5-059ZB",
        lambda: load_unit(UNIT),
        "yaml.load, C loader",
        load_bank_with_plain_yaml,
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "exam"
        blueprint = UNIT / "blueprints" / "level-4.yaml"
        compare(
            "build two forms of 40",
            lambda: build(blueprint, ROOT, folder),
            "loading the bank",
            lambda: load_unit(UNIT),
        )
        for line in bank_size.figures(Path(scratch)):
            print(line, flush=True)
    for part in (scoring, assembly, papers, reports, scanning):
        for line in part.figures():
            print(line, flush=True)
    for line in analysis.figures():
        print(line, flush=True)


if __name__ == "__main__":
    main()
