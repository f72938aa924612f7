"""One measurement of item analysis, in a process of its own with one thread: prints what it found as JSON.

OPENBLAS_NUM_THREADS=1 python benchmarks/analysis_cases.py CASE DATA.npy
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.classical.statistics import classical
from examgen.psychometrics.dif.methods import analyse_dif
from examgen.psychometrics.irt.conditional.rasch import fit_cml
from examgen.psychometrics.irt.marginal.models import fit_mml
from examgen.psychometrics.irt.marginal.priors import LogitNormal

Scores = NDArray[np.int8]
TURNS = 5
PRIOR_C = LogitNormal(-1.386, 0.5)


def two_parameters(scores: Scores) -> float:
    """2PL without standard errors."""
    return fit_mml(scores, "2pl", standard_errors=False).log_likelihood


def two_parameters_with_errors(scores: Scores) -> float:
    """2PL with standard errors from the exact observed information."""
    return fit_mml(scores, "2pl").log_likelihood


def three_parameters(scores: Scores) -> float:
    """3PL with a normal prior on logit c; the log-likelihood with the log prior."""
    fit = fit_mml(scores, "3pl", prior_c=PRIOR_C, standard_errors=False)
    return fit.log_likelihood + fit.log_prior


def conditional(scores: Scores) -> float:
    """Rasch by conditional likelihood, with standard errors."""
    return fit_cml(scores).log_likelihood


def dif_mantel_haenszel(scores: Scores) -> float:
    """Mantel–Haenszel DIF, every second candidate in the focal group; χ² of the first item."""
    return float(analyse_dif(scores, np.arange(len(scores)) % 2, "mh").mh_chisq[0])


def dif_logistic(scores: Scores) -> float:
    """Logistic DIF, the test of both kinds; likelihood ratio of the first item."""
    return float(analyse_dif(scores, np.arange(len(scores)) % 2, "logistic").lr_both[0])


def everything_classical(scores: Scores) -> float:
    """Item and test statistics; alpha."""
    return float(classical(scores).test.alpha)


def cross_products(scores: Scores) -> float:
    """The yardstick: XᵀX of the same matrix, in float64 already."""
    x = _as_floats(scores)
    return float((x.T @ x)[0, 0])


def ten_products(scores: Scores) -> float:
    """The yardstick: ten products of the matrix, in float64 already, with a matrix of 61 columns."""
    x, nodes = _as_floats(scores), np.ones((scores.shape[1], 61))
    return float(sum((x @ nodes)[0, 0] for _ in range(10)))


_floats: dict[int, NDArray[np.float64]] = {}


def _as_floats(scores: Scores) -> NDArray[np.float64]:
    if id(scores) not in _floats:
        _floats[id(scores)] = scores.astype(np.float64)
    return _floats[id(scores)]


CASES: dict[str, Callable[[Scores], float]] = {
    run.__name__: run
    for run in (
        two_parameters, two_parameters_with_errors, three_parameters, conditional, dif_mantel_haenszel,
        dif_logistic, everything_classical, cross_products, ten_products,
    )
}  # fmt: skip


def measured(run: Callable[[Scores], float], scores: Scores, turns: int = TURNS) -> dict[str, float]:
    """Median processor seconds after a small run to warm up, the run's number, and memory.

    `memory_mb` is the greatest resident memory of the first run less what the process had with the data.
    """
    small = scores[:: max(1, len(scores) // 500)]
    run(np.ascontiguousarray(small))
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak starts anew
    before = _peak_mb()
    start = time.process_time()
    value = run(scores)
    first = time.process_time() - start
    memory = _peak_mb() - before
    seconds = []
    for _ in range(turns if first < 5.0 else 1):
        start = time.process_time()
        run(scores)
        seconds.append(time.process_time() - start)
    return {"seconds": statistics.median(seconds), "value": value, "memory_mb": memory}


def _peak_mb() -> float:
    """Greatest resident memory so far. Not `getrusage`, whose peak begins with that of the parent process."""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """The case of the command line."""
    case, path = sys.argv[1:3]
    scores = np.load(Path(path))
    print(json.dumps(measured(CASES[case], scores)))


if __name__ == "__main__":
    main()
