"""Parameters of items that two calibrations have in common → the line that carries one ability scale to the
other, with the standard errors of its constants.

Ability on the new scale becomes θ_old = A θ_new + B, and an item of the new calibration a/A, A b + B, c
(Kolen & Brennan, 2014, eq. 6.2–6.4). Old is the base: what is carried are the new parameters.

References
----------
Loyd & Hoover (1980), mean/mean. Marco (1977), mean/sigma. Haebara (1980), Japanese Psychological Research 22,
144–149. Stocking & Lord (1983), Applied Psychological Measurement 7, 201–210. Kim & Kolen (2007), Applied
Measurement in Education 20, 371–397, for the symmetric criteria. Ogasawara (2000, 2001), Applied
Psychological Measurement 25, 53–67, for standard errors by the delta method.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from examgen.stats.irt_models import logistic
from examgen.stats.quadrature import Grid

Floats = NDArray[np.float64]
Method = Literal["mean-mean", "mean-sigma", "haebara", "stocking-lord"]
METHODS: tuple[Method, ...] = ("mean-mean", "mean-sigma", "haebara", "stocking-lord")
Curves = Callable[[Floats], tuple[Floats, Floats]]
"""Abilities (Q,) → (Q, C) curves of a calibration, and their derivatives by ability."""
MOST_ERROR, MOST_DIFFICULTY = 1.5, 20.0
"""An item does not link when the standard error of its difficulty, or its distance from the median, is
larger. The unit is a logit of an item with the median slope."""
_ENOUGH = 1e-14
STEP = 1e-5
"""How far a parameter is moved to find a derivative."""


class Items(NamedTuple):
    """Parameters of J items that are right or wrong: P(θ) = c + (1 − c) / (1 + exp(−a(θ − b)))."""

    a: Floats
    b: Floats
    c: Floats

    def some(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Items:
        """Those of the items."""
        return Items._make(one[which] for one in self)


class Link(NamedTuple):
    """θ_old = slope · θ_new + intercept."""

    slope: float
    intercept: float

    @property
    def inverse(self) -> Link:
        """θ_new = slope · θ_old + intercept."""
        return Link(1.0 / self.slope, -self.intercept / self.slope)


class CurveCriterion(NamedTuple):
    """What the characteristic curve methods minimise."""

    grid: Grid
    """Abilities and how much each counts: on the old scale, and those of the other direction on the new."""
    symmetric: bool = False
    """Both directions: also the old items carried to the new scale (Haebara's own criterion)."""


def plink_grid(weights: Literal["normal", "equal"] = "normal") -> Grid:
    """−4 (0.1) 4 with standard normal or equal weights, which sum to 1: the points of plink's examples."""
    nodes = np.linspace(-4.0, 4.0, 81)
    raw = np.exp(-0.5 * nodes**2) if weights == "normal" else np.ones_like(nodes)
    return Grid(nodes, raw / raw.sum())


def chances(items: Items, theta: Floats) -> tuple[Floats, Floats]:
    """(Q, J) probability of a right answer at each ability, and its derivative by ability."""
    star = logistic(items.a * (theta[:, None] - items.b))
    height = 1.0 - items.c
    return items.c + height * star, height * items.a * star * (1.0 - star)


def carried(items: Items, link: Link) -> Items:
    """Items of the new calibration on the old scale."""
    return Items(items.a / link.slope, link.slope * items.b + link.intercept, items.c)


def well_known(items: Items, error: Floats, common: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(J,) items whose difficulty is known well enough to link: where a slope is near 0 it can be anything.

    Parameters
    ----------
    items : Items
    error : ndarray, shape (J,)
        Standard errors of b; 0 or NaN where unknown.
    common : ndarray of int
        The common items. Bounds are in the unit in which their median slope is 1: they do not depend on the
        scale.
    """
    if not len(common):
        return np.ones(len(items.a), dtype=np.bool_)
    unit, middle = float(np.median(items.a[common])), float(np.median(items.b[common]))
    with np.errstate(invalid="ignore"):
        near = np.abs(items.b - middle) * unit <= MOST_DIFFICULTY
        return np.asarray(near & ~(error * unit > MOST_ERROR))


def slopes_alike(items: Items) -> bool:
    """Whether all items discriminate alike, as under Rasch and 1PL: the slope of a link is then known."""
    return float(np.ptp(items.a)) <= 1e-6 * float(items.a.mean())


def link_scales(
    old: Items, new: Items, method: Method, criterion: CurveCriterion, slope: float | None = None
) -> Link:
    """The line from the new scale to the old one.

    Parameters
    ----------
    old, new : Items
        The same J items in both calibrations, slopes above 0.
    method : Method
    criterion : CurveCriterion
        Of `haebara` and `stocking-lord`.
    slope : float, optional
        A slope that is known (1 between two Rasch scales); only the intercept is looked for.

    Raises
    ------
    ValueError
        Where the constants are not defined: no spread of difficulties for mean/sigma, or a criterion that
        has no least value.
    """
    if method in ("mean-mean", "mean-sigma"):
        return _by_moments(old, new, method, slope)
    if float(np.median(np.abs(old.b))) > 2.0 * float(np.abs(criterion.grid.nodes).max()):
        raise ValueError("the abilities of the criterion do not reach the items")
    starts = [_by_moments(old, new, "mean-mean", slope)]
    if slope is None and min(old.b.std(), new.b.std()) > 1e-6:
        starts.append(_by_moments(old, new, "mean-sigma", None))
    return best_link(
        partial(chances, old), partial(chances, new), method, criterion, starts, slope is not None
    )


def best_link(
    old: Curves, new: Curves, method: Method, criterion: CurveCriterion, starts: list[Link], slope_known: bool
) -> Link:
    """The line under which the curves of two calibrations differ least, from the best of some starts.

    Raises
    ------
    ValueError
        Where the criterion has no least value.
    """
    found = [_least(old, new, method, criterion, start, slope_known) for start in starts]
    sound = [one for one in found if one is not None]
    if not sound:
        raise ValueError("the criterion has no least value")
    return min(sound, key=lambda one: one[1])[0]


def _by_moments(old: Items, new: Items, method: Method, slope: float | None) -> Link:
    if slope is None and method == "mean-mean":
        slope = float(new.a.mean() / old.a.mean())
    elif slope is None:
        spread = float(old.b.std()), float(new.b.std())
        if min(spread) <= 1e-9 * max(1.0, float(np.abs(old.b).max()), float(np.abs(new.b).max())):
            raise ValueError("difficulties do not differ")
        slope = spread[0] / spread[1]
    return Link(slope, float(old.b.mean() - slope * new.b.mean()))


# ── characteristic curves ────────────────────────────────────────────────────────────────────


class _CurveGap(NamedTuple):
    """Old curves less new ones, item by item, and its derivatives by log A and B."""

    gap: Floats
    """(Q, J)."""
    slopes: Floats
    """(2, Q, J)."""
    weights: Floats
    """(Q,)."""


def _gaps(old: Items, new: Items, link: Link, criterion: CurveCriterion) -> list[_CurveGap]:
    return _curve_gaps(partial(chances, old), partial(chances, new), link, criterion)


def _curve_gaps(old: Curves, new: Curves, link: Link, criterion: CurveCriterion) -> list[_CurveGap]:
    """On the old scale at θ: P_old(θ) − P_new((θ − B)/A); in the other direction P_old(Aθ + B) − P_new(θ)."""
    theta, weights = criterion.grid
    back = (theta - link.intercept) / link.slope
    (p_old, _), (p_new, by_theta) = old(theta), new(back)
    out = [_CurveGap(p_old - p_new, np.stack([by_theta * back[:, None], by_theta / link.slope]), weights)]
    if criterion.symmetric:
        (p_old, by_theta), (p_new, _) = old(link.slope * theta + link.intercept), new(theta)
        slopes = np.stack([by_theta * (link.slope * theta)[:, None], by_theta])
        out.append(_CurveGap(p_old - p_new, slopes, weights))
    return out


def _summed(gaps: list[_CurveGap], method: Method) -> list[_CurveGap]:
    """Of Stocking and Lord: the test's curves, sums over the items."""
    if method == "haebara":
        return gaps
    return [
        _CurveGap(one.gap.sum(axis=1, keepdims=True), one.slopes.sum(axis=2, keepdims=True), one.weights)
        for one in gaps
    ]


def _gradient(gaps: list[_CurveGap]) -> Floats:
    """(2,) half the derivative of the criterion by log A and B."""
    return np.asarray(sum(np.einsum("q,qj,pqj->p", g.weights, g.gap, g.slopes) for g in gaps))


def _least(
    old: Curves, new: Curves, method: Method, criterion: CurveCriterion, start: Link, held: bool
) -> tuple[Link, float] | None:
    """Where the criterion is least, from a start on, and its value; None where it falls without end."""
    free = slice(1, 2) if held else slice(0, 2)
    origin = np.array([np.log(start.slope), start.intercept])

    def gaps(x: Floats) -> list[_CurveGap]:
        at = origin.copy()
        at[free] = x
        return _summed(_curve_gaps(old, new, Link(float(np.exp(at[0])), float(at[1])), criterion), method)

    def residuals(x: Floats) -> Floats:
        return np.concatenate([(np.sqrt(one.weights)[:, None] * one.gap).ravel() for one in gaps(x)])

    def derivatives(x: Floats) -> Floats:
        found = [np.sqrt(one.weights)[:, None] * one.slopes for one in gaps(x)]
        return np.concatenate([one.reshape(2, -1) for one in found], axis=1)[free].T

    if not (np.isfinite(origin).all() and (abs(derivatives(origin[free])).max(axis=0) > 0).all()):
        return None
    done = least_squares(
        residuals,
        origin[free],
        derivatives,
        method="lm",
        xtol=_ENOUGH,
        ftol=_ENOUGH,
        gtol=_ENOUGH,
        x_scale="jac",
    )
    at = origin.copy()
    at[free] = done.x
    if not abs(at[0]) < np.log(1e3):
        return None
    return Link(float(np.exp(at[0])), float(at[1])), 2.0 * float(done.cost)


# ── standard errors ──────────────────────────────────────────────────────────────────────────


def link_jacobians(
    old: Items, new: Items, link: Link, method: Method, criterion: CurveCriterion, slope_known: bool
) -> tuple[Floats, Floats]:
    """(2, 3J) derivatives of slope and intercept by the old items' a, then b, then c; and by the new ones'.

    Notes
    -----
    With g the gradient of the criterion, d(A, B)/dp = −(∂g/∂(A, B))⁻¹ ∂g/∂p at its least value (implicit
    function); an item's parameters move its own curves only, so that all items are moved at once.
    """
    if method in ("mean-mean", "mean-sigma"):
        # the constants are means and standard deviations
        n, slope = len(old.a), link.slope
        by_old, by_new = np.zeros((2, 3, n)), np.zeros((2, 3, n))
        if slope_known or method == "mean-mean":  # a slope that is known is that of items which are all alike
            by_old[0, 0], by_new[0, 0] = -slope / (n * old.a.mean()), 1.0 / (n * old.a.mean())
        else:
            by_old[0, 1] = (old.b - old.b.mean()) / (n * old.b.std() * new.b.std())
            by_new[0, 1] = -slope * (new.b - new.b.mean()) / (n * new.b.var())
        by_old[1] = -new.b.mean() * by_old[0]
        by_new[1] = -new.b.mean() * by_new[0]
        by_old[1, 1] += 1.0 / n
        by_new[1, 1] -= slope / n
        return by_old.reshape(2, 3 * n), by_new.reshape(2, 3 * n)
    n = len(old.a)

    def gradient(log_slope: float, intercept: float) -> Floats:
        return _gradient(
            _summed(_gaps(old, new, Link(float(np.exp(log_slope)), intercept), criterion), method)
        )

    at = np.array([np.log(link.slope), link.intercept])
    bend = np.stack(
        [(gradient(*(at + e)) - gradient(*(at - e))) / (2.0 * STEP) for e in np.eye(2) * STEP], axis=1
    )
    here = _gaps(old, new, link, criterion)
    out = []
    for moved_is_old in (True, False):
        by = np.zeros((2, 3, n))
        for slot in range(3):
            up, down = (
                _gaps(moved(old, slot, h), new, link, criterion)
                if moved_is_old
                else _gaps(old, moved(new, slot, h), link, criterion)
                for h in (STEP, -STEP)
            )
            by[:, slot] = _gradient_change(here, up, down, method)
        flat = by.reshape(2, 3 * n)
        if slope_known:
            by_slopes = np.zeros(3 * n)
            by_slopes[:n] = -1.0 / old.a.sum() if moved_is_old else 1.0 / new.a.sum()
            own = np.stack([link.slope * by_slopes, -(flat[1] + bend[1, 0] * by_slopes) / bend[1, 1]])
        else:
            own = -np.linalg.solve(bend, flat)
            own[0] *= link.slope
        out.append(own)
    return out[0], out[1]


def delta_covariance(jacobians: tuple[Floats, Floats], covariances: tuple[Floats, Floats]) -> Floats:
    """(n, n) covariance of what has those derivatives by the parameters of two independent calibrations,
    whose (3J, 3J) covariances are of a, then b, then c."""
    first, second = (j @ one @ j.T for j, one in zip(jacobians, covariances, strict=True))
    return np.asarray(first + second)


def moved(items: Items, slot: int, by: float) -> Items:
    """Every item with its a, b or c moved."""
    return Items._make(one + by if n == slot else one for n, one in enumerate(items))


def _gradient_change(
    here: list[_CurveGap], up: list[_CurveGap], down: list[_CurveGap], method: Method
) -> Floats:
    """(2, J) derivative of the gradient where each item alone is moved."""
    whole = _summed(here, method)
    out: Floats = np.zeros((2, here[0].gap.shape[1]))
    for base, high, low in zip(whole, up, down, strict=True):
        gap, slopes = (high.gap - low.gap) / (2.0 * STEP), (high.slopes - low.slopes) / (2.0 * STEP)
        out += np.einsum("q,qj,pqj->pj", base.weights, gap, np.broadcast_to(base.slopes, slopes.shape))
        out += np.einsum("q,qj,pqj->pj", base.weights, np.broadcast_to(base.gap, gap.shape), slopes)
    return out
