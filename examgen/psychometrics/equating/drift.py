"""Linked parameters of common items → which of them have drifted: become harder, easier, or another item.

References
----------
Huynh & Meyer (2010), Practical Assessment, Research & Evaluation 15(2), for the robust z. Stocking & Lord
(1983) for linking anew without items that do not agree; D² as in Cook, Eignor & Hutten (1979) and Wells,
Hambleton, Kirkpatrick & Meng (2014), Applied Measurement in Education 27, 214–231.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.equating.irt_linking import Items, Link, carried, chances
from examgen.stats.quadrature import Grid

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
MOST_ROUNDS = 10
FEWEST_KEPT = 3
"""Of the common items so many, and half of them, must be left to link by."""


class DriftRule(NamedTuple):
    """When a common item has drifted: a robust z beyond `z`, curves that differ by `rmsd` or more, and, where
    standard errors are known, a difference of more than `z` of them."""

    z: float = 1.645
    rmsd: float = 0.08


class DriftErrors(NamedTuple):
    """Standard errors of J common items in both calibrations; 0 where unknown: nothing is put down to
    chance."""

    a_old: Floats
    b_old: Floats
    a_new: Floats
    b_new: Floats


class Drift(NamedTuple):
    """Of J common items."""

    displacement: Floats
    """(J,) A b_new + B − b_old: above 0 the item has become harder."""
    se: Floats
    """(J,) its standard error, the constants taken as known; 0 where those of the items are unknown."""
    z_a: Floats
    """(J,) robust z of log(a_new / A) − log a_old; NaN where half of the values are the same."""
    z_b: Floats
    """(J,) robust z of the displacement; NaN likewise."""
    d2: Floats
    """(J,) D²: mean squared distance of the two curves over the population of ability."""
    rmsd: Floats
    """(J,) its root: by how much the chance of a right answer differs."""
    drifts: Bools
    """(J,)"""


class PurifiedLink(NamedTuple):
    """A link by the items that do not drift."""

    link: Link
    kept: Bools
    """(J,) items that it rests on."""
    settled: bool
    """Whether the items that drift are just those that are left out."""
    too_many: bool
    """Whether so many drift that a link without them would rest on too few."""


def robust_z(values: Floats) -> Floats:
    """(x − median) / (0.74 · interquartile range); NaN where that range is 0 (Huynh & Meyer, 2010, eq. 1)."""
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    spread = 0.74 * (high - low)
    if spread <= 1e-9 * max(1.0, float(np.abs(values).max())):
        return np.full(len(values), np.nan)
    return np.asarray((values - middle) / spread)


def drift(
    old: Items, new: Items, link: Link, grid: Grid, rule: DriftRule, errors: DriftErrors | None = None
) -> Drift:
    """How far each common item lies, on the old scale, from where it was."""
    here, nothing = carried(new, link), np.zeros(len(old.a))
    if errors is None:
        errors = DriftErrors(nothing, nothing, nothing, nothing)
    displacement, steeper = here.b - old.b, np.log(here.a) - np.log(old.a)
    se = np.hypot(errors.b_old, link.slope * errors.b_new)
    se_steeper = np.hypot(errors.a_old / old.a, errors.a_new / new.a)
    z_b, z_a = robust_z(displacement), robust_z(steeper)
    gap = chances(here, grid.nodes)[0] - chances(old, grid.nodes)[0]
    d2 = grid.weights @ gap**2 / grid.weights.sum()
    rmsd = np.sqrt(d2)
    outside = _outside(displacement, z_b, rule) & (np.abs(displacement) >= rule.z * se)
    outside |= _outside(steeper, z_a, rule) & (np.abs(steeper) >= rule.z * se_steeper)
    return Drift(displacement, se, z_a, z_b, d2, rmsd, outside & (rmsd >= rule.rmsd))


def _outside(values: Floats, z: Floats, rule: DriftRule) -> Bools:
    """(J,) values that stand out; where most agree to the last digit there is no z, and any other does."""
    apart = np.abs(values - np.median(values)) > 1e-6
    return np.asarray(np.where(np.isnan(z), apart, np.abs(z) > rule.z))


def purified(
    old: Items,
    new: Items,
    link_by: Callable[[Items, Items], Link],
    grid: Grid,
    rule: DriftRule,
    errors: DriftErrors | None,
) -> PurifiedLink:
    """Links, leaves out the items that drift, and links again, until the same items drift as were left out.

    An item that was left out comes back where it no longer drifts.
    """
    n = len(old.a)
    fewest = max(FEWEST_KEPT, (n + 1) // 2)
    kept = np.ones(n, dtype=np.bool_)
    seen = set[bytes]()
    link = link_by(old, new)
    for _ in range(MOST_ROUNDS):
        stays = ~drift(old, new, link, grid, rule, errors).drifts
        if (stays == kept).all():
            return PurifiedLink(link, kept, True, False)
        if int(stays.sum()) < fewest:
            return PurifiedLink(link, kept, False, True)
        if stays.tobytes() in seen:
            break
        seen.add(stays.tobytes())
        kept = stays
        link = link_by(old.some(kept), new.some(kept))
    return PurifiedLink(link, kept, False, False)
