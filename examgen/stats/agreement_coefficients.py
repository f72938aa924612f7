"""Agreement coefficients for ratings of the same objects by two or more assessors: proportions of equal
ratings, kappas, alpha, AC, and intraclass correlations.

Ratings are numbers, NaN if missing. Distances are those between the numbers, so that unused categories have
no effect. A coefficient is NaN if all ratings are the same, since chance agreement is then perfect.

References
----------
Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement,
    20, 37–46.
Cohen, J. (1968). Weighted kappa: nominal scale agreement with provision for scaled disagreement or partial
    credit. Psychological Bulletin, 70, 213–220.
Donner, A. (1979). The use of correlation and regression in the analysis of family resemblance. American
    Journal of Epidemiology, 110, 335–342 (one-way, unequal numbers of ratings).
Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin, 76,
    378–382.
Fleiss, J. L., Cohen, J., & Everitt, B. S. (1969). Large sample standard errors of kappa and weighted kappa.
    Psychological Bulletin, 72, 323–327.
Fleiss, J. L., Nee, J. C. M., & Landis, J. R. (1979). Large sample variance of kappa in the case of different
    sets of raters. Psychological Bulletin, 86, 974–977.
Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement.
    British Journal of Mathematical and Statistical Psychology, 61, 29–48.
Gwet, K. L. (2014). Handbook of inter-rater reliability (4th ed.). Advanced Analytics.
Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania.
McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients.
    Psychological Methods, 1, 30–46 (and its corrections, p. 390).
Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations: uses in assessing rater reliability.
    Psychological Bulletin, 86, 420–428.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from examgen.stats.distributions import wilson
from examgen.stats.matrix import Floats, Ints

Weights = Literal["none", "linear", "quadratic"]
Scale = Literal["nominal", "ordinal", "interval"]
Z95 = 1.959963984540054
_ROUNDING = 1e-12
_NAN = float("nan")


class Coefficient(NamedTuple):
    """A proportion of pairs, or agreement beyond chance (1 is full agreement, 0 agreement as by chance), with
    its 95 % interval; NaN if undefined."""

    value: float = _NAN
    low: float = _NAN
    high: float = _NAN
    se: float = _NAN
    """Standard error for the interval, which does not assume that kappa is 0."""
    n: int = 0
    """The number of pairs of ratings, or of objects rated."""
    se_null: float = _NAN
    """Standard error for a test that kappa is 0."""


class Correlation(NamedTuple):
    """An intraclass correlation with its interval, and the test that it is 0."""

    value: float = _NAN
    low: float = _NAN
    high: float = _NAN
    f: float = _NAN
    df1: float = _NAN
    df2: float = _NAN
    p: float = _NAN


def share_within(
    first: ArrayLike, second: ArrayLike, apart: float = 0.0, cluster: ArrayLike | None = None
) -> Coefficient:
    """Return the proportion of pairs of ratings that differ by at most `apart` points.

    Several tasks of one candidate are not independent: with `cluster`, the interval is Wilson's for the
    effective number of pairs, n divided by the design effect (Korn & Graubard 1998), which is at least 1. If
    all pairs agree, or none, the effective number is the number of clusters.

    Parameters
    ----------
    first, second : array_like, shape (N,)
        Points of two assessors; pairs with a NaN are excluded.
    apart : float
        0 for exact agreement, 1 for agreement within a point.
    cluster : array_like, shape (N,), optional
        The cluster of each pair: the candidate.

    References
    ----------
    Korn, E. L., & Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data. Survey Methodology, 24, 193–201.
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA, 22.
    """
    a, b, groups = _pairs(first, second, cluster)
    n = len(a)
    if not n:
        return Coefficient()
    close = (np.abs(a - b) <= apart + _ROUNDING * max(1.0, float(np.abs(a).max()))).astype(np.float64)
    p, n_groups = float(close.mean()), int(groups.max()) + 1
    effective = float(n)
    if n_groups < n:
        if p in (0.0, 1.0) or n_groups < 2:
            effective = float(n_groups)
        else:
            of_groups = np.bincount(groups, close - p, n_groups)
            variance = n_groups / (n_groups - 1) * float(of_groups @ of_groups) / n**2
            effective = min(float(n), p * (1 - p) / variance) if variance > 0 else float(n)
    low, high = wilson(np.array([p * effective]), np.array([effective]))
    return Coefficient(p, float(low[0]), float(high[0]), n=n)


def cohen_kappa(
    first: ArrayLike, second: ArrayLike, weights: Weights = "none", cluster: ArrayLike | None = None
) -> Coefficient:
    """Return Cohen's kappa of two assessors, unweighted or weighted.

        κ = 1 − D_o / D_e,   D_o = Σ d(a, b) p(a, b),   D_e = Σ d(a, b) p(a) p(b)

    with d = 1 for any difference (`none`), |a − b| (`linear`) or (a − b)² (`quadratic`). `se` is the standard
    error of Fleiss, Cohen & Everitt (1969) for any kappa, as the sum of squared influences of the pairs:
    `vcd::Kappa` gives the same; `psych::cohen.kappa` gives the same without weights, but a different number
    with weights (psych 2.2.9 uses sums of rows instead of means by the marginals). `se_null` is theirs for a
    kappa of 0, which `irr::kappa2` uses for its z. With `cluster` the influences of a candidate's pairs are
    summed before squaring, since several tasks of a candidate are not independent; `se_null` ignores
    clusters.

    Parameters
    ----------
    first, second : array_like, shape (N,)
        Points of two assessors; pairs with a NaN are excluded.
    weights : {'none', 'linear', 'quadratic'}
    cluster : array_like, shape (N,), optional

    Returns
    -------
    Coefficient
        NaN with fewer than two pairs, or if both assessors give the same points to everybody.
    """
    a, b, groups = _pairs(first, second, cluster)
    n = len(a)
    if n < 2:
        return Coefficient(n=n)
    values, codes = np.unique(np.concatenate([a, b]), return_inverse=True)
    i, j = codes[:n], codes[n:]
    distance = _distances(values, weights)
    k = len(values)
    p, q = np.bincount(i, minlength=k) / n, np.bincount(j, minlength=k) / n
    observed, expected = float(distance[i, j].mean()), float(p @ distance @ q)
    if expected <= _ROUNDING:
        return Coefficient(n=n)
    of_first, of_second = distance @ q, p @ distance
    at_chance = of_first[i] + of_second[j] - 2.0 * expected
    influence = (observed * at_chance / expected - (distance[i, j] - observed)) / expected
    n_groups = int(groups.max()) + 1
    summed = np.bincount(groups, influence, n_groups)
    scale = n_groups / (n_groups - 1) if 1 < n_groups < n else 1.0
    se = float(np.sqrt(scale * float(summed @ summed))) / n if n_groups > 1 else np.nan
    of_null = distance - of_first[:, None] - of_second[None, :]
    null = float(p @ of_null**2 @ q) - expected**2
    return _kappa(1.0 - observed / expected, se, n, float(np.sqrt(max(null, 0.0) / n)) / expected)


def fleiss_kappa(ratings: ArrayLike) -> Coefficient:
    """Return Fleiss' kappa of objects that are each put into categories by m assessors, not necessarily the
    same ones.

        κ = (P̄ − P_e) / (1 − P_e),   P̄ = Σ_ij n_ij (n_ij − 1) / (N m (m − 1)),   P_e = Σ_j p_j²

    `se_null` is that of Fleiss, Nee & Landis (1979), as `irr::kappam.fleiss`; `se` is NaN.

    Parameters
    ----------
    ratings : array_like, shape (N, m)
        Rows with a NaN are excluded, as in irr.

    Returns
    -------
    Coefficient
        NaN with fewer than two assessors, or if all ratings are the same.

    References
    ----------
    Fleiss (1971), eqs. 3–7; Fleiss, Nee & Landis (1979), eq. 12.
    """
    table = as_matrix(ratings)
    table = table[np.isfinite(table).all(axis=1)]
    n, m = table.shape
    if n < 1 or m < 2:
        return Coefficient(n=n)
    counts = _counts(table)[1]
    p = counts.sum(axis=0) / (n * m)
    chance = float(p @ p)
    if 1.0 - chance <= _ROUNDING:
        return Coefficient(n=n)
    agreed = float((counts * (counts - 1.0)).sum()) / (n * m * (m - 1))
    spread = float((p * (1 - p)).sum())
    variance = 2.0 * (spread**2 - float((p * (1 - p) * (1 - 2 * p)).sum())) / (spread**2 * n * m * (m - 1))
    return _kappa((agreed - chance) / (1.0 - chance), _NAN, n, float(np.sqrt(max(variance, 0.0))))


def krippendorff_alpha(ratings: ArrayLike, scale: Scale = "interval") -> float:
    """Return Krippendorff's alpha, for any number of assessors and with missing ratings.

        α = 1 − D_o / D_e,   D_o = Σ_u Σ_{i≠j ∈ u} δ(v_i, v_j) / (m_u − 1) / n
        D_e = Σ_{i≠j} δ(v_i, v_j) / (n (n − 1))

    over the n ratings of objects with at least two ratings, m_u being the number for object u. δ is 1 for any
    difference (`nominal`), (v_i − v_j)² (`interval`), or the square of the number of ratings from one value
    to the other, with half of those at the two ends (`ordinal`). For two assessors and many objects, interval
    alpha approaches the kappa with quadratic weights.

    Parameters
    ----------
    ratings : array_like, shape (N, m)
        Objects × assessors, NaN if missing. The order of the ratings within a row does not matter.
    scale : {'nominal', 'ordinal', 'interval'}

    Returns
    -------
    float
        At most 1; NaN if no object has two ratings, or all ratings are the same.

    References
    ----------
    Krippendorff (2011), sections B to D.
    """
    table = as_matrix(ratings)
    table = table[np.isfinite(table).sum(axis=1) > 1]
    if not len(table):
        return float("nan")
    values, counts = _counts(table)
    size, of_value = counts.sum(axis=1), counts.sum(axis=0)
    n = float(of_value.sum())
    if scale == "ordinal":
        middle = np.cumsum(of_value) - 0.5 * of_value
        distance = np.square(middle[:, None] - middle[None, :])
    else:
        distance = _distances(values, "none" if scale == "nominal" else "quadratic")
    expected = float(of_value @ distance @ of_value) / (n * (n - 1.0))
    if expected <= 0.0:
        return float("nan")
    within = np.einsum("ui,ij,uj->u", counts, distance, counts)
    return 1.0 - float((within / (size - 1.0)).sum()) / n / expected


def gwet_ac(ratings: ArrayLike, weights: Weights = "none") -> Coefficient:
    """Return Gwet's AC1, or AC2 with weights. Chance agreement assumes random ratings only of objects that
    are hard to rate, so that AC does not fall, as kappa does, if nearly all ratings are in one category.

        P_e = Σ w_jk / (q (q − 1)) Σ_k π_k (1 − π_k)

    with q categories and π_k the mean over objects of the proportion of ratings in category k. `se` is Gwet's
    for the sampling of objects, with fixed assessors (2014, section 5.3.1), as `irrCAC::gwet.ac1.raw`;
    `se_null` is NaN.

    Parameters
    ----------
    ratings : array_like, shape (N, m)
        NaN if missing. Categories are the values that occur.
    weights : {'none', 'linear', 'quadratic'}

    Returns
    -------
    Coefficient
        NaN if no object has two ratings, or all ratings are the same.

    References
    ----------
    Gwet (2008), eqs. 8 and 9; Gwet (2014), sections 4.4 and 5.3.
    """
    table = as_matrix(ratings)
    table = table[np.isfinite(table).any(axis=1)]
    n = len(table)
    if not n:
        return Coefficient(n=n)
    values, counts = _counts(table)
    size = counts.sum(axis=1)
    several, q = size > 1, len(values)
    if q < 2 or not several.any():
        return Coefficient(n=n)
    distance = _distances(values, weights)
    alike = 1.0 - distance / distance.max()
    with np.errstate(divide="ignore", invalid="ignore"):
        agreed = (counts * (counts @ alike - 1.0)).sum(axis=1) / (size * (size - 1.0))
    agreed = np.where(several, agreed, 0.0)
    share = counts / size[:, None]
    pi = share.mean(axis=0)
    by = float(alike.sum()) / (q * (q - 1.0))
    observed, chance = float(agreed.sum()) / int(several.sum()), by * float((pi * (1 - pi)).sum())
    value = (observed - chance) / (1.0 - chance)
    # each thing's own coefficient, and what its shares do to chance (Gwet 2014, eqs. 5.9 and 5.10)
    own = (n / int(several.sum())) * (agreed - chance * several) / (1.0 - chance)
    of_chance = by * (share @ (1 - pi))
    linear = own - 2.0 * (1.0 - value) * (of_chance - chance) / (1.0 - chance)
    se = float(np.sqrt(np.square(linear - value).sum() / (n * (n - 1.0)))) if n > 1 else np.nan
    return _kappa(value, se, n)


def intraclass(ratings: ArrayLike, confidence: float = 0.95) -> dict[str, Correlation]:
    """Return the six intraclass correlations of Shrout & Fleiss, by their names in `psych::ICC`.

    - one-way (`ICC1`, `ICC1k`): each candidate has different assessors, whose identity is not used; all
    candidates with two or more ratings are included. If their numbers of ratings differ, k is n₀ = (Σk −
    Σk²/Σk) / (n − 1), and the interval is the approximate one of Donner (1979).
    - two-way, agreement (`ICC2`, `ICC2k`): all candidates have the same assessors, drawn at random; severity
      is error.
    - two-way, consistency (`ICC3`, `ICC3k`): the same without severity, as only the ranks of candidates
    matter.

    Those with k are for the mean of k assessors, the others for one assessor. Mean squares are those of the
    analysis of variance of n candidates × k assessors. In `irr::icc` they are oneway, twoway agreement and
    twoway consistency.

    Parameters
    ----------
    ratings : array_like, shape (N, m)
        Candidates × assessors, NaN if missing. Two-way correlations use complete rows only.
    confidence : float
        Confidence level of the intervals.

    Returns
    -------
    dict of str to Correlation
        At most 1, possibly below 0 by chance. NaN with fewer than two candidates or assessors, or if all
        points are the same.

    References
    ----------
    McGraw & Wong (1996), tables 4, 7 and 8; Shrout & Fleiss (1979), p. 423–424.
    """
    table = as_matrix(ratings)
    correlations = dict.fromkeys(("ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k"), Correlation())
    size = np.isfinite(table).sum(axis=1)
    some, size = table[size > 1], size[size > 1].astype(np.float64)
    n, total = len(size), float(size.sum())
    if n > 1:
        means, scale = np.nansum(some, axis=1) / size, float(np.nansum(np.square(some)))
        between = float(size @ np.square(means - float(np.nansum(some)) / total)) / (n - 1)
        within = float(np.nansum(np.square(some - means[:, None]))) / (total - n)
        usual = (total - float(size @ size) / total) / (n - 1)
        correlations["ICC1"], correlations["ICC1k"] = _by_ratio(
            _clean(between, scale), _clean(within, scale), usual, n - 1.0, total - n, confidence
        )
    whole = table[np.isfinite(table).all(axis=1)]
    n, k = whole.shape
    if n < 2 or k < 2:
        return correlations
    centred = whole - whole.mean()
    by_row, by_column = centred.mean(axis=1), centred.mean(axis=0)
    rest = centred - by_row[:, None] - by_column
    scale = float(np.square(whole).sum())
    r = _clean(k * float(by_row @ by_row) / (n - 1), scale)
    c = _clean(n * float(by_column @ by_column) / (k - 1), scale)
    e = _clean(float(np.square(rest).sum()) / ((n - 1) * (k - 1)), scale)
    correlations["ICC3"], correlations["ICC3k"] = _by_ratio(
        r, e, k, n - 1.0, (n - 1.0) * (k - 1.0), confidence
    )
    single = _share(r - e, r + (k - 1) * e + k * (c - e) / n)
    ends = _agreement_limits(single, r, c, e, n, k, confidence)
    stepped = [k * x / spread if (spread := 1 + (k - 1) * x) > _ROUNDING else _NAN for x in ends]
    mean = _share(r - e, r + (c - e) / n)
    correlations["ICC2"] = correlations["ICC3"]._replace(value=single, low=ends[0], high=ends[1])
    correlations["ICC2k"] = correlations["ICC3"]._replace(value=mean, low=stepped[0], high=stepped[1])
    return correlations


def _by_ratio(
    above: float, below: float, k: float, df1: float, df2: float, confidence: float
) -> tuple[Correlation, Correlation]:
    """Correlations of single ratings and of means of k by a ratio of mean squares, with its interval: F over
    and times quantiles of F. The ratio is NaN where neither varies, infinite where assessors agree wholly."""
    from scipy.special import fdtrc, fdtri

    f = above / below if below > 0 else float("inf") if above > 0 else _NAN
    p = float(fdtrc(df1, df2, f)) if np.isfinite(f) else 0.0 if np.isinf(f) else _NAN
    tail = 0.5 + confidence / 2
    low, high = f / float(fdtri(df1, df2, tail)), f * float(fdtri(df2, df1, tail))

    def of_one(x: float) -> float:
        return 1.0 if np.isinf(x) else (x - 1) / (x + k - 1)

    def of_mean(x: float) -> float:
        return 1 - 1 / x if x > 0 else _NAN

    single, mean = _share(above - below, above + (k - 1) * below), _share(above - below, above)
    return (
        Correlation(single, of_one(low), of_one(high), f, df1, df2, p),
        Correlation(mean, of_mean(low), of_mean(high), f, df1, df2, p),
    )


def _agreement_limits(
    value: float, r: float, c: float, e: float, n: int, k: int, confidence: float
) -> tuple[float, float]:
    """McGraw & Wong (1996), table 7: ICC(A,1) with Satterthwaite's degrees of freedom."""
    from scipy.special import fdtri

    if not value < 1.0 - _ROUNDING:
        return (_NAN, _NAN) if np.isnan(value) else (1.0, 1.0)
    a = k * value / (n * (1 - value))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    down = (a * c) ** 2 / (k - 1) + (b * e) ** 2 / ((n - 1) * (k - 1))
    v = (a * c + b * e) ** 2 / down if down > 0 else (n - 1.0) * (k - 1)
    tail = 0.5 + confidence / 2
    lower, upper = float(fdtri(n - 1, v, tail)), float(fdtri(v, n - 1, tail))
    rest = k * c + (k * n - k - n) * e
    return n * (r - lower * e) / (lower * rest + n * r), n * (upper * r - e) / (rest + n * upper * r)


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else _NAN


def _clean(value: float, scale: float) -> float:
    """0 for what is rounding error of the points alone."""
    return 0.0 if value <= 1e-24 * scale else value


def _kappa(value: float, se: float, n: int, se_null: float = _NAN) -> Coefficient:
    """A kappa with its interval, never beyond −1 and 1."""
    low, high = np.maximum(value - Z95 * se, -1.0), np.minimum(value + Z95 * se, 1.0)
    return Coefficient(value, float(low), float(high), se, n, se_null)


def _pairs(first: ArrayLike, second: ArrayLike, cluster: ArrayLike | None) -> tuple[Floats, Floats, Ints]:
    """The pairs that are whole, and the number of the cluster of each."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    groups = np.arange(len(a)) if cluster is None else np.asarray(cluster)
    whole = np.isfinite(a) & np.isfinite(b)
    return a[whole], b[whole], np.unique(groups[whole], return_inverse=True)[1].astype(np.int64)


def as_matrix(ratings: ArrayLike) -> Floats:
    """Return a copy of the ratings with NaN for values that are not finite."""
    table = np.array(ratings, dtype=np.float64)
    table[~np.isfinite(table)] = np.nan
    return table


def _counts(table: Floats) -> tuple[Floats, Floats]:
    """The values that occur (K,), and how often each thing has each (N, K)."""
    known = np.isfinite(table)
    values, codes = np.unique(table[known], return_inverse=True)
    counts = np.zeros((len(table), len(values)))
    np.add.at(counts, (np.nonzero(known)[0], codes), 1.0)
    return values, counts


def _distances(values: Floats, weights: Weights) -> Floats:
    apart = np.abs(values[:, None] - values[None, :])
    if weights == "none":
        return (apart > 0).astype(np.float64)
    return np.asarray(apart if weights == "linear" else apart**2)
