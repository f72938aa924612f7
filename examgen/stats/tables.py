"""Tables that are no responses, as people give them → names and numbers: ratings, item parameters, limits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.arguments import ArgumentError, DataError, Floats, brief, shown, vector
from examgen.stats.response_data import columns_of
from examgen.stats.results import Argument, Note, note_of

MOST = 1e9
"""Of a rating, from 0: of greater numbers nothing can be squared and added up."""


TEXTS: dict[str, str | tuple[str, str]] = {
    "columns-missing": "{argument} requires the columns {needed}",
    "row": "{argument}, row {row}: {fault}",
}
"""Sentences by their codes."""


class RowFaults:
    """What is wrong in the rows of a table that is an argument, each told by its row, counted from 0."""

    def __init__(self, argument: str) -> None:
        self.argument = Argument(argument)
        self.notes: list[Note] = []

    def add(self, row: int, field: str, fault: Note) -> None:
        """A fault in a row and column."""
        values = {"argument": self.argument, "row": row, "field": field, "fault": fault}
        self.notes.append(note_of(TEXTS, "row", values))

    def end(self) -> None:
        """Raises DataError if there was a fault."""
        if self.notes:
            raise DataError(*self.notes)


def columns_by_name(
    argument: str, table: object, needed: Sequence[str], either: Mapping[str, Sequence[str]] = {}
) -> dict[str, list[Any]]:
    """The columns of a table by their names in small letters; those that are needed may have other names.

    Parameters
    ----------
    argument : str
        The argument's name.
    table : object
    needed : sequence of str
    either : mapping
        Other names of a column.
    """
    found = columns_of(table, argument)[0]
    columns = {name.strip().lower(): values.tolist() for name, values in found.items()}
    for name, others in either.items():
        for other in others:
            if name not in columns and other in columns:
                columns[name] = columns[other]
    if not set(needed) <= set(columns):
        values = {"argument": Argument(argument), "needed": ", ".join(needed)}
        raise DataError(note_of(TEXTS, "columns-missing", values))
    return columns


class NamedNumbers(NamedTuple):
    """A table of numbers (n, m), NaN where there is none, with the names of its rows and columns."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Floats


def numbers_table(
    argument: str,
    data: object,
    row: str,
    column: str,
    low: float = -np.inf,
    high: float = np.inf,
    names: Collection[str] = (),
) -> NamedNumbers:
    """A frame, a mapping of columns or a matrix of numbers, missing ones as NaN.

    Parameters
    ----------
    argument : str
        The argument's name.
    data : object
    row, column : str
        What rows and columns are: their names where the table has none; a column of the first name names the
        rows.
    low, high : float
        The range of the numbers.
    names : collection of str
        Further names of a column that names the rows.
    """
    columns, index = columns_of(data, argument)
    folded = {name.strip().lower(): name for name in columns}
    own = next((folded[name] for name in (row, "id", *names) if name in folded), None)
    if own is not None:
        index = columns.pop(own)
    if not columns:
        raise ArgumentError(f"{argument} has no {column}; expected a column for each")
    if not isinstance(data, Mapping) and not hasattr(data, "columns"):
        start = "i" if column == "item" else f"{column} "
        columns = {f"{start}{n + 1}": values for n, values in enumerate(columns.values())}
    found = [
        vector(f"{argument}[{name!r}]", values, missing=True, low=low, high=high)
        for name, values in columns.items()
    ]
    if index is None:
        titles = tuple(f"{row} {n + 1}" for n in range(len(found[0])))
    else:
        titles = tuple(map(str, index.tolist()))
        if len(set(titles)) < len(titles):
            twice = next(one for one in titles if titles.count(one) > 1)
            raise ArgumentError(f"{argument} has the {row} {twice!r} twice; names must be distinct")
    return NamedNumbers(titles, tuple(columns), np.stack(found, axis=1))


def numbers_by_name(argument: str, data: object, wanted: Sequence[str], optional: Sequence[str] = ()) -> Any:
    """Columns of numbers by their names, each (n,); those that are optional may be lacking."""
    columns = {name.strip().lower(): values for name, values in columns_of(data, argument)[0].items()}
    if lacking := [name for name in wanted if name not in columns]:
        raise ArgumentError(
            f"{argument} has no column {shown(lacking)}; it has {shown(columns)}, expected {shown(wanted)}"
        )
    return {
        name: vector(f"{argument}[{name!r}]", columns[name])
        for name in (*wanted, *optional)
        if name in columns
    }


class LongRatings(NamedTuple):
    """A row for each rating: points (M,), and the places of candidate, assessor and task in their names."""

    points: Floats
    candidate: NDArray[np.int64]
    assessor: NDArray[np.int64]
    task: NDArray[np.int64]
    candidates: tuple[str, ...]
    assessors: tuple[str, ...]
    tasks: tuple[str, ...]
    further: dict[str, tuple[NDArray[np.int64], tuple[str, ...]]]
    """Of further columns the places and the names."""


_COLUMNS = {
    "candidate": ("candidate", "candidate_id", "id", "person", "person_id"),
    "assessor": ("assessor", "rater", "judge"),
    "task": ("task", "item"),
    "score": ("score", "points", "resp", "rating"),
}
"""How the columns of a long table of ratings are called, where they are not named."""


def long_ratings(data: object, named: Mapping[str, str | None], further: Sequence[str] = ()) -> LongRatings:
    """A long table of ratings, or a matrix of candidates × assessors; rows without points are left out.

    Parameters
    ----------
    data : object
        A frame or a mapping of columns, or a matrix.
    named : mapping of str to str or None
        The columns of `candidate`, `assessor`, `task` and `score` where they have other names.
    further : sequence of str
        Columns of further facets.
    """
    if not isinstance(data, Mapping) and not hasattr(data, "columns"):
        data = _lengthened(data)
    columns, _ = columns_of(data)
    folded = {name.strip().lower(): name for name in columns}
    found: dict[str, NDArray[Any]] = {}
    for what, usual in _COLUMNS.items():
        own = named[what]
        if own is None:
            own = next((folded[name] for name in usual if name in folded), None)
        elif not isinstance(own, str) or own not in columns:
            raise ArgumentError(f"{what} is {brief(own)}, but the columns are {shown(columns)}")
        if own is not None:
            found[what] = columns[own]
        elif what != "task":
            raise ArgumentError(
                f"data has no column of the {what}; its columns are {shown(columns)}, expected "
                f"{' or '.join(usual)}, or its name in {what}="
            )
    if unknown := [name for name in further if name not in columns]:
        raise ArgumentError(f"facets names {shown(unknown)}, but the columns are {shown(columns)}")
    points = vector("data, the score", found["score"], missing=True, low=-MOST, high=MOST)
    kept = np.isfinite(points)
    if not kept.any():
        raise ArgumentError("data has no score; expected a number in each row")
    found.setdefault("task", np.full(len(points), "task", dtype=object))
    candidate, assessor, task, *others = (
        _placed(name, values, kept)
        for name, values in [
            *((what, found[what]) for what in ("candidate", "assessor", "task")),
            *((name, columns[name]) for name in further),
        ]
    )
    return LongRatings(
        points[kept], candidate[0], assessor[0], task[0], candidate[1], assessor[1], task[1],
        dict(zip(further, others, strict=True)),
    )  # fmt: skip


def _lengthened(data: object) -> dict[str, list[object]]:
    """A matrix of candidates × assessors as a long table."""
    columns, _ = columns_of(data)
    return {
        "candidate": [f"candidate {row + 1}" for values in columns.values() for row in range(len(values))],
        "assessor": [f"assessor {n + 1}" for n, values in enumerate(columns.values()) for _ in values],
        "score": [one for values in columns.values() for one in values.tolist()],
    }


def _placed(
    what: str, values: NDArray[Any], kept: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Places of the kept rows in their names, and the names."""
    texts = [_name(one) for one in values.tolist()]
    if lacking := [row for row, text in enumerate(texts) if kept[row] and not text]:
        raise ArgumentError(
            f"data has no {what} in row {lacking[0]}; expected a name in each row with a score"
        )
    own = [text for row, text in enumerate(texts) if kept[row]]
    names = list(dict.fromkeys(own))
    place = {name: n for n, name in enumerate(names)}
    return np.array([place[text] for text in own], dtype=np.int64), tuple(names)


def _name(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
