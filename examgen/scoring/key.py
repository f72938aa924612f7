"""The key table → numpy arrays over all forms, checked against the criteria."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.letters import LETTERS
from examgen.problems import Problem, Refused
from examgen.tables import Marks

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Criteria = Sequence[tuple[str, str, str]]
"""(unit, element, PC) of every criterion that the exam's units state, in the standard's order."""

SOURCE = "key.csv"


@dataclass(frozen=True, slots=True)
class Key:
    """What scoring needs of all forms.

    `keys` (forms, questions) are bit masks of the right letters, `points` what each question earns,
    `criterion` the index of its PC; past a form's last question, of which it has `n_questions` (forms,),
    they are 0. `n_items` and `max_points` (forms, criteria) count per PC the items that earn points: an
    item of 0 points, as a pilot item, is judged by nobody.
    """

    names: tuple[str, ...]
    n_questions: Ints
    keys: Marks
    points: Ints
    criterion: Ints
    n_items: Ints
    max_points: Ints

    @property
    def max_score(self) -> Ints:
        """Points of each whole form, (forms,)."""
        return np.asarray(self.max_points.sum(axis=1), dtype=np.int64)


def read_key(key: pl.DataFrame, criteria: Criteria) -> Key:
    """The forms in the order of the key; raises Refused with every fault of the table."""
    place = {(unit, pc): i for i, (unit, _, pc) in enumerate(criteria)}
    if not key.height:
        problem = Problem(SOURCE, "empty-key", "the key has no rows; build the exam again")
        raise Refused("the key has 1 fault(s)", [problem])
    names = [str(name) for name in key["form"].unique(maintain_order=True).to_list()]
    form = _numbers(key["form"].cast(pl.String).fill_null("None"), {name: n for n, name in enumerate(names)})
    masks = _numbers(key["key"].cast(pl.String).fill_null(""), _masks(key["key"]))
    criterion = _numbers(_unit_and_pc(key), {f"{unit}\x1f{pc}": n for (unit, pc), n in place.items()})
    points = key["points"].cast(pl.Int64, strict=False).fill_null(-1).to_numpy()
    faulty = np.flatnonzero((masks < 0) | (criterion < 0) | (points < 0))
    problems = [
        problem for n in faulty.tolist() for problem in _row_problems(key.row(n, named=True), n, place)
    ]
    question = key["question"].cast(pl.Int64, strict=False).fill_null(0).to_numpy()
    order = np.lexsort((question, form))
    n_questions = np.bincount(form, minlength=len(names))
    problems += _order_problems(names, form[order], question[order], n_questions)
    if problems:
        raise Refused(f"the key has {len(problems)} fault(s)", problems)
    return _key(names, form, question - 1, masks, points, criterion, len(criteria))


def _key(
    names: Sequence[str], form: Ints, at: Ints, masks: Ints, points: Ints, criterion: Ints, n_criteria: int
) -> Key:
    shape = len(names), int(at.max()) + 1
    table = np.zeros((3, *shape), dtype=np.int64)
    for part, values in zip(table, (masks, points, criterion), strict=True):
        part[form, at] = values
    flat, cells = form * n_criteria + criterion, len(names) * n_criteria
    worth = np.bincount(flat, weights=points, minlength=cells).astype(np.int64)
    return Key(
        names=tuple(names),
        n_questions=np.bincount(form, minlength=len(names)).astype(np.int64),
        keys=table[0].astype(np.uint8),
        points=table[1],
        criterion=table[2],
        n_items=np.bincount(flat[points > 0], minlength=cells).astype(np.int64).reshape(-1, n_criteria),
        max_points=worth.reshape(-1, n_criteria),
    )


def letters_mask(letters: str) -> int | None:
    """The bit mask of `C` or `A|C`; None where it is no such text."""
    named = letters.split("|")
    if not all(len(letter) == 1 and letter in LETTERS for letter in named):
        return None
    return sum(1 << LETTERS.index(letter) for letter in set(named))


def _masks(keys: pl.Series) -> dict[str, int]:
    every = (str(text) for text in keys.cast(pl.String).unique().to_list())
    return {text: mask for text in every if (mask := letters_mask(text)) is not None}


def _unit_and_pc(key: pl.DataFrame) -> pl.Series:
    return key.select(pl.concat_str("unit", "pc", separator="\x1f", ignore_nulls=True)).to_series()


def _numbers(texts: pl.Series, numbers: dict[str, int]) -> Ints:
    """The number of each text; -1 for one that has none."""
    found = texts.replace_strict(numbers, default=-1, return_dtype=pl.Int64) if numbers else None
    return np.full(len(texts), -1) if found is None else found.to_numpy().astype(np.int64)


def _row_problems(row: dict[str, object], n: int, place: dict[tuple[str, str], int]) -> Iterator[Problem]:
    source, item = f"{SOURCE}:{n + 2}", str(row["item"])
    if letters_mask(str(row["key"])) is None:
        message = f"{row['key']!r} is no key: write one of {', '.join(LETTERS)}, or several as A|C"
        yield Problem(source, "key-not-a-letter", message, item, "key")
    if not isinstance(row["points"], int) or row["points"] < 0:
        message = f"{row['points']!r}: points must be a whole number, 0 or more"
        yield Problem(source, "points-not-a-number", message, item, "points")
    if (row["unit"], row["pc"]) not in place:
        message = f"criterion {row['pc']} of {row['unit']} is none of the units that this exam names"
        yield Problem(source, "unknown-criterion", message, item, "pc")


def _order_problems(names: Sequence[str], form: Ints, question: Ints, sizes: Ints) -> Iterator[Problem]:
    """Forms whose questions, given form by form and sorted, are not 1, 2, 3 …"""
    expected = np.arange(len(form)) - (np.cumsum(sizes) - sizes)[form] + 1
    for n in np.unique(form[question != expected]).tolist():
        message = f"form {names[n]}: questions must run from 1 to {sizes[n]}, each once"
        yield Problem(SOURCE, "questions-not-in-order", message, field="question")
