"""Tables that are no responses, as people give them → names and numbers: ratings, item parameters, limits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.arguments import ArgumentError, Floats, shown, vector
from examgen.stats.response_data import columns_of


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


_COLUMNS = {
    "candidate": ("candidate", "candidate_id", "id", "person", "person_id"),
    "assessor": ("assessor", "rater", "judge"),
    "task": ("task", "item"),
    "score": ("score", "points", "resp", "rating"),
}
"""How the columns of a long table of ratings are called, where they are not named."""


def long_ratings(data: object, named: Mapping[str, str | None]) -> LongRatings:
    """A long table of ratings; rows without points are left out.

    Parameters
    ----------
    data : object
        A frame or a mapping of columns.
    named : mapping of str to str or None
        The columns of `candidate`, `assessor`, `task` and `score` where they have other names.
    """
    columns, _ = columns_of(data)
    folded = {name.strip().lower(): name for name in columns}
    found: dict[str, NDArray[Any]] = {}
    for what, usual in _COLUMNS.items():
        own = named[what]
        if own is None:
            own = next((folded[name] for name in usual if name in folded), None)
        elif not isinstance(own, str) or own not in columns:
            raise ArgumentError(f"{what} is {own!r}, but the columns are {shown(columns)}")
        if own is not None:
            found[what] = columns[own]
        elif what != "task":
            raise ArgumentError(
                f"data has no column of the {what}; its columns are {shown(columns)}, expected "
                f"{' or '.join(usual)}, or its name in {what}="
            )
    points = vector("data, the score", found["score"], missing=True)
    kept = np.isfinite(points)
    if not kept.any():
        raise ArgumentError("data has no score; expected a number in each row")
    places, names = [], []
    for what in ("candidate", "assessor", "task"):
        texts = np.array([_name(one) for one in found[what].tolist()]) if what in found else None
        texts = np.full(len(points), "task") if texts is None else texts
        if (texts[kept] == "").any():
            row = int(np.flatnonzero(kept & (texts == ""))[0])
            raise ArgumentError(f"data has no {what} in row {row}; expected a name in each row with a score")
        own_names, place = np.unique(texts[kept], return_inverse=True)
        names.append(tuple(own_names.tolist()))
        places.append(place.astype(np.int64))
    return LongRatings(points[kept], *places, *names)


def _name(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
