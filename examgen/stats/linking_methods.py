"""Linking methods: the line between the ability scales of two calibrations, its errors, and items that drift.

Ability on the scale of X becomes θ_Y = A θ_X + B, and an item of X a/A, A b + B, c (Kolen & Brennan, 2014,
eq. 6.2–6.4). X is transformed to the scale of Y.

References
----------
Loyd & Hoover (1980), mean/mean. Marco (1977), mean/sigma. Haebara (1980), Japanese Psychological Research 22,
144–149. Stocking & Lord (1983), Applied Psychological Measurement 7, 201–210. Kim & Kolen (2007), Applied
Measurement in Education 20, 371–397, for the symmetric criteria. Baker (1992), Cohen & Kim (1998) and Kim &
Lee (2006), Journal of Educational Measurement 43, 53–76, for items with partial scores. Ogasawara (2000,
2001), Applied Psychological Measurement 25, 53–67, for standard errors by the delta method. Huynh & Meyer
(2010), Practical Assessment, Research & Evaluation 15(2), for the robust z.

Equating by an item response model: scores on X as scores on Y, with standard errors, from items on one
scale.

True-score equating uses the test characteristic curves, observed-score equating the distributions of scores
that the model expects in a population. Items are scored 0 and 1.

References
----------
Lord & Wingersky (1984), Applied Psychological Measurement 8, 453–461. Kolen (1981), Journal of Educational
Measurement 18, 1–11, for true scores below the sum of c. Kolen & Brennan (2014), Test equating, scaling and
linking, sections 6.5 and 6.6.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from examgen.stats.irt_models import (
    DICHOTOMOUS,
    PARTIAL_CREDIT,
    ItemParameters,
    leave_one_out,
    sum_score_likelihoods,
)
from examgen.stats.matrix import Bools, Floats
from examgen.stats.quadrature import Grid

METHODS = ("mean-mean", "mean-sigma", "haebara", "stocking-lord")
STEP = 1e-5
"""The step for numerical derivatives by a parameter."""
MOST_ROUNDS, FEWEST_KEPT = 10, 3
"""The maximum number of links without the drifting items, and the minimum number of common items that must
remain, which must also be half of them."""
_ENOUGH = 1e-14


class Link(NamedTuple):
    """The line between two ability scales: θ_Y = slope · θ_X + intercept."""

    slope: float
    intercept: float


class LinkRule(NamedTuple):
    """The method of linking, with its options."""

    method: str
    grid: Grid
    """Abilities at which curves are compared, with their weights."""
    symmetric: bool = False
    """Whether curves are compared on both scales."""
    slope: float | None = None
    """A known slope, as between two Rasch scales; only the intercept is then estimated."""


def ability_grid(weights: str = "normal") -> Grid:
    """Return abilities from −4 to 4 in steps of 0.1, with standard normal or equal weights that sum to 1, as
    in the examples of plink."""
    nodes = np.linspace(-4.0, 4.0, 81)
    raw = np.exp(-0.5 * nodes**2) if weights == "normal" else np.ones_like(nodes)
    return Grid(nodes, raw / raw.sum())


def carried(items: ItemParameters, link: Link) -> ItemParameters:
    """Return the items of X on the scale of Y."""
    a = items.a / link.slope
    scores = np.arange(1.0, items.d.shape[1] + 1.0)
    times = np.where(items.kind[:, None] == PARTIAL_CREDIT, scores, 1.0)
    return items._replace(a=a, d=items.d - times * (a * link.intercept)[:, None])


def moved(items: ItemParameters, what: int, by: float) -> ItemParameters:
    """Return the items, scored 0 and 1, with the a, b or c of each changed by the same amount."""
    a, b, c = (one + by * (n == what) for n, one in enumerate((items.a, items.b[:, 0], items.c)))
    return items._replace(a=a, d=-(a * b)[:, None], c=c)


# ── the line ─────────────────────────────────────────────────────────────────────────────────


def link_scales(x: ItemParameters, y: ItemParameters, rule: LinkRule) -> Link:
    """Return the line from the scale of X to that of Y.

    The moment methods use the slopes and all difficulties, thresholds or steps. Haebara's criterion compares
    the curves of all categories, Stocking and Lord's the expected scores on the test.

    Parameters
    ----------
    x, y : ItemParameters
        The same J items in both calibrations, of the same kinds and categories, slopes above 0.
    rule : LinkRule

    Raises
    ------
    ValueError
        If the constants are undefined: difficulties are the `same` although mean/sigma needs them to vary,
        items are `far` from the abilities of the criterion, or the criterion is `endless`, without a minimum.
    """
    if rule.method in ("mean-mean", "mean-sigma"):
        return _by_moments(x, y, rule.method, rule.slope)
    b_x, b_y = (items.b[~np.isnan(items.d)] for items in (x, y))
    if float(np.median(np.abs(b_y))) > 2.0 * float(np.abs(rule.grid.nodes).max()):
        raise ValueError("far")
    starts = [_by_moments(x, y, "mean-mean", rule.slope)]
    if rule.slope is None and min(b_x.std(), b_y.std()) > 1e-6:
        starts.append(_by_moments(x, y, "mean-sigma", None))
    found = [one for start in starts if (one := _least(x, y, rule, start)) is not None]
    if not found:
        raise ValueError("endless")
    return min(found, key=lambda one: one[1])[0]


def _by_moments(x: ItemParameters, y: ItemParameters, method: str, slope: float | None) -> Link:
    b_x, b_y = (items.b[~np.isnan(items.d)] for items in (x, y))
    if slope is None and method == "mean-mean":
        slope = float(x.a.mean() / y.a.mean())
    elif slope is None:
        spread = float(b_y.std()), float(b_x.std())
        if min(spread) <= 1e-9 * max(1.0, float(np.abs(b_y).max()), float(np.abs(b_x).max())):
            raise ValueError("same")
        slope = spread[0] / spread[1]
    return Link(slope, float(b_y.mean() - slope * b_x.mean()))


class _Gap(NamedTuple):
    """Curves of Y less those of X, item by item or category by category."""

    gap: Floats
    """(Q, C)."""
    slopes: Floats
    """(2, Q, C) derivatives by log A and B."""


def _gaps(x: ItemParameters, y: ItemParameters, link: Link, rule: LinkRule) -> list[_Gap]:
    """On the scale of Y P_Y(θ) − P_X((θ − B) / A); on that of X, if symmetric, P_Y(Aθ + B) − P_X(θ)."""
    by_category = rule.method == "haebara" and bool((y.kind != DICHOTOMOUS).any())

    def shown(items: ItemParameters, theta: Floats) -> tuple[Floats, Floats]:
        if not by_category:
            return items.scores_and_slopes(theta)
        made = items.curves(theta, 1)
        return made.p.reshape(len(theta), -1), made.d1.reshape(len(theta), -1)

    theta = rule.grid.nodes
    back = (theta - link.intercept) / link.slope
    (p_y, _), (p_x, by_theta) = shown(y, theta), shown(x, back)
    out = [_Gap(p_y - p_x, np.stack([by_theta * back[:, None], by_theta / link.slope]))]
    if rule.symmetric:
        (p_y, by_theta), (p_x, _) = shown(y, link.slope * theta + link.intercept), shown(x, theta)
        out.append(_Gap(p_y - p_x, np.stack([by_theta * (link.slope * theta)[:, None], by_theta])))
    return out


def _summed(gaps: Sequence[_Gap], rule: LinkRule) -> Sequence[_Gap]:
    """Stocking and Lord compare the curves of the test: sums over the items."""
    if rule.method == "haebara":
        return gaps
    return [_Gap(gap.sum(axis=1, keepdims=True), slopes.sum(axis=2, keepdims=True)) for gap, slopes in gaps]


def _least(x: ItemParameters, y: ItemParameters, rule: LinkRule, start: Link) -> tuple[Link, float] | None:
    """Where the criterion is least, from a start on, and its value; None where it falls without end."""
    from scipy.optimize import least_squares

    free = slice(1, 2) if rule.slope is not None else slice(0, 2)
    origin, roots = np.array([np.log(start.slope), start.intercept]), np.sqrt(rule.grid.weights)[:, None]

    def line(at: Floats) -> Link:
        whole = origin.copy()
        whole[free] = at
        return Link(float(np.exp(whole[0])), float(whole[1]))

    def residuals(at: Floats) -> Floats:
        return np.concatenate(
            [(roots * one.gap).ravel() for one in _summed(_gaps(x, y, line(at), rule), rule)]
        )

    def derivatives(at: Floats) -> Floats:
        found = [(roots * one.slopes).reshape(2, -1) for one in _summed(_gaps(x, y, line(at), rule), rule)]
        return np.concatenate(found, axis=1)[free].T

    if not (np.isfinite(origin).all() and (abs(derivatives(origin[free])).max(axis=0) > 0).all()):
        return None
    done = least_squares(
        residuals, origin[free], derivatives, method="lm", xtol=_ENOUGH, ftol=_ENOUGH, gtol=_ENOUGH,
        x_scale="jac",
    )  # fmt: skip
    found = line(done.x)
    return (found, 2.0 * float(done.cost)) if 1e-3 < found.slope < 1e3 else None


# ── standard errors ──────────────────────────────────────────────────────────────────────────


def table_covariance(items: ItemParameters, errors: Floats) -> Floats | None:
    """Return the covariance (3J, 3J) of a, then b, then c of items scored 0 and 1, from their standard
    errors.

    If the error of d = −ab is known, var d = b² var a + a² var b + 2ab cov(a, b) yields the covariance of a
    and b; otherwise that is set to 0. None if no b has an error.

    Parameters
    ----------
    items : ItemParameters
    errors : ndarray, shape (4, J)
        Standard errors of a, b, c and d; NaN if unknown.
    """
    a, b, n = items.a, items.b[:, 0], len(items.a)
    if np.isnan(errors[1]).all():
        return None
    variances = np.nan_to_num(errors[:3], nan=0.0) ** 2
    out = np.diag(variances.ravel())
    with np.errstate(divide="ignore", invalid="ignore"):
        both = (errors[3] ** 2 - b**2 * variances[0] - a**2 * variances[1]) / (2.0 * a * b)
    both = np.where(np.abs(both) <= np.sqrt(variances[0] * variances[1]), both, 0.0)
    rows = np.arange(n)
    out[rows, n + rows] = out[n + rows, rows] = both
    out[n + rows[np.isnan(errors[1])]] = np.nan
    return out


def fit_covariance(
    covariance: Floats, labels: Sequence[str], names: Sequence[str], items: ItemParameters
) -> Floats | None:
    """Return the covariance (3J, 3J) of a, b and c, from that of a, d and c in a fit, with b = −d/a.

    Parameters
    ----------
    covariance : ndarray
        Covariance of the parameters of the fit.
    labels : sequence of str
        The parameter of each row, such as `I01.a`; `a` is the common slope of all items.
    names : sequence of str
        The J items.
    items : ItemParameters
        The parameters of these items, which are scored 0 and 1.
    """
    n, b = len(names), items.b[:, 0]
    place = {f"{name}.{what}": (what, [j]) for j, name in enumerate(names) for what in "adc"}
    place["a"] = "a", list(range(n))
    change = np.zeros((3 * n, len(labels)))
    for column, label in enumerate(labels):
        what, own = place.get(label, ("", []))
        rows = np.array(own, dtype=np.int64)
        if what == "a":
            change[rows, column] = 1.0
            change[n + rows, column] = -b[rows] / items.a[rows]
        elif what == "d":
            change[n + rows, column] = -1.0 / items.a[rows]
        elif what == "c":
            change[2 * n + rows, column] = 1.0
    return np.asarray(change @ covariance @ change.T)


def link_jacobians(x: ItemParameters, y: ItemParameters, link: Link, rule: LinkRule) -> tuple[Floats, Floats]:
    """Return the derivatives (2, 3J) of slope and intercept by a, then b, then c of the items of X, and those
    for Y.

    Items are scored 0 and 1.

    Notes
    -----
    With g the gradient of the criterion, d(A, B)/dp = −(∂g/∂(A, B))⁻¹ ∂g/∂p at the minimum (implicit function
    theorem). An item's parameters affect only its own curves, so that the derivatives for all items are
    computed at once.
    """
    n = len(y.a)
    if rule.method in ("mean-mean", "mean-sigma"):
        return _moment_jacobians(x, y, link, rule)

    def gradient(log_slope: float, intercept: float) -> Floats:
        gaps = _summed(_gaps(x, y, Link(float(np.exp(log_slope)), intercept), rule), rule)
        return np.asarray(sum(np.einsum("q,qj,pqj->p", rule.grid.weights, *one) for one in gaps))

    at = np.array([np.log(link.slope), link.intercept])
    bend = np.stack(
        [(gradient(*(at + e)) - gradient(*(at - e))) / (2.0 * STEP) for e in np.eye(2) * STEP], axis=1
    )
    here, out = _gaps(x, y, link, rule), []
    for of_x in (True, False):
        by = np.zeros((2, 3, n))
        for what in range(3):
            up, down = (
                _gaps(moved(x, what, h), y, link, rule) if of_x else _gaps(x, moved(y, what, h), link, rule)
                for h in (STEP, -STEP)
            )
            by[:, what] = _gradient_change(here, up, down, rule)
        flat = by.reshape(2, 3 * n)
        if rule.slope is None:
            own = -np.linalg.solve(bend, flat)
            own[0] *= link.slope
        else:  # a slope that is known is that of items which are all alike
            by_slopes = np.zeros(3 * n)
            by_slopes[:n] = 1.0 / x.a.sum() if of_x else -1.0 / y.a.sum()
            own = np.stack([link.slope * by_slopes, -(flat[1] + bend[1, 0] * by_slopes) / bend[1, 1]])
        out.append(own)
    return np.asarray(out[0]), np.asarray(out[1])


def _moment_jacobians(
    x: ItemParameters, y: ItemParameters, link: Link, rule: LinkRule
) -> tuple[Floats, Floats]:
    n, b_x, b_y = len(y.a), x.b[:, 0], y.b[:, 0]
    by_x, by_y = np.zeros((2, 3, n)), np.zeros((2, 3, n))
    if rule.slope is not None or rule.method == "mean-mean":
        by_x[0, 0], by_y[0, 0] = 1.0 / (n * y.a.mean()), -link.slope / (n * y.a.mean())
    else:
        by_x[0, 1] = -link.slope * (b_x - b_x.mean()) / (n * b_x.var())
        by_y[0, 1] = (b_y - b_y.mean()) / (n * b_y.std() * b_x.std())
    by_x[1], by_y[1] = -b_x.mean() * by_x[0], -b_x.mean() * by_y[0]
    by_x[1, 1] -= link.slope / n
    by_y[1, 1] += 1.0 / n
    return by_x.reshape(2, 3 * n), by_y.reshape(2, 3 * n)


def _gradient_change(
    here: Sequence[_Gap], up: Sequence[_Gap], down: Sequence[_Gap], rule: LinkRule
) -> Floats:
    """(2, J) derivative of the gradient where each item alone is moved."""
    out: Floats = np.zeros((2, here[0].gap.shape[1]))
    for whole, high, low in zip(_summed(here, rule), up, down, strict=True):
        gap, slopes = (high.gap - low.gap) / (2.0 * STEP), (high.slopes - low.slopes) / (2.0 * STEP)
        change = gap * whole.slopes + whole.gap * slopes
        out += np.einsum("q,pqj->pj", rule.grid.weights, change)
    return out


def delta_covariance(jacobians: Sequence[Floats], covariances: Sequence[Floats]) -> Floats:
    """Return the covariance (n, n) of n quantities with these derivatives by the parameters of independent
    calibrations."""
    used = [np.flatnonzero(np.abs(one).sum(axis=0) > 0) for one in jacobians]
    parts = zip(jacobians, covariances, used, strict=True)
    return np.asarray(sum(j[:, own] @ whole[np.ix_(own, own)] @ j[:, own].T for j, whole, own in parts))


# ── drift ────────────────────────────────────────────────────────────────────────────────────


class Drift(NamedTuple):
    """The drift of each of J common items on the scale of Y."""

    displacement: Floats
    """A b_X + B − b_Y; positive if the item is harder on X."""
    displacement_se: Floats
    """Standard error of the displacement, treating A and B as known; 0 if the errors of the items are
    unknown."""
    z_a: Floats
    """Robust z of log(a_X / A) − log a_Y; NaN if half of the values are the same."""
    z_b: Floats
    """Robust z of the displacement; NaN if half of the values are the same."""
    rmsd: Floats
    """Root mean squared difference of the two curves over abilities (the square root of D², Wells et al.,
    2014)."""
    drifts: Bools


def drift(
    x: ItemParameters, y: ItemParameters, link: Link, errors: Floats, most_z: float, most_rmsd: float
) -> Drift:
    """Find the common items, scored 0 and 1, that have changed between the calibrations.

    An item drifts if the robust z of its slope or difficulty is beyond `most_z`, the difference is at least
    `most_z` standard errors, and its curves differ by at least `most_rmsd`.

    Parameters
    ----------
    x, y : ItemParameters
    link : Link
    errors : ndarray, shape (4, J)
        Standard errors of a and b of X, and of a and b of Y; 0 if unknown, so that no difference is
        attributed to chance.
    most_z, most_rmsd : float
    """
    here, grid = carried(x, link), ability_grid()
    displacement, steeper = here.b[:, 0] - y.b[:, 0], np.log(here.a) - np.log(y.a)
    se = np.hypot(link.slope * errors[1], errors[3])
    se_steeper = np.hypot(errors[0] / x.a, errors[2] / y.a)
    z_b, z_a = robust_z(displacement), robust_z(steeper)
    gap = here.scores_and_slopes(grid.nodes)[0] - y.scores_and_slopes(grid.nodes)[0]
    rmsd = np.sqrt(grid.weights @ gap**2)
    outside = np.zeros(len(x.a), dtype=np.bool_)
    for values, z, error in ((displacement, z_b, se), (steeper, z_a, se_steeper)):
        # where most agree to the last digit there is no z, and any other one stands out
        apart = np.abs(values - np.median(values)) > 1e-6
        outside |= np.where(np.isnan(z), apart, np.abs(z) > most_z) & (np.abs(values) >= most_z * error)
    return Drift(displacement, se, z_a, z_b, rmsd, outside & (rmsd >= most_rmsd))


def robust_z(values: Floats) -> Floats:
    """Return (x − median) / (0.74 · interquartile range); NaN if that range is 0 (Huynh & Meyer, 2010, eq.
    1)."""
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    spread = 0.74 * (high - low)
    if spread <= 1e-9 * max(1.0, float(np.abs(values).max())):
        return np.full(len(values), np.nan)
    return np.asarray((values - middle) / spread)


def purified(
    n: int, link_by: Callable[[Bools], Link], drifts: Callable[[Link], Bools] | None
) -> tuple[Link, Bools, str]:
    """Link, exclude the items that drift, and link again, until the items that drift are those that were
    excluded.

    An excluded item is included again if it no longer drifts. Without `drifts` all items are used.

    Returns
    -------
    Link
    ndarray of bool, shape (n,)
        The items used for the link.
    str
        `settled`; `too-many` if too few items would remain without those that drift; `unsettled`.
    """
    kept = np.ones(n, dtype=np.bool_)
    seen = set[bytes]()
    link = link_by(kept)
    if drifts is None:
        return link, kept, "settled"
    for _ in range(MOST_ROUNDS):
        stays = ~drifts(link)
        if (stays == kept).all():
            return link, kept, "settled"
        if int(stays.sum()) < max(FEWEST_KEPT, (n + 1) // 2):
            return link, kept, "too-many"
        if stays.tobytes() in seen:
            break
        seen.add(stays.tobytes())
        kept = stays
        link = link_by(kept)
    return link, kept, "unsettled"


# ── scores by a model ─────────────────────────────────────────────────────────────────────────────────


_FARTHEST = 1e6


def rises(items: ItemParameters) -> bool:
    """Return whether the true score rises with ability from −4 to 4; otherwise a score corresponds to several
    abilities."""
    return bool((items.scores_and_slopes(np.linspace(-4.0, 4.0, 81))[1].sum(axis=1) > 0).all())


def ends(items: ItemParameters) -> tuple[float, float]:
    """Return the limits of the expected score, which are not reached: with positive slopes, the sum of c and
    the number of items."""
    falls = items.a < 0
    return float(np.where(falls, 1.0, items.c).sum()), float(np.where(falls, items.c, 1.0).sum())


def true_scores(x: ItemParameters, y: ItemParameters) -> tuple[Floats, Floats]:
    """Return the true scores on Y for the scores 0 … J on X, and the abilities (NaN at and beyond the ends of
    the curve).

    Between the `ends` of X, T_Y(T_X⁻¹(score)). Outside them the model has no true scores. There the
    conversion is a line from (0, 0) to the lower ends, and from the upper ends to the highest scores (Kolen,
    1981; Kolen & Brennan, 2014, p. 197). Both forms must be on one scale.
    """
    scores = np.arange(len(x.a) + 1.0)
    (low, high), (low_y, high_y) = ends(x), ends(y)
    theta = np.full(len(scores), np.nan)
    inside = (scores > low + 1e-9) & (scores < high - 1e-9)
    theta[inside] = [x.ability_at(score, _FARTHEST) for score in scores[inside].tolist()]
    equated = np.empty_like(scores)
    equated[inside] = y.scores_and_slopes(theta[inside])[0].sum(axis=1)
    below, above = scores <= low + 1e-9, scores >= high - 1e-9
    equated[below] = scores[below] * (low_y / low if low > 1e-9 else 0.0)
    rest = len(x.a) - high
    share = (scores[above] - high) / rest if rest > 1e-9 else np.ones(int(above.sum()))
    equated[above] = high_y + np.clip(share, 0.0, 1.0) * (len(y.a) - high_y)
    return equated, theta


def observed_scores(x: ItemParameters, y: ItemParameters, grid: Grid) -> tuple[Floats, Floats, Floats]:
    """Return the scores on Y with the same percentile ranks in a population as those on X, and the
    probabilities of the scores on X and on Y.

    A score represents the interval of half a point on each side, with a uniform distribution (Kolen &
    Brennan, 2014, eq. 2.14–2.18).
    """
    of_x, of_y = (
        sum_score_likelihoods(one.probabilities(grid.nodes), np.ones(len(one.a), dtype=np.int64))
        @ grid.weights
        for one in (x, y)
    )
    rank = np.cumsum(of_x) - 0.5 * of_x
    upto = np.concatenate([[0.0], np.cumsum(of_y)])
    taken = np.concatenate([[True], np.diff(upto) > 0])
    return np.interp(rank, upto[taken], (np.arange(len(upto)) - 0.5)[taken]), of_x, of_y


# ── standard errors ──────────────────────────────────────────────────────────────────────────


def _by_parameters(items: ItemParameters, theta: Floats) -> Floats:
    """(Q, 3, J) derivatives of each item's expected score by its own a, b and c."""
    pairs = ([moved(items, what, h).scores_and_slopes(theta)[0] for h in (STEP, -STEP)] for what in range(3))
    return np.stack([(up - down) / (2.0 * STEP) for up, down in pairs], axis=1)


def true_score_jacobians(
    x: ItemParameters, y: ItemParameters, link: Link, theta: Floats, of_link: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return the derivatives (J + 1, 3J) of the true scores on Y by a, b and c of X, and those of Y.

    The true score is T_Y(A T_X⁻¹(score) + B). `of_link` has the derivatives (2, 3J) of A and B by the
    parameters of all items of X, and of Y. `x` is on its own scale.
    """
    scores, inside = np.arange(len(theta), dtype=np.float64), np.isfinite(theta)
    by_x, by_y = (np.zeros((len(scores), 3 * len(items.a))) for items in (x, y))
    at = theta[inside]
    back = (at - link.intercept) / link.slope
    rise_x, rise_y = x.scores_and_slopes(back)[1].sum(axis=1), y.scores_and_slopes(at)[1].sum(axis=1)
    by_line = np.stack([rise_y * back, rise_y], axis=1)
    own = _by_parameters(x, back).reshape(len(back), -1)
    by_x[inside] = -(rise_y * link.slope / rise_x)[:, None] * own + by_line @ of_link[0]
    by_y[inside] = _by_parameters(y, at).reshape(len(at), -1) + by_line @ of_link[1]
    low = ends(x)[0]
    below = ~inside & (scores <= low + 1e-9) & (low > 1e-9)
    by_x[below, 2 * len(x.a) :] = -scores[below, None] * ends(y)[0] / low**2
    by_y[below, 2 * len(y.a) :] = scores[below, None] / low
    return by_x, by_y


def observed_score_jacobians(
    x: ItemParameters, y: ItemParameters, link: Link, grid: Grid, of_link: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return the derivatives for observed-score equating, as `true_score_jacobians`: dy = (dF(x) − dG(y)) /
    g(y)."""
    here = carried(x, link)
    equated, _, of_scores = observed_scores(here, y, grid)
    back = (grid.nodes - link.intercept) / link.slope
    of_x = _distribution_change(here, _by_parameters(x, back), grid)
    rise = x.scores_and_slopes(back)[1]
    by_line = np.stack([-rise * back[:, None] / link.slope, -rise / link.slope], axis=1)
    line = _distribution_change(here, by_line, grid).reshape(-1, 2, len(x.a)).sum(axis=2)
    of_y = _distribution_change(y, _by_parameters(y, grid.nodes), grid)
    cell = np.clip(np.floor(equated + 0.5).astype(np.int64), 0, len(of_scores) - 1)
    density = np.maximum(of_scores[cell], 1e-300)[:, None]
    share = (equated - (cell - 0.5))[:, None]
    by_rank_x = np.cumsum(of_x, axis=0) - 0.5 * of_x
    by_rank_y = np.cumsum(of_y, axis=0)[cell] - of_y[cell] * (1.0 - share)
    by_rank_line = np.cumsum(line, axis=0) - 0.5 * line
    return (
        (by_rank_line @ of_link[0] + by_rank_x) / density,
        (by_rank_line @ of_link[1] - by_rank_y) / density,
    )


def _distribution_change(items: ItemParameters, of_items: Floats, grid: Grid) -> Floats:
    """(J + 1, S·J) derivatives of the distribution of scores, from those (Q, S, J) of the expected scores."""
    n, n_slots = len(items.a), of_items.shape[1]
    out = np.zeros((n + 1, n_slots, n))
    chances = items.probabilities(grid.nodes)
    for item, others in leave_one_out(chances, np.ones(n, dtype=np.int64)):
        weighted = others @ (of_items[:, :, item] * grid.weights[:, None])
        out[1:, :, item] += weighted
        out[:-1, :, item] -= weighted
    return out.reshape(n + 1, n_slots * n)
