"""How near `examgen analyse decisions EXAM` comes to the truth, under simulation.

    python benchmarks/decisions.py [REPLICATIONS] [SEED] [TRUTH ...]     truths by number from 0, else all
    python benchmarks/decisions.py skewed [REPLICATIONS] [SEED]          skewed abilities and shared texts

The truth is brute force: 600,000 candidates of a known model sit two parallel administrations of 40 items in
10 criteria of three elements, and the rule decides as scoring does. The method sees one administration of n
candidates. Printed are, over replications, the mean error of consistency and accuracy, their spread, how
often they come within 0.01, and the standard error that is told; and last how far from its truth lies what is
counted where n candidates do sit twice. `skewed` holds a compensatory rule alone against abilities that are
skewed or not, of exams whose items share texts or not, and prints mean errors with their Monte Carlo errors.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analyses.rule_decisions import (
    SEED,
    RuleSitting,
    Standards,
    fitted_to,
    repeated,
    standard_errors,
    standards_of,
)
from examgen.core.models.decisions import PassRule
from examgen.psychometrics.decisions.consistency import Agreement
from examgen.psychometrics.decisions.criteria import EarnedCategories, at_worst
from examgen.scoring.criteria import asked_by
from examgen.scoring.decisions import decide

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
SIZES = (300, 1000, 3000)
FIGURES = ("consistency", "accuracy")


class Truth(NamedTuple):
    """A model of how candidates answer."""

    name: str
    element: float
    """Correlation of criteria of one element."""
    exam: float
    """Of criteria of different elements."""
    guessing: float = 0.0
    skewed: int = 0
    """Degrees of freedom of a mirrored χ², that of the shared ability; 0 of a normal one."""
    stimulus: float = 0.0
    """Standard deviation of what items with a text share in one administration alone."""
    n_texts: int = 0
    """Of the four items of a criterion the first share a text: so many."""


TRUTHS = (
    Truth("one ability", 1.0, 1.0),
    Truth("criteria correlate by .85 and .70", 0.85, 0.70),
    Truth("criteria correlate by .60 and .40", 0.60, 0.40),
    Truth("guessing: lower asymptotes of .2", 0.85, 0.70, guessing=0.2),
    Truth("ability skewed (mirrored χ² with 4 df)", 0.85, 0.70, skewed=4),
    Truth("guessing and one ability", 1.0, 1.0, guessing=0.2),
    Truth("two items of each criterion share a text (sd 0.7)", 0.85, 0.70, stimulus=0.7, n_texts=2),
    Truth("all items of a criterion share a text (sd 0.7)", 0.85, 0.70, stimulus=0.7, n_texts=4),
    Truth("one ability, skewed; two items share a text (sd 0.7)", 1.0, 1.0, 0.0, 5, 0.7, 2),
    Truth("one ability, skewed; two items share a text (sd 0)", 1.0, 1.0, 0.0, 5, 0.0, 2),
    Truth("one ability, skewed; no texts", 1.0, 1.0, 0.0, 5),
    Truth("one ability; two items share a text (sd 0.7)", 1.0, 1.0, 0.0, 0, 0.7, 2),
    Truth("one ability; two items share a text (sd 0)", 1.0, 1.0, 0.0, 0, 0.0, 2),
)
OF_SKEWED, SKEWED_SIZES = range(8, 13), (150, 600, 1500)


class Sat:
    """Items drawn once for a truth, and candidates of it."""

    def __init__(self, truth: Truth, rng: np.random.Generator) -> None:
        self.truth, self.rng = truth, rng
        self.a, self.b = rng.lognormal(0, 0.3, 40), rng.normal(-0.7, 0.8, 40)

    def abilities(self, n: int) -> Floats:
        """(n, 10)"""
        rng, truth = self.rng, self.truth
        df = truth.skewed
        general = (df - rng.chisquare(df, n)) / np.sqrt(2 * df) if df else rng.standard_normal(n)
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
        return np.asarray(self.rng.random((len(abilities), 40)) < self.with_texts(abilities, shared))

    def with_texts(self, abilities: Floats, shared: Floats) -> Floats:
        """(n, 40) where the texts of criteria add so much (n, 10)."""
        has_text = np.tile(np.arange(4) < self.truth.n_texts, 10)
        without = self.chances(abilities)
        return np.where(has_text, self.chances(abilities + shared), without) if has_text.any() else without

    def true_chances(self, abilities: Floats) -> Floats:
        """(n, 40) over all texts that an administration could have."""
        points, weights = np.polynomial.hermite_e.hermegauss(9 if self.truth.stimulus else 1)
        parts = zip(points, weights / weights.sum(), strict=True)
        ones = np.ones_like(abilities)
        return np.asarray(
            sum(w * self.with_texts(abilities, self.truth.stimulus * x * ones) for x, w in parts)
        )

    @property
    def texts(self) -> NDArray[np.int64]:
        """(40,) the text of each item, -1 of none."""
        return np.where(np.tile(np.arange(4) < self.truth.n_texts, 10), CRITERION, -1)


def by_criterion(cells: NDArray[np.generic]) -> Floats:
    """(n, 40) → (n, 10)"""
    return np.asarray(cells, dtype=np.float64) @ np.eye(10)[CRITERION]


def brute_force(sat: Sat, standards: list[Standards], n: int = 600_000) -> Floats:
    """(rules, 4) consistency, accuracy, pass rate, who passes again: each candidate twice, and by the true
    score."""
    sums = np.zeros((len(standards), 4))
    size = min(n, 50_000)
    form = np.zeros(size, np.int64)
    for _ in range(n // size):
        abilities = sat.abilities(size)
        once, again = (by_criterion(sat.answered(abilities)).astype(np.int64) for _ in range(2))
        true = by_criterion(sat.true_chances(abilities))
        for row, one in zip(sums, standards, strict=True):
            first, second = (decide(one.earned, form, units).passed for units in (once, again))
            right = decide(one.true, form, np.floor(true * one.finer).astype(np.int64)).passed
            row += [(first == second).mean(), (first == right).mean(), first.mean(), (first & second).mean()]
    sums[:, 3] /= sums[:, 2]
    return sums / ([n // size] * 3 + [1])


class Estimate(NamedTuple):
    """(rules, 4) figures as `brute_force` has them; (rules, 2) standard errors, and the figures where all
    were the texts' doing; NaN where they are told apart."""

    figures: Floats
    errors: Floats
    at_worst: Floats


def estimates(
    sat: Sat, n: int, standards: list[Standards], *, errors: bool = False, simulated_by: int = SEED
) -> Estimate:
    """What is told of one administration of n candidates."""
    cells = sat.answered(sat.abilities(n)).astype(np.int8)
    units = np.tile([0.0, 1.0], (40, 1))
    earned = EarnedCategories(cells, units, CRITERION, (ELEMENT, np.zeros(10, np.int64)), sat.texts)
    fitted = fitted_to(earned, [])
    assert fitted is not None
    sitting = RuleSitting(np.ones(cells.shape, bool), np.zeros(n, np.int64), np.zeros((n, 10), np.int64))
    none = np.full((len(standards), 2), np.nan)
    worst, se = none, none
    told = np.array([_four(repeated([fitted.model], one, sitting, simulated_by)[0]) for one in standards])
    if sat.truth.n_texts == 4:
        texts = at_worst(fitted.model, sat.texts)
        worst = np.array([_four(repeated([texts], one, sitting)[0])[:2] for one in standards])
    if errors:
        found = [standard_errors(fitted, one, sitting) for one in standards]
        se = np.array([[one[name] for name in FIGURES] for one in found])
    return Estimate(told, se, worst)


def _four(found: Agreement) -> list[float]:
    return [found.consistency, found.accuracy, found.pass_rate, found.pass_again]


def of_skewed(replications: int, seed: int) -> None:
    """Prints the table of skewed abilities for docs/decisions.md; each replication has items of its own."""
    standards = [standards_of(next(iter(RULES.values())), ASKED, None)]
    names = ("consistency", "accuracy", "pass rate", "passes again")
    heads = " | ".join(f"{name} | error | its MC error" for name in names)
    print(f"| truth | n | {heads} |\n|---|---|" + "---|" * 12)
    for number in OF_SKEWED:
        for n in SKEWED_SIZES:
            off, true = np.zeros((replications, 4)), np.zeros(4)
            for k in range(replications):
                sat = Sat(TRUTHS[number], np.random.default_rng([seed, number, n, k]))
                [own] = brute_force(sat, standards, 300_000)
                off[k] = estimates(sat, n, standards, simulated_by=k).figures[0] - own
                true += own / replications
            errors = zip(true, off.mean(axis=0), off.std(axis=0, ddof=1) / replications**0.5, strict=True)
            cells = [f"{own:.3f} | {mean:+.4f} | {error:.4f}" for own, mean, error in errors]
            print(f"| {TRUTHS[number].name} | {n} | " + " | ".join(cells) + " |", flush=True)


def main(replications: int, seed: int, which: list[int]) -> None:
    """Prints a table for docs/decisions.md."""
    standards = [standards_of(rule, ASKED, None) for rule in RULES.values()]
    heads = " | ".join(f"{name} | error | spread | within 0.01 | se told | counted" for name in FIGURES)
    print(f"| truth, rule | n | {heads} |\n|---|---|" + "---|" * 12)
    for number in which or range(OF_SKEWED.start):
        truth = TRUTHS[number]
        sat = Sat(truth, np.random.default_rng([seed, number]))
        true = brute_force(sat, standards)
        print(f"| **{truth.name}** | |" + " |" * 12)
        for n in SIZES:
            found = [estimates(sat, n, standards, errors=k < 2) for k in range(replications)]
            off = np.array([one.figures for one in found])[:, :, :2] - true[:, :2]
            se = np.mean([one.errors for one in found[:2]], axis=0)
            worst = np.array([one.at_worst for one in found])
            for row, rule in enumerate(RULES):
                cells = []
                for k in range(2):
                    own, p = off[:, row, k], true[row, k]
                    share, counted = (np.abs(own) < 0.01).mean(), np.sqrt(p * (1 - p) / n)
                    cells += [f"{p:.3f}", f"{own.mean():+.3f}", f"{own.std(ddof=1):.3f}", f"{share:.0%}"]
                    cells += [f"{se[row, k]:.3f}", f"{counted:.3f}"]
                    if np.isfinite(worst[:, row, k]).all():
                        ends = worst[:, row, k], own + p
                        cells[-5] += f" ({ends[0].mean():.3f} to {ends[1].mean():.3f})"
                print(f"| {rule}; {true[row, 2]:.0%} pass | {n} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    is_skewed = sys.argv[1:2] == ["skewed"]
    asked = [int(word) for word in sys.argv[1 + is_skewed :]]
    both = (asked + [20, 1][len(asked) :])[:2]
    of_skewed(*both) if is_skewed else main(*both, asked[2:])
