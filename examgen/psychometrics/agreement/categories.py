"""Ratings of the same things by two assessors or more → how far they agree: shares, kappas, alpha, AC.

Ratings are numbers, NaN where there is none. Distances are those of the numbers themselves, so that a
category that nobody uses changes nothing. A coefficient is NaN where all ratings are the same: then chance
agrees wholly, and nothing is left to agree on beyond it.

References
----------
Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement,
    20, 37–46.
Cohen, J. (1968). Weighted kappa: nominal scale agreement with provision for scaled disagreement or partial
    credit. Psychological Bulletin, 70, 213–220.
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
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.core.uncertainty import Interval, wilson

Floats = NDArray[np.float64]
Weights = Literal["none", "linear", "quadratic"]
Scale = Literal["nominal", "ordinal", "interval"]
Z95 = 1.959963984540054
_ROUNDING = 1e-12


class Share(NamedTuple):
    """A share of pairs of ratings with its 95 % interval; NaN where there is no pair."""

    value: float
    low: float
    high: float


class Kappa(NamedTuple):
    """Agreement beyond chance: 1 is full agreement, 0 what chance gives, below 0 disagreement by system."""

    value: float
    se: float
    """For an interval: kappa need not be 0."""
    se_null: float
    """For a test that kappa is 0."""
    n: int
    """Pairs of ratings, or things rated."""

    @property
    def interval(self) -> Interval:
        """Of 95 %, never beyond −1 and 1."""
        half = Z95 * self.se
        return float(np.maximum(self.value - half, -1.0)), float(np.minimum(self.value + half, 1.0))


def share_within(
    first: ArrayLike, second: ArrayLike, apart: float = 0.0, cluster: ArrayLike | None = None
) -> Share:
    """The share of pairs of ratings that lie at most `apart` points from each other.

    Several tasks of one candidate are not independent: with `cluster`, the interval is Wilson's of the
    effective number of pairs, n over the design effect (Korn & Graubard 1998), where the design effect is at
    least 1; where all pairs agree, or none, it is the number of clusters.

    Parameters
    ----------
    first, second : array_like, shape (N,)
        Points of two assessors; pairs with a NaN are left out.
    apart : float
        0 for exact agreement, 1 for agreement within a point.
    cluster : array_like, shape (N,), optional
        What pairs are of: the candidate.

    References
    ----------
    Korn, E. L., & Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data. Survey Methodology, 24, 193–201.
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA, 22.
    """
    a, b, groups = _pairs(first, second, cluster)
    n = len(a)
    if not n:
        return Share(np.nan, np.nan, np.nan)
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
    return Share(p, float(low[0]), float(high[0]))


def cohen_kappa(
    first: ArrayLike, second: ArrayLike, weights: Weights = "none", cluster: ArrayLike | None = None
) -> Kappa:
    """Cohen's kappa of two assessors, unweighted or weighted.

        κ = 1 − D_o / D_e,   D_o = Σ d(a, b) p(a, b),   D_e = Σ d(a, b) p(a) p(b)

    with d = 1 for any difference (`none`), |a − b| (`linear`) or (a − b)² (`quadratic`). `se` is the standard
    error of Fleiss, Cohen & Everitt (1969) for any kappa, as the sum of squared influences of the pairs:
    `vcd::Kappa` has it; `psych::cohen.kappa` has the same without weights, and another number with weights
    (psych 2.2.9 takes sums of rows in place of means by the marginals). `se_null` is theirs for a kappa of 0,
    by which `irr::kappa2` has its z. With `cluster` the influences of a candidate's pairs are summed before
    they are squared, for several tasks of a candidate are not independent; `se_null` does not know of
    clusters.

    Parameters
    ----------
    first, second : array_like, shape (N,)
        Points of two assessors; pairs with a NaN are left out.
    weights : {'none', 'linear', 'quadratic'}
    cluster : array_like, shape (N,), optional

    Returns
    -------
    Kappa
        NaN with fewer than two pairs, or where both assessors give the same points to everybody.
    """
    a, b, groups = _pairs(first, second, cluster)
    n = len(a)
    if n < 2:
        return Kappa(np.nan, np.nan, np.nan, n)
    values, codes = np.unique(np.concatenate([a, b]), return_inverse=True)
    i, j = codes[:n], codes[n:]
    distance = _distances(values, weights)
    k = len(values)
    p, q = np.bincount(i, minlength=k) / n, np.bincount(j, minlength=k) / n
    observed, expected = float(distance[i, j].mean()), float(p @ distance @ q)
    if expected <= _ROUNDING:
        return Kappa(np.nan, np.nan, np.nan, n)
    of_first, of_second = distance @ q, p @ distance
    at_chance = of_first[i] + of_second[j] - 2.0 * expected
    influence = (observed * at_chance / expected - (distance[i, j] - observed)) / expected
    n_groups = int(groups.max()) + 1
    summed = np.bincount(groups, influence, n_groups)
    scale = n_groups / (n_groups - 1) if 1 < n_groups < n else 1.0
    se = float(np.sqrt(scale * float(summed @ summed))) / n if n_groups > 1 else np.nan
    of_null = distance - of_first[:, None] - of_second[None, :]
    null = float(p @ of_null**2 @ q) - expected**2
    return Kappa(1.0 - observed / expected, se, float(np.sqrt(max(null, 0.0) / n)) / expected, n)


def fleiss_kappa(ratings: ArrayLike) -> Kappa:
    """Fleiss' kappa of things that m assessors each put into categories, not always the same assessors.

        κ = (P̄ − P_e) / (1 − P_e),   P̄ = Σ_ij n_ij (n_ij − 1) / (N m (m − 1)),   P_e = Σ_j p_j²

    `se_null` is that of Fleiss, Nee & Landis (1979), as `irr::kappam.fleiss`; `se` is NaN.

    Parameters
    ----------
    ratings : array_like, shape (N, m)
        Rows with a NaN are left out, as irr does.

    Returns
    -------
    Kappa
        NaN with fewer than two assessors, or where all ratings are the same.

    References
    ----------
    Fleiss (1971), eqs. 3–7; Fleiss, Nee & Landis (1979), eq. 12.
    """
    table = as_matrix(ratings)
    table = table[np.isfinite(table).all(axis=1)]
    n, m = table.shape
    if n < 1 or m < 2:
        return Kappa(np.nan, np.nan, np.nan, n)
    counts = _counts(table)[1]
    p = counts.sum(axis=0) / (n * m)
    chance = float(p @ p)
    if 1.0 - chance <= _ROUNDING:
        return Kappa(np.nan, np.nan, np.nan, n)
    agreed = float((counts * (counts - 1.0)).sum()) / (n * m * (m - 1))
    spread = float((p * (1 - p)).sum())
    variance = 2.0 * (spread**2 - float((p * (1 - p) * (1 - 2 * p)).sum())) / (spread**2 * n * m * (m - 1))
    return Kappa((agreed - chance) / (1.0 - chance), np.nan, float(np.sqrt(max(variance, 0.0))), n)


def krippendorff_alpha(ratings: ArrayLike, scale: Scale = "interval") -> float:
    """Krippendorff's alpha: any number of assessors, some ratings missing.

        α = 1 − D_o / D_e,   D_o = Σ_u Σ_{i≠j ∈ u} δ(v_i, v_j) / (m_u − 1) / n
        D_e = Σ_{i≠j} δ(v_i, v_j) / (n (n − 1))

    over the n ratings of things with at least two of them, m_u of thing u. δ is 1 for any difference
    (`nominal`), (v_i − v_j)² (`interval`), or the square of the ratings from one value to the other, those of
    the two ends counted by half (`ordinal`). For two assessors and many things interval alpha comes to the
    kappa with quadratic weights.

    Parameters
    ----------
    ratings : array_like, shape (N, m)
        Things × assessors, NaN where there is none. Which column a rating stands in does not matter.
    scale : {'nominal', 'ordinal', 'interval'}

    Returns
    -------
    float
        At most 1; NaN where nothing has two ratings, or all are the same.

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


def gwet_ac(ratings: ArrayLike, weights: Weights = "none") -> Kappa:
    """Gwet's AC1, with weights AC2: chance agreement as that of ratings made at random where they are hard,
    so that it does not fall where nearly everybody is in one category, as kappa does.

        P_e = Σ w_jk / (q (q − 1)) Σ_k π_k (1 − π_k)

    with q categories and π_k the mean over things of the share of ratings in category k. `se` is Gwet's of
    things, the assessors as they are (2014, section 5.3.1), as `irrCAC::gwet.ac1.raw`; `se_null` is NaN.

    Parameters
    ----------
    ratings : array_like, shape (N, m)
        NaN where there is none. Categories are the values that occur.
    weights : {'none', 'linear', 'quadratic'}

    Returns
    -------
    Kappa
        NaN where nothing has two ratings, or all are the same.

    References
    ----------
    Gwet (2008), eqs. 8 and 9; Gwet (2014), sections 4.4 and 5.3.
    """
    table = as_matrix(ratings)
    table = table[np.isfinite(table).any(axis=1)]
    n = len(table)
    if not n:
        return Kappa(np.nan, np.nan, np.nan, n)
    values, counts = _counts(table)
    size = counts.sum(axis=1)
    several, q = size > 1, len(values)
    if q < 2 or not several.any():
        return Kappa(np.nan, np.nan, np.nan, n)
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
    return Kappa(value, se, np.nan, n)


def _pairs(
    first: ArrayLike, second: ArrayLike, cluster: ArrayLike | None
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """The pairs that are whole, and the number of the cluster of each."""
    a, b = as_numbers(first), as_numbers(second)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"ratings of two assessors are two rows of one length, not {a.shape} and {b.shape}")
    groups = np.arange(len(a)) if cluster is None else np.asarray(cluster)
    if groups.shape != a.shape:
        raise ValueError(f"{len(groups)} clusters of {len(a)} pairs")
    whole = np.isfinite(a) & np.isfinite(b)
    codes = np.unique(groups[whole], return_inverse=True)[1]
    return a[whole], b[whole], codes.astype(np.int64)


def as_numbers(values: ArrayLike) -> Floats:
    """A copy as floats, NaN for what is not finite; raises ValueError for what is not a number."""
    try:
        found = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError("ratings are numbers, in rows of one length; NaN where there is none") from error
    found[~np.isfinite(found)] = np.nan
    return found


def as_matrix(ratings: ArrayLike) -> Floats:
    """Ratings as a matrix of what is rated and assessors; raises ValueError."""
    table = as_numbers(ratings)
    if table.ndim != 2:
        raise ValueError("ratings are a matrix of what is rated and assessors")
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
    if weights not in ("linear", "quadratic"):
        raise ValueError(f"weights are none, linear or quadratic, not {weights!r}")
    return np.asarray(apart if weights == "linear" else apart**2)
