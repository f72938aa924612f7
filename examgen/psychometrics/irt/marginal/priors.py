"""Priors on the lower asymptote c."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.words import noted, tell

Floats = NDArray[np.float64]
_WANTED = noted(
    '"{text}" is not a prior on c. Write norm:MEAN:SD (of logit c) or beta:P:Q, for example norm:-1.1:0.5'
)


class LogitNormal(NamedTuple):
    """logit c is normal, as mirt's PRIOR `(…, g, norm, mean, sd)`. The density is that of logit c."""

    mean: float
    sd: float


class BetaPrior(NamedTuple):
    """c has density ∝ c^(p − 1) (1 − c)^(q − 1), as mirt's `expbeta`. The density is that of c, so its mode,
    (p − 1) / (p + q − 2), is where c goes without data.

    mirt 1.45.1 reports this log prior too, but its gradient lacks the factor c (1 − c) of logit c, so that it
    stops short of the maximum: the log posterior here is higher, and the numbers differ.
    """

    p: float
    q: float


Prior = LogitNormal | BetaPrior


def parse_prior(text: str) -> Prior:
    """`norm:-1.1:0.5` or `beta:5:17` as a prior.

    Raises ValueError with a sentence for anything else.
    """
    name, _, rest = text.strip().partition(":")
    try:
        first, second = (float(number) for number in rest.split(":"))
    except ValueError:
        raise ValueError(tell(_WANTED, text=text)) from None
    if name not in {"norm", "beta"}:
        raise ValueError(tell(_WANTED, text=text))
    return checked(LogitNormal(first, second) if name == "norm" else BetaPrior(first, second))


def checked(prior: Prior) -> Prior:
    """The prior, if it has a greatest density; else ValueError."""
    if not all(math.isfinite(number) for number in prior):
        raise ValueError(tell("the numbers of a prior must be finite"))
    if isinstance(prior, LogitNormal) and prior.sd <= 0:
        raise ValueError(tell("the standard deviation of a prior must be above 0"))
    if isinstance(prior, LogitNormal) and not (abs(prior.mean) <= 20 and 1e-3 <= prior.sd <= 1e3):
        raise ValueError(tell("a normal prior on logit c needs a mean within ±20 and an sd of 0.001 to 1000"))
    if max(prior) > 1e6:
        raise ValueError(tell("the numbers of a prior must not exceed one million"))
    if isinstance(prior, BetaPrior) and (prior.p < 1 or prior.q < 1):
        raise ValueError(
            tell("both numbers of a beta prior must be at least 1; below 1 its density has no maximum")
        )
    return prior


def on_logit(prior: Prior | None) -> bool:
    """Whether the maximum under this prior always lies inside 0 < c < 1, so that logit c can be used."""
    return isinstance(prior, LogitNormal) or (isinstance(prior, BetaPrior) and prior.p > 1)


def mode(prior: Prior) -> float:
    """The most likely c before any data."""
    if isinstance(prior, LogitNormal):
        return 1.0 / (1.0 + math.exp(-prior.mean))
    return (prior.p - 1) / max(prior.p + prior.q - 2, 1e-9)


def log_prior(prior: Prior, x: Floats, *, logit: bool) -> tuple[Floats, Floats, Floats]:
    """Log density at x (logit c, or c), with its first and second derivatives to x."""
    if isinstance(prior, LogitNormal):
        z = (x - prior.mean) / prior.sd
        constant = math.log(prior.sd * math.sqrt(2.0 * math.pi))
        return -0.5 * z * z - constant, -z / prior.sd, np.full_like(x, -1.0 / prior.sd**2)
    p, q = prior
    constant = math.lgamma(p) + math.lgamma(q) - math.lgamma(p + q)
    if logit:
        c = 1.0 / (1.0 + np.exp(-x))
        value = -(p - 1) * np.logaddexp(0.0, -x) - (q - 1) * np.logaddexp(0.0, x) - constant
        return value, (p - 1) * (1 - c) - (q - 1) * c, -(p + q - 2) * c * (1 - c)
    rest = np.maximum(1.0 - x, 1e-12)
    return (q - 1) * np.log(rest) - constant, -(q - 1) / rest, -(q - 1) / rest**2
