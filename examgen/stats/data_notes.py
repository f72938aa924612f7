"""Responses → what every verb tells of them: ids that repeat, blank sheets, numbers that may be no scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from examgen.stats.arguments import shown
from examgen.stats.irt_models import Note as FitNote
from examgen.stats.item_moments import MOST_ITEMS, Moments, WithoutItems, covariances, moments, without_items
from examgen.stats.matrix import NOT_ADMINISTERED
from examgen.stats.response_data import Responses
from examgen.stats.results import Argument, Note, note_of

_LEAST_GAP = 4
"""Between the scores of an item and a number that may stand for no answer."""
_UNLIKE = 4.0
"""A column whose variance is so many times that of the sum of all others is hardly an item."""
TEXTS: dict[str, str | tuple[str, str]] = {
    "of-items": "{items}: {message}",
    "ids-repeated": (
        "{n} row repeats an id; each row counts as a separate candidate",
        "{n} rows repeat an id; each row counts as a separate candidate",
    ),
    "blank-sheets": (
        "{n} candidate answered nothing and counts with 0 points",
        "{n} candidates answered nothing and count with 0 points",
    ),
    "gap": "{items}: the highest score is {codes}, and no candidate has {low} to {high}. If {codes} stands "
    "for no answer, name it in {argument}. Here it counts as points",
    "no-zero": "no candidate has 0 on any item; the lowest score is {least}. Scores count from 0. If the "
    "scores begin at {least}, subtract {least} first",
    "unlike": "{items} has scores from {low} to {high} and varies more than all other items together. If it "
    "is not an item, leave it out with {argument}",
}
"""Sentences by their codes; a pair is for one and for several."""


def note(key: str, **values: Any) -> Note:
    """A sentence of this module."""
    return note_of(TEXTS, key, values)


def notes_on_data(of: Responses, *, blank_sheets: bool = True) -> Iterator[Note]:
    """What is to be known of the persons and of the scores, whatever is done with them.

    Parameters
    ----------
    of : Responses
    blank_sheets : bool
        Whether blank sheets are told; a verb that leaves them out tells them itself.
    """
    yield from repeated_ids(of.persons)
    if blank_sheets and (n := int(np.count_nonzero(are_blank(of)))):
        yield note("blank-sheets", n=n)
    if of.cells.max(initial=0) <= 1 or of.n_items > MOST_ITEMS:  # right and wrong are scores
        return
    sums = moments(of.cells)
    live = np.nan_to_num(sums.variance) > 0
    rest = without_items(covariances(sums, live).covariance)
    yield from notes_on_scores(sums, live, rest, of.items, of.unit)


def repeated_ids(persons: Sequence[str] | range) -> Iterator[Note]:
    """That persons have the id of another."""
    if n := len(persons) - len(set(persons)):
        yield note("ids-repeated", n=n)


def are_blank(of: Responses) -> NDArray[np.bool_]:
    """(N,) who chose no option of any item, and has 0 for it."""
    if of.choices is None:
        return np.zeros(of.n_persons, dtype=np.bool_)
    cells = of.choices.cells
    blank = (cells < 0).all(axis=1) & (cells != NOT_ADMINISTERED).any(axis=1) & (of.cells == 0).any(axis=1)
    return np.asarray(blank)


def notes_on_scores(
    sums: Moments, live: NDArray[np.bool_], rest: WithoutItems, names: Sequence[str], unit: int
) -> Iterator[Note]:
    """What may be no score, or no item; of half points only the latter."""
    codes: dict[tuple[int, ...], list[int]] = {}
    for j in np.flatnonzero(live).tolist() if unit == 1 else ():
        scores = np.flatnonzero(sums.counts[j])
        end = int(np.argmax(np.diff(scores))) + 1
        lower, upper = scores[:end], scores[end:]
        is_scale = len(lower) > 1 and lower[-1] - lower[0] == len(lower) - 1  # without gaps
        if is_scale and len(upper) <= 2 and upper[0] - lower[-1] >= _LEAST_GAP:
            codes.setdefault((lower[-1], *upper), []).append(j)
    for (last, *above), some in codes.items():
        yield note(
            "gap", items=shown([names[j] for j in some]), codes=shown(above), low=int(last) + 1,
            high=int(above[0]) - 1, argument=Argument("missing"),
        )  # fmt: skip
    if unit == 1 and np.count_nonzero(live) > 1 and (least := int(sums.least[live].min())) > 0:
        yield note("no-zero", least=least)
    told = {j for some in codes.values() for j in some}
    for place, j in enumerate(np.flatnonzero(live).tolist()):
        low, high = int(sums.least[j]), int(sums.greatest[j])
        others = rest.rest[place]
        if j not in told and 0 < others * _UNLIKE < sums.variance[j] and high - low >= 10 * unit:
            ends = {"low": low / unit, "high": high / unit} if unit > 1 else {"low": low, "high": high}
            yield note("unlike", items=names[j], **ends, argument=Argument("exclude"))


def notes_of_items(notes: Iterable[FitNote], names: Sequence[str]) -> Iterator[Note]:
    """What a fit tells, once for all items of which it tells the same."""
    items: dict[tuple[str, str], list[str]] = {}
    for one in notes:
        items.setdefault((one.code, one.message), []).extend([] if one.item is None else [names[one.item]])
    for (code, message), some in items.items():
        text = str(TEXTS["of-items"]) if some else "{message}"
        yield Note(code, text, items=", ".join(some), message=message)
