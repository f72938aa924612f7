"""How well DINA tells who has mastered what, by the number of candidates.

    python benchmarks/diagnosis.py [REPLICATIONS]

An exam of simple structure, as criteria make it: six attributes that go together by one ability, three or
five items each, guess 0.1 to 0.3, slip 0.1 to 0.3. `right` is the share of attributes of candidates that are
told as they are; `best` the same by the true parameters; `said` what the model expects.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from examgen.psychometrics.diagnosis.classification import profiles
from examgen.psychometrics.diagnosis.models import answers_of, design_of, estimate

N_ATTRIBUTES = 6
NUMBERS = (50, 100, 200, 500, 1000)
EASE = np.linspace(-0.8, 0.8, N_ATTRIBUTES)
SLOPE = 1.5


def drawn(n: int, per: int, rng: Any) -> tuple[Any, Any, Any]:
    """Answers (n, items), the truth (n, attributes), and chances of groups as `Diagnosis.p` has them."""
    theta = rng.standard_normal((n, 1))
    truth = rng.random((n, N_ATTRIBUTES)) < 1 / (1 + np.exp(-(SLOPE * theta + EASE)))
    guess, slip = rng.uniform(0.1, 0.3, (2, N_ATTRIBUTES * per))
    mastered = np.repeat(truth, per, axis=1)
    cells = (rng.random(mastered.shape) < np.where(mastered, 1 - slip, guess)).astype(np.int8)
    return cells, truth, np.column_stack([guess, 1 - slip]).ravel()


def replicated(n: int, per: int, replications: int) -> Any:
    """(5,) in per cent: right, best, said, profiles wholly right, replications that converged; and the mean
    absolute error of guess and slip."""
    q = np.repeat(np.eye(N_ATTRIBUTES, dtype=np.bool_), per, axis=0)
    design, rng, rows = design_of(q, "dina"), np.random.default_rng([n, per]), []
    for _ in range(replications):
        cells, truth, p = drawn(n, per, rng)
        answers = answers_of(cells)
        found = estimate(answers, design, "higher-order", tolerance=1e-5, rise=1e-4)
        told, trust = profiles(answers, found)
        mastered = told.mastery > 0.5
        shares = _true_shares(design.profiles)
        by_truth = profiles(answers, found._replace(p=p, structure=found.structure._replace(shares=shares)))[
            0
        ]
        rows.append(
            [
                (mastered == truth).mean(), ((by_truth.mastery > 0.5) == truth).mean(), trust.accuracy.mean(),
                (mastered == truth).all(axis=1).mean(), float(found.converged), np.abs(found.p - p).mean(),
            ]
        )  # fmt: skip
    return np.mean(rows, axis=0)


def _true_shares(every: Any) -> Any:
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    p = 1 / (1 + np.exp(-(SLOPE * nodes[:, None] + EASE)))
    given = np.exp(every @ np.log(p).T + (1 - every) @ np.log(1 - p).T)
    return given @ (weights / weights.sum())


def main(replications: int) -> None:
    """Prints the table of docs/diagnosis.md."""
    print(
        "| items of an attribute | candidates | right | best | said | profiles right | "
        "error of guess and slip | converged |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for per in (3, 5):
        for n in NUMBERS:
            right, best, said, whole, converged, error = replicated(n, per, replications)
            shares = (f"{100 * one:.1f} %" for one in (right, best, said, whole))
            print(
                f"| {per} | {n} |",
                " | ".join(shares),
                f"| {error:.3f} | {100 * converged:.0f} % |",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
