"""Items of several forms → statistics of each form, and of each item over the forms that have it.

Totals of different forms are not comparable, so each form has statistics of its own, and an item of several
forms the mean over these, weighted by candidates. A blank counts as wrong, as in the score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats.item_moments import ObservedItems, observed, stretches
from examgen.stats.item_statistics import MEANS_OVER_FORMS, classical, items_over_forms
from examgen.stats.matrix import (
    NOT_ADMINISTERED,
    NOT_REACHED,
    OMITTED,
    Chosen,
    Scored,
    administered,
)
from examgen.stats.results import Note, frame

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FormItems:
    """A form: its items, in the order of its questions, and the statistics of its total."""

    places: list[int]
    counted: list[int]
    """The items that count in the total: no pilot items."""
    test: dict[str, Any]
    score_counts: list[int]
    """How many candidates have 0, 1, … items right."""
    notes: list[Note]
    """Of the form as a whole."""
    n: Floats
    """Candidates who were given each of `places`."""
    items: dict[str, Floats]
    """Statistics of each of `places`; NaN if only items that count have one."""


def items_by_form(
    chosen: Chosen,
    form: NDArray[np.integer],
    counted: NDArray[np.bool_],
    questions: Mapping[int, Sequence[int]],
) -> tuple[dict[int, FormItems], pl.DataFrame]:
    """Statistics of each form that somebody took, and of each item over all of them.

    Parameters
    ----------
    chosen : Chosen
        N candidates and J items.
    form : ndarray of int, shape (N,)
    counted : ndarray of bool, shape (J,)
        Whether an item is part of the totals.
    questions : mapping
        By form, the number of the question that each item is there. Halves are odd and even questions.
    """
    found = {}
    for number in np.unique(form).tolist():
        candidates = np.flatnonzero(form == number)
        had = np.flatnonzero(administered(chosen.cells[candidates])).tolist()
        places = sorted(had, key=questions[number].__getitem__)
        found[number] = _form(chosen.part(places, candidates), places, counted[places])
    return found, _over_forms(chosen, list(found.values()))


def items_of_all(chosen: Chosen, counted: NDArray[np.bool_]) -> pl.DataFrame:
    """The same of items where no form is described by itself: facility and item–rest correlation."""
    seen = _observed(chosen, counted)
    means = {"facility": seen.facility, "item_rest": seen.item_rest}
    return frame({"item": chosen.items, **items_over_forms(seen.n, seen.n, means, missing_of(chosen))})


def missing_of(chosen: Chosen) -> list[NDArray[np.int64]]:
    """(J,) how often each item was omitted, not reached and not administered."""
    kinds = (OMITTED, NOT_REACHED, NOT_ADMINISTERED)
    found = np.zeros((len(kinds), len(chosen.items)), dtype=np.int64)
    for rows in stretches(chosen.cells):
        found += [np.count_nonzero(chosen.cells[rows] == kind, axis=0) for kind in kinds]
    return list(found)


def _form(part: Chosen, places: list[int], counted: NDArray[np.bool_]) -> FormItems:
    own = np.flatnonzero(counted).tolist()
    scored = part.part(own).scored(not_reached_wrong=True)
    result = classical(Scored(range(len(scored.cells)), scored.items, scored.cells))
    totals = [np.maximum(scored.cells[rows], 0).sum(axis=1) for rows in stretches(scored.cells)]
    seen = _observed(part, counted)
    items = {"facility": seen.facility, "item_rest": seen.item_rest}
    for name in MEANS_OVER_FORMS:
        items.setdefault(name, np.full(len(places), np.nan))[counted] = result.items[name]
    return FormItems(
        places,
        [places[n] for n in own],
        result.test,
        np.bincount(np.concatenate(totals), minlength=len(own) + 1).tolist(),
        [one for one in result.notes if "items" not in one.values],
        seen.n,
        items,
    )


def _observed(chosen: Chosen, counted: NDArray[np.bool_]) -> ObservedItems:
    """Of every item, against the total of those that count."""
    worth = np.zeros((len(chosen.items), max(map(len, chosen.options), default=0)))
    for row, key in zip(worth, chosen.keys, strict=True):
        row[list(key)] = 1.0
    return observed(chosen.cells, worth, counted)


def _over_forms(chosen: Chosen, forms: Sequence[FormItems]) -> pl.DataFrame:
    n, varied = np.zeros((2, len(chosen.items)))
    sums, known = ({name: np.zeros(len(chosen.items)) for name in MEANS_OVER_FORMS} for _ in range(2))
    for form in forms:
        n[form.places] += form.n
        varied[form.places] += np.isfinite(form.items["item_rest"])
        for name, values in form.items.items():
            usable = np.isfinite(values)
            sums[name][form.places] += np.where(usable, values * form.n, 0.0)
            known[name][form.places] += np.where(usable, form.n, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = {name: np.where(known[name] > 0, sums[name] / known[name], np.nan) for name in sums}
    if len(forms) > 1:
        del means["alpha_if_deleted"]  # each form has another test
    # a form where an item does not vary says nothing of its correlation; others have own means
    of_rest = known["item_rest"] - 3 * np.maximum(varied - 1, 0)
    return frame({"item": chosen.items, **items_over_forms(n, of_rest, means, missing_of(chosen))})
