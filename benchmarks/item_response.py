"""2PL beside Python's mirt on the same data, with and without blanks: seconds, and the likelihood reached.

Each fit runs in a process of its own with one thread, in turns; ours in this interpreter, mirt in that of
PEERS, an environment with PyPI's mirt (`python -m venv V; V/bin/pip install mirt`). Budget: ahead of mirt in
the median of ten turns. A fit whose log-likelihood is more than 0.1 below ours is marked as poorer.

    PEERS=/path/to/bin/python python benchmarks/item_response.py
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from processes import ROOT

CASES = ((3_000, 30, 0.0), (3_000, 30, 0.1), (20_000, 100, 0.0), (20_000, 100, 0.1))
"""Persons, items, share of blanks."""
TURNS, SEED = 10, 20261127


def simulated(n: int, k: int, blank: float) -> NDArray[np.int8]:
    """2PL answers: slopes lognormal, difficulties and abilities normal; a blank is −1."""
    rng = np.random.default_rng(SEED)
    a, b, theta = rng.lognormal(0, 0.3, k), rng.normal(0, 1, k), rng.normal(0, 1, (n, 1))
    scores = (rng.random((n, k)) < 1 / (1 + np.exp(-a * (theta - b)))).astype(np.int8)
    scores[rng.random((n, k)) < blank] = -1
    return scores


def fit(program: str, scores: NDArray[np.int8]) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Processor seconds of a fit, slopes and intercepts."""
    if program == "examgen":
        from examgen.stats.mml_fit import fit_mml

        start = time.process_time()
        ours = fit_mml(scores, "2pl").parameters
        return time.process_time() - start, ours.a, ours.d[:, 0]
    import mirt

    start = time.process_time()
    theirs = mirt.fit_mirt(scores.astype(np.int64), model="2PL").model.parameters
    seconds = time.process_time() - start
    slopes = np.asarray(theirs["discrimination"])
    return seconds, slopes, -slopes * np.ravel(theirs["difficulty"])


def log_likelihood(scores: NDArray[np.int8], a: NDArray[np.float64], d: NDArray[np.float64]) -> float:
    """Marginal log-likelihood at 121 nodes on [−6, 6], the same for both programs."""
    nodes = np.linspace(-6, 6, 121)
    weights = np.exp(-(nodes**2) / 2)
    logits = np.outer(a, nodes) + d[:, None]
    right, wrong = -np.logaddexp(0, -logits), -np.logaddexp(0, logits)
    given = (scores == 1).astype(float) @ right + (scores == 0).astype(float) @ wrong
    top = given.max(axis=1, keepdims=True)
    return float(np.sum(top[:, 0] + np.log(np.exp(given - top) @ (weights / weights.sum()))))


def timed(python: str, program: str, path: Path) -> tuple[float, float]:
    """Seconds and log-likelihood of a fit in a process of its own."""
    environment = os.environ | dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    environment["PYTHONPATH"] = f"{ROOT}:{Path(__file__).parent}"
    command = [python, __file__, program, str(path)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    seconds, likelihood = json.loads(ran.stdout.splitlines()[-1])
    return seconds, likelihood


def figures() -> Iterator[str]:
    """A line for each case."""
    peers = os.environ.get("PEERS")
    if not peers:
        yield "2PL beside mirt: left out, PEERS names no interpreter"
        return
    with tempfile.TemporaryDirectory() as scratch:
        for n, k, blank in CASES:
            path = Path(scratch, "scores.npy")
            np.save(path, simulated(n, k, blank))
            turns = [
                (timed(sys.executable, "examgen", path), timed(peers, "mirt", path)) for _ in range(TURNS)
            ]
            ours, theirs = (statistics.median(one[0] for one in turn) for turn in zip(*turns, strict=True))
            behind = turns[0][0][1] - turns[0][1][1]
            yield (
                f"2PL {n:,} × {k}, {blank:.0%} blank: {ours:.2f} s, mirt {theirs:.2f} s = "
                f"{theirs / ours:.1f} times ours (budget: above 1); log-likelihood {behind:+.2f} over mirt's"
            )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        warnings.simplefilter("ignore")
        answers = np.load(sys.argv[2])
        taken, slopes, intercepts = fit(sys.argv[1], answers)
        print(json.dumps([taken, log_likelihood(answers, slopes, intercepts)]))
    else:
        for figure in figures():
            print(figure, flush=True)
