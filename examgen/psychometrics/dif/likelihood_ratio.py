"""Likelihood-ratio tests of differential item functioning under a two-parameter logistic (or Rasch) model:
each item shared by the groups against free in each (mirt's `DIF` with `scheme = 'drop'`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from examgen.core.words import tell
from examgen.psychometrics.dif.counts import DifSample, for_curves
from examgen.psychometrics.dif.screening import Bools, Floats, purify, scattered
from examgen.psychometrics.distributions import adjusted, chi_square_tail
from examgen.psychometrics.irt.items import Note
from examgen.psychometrics.irt.marginal.groups import (
    STEEP,
    GroupsMaximum,
    at_bound,
    constrained,
    maximise_groups,
    prepared,
    start,
)
from examgen.psychometrics.irt.marginal.responses import Responses

_ENOUGH = 1e-8


class LikelihoodRatioDif(NamedTuple):
    """Likelihood-ratio tests of J items; NaN where undefined, and a note says why."""

    kind: str
    """`both`: slope and intercept shared against free; `udif`: the intercept alone; `nudif`: the slope, the
    intercept being free."""
    n: Floats
    """(J,) answers that were used."""
    lr_chisq: Floats
    """(J,) twice the difference of log-likelihoods."""
    lr_df: Floats
    lr_p: Floats
    lr_p_adjusted: Floats
    """(J,) corrected for many tests; `lr_p` where that was not asked for."""
    a: Floats
    """(J, G) slopes of each group where the item is free: reference first."""
    b: Floats
    """(J, G) difficulties, on the scale on which the reference group is N(0, 1)."""
    mean: tuple[float, ...]
    """Of ability in each group, from the model of the last round."""
    sd: tuple[float, ...]
    log_likelihood: float
    """Of that model: all items shared but those that purification let free."""
    n_parameters: int
    flagged: Bools
    """(J,) `lr_p_adjusted` below alpha."""
    anchor: Bools
    """(J,) items that link the groups."""
    rounds: int
    converged: bool
    """False where ten rounds of purification did not settle, or the model did not converge."""
    notes: tuple[Note, ...]


class _Round(NamedTuple):
    """One round of tests, of the items that can be estimated."""

    chisq: Floats
    p: Floats
    parameters: Floats
    """(G, 2, J)."""
    base: GroupsMaximum | None
    n_parameters: int
    settled: Bools


def likelihood_ratio(
    found: DifSample,
    *,
    purification: bool,
    kind: str,
    model: str,
    adjust: str | None,
    alpha: float,
) -> LikelihoodRatioDif:
    """Test each item, all others being shared (but those that purification let free).

    Parameters
    ----------
    found : DifSample
        A matching variable from outside does not matter here.
    purification : bool
        Let flagged items free in each group, test again, until the same items are flagged.
    kind : {'both', 'udif', 'nudif'}
    model : {'2pl', 'rasch'}
    adjust : {None, 'bh', 'holm', 'bonferroni'}
    alpha : float

    References
    ----------
    Thissen, Steinberg & Wainer (1993), Detection of differential item functioning using the parameters of
    item response models. Chalmers (2012), J. Stat. Softw. 48 (6) for the scheme.
    """
    if kind not in {"both", "udif", "nudif"} or model not in {"2pl", "rasch"}:
        raise ValueError(f"kind {kind!r} or model {model!r} is not known")
    data, usable, notes = _prepared(found, model)
    items, n_items = np.flatnonzero(usable), len(found.usable)
    rasch = model == "rasch"
    df = 0 if rasch and kind == "nudif" else (2 if kind == "both" and not rasch else 1)
    df *= len(data) - 1 if data else 0

    def compute(anchor: Bools) -> _Round:
        # tests of all items; those that are no anchors are free in the model that the others are tested in
        free, n_used = ~anchor[items], len(items)
        chisq, settled = np.full(n_used, np.nan), np.ones(n_used, dtype=np.bool_)
        parameters = np.full((max(len(data), 1), 2, n_used), np.nan)
        if df == 0 or free.all():
            return _Round(chisq, chisq.copy(), parameters, None, 0, settled)
        shape = constrained(len(data), n_used, free, free, rasch)
        base = maximise_groups(data, shape, start(data))
        sound = base.converged and not at_bound(base)[1]
        settled[:] = sound
        for j in range(n_used if sound else 0):
            others, without = free.copy(), free.copy()
            others[j], without[j] = True, False
            if others.all():
                continue
            small = _refit(data, base, free, without, others if kind == "nudif" else without, rasch)
            large = _refit(data, base, free, without if kind == "udif" else others, others, rasch)
            settled[j] = (
                small.converged and large.converged and not (at_bound(small)[1] or at_bound(large)[1])
            )
            if settled[j]:
                chisq[j] = max(2.0 * (large.log_likelihood - small.log_likelihood), 0.0)
            parameters[:, 0, j], parameters[:, 1, j] = large.parameters[:, j], large.parameters[:, n_used + j]
        return _Round(chisq, chi_square_tail(chisq, df), parameters, base, shape.n_free, settled)

    def flagged(now: _Round) -> Bools:
        return np.asarray(scattered(n_items, items, now.p) < alpha)

    last = purify(compute, flagged, np.ones(n_items, dtype=np.bool_), purification and df > 0)
    notes += last.notes
    if len(items) and not last.anchor[items].any():
        notes.append(Note("no-anchor", None, tell("Every item is flagged: none is left to link the groups.")))
    tested = last.result
    p = scattered(n_items, items, tested.p)
    p_adjusted = adjusted(p, adjust)
    a, d = (scattered(n_items, items, tested.parameters[:, k].T) for k in (0, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        b = -d / a
    for j in np.flatnonzero((np.abs(a) >= STEEP).any(axis=1)):
        words = tell("The slope runs to infinity in a group: it is not an estimate.")
        notes.append(Note("slope-to-infinity", int(j), words))
    a[items[~tested.settled]], b[items[~tested.settled]] = np.nan, np.nan
    base = tested.base
    if base is not None and not (base.converged and not at_bound(base)[1]):
        words = tell("The model of all items does not settle with so few answers: nothing can be tested.")
        notes.append(Note("not-converged", None, words))
    elif base is not None:
        words = tell("The likelihood does not settle with so few answers: there is no test.")
        notes += [Note("not-converged", int(j), words) for j in items[~tested.settled]]
        words = tell("No other item is left that could link the groups.")
        lost = items[tested.settled & np.isnan(tested.chisq)]
        notes += [Note("no-anchor", int(j), words) for j in lost]
    elif df == 0 and len(items):
        words = tell("A Rasch model has no non-uniform DIF.")
        notes.append(Note("not-determined", None, words))
    missing = np.full((max(found.n_groups, 2), 2), np.nan)
    ability = missing if base is None else base.parameters[:, -2:]
    return LikelihoodRatioDif(
        kind=kind,
        n=(found.cells >= 0).sum(axis=0).astype(np.float64),
        lr_chisq=scattered(n_items, items, tested.chisq),
        lr_df=np.where(np.isnan(p), np.nan, float(df)),
        lr_p=p,
        lr_p_adjusted=p_adjusted,
        a=a,
        b=np.where(np.isinf(b), np.nan, b),
        mean=tuple(ability[:, 0].tolist()),
        sd=tuple(np.exp(ability[:, 1]).tolist()),
        log_likelihood=float("nan") if base is None else base.log_likelihood,
        n_parameters=tested.n_parameters,
        flagged=np.asarray(p_adjusted < alpha),
        anchor=last.anchor,
        rounds=last.rounds,
        converged=last.converged and base is not None and base.converged,
        notes=tuple(notes),
    )


def _prepared(found: DifSample, model: str) -> tuple[list[Responses], Bools, list[Note]]:
    """The groups' answers to items that can be estimated in all; none where nothing can be compared."""
    none = np.zeros(len(found.usable), dtype=np.bool_)
    able, notes = for_curves(found, model)
    if not able:
        return [], none, notes
    data, usable, more = prepared(found.cells, found.group)
    told = {note.item for note in notes}
    notes += [note for note in more if note.item not in told]
    if usable.sum() < 2:
        notes.append(
            Note("no-anchor", None, tell("Fewer than two items can be estimated: none can link the groups."))
        )
        return [], none, notes
    return data, usable, notes


def _refit(
    data: Sequence[Responses],
    base: GroupsMaximum,
    free: Bools,
    free_a: Bools,
    free_d: Bools,
    rasch: bool,
) -> GroupsMaximum:
    """The model with other items free, climbed to from `base`, in which those of `free` are."""
    if (free_a == free).all() and (free_d == free).all():
        return base
    first = base.parameters.copy()
    shared = np.concatenate([~free_a, ~free_d, [False, False]])
    first[:, shared] = first[:, shared].mean(axis=0)
    shape = constrained(len(data), len(free), free_a, free_d, rasch)
    return maximise_groups(data, shape, first, base, _ENOUGH)
