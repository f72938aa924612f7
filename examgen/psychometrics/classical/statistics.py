"""Scores → classical statistics of test and items, as psychometricians know them from psych and CTT.

Scores are candidates × items, whole numbers, negative = missing. Where scores are missing, covariances are
taken over the candidates who have both items (pairwise, as `psych::alpha`), and a candidate's total is the
mean of the scores there are times the number of items (as `psych::alpha`), or their sum if `prorate` is
False. Blanks that are to count as wrong must be 0 before.

Memory: some 40 bytes a candidate and a few matrices items × items; with more than 5,000 items no such matrix
is made, and what rests on it is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from examgen.core.responses.matrix import Scores, score_cells
from examgen.core.words import tell, tell_n
from examgen.psychometrics.classical.items import ItemMoments, ItemStatistics, describe, ends
from examgen.psychometrics.classical.reliability import (
    NO_BOUNDS,
    Factor,
    Halves,
    KuderRichardson,
    alpha_error,
    alpha_of,
    bounds,
    feldt_interval,
    kuder_richardson,
    omega,
    omega_of_correlations,
    one_factor,
    split_halves,
)
from examgen.psychometrics.classical.sums import (
    MOST_ITEMS,
    TestWithoutItems,
    covariances,
    squared_multiple_correlations,
    sums,
    variances,
    whole_of,
    whole_of_totals,
)
from examgen.stats.irt_models import Note

FEW_CANDIDATES = 50
"""Below it correlations and reliabilities say little: the 95 % interval of a correlation of 0.3 is ± 0.26."""


def notes_on(parts: ItemMoments, factor: Factor | None, *, singular: bool, prorated: bool) -> Iterator[Note]:
    """Of items first, in their order, then of the whole."""
    found = parts.sums
    for j in np.flatnonzero(~parts.live).tolist():
        n, score = int(found.n[j]), int(found.least[j])
        if n == 0:
            yield Note("no-answers", j, tell("no candidate has a score on it"))
        elif n == 1:
            yield Note("one-answer", j, tell("only one candidate has a score on it, so it has no variance"))
        elif found.least[j] == 0:
            yield Note(
                "all-wrong",
                j,
                tell(
                    "all {n} candidates scored 0, so it has no correlation, and alpha is that of the others",
                    n=n,
                ),
            )
        else:
            right = tell("right") if score == 1 else tell("with {score} points", score=score)
            yield Note(
                "all-right",
                j,
                tell(
                    "all {n} candidates are {right}, so it has no correlation, and alpha is "
                    "that of the others",
                    n=n,
                    right=right,
                ),
            )
    n = int(np.count_nonzero(found.answered))
    if n == 0:
        yield Note("no-answers", None, tell("there are no scores"))
    if 0 < n < len(found.points):
        left = len(found.points) - n
        yield Note(
            "empty-candidates",
            None,
            tell("{left} candidates have no score on any item and are excluded", left=left),
            (f"{left}",),
        )
    if 0 < n < FEW_CANDIDATES:
        yield Note(
            "few-candidates",
            None,
            tell("with {n} candidates, correlations and reliabilities are rough. See their intervals", n=n),
            (f"{n}",),
        )
    if n and not found.complete:
        missing = found.points.size * len(found.n) - int(found.n.sum())
        rule = tell("the mean of a candidate's other scores") if prorated else "0"
        message = tell(
            "{missing} scores are missing. Covariances use candidates who have both items, and "
            "a missing score counts as {rule} in the total",
            missing=missing,
            rule=rule,
        )
        yield Note("missing-scores", None, message, (f"{missing}",))
    k, width = int(parts.live.sum()), len(parts.live)
    if parts.matrices is None:
        message = tell(
            "{width} items are more than {most_items}, so lambda 2, lambda 6, omega, split "
            "halves and corrected correlations are not computed, nor is alpha with missing "
            "scores",
            width=width,
            most_items=MOST_ITEMS,
        )
        yield Note("too-many-items", None, message, (f"{width}", f"{MOST_ITEMS}"))
    if not n:
        return
    if k < 2:
        yield Note(
            "too-few-items",
            None,
            tell_n(
                "only {n} item varies, so there is no alpha or other reliability",
                "only {n} items vary, so there is no alpha or other reliability",
                k,
            ),
            (f"{k}",),
        )
    elif math.isnan(parts.alpha):
        if parts.matrices is not None and np.isnan(parts.matrices.covariance).any():
            why = tell(
                "some pairs of items share no two candidates, so alpha, lambda and omega cannot be computed"
            )
        elif parts.matrices is None and not parts.sums.complete:
            why = tell("alpha with missing scores needs the covariances of all items, but there are too many")
        elif not parts.sums.complete:
            why = tell("covariances from different candidates contradict each other, so there is no alpha")
        else:
            why = tell("the total does not vary, so there is no alpha")
        yield Note("no-alpha", None, why)
    elif parts.alpha < 0:
        yield Note(
            "negative-alpha",
            None,
            tell("alpha is negative, because items work against each other. Check the keys"),
        )
    if singular:
        inverse = tell("use a generalised inverse and are unreliable")
        if np.isnan(parts.communality).any():
            inverse = tell("are not computed for so many items")
        message = tell(
            "the correlation matrix of the items is singular (fewer candidates than items, or "
            "items that repeat others). lambda 6 and r_cor {inverse}",
            inverse=inverse,
        )
        yield Note("singular-correlations", None, message)
    if factor is None or k < 2 or math.isnan(parts.alpha):
        return
    if k < 3:
        yield Note(
            "too-few-items", None, tell("one factor needs three items that vary, so there is no omega")
        )
    elif not factor.converged:
        yield Note("no-omega", None, tell("no factor was found, so there is no omega"))
    elif factor.heywood:
        message = tell(
            "one factor explains an item completely (a Heywood case). It does not fit so few "
            "candidates or items, so omega is unreliable"
        )
        yield Note("heywood", None, message)


class TestStatistics(NamedTuple):
    """Classical statistics of a test; NaN where undefined. Reliabilities are of the total score."""

    n_candidates: int
    """Candidates with at least one score."""
    n_items: int
    mean: float
    """Of the totals."""
    sd: float
    """Divisor n − 1."""
    minimum: float
    maximum: float
    skew: float
    """Third moment over s³, divisor n."""
    kurtosis: float
    """Fourth moment over s⁴ less 3, divisor n."""
    alpha: float
    """Over the items that vary (as `psych::alpha`, which leaves the others out)."""
    alpha_low: float
    """Feldt's 95 % interval."""
    alpha_high: float
    alpha_se: float
    """Standard error of alpha (Duhachek & Iacobucci), `ase` of `psych::alpha`."""
    standardised_alpha: float
    """Of correlations instead of covariances."""
    kr20: float
    """Variances with divisor n: equals alpha, but for items without variance, which it counts. 0/1 scores
    only."""
    kr20_n1: float
    """With pq, but the variance of totals with divisor n − 1."""
    kr21: float
    """KR-20 as if all items were equally difficult. 0/1 scores only."""
    kr21_n1: float
    sem: float
    """Standard error of measurement: sd √(1 − alpha)."""
    split_half_r: float
    """Correlation of the items in odd and in even places."""
    split_half: float
    """Stepped up by Spearman and Brown."""
    split_half_guttman: float
    """Of the same halves, by Guttman and Flanagan."""
    lambda1: float
    """Guttman's bounds of the correlations, as `psych::guttman`."""
    lambda2: float
    lambda3: float
    lambda2_covariance: float
    """λ2 of the covariances: the bound of the raw total, not below alpha."""
    lambda6: float
    """`G6(smc)` of `psych::alpha`."""
    omega: float
    """McDonald's, of one factor by minimum residuals on the correlations."""
    omega_of_correlations: float
    """With the same factor, 1 − Σ uniqueness / ΣR: `omega.tot` of `psych::omega(nfactors = 1)`."""
    mean_interitem_r: float


setattr(TestStatistics, "__test__", False)  # noqa: B010  pytest takes it for a test by its name


class Classical(NamedTuple):
    """Statistics of test and items, and what must be known of them."""

    test: TestStatistics
    items: ItemStatistics
    notes: tuple[Note, ...]


def classical(scores: Scores, *, greatest: ArrayLike | None = None, prorate: bool = True) -> Classical:
    """Classical statistics of scores (N, J), negative or NaN = missing.

    Parameters
    ----------
    greatest : (J,) the highest category that could be got; without it, the highest that was seen, 1 at least.
    prorate : whether a candidate with missing scores gets the mean of the others for them, or nothing.

    Raises
    ------
    ValueError
        The scores are no matrix of whole numbers, or `greatest` is too short or below a score.
    """
    scores = score_cells(scores)
    found = sums(scores)
    top = None if greatest is None else np.asarray(greatest, dtype=np.int64)
    if top is not None and (top.shape != found.greatest.shape or (top < found.greatest).any()):
        raise ValueError("greatest has one number for each item, none below a score that was got")
    total = found.totals(prorate=prorate)
    at_ends = ends(scores, found, total)
    spread = variances(found)
    live = np.nan_to_num(spread) > 0
    matrices = covariances(found, live)
    if matrices is not None:
        whole = whole_of(matrices.covariance)
    elif found.complete and len(found.points) > 1:
        whole = whole_of_totals(found, at_ends.with_total, live)
    else:
        unknown = np.full(int(live.sum()), np.nan)
        whole = TestWithoutItems(math.nan, math.nan, unknown, unknown, unknown)
    communality, singular = (
        squared_multiple_correlations(matrices.correlation)
        if matrices is not None
        else (np.full(0, np.nan), False)
    )
    factor = None if matrices is None else one_factor(matrices.pairwise, communality)
    loadings = factor.loadings if factor is not None and factor.converged else None
    alpha = alpha_of(whole)
    parts = ItemMoments(found, at_ends, live, whole, matrices, communality, loadings, alpha, total)

    known = total[~np.isnan(total)]
    n, k = len(known), int(live.sum())
    mean = float(known.mean()) if n else math.nan
    deviation = known - mean
    square = float(deviation @ deviation)
    varies = n > 1 and square > 1e-9
    sd = math.sqrt(square / (n - 1)) if n > 1 else math.nan
    of_correlations = NO_BOUNDS if matrices is None else bounds(matrices, communality)
    halves = Halves(math.nan, math.nan, math.nan)
    if matrices is not None:
        halves = split_halves(matrices.covariance, np.flatnonzero(live))
    omega_r = math.nan
    if matrices is not None and loadings is not None:
        omega_r = omega_of_correlations(loadings, matrices.pairwise)
    richardson = _kuder_richardson(parts, mean, square)
    low, high = feldt_interval(alpha, n, k)
    test = TestStatistics(
        n_candidates=n,
        n_items=len(live),
        mean=mean,
        sd=sd,
        minimum=float(known.min()) if n else math.nan,
        maximum=float(known.max()) if n else math.nan,
        skew=float((deviation**3).mean()) / (square / n) ** 1.5 if varies else math.nan,
        kurtosis=float((deviation**4).mean()) / (square / n) ** 2 - 3 if varies else math.nan,
        alpha=alpha,
        alpha_low=low,
        alpha_high=high,
        alpha_se=math.nan if matrices is None or math.isnan(alpha) else alpha_error(matrices.covariance, n),
        standardised_alpha=of_correlations.standardised_alpha,
        kr20=richardson.kr20,
        kr20_n1=richardson.kr20_n1,
        kr21=richardson.kr21,
        kr21_n1=richardson.kr21_n1,
        sem=sd * math.sqrt(1 - alpha) if not math.isnan(alpha) else math.nan,
        split_half_r=halves.r,
        split_half=halves.spearman_brown,
        split_half_guttman=halves.guttman,
        lambda1=of_correlations.lambda1,
        lambda2=of_correlations.lambda2,
        lambda3=of_correlations.lambda3,
        lambda2_covariance=of_correlations.lambda2_covariance,
        lambda6=of_correlations.lambda6,
        omega=math.nan if loadings is None or not varies else omega(loadings),
        omega_of_correlations=omega_r if varies else math.nan,
        mean_interitem_r=of_correlations.mean_interitem_r,
    )
    notes = tuple(notes_on(parts, factor, singular=singular, prorated=prorate))
    return Classical(test, describe(scores, parts, top), notes)


def _kuder_richardson(parts: ItemMoments, mean: float, square: float) -> KuderRichardson:
    """Of missing scores: KR-20 from pairwise covariances with divisor n, KR-21 from the totals."""
    found, n = parts.sums, int(np.count_nonzero(~np.isnan(parts.total)))
    if n < 2 or found.greatest.max(initial=0) > 1 or not (found.n > 0).all():
        return KuderRichardson(*[math.nan] * 4)
    facility = found.score / found.n
    by_total = kuder_richardson(facility, mean, square / n, square / (n - 1))
    if found.complete:
        return by_total
    by_pair = KuderRichardson(*[math.nan] * 4)
    if parts.matrices is not None and found.pairs is not None and found.pairs.n is not None:
        both = found.pairs.n[np.ix_(parts.live, parts.live)]
        with_n = float((parts.matrices.covariance * (1 - 1 / np.maximum(both, 1))).sum())
        by_pair = kuder_richardson(facility, mean, with_n, parts.whole.whole)
    return by_total._replace(kr20=by_pair.kr20, kr20_n1=by_pair.kr20_n1)
