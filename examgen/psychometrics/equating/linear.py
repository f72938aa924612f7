"""Equating by a line or an arc: the moments of the scores on two forms decide it.

X is the form whose scores are converted, Y the one whose scale they are put on; population 1 took X, 2 took
Y. Each function takes moments with leading axes and returns the line of each sample. `weight` is w₁, that of
population 1 in the synthetic population, w₂ = 1 − w₁. Equation numbers are those of Kolen, M. J., & Brennan,
R. L. (2014), Test equating, scaling, and linking (3rd ed.), Springer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.psychometrics.equating.scores import Floats, FormMoments, Joint


class LinearConversion(NamedTuple):
    """Y-equivalents: slope · x + intercept. NaN where a variance or covariance that it needs is 0."""

    slope: Floats
    intercept: Floats

    def at(self, x: Floats) -> Floats:
        """(…, K) at scores x (K,)."""
        return np.asarray(self.slope[..., None] * x + self.intercept[..., None])


class Synthetic(NamedTuple):
    """Means and standard deviations of both forms in the synthetic population."""

    mean_x: Floats
    mean_y: Floats
    sd_x: Floats
    sd_y: Floats

    def line(self) -> LinearConversion:
        """The linear function (eq. 4.1)."""
        return through(self.mean_x, self.mean_y, _over(self.sd_y, self.sd_x))

    def shift(self) -> LinearConversion:
        """The mean function: of slope 1."""
        return through(self.mean_x, self.mean_y, np.ones_like(self.mean_x))


def through(mean_x: Floats, mean_y: Floats, slope: Floats) -> LinearConversion:
    """The line of that slope through a pair of means."""
    return LinearConversion(slope, mean_y - slope * mean_x)


def mean_line(x: FormMoments, y: FormMoments) -> LinearConversion:
    """Mean equating of equivalent groups (eq. 2.5)."""
    return through(x.mean, y.mean, np.ones_like(x.mean))


def linear_line(x: FormMoments, y: FormMoments) -> LinearConversion:
    """Linear equating of equivalent groups (eq. 2.9)."""
    return through(x.mean, y.mean, _over(y.sd, x.sd))


def tucker(x: Joint, y: Joint, weight: float) -> Synthetic:
    """Tucker: γ is the slope of the regression of total on anchor (eq. 4.21, 4.22)."""
    return _synthetic(
        x,
        y,
        weight,
        _over(x.covariance, x.anchor_variance),
        _over(y.covariance, y.anchor_variance),
    )


def levine(x: Joint, y: Joint, weight: float, internal: bool) -> Synthetic:
    """Levine observed score: γ is the ratio of true-score standard deviations under the classical congeneric
    model (eq. 4.53 with an internal, 4.58 with an external anchor)."""
    return _synthetic(x, y, weight, _levine_gamma(x, internal), _levine_gamma(y, internal))


def levine_true(x: Joint, y: Joint, internal: bool) -> LinearConversion:
    """Levine true score, applied to observed scores (eq. 4.65, 4.66); no synthetic population is needed."""
    gamma_x, gamma_y = _levine_gamma(x, internal), _levine_gamma(y, internal)
    mean_y = y.mean + gamma_y * (x.anchor_mean - y.anchor_mean)
    return through(x.mean, mean_y, _over(gamma_y, gamma_x))


def nominal_weights(x: Joint, y: Joint, weight: float, ratio_x: float, ratio_y: float) -> Synthetic:
    """Nominal weights mean equating: γ is the ratio of test length to anchor length (Babcock, Albano &
    Raymond 2012, Educational and Psychological Measurement 72, 608–628)."""
    return _synthetic(x, y, weight, np.full_like(x.mean, ratio_x), np.full_like(y.mean, ratio_y))


def chained_mean(x: Joint, y: Joint) -> LinearConversion:
    """Mean equating X → anchor in population 1, then anchor → Y in population 2."""
    return through(x.mean, y.mean + x.anchor_mean - y.anchor_mean, np.ones_like(x.mean))


def chained_linear(x: Joint, y: Joint) -> LinearConversion:
    """Linear equating X → anchor in population 1, then anchor → Y in population 2 (eq. 4.68)."""
    first = _over(np.sqrt(x.anchor_variance), np.sqrt(x.variance))
    second = _over(np.sqrt(y.variance), np.sqrt(y.anchor_variance))
    mean_y = y.mean + second * (x.anchor_mean - y.anchor_mean)
    return through(x.mean, mean_y, first * second)


def circle_arc(
    x: Floats, low: tuple[float, float], middle: tuple[Floats, Floats], high: tuple[float, float]
) -> Floats:
    """(…, K) Y-equivalents by the simplified circle-arc method.

    The line through `low` and `high`, pairs of scores on X and Y that are set beforehand, and on it an arc
    through (x₁, 0), (x₂, y₂ − line), (x₃, 0): of the data only the `middle` point is estimated. NaN where it
    lies outside the ends.

    References
    ----------
    Livingston, S. A., & Kim, S. (2009). The circle-arc method for equating in small samples. Journal of
    Educational Measurement, 46, 330–343; Kolen & Brennan (2014), eq. 2.26–2.35.
    """
    (x1, y1), (x3, y3) = low, high
    x2, y2 = middle
    slope = (y3 - y1) / (x3 - x1)
    line = y1 + slope * (x - x1)
    rise = y2 - (y1 + slope * (x2 - x1))
    with np.errstate(divide="ignore", invalid="ignore"):
        centre_x = (x1 + x3) / 2
        # the centre is as far from (x1, 0) as from (x2, rise)
        centre_y = (x2**2 + rise**2 - x1**2 - 2 * centre_x * (x2 - x1)) / (2 * rise)
        radius2 = (x1 - centre_x) ** 2 + centre_y**2
        depth = np.sqrt(np.maximum(radius2[..., None] - (x - centre_x) ** 2, 0.0))
        arc = centre_y[..., None] + np.sign(rise)[..., None] * depth
    flat = np.abs(rise) < 1e-12 * (1 + abs(x3 - x1))
    found = line + np.where(flat[..., None], 0.0, arc)
    outside = (x2 <= x1) | (x2 >= x3)
    return np.where(outside[..., None], np.nan, found)


def _levine_gamma(of: Joint, internal: bool) -> Floats:
    if internal:
        return _over(of.variance, of.covariance)
    return _over(of.variance + of.covariance, of.anchor_variance + of.covariance)


def _synthetic(x: Joint, y: Joint, w1: float, gamma_x: Floats, gamma_y: Floats) -> Synthetic:
    """Moments in the synthetic population (eq. 4.17–4.20)."""
    w2 = 1 - w1
    shift = x.anchor_mean - y.anchor_mean
    spread = x.anchor_variance - y.anchor_variance
    var_x = x.variance - w2 * gamma_x**2 * spread + w1 * w2 * gamma_x**2 * shift**2
    var_y = y.variance + w1 * gamma_y**2 * spread + w1 * w2 * gamma_y**2 * shift**2
    with np.errstate(invalid="ignore"):
        return Synthetic(
            x.mean - w2 * gamma_x * shift,
            y.mean + w1 * gamma_y * shift,
            np.sqrt(np.where(var_x > 0, var_x, np.nan)),
            np.sqrt(np.where(var_y > 0, var_y, np.nan)),
        )


def _over(above: Floats, below: Floats) -> Floats:
    """A quotient, NaN where it is of nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(np.abs(below) > 1e-12, above / below, np.nan))
