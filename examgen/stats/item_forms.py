"""Statistics of several forms, and of each item over the forms that have it.

Totals of different forms are not comparable. Statistics are therefore computed within each form, and for an
item on several forms averaged over these, weighted by candidates. A blank counts as wrong, as in the score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats.intervals import fisher, wilson
from examgen.stats.item_moments import Floats, observed
from examgen.stats.item_statistics import classical
from examgen.stats.matrix import NOT_ADMINISTERED, NOT_REACHED, OMITTED, Chosen, administered
from examgen.stats.results import Note, frame

MEANS = (
    "facility", "item_total", "item_rest", "biserial", "biserial_rest", "r_cor", "d27", "alpha_if_deleted",
)  # fmt: skip
"""The statistics of an item that are averaged over the forms which have it, weighted by candidates."""


@dataclass(frozen=True)
class FormItems:
    """A form: its items, in the order of its questions, and the statistics of its total."""

    places: list[int]
    counted: list[int]
    """The items that are part of the total, without pilot items."""
    test: dict[str, Any]
    score_counts: list[int]
    """The numbers of candidates with 0, 1, … items right."""
    notes: list[Note]
    """Notes on the form as a whole."""


def items_by_form(
    chosen: Chosen,
    form: NDArray[np.integer],
    counted: NDArray[np.bool_],
    questions: Mapping[int, Sequence[int]],
) -> tuple[dict[int, FormItems], pl.DataFrame]:
    """Return the statistics of each form that somebody took, and of each item over all forms.

    Parameters
    ----------
    chosen : Chosen
        N candidates and J items.
    form : ndarray of int, shape (N,)
    counted : ndarray of bool, shape (J,)
        Whether each item is part of the totals.
    questions : mapping
        By form, the question number of each item. Halves are odd and even questions.
    """
    found, columns = dict[int, FormItems](), list[dict[str, Floats]]()
    for number in np.unique(form).tolist():
        candidates = np.flatnonzero(form == number)
        had = np.flatnonzero(administered(chosen.cells[candidates])).tolist()
        places = sorted(had, key=questions[number].__getitem__)
        own = [place for place in places if counted[place]]
        cells = chosen.part(own, candidates).scored(not_reached_wrong=True).cells
        result = classical(cells)
        columns.append(_seen(chosen.part(places, candidates), counted[places], places, len(counted)))
        for name in MEANS:
            columns[-1][name][own] = result.items[name]
        totals = np.maximum(cells, 0).sum(axis=1, dtype=np.int64)
        found[number] = FormItems(
            places, own, result.test, np.bincount(totals, minlength=len(own) + 1).tolist(),
            [one for one in result.notes if "items" not in one.values],
        )  # fmt: skip
    return found, _over_forms(chosen, columns)


def items_of_all(chosen: Chosen, counted: NDArray[np.bool_]) -> pl.DataFrame:
    """Return the statistics of items without a description of forms: facility and item–rest correlation."""
    return _over_forms(chosen, [_seen(chosen, counted, [*range(len(counted))], len(counted))])


def missing_of(chosen: Chosen) -> list[NDArray[np.int64]]:
    """Return the numbers of candidates for whom each item (J,) was omitted, not reached, not administered."""
    kinds = (OMITTED, NOT_REACHED, NOT_ADMINISTERED)
    return [np.array([np.count_nonzero(own == kind) for own in chosen.cells.T]) for kind in kinds]


def _seen(part: Chosen, counted: NDArray[np.bool_], places: list[int], size: int) -> dict[str, Floats]:
    """(J,) `n` and the means of the items at some places, as far as pilot items have them; else 0 and NaN."""
    worth = np.zeros((len(part.items), max(map(len, part.options), default=0)))
    for row, key in zip(worth, part.keys, strict=True):
        row[list(key)] = 1.0
    seen = observed(part.cells, worth, counted)
    columns = {"n": np.zeros(size)} | {name: np.full(size, np.nan) for name in MEANS}
    for name, values in seen._asdict().items():
        columns[name][places] = values
    return columns


def _over_forms(chosen: Chosen, forms: Sequence[Mapping[str, Floats]]) -> pl.DataFrame:
    """The items in the columns of `classical`, by those of each form."""
    shape = len(forms), len(chosen.items)
    of_forms = {name: np.array([form[name] for form in forms]).reshape(shape) for name in ("n", *MEANS)}
    n, mean, weights = of_forms.pop("n"), dict[str, Floats](), dict[str, Floats]()
    for name, values in of_forms.items():
        weights[name] = np.where(np.isfinite(values), n, 0.0)
        with np.errstate(invalid="ignore"):
            mean[name] = (np.nan_to_num(values) * weights[name]).sum(axis=0) / weights[name].sum(axis=0)
    if len(forms) > 1:
        mean["alpha_if_deleted"][:] = np.nan  # each form has another test
    # a form where an item does not vary says nothing of its correlation; others have own means
    varied = np.isfinite(of_forms["item_rest"]).sum(axis=0)
    n, n_rest = n.sum(axis=0), weights["item_rest"].sum(axis=0) - 3 * np.maximum(varied - 1, 0)
    whole, sd = n.astype(np.int64), np.sqrt(mean["facility"] * (1 - mean["facility"]))  # divisor n
    facility_low, facility_high = wilson(mean["facility"] * n, whole)
    rest_low, rest_high = fisher(mean["item_rest"], n_rest)
    return frame({
        "item": chosen.items, "n": whole, "max_score": np.ones(len(n), dtype=np.int64),
        "facility": mean["facility"], "facility_se": sd / np.sqrt(np.maximum(n, 1)),
        "facility_low": facility_low, "facility_high": facility_high,
        "sd": sd * np.sqrt(n / np.maximum(n - 1, 1)), "item_total": mean["item_total"],
        "item_rest": mean["item_rest"], "item_rest_low": rest_low, "item_rest_high": rest_high,
        "biserial": mean["biserial"], "biserial_rest": mean["biserial_rest"], "r_cor": mean["r_cor"],
        "loading": np.full(len(n), np.nan), "d27": mean["d27"], "alpha_if_deleted": mean["alpha_if_deleted"],
        **dict(zip(("omitted", "not_reached", "not_administered"), missing_of(chosen), strict=True)),
    })  # fmt: skip
