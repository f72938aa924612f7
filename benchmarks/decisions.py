"""How near `examgen analyse decisions EXAM` comes to the truth, under simulation.

    python benchmarks/decisions.py [REPLICATIONS] [SEED]     some 5 minutes for 20

The truth is brute force: 200,000 candidates of a known model sit two parallel administrations of 40 items in
10 criteria of three elements, and the rule decides as scoring does. The method sees one administration of n
candidates. Printed is the root of the mean squared error over replications of each figure, in parts of 1000,
with the bias behind it.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.decisions.criteria import Earned
from examgen.models.decisions import PassRule
from examgen.scoring.asked import asked_by
from examgen.scoring.decisions import decide
from examgen.workflow.analyses.rule_decisions import Sitting, Standards, fitted_to, repeated, standards_of

Floats = NDArray[np.float64]
CRITERION = np.repeat(np.arange(10), 4)
ELEMENT = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 2])
CRITERIA = [("U", f"E{e}", f"E{e}.{c:02d}") for c, e in enumerate(ELEMENT.tolist())]
ASKED = asked_by(["A"], CRITERIA, [[(c, 1) for c in CRITERION.tolist()]])
RULES = {
    "compensatory: percent 60": PassRule(percent=60),
    "conjunctive: criteria all 50": PassRule(criteria={"all": 50}),
    "mixed: percent 60, elements all 50": PassRule(percent=60, elements={"all": 50}),
    "so many: 7 of 10 criteria at 60": PassRule.model_validate({"at_least": {"met": 7, "percent": 60}}),
}
SIZES = (50, 100, 300, 1000, 3000)
FIGURES = ("consistency", "accuracy", "false_pass", "false_fail", "pass_again")


class Truth(NamedTuple):
    """A model of how candidates answer."""

    name: str
    element: float
    """Correlation of criteria of one element."""
    exam: float
    """Of criteria of different elements."""
    guessing: float = 0.0
    skewed: bool = False
    stimulus: float = 0.0
    """Standard deviation of what the items of a criterion share in one administration alone."""


TRUTHS = (
    Truth("one ability", 1.0, 1.0),
    Truth("criteria correlate by .85 and .70", 0.85, 0.70),
    Truth("criteria correlate by .60 and .40", 0.60, 0.40),
    Truth("guessing: lower asymptotes of .2", 0.85, 0.70, guessing=0.2),
    Truth("ability skewed (mirrored χ² with 4 df)", 0.85, 0.70, skewed=True),
    Truth("each criterion shares a text (sd 0.7)", 0.85, 0.70, stimulus=0.7),
)


class Sat:
    """Items drawn once for a truth, and candidates of it."""

    def __init__(self, truth: Truth, rng: np.random.Generator) -> None:
        self.truth, self.rng = truth, rng
        self.a, self.b = rng.lognormal(0, 0.3, 40), rng.normal(-0.7, 0.8, 40)

    def abilities(self, n: int) -> Floats:
        """(n, 10)"""
        rng, truth = self.rng, self.truth
        general = (4 - rng.chisquare(4, n)) / np.sqrt(8) if truth.skewed else rng.standard_normal(n)
        found = np.sqrt(truth.exam) * np.repeat(general[:, None], 10, axis=1)
        found += np.sqrt(truth.element - truth.exam) * rng.standard_normal((n, 3))[:, ELEMENT]
        return np.asarray(found + np.sqrt(1 - truth.element) * rng.standard_normal((n, 10)))

    def chances(self, abilities: Floats) -> Floats:
        """(n, 40)"""
        z = self.a * (abilities[:, CRITERION] - self.b)
        return np.asarray(self.truth.guessing + (1 - self.truth.guessing) / (1 + np.exp(-z)))

    def answered(self, abilities: Floats) -> NDArray[np.bool_]:
        """(n, 40) right or wrong in one administration."""
        shared = self.truth.stimulus * self.rng.standard_normal(abilities.shape)
        return np.asarray(self.rng.random((len(abilities), 40)) < self.chances(abilities + shared))

    def true_chances(self, abilities: Floats) -> Floats:
        """(n, 40) over all texts that an administration could have."""
        points, weights = np.polynomial.hermite_e.hermegauss(9 if self.truth.stimulus else 1)
        parts = zip(points, weights / weights.sum(), strict=True)
        return np.asarray(sum(w * self.chances(abilities + self.truth.stimulus * x) for x, w in parts))


def by_criterion(cells: NDArray[np.generic]) -> Floats:
    """(n, 40) → (n, 10)"""
    return np.asarray(cells, dtype=np.float64) @ np.eye(10)[CRITERION]


def brute_force(sat: Sat, standards: list[Standards], n: int = 200_000) -> Floats:
    """(rules, figures) and the pass rate: each candidate twice, and by the true score."""
    sums = np.zeros((len(standards), 6))
    size = 50_000
    form = np.zeros(size, np.int64)
    for _ in range(n // size):
        abilities = sat.abilities(size)
        once, again = (by_criterion(sat.answered(abilities)).astype(np.int64) for _ in range(2))
        true = by_criterion(sat.true_chances(abilities))
        for row, one in zip(sums, standards, strict=True):
            first, second = (decide(one.earned, form, units).passed for units in (once, again))
            right = decide(one.true, form, np.floor(true * one.finer).astype(np.int64)).passed
            counted = (first == second, first == right, first & ~right, ~first & right, first & second, first)
            row += [part.mean() for part in counted]
    sums /= n // size
    return np.column_stack([sums[:, :4], sums[:, 4] / sums[:, 5], sums[:, 5]])


def estimates(sat: Sat, n: int, standards: list[Standards]) -> Floats:
    """(rules, figures) of one administration of n candidates."""
    cells = sat.answered(sat.abilities(n)).astype(np.int8)
    units = np.tile([0.0, 1.0], (40, 1))
    model = fitted_to(Earned(cells, units, CRITERION, (ELEMENT, np.zeros(10, np.int64))), [])
    assert model is not None
    sitting = Sitting(np.ones(cells.shape, bool), np.zeros(n, np.int64), np.zeros((n, 10), np.int64))
    found = [repeated(model, one, sitting) for one in standards]
    return np.array([[getattr(one, figure) for figure in FIGURES] for one in found])


def main(replications: int, seed: int) -> None:
    """Prints a table for docs/decisions.md."""
    standards = [standards_of(rule, ASKED, None) for rule in RULES.values()]
    print("| truth, rule | n | " + " | ".join(FIGURES) + " |\n|---|---|" + "---|" * len(FIGURES))
    for number, truth in enumerate(TRUTHS):
        sat = Sat(truth, np.random.default_rng([seed, number]))
        true = brute_force(sat, standards)
        errors = {}
        for n in SIZES:
            times = max(replications // 3, 2) if n > 300 else replications
            errors[n] = np.array([estimates(sat, n, standards) for _ in range(times)]) - true[:, :5]
        print(f"| **{truth.name}** | |" + " |" * len(FIGURES))
        for row, rule in enumerate(RULES):
            told = " | ".join(f"{value:.3f}" for value in true[row, :5])
            print(f"| {rule}; {true[row, 5]:.0%} pass | truth | {told} |")
            for n, error in errors.items():
                own = error[:, row]
                rmse, bias = np.sqrt((own**2).mean(axis=0)), own.mean(axis=0)
                cells = " | ".join(f"{r:.3f} ({b:+.3f})" for r, b in zip(rmse, bias, strict=True))
                print(f"| | {n} | {cells} |", flush=True)


if __name__ == "__main__":
    asked = [int(word) for word in sys.argv[1:]]
    main(*(asked + [20, 1][len(asked) :]))
