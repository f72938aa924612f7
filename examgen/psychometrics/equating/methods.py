"""Counts of scores on two forms → equivalent scores, by the name of a method of observed-score equating."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.psychometrics.equating import equipercentile as by_ranks
from examgen.psychometrics.equating import linear
from examgen.psychometrics.equating.designs import (
    BY_RANKS,
    DESIGNS,
    EQUIVALENT_GROUPS,
    NONEQUIVALENT_GROUPS,
    WITH_SYNTHETIC,
)
from examgen.psychometrics.equating.linear import LinearConversion, Synthetic
from examgen.psychometrics.equating.presmoothing import LogLinear
from examgen.psychometrics.equating.scores import Floats, Scales, joint_moments, moments


class MethodOptions(NamedTuple):
    """The options of an equating.

    `weight` is the weight of population 1, the candidates who took X, in the synthetic population. It applies
    to proportions, as in the equations; R's equate 2.0.9 weights counts in frequency estimation and
    Braun–Holland. `internal` says whether the anchor counts in the scores. `smooth` has the log-linear models
    of X and Y.
    """

    method: str
    weight: float = 0.5
    internal: bool = True
    smooth: tuple[LogLinear, LogLinear] | None = None


def equated(x: Floats, y: Floats, scales: Scales, asked: MethodOptions, *, nearby: bool = False) -> Floats:
    """The equivalents on Y of the scores on X.

    Parameters
    ----------
    x, y : ndarray, shapes (…, K) and (…, L), or (…, K, V) and (…, L, V) with an anchor
        How many candidates earned each score.
    scales : Scales
        The scores of X, of Y and of the anchor.
    asked : MethodOptions
    nearby : bool
        Smooth to first order only, for samples that hardly differ from the one that the models of `asked`
        were fitted to.

    Returns
    -------
    ndarray, shape (…, K)
        NaN where a sample does not determine an equivalent.

    Raises
    ------
    ValueError
        For an unknown method, a method that does not fit the design, or counts whose shape does not fit the
        scales (scores of candidates, for example).
    """
    design = next((name for name, methods in DESIGNS.items() if asked.method in methods[1:]), None)
    if design is None and asked.method != "identity":
        known = ", ".join((*EQUIVALENT_GROUPS, *NONEQUIVALENT_GROUPS[1:]))
        raise ValueError(f"method is {asked.method!r}; it must be one of {known}")
    has_anchor = bool(len(scales.anchor))
    if design is not None and has_anchor != (design == "neat"):
        raise ValueError(
            f"{asked.method} takes {'scores with' if design == 'neat' else 'no scores on'} an anchor"
        )
    of_anchor = (len(scales.anchor),) * has_anchor
    for name, counts, scale in (("x", x, scales.x), ("y", y, scales.y)):
        wanted = (len(scale), *of_anchor)
        if counts.shape[counts.ndim - len(wanted) :] != wanted:
            raise ValueError(
                f"{name} has the shape {counts.shape}, its scales {wanted}: {name} says of each score "
                "how many candidates earned it, not who earned what"
            )
    if asked.smooth is not None:
        of_x, of_y = asked.smooth
        x = of_x.smooth_nearby(x) if nearby else of_x.smooth(x)
        y = of_y.smooth_nearby(y) if nearby else of_y.smooth(y)
    if asked.method == "chained-equipercentile":
        return by_ranks.chained(x, y, scales)
    if asked.method in BY_RANKS:
        if asked.method == "frequency-estimation":
            x, y = by_ranks.synthetic(x, y, asked.weight)
        return by_ranks.equipercentile(x, y, scales)
    found = line_of(x, y, scales, asked)
    if found is not None:
        return found.at(scales.x)
    # A circle arc begins and ends at the ends of both scales. Its middle point is the mean of X with the mean
    # of Y, or with the equivalent of the mean of X by chained linear equating.
    if asked.method == "circle-arc":
        middle = moments(x, scales.x).mean, moments(y, scales.y).mean
    else:
        joint = joint_moments(x, scales.x, scales.anchor), joint_moments(y, scales.y, scales.anchor)
        line = linear.chained_linear(*joint)
        middle = joint[0].mean, line.slope * joint[0].mean + line.intercept
    ends = [(float(scales.x[n]), float(scales.y[n])) for n in (0, -1)]
    return linear.circle_arc(scales.x, ends[0], middle, ends[1])


def line_of(x: Floats, y: Floats, scales: Scales, asked: MethodOptions) -> LinearConversion | None:
    """The conversion of a linear method; None for other methods."""
    method = asked.method
    if method == "identity":
        ones = np.ones(x.shape[: x.ndim - (2 if len(scales.anchor) else 1)])
        return LinearConversion(ones, 0 * ones)
    if method in ("mean", "linear"):
        of = moments(x, scales.x), moments(y, scales.y)
        return linear.mean_line(*of) if method == "mean" else linear.linear_line(*of)
    population = synthetic_of(x, y, scales, asked)
    if population is not None:
        means = method in ("tucker-mean", "levine-mean", "nominal-weights")
        return population.shift() if means else population.line()
    if method not in ("levine-true", "chained-mean", "chained-linear"):
        return None
    joint_x, joint_y = joint_moments(x, scales.x, scales.anchor), joint_moments(y, scales.y, scales.anchor)
    if method == "levine-true":
        return linear.levine_true(joint_x, joint_y, asked.internal)
    chain = linear.chained_mean if method == "chained-mean" else linear.chained_linear
    return chain(joint_x, joint_y)


def synthetic_of(x: Floats, y: Floats, scales: Scales, asked: MethodOptions) -> Synthetic | None:
    """The moments of both forms in the synthetic population; None for methods without one."""
    if asked.method not in WITH_SYNTHETIC:
        return None
    if asked.method in ("braun-holland", "frequency-estimation"):
        # Braun–Holland: distributions of frequency estimation (Kolen & Brennan 2014, eq. 5.14–5.17)
        of = by_ranks.synthetic(x, y, asked.weight)
        n = 1e12  # proportions times a large n, so that n − 1 is n
        mean, other = moments(of[0] * n, scales.x), moments(of[1] * n, scales.y)
        return Synthetic(mean.mean, other.mean, mean.sd, other.sd)
    joint_x, joint_y = joint_moments(x, scales.x, scales.anchor), joint_moments(y, scales.y, scales.anchor)
    if asked.method.startswith("tucker"):
        return linear.tucker(joint_x, joint_y, asked.weight)
    if asked.method.startswith("levine"):
        return linear.levine(joint_x, joint_y, asked.weight, asked.internal)
    longest = scales.anchor[-1]
    ratios = float(scales.x[-1] / longest), float(scales.y[-1] / longest)
    return linear.nominal_weights(joint_x, joint_y, asked.weight, *ratios)
