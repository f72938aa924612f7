"""Scores of candidates whom judges know → cuts: borderline group, contrasting groups, borderline regression,
and Hofstee's compromise between what judges hold bearable and how candidates did."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class CutFound(NamedTuple):
    """A cut in points and its standard error (NaN where there is none)."""

    cut: float
    se: float


def borderline_group(scores: Floats, centre: Literal["mean", "median"]) -> CutFound:
    """The cut is the median (or mean) score of those whom judges hold to be on the border.

    SE of the mean: s / √n. SE of the median by Maritz and Jarrett, where w_i is the probability that the
    middle order statistic of n draws from the scores is the i-th score,

        SE² = Σ w_i x_(i)² − (Σ w_i x_(i))²,   w_i = I(i/n; m, n − m + 1) − I((i − 1)/n; m, n − m + 1)

    This is the standard deviation of the bootstrap's median, without drawing. m = (n + 1)/2 is the middle
    place; for an even n it is not whole, and the incomplete beta function takes it as it is.

    Raises ValueError where the group is empty.

    References
    ----------
    Livingston, S. A., & Zieky, M. J. (1982). Passing scores. Educational Testing Service.
    Maritz, J. S., & Jarrett, R. G. (1978). A note on estimating the variance of the sample median. Journal of
    the American Statistical Association, 73(361), 194–196.
    """
    n = len(scores)
    if not n:
        raise ValueError("the group is empty")
    if centre == "mean":
        return CutFound(float(scores.mean()), float(scores.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan)
    if n == 1:
        return CutFound(float(scores[0]), np.nan)
    from scipy.special import betainc

    middle = (n + 1) / 2
    weights = np.diff(betainc(middle, n - middle + 1, np.arange(n + 1) / n))
    ordered = np.sort(scores)
    mean = float(weights @ ordered)
    variance = float(weights @ np.square(ordered - mean))
    return CutFound(float(np.median(scores)), float(np.sqrt(max(variance, 0.0))))


class ContrastingGroups(NamedTuple):
    """A logistic curve of being competent over scores, and where it crosses the probability asked for.

    `overlap` has the least score of the competent and the greatest score of the others. Where the first is
    not below the second, no curve is fitted, the cut lies midway, and `se`, `intercept` and `slope` are NaN.
    """

    cut: float
    se: float
    intercept: float
    slope: float
    overlap: tuple[float, float]

    @property
    def separate(self) -> bool:
        """Whether a single cut separates the groups without error."""
        return self.overlap[0] >= self.overlap[1]


def contrasting_groups(
    scores: Floats, competent: Bools, probability: float, equal_groups: bool
) -> ContrastingGroups:
    """The score at which a candidate is held competent with the probability asked for.

    Logistic regression by maximum likelihood (iteratively reweighted least squares),

        ln(p / (1 − p)) = β₀ + β₁ x,   cut = (ln(P / (1 − P)) − β₀) / β₁

    with the delta method's error, ∂cut/∂β₀ = −1/β₁ and ∂cut/∂β₁ = −cut/β₁. P is `probability`. The cut
    depends on the sizes of the groups, n₁ competent and n₀ not: with `equal_groups` their part, ln(n₁/n₀),
    is subtracted from β₀, as if the groups were of one size. Where the groups touch in one score or are
    apart, the likelihood has no maximum, and the cut is the middle of the gap.

    Raises ValueError where one of the groups is empty, ArithmeticError where the competent do not score
    higher.

    References
    ----------
    Livingston, S. A., & Zieky, M. J. (1982). Passing scores. Educational Testing Service.
    Cizek, G. J., & Bunch, M. B. (2007). Standard setting. Sage. Chapter 8.
    """
    n_competent, n = int(competent.sum()), len(scores)
    if not 0 < n_competent < n:
        raise ValueError("a group is empty")
    least, most = float(scores[competent].min()), float(scores[~competent].max())
    if least >= most:
        if scores[competent].mean() <= scores[~competent].mean():
            raise ArithmeticError("the groups do not differ")
        return ContrastingGroups((least + most) / 2, np.nan, np.nan, np.nan, (least, most))
    if scores[competent].mean() <= scores[~competent].mean():
        raise ArithmeticError("the groups are reversed")
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
    return ContrastingGroups(cut, se, float(beta[0]), float(beta[1]), (least, most))


def misclassified(scores: Floats, competent: Bools, cut: float) -> tuple[int, int]:
    """How many of those held competent are below the cut, and how many of the others are not."""
    passed = scores >= cut - 1e-9
    return int((competent & ~passed).sum()), int((~competent & passed).sum())


def borderline_regression(scores: Floats, grades: Floats, border: float) -> CutFound:
    """Scores regressed on global grades; the cut is what the line says at the grade of the border.

        cut = ȳ + β (g − x̄),   SE² = s² (1/n + (g − x̄)² / Σ(x − x̄)²),   s² = Σ e² / (n − 2)

    SE is NaN for two candidates. Raises ValueError for fewer than two, or one grade alone; ArithmeticError
    where scores do not rise with grades.

    References
    ----------
    Kramer, A., Muijtjens, A., Jansen, K., Düsman, H., Tan, L., & van der Vleuten, C. (2003). Comparison of a
    rational and an empirical standard setting procedure for an OSCE. Medical Education, 37(2), 132–139.
    """
    n = len(scores)
    x = grades - grades.mean() if n else grades
    sxx = float(x @ x)
    if n < 2 or sxx <= 0:
        raise ValueError("one grade alone")
    beta = float(x @ scores) / sxx
    if beta <= 0:
        raise ArithmeticError("scores do not rise with grades")
    away = border - float(grades.mean())
    rest = scores - scores.mean() - beta * x
    s2 = float(rest @ rest) / (n - 2) if n > 2 else np.nan
    return CutFound(float(scores.mean()) + beta * away, float(np.sqrt(s2 * (1 / n + away**2 / sxx))))


class HofsteeCut(NamedTuple):
    """The compromise: a cut, the share who would fail at it, and the standard error over judges by
    jackknife."""

    cut: float
    failing: float
    se: float


def hofstee(scores: Floats, low: Floats, high: Floats, least: Floats, most: Floats) -> HofsteeCut:
    """Where the curve of those who fail crosses the diagonal of what judges can bear.

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
        return HofsteeCut(cut, failing, np.nan)
    without = np.array([_crossing(scores, *np.delete(judged, j, axis=0).mean(axis=0))[0] for j in range(n)])
    se = float(np.sqrt((n - 1) / n * np.square(without - without.mean()).sum()))
    return HofsteeCut(cut, failing, se)


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
