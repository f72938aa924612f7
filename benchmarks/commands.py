"""Commands of two commits, alternately: processor time and clock of each, and how fast the later is.

    python benchmarks/commands.py COMMIT [PART OF A NAME]…

The other tree is this checkout. Both run with this Python (its libraries must suit both), on workspaces with
the starter bank of the earlier one, so that both do the same. Each figure is the median of several runs.
Modules are compiled once, as where examgen is installed.
"""

from __future__ import annotations

import csv
import math
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
BLUEPRINT = "item_bank/ASM-REE-5-059ZB/blueprints/level-4.yaml"

COMMANDS: dict[str, tuple[int, list[str]]] = {
    "--help": (11, ["--help"]),
    "bank check": (7, ["bank", "check"]),
    "build two forms of 40": (7, ["build", BLUEPRINT, "--out", "new"]),
    "verify": (5, ["verify", "exam"]),
    "render a package": (5, ["render", "exam"]),
    "render 60 personal booklets": (5, ["render", "dealt", "--candidates", "list.csv"]),
    "score 2,000": (7, ["score", "exam", "2000.csv", "--out", "new"]),
    "score 200,000": (7, ["score", "exam", "200000.csv", "--out", "new"]),
    "report on 60 candidates": (3, ["report", "exam-60", "--kind", "candidate", "--out", "new"]),
    "report on a cohort of 2,000": (3, ["report", "exam-2000", "--kind", "cohort", "--out", "new"]),
    "report to a committee on 2,000": (3, ["report", "exam-2000", "--kind", "committee", "--out", "new"]),
    "analyse items, 5,000 by 50": (5, ["analyse", "items", "scores.csv"]),
    "analyse irt, Rasch": (5, ["analyse", "irt", "scores.csv", "--model", "rasch"]),
    "analyse irt, 2PL": (5, ["analyse", "irt", "scores.csv", "--model", "2pl"]),
}
"""How often, and the words; what is written goes to `new`, which is taken away before."""


class Took(NamedTuple):
    """Seconds."""

    processor: float
    clock: float


def run(tree: Path, workspace: Path, words: list[str]) -> Took:
    """One run of `examgen` from a tree, its processes counted; the benchmark ends where it fails."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "examgen", *words],
        cwd=workspace,
        env={
            **os.environ,
            "PYTHONPATH": str(tree),
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(workspace.parent / "compiled"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 3):
        sys.exit(f"{tree.name}: examgen {' '.join(words)}: status {done.returncode}\n{done.stderr}")
    return Took(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, clock)


def prepare(tree: Path, earlier: Path, workspace: Path) -> None:
    """A workspace in which every command has what it reads."""
    run(earlier, workspace.parent, ["init", str(workspace)])
    with (workspace / "list.csv").open("w", newline="", encoding="utf-8") as file:
        people = ([1_000_000_000 + 37 * n, f"สมชาย ใจดี {n}", "1", n + 1] for n in range(60))
        csv.writer(file).writerows([["candidate_id", "name", "room", "seat"], *people])
    chance = random.Random(1)
    with (workspace / "scores.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["id", *(f"i{n}" for n in range(50))])
        for person in range(5000):
            ability = chance.gauss(0, 1)
            odds = (math.exp((0.7 + n % 5 * 0.2) * (ability - (n - 25) / 12)) for n in range(50))
            table.writerow([f"p{person}", *(int(chance.random() < one / (1 + one)) for one in odds)])
    for exam in ("exam", "dealt"):
        run(tree, workspace, ["build", BLUEPRINT, "--out", exam])
    for n in (60, 2000, 200_000):
        run(tree, workspace, ["simulate", "exam", "--candidates", str(n), "--out", f"{n}.csv", "--seed", "3"])
    run(tree, workspace, ["render", "exam"])
    run(tree, workspace, ["render", "dealt", "--candidates", "list.csv"])
    for n in (60, 2000):
        shutil.copytree(workspace / "exam", workspace / f"exam-{n}")
        run(tree, workspace, ["score", f"exam-{n}", f"{n}.csv"])


def figures(commit: str, parts: list[str]) -> Iterator[str]:
    """A line a command."""
    with tempfile.TemporaryDirectory() as scratch:
        earlier = Path(scratch) / "earlier"
        subprocess.run(
            ["git", "-C", str(ROOT), "worktree", "add", "-q", "--detach", str(earlier), commit], check=True
        )
        try:
            workspaces = {tree: Path(scratch) / name for tree, name in ((earlier, "before"), (ROOT, "after"))}
            for tree, workspace in workspaces.items():
                prepare(tree, earlier, workspace)
            for name, (times, words) in COMMANDS.items():
                if parts and not any(part in name for part in parts):
                    continue
                took: dict[Path, list[Took]] = {tree: [] for tree in workspaces}
                for turn in range(times):
                    for tree in sorted(workspaces, reverse=bool(turn % 2)):
                        shutil.rmtree(workspaces[tree] / "new", ignore_errors=True)
                        took[tree].append(run(tree, workspaces[tree], words))
                before, after = (
                    Took(*map(statistics.median, zip(*took[tree], strict=True))) for tree in workspaces
                )
                yield (
                    f"{name}: {after.processor:.2f} s of processor, {before.processor:.2f} before:"
                    f" {before.processor / after.processor:.2f} times as fast"
                    f" (clock {after.clock:.2f}, {before.clock:.2f}: {before.clock / after.clock:.2f})"
                )
        finally:
            subprocess.run(
                ["git", "-C", str(ROOT), "worktree", "remove", "--force", str(earlier)], check=True
            )


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for line in figures(sys.argv[1], sys.argv[2:]):
        print(line, flush=True)
