"""Numerics of cut scores: ratings of judges × items, bookmarks and curves, scores of judged persons.

Dichotomous items have a slope a, a difficulty b, a lower asymptote c:

    P(θ) = c + (1 − c) / (1 + exp(−a (θ − b)))
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.arguments import Floats

Bools = NDArray[np.bool_]

MEDIAN_FACTOR = float(np.sqrt(np.pi / 2))
"""The standard error of a median of normal judges over that of their mean, for large panels."""
LEAST_JUDGES = 4
"""With fewer, no judge is compared with the others: of three, two differ from the third as that one does."""
LEVEL = 0.05
"""Share of panels of like-minded judges of whom at least one is said to stand apart."""
_NORMAL = NormalDist().inv_cdf(0.975)


# ── judges × items ───────────────────────────────────────────────────────────────────────────


def components(ratings: Floats) -> tuple[dict[str, Any], list[str]]:
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
    dict
        `variance`: estimates of `judges`, `items`, `residual`, 0 where the estimate is below it; the errors
        in points `se_judges` with these items and other judges, `se_items` with these judges and other items,
        `se_both` with both drawn again; `agreement`, the reliability of the items' mean ratings over judges
        (alpha with judges as parts), NaN where items do not differ at all. All are None for fewer than two
        judges or two items.
    list of str
        The variances whose estimates are below 0.

    References
    ----------
    Brennan, R. L., & Lockwood, R. E. (1980). A comparison of the Nedelsky and Angoff cutting score procedures
    using generalizability theory. Applied Psychological Measurement, 4(2), 219–240.
    Brennan, R. L. (2001). Generalizability theory. Springer. Sections 2.2 (estimates) and 2.3 (errors of
    means).
    """
    n, k = ratings.shape
    if n < 2 or k < 2:
        return dict.fromkeys(("variance", "se_judges", "se_items", "se_both", "agreement")), []
    mean, by_judge, by_item = ratings.mean(), ratings.mean(axis=1), ratings.mean(axis=0)
    ms_j = float(k * np.square(by_judge - mean).sum() / (n - 1))
    ms_i = float(n * np.square(by_item - mean).sum() / (k - 1))
    rest = ratings - by_judge[:, None] - by_item + mean
    ms_ji = float(np.square(rest).sum() / ((n - 1) * (k - 1)))
    ms_j, ms_i, ms_ji = (_clean(one, ratings) for one in (ms_j, ms_i, ms_ji))
    raw = {"judges": (ms_j - ms_ji) / k, "items": (ms_i - ms_ji) / n, "residual": ms_ji}
    found = {name: max(value, 0.0) for name, value in raw.items()}
    both = found["judges"] / n + found["items"] / k + ms_ji / (n * k)
    return {
        "variance": found,
        "se_judges": k * float(np.sqrt(ms_j / (n * k))),
        "se_items": k * float(np.sqrt(ms_i / (n * k))),
        "se_both": k * float(np.sqrt(both)),
        "agreement": 1 - ms_ji / ms_i if ms_i > 0 else np.nan,
    }, [name for name, value in raw.items() if value < 0]


def _clean(value: float, ratings: Floats) -> float:
    """0 for what is rounding error of the ratings alone: judges who agree wholly vary by nothing."""
    scale = float(np.square(ratings).max(initial=0.0))
    return 0.0 if value <= 1e-24 * max(scale, 1e-300) * ratings.size else value


def interval(cut: float, se: float, judges: int | None = None) -> tuple[float, float]:
    """The 95 % interval of a cut: cut ± t SE, with t of n − 1 degrees of freedom for n judges, whose spread
    is estimated from themselves; ± 1.96 SE for an error over persons (`judges` is None). NaN where there is
    no error.

    With two judges t is 12.71, with three 4.30, with ten 2.26: of few judges the cut is hardly known.

    References
    ----------
    Student (1908). The probable error of a mean. Biometrika, 6(1), 1–25.
    """
    if not np.isfinite(se) or (judges is not None and judges < 2):
        return np.nan, np.nan
    far = se * (_NORMAL if judges is None else t_quantile(0.975, judges - 1))
    return cut - far, cut + far


def t_quantile(p: float, df: int) -> float:
    """The quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(df, p))


def apart(sums: Floats, level: float = LEVEL) -> tuple[Floats, Bools]:
    """Externally studentized distance of each judge's sum from the mean of the others (n,), and who is
    outlying (n,).

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
        return np.full(n, np.nan), np.zeros(n, dtype=np.bool_)
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
    return t, np.abs(np.nan_to_num(t, nan=0.0, posinf=np.inf, neginf=-np.inf)) > limit


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


def chance_correlation(r: float, n: int) -> bool:
    """Whether the 95 % interval of a correlation over n items reaches 0 or below: artanh r ≤ z / √(n − 3).

    References
    ----------
    Fisher, R. A. (1921). On the probable error of a coefficient of correlation. Metron, 1.
    """
    if n <= 3 or not abs(r) < 1 - 1e-12:
        return False
    return bool(np.tanh(np.arctanh(r) - _NORMAL / np.sqrt(n - 3)) <= 0)


def consistency(ratings: Floats, expected: Floats) -> tuple[float, float]:
    """Intrajudge consistency of probabilities with item response curves: E and C.

    θ_j is the ability at which the curves add up to the judge's own cut; there

        E = Σ |p_ij − P_i(θ_j)| / k,   M = Σ max(P_i, 1 − P_i) / k,   C = (M − E) / M

    Parameters
    ----------
    ratings, expected : (k,) what the judge said, and P_i(θ_j)

    References
    ----------
    van der Linden, W. J. (1982). A latent trait method for determining intrajudge inconsistency in the Angoff
    and Nedelsky techniques of standard setting. Journal of Educational Measurement, 19(4), 295–308.
    """
    error = float(np.abs(ratings - expected).mean())
    most = float(np.maximum(expected, 1 - expected).mean())
    return error, (most - error) / most


# ── bookmarks ────────────────────────────────────────────────────────────────────────────────


class Curves(NamedTuple):
    """Parameters of the items of a test (k,), and the points that each earns (k,)."""

    a: Floats
    b: Floats
    c: Floats
    points: Floats


def probabilities(curves: Curves, theta: float) -> Floats:
    """P(θ) of each item (k,)."""
    return np.asarray(
        curves.c + (1 - curves.c) / (1 + np.exp(-np.clip(curves.a * (theta - curves.b), -700, 700)))
    )


def expected_points(curves: Curves, theta: float) -> float:
    """The test characteristic curve: expected points at an ability."""
    return float((curves.points * probabilities(curves, theta)).sum())


def slope(curves: Curves, theta: float) -> float:
    """How many points the test characteristic curve rises by per unit of ability."""
    p = probabilities(curves, theta)
    rise = curves.a * (p - curves.c) * (1 - p) / (1 - curves.c)
    return float((curves.points * rise).sum())


def ability_at(curves: Curves, points: float, most: float = 12.0) -> float:
    """The ability at which the curve reaches so many points, by bisection, of slopes above 0; NaN where it
    does not within ±most."""
    low, high = -most, most
    if not expected_points(curves, low) < points < expected_points(curves, high):
        return float(np.nan)
    while high - low > 1e-12:
        middle = (low + high) / 2
        if expected_points(curves, middle) < points:
            low = middle
        else:
            high = middle
        if middle in (low, high) and high - low < 1e-10:
            break
    return (low + high) / 2


def locations(curves: Curves, response: float, guessing: bool) -> Floats:
    """Where each item stands in the booklet: the ability that answers it rightly with probability `response`.

        θ_i = b + ln((RP − c) / (1 − RP)) / a            P_i(θ_i) = RP
        θ_i = b + ln(RP / (1 − RP)) / a                  without guessing: who knows it has RP

    NaN where the curve never comes down to RP (c ≥ RP), and for a slope of 0 or below.

    Parameters
    ----------
    curves : parameters (k,)
    response : RP, above 0 and below 1; two thirds (RP67) is usual
    guessing : whether right answers by guessing count; False takes c off the curve first

    References
    ----------
    Mitzel, H. C., Lewis, D. M., Patz, R. J., & Green, D. R. (2001). The bookmark procedure: Psychological
    perspectives. In G. J. Cizek (Ed.), Setting performance standards (pp. 249–281). Erlbaum.
    Huynh, H. (2006). A clarification on the response probability criterion RP67 for standard settings based
    on bookmark and item mapping. Educational Measurement: Issues and Practice, 25(2), 19–20.
    """
    asymptote = curves.c if guessing else np.zeros_like(curves.c)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = curves.b + np.log((response - asymptote) / (1 - response)) / curves.a
    return np.where((asymptote < response) & (curves.a > 0), found, np.nan)


def bookmarked(ordered: Floats, page: int, place: str) -> float:
    """The ability that a bookmark says, of items in order of location (k,).

    The bookmark lies on page p (1 … k; k + 1 behind the last), the first item that a borderline candidate
    does not answer rightly with the response probability. `before` takes the item in front of it, the last
    one that such a candidate masters; `at` the item on it; `between` the mean of both. NaN where there is
    none: in front of the first page, or behind the last for `at` and `between`.
    """
    before = ordered[page - 2] if page >= 2 else np.nan
    at = ordered[page - 1] if page <= len(ordered) else np.nan
    return float({"before": before, "at": at, "between": (before + at) / 2}[place])


def centre_of(abilities: Floats, centre: str) -> tuple[float, float]:
    """The panel's ability and its standard error over judges (NaN for fewer than two): s / √n, for the median
    times √(π / 2), its ratio for normal judges in large panels."""
    n = len(abilities)
    se = float(abilities.std(ddof=1) / np.sqrt(n)) if n > 1 else float(np.nan)
    if centre == "median":
        return float(np.median(abilities)), se * MEDIAN_FACTOR if n > 2 else se
    return float(abilities.mean()), se


# ── judged persons ───────────────────────────────────────────────────────────────────────────


def borderline_group(scores: Floats, centre: str) -> tuple[float, float]:
    """The median (or mean) score of those whom judges hold to be on the border, and its standard error.

    SE of the mean: s / √n. SE of the median by Maritz and Jarrett, where w_i is the probability that the
    middle order statistic of n draws from the scores is the i-th score,

        SE² = Σ w_i x_(i)² − (Σ w_i x_(i))²,   w_i = I(i/n; m, n − m + 1) − I((i − 1)/n; m, n − m + 1)

    This is the standard deviation of the bootstrap's median, without drawing. m = (n + 1)/2 is the middle
    place; for an even n it is not whole, and the incomplete beta function takes it as it is.

    References
    ----------
    Livingston, S. A., & Zieky, M. J. (1982). Passing scores. Educational Testing Service.
    Maritz, J. S., & Jarrett, R. G. (1978). A note on estimating the variance of the sample median. Journal of
    the American Statistical Association, 73(361), 194–196.
    """
    n = len(scores)
    if centre == "mean":
        return float(scores.mean()), float(scores.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    if n == 1:
        return float(scores[0]), np.nan
    from scipy.special import betainc

    middle = (n + 1) / 2
    weights = np.diff(betainc(middle, n - middle + 1, np.arange(n + 1) / n))
    ordered = np.sort(scores)
    mean = float(weights @ ordered)
    variance = float(weights @ np.square(ordered - mean))
    return float(np.median(scores)), float(np.sqrt(max(variance, 0.0)))


def contrasting_groups(
    scores: Floats, competent: Bools, probability: float, equal_groups: bool
) -> tuple[float, float, float, float]:
    """The score at which a candidate is held competent with the probability asked for: the cut, its error,
    the intercept and the slope of the curve.

    Logistic regression by maximum likelihood (iteratively reweighted least squares),

        ln(p / (1 − p)) = β₀ + β₁ x,   cut = (ln(P / (1 − P)) − β₀) / β₁

    with the delta method's error, ∂cut/∂β₀ = −1/β₁ and ∂cut/∂β₁ = −cut/β₁. P is `probability`. The cut
    depends on the sizes of the groups, n₁ competent and n₀ not: with `equal_groups` their part, ln(n₁/n₀),
    is subtracted from β₀, as if the groups were of one size. Where the groups touch in one score or are
    apart, the likelihood has no maximum, the cut is the middle of the gap, and the others are NaN.

    Both groups have somebody, and the competent score higher on average.

    References
    ----------
    Livingston, S. A., & Zieky, M. J. (1982). Passing scores. Educational Testing Service.
    Cizek, G. J., & Bunch, M. B. (2007). Standard setting. Sage. Chapter 8.
    """
    n_competent, n = int(competent.sum()), len(scores)
    least, most = float(scores[competent].min()), float(scores[~competent].max())
    if least >= most:
        return (least + most) / 2, np.nan, np.nan, np.nan
    # a logistic regression: intercept and slope (2,), and their covariance (2, 2)
    centre, scale = float(scores.mean()), float(scores.std()) or 1.0
    x = np.column_stack([np.ones(len(scores)), (scores - centre) / scale])
    y, beta = competent.astype(np.float64), np.zeros(2)
    information = np.eye(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -700, 700)))
        information = x.T @ (x * (p * (1 - p))[:, None])
        step = np.linalg.solve(information, x.T @ (y - p))
        beta = beta + step
        if np.abs(step).max() < 1e-12:
            break
    # back to scores as they are: z = (x − centre) / scale
    back = np.array([[1.0, -centre / scale], [0.0, 1.0 / scale]])
    beta, covariance = back @ beta, back @ np.linalg.inv(information) @ back.T
    asked = np.log(probability / (1 - probability))
    shift = np.log(n_competent / (n - n_competent)) if equal_groups else 0.0
    cut = float((asked + shift - beta[0]) / beta[1])
    gradient = np.array([-1.0, -cut]) / beta[1]
    se = float(np.sqrt(gradient @ covariance @ gradient))
    return cut, se, float(beta[0]), float(beta[1])


def borderline_regression(scores: Floats, grades: Floats, border: float) -> tuple[float, float] | None:
    """Scores regressed on global grades: what the line has at the grade of the border, and its error.

        cut = ȳ + β (g − x̄),   SE² = s² (1/n + (g − x̄)² / Σ(x − x̄)²),   s² = Σ e² / (n − 2)

    SE is NaN for two persons. None where scores do not rise with grades.

    References
    ----------
    Kramer, A., Muijtjens, A., Jansen, K., Düsman, H., Tan, L., & van der Vleuten, C. (2003). Comparison of a
    rational and an empirical standard setting procedure for an OSCE. Medical Education, 37(2), 132–139.
    """
    n = len(scores)
    x = grades - grades.mean()
    sxx = float(x @ x)
    beta = float(x @ scores) / sxx
    if beta <= 0:
        return None
    away = border - float(grades.mean())
    rest = scores - scores.mean() - beta * x
    s2 = float(rest @ rest) / (n - 2) if n > 2 else np.nan
    return float(scores.mean()) + beta * away, float(np.sqrt(s2 * (1 / n + away**2 / sxx)))


def hofstee(
    scores: Floats, low: Floats, high: Floats, least: Floats, most: Floats
) -> tuple[float, float, float]:
    """Where the curve of those who fail crosses the diagonal of what judges can bear: the cut, the share who
    fail at it, and the standard error over judges by jackknife.

    The diagonal runs from (low, most) to (high, least), means over judges of the lowest and highest bearable
    cut and of the least and greatest bearable share of failing candidates. The curve is the share of scores
    below a cut, its steps joined by straight lines between neighbouring different scores. All three are NaN
    where curve and diagonal do not meet. SE² = (n − 1)/n Σ (c_(j) − c̄)², where c_(j) is the cut without
    judge j; NaN where there is no such cut without one of the judges.

    Parameters
    ----------
    scores : (candidates,)
    low, high : (judges,) in points
    least, most : (judges,) shares from 0 to 1

    References
    ----------
    Hofstee, W. K. B. (1983). The case for compromise in educational selection and grading. In S. B. Anderson
    & J. S. Helmick (Eds.), On educational testing (pp. 109–127). Jossey-Bass.
    """
    judged = np.column_stack([low, high, least, most])
    cut, failing = _crossing(scores, *judged.mean(axis=0))
    n = len(judged)
    if n < 2 or not np.isfinite(cut):
        return cut, failing, np.nan
    without = np.array([_crossing(scores, *np.delete(judged, j, axis=0).mean(axis=0))[0] for j in range(n)])
    se = float(np.sqrt((n - 1) / n * np.square(without - without.mean()).sum()))
    return cut, failing, se


def _crossing(scores: Floats, low: float, high: float, least: float, most: float) -> tuple[float, float]:
    values, counts = np.unique(scores, return_counts=True)
    below = np.concatenate([[0.0], np.cumsum(counts)]) / len(scores)
    at = np.append(values, values[-1] + 1)  # candidates with the greatest score fail at the next point
    if high - low <= 1e-12:
        share = float(np.interp(low, at, below))
        return (low, share) if least <= share <= most else (float(np.nan), float(np.nan))

    def above(cut: float) -> float:
        """How far the curve is above the diagonal; it rises with the cut."""
        line = most + (least - most) * (cut - low) / (high - low)
        return float(np.interp(cut, at, below)) - line

    if above(low) > 0 or above(high) < 0:
        return float(np.nan), float(np.nan)
    ends = [low, high]
    for _ in range(200):
        middle = (ends[0] + ends[1]) / 2
        ends[0 if above(middle) < 0 else 1] = middle
    cut = (ends[0] + ends[1]) / 2
    return cut, float(np.interp(cut, at, below))
