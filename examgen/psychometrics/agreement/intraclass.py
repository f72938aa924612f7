"""Points of the same candidates by several assessors → intraclass correlations with F tests and intervals.

Mean squares are those of the analysis of variance of n candidates × k assessors: MS_R of candidates, MS_C of
assessors, MS_E of what is left, MS_W within candidates.

References
----------
McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients.
    Psychological Methods, 1, 30–46 (and its corrections, p. 390).
Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations: uses in assessing rater reliability.
    Psychological Bulletin, 86, 420–428.
Donner, A. (1979). The use of correlation and regression in the analysis of family resemblance. American
    Journal of Epidemiology, 110, 335–342 (one-way, unequal numbers of ratings).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.psychometrics.agreement.categories import as_matrix

Floats = NDArray[np.float64]
_ROUNDING = 1e-12


class Correlation(NamedTuple):
    """An intraclass correlation with its 95 % interval, and the test that it is 0."""

    value: float
    low: float
    high: float
    f: float
    df1: float
    df2: float
    p: float


NO_CORRELATION = Correlation(*([float("nan")] * 7))


class Intraclass(NamedTuple):
    """The six of Shrout & Fleiss; `single` of one assessor, `mean` of the mean of `k` of them.

    In `psych::ICC` they are ICC1, ICC2, ICC3, ICC1k, ICC2k, ICC3k; in `irr::icc` oneway, twoway agreement and
    twoway consistency.
    """

    oneway_single: Correlation
    agreement_single: Correlation
    consistency_single: Correlation
    oneway_mean: Correlation
    agreement_mean: Correlation
    consistency_mean: Correlation
    n_oneway: int
    """Candidates with two ratings or more."""
    n: int
    """Candidates with a rating of every assessor."""
    k: float
    """Ratings of a candidate in the one-way model: n₀ of unequal numbers."""


def intraclass(ratings: ArrayLike, confidence: float = 0.95) -> Intraclass:
    """Intraclass correlations of points.

    - one-way: each candidate has assessors of their own, and it does not matter who they are; all candidates
      with two ratings or more count. Their numbers may differ: then k is n₀ = (Σk − Σk²/Σk) / (n − 1), and
      the interval is that of Donner (1979), approximate.
    - two-way, agreement: all candidates have the same assessors, drawn at random; severity is error.
    - two-way, consistency: the same without severity: only ranks of candidates matter.

    Parameters
    ----------
    ratings : array_like, shape (N, m)
        Candidates × assessors, NaN where there is none. Two-way correlations are of complete rows.
    confidence : float
        Of the intervals.

    Returns
    -------
    Intraclass
        At most 1, and below 0 by chance. NaN with fewer than two candidates or assessors, and where all
        points are the same.

    References
    ----------
    McGraw & Wong (1996), tables 4, 7 and 8; Shrout & Fleiss (1979), p. 423–424.
    """
    table = as_matrix(ratings)
    known = np.isfinite(table)
    one = _oneway(np.where(known, table, 0.0), known, confidence)
    whole = table[known.all(axis=1)]
    n, k = whole.shape
    if n < 2 or k < 2:
        nothing = NO_CORRELATION
        return Intraclass(one[0], nothing, nothing, one[1], nothing, nothing, one[2], n, one[3])
    centred = whole - whole.mean()
    by_row, by_column = centred.mean(axis=1), centred.mean(axis=0)
    scale = float(np.square(whole).sum())
    r = _clean(k * float(by_row @ by_row) / (n - 1), scale)
    c = _clean(n * float(by_column @ by_column) / (k - 1), scale)
    rest = centred - by_row[:, None] - by_column
    e = _clean(float(np.square(rest).sum()) / ((n - 1) * (k - 1)), scale)
    f, df1, df2 = _ratio(r, e), n - 1.0, (n - 1.0) * (k - 1.0)
    p = _f_tail(f, df1, df2)
    low, high = _limits(f, df1, df2, confidence)
    test = f, df1, df2, p
    consistency = Correlation(_share(r - e, r + (k - 1) * e), _of_one(low, k), _of_one(high, k), *test)
    consistency_mean = Correlation(_share(r - e, r), _of_mean(low), _of_mean(high), *test)
    single = _share(r - e, r + (k - 1) * e + k * (c - e) / n)
    mean = _share(r - e, r + (c - e) / n)
    ends = _agreement_limits(single, r, c, e, n, k, confidence)
    stepped = [k * x / whole if (whole := 1 + (k - 1) * x) > _ROUNDING else np.nan for x in ends]
    return Intraclass(
        one[0], Correlation(single, *ends, *test), consistency, one[1],
        Correlation(mean, stepped[0], stepped[1], *test), consistency_mean, one[2], n, one[3],
    )  # fmt: skip


def _oneway(
    points: Floats, known: NDArray[np.bool_], confidence: float
) -> tuple[Correlation, Correlation, int, float]:
    """Single and mean of the one-way model, its number of candidates and of ratings."""
    several = known.sum(axis=1) > 1
    points, known = points[several], known[several]
    size = known.sum(axis=1).astype(np.float64)
    n, total = len(size), float(size.sum())
    if n < 2:
        return NO_CORRELATION, NO_CORRELATION, n, float("nan")
    mean = points.sum(axis=1) / size
    grand = float(points.sum()) / total
    k = (total - float(size @ size) / total) / (n - 1)
    scale = float(np.square(points).sum())
    between = _clean(float(size @ np.square(mean - grand)) / (n - 1), scale)
    apart = np.where(known, points - mean[:, None], 0.0)
    within = _clean(float(np.square(apart).sum()) / (total - n), scale)
    f, df1, df2 = _ratio(between, within), n - 1.0, total - n
    low, high = _limits(f, df1, df2, confidence)
    test = f, df1, df2, _f_tail(f, df1, df2)
    single = Correlation(
        _share(between - within, between + (k - 1) * within), _of_one(low, k), _of_one(high, k), *test
    )
    mean_of_k = Correlation(_share(between - within, between), _of_mean(low), _of_mean(high), *test)
    return single, mean_of_k, n, k


def _of_one(f: float, k: float) -> float:
    """The correlation of single ratings at a ratio of mean squares."""
    return 1.0 if np.isinf(f) else (f - 1) / (f + k - 1)


def _of_mean(f: float) -> float:
    """That of means; NaN where candidates do not differ at all."""
    return 1 - 1 / f if f > 0 else float("nan")


def _agreement_limits(
    value: float, r: float, c: float, e: float, n: int, k: int, confidence: float
) -> tuple[float, float]:
    """McGraw & Wong (1996), table 7: ICC(A,1) with Satterthwaite's degrees of freedom."""
    from scipy.special import fdtri

    if not np.isfinite(value) or value >= 1.0 - _ROUNDING:
        return (float("nan"), float("nan")) if not np.isfinite(value) else (1.0, 1.0)
    a = k * value / (n * (1 - value))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    down = (a * c) ** 2 / (k - 1) + (b * e) ** 2 / ((n - 1) * (k - 1))
    v = (a * c + b * e) ** 2 / down if down > 0 else (n - 1.0) * (k - 1)
    tail = 0.5 + confidence / 2
    lower, upper = float(fdtri(n - 1, v, tail)), float(fdtri(v, n - 1, tail))
    rest = k * c + (k * n - k - n) * e
    return n * (r - lower * e) / (lower * rest + n * r), n * (upper * r - e) / (rest + n * upper * r)


def _limits(f: float, df1: float, df2: float, confidence: float) -> tuple[float, float]:
    """The interval of the ratio of mean squares: F over and times quantiles of F."""
    from scipy.special import fdtri

    tail = 0.5 + confidence / 2
    with np.errstate(invalid="ignore"):
        return f / float(fdtri(df1, df2, tail)), f * float(fdtri(df2, df1, tail))


def _f_tail(f: float, df1: float, df2: float) -> float:
    from scipy.special import fdtrc

    return float(fdtrc(df1, df2, f)) if np.isfinite(f) else 0.0 if np.isinf(f) else float("nan")


def _ratio(above: float, below: float) -> float:
    """NaN where neither varies; infinite where assessors agree wholly."""
    return above / below if below > 0 else float("inf") if above > 0 else float("nan")


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def _clean(value: float, scale: float) -> float:
    """0 for what is rounding error of the points alone."""
    return 0.0 if value <= 1e-24 * scale else value
