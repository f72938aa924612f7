"""How often the verdict on a part's score is right: simulated exams of which the truth is known.

    python benchmarks/subscores.py [REPLICATIONS]

An exam of 40 items in four parts of 4, 12, 12 and 12 items; each part has an ability of its own, any two of
which are correlated as the table says. The truth is computed from the generating model for the whole
population, by quadrature: PRMSE of the true part score (its expected points) by the part's score and by the
total.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from examgen.psychometrics.subscores import form_subscores

SIZES = (4, 12, 12, 12)
CORRELATIONS = (0.3, 0.5, 0.7, 0.8, 0.9, 1.0)
NUMBERS = (30, 60, 100, 200, 1000)
SHOWN_NUMBERS = (60, 200, 1000)
SHOWN = (0, 1)
"""The part of 4 items and one of 12."""
Z95 = 1.96


def items(seed: int) -> tuple[Any, Any]:
    """Slopes and difficulties of 2PL items as real tests have them."""
    rng = np.random.default_rng(seed)
    return rng.lognormal(0.1, 0.3, sum(SIZES)), rng.normal(-0.3, 0.9, sum(SIZES))


def truth(a: Any, b: Any, rho: float) -> tuple[Any, Any]:
    """(parts,) PRMSE of each part's true score by its own score, and by the total, in the population."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    weights = weights / weights.sum()
    of = np.repeat(np.arange(len(SIZES)), SIZES)

    def expected(theta: Any) -> Any:
        p = 1 / (1 + np.exp(-a * (theta[..., None] - b)))
        return np.stack([p[..., of == k].sum(axis=-1) for k in range(len(SIZES))], axis=-1), p * (1 - p)

    own, error = expected(nodes)
    mean = weights @ own
    within = weights @ np.square(own - mean)
    noise = np.bincount(of, weights @ error)
    second, _ = expected(rho * nodes[:, None] + np.sqrt(1 - rho**2) * nodes)
    conditional = np.einsum("m,nmk->nk", weights, second) - mean
    between = np.einsum("n,nk,nl->kl", weights, own - mean, conditional)
    np.fill_diagonal(between, within)
    return within / (within + noise), between.sum(axis=1) ** 2 / (within * (between.sum() + noise.sum()))


def sat(n: int, a: Any, b: Any, rho: float, rng: Any) -> Any:
    """Points (n, items) of candidates."""
    of = np.repeat(np.arange(len(SIZES)), SIZES)
    common, own = rng.standard_normal((n, 1)), rng.standard_normal((n, len(SIZES)))
    theta = np.sqrt(rho) * common + np.sqrt(1 - rho) * own
    return (rng.random((n, len(of))) < 1 / (1 + np.exp(-a * (theta[:, of] - b)))).astype(np.float64)


class Found(NamedTuple):
    """Shares of replications of one part, in per cent."""

    sign: float
    """Own PRMSE above the total's, or below, as in truth."""
    worth: float
    not_worth: float
    undecided: float
    wrong: float
    """Sure verdicts, worth or not worth, against the truth."""
    covered: float
    """The interval of the gain holds the true one."""


def found(n: int, rho: float, replications: int) -> dict[int, Found]:
    """Of the parts shown, by their place."""
    groups = np.repeat(np.eye(len(SIZES), dtype=np.bool_), SIZES, axis=1)
    a, b = items(7)
    own, total = truth(a, b, rho)
    gain = own - np.sqrt(own * total)
    rng = np.random.default_rng([n, int(rho * 100)])
    value, se = np.empty((2, replications, len(SIZES)))
    for row in range(replications):
        points = sat(n, a, b, rho, rng)
        one = form_subscores(lambda rows, x=points: x[rows], n, groups)
        value[row], se[row] = one.gain, one.gain_se
    sure, never = value - Z95 * se > 0, value + Z95 * se < 0
    told = {}
    for k in SHOWN:
        worth = own[k] > total[k]
        shares = (
            (value[:, k] > 0) == worth, sure[:, k], never[:, k], ~(sure[:, k] | never[:, k]),
            never[:, k] if worth else sure[:, k], np.abs(value[:, k] - gain[k]) < Z95 * se[:, k],
        )  # fmt: skip
        told[k] = Found(*(100 * float(np.mean(share)) for share in shares))
    return told


def main(replications: int) -> None:
    """Prints the tables of docs/subscores.md."""
    every = {(n, rho): found(n, rho, replications) for n in NUMBERS for rho in CORRELATIONS}
    heads = (f" {n} candidates |" for n in SHOWN_NUMBERS)
    print("| correlation of abilities | items | true PRMSE: own, total |", *heads, sep="")
    print("|" + "---|" * (3 + len(SHOWN_NUMBERS)))
    for rho in CORRELATIONS:
        own, total = truth(*items(7), rho)
        for k in SHOWN:
            cells = (
                f" {one.sign:.1f} %: {one.worth:.1f} / {one.not_worth:.1f} / {one.undecided:.1f} |"
                for one in (every[n, rho][k] for n in SHOWN_NUMBERS)
            )
            print(f"| {rho} | {SIZES[k]} | {own[k]:.2f}, {total[k]:.2f} |", *cells, sep="")
    heads = (
        "candidates",
        "estimate on the side of the truth",
        "sure verdicts",
        "of these wrong",
        "interval holds",
    )
    print("", "| " + " | ".join(heads) + " |", sep="\n")
    print("|---|---|---|---|---|")
    for n in NUMBERS:
        own = [one for rho in CORRELATIONS for one in every[n, rho].values()]
        sure = sum(one.worth + one.not_worth for one in own)
        wrong = 100 * sum(one.wrong for one in own) / sure
        mean = (sum(one.sign for one in own), sure, sum(one.covered for one in own))
        sign, decided, covered = (total / len(own) for total in mean)
        print(f"| {n} | {sign:.1f} % | {decided:.1f} % | {wrong:.1f} % | {covered:.1f} % |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
