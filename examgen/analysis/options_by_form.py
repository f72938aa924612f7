"""Options chosen on several forms → statistics of each option, every group of candidates within its form.

A total of one form is no number of another: a form may be harder, or its candidates abler. So totals, the
groups by totals and the correlations are those of a form, and forms are put together afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.options import OptionStatistics, option_statistics
from examgen.item_responses import NOT_ADMINISTERED, Chosen

_SIZES = {
    "low27": "low27_n",
    "high27": "high27_n",
    "able": "able_n",
    "fifths": "fifths_n",
    "share": "administered",
}
"""Shares, and how many people each is of."""
_SUMS = ("n", "rest_df", *_SIZES.values())
_MEANS = ("point_biserial", "point_biserial_rest", "point_biserial_ctt")


class FormPart(NamedTuple):
    """A form by itself: its candidates, those of the items that it has, and what was chosen."""

    candidates: NDArray[np.int64]
    places: tuple[int, ...]
    """Of the items among all."""
    chosen: Chosen


def form_parts(chosen: Chosen, form: NDArray[np.int64]) -> Iterator[FormPart]:
    """The forms that somebody sat; `form` (N,) is the number of each candidate's form."""
    for number in np.unique(form).tolist():
        candidates = np.flatnonzero(form == number)
        cells = chosen.cells[candidates]
        places = tuple(np.flatnonzero((cells != NOT_ADMINISTERED).any(axis=0)).tolist())
        if places:
            yield FormPart(candidates, places, _part(chosen, cells, places))


def _part(chosen: Chosen, cells: NDArray[np.int8], places: Sequence[int]) -> Chosen:
    return Chosen(
        range(len(cells)),
        tuple(chosen.items[n] for n in places),
        np.ascontiguousarray(cells[:, list(places)]),
        tuple(chosen.options[n] for n in places),
        tuple(chosen.keys[n] for n in places),
    )


def options_by_form(
    chosen: Chosen,
    form: NDArray[np.int64],
    *,
    not_reached_wrong: bool = False,
    counted: NDArray[np.bool_] | None = None,
) -> OptionStatistics:
    """As `option_statistics`, form by form, put together over the forms that have an item.

    Counts are added up: a fifth of an item on two forms has the lowest (highest …) fifth of each. The mean
    score and correlations are the means of those of the forms, weighted by the candidates whom they are of.

    Parameters
    ----------
    form : (N,) the number of each candidate's form.
    counted : (J,) whether the item is part of the total of its form.
    """
    whole = option_statistics(chosen._replace(cells=chosen.cells[:0]), not_reached_wrong=not_reached_wrong)
    first = np.searchsorted(whole.item, np.arange(len(chosen.items)))
    size = np.bincount(whole.item, minlength=len(chosen.items))
    found: list[tuple[NDArray[np.int64], OptionStatistics]] = []
    for part in form_parts(chosen, form):
        places = list(part.places)
        rows = np.concatenate([np.arange(first[j], first[j] + size[j]) for j in places])
        own = None if counted is None else counted[places]
        found.append((rows, option_statistics(part.chosen, not_reached_wrong=not_reached_wrong, counted=own)))
    return _joined(whole, found)


def _joined(
    whole: OptionStatistics, parts: Sequence[tuple[NDArray[np.int64], OptionStatistics]]
) -> OptionStatistics:
    columns = {name: np.zeros_like(getattr(whole, name)) for name in _SUMS}
    for rows, part in parts:
        for name, column in columns.items():
            column[rows] += getattr(part, name)
    for share, n in _SIZES.items():
        held = [(rows, getattr(part, share), getattr(part, n)) for rows, part in parts]
        columns[share] = _mean(getattr(whole, share), held)
    for name in _MEANS:
        columns[name] = _mean(getattr(whole, name), [(r, getattr(p, name), p.administered) for r, p in parts])
    for name in ("mean_score", "mean_share"):
        columns[name] = _mean(getattr(whole, name), [(r, getattr(p, name), p.n) for r, p in parts])
    return whole._replace(**columns)


def _mean(like: NDArray[np.float64], parts: Sequence[tuple[NDArray[np.int64], ...]]) -> NDArray[np.float64]:
    """Means over the parts that have a value, by weights; NaN where none has."""
    total, weight = np.zeros(like.shape), np.zeros(like.shape)
    for rows, values, n in parts:
        known = np.isfinite(values)
        total[rows] += np.where(known, values * n, 0.0)
        weight[rows] += np.where(known, n, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(weight > 0, total / weight, np.nan)
