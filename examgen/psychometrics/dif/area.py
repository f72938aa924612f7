"""Raju's areas between the item characteristic curves of two groups (difR's `difRaju`)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.core.words import tell
from examgen.psychometrics.dif.counts import DifSample, for_curves
from examgen.psychometrics.dif.screening import Bools, Floats, Purified, divide, purify
from examgen.psychometrics.distributions import adjusted, normal_two_sided
from examgen.psychometrics.irt.items import Note
from examgen.psychometrics.irt.marginal.groups import STEEP, GroupsFit, fit_groups

_HUGE = 709.0
_COLUMNS = ("signed_area", "signed_z", "unsigned_area", "unsigned_z", "a_focal", "b_focal")


class GroupItemParameters(NamedTuple):
    """Slopes and difficulties of J items in one group, with their standard errors."""

    a: Floats
    b: Floats
    se_a: Floats
    se_b: Floats
    covariance: Floats
    """(J,) of slope and difficulty."""


class AreaDif(NamedTuple):
    """Raju's areas of J items; NaN where undefined, and a note says why.

    For more than two groups the columns are those of the focal group with the largest absolute Z, p is
    multiplied by the number of focal groups, and `contrasts` has every one.
    """

    kind: str
    """`udif`: the signed area flags and purifies; `both` and `nudif`: the unsigned."""
    signed_area: Floats
    """(J,) b focal − b reference: the area between the curves, positive where the item is harder for the
    focal group."""
    signed_z: Floats
    unsigned_area: Floats
    """(J,) area between the curves whichever is above."""
    unsigned_z: Floats
    """(J,) H/se(H) with the sign of Raju's H, as difR prints it."""
    p: Floats
    """(J,) two-sided, of the Z of `kind`."""
    p_adjusted: Floats
    a_reference: Floats
    b_reference: Floats
    a_focal: Floats
    """(J,) on the scale of the reference group."""
    b_focal: Floats
    flagged: Bools
    """(J,) `p_adjusted` below alpha."""
    anchor: Bools
    """(J,) items that set the scale of the focal group."""
    rounds: int
    converged: bool
    notes: tuple[Note, ...]
    contrasts: tuple[AreaDif, ...]


def area(
    found: DifSample,
    *,
    purification: bool = False,
    kind: str = "both",
    model: str = "2pl",
    adjust: str | None = None,
    alpha: float = 0.05,
) -> AreaDif:
    """Areas between curves, each group fitted by itself by marginal maximum likelihood.

    The focal group's parameters are put on the reference group's scale by the mean and standard deviation of
    the anchor items' difficulties (for a Rasch model, by the mean), as difR does. With Y = a_F a_R (b_F −
    b_R)/(a_F − a_R), H = 2 (a_F − a_R)/(a_F a_R) log(1 + exp Y) − (b_F − b_R); the unsigned area is |H|.

    Parameters
    ----------
    found : DifSample
        A matching variable from outside does not matter here.
    purification : bool
    kind : {'both', 'udif', 'nudif'}
    model : {'2pl', 'rasch'}
    adjust : {None, 'bh', 'holm', 'bonferroni'}
    alpha : float

    References
    ----------
    Raju (1988), Psychometrika 53, 495–502; Raju (1990), Appl. Psychol. Meas. 14, 197–207, equations 9–22.
    """
    if kind not in {"both", "udif", "nudif"} or model not in {"2pl", "rasch"}:
        raise ValueError(f"kind {kind!r} or model {model!r} is not known")
    curves, notes = _curves(found, model)
    n_items = len(found.usable)

    def compute(anchor: Bools) -> tuple[dict[str, Floats], ...]:
        return tuple(_areas(curves[0], focal, anchor, model == "rasch") for focal in curves[1:])

    def flagged(groups: tuple[dict[str, Floats], ...]) -> Bools:
        p = np.array([normal_two_sided(g[_of(kind)]) for g in groups]).reshape(-1, n_items)
        return np.asarray((p * max(len(p), 1) < alpha).any(axis=0))

    last = purify(compute, flagged, np.ones(n_items, dtype=np.bool_), purification)
    if not last.result:
        nothing = {name: np.full(n_items, np.nan) for name in _COLUMNS}
        empty = GroupItemParameters(*([np.full(n_items, np.nan)] * 5))
        return _result(last, nothing, empty, 1, (kind, adjust, alpha))._replace(notes=tuple(notes))
    each = tuple(_result(last, columns, curves[0], 1, (kind, adjust, alpha)) for columns in last.result)
    if len(each) == 1:
        return each[0]._replace(notes=(*notes, *each[0].notes))
    # of each item the columns of the group with the largest |Z|
    largest = np.nan_to_num(np.abs([g[_of(kind)] for g in last.result]), nan=-1.0).argmax(axis=0)
    columns = {name: np.choose(largest, [g[name] for g in last.result]) for name in _COLUMNS}
    return _result(last, columns, curves[0], len(each), (kind, adjust, alpha))._replace(
        notes=tuple(notes), contrasts=each
    )


def _of(kind: str) -> str:
    return "signed_z" if kind == "udif" else "unsigned_z"


def _curves(found: DifSample, model: str) -> tuple[list[GroupItemParameters], list[Note]]:
    """Each group's curves, the reference group's first; none where nothing can be compared."""
    able, notes = for_curves(found, model)
    if not able:
        return [], notes
    curves = []
    told = {note.item for note in notes if note.item is not None}
    for g in range(found.n_groups):
        cells = found.cells[found.group == g]
        fit = fit_groups(cells, np.zeros(len(cells), dtype=np.int64), model=model)
        for note in fit.notes:
            if note.item is None or note.item not in told:
                notes.append(note._replace(group=g))
        told |= {note.item for note in fit.notes if note.item is not None}
        curves.append(_difficulties(fit))
    falling = np.any([curve.a <= 0 for curve in curves], axis=0)
    words = tell("Its curve does not rise in each group: there is no area between such curves.")
    notes += [Note("negative-slope", int(j), words) for j in np.flatnonzero(falling)]
    return curves, notes


def _difficulties(fit: GroupsFit) -> GroupItemParameters:
    """From slope and intercept to slope and difficulty, by the delta method; NaN where not settled."""
    lost = (np.abs(fit.a[0]) >= STEEP) | (not fit.converged)
    a, d, b = (np.where(lost, np.nan, values[0]) for values in (fit.a, fit.d, fit.b))
    variance_a = np.nan_to_num(fit.se_a[0]) ** 2
    cross = np.nan_to_num(fit.covariance_ad[0])
    b = np.where(np.isfinite(b), b, np.nan)
    slope = np.where(np.isnan(b), np.nan, a)
    variance_b = fit.se_d[0] ** 2 / slope**2 + d**2 * variance_a / slope**4 - 2.0 * d * cross / slope**3
    covariance = -cross / slope + d * variance_a / slope**2
    return GroupItemParameters(
        slope, b, np.sqrt(variance_a), np.sqrt(np.maximum(variance_b, 0.0)), covariance
    )


def _rescaled(
    reference: GroupItemParameters, focal: GroupItemParameters, anchor: Bools, rasch: bool
) -> GroupItemParameters:
    """The focal group's curves on the reference group's scale."""
    used = anchor & np.isfinite(reference.b) & np.isfinite(focal.b)
    scale = 1.0
    if used.sum() < (1 if rasch else 2):
        return GroupItemParameters(*([np.full(len(anchor), np.nan)] * 5))
    if not rasch:
        spread = float(focal.b[used].std(ddof=1))
        scale = float(reference.b[used].std(ddof=1)) / spread if spread > 0 else float("nan")
    shift = float(reference.b[used].mean()) - scale * float(focal.b[used].mean())
    return GroupItemParameters(
        divide(focal.a, np.full(len(anchor), scale)),
        scale * focal.b + shift,
        divide(focal.se_a, np.full(len(anchor), scale)),
        scale * focal.se_b,
        focal.covariance,
    )


def _areas(
    reference: GroupItemParameters, focal: GroupItemParameters, anchor: Bools, rasch: bool
) -> dict[str, Floats]:
    rising = (reference.a > 0) & (focal.a > 0)
    moved = _rescaled(reference, focal, anchor & rising, rasch)
    signed = np.where(rising, moved.b - reference.b, np.nan)
    signed_z = divide(signed, np.sqrt(moved.se_b**2 + reference.se_b**2))
    h, z = (signed, signed_z) if rasch else unsigned(reference, moved)
    h, z = np.where(rising, h, np.nan), np.where(rising, z, np.nan)
    return {
        "signed_area": signed, "signed_z": signed_z, "unsigned_area": np.abs(h), "unsigned_z": z,
        "a_focal": moved.a, "b_focal": moved.b,
    }  # fmt: skip


def unsigned(reference: GroupItemParameters, focal: GroupItemParameters) -> tuple[Floats, Floats]:
    """Raju's H (its absolute value is the unsigned area) and Z, (J,) each; difR's sign.

    Where the slopes are so alike that exp(Y) overflows, H is −(b_F − b_R), as in difR.
    """
    apart = focal.b - reference.b
    product = focal.a * reference.a
    y = divide(product * apart, focal.a - reference.a)
    alike = np.isnan(y) | (y > _HUGE)
    y = np.where(alike, 0.0, y)
    soft = np.logaddexp(0.0, y)
    share = 0.5 * (1.0 + np.tanh(0.5 * y))
    h = np.where(alike, -apart, divide(2.0 * (focal.a - reference.a), product) * soft - apart)
    by_b = np.where(alike, -1.0, 1.0 - 2.0 * share)
    by_a_focal = np.where(alike, 0.0, divide(2.0 * (y * share - soft), focal.a**2))
    by_a_reference = -divide(focal.a**2, reference.a**2) * by_a_focal
    variance = (
        by_b**2 * (focal.se_b**2 + reference.se_b**2)
        + by_a_focal**2 * focal.se_a**2
        + by_a_reference**2 * reference.se_a**2
        + 2.0 * by_b * by_a_focal * focal.covariance
        - 2.0 * by_b * by_a_reference * reference.covariance
    )
    return h, divide(h, np.sqrt(np.maximum(variance, 0.0)))


def _result(
    last: Purified[tuple[dict[str, Floats], ...]],
    columns: dict[str, Floats],
    reference: GroupItemParameters,
    n_focal: int,
    asked: tuple[str, str | None, float],
) -> AreaDif:
    kind, adjust, alpha = asked
    p = np.minimum(normal_two_sided(columns[_of(kind)]) * n_focal, 1.0)
    p_adjusted = adjusted(p, adjust)
    return AreaDif(
        kind=kind,
        **{name: columns[name] for name in _COLUMNS},
        p=p,
        p_adjusted=p_adjusted,
        a_reference=reference.a,
        b_reference=reference.b,
        flagged=np.asarray(p_adjusted < alpha),
        anchor=last.anchor,
        rounds=last.rounds,
        converged=last.converged,
        notes=tuple(last.notes),
        contrasts=(),
    )
