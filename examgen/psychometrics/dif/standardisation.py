"""Standardised difference in proportions right (Dorans & Kulick, 1986; difR's `difStd`)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.core.words import tell
from examgen.psychometrics.dif.counts import SMALL_GROUP, DifSample, Strata, comparable, strata
from examgen.psychometrics.dif.screening import (  # fmt: skip
    Bools,
    Classes,
    Floats,
    Ints,
    Purified,
    classes,
    divide,
    joined,
    purify,
)
from examgen.stats.distributions import adjusted, normal_two_sided
from examgen.stats.irt_models import Note

LARGE, MODERATE = 0.10, 0.05
_COLUMNS = ("n", "std_p_dif", "std_alpha", "std_se")


class StandardisationDif(NamedTuple):
    """Standardisation of J items; NaN (or no class) where undefined, and a note says why.

    For more than two groups the columns are those of the focal group with the largest absolute difference;
    `contrasts` has every one.
    """

    n: Floats
    """(J,) answers that were used."""
    std_p_dif: Floats
    """(J,) proportion right of the focal group less that of reference candidates of like score, −1 to 1:
    negative, the item is harder for the focal group."""
    std_alpha: Floats
    """(J,) odds ratio of the two standardised proportions, reference over focal."""
    std_delta: Floats
    """(J,) −2.35 log of `std_alpha`."""
    std_se: Floats
    """(J,) standard error of `std_p_dif` (Dorans & Holland, 1993), levels taken as fixed."""
    std_p: Floats
    """(J,) two-sided test that the difference is 0."""
    std_p_adjusted: Floats
    std_class: Classes
    """(J,) A below 0.05, B below 0.10, C from there on, by size."""
    flagged: Bools
    """(J,) absolute difference above 0.10, as difR; with `adjust`, also `std_p_adjusted` below alpha."""
    anchor: Bools
    rounds: int
    converged: bool
    notes: tuple[Note, ...]
    contrasts: tuple[StandardisationDif, ...]
    """For more than two groups: each focal group against the reference."""


def standardisation(
    found: DifSample, *, purification: bool, adjust: str | None, alpha: float
) -> StandardisationDif:
    """Standardised differences, weighted by the focal group's counts at each level.

    STD P-DIF = Σ n_Fk (p_Fk − p_Rk) / Σ n_Fk over levels k where both groups have candidates.

    Parameters
    ----------
    found : DifSample
    purification : bool
        By the threshold of 0.10, as difR.
    adjust : {None, 'bh', 'holm', 'bonferroni'}
    alpha : float

    References
    ----------
    Dorans & Kulick (1986), J. Educ. Meas. 23, 355–368. Dorans & Holland (1993) for the standard error.
    """
    n_items = found.cells.shape[1]

    def compute(anchor: Bools) -> tuple[dict[str, Floats], ...]:
        parts = list(strata(found, anchor)) if comparable(found) else []
        each = range(1, max(found.n_groups, 2))
        return tuple(joined(n_items, _COLUMNS, [_of_block(part, g) for part in parts], {}) for g in each)

    def flagged(groups: tuple[dict[str, Floats], ...]) -> Bools:
        return np.asarray(np.any([np.abs(g["std_p_dif"]) > LARGE for g in groups], axis=0))

    last = purify(compute, flagged, found.in_total, purification)
    each = tuple(_result(last, columns, (), (), adjust, alpha) for columns in last.result)
    own = found.notes
    if adjust is None and comparable(found) and np.bincount(found.group).min() < SMALL_GROUP:
        words = tell(
            "Items are flagged only by the size of the difference. With so few candidates such "
            "differences also occur by chance. See `std_p`, or use `adjust`."
        )
        own = (*own, Note("flagged-by-size", None, words))
    if len(each) == 1:
        return each[0]._replace(notes=(*own, *each[0].notes))
    # of each item the columns of the group with the largest difference
    largest = np.nan_to_num(np.abs([g["std_p_dif"] for g in last.result]), nan=-1.0).argmax(axis=0)
    columns = {name: np.choose(largest, [g[name] for g in last.result]) for name in _COLUMNS}
    return _result(last, columns, own, each, adjust, alpha)


def _of_block(part: Strata, focal: int) -> dict[str, Floats | Ints]:
    counts = part.right + part.wrong
    here, there = counts[:, focal], counts[:, 0]
    both = (here > 0) & (there > 0)
    weight = np.where(both, here, 0.0)
    whole = weight.sum(axis=1)
    p_here = np.where(both, part.right[:, focal] / np.maximum(here, 1.0), 0.0)
    p_there = np.where(both, part.right[:, 0] / np.maximum(there, 1.0), 0.0)
    mine = divide((weight * p_here).sum(axis=1), whole)
    yours = divide((weight * p_there).sum(axis=1), whole)
    each = weight * p_there * (1.0 - p_there)
    spread = (weight * each / np.maximum(there, 1.0)).sum(axis=1)
    # of a focal group that is all right, or all wrong, its own answers tell no error
    alike = (mine == 0) | (mine == 1)
    own = np.where(alike, divide(each.sum(axis=1), whole), mine * (1.0 - mine))
    variance = divide(own, whole) + divide(spread, whole**2)
    variance[variance == 0] = np.nan
    odds = divide(yours * (1.0 - mine), (1.0 - yours) * mine)
    odds[((1.0 - yours) * mine == 0) & (yours * (1.0 - mine) > 0)] = np.inf
    return {
        "item": part.items,
        "n": (here + there).sum(axis=1),
        "std_p_dif": divide((weight * (p_here - p_there)).sum(axis=1), whole),
        "std_alpha": odds,
        "std_se": np.sqrt(variance),
    }


def _result(
    last: Purified[tuple[dict[str, Floats], ...]],
    columns: dict[str, Floats],
    notes: tuple[Note, ...],
    contrasts: tuple[StandardisationDif, ...],
    adjust: str | None,
    alpha: float,
) -> StandardisationDif:
    difference = columns["std_p_dif"]
    p = normal_two_sided(divide(difference, columns["std_se"]))
    p_adjusted = adjusted(p, adjust)
    with np.errstate(divide="ignore"):
        delta = -2.35 * np.log(columns["std_alpha"])
    flagged = np.abs(difference) > LARGE
    odd = last.notes
    for j in np.flatnonzero(np.isnan(columns["std_p_dif"]) & (columns["n"] > 0)):
        words = tell("No level of the total has candidates of both groups.")
        odd.append(Note("no-overlap", int(j), words))
    return StandardisationDif(
        **{name: columns[name] for name in _COLUMNS},
        std_delta=delta,
        std_p=p,
        std_p_adjusted=p_adjusted,
        std_class=classes(difference, (MODERATE, LARGE)),
        flagged=np.asarray(flagged if adjust is None else flagged & (p_adjusted < alpha)),
        anchor=last.anchor,
        rounds=last.rounds,
        converged=last.converged,
        notes=(*notes, *odd),
        contrasts=contrasts,
    )
