"""Tables that are no responses, as people give them → names and numbers: ratings, item parameters, limits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from examgen.stats.arguments import ArgumentError, DataError, Floats, vector
from examgen.stats.columns import columns_of
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
