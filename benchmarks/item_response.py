"""Item response models and Mantel–Haenszel beside Python's mirt and girth on the same data.

Each run is a process of its own with one thread, in turns: ours in this interpreter, peers in those of MIRT
and GIRTH, environments with PyPI's mirt and girth (girth 0.8.0 needs numpy below 1.25 and scipy below 1.11).
Budget: ahead of each peer in the median of ten turns, and none of the ten slower than twice the peer.

    MIRT=/path/to/bin/python GIRTH=/path/to/bin/python python benchmarks/item_response.py [TURNS]
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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from processes import ROOT

Floats = NDArray[np.float64]
TURNS, SEED = 10, 20261127
PEERS = {"mirt": "MIRT", "girth": "GIRTH"}
"""Programs, and the variables that name their interpreters."""


class Case(NamedTuple):
    """What is computed, of how many persons and items, the share of blanks, and which peers have it."""

    what: str
    n: int
    k: int
    blank: float
    peers: tuple[str, ...]


CASES = (
    Case("2pl", 3_000, 30, 0.0, ("mirt", "girth")),
    Case("2pl", 3_000, 30, 0.1, ("mirt", "girth")),
    Case("2pl", 20_000, 100, 0.0, ("mirt",)),
    Case("2pl", 20_000, 100, 0.1, ("mirt",)),
    Case("3pl", 3_000, 30, 0.0, ("mirt",)),
    Case("grm", 3_000, 30, 0.0, ("mirt", "girth")),
    Case("eap", 20_000, 100, 0.0, ("mirt", "girth")),
    Case("mh", 20_000, 100, 0.0, ("numpy",)),
)
WORDS = {
    "2pl": "2PL with standard errors", "3pl": "3PL with a prior Beta(5, 17) on c",
    "grm": "graded response model, 4 scores", "eap": "EAP of known 2PL items",
    "mh": "Mantel–Haenszel, two groups",
}  # fmt: skip


def simulated(case: Case) -> dict[str, Any]:
    """Answers: slopes lognormal, difficulties and abilities normal; a blank is −1."""
    rng = np.random.default_rng(SEED)
    a, b, theta = rng.lognormal(0, 0.3, case.k), rng.normal(0, 1, case.k), rng.normal(0, 1, (case.n, 1))
    c = 0.2 if case.what == "3pl" else 0.0
    steps = (-1.0, 0.0, 1.0) if case.what == "grm" else (0.0,)
    drawn = rng.random((case.n, case.k))
    scores = np.zeros((case.n, case.k), dtype=np.int8)
    for step in steps:
        scores += drawn < c + (1 - c) / (1 + np.exp(-a * (theta - b - step)))
    scores[rng.random(scores.shape) < case.blank] = -1
    return {"scores": scores, "a": a, "b": b, "group": np.arange(case.n) % 2}


# ── what each program is asked; returns seconds of the processor, and numbers to compare ──────────


def ours(what: str, data: dict[str, Any]) -> tuple[float, Floats]:
    """`examgen.stats`."""
    import examgen.stats as es

    scores, k = data["scores"], data["scores"].shape[1]
    names = [f"i{n + 1}" for n in range(k)]
    answers = es.responses(scores)  # peers get the matrix that they work with, too
    irt, dif, abilities = es.irt, es.dif, es.abilities  # loaded, as peers are
    start = time.process_time()
    if what == "eap":
        known = {"item": names, "a": data["a"], "b": data["b"]}
        own = abilities(answers, known)["theta"].to_numpy()
    elif what == "mh":
        own = dif(answers, data["group"], purify=False).items["effect"].to_numpy()
    else:
        fit = irt(answers, what, **({"prior_c": "beta:5:17"} if what == "3pl" else {}))
        own = fit.items["b" if what != "grm" else "b1"].to_numpy()
    return time.process_time() - start, own


def by_mirt(what: str, data: dict[str, Any]) -> tuple[float, Floats]:
    """PyPI's mirt."""
    import mirt

    scores = data["scores"].astype(np.int64)
    if what == "eap":
        model = mirt.TwoParameterLogistic(n_items=scores.shape[1])
        model.set_parameters(discrimination=data["a"], difficulty=data["b"])
        model._is_fitted = True  # else it scores nobody
        start = time.process_time()
        found = mirt.fscores(model, scores, method="EAP").theta
        return time.process_time() - start, np.ravel(found)
    more: dict[str, Any] = {}
    if what == "3pl":
        from mirt.estimation.priors import BetaPrior

        more["priors"] = {"guessing": BetaPrior(5, 17)}
    start = time.process_time()
    found = mirt.fit_mirt(scores, model=what.upper(), **more).model.parameters
    seconds = time.process_time() - start
    b = np.asarray(found["difficulty" if what != "grm" else "thresholds"])
    return seconds, b[:, 0] if b.ndim == 2 else b


def by_girth(what: str, data: dict[str, Any]) -> tuple[float, Floats]:
    """PyPI's girth, which has no standard errors but by the bootstrap; items by persons."""
    import girth

    answers = np.ascontiguousarray(data["scores"].T.astype(int))
    if (answers < 0).any():
        answers = girth.tag_missing_data(answers, [0, 1])
    start = time.process_time()
    if what == "eap":
        own = girth.ability_eap(answers, data["b"], data["a"])
    elif what == "grm":
        own = girth.grm_mml(answers)["Difficulty"][:, 0]
    else:
        own = girth.twopl_mml(answers)["Difficulty"]
    return time.process_time() - start, own


def by_numpy(what: str, data: dict[str, Any]) -> tuple[float, Floats]:
    """The formula of Mantel and Haenszel with numpy, item by item; no peer has it."""
    scores, focal = data["scores"], data["group"] == 1
    start = time.process_time()
    total, found = scores.sum(axis=1), []
    for item in scores.T:
        above = below = 0.0
        for score in np.unique(total):
            own = total == score
            right, wrong = (np.count_nonzero(own & ~focal & (item == x)) for x in (1, 0))
            right_focal, wrong_focal = (np.count_nonzero(own & focal & (item == x)) for x in (1, 0))
            n = right + wrong + right_focal + wrong_focal
            above, below = above + right * wrong_focal / n, below + wrong * right_focal / n
        found.append(-2.35 * np.log(above / below))
    return time.process_time() - start, np.array(found)


PROGRAMS: dict[str, Callable[[str, dict[str, Any]], tuple[float, Floats]]] = {
    "examgen": ours, "mirt": by_mirt, "girth": by_girth, "numpy": by_numpy,
}  # fmt: skip


def timed(python: str, program: str, what: str, path: Path) -> tuple[float, Floats]:
    """Seconds and numbers of a run in a process of its own."""
    environment = os.environ | dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    environment["PYTHONPATH"] = f"{ROOT}:{Path(__file__).parent}"
    command = [python, __file__, program, what, str(path)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    seconds, numbers = json.loads(ran.stdout.splitlines()[-1])
    return seconds, np.array(numbers)


def figures(turns: int = TURNS) -> Iterator[str]:
    """A line for each case and peer."""
    with tempfile.TemporaryDirectory() as scratch:
        for case in CASES:
            path = Path(scratch, "data.npz")
            np.savez(path, **simulated(case))
            for peer in case.peers:
                python = os.environ.get(PEERS[peer]) if peer in PEERS else sys.executable
                if python is None:
                    yield f"{WORDS[case.what]} beside {peer}: left out, {PEERS[peer]} names no interpreter"
                    continue
                runs = [
                    (timed(sys.executable, "examgen", case.what, path), timed(python, peer, case.what, path))
                    for _ in range(turns)
                ]
                seconds = np.array([[run[0] for run in pair] for pair in runs])
                own, theirs = (statistics.median(column) for column in seconds.T)
                apart = float(np.nanmax(np.abs(runs[0][0][1] - runs[0][1][1])))
                yield (
                    f"{WORDS[case.what]}, {case.n:,} × {case.k}, {case.blank:.0%} blank: {own:.2f} s, {peer} "
                    f"{theirs:.2f} s = {theirs / own:.1f} times ours (budget: above 1), the slowest of ours "
                    f"{(seconds[:, 0] / seconds[:, 1]).max():.1f} times (budget: at most 2); largest "
                    f"difference {apart:.4f}"
                )


if __name__ == "__main__":
    if len(sys.argv) > 2:
        warnings.simplefilter("ignore")
        with np.load(sys.argv[3]) as kept:
            taken, numbers = PROGRAMS[sys.argv[1]](sys.argv[2], dict(kept))
        print(json.dumps([taken, np.asarray(numbers, dtype=float).tolist()]))
    else:
        for figure in figures(*map(int, sys.argv[1:])):
            print(figure, flush=True)
