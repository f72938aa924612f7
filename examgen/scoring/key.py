"""The key table → one frozen record of numpy arrays for each form, checked against the criteria."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.models import LETTERS
from examgen.problems import Problem, Refused
from examgen.tables import Marks

Ints = npt.NDArray[np.int64]
Criteria = Sequence[tuple[str, str, str]]
"""(unit, element, PC) of every criterion that the exam's units state, in the standard's order."""

SOURCE = "key.csv"


@dataclass(frozen=True, slots=True)
class FormKey:
    """What scoring needs of one form.

    `keys` (items,) are bit masks of the right letters, `points` (items,) what each item earns,
    `criterion` (items,) the index of its PC; `n_items` and `max_points` (criteria,) count per PC the
    items that earn points: an item of 0 points, as a pilot item, is judged by nobody.
    """

    name: str
    keys: Marks
    points: Ints
    criterion: Ints
    n_items: Ints
    max_points: Ints

    @property
    def max_score(self) -> int:
        """Points of the whole form."""
        return int(self.points.sum())


def read_key(key: pl.DataFrame, criteria: Criteria) -> tuple[FormKey, ...]:
    """The forms in the order of the key; raises Refused with every fault of the table."""
    rows = key.with_row_index("line", offset=2).to_dicts()
    place = {(unit, pc): i for i, (unit, _, pc) in enumerate(criteria)}
    by_form: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        by_form.setdefault(str(row["form"]), []).append(row)
    problems = [problem for row in rows for problem in _row_problems(row, place)]
    problems += [problem for name, items in by_form.items() for problem in _order_problems(name, items)]
    if not rows:
        problems = [Problem(SOURCE, "empty-key", "the key has no rows; build the exam again")]
    if problems:
        raise Refused(f"the key has {len(problems)} fault(s)", problems)
    return tuple(_form_key(name, items, place) for name, items in by_form.items())


def letters_mask(letters: str) -> int | None:
    """The bit mask of `C` or `A|C`; None where it is no such text."""
    named = letters.split("|")
    if not all(len(letter) == 1 and letter in LETTERS for letter in named):
        return None
    return sum(1 << LETTERS.index(letter) for letter in set(named))


def _row_problems(row: dict[str, object], place: dict[tuple[str, str], int]) -> Iterator[Problem]:
    source, item = f"{SOURCE}:{row['line']}", str(row["item"])
    if letters_mask(str(row["key"])) is None:
        message = f"{row['key']!r} is no key: write one of {', '.join(LETTERS)}, or several as A|C"
        yield Problem(source, "key-not-a-letter", message, item, "key")
    if not isinstance(row["points"], int) or row["points"] < 0:
        message = f"{row['points']!r}: points must be a whole number, 0 or more"
        yield Problem(source, "points-not-a-number", message, item, "points")
    if (row["unit"], row["pc"]) not in place:
        message = f"criterion {row['pc']} of {row['unit']} is none of the units that this exam names"
        yield Problem(source, "unknown-criterion", message, item, "pc")


def _order_problems(name: str, items: Sequence[dict[str, object]]) -> Iterator[Problem]:
    numbers = sorted(number if isinstance(number := row["question"], int) else 0 for row in items)
    if numbers != list(range(1, len(items) + 1)):
        message = f"form {name}: questions must run from 1 to {len(items)}, each once"
        yield Problem(SOURCE, "questions-not-in-order", message, field="question")


def _form_key(name: str, items: Sequence[dict[str, object]], place: dict[tuple[str, str], int]) -> FormKey:
    ordered = sorted(items, key=lambda row: int(str(row["question"])))
    points = np.array([row["points"] for row in ordered], dtype=np.int64)
    criterion = np.array([place[str(row["unit"]), str(row["pc"])] for row in ordered], dtype=np.int64)
    max_points = np.zeros(len(place), dtype=np.int64)
    np.add.at(max_points, criterion, points)
    return FormKey(
        name=name,
        keys=np.array([letters_mask(str(row["key"])) for row in ordered], dtype=np.uint8),
        points=points,
        criterion=criterion,
        n_items=np.bincount(criterion[points > 0], minlength=len(place)).astype(np.int64),
        max_points=max_points,
    )
