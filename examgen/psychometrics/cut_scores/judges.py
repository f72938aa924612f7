"""Ratings of judges × items → how much judges and items vary, the errors of a cut, and judges who stand
apart.

Takes arrays of expected points, judges in rows, NaN where a judge left an item out. The cut itself, the sum
of the items' means, is found exactly elsewhere; here is what it is worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.uncertainty import normal_quantile, t_quantile

Floats = NDArray[np.float64]

LEAST_JUDGES = 4
"""Of fewer judges nobody is said to stand apart: with three, two of them differ from the third as he from
them."""
LEVEL = 0.05
"""Share of panels of like-minded judges of whom at least one is said to stand apart."""


class Components(NamedTuple):
    """Variance components of judges × items, and the errors of the sum over items that follow.

    `judges`, `items`, `residual` are estimates, 0 where the estimate is below it (`negative` names those).
    `se_judges` is the error with these items and other judges, `se_items` that with these judges and other
    items, `se_both` that with both drawn anew: all in points. `agreement` is the reliability of the items'
    mean ratings over judges (alpha with judges as parts); NaN where items do not differ at all.
    """

    judges: float
    items: float
    residual: float
    negative: tuple[str, ...]
    se_judges: float
    se_items: float
    se_both: float
    agreement: float


def components(ratings: Floats) -> Components | None:
    """Judges × items, both random, one rating in each cell: the G study of a panel and its errors.

    With mean squares of the two-way analysis of variance, n judges and k items,

        σ²(j) = (MS_j − MS_ji) / k,   σ²(i) = (MS_i − MS_ji) / n,   σ²(ji) = MS_ji

    and for the mean over all cells, times k for the sum of k items,

        SE²(judges) = σ²(j)/n + σ²(ji)/(n k) = MS_j / (n k)
        SE²(items)  = σ²(i)/k + σ²(ji)/(n k) = MS_i / (n k)
        SE²(both)   = σ²(j)/n + σ²(i)/k + σ²(ji)/(n k)

    The first is s²/n of the judges' own sums exactly; only the last uses estimates that were set to 0.

    Parameters
    ----------
    ratings : (n, k) expected points, without a gap

    Returns
    -------
    Components, or None for fewer than two judges or two items.

    References
    ----------
    Brennan, R. L., & Lockwood, R. E. (1980). A comparison of the Nedelsky and Angoff cutting score procedures
    using generalizability theory. Applied Psychological Measurement, 4(2), 219–240.
    Brennan, R. L. (2001). Generalizability theory. Springer. Sections 2.2 (estimates) and 2.3 (errors of
    means).
    """
    n, k = ratings.shape
    if n < 2 or k < 2:
        return None
    mean, by_judge, by_item = ratings.mean(), ratings.mean(axis=1), ratings.mean(axis=0)
    ms_j = float(k * np.square(by_judge - mean).sum() / (n - 1))
    ms_i = float(n * np.square(by_item - mean).sum() / (k - 1))
    rest = ratings - by_judge[:, None] - by_item + mean
    ms_ji = float(np.square(rest).sum() / ((n - 1) * (k - 1)))
    ms_j, ms_i, ms_ji = (_clean(one, ratings) for one in (ms_j, ms_i, ms_ji))
    raw = {"judges": (ms_j - ms_ji) / k, "items": (ms_i - ms_ji) / n, "residual": ms_ji}
    found = {name: max(value, 0.0) for name, value in raw.items()}
    both = found["judges"] / n + found["items"] / k + ms_ji / (n * k)
    return Components(
        **found,
        negative=tuple(name for name, value in raw.items() if value < 0),
        se_judges=k * float(np.sqrt(ms_j / (n * k))),
        se_items=k * float(np.sqrt(ms_i / (n * k))),
        se_both=k * float(np.sqrt(both)),
        agreement=1 - ms_ji / ms_i if ms_i > 0 else np.nan,
    )


class JudgedCut(NamedTuple):
    """What a panel's ratings come to, in points."""

    cut: float
    se: float
    """Over judges; NaN for fewer than two who rated every item."""
    n_judges: int
    """Who rated every item."""
    sums: Floats
    """(n,) of each judge; NaN who left an item out."""


def judged_cut(ratings: Floats) -> JudgedCut:
    """The sum of the items' mean ratings, and its error s / √n over the sums of the judges who rated all.

    Parameters
    ----------
    ratings : (n, k) expected points, NaN where a judge left an item out; of each item one at least

    References
    ----------
    Angoff, W. H. (1971). Scales, norms, and equivalent scores. In R. L. Thorndike (Ed.), Educational
    measurement (2nd ed., pp. 508–600). American Council on Education.
    """
    sums = ratings.sum(axis=1)
    whole = sums[np.isfinite(sums)]
    n = len(whole)
    se = float(whole.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    return JudgedCut(float(np.nanmean(ratings, axis=0).sum()), se, n, sums)


def _clean(value: float, ratings: Floats) -> float:
    """0 for what is rounding error of the ratings alone: judges who agree wholly vary by nothing."""
    scale = float(np.square(ratings).max(initial=0.0))
    return 0.0 if value <= 1e-24 * max(scale, 1e-300) * ratings.size else value


def cut_interval(cut: float, se: float | None, judges: int | None) -> tuple[float, float] | None:
    """The 95 % interval of a cut: cut ± t SE, with t of n − 1 degrees of freedom for n judges, whose spread
    is estimated from themselves; with the normal quantile where the error is not one over judges (`judges` is
    None). None where there is no error.

    With two judges t is 12.71, with three 4.30, with ten 2.26: of few judges the cut is hardly known.

    References
    ----------
    Student (1908). The probable error of a mean. Biometrika, 6(1), 1–25.
    """
    if se is None or (judges is not None and judges < 2):
        return None
    far = se * (normal_quantile(0.975) if judges is None else t_quantile(0.975, judges - 1))
    return cut - far, cut + far


def interval_of(form: Mapping[str, Any]) -> tuple[float, float] | None:
    """`cut_interval` of a form as analyses tell it; of several panels by the smallest one."""
    of_panels = [panel["judges"] for panel in form.get("panels") or ()]
    judges = min(of_panels) if of_panels else form["judges"]
    return cut_interval(form["cut"], form["se"], None if form.get("se_over") == "candidates" else judges)


class Apart(NamedTuple):
    """How far each judge's sum lies from those of the others, in studentized units (n,), and who is
    outlying."""

    t: Floats
    outlying: NDArray[np.bool_]


def apart(sums: Floats, level: float = LEVEL) -> Apart:
    """Externally studentized distance of each judge's sum from the mean of the others.

        t_j = (x_j − m_(j)) / (s_(j) √(1 + 1/(n − 1)))

    with mean and standard deviation of the other n − 1 judges; t_j has a t distribution with n − 2 degrees of
    freedom where all are drawn alike. Outlying is |t_j| beyond its quantile at level / (2 n) (Bonferroni), so
    that a panel of like-minded judges has one with probability `level` at most. Infinite where the others
    agree wholly and this one does not; NaN for fewer than `LEAST_JUDGES`, and where all agree.

    References
    ----------
    Cook, R. D., & Weisberg, S. (1982). Residuals and influence in regression. Chapman & Hall. Section 2.2.2.
    """
    n = len(sums)
    if n < LEAST_JUDGES:
        return Apart(np.full(n, np.nan), np.zeros(n, dtype=np.bool_))
    t = np.full(n, np.nan)
    slack = 1e-9 * max(float(np.abs(sums).max()), 1.0)
    for j in range(n):
        others = np.delete(sums, j)
        distance, spread = float(sums[j] - others.mean()), float(others.std(ddof=1))
        if spread > slack:
            t[j] = distance / (spread * np.sqrt(1 + 1 / (n - 1)))
        elif abs(distance) > slack:
            t[j] = np.copysign(np.inf, distance)
    limit = t_quantile(1 - level / (2 * n), n - 2)
    return Apart(t, np.abs(np.nan_to_num(t, nan=0.0, posinf=np.inf, neginf=-np.inf)) > limit)


def correlation(one: Floats, other: Floats) -> float:
    """Pearson's r over the pairs that both have; NaN for fewer than three, and where one of them does not
    vary."""
    both = np.isfinite(one) & np.isfinite(other)
    a, b = one[both], other[both]
    if len(a) < 3 or np.ptp(a) < 1e-12 or np.ptp(b) < 1e-12:
        return float(np.nan)
    return float(np.clip(np.corrcoef(a, b)[0, 1], -1.0, 1.0))


def with_others(ratings: Floats) -> tuple[Floats, Floats]:
    """Of each judge the correlation with the mean rating of the others over items, and the mean absolute
    distance from it (n,), (n,); NaN where nobody else rated."""
    n = len(ratings)
    r, distance = np.full(n, np.nan), np.full(n, np.nan)
    for j in range(n):
        others = np.delete(ratings, j, axis=0)
        rated = np.isfinite(others)
        counts = rated.sum(axis=0)
        means = np.where(counts > 0, np.where(rated, others, 0.0).sum(axis=0) / np.maximum(counts, 1), np.nan)
        both = np.isfinite(means) & np.isfinite(ratings[j])
        if both.any():
            distance[j] = float(np.abs(ratings[j] - means)[both].mean())
        r[j] = correlation(ratings[j], means)
    return r, distance


class Consistency(NamedTuple):
    """How well one judge's ratings fit the curves of the items at the ability that they add up to."""

    theta: float
    error: float
    """Mean absolute distance of ratings from the probabilities at theta."""
    value: float
    """1 where they are those probabilities, 0 where they are as far from them as can be."""


def consistency(ratings: Floats, probabilities: Floats, theta: float) -> Consistency:
    """Intrajudge consistency of probabilities with item response curves.

    θ_j is the ability at which the curves add up to the judge's own cut; there

        E = Σ |p_ij − P_i(θ_j)| / k,   M = Σ max(P_i, 1 − P_i) / k,   C = (M − E) / M

    Parameters
    ----------
    ratings, probabilities : (k,) what the judge said, and P_i(θ_j)
    theta : θ_j

    References
    ----------
    van der Linden, W. J. (1982). A latent trait method for determining intrajudge inconsistency in the Angoff
    and Nedelsky techniques of standard setting. Journal of Educational Measurement, 19(4), 295–308.
    """
    error = float(np.abs(ratings - probabilities).mean())
    most = float(np.maximum(probabilities, 1 - probabilities).mean())
    return Consistency(theta, error, (most - error) / most)
