"""Measures of an item: the quantities that a blueprint can bound, and information (D = 1)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from examgen.core.models.blueprint import Blueprint
from examgen.core.models.item import Evidence, Item
from examgen.core.text.markdown import in_words
from examgen.core.words import tell

Floats = npt.NDArray[np.float64]
DECIMALS = 5
"""The decimals to which coefficients are rounded, because the last bits of an exponential differ between
processors."""

_ABOVE_OR_BELOW = re.compile("[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]")
_READ_PER_SECOND = 10
_SECONDS_TO_THINK = 20


def facility(item: Item, known: Evidence, blueprint: Blueprint) -> float | None:
    """Return the proportion of right answers; None if unknown."""
    return known.facility


def reading_length(item: Item, known: Evidence, blueprint: Blueprint) -> float:
    """Return the number of characters of stem and options, without Thai marks above or below a letter."""
    return sum(len(_ABOVE_OR_BELOW.sub("", text)) for text in (in_words(item.stem), *item.options.values()))


def time_s(item: Item, known: Evidence, blueprint: Blueprint) -> float:
    """Return the expected time for a candidate in seconds, as the item states or else estimated from its
    length.

    The estimate, 20 s plus a second for every 10 characters, is our own rule of thumb: about a minute for
    an item with four options.
    """
    if item.time_s is not None:
        return item.time_s
    return _SECONDS_TO_THINK + math.ceil(reading_length(item, known, blueprint) / _READ_PER_SECOND)


def times_used(item: Item, known: Evidence, blueprint: Blueprint) -> float:
    """Return the number of administrations in which the item was used, in any version of its text."""
    return len({use.administration for use in known.uses})


QUANTITIES: dict[str, Callable[[Item, Evidence, Blueprint], float | None]] = {
    "facility": facility,
    "reading_length": reading_length,
    "time_s": time_s,
    "times_used": times_used,
}


QUANTITY_NAMES = {
    "facility": tell("{facility}", facility="facility"),
    "reading_length": tell("reading length"),
    "time_s": tell("expected time in seconds"),
    "times_used": tell("number of times used"),
}


def information(known: Sequence[Evidence], points: Sequence[float]) -> Floats:
    """Return the Fisher information, (items, points), of the three-parameter logistic model, rounded; 0 if
    unknown.

    I(θ) = a² · ((P − c) / (1 − c))² · (1 − P) / P  (see Birnbaum 1968, in Lord & Novick, ch. 20; D = 1).
    """
    a = np.array([one.a or 0.0 for one in known])[:, None]
    b = np.array([one.b or 0.0 for one in known])[:, None]
    c = np.array([one.c or 0.0 for one in known])[:, None]
    right = c + (1 - c) / (1 + np.exp(-a * (np.asarray(points, dtype=float)[None, :] - b)))
    rounded: Floats = np.round(a**2 * ((right - c) / (1 - c)) ** 2 * (1 - right) / right, DECIMALS)
    return rounded


GRID = np.linspace(-4, 4, 41)
_DENSITY = np.exp(-(GRID**2) / 2)
NORMAL: Floats = _DENSITY / _DENSITY.sum()
"""Weights of the grid for θ ~ N(0, 1)."""


def reliability(curve: Floats) -> float:
    """Return the marginal reliability 1 − E[1 / (I(θ) + 1)] for θ ~ N(0, 1), from the information on the
    grid."""
    return float(1 - NORMAL @ (1 / (curve + 1)))
