"""Speed against named yardsticks in the same run: prints ratios, asserts nothing.

Times on a shared machine are noisy; the ratio to a yardstick that suffers the same noise is not.
Each figure is the median of several runs.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import analysis
import assembly
import assembly_on_the_fly
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


def main() -> None:
    """Every figure."""
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
    for part in (scoring, assembly, assembly_on_the_fly, papers, reports, scanning):
        for line in part.figures():
            print(line, flush=True)
    for line in analysis.figures():
        print(line, flush=True)


if __name__ == "__main__":
    main()
